"""Where a weekly series changes level: binary segmentation, each split tested by permuting whole weeks.

In: per series the sum and the number of observations a week. Out: the splits that are sure. Weeks are permuted, not
cases, so that what cases of one week have in common raises no alarm; waves longer than some weeks may.
Source: CUSUM after Page 1954; binary segmentation after Scott & Knott 1974; Benjamini & Hochberg 1995.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from mining.decided import ENOUGH
from mining.sample import Floats
from mining.sure import discoveries

PERMUTATIONS = 9999
_FIRST = 999
ALARM_RATE = 0.01
"""False discovery rate: stricter than for a comparison that somebody asks for, since this one looks every run."""
_SEED = 20_260_101
_LEAST_WEEKS = 4
"""Weeks on either side of a split."""
LEAST_SERIES = 12
"""Weeks in a whole series."""
_NOT_WORTH_TESTING = 3.0
"""A split with fewer standard errors than this gets p = 1 without a permutation, which can only cost power."""


@dataclass(frozen=True)
class Series:
    """Sums and numbers of observations, one a week; weeks without any are allowed."""

    sums: Floats
    counts: Floats
    variance: float
    """Of one observation, to tell which splits are worth testing."""

    def part(self, begin: int, end: int) -> Series:
        """Return the weeks [begin, end)."""
        return Series(self.sums[begin:end], self.counts[begin:end], self.variance)


@dataclass(frozen=True)
class Split:
    """A change between two weeks of one series."""

    series: int
    week: int
    """Index of the first week at the new level."""
    p_value: float


def splits(series: Sequence[Series]) -> list[Split]:
    """Return the sure changes of all series, by series and week.

    All parts that one round can split are tested together at a false discovery rate of 1 %; what is split is looked
    at again in the next round.
    """
    found: list[Split] = []
    waiting = [(n, 0, len(s.sums)) for n, s in enumerate(series)]
    while waiting:
        tested = [(n, begin, *_best(series[n].part(begin, end)), end) for n, begin, end in waiting]
        sure = discoveries([p for *_, p, _ in tested], ALARM_RATE)
        waiting = []
        for (n, begin, at, p, end), is_sure in zip(tested, sure, strict=True):
            if is_sure and at is not None and p is not None:
                found.append(Split(n, begin + at, p))
                waiting += [(n, begin, begin + at), (n, begin + at, end)]
    return sorted(found, key=lambda split: (split.series, split.week))


def _best(part: Series) -> tuple[int | None, float | None]:
    """Return the split that stands out most and its p-value; nulls where the part is too small."""
    if len(part.sums) < max(2 * _LEAST_WEEKS, LEAST_SERIES):
        return None, None
    observed = _contrast(part.sums[np.newaxis], part.counts[np.newaxis])[0]
    if not np.isfinite(observed).any() or observed.max() == -np.inf:
        return None, None
    at, greatest = int(observed.argmax()) + 1, float(observed.max())
    if greatest <= _NOT_WORTH_TESTING * np.sqrt(part.variance):
        return at, 1.0
    return at, _p_value(part, greatest)


def _p_value(part: Series, greatest: float) -> float:
    """Return how often permuted weeks stand out as much; where they soon do, no more are drawn.

    A block of permutations at a time, which stays near the processor.
    """
    every, beyond, seen = _orders(len(part.sums)), 0, 0
    for begin in range(0, PERMUTATIONS, _FIRST):
        order = every[begin : begin + _FIRST]
        drawn = _contrast(part.sums[order], part.counts[order]).max(axis=1)
        beyond, seen = beyond + int((drawn >= greatest * (1 - 1e-12)).sum()), seen + len(order)
        if begin == 0 and (1 + beyond) / (seen + 1) > 2 * ALARM_RATE:
            break
    return (1 + beyond) / (seen + 1)


@lru_cache(maxsize=8)
def _orders(weeks: int) -> npt.NDArray[np.int64]:
    """Return permutations of the weeks, the same for the same number of weeks."""
    generator = np.random.default_rng(_SEED)
    return np.argsort(generator.random((PERMUTATIONS, weeks)), axis=1)


def _contrast(sums: Floats, counts: Floats) -> Floats:
    """Return per row and split |S₁ − S·n₁/n| ÷ √(n₁·n₂/n): how far the two sides lie apart; −∞ where not allowed."""
    first, number = np.cumsum(sums, axis=1)[:, :-1], np.cumsum(counts, axis=1)[:, :-1]
    whole, total = sums.sum(axis=1, keepdims=True), counts.sum(axis=1, keepdims=True)
    rest = total - number
    allowed = np.minimum(number, rest) >= ENOUGH
    allowed[:, : _LEAST_WEEKS - 1] = False
    allowed[:, len(sums[0]) - _LEAST_WEEKS :] = False
    with np.errstate(invalid="ignore", divide="ignore"):
        apart: Floats = whole * number
        apart /= total
        np.abs(np.subtract(first, apart, out=apart), out=apart)
        spread = np.multiply(number, rest, out=rest)
        spread /= total
        apart /= np.sqrt(spread, out=spread)
    apart[~allowed] = -np.inf
    return apart
