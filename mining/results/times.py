"""Booked time: amounts, lead times, how much of it is known."""

from __future__ import annotations

from mining.results.base import Result
from mining.results.legal import LegalDays


class Amounts(Result):
    """Booked time, split as DESIGN §4 says; the four add up to `total_seconds`."""

    wait_seconds: float = 0.0
    process_seconds: float = 0.0
    elsewhere_seconds: float = 0.0
    unknown_seconds: float = 0.0
    total_seconds: float = 0.0


class Both(Result):
    """One mean amount per case of the cohort, in both clocks."""

    elapsed: Amounts
    working: Amounts
    legal: LegalDays | None = None
    """The third clock; null where the journey has no norm in it."""


class LeadTime(Result):
    """The first episode of each case of the cohort, in one clock."""

    cases: int
    mean_seconds: float | None
    median_seconds: float | None
    p10_seconds: float | None = None
    p25_seconds: float | None = None
    p75_seconds: float | None = None
    p90_seconds: float | None = None
    min_seconds: float | None = None
    max_seconds: float | None = None
    amounts: Amounts = Amounts()
    """Mean per case."""
    histogram: tuple[HistogramBin, ...] = ()


class HistogramBin(Result):
    """Cases with from ≤ lead time < to; the last bin includes its end."""

    from_seconds: float
    to_seconds: float
    cases: int


class LeadTimes(Result):
    """Lead time in both clocks, never mixed."""

    elapsed: LeadTime
    working: LeadTime
    legal: LegalDays | None = None
    """The third clock; null where the journey has no norm in it."""


class Knowledge(Result):
    """How much of the lead time is known; shares of the cohort's elapsed lead time unless named otherwise."""

    declared_share: float = 0.0
    inferred_share: float = 0.0
    unknown_holder_share: float = 0.0
    wait_share: float = 0.0
    process_share: float = 0.0
    elsewhere_share: float = 0.0
    unknown_time_share: float = 0.0
    before_first_share: float = 0.0
    """From the origin to the first recorded event: to its start, where that is recorded."""
    recorded_share: float = 0.0
    """Between the first and the last recorded event."""
    after_last_share: float = 0.0
    """From the last recorded event to the end."""
    events: int = 0
    """Acting events of the log; the counts of events are among them."""
    day_precision_events: int = 0
    day_precision_cases: int = 0
    recorded_together_events: int = 0
    order_unknown_events: int = 0
    raised_events: int = 0
    """Events whose instant was raised to their predecessor's."""
    start_after_completion_events: int = 0
    start_inferred_cases: int = 0
    end_inferred_cases: int = 0
    starts_known_share: float = 0.0
    """Share of the acting events with a recorded start."""
    recorded_span_median_seconds: float | None = None
    """Median time between the first and the last recorded event: not a lead time."""


class OtherPhases(Result):
    """What lies outside the lead time, per case of the cohort: beside it, never in it."""

    after_mean_seconds: float = 0.0
    closed_mean_seconds: float = 0.0
    later_episodes: int = 0
    later_episodes_cases: int = 0
    later_episodes_mean_seconds: float | None = None
    open_mean_seconds: float | None = None
    """Of the open cases: last event to as_of or to what the source observed."""
