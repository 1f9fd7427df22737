"""The opening hours of each lane as cumulated time, so that what is open between two instants is a difference.

In: the project's calendars and the window of the log. Out: an array calendar × hours × UTC day. For the hours of the
lane, those at which the lane and the reference calendar are open, and those of the reference calendar it holds the
time before the day and the shifts inside it (`mining.open_time` reads it). Integer microseconds throughout.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from mappings.project import Project
from mining.days import openings
from mining.log import MICROSECONDS_A_DAY, to_micros
from mining.sequences import Ints
from mining.work_arrays import BOTH, LANE, REFERENCE

Shifts = list[tuple[int, int]]


@dataclass(frozen=True)
class Openings:
    """The hours of each calendar: int64, [calendar, hours, day, (before, from, to, from, to …)]."""

    hours: Ints
    first_day: int
    lanes: tuple[str, ...]
    """The lanes with hours of their own; the reference calendar comes before them, and is that of every other lane."""

    def calendar_of(self, lane: str | None) -> int:
        """Return the number of the calendar of a lane."""
        return self.lanes.index(lane) + 1 if lane in self.lanes else 0


def openings_of(project: Project, window: tuple[datetime, datetime]) -> Openings:
    """Return the opening hours of the reference calendar and of each lane that has its own."""
    reference = openings(project.calendar.reference, *window)
    first, last = (to_micros(moment) // MICROSECONDS_A_DAY for moment in window)
    days = range(first - 1, last + 2)
    calendars = []
    for own in (reference, *(openings(hours, *window) for hours in project.calendar.lanes.values())):
        listed = {LANE: own, BOTH: _both(own, reference), REFERENCE: reference}
        calendars.append([_by_day(listed[kind], days) for kind in sorted(listed)])
    room = max(len(day) for kinds in calendars for by_day in kinds for day in by_day)
    hours = np.array([[[_filled(day, room) for day in by_day] for by_day in kinds] for kinds in calendars], np.int64)
    return Openings(hours, days[0], tuple(project.calendar.lanes))


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


def _by_day(shifts: Shifts, days: range) -> list[list[int]]:
    """Return for each day the time before it, and where each of its shifts begins and ends."""
    rows: list[list[int]] = [[0] for _ in days]
    lengths = [0] * len(days)
    before = 0
    for begin, end in shifts:
        while begin < end:
            day = begin // MICROSECONDS_A_DAY
            until = min(end, (day + 1) * MICROSECONDS_A_DAY)
            if day < days[0]:
                before += until - begin
            elif day in days:
                rows[day - days[0]] += [begin, until]
                lengths[day - days[0]] += until - begin
            begin = until
    for row, length in zip(rows, lengths, strict=True):
        row[0] = before
        before += length
    return rows


def _filled(row: list[int], room: int) -> list[int]:
    # a shift that is not there ends where it begins
    return row + [0] * (room - len(row))
