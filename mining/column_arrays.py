"""Columns of an engine's table as arrays of numbers, read a batch at a time.

In: a table of numbers and truth values. Out: an array a column, all in one order. It owns that no number is held twice
while it is read: what an engine hands over is let go of only when no column of it is held any more.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mining.engine import in_batches
from mining.sequences import Ints

_AT_ONCE = 1 << 18
"""Rows that are read at a time."""


def arrays_of(table: Any) -> dict[str, Ints]:
    """Return the columns, each in the width that the table gives it; an unknown number is NaN."""
    parts: dict[str, list[Ints]] = {name: [] for name in table.columns}
    for batch in in_batches(table.get_backend(), table, (), _AT_ONCE):
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            parts[name].append(np.array(column.to_numpy(zero_copy_only=False)))
    kinds = {name: kind.to_numpy() for name, kind in table.schema().items()}
    return {name: np.concatenate([np.zeros(0, kinds[name]), *parts.pop(name)]) for name in table.columns}
