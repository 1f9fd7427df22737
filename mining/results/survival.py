"""Open and competing ends: how soon cases end and are decided, what is promised, what is open and at risk."""

from __future__ import annotations

from datetime import date
from typing import Literal

from mining.results.base import Result


class Reached(Result):
    """The age by which a share of the cases has ended; where the curve stops before that, how far it came."""

    share: float
    seconds: float | None
    """Null: not reached."""
    at_least_seconds: float | None = None
    """Where not reached: the greatest age at which anyone was followed."""


class CurvePoint(Result):
    """The curves at one age; the four shares add up to 1."""

    age_seconds: float
    at_risk: int
    """Cases that are still open and followed just before this age."""
    open_share: float
    """Kaplan–Meier to any end."""
    delivered_share: float
    """Aalen–Johansen: decided within this age."""
    ended_share: float
    """Withdrawn, not treated, forwarded."""
    closed_share: float
    """Closed without a record of how."""


class Survival(Result):
    """How soon the cases of one group end, in one clock; the cohort is `started_in`, open cases are censored."""

    group: Literal["all", "persona", "zaaktype"]
    value: str
    """Which persona or zaaktype; empty for all cases."""
    clock: Literal["elapsed", "working"]
    started_from: date
    started_to: date
    cases: int
    open: int
    delivered: int
    ended: int
    closed: int
    entered_late: int
    """Cases followed from a later age than 0, since their sources begin later than they do."""
    is_enough: bool
    """Whether 30 cases, below which nothing is claimed, were followed from their origin on."""
    to_any_end: tuple[Reached, ...]
    """Kaplan–Meier: p50, p80, p90, p95."""
    to_decision: tuple[Reached, ...]
    """Aalen–Johansen: 'decided within x', with the other ends competing."""
    curve: tuple[CurvePoint, ...]
    """Thinned to what a picture can show; the percentiles are read from the whole curve."""
    curve_steps: int
    """Steps of the whole curve."""


class Promise(Result):
    """'9 of 10 within x', beside the service norm."""

    group: Literal["all", "persona", "zaaktype"]
    value: str
    unit: Literal["weeks", "working_days"]
    """Weeks of seven days, or mean working days of the reference calendar; rounded up."""
    unit_seconds: float
    share: float
    cases: int
    within: int | None
    """Null: not reached, or fewer than 30 cases."""
    at_least: int | None = None
    """Where not reached: whole units up to which anyone was followed; null where it is not to be reached any more,
    since too many ended without delivery."""
    low: int | None = None
    high: int | None = None
    """95 % interval by bootstrap over cases; a null high beside a low says that it may not be reached at all."""
    not_reached_share: float = 0.0
    """Share of the draws in which it is not reached."""
    norm: str | None = None
    """The service norm over the whole lead time in this clock, where the journey has one."""
    norm_units: float | None = None
    is_within_norm: bool | None = None
    """Whether that share is decided within the norm, before rounding up; null without a norm, or where not reached."""


class Ages(Result):
    """How old the open cases are that stand in one step."""

    step: str | None
    """Null: all open cases."""
    cases: int
    p50_seconds: float | None
    p80_seconds: float | None
    p90_seconds: float | None
    max_seconds: float | None
    in_step_p50_seconds: float | None = None
    """Median time since the last event, within the step; null where it is not known of each of them."""
    older_than_typical: int = 0
    """Open longer than nine of ten cases need to their end; 0 where that is not reached."""


class OpenEnds(Result):
    """What open cases say: the population, and what could not be followed."""

    cases: int
    entered_late: int = 0
    not_followed: int = 0
    """Ended before their sources began to record: in no curve."""
    ended_unobserved: int = 0
    """Ended after the moment up to which all their sources were read: open in the curves."""
    ends_inferred: int = 0
    """The log shows no end at all; the last event stands for it."""
    survival: tuple[Survival, ...] = ()
    promises: tuple[Promise, ...] = ()
    ages: tuple[Ages, ...] = ()
    groups_left_out: int = 0
    """Groups with too few cases for a curve of their own, or beyond the fiftieth."""
    draws: int = 0
    """Bootstrap draws behind the intervals."""


class NormMonth(Result):
    """How a norm was kept in one month."""

    norm: str
    by: Literal["started_in", "reached_in"]
    """The month in which the norm's time began, or in which its end was reached."""
    month: date
    cases: int
    met: int
    missed: int
    open: int
    met_share: float | None
    """met ÷ (met + missed). With open cases a month of `started_in` still looks better than it will be."""
    open_share: float
    met_at_least: float | None = None
    met_at_most: float | None = None
    """The share if all open cases miss it, and if all keep it whose time is not up yet."""
    is_enough: bool
    """Whether 30 cases were judged; in a month in which they began, such as were followed from their begin."""
