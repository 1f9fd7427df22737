"""Sets of cases that belong together: whole numbers in, for each the lowest number of its set out.

Rule owned here: what stands for a set is its lowest member, so that the order in which pairs come makes no difference.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]


class Sets:
    """Disjoint sets over the numbers 0 … n - 1, eight bytes a number."""

    def __init__(self, members: int) -> None:
        """Begin with every number alone."""
        self.lowest: Numbers = np.arange(members, dtype=np.int64)

    def join(self, one: Numbers, other: Numbers) -> None:
        """Put the sets of each pair together."""
        low = self.lowest
        while True:
            here, there = low[one], low[other]
            apart = here != there
            if not apart.any():
                return
            one, other, here, there = one[apart], other[apart], here[apart], there[apart]
            np.minimum.at(low, np.maximum(here, there), np.minimum(here, there))
            self._flatten()
            low = self.lowest

    def moved(self) -> tuple[Numbers, Numbers]:
        """Return the members that another one stands for, and which."""
        members = np.flatnonzero(self.lowest != np.arange(len(self.lowest), dtype=np.int64))
        return members, self.lowest[members]

    def _flatten(self) -> None:
        while not np.array_equal(above := self.lowest[self.lowest], self.lowest):
            self.lowest = above
