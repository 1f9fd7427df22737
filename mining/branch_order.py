"""Which work in branches beside each other waits for which, in one pass through them (DESIGN §4, path).

In: the steps of the events of a pass in their order, and which steps lie beside each other. Out: a `BranchOrder`.
An event waits for every earlier one whose step is not beside its own; so a pass is one chain a branch, or more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mining.read_arrays import are_beside
from mining.sample import Floats
from mining.sequences import Ints

BEFORE = -1
"""Stands for what came before the pass: the fork."""


@dataclass(frozen=True)
class BranchOrder:
    """Places count from 0 within the pass."""

    nearest: tuple[int, ...]
    """Per place the last earlier one that it waits for; `BEFORE` where that is the fork."""
    waits_for: tuple[tuple[int, ...], ...]
    """Per place those that it waits for and that no other of them waits for."""
    ends: tuple[int, ...]
    """The places that the pass ends by: nothing in it waits for them."""

    def chains(self) -> list[tuple[int, ...]]:
        """Return every chain from the fork to an end; the pass lasts as long as the longest of them."""
        found: list[list[tuple[int, ...]]] = []
        for place, before in enumerate(self.waits_for):
            found.append([(*chain, place) for i in before for chain in found[i]] or [(place,)])
        return [chain for end in self.ends for chain in found[end]]

    def finished(self, costs: Floats) -> Floats:
        """Return when every event is done, counted from the fork, if it takes its `costs`: passes × places."""
        done = np.zeros_like(costs)
        for place, before in enumerate(self.waits_for):
            begun = np.max(done[:, list(before)], axis=1) if before else 0.0
            done[:, place] = begun + costs[:, place]
        return done

    def longest(self, costs: Floats) -> Floats:
        """Return how long every pass lasts."""
        lasts: Floats = self.finished(costs)[:, list(self.ends)].max(axis=1)
        return lasts


def branch_order(steps: Sequence[int], beside: Ints, *, ends_by_last: bool) -> BranchOrder:
    """Read a pass. `ends_by_last`: its last event ends the case, so nothing waits for what does not lead to it."""
    nearest, waits_for = [], []
    led_to: list[int] = []
    for place, step in enumerate(steps):
        earlier = [i for i in range(place) if not are_beside(beside, steps[i], step)]
        through = 0
        for i in earlier:
            through |= led_to[i]
        waits_for.append(tuple(i for i in earlier if not through >> i & 1))
        led_to.append(through | sum(1 << i for i in earlier))
        nearest.append(earlier[-1] if earlier else BEFORE)
    waited_for = {i for before in waits_for for i in before}
    last = len(steps) - 1
    ends = (last,) if ends_by_last else tuple(i for i in range(len(steps)) if i not in waited_for)
    return BranchOrder(tuple(nearest), tuple(waits_for), ends)
