"""The opening hours of each lane as cumulated time, so that the engine needs no zone function (DESIGN §4, clocks).

In: the project's calendars and the window of the log. Out: a table calendar × UTC day. For the hours of the lane
(`lane`), of the reference calendar (`reference`) and those at which both are open (`both`) it holds the time before
the day and the shifts inside it. Integer microseconds throughout.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis
import pyarrow as pa

from mappings.project import Project
from mining.days import openings
from mining.engine import kept
from mining.log import MICROSECONDS_A_DAY, to_micros

HOURS = ("lane", "reference", "both")
REFERENCE = ""
"""The calendar of every lane without hours of its own."""
Shifts = list[tuple[int, int]]


@dataclass(frozen=True)
class Openings:
    """The table in the engine, and how many shifts its rows have room for."""

    days: Any
    shifts: int
    lanes: tuple[str, ...]
    """The lanes with hours of their own."""

    def calendar_of(self, lane: Any) -> Any:
        """Return the calendar of a column of lanes."""
        return ibis.ifelse(ibis.coalesce(lane.isin([*self.lanes, REFERENCE]), False), lane, REFERENCE)

    def with_open(self, table: Any, column: str) -> Any:
        """Add `{column}_lane`, `{column}_reference`, `{column}_both`: open time until that instant, by `calendar`."""
        keyed = table.mutate(day_of_it=_day(table[column]))
        joined = keyed.left_join(
            self.days.rename("days_{name}"), [("calendar", "days_calendar"), ("day_of_it", "days_day")]
        )
        moment, added = joined[column], {}
        for hours in HOURS:
            open_time = joined[f"days_{hours}_before"]
            for n in range(self.shifts):
                from_, to = joined[f"days_{hours}_from_{n}"], joined[f"days_{hours}_to_{n}"]
                open_time = open_time + ibis.greatest(ibis.least(moment, to) - from_, 0)
            added[f"{column}_{hours}"] = open_time
        return joined.mutate(**added).drop("day_of_it", *[f"days_{c}" for c in self.days.columns])


def openings_of(con: Any, project: Project, window: tuple[datetime, datetime], name: str) -> Openings:
    """Return the opening hours of the reference calendar and of each lane that has its own."""
    reference = openings(project.calendar.reference, *window)
    first, last = (to_micros(moment) // MICROSECONDS_A_DAY for moment in window)
    tables, room = [], 1
    for calendar, hours in {REFERENCE: None, **project.calendar.lanes}.items():
        own = reference if hours is None else openings(hours, *window)
        shifts = {"lane": own, "reference": reference, "both": _both(own, reference)}
        by_day = {each: _by_day(pieces) for each, pieces in shifts.items()}
        room = max(room, *(len(today) for days in by_day.values() for today in days.values()), 1)
        tables.append((calendar, by_day))
    rows = [row for calendar, by_day in tables for row in _rows(calendar, by_day, range(first - 1, last + 2), room)]
    table = kept(con, name, pa.Table.from_pylist(rows))
    return Openings(table, room, tuple(project.calendar.lanes))


def _day(moment: Any) -> Any:
    remainder = ((moment % MICROSECONDS_A_DAY) + MICROSECONDS_A_DAY) % MICROSECONDS_A_DAY
    return (moment - remainder) // MICROSECONDS_A_DAY


def _both(left: Shifts, right: Shifts) -> Shifts:
    """Return the time at which both are open; each is in order and without overlap."""
    found, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        begin, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if begin < end:
            found.append((begin, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return found


def _by_day(shifts: Shifts) -> dict[int, Shifts]:
    pieces: dict[int, Shifts] = {}
    for begin, end in shifts:
        while begin < end:
            day = begin // MICROSECONDS_A_DAY
            until = min(end, (day + 1) * MICROSECONDS_A_DAY)
            pieces.setdefault(day, []).append((begin, until))
            begin = until
    return pieces


def _rows(calendar: str, by_day: dict[str, dict[int, Shifts]], days: range, room: int) -> Iterator[dict[str, Any]]:
    before = {
        hours: sum(to - from_ for day, today in pieces.items() if day < days[0] for from_, to in today)
        for hours, pieces in by_day.items()
    }
    for day in days:
        row: dict[str, Any] = {"calendar": calendar, "day": day}
        for hours, pieces in by_day.items():
            today = pieces.get(day, [])
            row[f"{hours}_before"] = before[hours]
            for n in range(room):
                # a shift that is not there ends where it begins
                from_, to = today[n] if n < len(today) else (day * MICROSECONDS_A_DAY,) * 2
                row |= {f"{hours}_from_{n}": from_, f"{hours}_to_{n}": to}
            before[hours] += sum(to - from_ for from_, to in today)
        yield row
