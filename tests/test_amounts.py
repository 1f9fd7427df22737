"""Sums that outgrow 64 bits: a hundred million events have more microseconds than that."""

from __future__ import annotations

import ibis
import numpy as np
import pyarrow as pa

from mining.amounts import WIDE, rows_of, whole_sum, whole_sums
from mining.engine import kept

LARGE = 2**62


def test_sums_of_the_engine_that_outgrow_64_bits_are_read_whole() -> None:
    table = kept(ibis.duckdb.connect(), "zs_large", pa.table({"group": ["a", "b", "b", "b"], "t": [LARGE] * 4}))
    by_group = table.group_by("group").agg(t=table.t.sum(), n=table.count()).order_by("group")
    assert rows_of(by_group) == [{"group": "a", "t": LARGE, "n": 1}, {"group": "b", "t": 3 * LARGE, "n": 3}]
    held = kept(table.get_backend(), "zs_held", table.group_by("group").agg(t=table.t.sum().cast(WIDE)))
    assert rows_of(held.agg(t=held.t.sum(), none=held.t.max(where=held.group == "c"))) == [
        {"t": 4 * LARGE, "none": None}
    ]


def test_sums_of_arrays_that_outgrow_64_bits_are_whole() -> None:
    amounts = np.array([LARGE, LARGE, -5, LARGE, 7, -1])
    assert whole_sum(amounts) == 3 * LARGE + 1
    assert whole_sums(np.array([2, 2, 0, 2, 1, 0]), amounts, 4) == [-6, 7, 3 * LARGE, 0]
