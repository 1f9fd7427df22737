"""The cases of one side as numbers, and its statistics under any weights: as they are, drawn, or at another mix."""

from __future__ import annotations

from dataclasses import dataclass

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


def statistics(sample: Sample, weights: Weights) -> Floats:
    """Return draws × measures: the weighted mean, or the weighted median, of each measure.

    The median is the middle of the lower and the upper one, which for equal weights is the ordinary median.
    """
    totals = weights.sum(axis=1, keepdims=True)
    # products of a row that holds no weight at all are not determinable
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = (weights @ sample.values) / totals
    for column, is_median in enumerate(sample.is_median):
        if is_median:
            found[:, column] = _medians(sample.values[:, column], weights)
    return found


def _medians(values: Floats, weights: Weights) -> Floats:
    order = np.argsort(values, kind="stable")
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


def at_mix(weights: Weights, strata: Parts) -> Weights:
    """Return the weights scaled so that each stratum holds its share; cases outside them weigh nothing.

    A draw without any case of a stratum shares its weight out over the others. Source: direct standardisation.
    """
    scaled = np.zeros_like(weights)
    for members, share in strata:
        held = weights[:, members].sum(axis=1, keepdims=True)
        scaled[:, members] = weights[:, members] * np.divide(share, held, out=np.zeros_like(held), where=held > 0)
    return scaled


def common_mix(one: Sample, other: Sample) -> dict[str, float]:
    """Return the mix of both sides' cases together, over the strata that both have; the shares add up to 1."""
    counts = [dict(zip(*np.unique(s.strata, return_counts=True), strict=True)) for s in (one, other)]
    both = {stratum: int(counts[0][stratum] + counts[1][stratum]) for stratum in counts[0] if stratum in counts[1]}
    whole = sum(both.values())
    return {str(stratum): count / whole for stratum, count in both.items()}
