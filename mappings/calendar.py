"""Calendars: the hours of the journey's one reference calendar, and of each lane's own (DESIGN §4)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator

from mappings.base import Model, Zone

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Shift(Model):
    """Working time within one local day, in minutes since midnight: [start, end)."""

    start: int = Field(ge=0, lt=1440)
    end: int = Field(gt=0, le=1440)


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.strip().partition(":")
    return int(hours) * 60 + int(minutes or 0)


def _as_shift(value: object) -> object:
    if not isinstance(value, str):
        return value
    start, dash, end = value.partition("-")
    if not dash:
        raise ValueError(f"'{value}' is not a shift; write it as '09:00-12:30'")
    try:
        return {"start": _minutes(start), "end": _minutes(end)}
    except ValueError as error:
        raise ValueError(f"'{value}' is not a shift; write it as '09:00-12:30'") from error


WrittenShift = Annotated[Shift, BeforeValidator(_as_shift)]


class Hours(Model):
    """Working hours a weekday, less holidays and closed days."""

    weekly: dict[Weekday, tuple[WrittenShift, ...]]
    holidays: Literal["NL", "none"] = "NL"
    closed: tuple[date, ...] = ()
    zone: Zone = "Europe/Amsterdam"

    @property
    def working_days(self) -> int:
        """How many weekdays have hours."""
        return sum(bool(shifts) for shifts in self.weekly.values())

    @field_validator("weekly")
    @classmethod
    def _shifts_follow_each_other(cls, weekly: dict[Weekday, tuple[Shift, ...]]) -> dict[Weekday, tuple[Shift, ...]]:
        for day, shifts in weekly.items():
            ends = [0, *(s.end for s in shifts)]
            for shift, previous_end in zip(shifts, ends, strict=False):
                if shift.start >= shift.end or shift.start < previous_end:
                    raise ValueError(f"{day}: shifts must follow each other and end after they start")
        return weekly


def _office_hours() -> dict[Weekday, tuple[Shift, ...]]:
    return {day: (Shift(start=9 * 60, end=17 * 60),) for day in WEEKDAYS[:5]}


class Calendar(Model):
    """The reference calendar of the journey (the working clock), and calendars of lanes beside it."""

    reference: Hours = Hours(weekly=_office_hours())
    lanes: dict[str, Hours] = Field(default_factory=dict)
