"""Small numbers packed into few columns: whatever is put in comes out again, of the type that it had."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from mining.packed import Packed, bounds_of, fields

KINDS = {"bool": (0, 1), "int8": (-1, 100), "int16": (-1, 2**15 - 1), "int32": (-5, 2**31 - 1)}


def packed(numbers: dict[str, np.ndarray]) -> Packed:
    return Packed(fields("p", {name: bounds_of(each) for name, each in numbers.items()}))


@st.composite
def columns(draw: st.DrawFn) -> dict[str, np.ndarray]:
    rows = draw(st.integers(1, 5))
    found = {}
    for n, kind in enumerate(draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=9))):
        low, high = KINDS[kind]
        found[f"c{n}"] = np.array(draw(st.lists(st.integers(low, high), min_size=rows, max_size=rows)), kind)
    return found


@given(columns())
@example({"c0": np.array([-1, 2**31 - 1], "int32"), "c1": np.array([-1, 2**15 - 1], "int16")})
def test_what_is_packed_comes_out_as_it_was(numbers: dict[str, np.ndarray]) -> None:
    held = packed(numbers)
    table = ibis.memtable(pa.table(held.put(numbers) | {"row": np.arange(len(numbers["c0"]))}))
    read = ibis.duckdb.connect().to_pyarrow(table.mutate(**held.taken_from(table)).order_by("row"))
    for name, each in numbers.items():
        assert read[name].to_pylist() == each.tolist()
        assert read[name].type == pa.from_numpy_dtype(each.dtype)


@given(columns())
@example({"c0": np.array([-1, 2**31 - 1], "int32"), "c1": np.array([False, True])})
def test_what_the_engine_packs_comes_out_as_it_was(numbers: dict[str, np.ndarray]) -> None:
    placed = fields("p", {name: (int(each.min()), int(each.max()), each.dtype.name) for name, each in numbers.items()})
    table = ibis.memtable(pa.table(numbers | {"row": np.arange(len(numbers["c0"]))}))
    held: dict[str, ir.Value] = {}
    for field in placed:
        bits = field.put(table[field.name])
        held[field.column] = held[field.column] + bits if field.column in held else bits
    put = table.select("row", **held)
    read = ibis.duckdb.connect().to_pyarrow(put.mutate(**{f.name: f.taken_from(put) for f in placed}).order_by("row"))
    for name, each in numbers.items():
        assert read[name].to_pylist() == each.tolist()


def test_columns_are_as_few_as_there_are_bits_for() -> None:
    numbers = {f"c{n}": np.array([0, 7]) for n in range(21)} | {"more": np.array([False, True])}
    held = packed(numbers)
    assert list(held.put(numbers)) == ["p_0", "p_1"]
    assert {field.column for field in held.fields[:21]} == {"p_0"}


def test_nothing_at_all_can_be_packed() -> None:
    held = packed({"none": np.zeros(0, np.int32)})
    assert [len(column) for column in held.put({"none": np.zeros(0, np.int32)}).values()] == [0]
