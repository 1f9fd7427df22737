"""The clocks a second time: local dates and working hours, day by day with the standard library alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mappings.calendar import WEEKDAYS, Hours

A_DAY = 86_400_000_000
HOLIDAYS = {  # those of the Netherlands: Good Friday is one, Liberation Day in each year, and two Sundays
    *(date(2026, m, d) for m, d in ((1, 1), (4, 3), (4, 5), (4, 6), (4, 27), (5, 5), (5, 14), (5, 24), (5, 25))),
    *(date(2027, m, d) for m, d in ((1, 1), (3, 26), (3, 28), (3, 29), (4, 27), (5, 5), (5, 6), (5, 16), (5, 17))),
    *(date(year, 12, day) for year in (2025, 2026, 2027) for day in (25, 26)),
}


def micros(span: timedelta) -> int:
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def to_micros(moment: datetime) -> int:
    return micros(moment - datetime(1970, 1, 1, tzinfo=UTC))


def to_moment(instant: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)


class Clocks:
    """Elapsed and working time between two instants."""

    def __init__(self, zone: str, hours: Hours) -> None:
        self.zone = ZoneInfo(zone)
        self.hours = hours

    def date(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def elapsed(self, low: datetime, high: datetime, whole_days: bool) -> int:
        """Decision 1: a case with any day-precision end is counted in local dates."""
        if whole_days:
            return (self.date(high) - self.date(low)).days * A_DAY
        return micros(high - low)

    def working(self, low: datetime, high: datetime) -> int:
        """The shifts between two instants, each cut to what lies between them."""
        zone = ZoneInfo(self.hours.zone)
        total, day = timedelta(0), low.astimezone(zone).date()
        while day <= high.astimezone(zone).date():
            for opens, closes in self._shifts(day, zone):
                total += max(timedelta(0), min(high, closes) - max(low, opens))
            day += timedelta(1)
        return micros(total)

    def _shifts(self, day: date, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
        if day in self.hours.closed or (self.hours.holidays == "NL" and day in HOLIDAYS):
            return []
        shifts = self.hours.weekly.get(WEEKDAYS[day.weekday()], ())
        return [(_instant(day, s.start, zone), _instant(day, s.end, zone)) for s in shifts]

    def between(self, low: datetime, high: datetime, clock: str, whole_days: bool) -> int:
        return self.elapsed(low, high, whole_days) if clock == "elapsed" else self.working(low, high)


def _instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """The instant of a local time of day, or of the first one after it that there is; 24:00 is the next midnight."""
    local = datetime.combine(day, time()) + timedelta(minutes=minutes)
    while local.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local:
        local += timedelta(minutes=1)
    return local.replace(tzinfo=zone).astimezone(UTC)
