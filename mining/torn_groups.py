"""The rows of a group brought together in a table in which nearly all of them are.

In: an Arrow table. Out: its rows in pieces. Rule owned here: what lies together stays where it lies.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pyarrow as pa

_FEW = 100
"""Places at which a table is cut rather than moved as a whole."""


def put_together(part: pa.Table, group: str) -> Iterator[pa.Table]:
    """Give what lies together as it lies, and then the groups that lie in pieces: DuckDB's threads tear a few apart."""
    import numpy as np

    numbers = part[group].to_numpy()
    begins = np.flatnonzero(np.diff(numbers, prepend=-1))
    groups, pieces = np.unique(numbers[begins], return_counts=True)
    is_torn = np.isin(numbers, groups[pieces > 1])
    if len(cuts := np.flatnonzero(np.diff(is_torn)) + 1) > _FEW:
        is_torn[:], cuts = True, cuts[:0]
    for low, high in pairwise([0, *cuts.tolist(), len(numbers)]):
        if low < high and not is_torn[low]:
            yield part.slice(low, high - low)
    torn = np.flatnonzero(is_torn)
    yield part.take(pa.array(torn[np.argsort(numbers[torn], kind="stable")]))
