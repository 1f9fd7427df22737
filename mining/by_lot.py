"""How often lot alone makes a difference between two sides as great as the one found.

In: the cases of two sides, stratum by stratum. Out: a two-sided p-value a measure, of the difference as it is and at
the mix. It owns what a claim rests on where draws by case say too little: a side in which hardly any case has the
amount shows hardly any spread of its own, and then a difference would be sure too soon.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import erfc, sqrt

import numpy as np

from mining.sample import Floats, Parts

_NOTHING = 1e-24
"""A variance below this share of the squared values is rounding: all cases have the same amount."""


@dataclass(frozen=True)
class _Lot:
    """Measures: the difference found, and variance and third moment of the differences that lot would make."""

    gap: Floats
    variance: Floats
    third: Floats
    scale: Floats
    """The square of the size of the values."""

    def weighted(self, share: float) -> _Lot:
        """Return the part that a stratum has in a difference at the mix."""
        return _Lot(share * self.gap, share**2 * self.variance, share**3 * self.third, share**2 * self.scale)

    def with_other(self, other: _Lot) -> _Lot:
        """Return the sum with another stratum, in which cases are dealt out apart."""
        return _Lot(
            self.gap + other.gap,
            self.variance + other.variance,
            self.third + other.third,
            np.maximum(self.scale, other.scale),
        )


def lot_p_values(one: Parts, other: Parts) -> tuple[Floats, Floats]:
    """Return the p-values of the means as they are, and at the mix (within strata); NaN at a mix without strata.

    From the first three moments of the permutation distribution, as a Pearson curve of type III. Source: Mielke &
    Berry 2001; the curve by Wilson & Hilferty 1931.
    """
    raw = _p_values(_lot(one.values, other.values))
    if not one.shares:
        return raw, np.full(len(raw), np.nan)
    bounds = zip(pairwise(one.offsets.tolist()), pairwise(other.offsets.tolist()), one.shares, strict=False)
    lots = [_lot(one.values[a:b], other.values[c:d]).weighted(share) for (a, b), (c, d), share in bounds]
    whole = lots[0]
    for lot in lots[1:]:
        whole = whole.with_other(lot)
    return raw, _p_values(whole)


def _lot(one: Floats, other: Floats) -> _Lot:
    """Deal the cases of both sides out anew: moments of the difference of means when each lot is as likely."""
    n, m = len(one), len(other)
    every = n + m
    middle = (one.sum(axis=0) + other.sum(axis=0)) / every
    second, third = np.zeros((2, len(middle)))
    for column, centre in enumerate(middle.tolist()):
        for values in (one[:, column], other[:, column]):
            apart = values - centre
            squared = apart * apart
            second[column] += squared.sum()
            third[column] += squared @ apart
    # with two cases in all the difference has no third moment
    lean = (m - n) * every**2 / ((every - 1) * (every - 2) * n**2 * m**2) if every > 2 else 0.0
    variance = second * every / ((every - 1) * n * m)
    return _Lot(one.mean(axis=0) - other.mean(axis=0), variance, third * lean, middle**2)


def _p_values(lot: _Lot) -> Floats:
    found = zip(lot.gap.tolist(), lot.variance.tolist(), lot.third.tolist(), lot.scale.tolist(), strict=True)
    return np.array([_p_value(*each) for each in found], np.float64)


def _p_value(gap: float, variance: float, third: float, scale: float) -> float:
    if variance <= _NOTHING * scale or variance == 0:
        return 1.0
    z, skew = gap / sqrt(variance), third / variance**1.5
    if abs(skew) < 1e-6:
        return erfc(abs(z) / sqrt(2))
    normal = 6 / skew * (float(np.cbrt(max(skew * z / 2 + 1, 0.0))) - 1) + skew / 6
    # far beyond its bound the curve says nothing: a difference that way is what most lots make
    return erfc(abs(normal) / sqrt(2)) if normal * z > 0 else 1.0
