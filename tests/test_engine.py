"""The door to what differs between engines, on DuckDB; `test_spark.py` holds Spark to the same."""

from __future__ import annotations

from itertools import groupby

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining import engine, torn_groups
from mining.amounts import rows_of
from mining.engine import kept
from mining.json_told import text_under
from tests.engine_forms import AWKWARD


@pytest.mark.parametrize(
    ("name", "found"), [("a b", ["x", None, None, None, '"q" é', None]), ("d.e", ["y", *[None] * 5]), ("c", None)]
)
def test_a_name_of_a_kept_field_is_read_whatever_signs_are_in_it(name: str, found: list[str | None] | None) -> None:
    table = kept(ibis.duckdb.connect(), "zs_awkward", AWKWARD)
    rows = rows_of(table.select("row", told=text_under(table.json, name)).order_by("row"))
    # a number under "c" is no text
    assert [row["told"] for row in rows] == (found or [None, None, None, None, "7.5", None])


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 4)), max_size=40), min_size=2, max_size=3),
    st.integers(1, 9),
    st.sampled_from([1, 3, 100]),
)
def test_the_rows_of_a_group_follow_one_another_however_they_lie(
    parts: list[list[tuple[int, int]]], rows: int, few: int
) -> None:
    con = ibis.duckdb.connect()
    told: list[tuple[int, int]] = []
    tables = []
    for n, runs in enumerate(parts):
        groups = [10 * n + group for group, times in runs for _ in range(times)]
        lies = list(zip(groups, range(len(groups)), strict=True))
        columns = {
            "group": pa.array([g for g, _ in lies], pa.int32()),
            "place": pa.array([p for _, p in lies], pa.int64()),
        }
        tables.append(kept(con, f"part_{n}", pa.table(columns)))
        told += lies
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torn_groups, "_FEW", few)
        batches = list(engine.in_parts(con, tables, "group", rows, ("group", "place")))
    read = [(row["group"], row["place"]) for batch in batches for row in batch.to_pylist()]
    assert sorted(read) == sorted(told)
    pieces = [group for group, _ in groupby(read, key=lambda row: row[0])]
    assert len(pieces) == len(set(pieces)), "each in one piece"
