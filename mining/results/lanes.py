"""A lane's own working time."""

from __future__ import annotations

from mining.results.base import Result
from mining.results.times import Amounts


class LaneWorking(Result):
    """The time booked to a lane, in the working hours of that lane's own calendar.

    For the lane and its partner report alone: hours of different calendars are never added up.
    """

    lane: str
    has_own_calendar: bool
    """False: it works by the reference calendar."""
    cases: int
    """Cases of the cohort with time booked to the lane."""
    segments: int
    amounts: Amounts
    """Mean per case with time booked to the lane."""
    working_day_seconds: float
    """The mean length of its working day: what a day means in its norms."""
