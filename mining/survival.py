"""Curves over open and competing ends: Kaplan–Meier and Aalen–Johansen, computed exactly in one sorted pass.

In: how long each case was followed, from which age on, and how it ended. Out: the share still open and the share that
ended in each way, by age. Ties need no jitter: ends at one age are taken together, before what is censored there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ages = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]

OPEN = 0
"""The kind of a case that had not ended when it was last seen: censored."""
FROM_START = -1
"""The entry of a case that was followed from its origin on; it is at risk at age 0 too."""
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Spans:
    """One entry a case, in microseconds of one clock: followed in (entry, exit], ended as `kind` or open (0)."""

    entry: Ages
    exit: Ages
    kind: npt.NDArray[np.int8]

    def __len__(self) -> int:
        """Return the number of cases."""
        return len(self.exit)

    def where(self, chosen: npt.NDArray[np.bool_]) -> Spans:
        """Return the chosen cases."""
        exits = self.exit[chosen]
        entry = np.broadcast_to(self.entry[:1], len(exits)) if self.is_one_entry else self.entry[chosen]
        return Spans(entry, exits, self.kind[chosen])

    @property
    def is_one_entry(self) -> bool:
        """Whether one number stands for the entries of all cases: it then takes no room a case."""
        return self.entry.strides == (0,)


def from_start(spans: Spans) -> int:
    """Return how many cases were followed from their origin on.

    Where they are few the curve says nothing of the whole: those that enter late are the ones that had not ended yet,
    and who ended before is not in the log.
    """
    return int((spans.entry == FROM_START).sum())


@dataclass(frozen=True)
class Curve:
    """Step functions that jump at `ages` (the ages at which a case ended) and hold from there on.

    `open_share` is Kaplan–Meier to any end; `ended` gives for each kind the Aalen–Johansen cumulative incidence;
    their sum is 1 at every age. `last` is the greatest age at which anyone was followed: beyond it nothing is known.
    """

    ages: Ages
    at_risk: npt.NDArray[np.int64]
    hazard: Shares
    """The share of those at risk that ended at each age; known also after an age at which all of them did."""
    open_share: Shares
    ended: dict[int, Shares]
    last: int | None

    def open_at(self, ages: npt.ArrayLike) -> Shares:
        """Return S at each age: the share that is still open after it."""
        return _steps(self.ages, self.open_share, ages, 1.0)

    def ended_at(self, kind: int, ages: npt.ArrayLike) -> Shares:
        """Return F at each age: the share that ended as `kind` at or before it; 0 where nobody did."""
        return _steps(self.ages, self.ended.get(kind, np.zeros(len(self.ages))), ages, 0.0)

    def age_at(self, share: float, kind: int | None = None) -> int | None:
        """Return the least age at which `share` has ended (as `kind`); null where the curve stops before that."""
        reached = 1.0 - self.open_share if kind is None else self.ended.get(kind, np.zeros(0))
        found = np.nonzero(reached >= share - _ROUNDING)[0]
        return int(self.ages[found[0]]) if len(found) else None


def curve(spans: Spans) -> Curve:
    """Return the curves of the cases. An open case is censored at its exit; one that enters late counts from there.

    At an age at which some end and others are censored, the censored ones are still at risk. Cases not followed at
    all (exit ≤ entry) must have been left out. Source: Kaplan & Meier 1958; Aalen & Johansen 1978; delayed entry as
    in Andersen, Borgan, Gill & Keiding 1993.
    """
    kinds = [kind for kind in np.unique(spans.kind).tolist() if kind != OPEN]
    ended_at = {kind: np.unique(spans.exit[spans.kind == kind], return_counts=True) for kind in kinds}
    every_age = [at for at, _ in ended_at.values()]
    ages = every_age[0] if len(every_age) == 1 else np.unique(np.concatenate([np.zeros(0, np.int64), *every_age]))
    at_risk = _entered(spans.entry, ages) - np.searchsorted(np.sort(spans.exit), ages, "left")
    ends = {kind: _at(ages, *found) for kind, found in ended_at.items()}
    every = sum(ends.values(), np.zeros(len(ages), np.int64))
    hazard = every / np.maximum(at_risk, 1)
    open_share = np.cumprod(1.0 - hazard)
    before = np.concatenate(([1.0], open_share[:-1])) if len(ages) else open_share
    ended = {kind: np.cumsum(before * count / np.maximum(at_risk, 1)) for kind, count in ends.items()}
    return Curve(ages, at_risk, hazard, open_share, ended, int(spans.exit.max()) if len(spans) else None)


def _entered(entry: Ages, ages: Ages) -> npt.NDArray[np.int64]:
    """Return how many had entered before each age; most logs have no late entries to sort."""
    if entry.strides == (0,) and len(entry) and entry[0] == FROM_START:
        return np.full(len(ages), len(entry), np.int64)
    late = np.sort(entry[entry != FROM_START])
    return np.searchsorted(late, ages, "left") + (len(entry) - len(late))


def _at(ages: Ages, at: Ages, counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    placed = np.zeros(len(ages), np.int64)
    placed[np.searchsorted(ages, at)] = counts
    return placed


def _steps(ages: Ages, values: Shares, asked: npt.ArrayLike, before: float) -> Shares:
    """Read a step function that has the value `before` up to its first jump."""
    at = np.searchsorted(ages, np.asarray(asked), "right")
    read: Shares = np.concatenate(([before], values))[at]
    return read
