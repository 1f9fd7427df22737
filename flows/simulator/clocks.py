"""The simulator's own clocks: local seconds since EPOCH, office hours, and the step to UTC.

Independent of `mining`'s clocks on purpose: what they compute is held against this.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Seconds = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

ZONE = ZoneInfo("Europe/Amsterdam")
FIRST_DAY = date(2025, 1, 1)
HORIZON_DAYS = 1300
DAY = 86_400
HOUR = 3_600
MISSING = np.int64(-(2**60))

OPENS_AT = 8 * HOUR + HOUR // 2
CLOSES_AT = 17 * HOUR

HOLIDAYS = tuple(
    date.fromisoformat(day)
    for day in [
        "2025-01-01",
        "2025-04-18",
        "2025-04-21",
        "2025-05-05",
        "2025-05-29",
        "2025-06-09",
        "2025-12-25",
        "2025-12-26",
        "2026-01-01",
        "2026-04-03",
        "2026-04-06",
        "2026-04-27",
        "2026-05-05",
        "2026-05-14",
        "2026-05-25",
        "2026-12-25",
    ]
)
"""Weekdays on which nobody works: the Algemene termijnenwet's, 5 May every year."""


def _offsets_at(hour: int) -> Seconds:
    first = datetime.combine(FIRST_DAY, datetime.min.time())
    moments = (first + timedelta(days=n, hours=hour) for n in _all_days())
    offsets = (moment.replace(tzinfo=ZONE).utcoffset() or timedelta() for moment in moments)
    return np.array([int(offset.total_seconds()) for offset in offsets])


def _all_days() -> range:
    return range(HORIZON_DAYS)


class LocalTime:
    """From local seconds since EPOCH to UTC; nothing in the simulation happens between 00:00 and 06:00."""

    epoch = datetime.combine(FIRST_DAY, datetime.min.time())

    @cached_property
    def _midnight(self) -> Seconds:
        return _offsets_at(0)

    @cached_property
    def _noon(self) -> Seconds:
        return _offsets_at(12)

    def utc_microseconds(self, local: Seconds) -> Seconds:
        """Return microseconds since 1970 in UTC; a local midnight is the start of that day."""
        day = np.clip(local // DAY, 0, HORIZON_DAYS - 1)
        offset = np.where(local % DAY == 0, self._midnight[day], self._noon[day])
        since_1970 = int((self.epoch - datetime(1970, 1, 1)).total_seconds())
        return (local + since_1970 - offset) * 1_000_000

    def elapsed(self, start: Seconds, end: Seconds) -> Seconds:
        """Return the true seconds between two local moments, over summer time too."""
        return (self.utc_microseconds(end) - self.utc_microseconds(start)) // 1_000_000

    def iso(self, local: Seconds) -> list[str]:
        """Return local wall-clock times as 'YYYY-MM-DD HH:MM:SS'."""
        return [text.replace("T", " ") for text in self._datetime64(local).astype(str)]

    def utc_iso(self, local: Seconds) -> list[str]:
        """Return UTC times as 'YYYY-MM-DDTHH:MM:SSZ'."""
        moments = self.utc_microseconds(local).astype("datetime64[us]").astype("datetime64[s]")
        return [f"{text}Z" for text in moments.astype(str)]

    def iso_day(self, local: Seconds) -> list[str]:
        """Return local dates as 'YYYY-MM-DD'."""
        return [str(text) for text in self._datetime64(local).astype("datetime64[D]").astype(str)]

    def dutch_day(self, local: Seconds) -> list[str]:
        """Return local dates as 'DD-MM-YYYY'."""
        return [f"{day[8:10]}-{day[5:7]}-{day[:4]}" for day in self.iso_day(local)]

    def local_seconds(self, moment: datetime) -> int:
        """Return an aware or local moment as local seconds since EPOCH."""
        if moment.tzinfo is not None:
            moment = moment.astimezone(ZONE).replace(tzinfo=None)
        return int((moment - self.epoch).total_seconds())

    def _datetime64(self, local: Seconds) -> npt.NDArray[Any]:
        return np.datetime64(self.epoch, "s") + local.astype("timedelta64[s]")


class WorkClock:
    """Working seconds of an office: one shift on each of its weekdays (Monday is 0), closed on holidays."""

    def __init__(self, weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)) -> None:
        first = FIRST_DAY.weekday()
        is_open = np.array([(first + n) % 7 in weekdays for n in _all_days()])
        for day in HOLIDAYS:
            is_open[(day - FIRST_DAY).days] = False
        self._days = np.flatnonzero(is_open)
        self._open_before = np.concatenate(([0], np.cumsum(is_open)))
        self._is_open = is_open
        self.day_seconds = CLOSES_AT - OPENS_AT

    def position(self, local: Seconds) -> Seconds:
        """Return the working seconds since EPOCH at a moment; it stands still outside office hours."""
        day = local // DAY
        within = np.clip(local % DAY - OPENS_AT, 0, self.day_seconds)
        return self._open_before[day] * self.day_seconds + np.where(self._is_open[day], within, 0)

    def add(self, local: Seconds, working: Seconds | npt.NDArray[np.float64]) -> Seconds:
        """Return the moment at which so many working seconds have passed."""
        position = self.position(local) + np.asarray(working).astype(np.int64)
        day = self._days[position // self.day_seconds]
        moment: Seconds = day * DAY + OPENS_AT + position % self.day_seconds
        return moment

    def days_after(self, local: Seconds, count: Seconds) -> Seconds:
        """Return local midnight of the count-th working day strictly after the day of a moment."""
        midnight: Seconds = self._days[self.days_until(local) + count - 1] * DAY
        return midnight

    def days_until(self, local: Seconds) -> Seconds:
        """Return the number of working days up to and including the day of a moment."""
        days: Seconds = self._open_before[local // DAY + 1]
        return days


PUT_ON_A_PAR = tuple(date.fromisoformat(day) for day in ("2025-05-30", "2026-01-02", "2026-05-15"))
"""Days on which offices work, but on which no legal term ends: by royal decree."""


def next_legal_day(days: Seconds) -> Seconds:
    """Return each day, or the next on which a legal term may end; days since EPOCH."""
    found = days.copy()
    closed = [(day - FIRST_DAY).days for day in (*HOLIDAYS, *PUT_ON_A_PAR)]
    while (on := ((found + FIRST_DAY.weekday()) % 7 > 4) | np.isin(found, closed)).any():
        found = found + on
    return found


LOCAL = LocalTime()
OFFICE = WorkClock()
PARTNER = WorkClock((0, 1, 2, 3))
