"""Ties: rows that come sorted by some columns leave in the order of all, however they are cut into batches."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from mining.ties import settled

ORDER = ("person", "started", "case", "position")
ROWS = st.lists(st.tuples(*[st.integers(0, 2)] * 3, st.integers(0, 99)), max_size=40)


def in_batches(rows: list[tuple[int, ...]], sizes: list[int]) -> list[pa.RecordBatch]:
    """Return the rows, cut into batches of these sizes over and over; their values are whole numbers."""
    table = pa.table({name: pa.array([row[n] for row in rows], pa.int64()) for n, name in enumerate(ORDER)})
    found, at = [], 0
    while at < len(rows):
        size = sizes[len(found) % len(sizes)]
        found += table.slice(at, size).combine_chunks().to_batches()
        at += size
    return found


@given(ROWS, st.lists(st.integers(1, 7), min_size=1, max_size=4), st.integers(1, 3))
def test_rows_sorted_by_some_columns_leave_in_the_order_of_all(
    rows: list[tuple[int, ...]], sizes: list[int], sorted_by: int
) -> None:
    given_rows = sorted(rows, key=lambda row: row[:sorted_by])
    found = [
        tuple(row.values()) for b in settled(in_batches(given_rows, sizes), ORDER, sorted_by) for row in b.to_pylist()
    ]
    assert found == sorted(rows)


@given(ROWS, st.integers(1, 7))
def test_rows_that_are_alike_are_never_parted(rows: list[tuple[int, ...]], size: int) -> None:
    batches = [b.to_pylist() for b in settled(in_batches(sorted(rows, key=lambda r: r[:2]), [size]), ORDER, 2)]
    last = [(b[-1]["person"], b[-1]["started"]) for b in batches]
    first = [(b[0]["person"], b[0]["started"]) for b in batches]
    assert all(before != after for before, after in zip(last, first[1:], strict=False))


def test_without_rows_nothing_comes() -> None:
    empty = pa.schema([(name, pa.int64()) for name in ORDER]).empty_table()
    assert list(settled(empty.to_batches() or [pa.RecordBatch.from_pylist([], empty.schema)], ORDER, 2)) == []
