"""Drift: how the process went month by month, and where it changed."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from mining.results.base import Result
from mining.results.survival import Reached


class DriftMonth(Result):
    """The cases that began in one month, open ones included."""

    month: date
    cases: int
    open: int
    open_share: float
    median: Reached
    """Elapsed time to any end, Kaplan–Meier."""
    p90: Reached
    is_enough: bool
    """Whether 30 cases were followed from their origin on: of those that enter late the quick ones are missing."""


class Change(Result):
    """A week from which on a series is sure to lie at another level."""

    series: Literal["lead_time", "follows"]
    from_: str | None = Field(default=None, alias="from")
    to: str | None = None
    """For `follows`: the share of what comes next after activity `from` that is activity `to`."""
    week: date
    """Monday of the first week at the new level: for `lead_time` of cases that began, for `follows` of the activity."""
    month: date
    before: float | None
    after: float | None
    """Median seconds (null: not reached, or fewer than 30 cases followed from their origin on), or share; each up to
    the next change of the same series."""
    cases_before: int
    cases_after: int
    """For `follows`: occurrences of `from`."""
    p_value: float


class Drift(Result):
    """Months and changes. The cohort is `started_in`; weeks begin on Monday."""

    months: tuple[DriftMonth, ...] = ()
    changes: tuple[Change, ...] = ()
    is_determinable: bool = False
    """Whether there are the twelve weeks without which nothing is sure."""
    series_tested: int = 0
    series_too_small: int = 0
    """Too few occurrences or weeks to say anything."""
    permutations: int = 0
    false_discovery_rate: float = 0.0
    """At which a change is called sure."""
