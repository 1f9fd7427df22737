"""The ladder and the boxes of the value stream map."""

from __future__ import annotations

from datetime import date, datetime

from mining.results.base import LocalText, Result
from mining.results.legal import LegalDays
from mining.results.times import Amounts


class Rung(Result):
    """One rung of the ladder: mean per case of the cohort = reach × visits per reached case × time per visit."""

    step: str
    title: LocalText
    lane: str | None
    """The lane that most of the time is booked to; null when unknown."""
    reach: float
    """Share of the cohort's cases that book time on the step."""
    cases: int
    visits: float
    """Visits per case that reaches the step."""
    elapsed: Amounts
    working: Amounts
    elapsed_per_visit_seconds: float | None = None
    working_per_visit_seconds: float | None = None
    legal: LegalDays | None = None
    """The third clock; null where the journey has no norm in it."""
    in_loops_seconds: float = 0.0
    """The part of `elapsed.total_seconds` that lies in loops."""
    declared_share: float = 0.0
    inferred_share: float = 0.0
    unknown_holder_share: float = 0.0
    is_designed: bool = True
    """False: the journey does not have this step; it comes after the journey's own."""


class Ladder(Result):
    """A ladder over other cases than all: typical (P40–P60) or slow (≥ P90)."""

    cases: int
    mean_seconds: float
    rungs: tuple[Rung, ...]


class StepMeasures(Result):
    """A data box: what is measured at one step over the cohort's cases."""

    step: str
    title: LocalText
    lane: str | None
    layer: str | None
    cases: int
    visits: int
    elapsed_median_seconds: float | None
    """Median time per visit."""
    elapsed_p90_seconds: float | None
    working_median_seconds: float | None
    process_median_seconds: float | None = None
    """Median time worked per visit, in working hours; from recorded starts only."""
    starts_known_share: float = 0.0
    self_loops: int = 0
    resources: int | None = None
    """Number of people that worked on it; null below the threshold."""
    wip: int = 0
    """Cases that stand in this step at as_of."""
    first_time_right_share: float | None = None
    """%C&A as a proxy: share of visits to which the case does not return."""
    designed_process_seconds: float | None = None
    designed_wait_seconds: float | None = None
    slack_median_seconds: float | None = None
    """For steps off the path (parallel branches): how much later they could have come."""
    legal: LegalDays | None = None
    """The third clock; null where the journey has no norm in it."""


class Takt(Result):
    """Demand: working time available ÷ cases arriving, over the log's own window."""

    arrivals: int
    arrivals_per_week: float
    takt_seconds: float | None
    window_from: datetime
    window_to: datetime
    is_run_out: bool = False
    """Whether the log takes in no more cases after the window, though it was read beyond."""


class Wip(Result):
    """Cases in hand, at as_of and over the log's window."""

    at_as_of: int
    mean: float
    """∫WIP over the window ÷ window."""
    integral_seconds: float
    case_seconds: float
    """Σ case-time inside the window; Little's law says it equals the integral."""
    age_median_seconds: float | None
    is_steady: bool | None
    by_week: tuple[WipPoint, ...] = ()


class WipPoint(Result):
    """Arrivals, closings and work in hand at the end of one week."""

    week: date
    arrived: int
    closed: int
    in_hand: int
