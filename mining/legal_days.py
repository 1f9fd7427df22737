"""The days over which a legal term rolls, as one table of days (Algemene termijnenwet, art. 1 to 4).

In: the law's list of days. Out: `LegalDays`, which answers for whole arrays of days at once. A day is its number
since 1970. Only the movable feasts come from the `holidays` library; the list itself stands in law/termijnenwet.yaml.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from mappings.law import Termijnenwet

EPOCH = date(1970, 1, 1)
Day = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def number_of(day: date) -> int:
    """Return a date as its number since 1970."""
    return (day - EPOCH).days


def date_of(number: int) -> date:
    """Return the date of a day's number."""
    return EPOCH + timedelta(int(number))


@dataclass(frozen=True)
class LegalDays:
    """Which days are Saturday, Sunday or a generally recognised holiday, from `first` on.

    Of days before or after the table nothing is known: they stay as they are.
    """

    first: int
    open_before: Day
    """Working days before each day of the table."""
    open_days: Day
    """The working days, by their number since 1970."""

    def rolled(self, days: Day) -> Day:
        """Return each day, or the next one that is neither Saturday, Sunday nor holiday."""
        moved: Day = self._open_day(days, 0)
        return np.where(self._is_known(days), moved, days)

    def with_working_days(self, begin: Day, end: Day, at_least: int) -> Day:
        """Return the end, moved so far that (begin, end] holds so many working days."""
        needed: Day = self._open_day(begin + 1, at_least - 1)
        return np.where(self._is_known(begin + 1), np.maximum(end, needed), end)

    def _is_known(self, days: Day) -> Mask:
        known: Mask = (days >= self.first) & (days <= self.open_days[-1])
        return known

    def _open_day(self, days: Day, more: int) -> Day:
        """Return the first working day from each day on, or a later one; of a day beyond the table, any."""
        places = self.open_before[np.clip(days - self.first, 0, len(self.open_before) - 1)] + more
        found: Day = self.open_days[np.minimum(places, len(self.open_days) - 1)]
        return found


def legal_days(law: Termijnenwet, first: date, last: date) -> LegalDays:
    """Return the table from a year before `first` to two years after `last`."""
    start, end = date(first.year - 1, 1, 1), date(last.year + 2, 12, 31)
    closed = closed_days(law, start.year, end.year)
    numbers = np.arange(number_of(start), number_of(end) + 1, dtype=np.int64)
    # 1 January 1970 was a Thursday
    is_open = ((numbers + 3) % 7 < 5) & ~np.isin(numbers, [number_of(day) for day in closed])
    before = np.concatenate(([0], np.cumsum(is_open))).astype(np.int64)
    return LegalDays(int(numbers[0]), before, numbers[is_open])


def closed_days(law: Termijnenwet, first_year: int, last_year: int) -> set[date]:
    """Return the generally recognised holidays of the years, those put on a par included."""
    return {day for year, easter in easter_days(first_year, last_year).items() for day in law.holidays_in(year, easter)}


def easter_days(first_year: int, last_year: int) -> dict[int, date]:
    """Return Easter Sunday a year."""
    import holidays

    known = holidays.country_holidays("NL", years=range(first_year, last_year + 1), language="en_US")
    return {day.year: day for day in known.get_named("Easter Sunday")}
