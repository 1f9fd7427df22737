"""The cases of one side as numbers, and its statistics under any weights: as they are, drawn, or at another mix."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mining.bootstrap import Weights

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """`values`: cases × measures, all known. `strata`: the part of the mix that each case is of."""

    values: Floats
    strata: npt.NDArray[np.object_]
    is_median: tuple[bool, ...]
    """Which measures are medians; the others are means."""

    def __len__(self) -> int:
        """Return the number of cases."""
        return len(self.values)

    @cached_property
    def orders(self) -> dict[int, npt.NDArray[np.int64]]:
        """The order of the cases by each measure that is a median, sorted once for all draws."""
        return {
            n: np.argsort(self.values[:, n], kind="stable") for n, is_median in enumerate(self.is_median) if is_median
        }


def statistics(sample: Sample, weights: Weights) -> Floats:
    """Return draws × measures: the weighted mean, or the weighted median, of each measure.

    The median is the middle of the lower and the upper one, which for equal weights is the ordinary median.
    """
    found: Floats = (weights @ sample.values) / weights.sum(axis=1, keepdims=True)
    return _with_medians(found, sample, weights)


def _with_medians(found: Floats, sample: Sample, weights: Weights) -> Floats:
    for column, is_median in enumerate(sample.is_median):
        if is_median:
            found[:, column] = _medians(sample.values[:, column], sample.orders[column], weights)
    return found


def _medians(values: Floats, order: npt.NDArray[np.int64], weights: Weights) -> Floats:
    ordered, running = values[order], np.cumsum(weights[:, order], axis=1)
    half = running[:, -1:] / 2
    slack = half * 1e-9
    lower = (running < half - slack).sum(axis=1)
    upper = (running <= half + slack).sum(axis=1)
    last = len(ordered) - 1
    middle: Floats = (ordered[np.minimum(lower, last)] + ordered[np.minimum(upper, last)]) / 2
    return middle


Parts = list[tuple[npt.NDArray[np.int64], float]]
"""Per stratum which cases of a side it holds, and which share it has in the mix."""


def parts(sample: Sample, mix: dict[str, float]) -> Parts:
    """Return where the strata of the mix lie in a sample."""
    return [(np.nonzero(sample.strata == stratum)[0], share) for stratum, share in mix.items()]


def both_statistics(sample: Sample, weights: Weights, strata: Parts) -> tuple[Floats, Floats]:
    """Return the statistics as they are, and at the mix: each stratum weighted to its share (direct standardisation).

    A draw without any case of a stratum shares its weight out over the others; cases outside the strata weigh nothing
    at the mix. The products with the values are taken once a stratum and serve both.
    """
    raw = np.zeros((len(weights), sample.values.shape[1]))
    mixed, held_shares = np.zeros_like(raw), np.zeros((len(weights), 1))
    scaled = np.zeros_like(weights) if any(sample.is_median) else None
    outside = np.ones(len(sample), np.bool_)
    for members, share in strata:
        own = weights[:, members]
        held = own.sum(axis=1, keepdims=True)
        factor = np.divide(share, held, out=np.zeros_like(held), where=held > 0)
        summed = own @ sample.values[members]
        raw += summed
        mixed += summed * factor
        held_shares += share * (held > 0)
        outside[members] = False
        if scaled is not None:
            scaled[:, members] = own * factor
    if outside.any():
        raw += weights[:, outside] @ sample.values[outside]
    raw /= weights.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        mixed /= held_shares
    if scaled is not None:
        raw, mixed = _with_medians(raw, sample, weights), _with_medians(mixed, sample, scaled)
    return raw, mixed


def common_mix(one: Sample, other: Sample) -> dict[str, float]:
    """Return the mix of both sides' cases together, over the strata that both have; the shares add up to 1."""
    counts = [dict(zip(*np.unique(s.strata, return_counts=True), strict=True)) for s in (one, other)]
    both = {stratum: int(counts[0][stratum] + counts[1][stratum]) for stratum in counts[0] if stratum in counts[1]}
    whole = sum(both.values())
    return {str(stratum): count / whole for stratum, count in both.items()}
