"""Ties among sorted rows: those that are alike in what the engine sorted by, put in order by what is left.

In: batches in the order of some columns. Out: the same rows, in the order of those and some more. A sort costs an
engine by the width of its keys, far more from a certain width on, and rows that only the last keys tell apart are few.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa

from mining.sequences import Ints


def settled(batches: Iterable[pa.RecordBatch], order: Sequence[str], sorted_by: int) -> Iterator[pa.RecordBatch]:
    """Yield the rows in the whole of `order`, of which they come sorted by so many columns; none of those is null.

    Rows that are alike in those are never parted: what a batch holds of its last ones waits for the next one.
    """
    held: list[pa.RecordBatch] = []
    for batch in batches:
        if not batch.num_rows:
            continue
        whole = pa.concat_batches([*held, batch])
        cut = int(np.flatnonzero(_begins(whole, order[:sorted_by]))[-1])
        if cut:
            yield _in_order(whole.slice(0, cut), order, sorted_by)
        held = [whole.slice(cut)]
    for rest in held:
        yield _in_order(rest, order, sorted_by)


def _begins(rows: pa.RecordBatch, names: Sequence[str]) -> Ints:
    """Return which rows are not alike with the one before."""
    found: Ints = np.ones(len(rows), np.bool_)
    found[1:] = False
    for name in names:
        column = rows[name].to_numpy()
        found[1:] |= column[1:] != column[:-1]
    return found


def _in_order(rows: pa.RecordBatch, order: Sequence[str], sorted_by: int) -> pa.RecordBatch:
    begins = _begins(rows, order[:sorted_by])
    if begins.all():
        return rows
    tied = np.flatnonzero(~begins | ~np.append(begins[1:], True))
    keys = [rows[name].to_numpy()[tied] for name in reversed(order[sorted_by:])]
    places = np.arange(len(rows))
    places[tied] = tied[np.lexsort((*keys, np.cumsum(begins)[tied]))]
    return rows.take(pa.array(places))
