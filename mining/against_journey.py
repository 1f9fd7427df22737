"""What was measured against what a journey says: designed, ideal or future (DESIGN §5, comparison).

In: the sides of a comparison with their columns, and what each journey says. Out: an `AgainstJourney` a side, journey
and measure, in the citizen's clock. A journey has no cases: the interval is that of the side alone, by bootstrap over
its cases. A designed step is compared per case: its time less the designed time where the case reached it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from mining.bootstrap import drawn_weights
from mining.comparison import Claim, Side
from mining.decided import ENOUGH
from mining.results.comparison import AgainstJourney
from mining.sample import Floats
from mining.sure import discoveries, p_value


@dataclass(frozen=True)
class Said:
    """What a journey says in seconds: of the whole, of a step each time a case reaches it, of a step per case."""

    name: str
    total: float | None = None
    per_reach: dict[str, float] = field(default_factory=dict)
    per_case: dict[str, float] = field(default_factory=dict)


def against_journeys(sides: Sequence[Side], journeys: Sequence[Said]) -> tuple[AgainstJourney, ...]:
    """Return every side beside every journey. Sure is decided within each journey's table; below 30 cases nothing is.

    Of a step the cases that reached it count, as those alone tell how long it takes. A median or a share is not
    compared: a journey says one time, which stands for the mean.
    """
    told: list[AgainstJourney] = []
    for journey in journeys:
        found = [each for side in sides for each in _side(side, journey)]
        for table in ("lead_time", "rungs"):
            listed = [each for each in found if each.table == table]
            sure = discoveries([each.p_value for each in listed])
            told += [e.model_copy(update={"claim": "sure"}) if s else e for e, s in zip(listed, sure, strict=True)]
    return tuple(told)


def _side(side: Side, journey: Said) -> Iterator[AgainstJourney]:
    lead = side.columns["lead_elapsed"]
    if not len(lead):
        return
    weights = np.concatenate([*drawn_weights(len(lead))]) if len(lead) >= ENOUGH else np.empty((0, len(lead)))
    if journey.total is not None:
        yield _one(side, journey, ("lead_time", "lead_time"), lead, np.full(len(lead), journey.total), weights)
    for step in dict.fromkeys([*journey.per_reach, *journey.per_case]):
        column = side.columns.get(f"rung_elapsed:{step}")
        if column is None:
            continue
        if step in journey.per_reach:
            said = side.columns[f"reach:{step}"] * journey.per_reach[step]
        else:
            said = np.full(len(column), journey.per_case[step])
        yield _one(side, journey, ("rungs", step), column, said, weights)


def _one(
    side: Side, journey: Said, what: tuple[str, str], measured: Floats, said: Floats, weights: Floats
) -> AgainstJourney:
    gaps = measured - said
    difference = float(gaps.mean())
    draws = weights @ gaps / len(gaps)
    is_enough = len(draws) > 0 and int(((measured != 0) | (said != 0)).sum()) >= ENOUGH
    claim: Claim = "not_sure" if is_enough else "too_few"
    low, high = np.quantile(draws, (0.025, 0.975)) if is_enough else (None, None)
    return AgainstJourney(
        table=what[0],
        measure=what[1],
        side=side.name,
        journey=journey.name,
        cases=len(measured),
        value=float(measured.mean()),
        designed=float(said.mean()),
        difference=difference,
        low=None if low is None else float(low),
        high=None if high is None else float(high),
        p_value=max(p_value(difference, draws), _p_studentised(gaps, weights, draws)) if is_enough else None,
        claim=claim,
    )


def _p_studentised(gaps: Floats, weights: Floats, draws: Floats) -> float:
    """Return the two-sided p-value of the mean when each draw is measured by its own spread.

    Where few cases are very long, draws that lack them have a low mean and hardly any spread: plain draws call such a
    mean surely short too soon. Source: Hall 1992, the percentile-t bootstrap.
    """
    difference, spread = float(gaps.mean()), float(gaps.std())
    if spread <= 1e-12 * abs(difference) or difference == 0:
        return 0.0 if difference else 1.0
    own = np.sqrt(np.maximum(weights @ np.square(gaps) / len(gaps) - np.square(draws), 1e-12 * spread**2))
    away = (draws - difference) / own
    far = int((away >= difference / spread).sum() if difference > 0 else (away <= difference / spread).sum())
    return min(1.0, 2 * (far + 1) / (len(draws) + 1))
