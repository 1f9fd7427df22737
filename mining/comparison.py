"""The comparison engine: differences between sides, raw and at equal mix, with intervals and what is sure (DESIGN §5).

In: per side a table of amounts a case. Out: a `MeasureComparison` a measure. It owns the pairing of sides (each with
the first), the draws by case, the equal mix and the rule for a claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from mining.bootstrap import MANY, SEED, drawn_weights
from mining.by_lot import lot_p_values
from mining.decided import ENOUGH
from mining.ended_alike import Ends, without_slowest
from mining.results.base import LocalText
from mining.results.comparison import Difference, MeasureComparison, MissingStratum, Table
from mining.sample import Floats, Parts, Sample, both_statistics, common_mix, drawn_sums, means, parts, statistics
from mining.sure import discoveries, p_value

Claim = Literal["sure", "not_sure", "too_few"]


@dataclass(frozen=True, eq=False)
class Measure:
    """What is compared: the column of a side that holds it, and how it is summed up."""

    table: Table
    name: str
    title: LocalText
    column: str
    statistic: Literal["mean", "median"]
    unit: Literal["seconds", "share", "count"]
    clock: Literal["elapsed", "working"] | None = None


@dataclass(frozen=True)
class Side:
    """The cases of one side. A column holds one number a case; NaN where it is not determinable for that case."""

    name: str
    columns: dict[str, Floats]
    strata: npt.NDArray[Any]
    """The part of the mix that each case is of, a name or a number."""
    ends: Ends | None = None
    """How long the cases took, and what else is open; null where all sides were followed equally long."""

    def sample(self, measures: Sequence[Measure]) -> Sample:
        """Return the cases for which all of these measures are known."""
        values = np.stack([self.columns[m.column] for m in measures], axis=1)
        known = ~np.isnan(values).any(axis=1)
        return Sample(values[known], self.strata[known], tuple(m.statistic == "median" for m in measures))

    def where(self, chosen: npt.NDArray[np.bool_]) -> Side:
        """Return the chosen cases."""
        columns = {name: column[chosen] for name, column in self.columns.items()}
        return Side(self.name, columns, self.strata[chosen])


@dataclass(frozen=True)
class _Pair:
    """Statistics of two samples for the measures that share their cases: draws × measures, first row as observed."""

    cases: tuple[int, int]
    raw: tuple[Floats, Floats]
    mixed: tuple[Floats, Floats] | None
    by_lot: tuple[Floats, Floats]
    """Measures: p-values of what lot alone would make, raw and at the mix; NaN where that is not asked."""
    is_mix_enough: bool


def compare(sides: Sequence[Side], measures: Sequence[Measure]) -> tuple[MeasureComparison, ...]:
    """Compare every side with the first. A claim needs 30 cases on both, at equal mix as many effective ones.

    Sure is decided within each table, and is what holds also where the cases that are open would be the slowest.
    Values and differences are of closed cases; the mix is that of both sides of a pair together.
    """
    reference, *others = sides
    told = _with_claims(_differences([(other, reference) for other in others], measures))
    if _is_any_sure(told) and (alike := _ended_alike(others, reference)):
        told = _also_sure(told, _with_claims(_differences(alike, measures)))
    return tuple(
        MeasureComparison(
            table=measure.table,
            measure=measure.name,
            title=measure.title,
            clock=measure.clock,
            statistic=measure.statistic,
            unit=measure.unit,
            values={side.name: _value(side, measure) for side in sides},
            differences=tuple(told[measure]),
        )
        for measure in measures
    )


def _differences(pairs: Sequence[tuple[Side, Side]], measures: Sequence[Measure]) -> dict[Measure, list[Difference]]:
    """Return the differences of each measure, in the order of the pairs; nothing is sure yet."""
    differences: dict[Measure, list[Difference]] = {measure: [] for measure in measures}
    for other, reference in pairs:
        for together in _sharing_cases(measures, (reference, other)):
            pair = _pair(other.sample(together), reference.sample(together))
            for column, measure in enumerate(together):
                differences[measure].append(_difference(pair, column, other.name, reference.name))
    return differences


def _ended_alike(others: Sequence[Side], reference: Side) -> list[tuple[Side, Side]]:
    """Return the pairs with as great a share ended on both sides; empty where that is so already, or not known."""
    pairs, is_cut = [], False
    for other in others:
        if other.ends is None or reference.ends is None:
            return []
        left = without_slowest(other.ends, reference.ends), without_slowest(reference.ends, other.ends)
        is_cut |= not (left[0].all() and left[1].all())
        pairs.append((other.where(left[0]), reference.where(left[1])))
    return pairs if is_cut else []


def missing_strata(sides: Sequence[Side]) -> tuple[MissingStratum, ...]:
    """Name the strata that one side of a pair lacks, with their share of the side that has them."""
    found = {}
    for other in sides[1:]:
        for one, lacking in ((sides[0], other), (other, sides[0])):
            names, counts = np.unique(one.strata, return_counts=True)
            for name, count in zip(names.tolist(), counts.tolist(), strict=True):
                if not (lacking.strata == name).any():
                    share = count / len(one.strata)
                    found[(one.name, lacking.name, name)] = MissingStratum(
                        stratum=name, side=one.name, lacking=lacking.name, share=share
                    )
    return tuple(found[key] for key in sorted(found))


def _sharing_cases(measures: Sequence[Measure], sides: tuple[Side, Side]) -> list[list[Measure]]:
    """Put together the measures that are known for all cases; each of the others is drawn from its own cases."""
    whole: list[Measure] = []
    apart: list[Measure] = []
    for measure in measures:
        partly = any(np.isnan(side.columns[measure.column]).any() for side in sides)
        (apart if partly else whole).append(measure)
    return [group for group in (whole, *([m] for m in apart)) if group]


def _value(side: Side, measure: Measure) -> float | None:
    sample = side.sample([measure])
    return float(statistics(sample, np.ones((1, len(sample))))[0, 0]) if len(sample) else None


def _pair(sample: Sample, reference: Sample) -> _Pair:
    both = (sample, reference)
    cases = (len(sample), len(reference))
    if not all(cases):
        empty = np.full((1, len(sample.is_median)), np.nan)
        return _Pair(cases, (empty, empty), None, (empty[0], empty[0]), is_mix_enough=False)
    is_claimed, mix = min(cases) >= ENOUGH, common_mix(*both)
    laid = [parts(side, mix) for side in both]
    drawn = [_drawn(side, laid[n], SEED + n, is_claimed) for n, side in enumerate(both)]
    raw, mixed = (drawn[0][0], drawn[1][0]), (drawn[0][1], drawn[1][1])
    by_lot = [np.where(sample.is_median, np.nan, p) for p in lot_p_values(laid[0], laid[1])]
    is_mix_enough = is_claimed and min(effective_cases(strata) for strata in laid) >= ENOUGH
    return _Pair(cases, raw, mixed if mix else None, (by_lot[0], by_lot[1]), is_mix_enough)


def effective_cases(strata: Parts) -> float:
    """Return as how many cases of equal weight a side counts at the mix: 1 ÷ Σ share² ÷ cases (Kish 1965).

    One case that stands for half of the mix makes it at most four, however many cases the side has.
    """
    sizes = np.diff(strata.offsets)[: len(strata.shares)]
    spread = float((np.square(strata.shares) / sizes).sum())
    return round(1 / spread, 6) if spread else 0.0


def _drawn(side: Sample, strata: Parts, seed: int, is_claimed: bool) -> tuple[Floats, Floats]:
    """Return the statistics as observed and, where there may be a claim, of each draw; raw and at the mix."""
    found = [both_statistics(side, np.ones((1, len(side))), strata)]
    if is_claimed and side.is_median == (False,) and len(side) >= MANY:
        found.append(means(drawn_sums(strata, seed), strata))
    elif is_claimed:
        found += [both_statistics(side, weights, strata) for weights in drawn_weights(len(side), seed=seed)]
    return np.concatenate([raw for raw, _ in found]), np.concatenate([mixed for _, mixed in found])


@dataclass(frozen=True)
class _Gap:
    """One difference with its interval and p-value; all null where it is not determinable."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None


