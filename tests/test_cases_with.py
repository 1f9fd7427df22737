"""Cases by kind: counted by bits, they are what counting distinct cases gives."""

from __future__ import annotations

import random

import ibis
import pyarrow as pa

from mining.cases_with import cases_with
from mining.engine import declare_labels, kept, labelled


def test_cases_are_counted_once_a_kind_whatever_the_number_of_kinds() -> None:
    con, drawn = ibis.duckdb.connect(), random.Random(1)
    names = [f"step {n}" for n in range(130)]
    declare_labels(con, names)
    rows = [(drawn.randrange(40), drawn.choice(names[:125]), drawn.randrange(-1, 9)) for _ in range(900)]
    listed = {
        name: pa.array(column)
        for name, column in zip(("case", "step", "passing"), zip(*rows, strict=True), strict=True)
    }
    table = labelled(con, "rows", pa.table(listed), ("step",))
    # two numbers of passing are one kind, and some are of none
    kind_of = {number: None if number < 2 else number // 2 for number in range(-1, 9)}
    found = cases_with(con, table, {"step": {name: n for n, name in enumerate(names)}, "passing": kind_of})
    steps: dict[int, set[int]] = {}
    kinds: dict[int, set[int]] = {}
    for case, step, passing in rows:
        steps.setdefault(names.index(step), set()).add(case)
        if (kind := kind_of[passing]) is not None:
            kinds.setdefault(kind, set()).add(case)
    assert found["step"] == {n: len(cases) for n, cases in steps.items()}
    assert found["passing"] == {n: len(cases) for n, cases in kinds.items()}


def test_without_rows_or_kinds_there_are_no_cases() -> None:
    con = ibis.duckdb.connect()
    empty = kept(con, "rows", pa.table({"case": pa.array([], pa.int32()), "kind": pa.array([], pa.int64())}))
    assert cases_with(con, empty, {"kind": {0: 0, 1: 1}}) == {"kind": {}}
    assert cases_with(con, empty, {"kind": {-1: None}}) == {"kind": {}}
