"""The cases of one side as numbers, and its statistics under any weights: as they are, drawn, or at another mix."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from mining.bootstrap import DRAWS, Weights, shared_out, summed_draws

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """`values`: cases × measures, all known. `strata`: the part of the mix that each case is of, a name or a number."""

    values: Floats
    strata: npt.NDArray[Any]
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


@dataclass(frozen=True)
class Parts:
    """The cases of a sample stratum by stratum, as the mix names them; those outside of it stand last."""

    order: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int64]
    """Where each stratum begins in `order`, then where those outside the mix do, then the end."""
    shares: tuple[float, ...]
    """The share that each stratum has in the mix."""
    values: Floats
    """The values of the sample in this order."""


@dataclass(frozen=True)
class PartSums:
    """What draws hold of each part: `counts` draws × parts; `sums` draws × parts × measures."""

    counts: Floats
    sums: Floats


def parts(sample: Sample, mix: dict[Any, float]) -> Parts:
    """Return where the strata of the mix lie in a sample."""
    number = np.full(len(sample), len(mix), np.int32)
    for n, stratum in enumerate(mix):
        number[sample.strata == stratum] = n
    order = np.argsort(number, kind="stable")
    offsets = np.concatenate([[0], np.cumsum(np.bincount(number, minlength=len(mix) + 1))])
    return Parts(order, offsets, tuple(mix.values()), sample.values[order])


def part_sums(weights: Weights, strata: Parts) -> PartSums:
    """Return what each draw holds of each part."""
    ordered, bounds = weights[:, strata.order], list(pairwise(strata.offsets.tolist()))
    counts = [ordered[:, low:high].sum(axis=1) for low, high in bounds]
    sums = [ordered[:, low:high] @ strata.values[low:high] for low, high in bounds]
    return PartSums(np.stack(counts, axis=1), np.stack(sums, axis=1))


def drawn_sums(strata: Parts, seed: int) -> PartSums:
    """Return the same of all draws, of one measure of many cases."""
    bounds = list(pairwise(strata.offsets.tolist()))
    sizes = [high - low for low, high in bounds]
    counts = [*shared_out(np.full(DRAWS, sum(sizes)), sizes, np.random.default_rng(seed))]
    sums = [
        summed_draws(np.sort(strata.values[low:high, 0]), held, (seed, part))
        for part, ((low, high), held) in enumerate(zip(bounds, counts, strict=True))
    ]
    return PartSums(np.stack(counts, axis=1).astype(np.float64), np.stack(sums, axis=1)[:, :, np.newaxis])


def means(found: PartSums, strata: Parts) -> tuple[Floats, Floats]:
    """Return the means as they are, and at the mix: each stratum weighted to its share (direct standardisation).

    A draw without any case of a stratum shares its weight out over the others; cases outside the strata weigh nothing
    at the mix.
    """
    raw = np.zeros((len(found.sums), found.sums.shape[2]))
    mixed, held_shares = np.zeros_like(raw), np.zeros((len(raw), 1))
    for n, share in enumerate(strata.shares):
        held, summed = found.counts[:, n, np.newaxis], found.sums[:, n]
        raw += summed
        mixed += summed * _factor(share, held)
        held_shares += share * (held > 0)
    raw += found.sums[:, -1]
    raw /= found.counts.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        mixed /= held_shares
    return raw, mixed


def _factor(share: float, held: Floats) -> Floats:
    factor: Floats = np.divide(share, held, out=np.zeros_like(held), where=held > 0)
    return factor


def both_statistics(sample: Sample, weights: Weights, strata: Parts) -> tuple[Floats, Floats]:
    """Return the statistics as they are, and at the mix; the sums by stratum are taken once and serve both."""
    found = part_sums(weights, strata)
    raw, mixed = means(found, strata)
    if not any(sample.is_median):
        return raw, mixed
    scaled = np.zeros_like(weights)
    for n, share in enumerate(strata.shares):
        members = strata.order[strata.offsets[n] : strata.offsets[n + 1]]
        scaled[:, members] = weights[:, members] * _factor(share, found.counts[:, n, np.newaxis])
    return _with_medians(raw, sample, weights), _with_medians(mixed, sample, scaled)


def common_mix(one: Sample, other: Sample) -> dict[Any, float]:
    """Return the mix of both sides' cases together, over the strata that both have; the shares add up to 1."""
    counted = [np.unique(s.strata, return_counts=True) for s in (one, other)]
    counts = [dict(zip(names.tolist(), numbers.tolist(), strict=True)) for names, numbers in counted]
    both = {stratum: counts[0][stratum] + counts[1][stratum] for stratum in counts[0] if stratum in counts[1]}
    whole = sum(both.values())
    return {stratum: count / whole for stratum, count in both.items()}