def _gap(both: tuple[Floats, Floats] | None, column: int, by_lot: Floats, is_enough: bool) -> _Gap:
    if both is None:
        return _Gap()
    drawn = both[0][:, column] - both[1][:, column]
    observed = float(drawn[0])
    if np.isnan(observed):
        return _Gap()
    draws = drawn[1:][~np.isnan(drawn[1:])]
    if not len(draws) or not is_enough:
        return _Gap(observed)
    low, high = np.quantile(draws, (0.025, 0.975))
    p, lot = p_value(observed, draws), float(by_lot[column])
    return _Gap(observed, float(low), float(high), p if np.isnan(lot) else max(p, lot))


def _difference(pair: _Pair, column: int, side: str, reference: str) -> Difference:
    """Return the difference before any claim: those come once all p-values of the table are known."""
    is_enough = min(pair.cases) >= ENOUGH
    raw = _gap(pair.raw, column, pair.by_lot[0], is_enough)
    mixed = _gap(pair.mixed, column, pair.by_lot[1], pair.is_mix_enough)
    values = [None if np.isnan(found[0, column]) else float(found[0, column]) for found in pair.raw]
    claim: Claim = "not_sure" if is_enough else "too_few"
    is_mix_known = pair.is_mix_enough or (is_enough and pair.mixed is None)
    return Difference(
        side=side,
        reference=reference,
        cases=pair.cases[0],
        reference_cases=pair.cases[1],
        value=values[0],
        reference_value=values[1],
        difference=raw.value,
        low=raw.low,
        high=raw.high,
        p_value=raw.p,
        claim=claim,
        equal_mix_difference=mixed.value,
        equal_mix_low=mixed.low,
        equal_mix_high=mixed.high,
        equal_mix_p_value=mixed.p,
        equal_mix_claim="not_sure" if is_mix_known else "too_few",
        sign_flips=_flips(raw.value, mixed.value),
    )


