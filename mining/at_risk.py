"""At risk: open, and the chance of reaching the norm's end within what remains, among like cases, below one half.

    chance = (F(age + remaining) − F(age)) ÷ S(age)

with F the Aalen–Johansen incidence of the norm's end and S the share open, of the smallest group of like cases that
holds enough of them (DESIGN §5, at risk).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mining.decided import ENOUGH
from mining.sample import Floats
from mining.survival import OPEN, Curve, Spans, curve

HALF = 0.5


@dataclass(frozen=True)
class Chances:
    """Bounds of the chance of each open case; where the curve reaches far enough they are equal. NaN: not known."""

    low: Floats
    high: Floats

    def at_risk(self, chosen: npt.NDArray[np.bool_]) -> tuple[int, int]:
        """Return how many of the chosen are sure to be below one half, and of how many it can be told at all.

        It cannot where there are too few like cases, none as old, or where the curve stops before it is decided.
        """
        low, high = self.low[chosen], self.high[chosen]
        below = int((high < HALF).sum())
        return below, below + int((low >= HALF).sum())


def chances(
    spans: Spans,
    kind: int,
    remaining: Floats,
    likeness: tuple[npt.NDArray[np.integer], ...],
    is_comparable: npt.NDArray[np.bool_],
) -> Chances:
    """Return the chances of the open cases to end as `kind` within `remaining`, in the order of the cases.

    `likeness` gives groups from the closest to the widest; a case is set among the first of them in which 30 or more
    comparable cases ended. A case whose time is up has no chance left.
    """
    open_ones = np.flatnonzero(spans.kind == OPEN)
    ages, left = spans.exit[open_ones], remaining[open_ones]
    low, high = np.full(len(open_ones), np.nan), np.full(len(open_ones), np.nan)
    low[left < 0] = high[left < 0] = 0.0
    waiting = left >= 0
    for groups in likeness:
        own = groups[open_ones]
        for value in np.unique(own[waiting]).tolist():
            asked = waiting & (own == value)
            among = spans.where((groups == value) & is_comparable)
            if int((among.kind != OPEN).sum()) < ENOUGH:
                continue
            low[asked], high[asked] = _bounds(curve(among), kind, ages[asked], left[asked])
            waiting &= ~asked
    return Chances(low, high)


def _bounds(whole: Curve, kind: int, ages: npt.NDArray[np.int64], remaining: Floats) -> tuple[Floats, Floats]:
    """Return the bounds of the chance: beyond the last age followed, all or none of who is still open may end so."""
    limits = ages + remaining.astype(np.int64)
    last = -1 if whole.last is None else whole.last
    still = whole.open_at(ages)
    certain = whole.ended_at(kind, limits) - whole.ended_at(kind, ages)
    possible = certain + np.where(limits > last, whole.open_at(limits), 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        bounds = [np.where((still > 1e-12) & (ages <= last), part / still, np.nan) for part in (certain, possible)]
    return bounds[0], bounds[1]
