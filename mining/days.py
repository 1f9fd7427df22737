"""The table of days: what a UTC day is in local time and in working hours, resolved once (DESIGN §4, clocks).

One row a UTC day, so that the engine needs no time-zone function: the offset before and after a switch of
daylight saving, the working time before the day, and the shifts inside it. Integer microseconds throughout.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa

from mappings.calendar import WEEKDAYS, Hours
from mining.log import MICROSECONDS_A_DAY, to_micros

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Days:
    """The table of days, and how many shifts its rows have room for."""

    table: pa.Table
    shifts: int


def days(hours: Hours, first: datetime, last: datetime, zone: str) -> Days:
    """Return the days from `first` to `last` (both included, with two days of margin).

    Columns: day (days since 1970), offset_before, offset_after, switch_at, working_before, and from_n and to_n
    for each shift; a shift that is not there has from = to.
    """
    start, end = first.astimezone(UTC).date() - timedelta(2), last.astimezone(UTC).date() + timedelta(2)
    pieces: dict[int, list[tuple[int, int]]] = {}
    for begin, finish in _shifts(hours, start - timedelta(1), end + timedelta(1)):
        for day, piece in _by_utc_day(begin, finish):
            pieces.setdefault(day, []).append(piece)
    room = max((len(p) for p in pieces.values()), default=0)
    rows, worked = [], 0
    for n in range((end - start).days + 1):
        day = (start - _EPOCH).days + n
        today = pieces.get(day, [])
        rows.append(_row(day, today, room, worked, ZoneInfo(zone)))
        worked += sum(to - from_ for from_, to in today)
    return Days(pa.Table.from_pylist(rows), room)


def _row(day: int, today: list[tuple[int, int]], room: int, worked: int, zone: ZoneInfo) -> dict[str, int]:
    before, after, switch = _offsets(day, zone)
    midnight = day * MICROSECONDS_A_DAY
    row = {
        "day": day,
        "offset_before": before,
        "offset_after": after,
        "switch_at": switch,
        "working_before": worked,
    }
    for n in range(room):
        from_, to = today[n] if n < len(today) else (midnight, midnight)
        row |= {f"from_{n}": from_, f"to_{n}": to}
    return row


def offsets(first: datetime, last: datetime, zone: str) -> list[tuple[int, int, int, int]]:
    """Return day, offset_before, offset_after and switch_at of the days from `first` to `last`, two more around."""
    start, end = first.astimezone(UTC).date() - timedelta(2), last.astimezone(UTC).date() + timedelta(2)
    numbers = range((start - _EPOCH).days, (end - _EPOCH).days + 1)
    return [(day, *_offsets(day, ZoneInfo(zone))) for day in numbers]


def _offsets(day: int, zone: ZoneInfo) -> tuple[int, int, int]:
    """Return the zone's offset at the start and at the end of a UTC day, and when it changes."""
    midnight = datetime.combine(_EPOCH + timedelta(day), time(), UTC)
    before, after = _offset(midnight, zone), _offset(midnight + timedelta(days=1), zone)
    if before == after:
        return before, after, (day + 1) * MICROSECONDS_A_DAY
    low, high = 0, 86_400
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(midnight + timedelta(seconds=middle), zone) == before else (low, middle)
    return before, after, day * MICROSECONDS_A_DAY + high * 1_000_000


def _offset(moment: datetime, zone: ZoneInfo) -> int:
    offset = moment.astimezone(zone).utcoffset()
    return 0 if offset is None else round(offset.total_seconds() * 1_000_000)


def _shifts(hours: Hours, first: date, last: date) -> Iterator[tuple[int, int]]:
    """Yield working time as UTC microseconds. A shift over a switch of the clock has its true length."""
    zone = ZoneInfo(hours.zone)
    off = set(hours.closed) | holidays_of(hours, first.year, last.year)
    for n in range((last - first).days + 1):
        day = first + timedelta(n)
        for shift in () if day in off else hours.weekly.get(WEEKDAYS[day.weekday()], ()):
            begin, finish = _instant(day, shift.start, zone), _instant(day, shift.end, zone)
            if finish > begin:
                yield begin, finish


def openings(hours: Hours, first: datetime, last: datetime) -> list[tuple[int, int]]:
    """Return the shifts from the day before `first` to the day after `last`, in order, as UTC microseconds."""
    start, end = first.astimezone(UTC).date() - timedelta(1), last.astimezone(UTC).date() + timedelta(1)
    return list(_shifts(hours, start, end))


def working_between(hours: Hours, first: datetime, last: datetime) -> int:
    """Return the working time between two instants, in microseconds."""
    low, high = to_micros(first), to_micros(last)
    start, end = first.astimezone(UTC).date() - timedelta(1), last.astimezone(UTC).date() + timedelta(1)
    return sum(max(0, min(finish, high) - max(begin, low)) for begin, finish in _shifts(hours, start, end))


def _instant(day: date, minute: int, zone: ZoneInfo) -> int:
    """Return the instant of a local time of day: of one that comes twice the first, of a skipped one the switch."""
    local = datetime.combine(day + timedelta(minute // 1440), time(minute % 1440 // 60, minute % 60), zone)
    late, early = (to_micros(local.replace(fold=fold).astimezone(UTC)) for fold in (0, 1))
    if early >= late:
        return late
    # a skipped time would lie before the switch by the offset after it, and after the switch by the one before
    around = (_offsets(moment // MICROSECONDS_A_DAY, zone) for moment in (early, late))
    return next(switch for before, after, switch in around if before != after)


def _by_utc_day(begin: int, finish: int) -> Iterator[tuple[int, tuple[int, int]]]:
    while begin < finish:
        day = begin // MICROSECONDS_A_DAY
        until = min(finish, (day + 1) * MICROSECONDS_A_DAY)
        yield day, (begin, until)
        begin = until


def holidays_of(hours: Hours, first_year: int, last_year: int) -> set[date]:
    """Return the days on which nobody works: for the Netherlands the holidays of the library, Good Friday with them.

    Liberation Day counts in each year here; offices of Dutch public bodies close on it, and it is a day of the
    Algemene termijnenwet. Days that a royal decree puts on a par move terms and close no office: name them under
    `closed` where it does.
    """
    if hours.holidays == "none":
        return set()
    import holidays

    years = range(first_year, last_year + 1)
    official = set(holidays.country_holidays("NL", years=years))
    return official | {date(year, 5, 5) for year in years}