def _flips(raw: float | None, mixed: float | None) -> bool:
    """Whether the two point in opposite directions, beyond what rounding does."""
    if raw is None or mixed is None:
        return False
    least = 1e-9 * max(abs(raw), abs(mixed))
    return raw * mixed < 0 and min(abs(raw), abs(mixed)) > least


_CLAIMS = (
    ("difference", "p_value", "claim"),
    ("equal_mix_difference", "equal_mix_p_value", "equal_mix_claim"),
)


def _is_any_sure(told: dict[Measure, list[Difference]]) -> bool:
    return any(getattr(each, claim) == "sure" for found in told.values() for each in found for *_, claim in _CLAIMS)


def _also_sure(
    told: dict[Measure, list[Difference]], alike: dict[Measure, list[Difference]]
) -> dict[Measure, list[Difference]]:
    """Leave sure what is sure, and the same way, between sides of which as great a share has ended."""
    return {m: [_if_both(one, two) for one, two in zip(told[m], alike[m], strict=True)] for m in told}


def _if_both(told: Difference, alike: Difference) -> Difference:
    update = {}
    for value, _, claim in _CLAIMS:
        is_same = (getattr(told, value) or 0.0) * (getattr(alike, value) or 0.0) > 0
        if getattr(told, claim) == "sure" and not (is_same and getattr(alike, claim) == "sure"):
            update[claim] = "not_sure"
    return told.model_copy(update=update)


def _with_claims(differences: dict[Measure, list[Difference]]) -> dict[Measure, list[Difference]]:
    """Say what is sure: Benjamini–Hochberg over all tests of one table, raw and at equal mix apart."""
    told = {measure: list(found) for measure, found in differences.items()}
    for _, p_name, claim_name in _CLAIMS:
        for table in {measure.table for measure in told}:
            places = [(m, n) for m, found in told.items() if m.table == table for n in range(len(found))]
            sure = discoveries([getattr(told[m][n], p_name) for m, n in places])
            for (measure, n), is_sure in zip(places, sure, strict=True):
                if is_sure:
                    told[measure][n] = told[measure][n].model_copy(update={claim_name: "sure"})
    return told
