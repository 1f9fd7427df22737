"""What was measured against what a journey says: designed, ideal or future (DESIGN §5, comparison).

In: the sides of a comparison with their columns, and what each journey says. Out: an `AgainstJourney` a side, journey
and measure, in the citizen's clock. A journey has no cases: the interval is that of the side alone, by bootstrap over
its cases. A designed step is compared per case: its time less the designed time where the case reached it; and so is
the whole of a design: the lead time less what it says of the steps that the case reached.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Literal

import numpy as np

from mappings.flow import Choice, Parallel, branches_of
from mining.bootstrap import drawn_weights
from mining.comparison import Claim, Side
from mining.decided import ENOUGH
from mining.results.comparison import AgainstJourney
from mining.sample import Floats
from mining.sure import discoveries, p_value

_What = tuple[Literal["lead_time", "rungs"], str]


@dataclass(frozen=True)
class Said:
    """What a journey says in seconds: of the whole, of a step each time a case reaches it, of a step per case."""

    name: str
    total: float | None = None
    per_reach: dict[str, float] = field(default_factory=dict)
    per_case: dict[str, float] = field(default_factory=dict)
    flow: Any = None
    """The flow of a designed journey, which says how the times of steps add up; None where the total is a number."""


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
    asked = list(_asked(side, journey))
    if not asked or not len(side.columns["lead_elapsed"]):
        return
    gaps = np.stack([measured - said for _, measured, said in asked], axis=1)
    means, squares = _drawn(gaps)
    for n, (what, measured, said) in enumerate(asked):
        yield _one(side, journey, what, measured, said, (means[:, n], squares[:, n]))


def _asked(side: Side, journey: Said) -> Iterator[tuple[_What, Floats, Floats]]:
    """Yield what is laid beside the journey: its name, the amount of each case and what the journey says of that."""
    total = said_of_cases(side, journey)
    if total is not None:
        yield ("lead_time", "lead_time"), side.columns["lead_elapsed"], total
    for step in dict.fromkeys([*journey.per_reach, *journey.per_case]):
        column = side.columns.get(f"rung_elapsed:{step}")
        if column is None:
            continue
        if step in journey.per_reach:
            said = side.columns[f"reach:{step}"] * journey.per_reach[step]
        else:
            said = np.full(len(column), journey.per_case[step])
        yield ("rungs", step), column, said


def said_of_cases(side: Side, journey: Said) -> Floats | None:
    """Return what the journey says of the lead time of each case, in seconds; None where it says nothing of it.

    A design says how long the steps take that a case reached, optional ones and those of a repetition included: its
    main route alone would call every case longer that did what the design foresees.
    """
    cases = len(side.columns["lead_elapsed"])
    if journey.total is None or journey.flow is None:
        return None if journey.total is None else np.full(cases, journey.total)
    reached = {s: side.columns[f"reach:{s}"] for s in journey.per_reach if f"reach:{s}" in side.columns}
    if not reached:
        return None
    total: Floats = np.zeros(cases) + _along(journey.flow, {s: r * journey.per_reach[s] for s, r in reached.items()})
    return total


def _along(flow: Any, times: Mapping[str, Floats]) -> Any:
    """Add up the times of the steps; of a choice and of branches beside each other the longest counts."""
    if isinstance(flow, str):
        return times.get(flow, np.zeros(1))
    parts = [_along(branch, times) for branch in branches_of(flow)]
    return reduce(np.maximum, parts) if isinstance(flow, Choice | Parallel) else sum(parts)


def _drawn(gaps: Floats) -> tuple[Floats, Floats]:
    """Return draws × measures: the mean and the mean square of each draw, a block of draws at a time; none of few."""
    cases = len(gaps)
    drawn = [
        (weights @ gaps / cases, weights @ np.square(gaps) / cases)
        for weights in (drawn_weights(cases) if cases >= ENOUGH else ())
    ]
    none = np.empty((0, gaps.shape[1]))
    return np.concatenate([none, *(means for means, _ in drawn)]), np.concatenate([none, *(sq for _, sq in drawn)])


def _one(
    side: Side, journey: Said, what: _What, measured: Floats, said: Floats, drawn: tuple[Floats, Floats]
) -> AgainstJourney:
    gaps = measured - said
    difference = float(gaps.mean())
    draws, squares = drawn
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
        p_value=max(p_value(difference, draws), _p_studentised(gaps, draws, squares)) if is_enough else None,
        claim=claim,
    )


def _p_studentised(gaps: Floats, draws: Floats, squares: Floats) -> float:
    """Return the two-sided p-value of the mean when each draw is measured by its own spread.

    Where few cases are very long, draws that lack them have a low mean and hardly any spread: plain draws call such a
    mean surely short too soon. Source: Hall 1992, the percentile-t bootstrap.
    """
    difference, spread = float(gaps.mean()), float(gaps.std())
    if spread <= 1e-12 * abs(difference) or difference == 0:
        return 0.0 if difference else 1.0
    own = np.sqrt(np.maximum(squares - np.square(draws), 1e-12 * spread**2))
    away = (draws - difference) / own
    far = int((away >= difference / spread).sum() if difference > 0 else (away <= difference / spread).sum())
    # where no draw is as far, these cannot tell how small it is
    return min(1.0, 2 * (far + 1) / (len(draws) + 1)) if far else 0.0
