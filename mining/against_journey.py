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

    A median or a share is not compared: a journey says one time, which stands for the mean.
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
    claim: Claim = "not_sure" if len(draws) else "too_few"
    low, high = np.quantile(draws, (0.025, 0.975)) if len(draws) else (None, None)
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
        p_value=p_value(difference, draws) if len(draws) else None,
        claim=claim,
    )
