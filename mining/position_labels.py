"""The combinations of booked step and lane that positions have: of each position one small number instead of two names.

In: `Structures`, some whole sequences at a time. Out: `PositionLabels`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mining.distinct import distinct_values
from mining.sequences import Ints, whole_rows
from mining.structures import Structures

_AT_ONCE = 1 << 20
"""So many positions are looked at at once, or one sequence where it has more."""


@dataclass(frozen=True, eq=False)
class PositionLabels:
    """The combinations as sorted numbers; one is known by its place in them. None is −1, and comes last."""

    sizes: tuple[int, int]
    keys: Ints

    @classmethod
    def of(cls, structures: Structures) -> PositionLabels:
        """Find the combinations that occur."""
        sizes = (len(structures.coded.steps) + 1, len(structures.coded.lanes) + 1)
        none, offsets = cls(sizes, np.zeros(0, np.int64)), structures.sequences.offsets
        found = [none.keys]
        for low, high in whole_rows(offsets, _AT_ONCE):
            found.append(none._distinct(structures, slice(int(offsets[low]), int(offsets[high])))[0])
        return cls(sizes, np.unique(np.concatenate(found)))

    @property
    def names(self) -> tuple[Ints, ...]:
        """Of each combination the number of the step and that of the lane."""
        return np.unravel_index(self.keys, self.sizes)

    def numbers(self, structures: Structures, here: slice) -> Ints:
        """Return which combination each of these positions has."""
        found, numbers = self._distinct(structures, here)
        return np.searchsorted(self.keys, found)[numbers]

    def _distinct(self, structures: Structures, here: slice) -> tuple[Ints, Ints]:
        p = structures.positions
        places = (p.step[here] % self.sizes[0], p.lane[here] % self.sizes[1])
        keys = np.ravel_multi_index(places, self.sizes) if len(places[0]) else np.zeros(0, np.int64)
        return distinct_values(keys, self.sizes[0] * self.sizes[1])
