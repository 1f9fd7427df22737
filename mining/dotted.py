"""The dotted chart, binned: acting events by when their case was received, and by age or by date.

In: the ledger. Out: `Dotted`, at most thirty rows by forty columns twice, whatever the size of the log. Binned because
single cases may not be shown; how wide the bins are is chosen here, and part of the result.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import ibis

from mappings.project import Project
from mining.amounts import SECOND, rows_of, seconds
from mining.engine import kept
from mining.ledger import Ledger
from mining.log import MICROSECONDS_A_DAY
from mining.results.dotted import Dotted, DottedCell, DottedRow, DottedTime

MOST_ROWS, MOST_COLUMNS = 30, 40
TOLD = 0.75
"""Bins are made wider until so much of the events lies in cells of enough cases, or until no width is left."""
_WEEKS = (1, 2, 4, 13, 26, 52, 260)
_DAYS = (1, 2, 3, 7, 14, 28, 91, 182, 364, 1820)
_HOUR = 3600 * SECOND
_HOURS = (_HOUR, 6 * _HOUR)
_TRIES = 3
"""Widths of a column that are tried."""
_FIRST_MONDAY = 4
"""1970-01-05 as a day since 1970."""
_Cells = dict[tuple[int, int], tuple[int, int]]
"""(week or row, column) → cases and events."""
_Lanes = dict[tuple[int, int], dict[str | None, int]]
"""(week or row, column) → events by lane."""


@dataclass(frozen=True)
class _Bins:
    """Weeks of a row and the column of each event, with what lies in each cell."""

    weeks: int
    width: int
    last: int
    """The last column that there may be."""
    column: Any
    cells: _Cells


@dataclass(frozen=True)
class _Span:
    """What the bins have to hold. Days are local ones since 1970."""

    cases: int
    events: int
    first_received: int
    last_received: int
    first_done: int
    last_done: int
    half: float
    most: float
    """Microseconds since received within which 95 of 100 events fell."""
    has_days: bool


def dotted(ledger: Ledger, project: Project) -> Dotted | None:
    """Return the binned chart of all acting events; null where no case has a known begin or no event.

    Events off the path and after the delivery count too. The age of an event is never below zero.
    """
    dots = _dots(ledger)
    span = _span(dots)
    if span is None:
        return None
    start = _monday(span.first_received)
    dots = dots.mutate(week=(dots.received_day - start) // 7)
    by_age = _by_age(dots, span, span.last_received - start, project.file.smallest_group)
    first = _monday(span.first_done)
    days = _narrowest(_DAYS, span.last_done - first + 1)
    by_date = _bins(dots, (dots.done_day - first) // days, days * MICROSECONDS_A_DAY, by_age.weeks)
    return Dotted(
        cases=span.cases,
        events=span.events,
        row_days=7 * by_age.weeks,
        rows=_rows(dots, start, by_age.weeks),
        half_seconds=seconds(span.half),
        since_received=_time("since_received", dots, by_age, has_rest=True),
        calendar=_time("calendar", dots, by_date, from_on=_date(first)),
    )


def _dots(ledger: Ledger) -> Any:
    """One row an acting event: case, lane, is_day, received_day, done_day, age."""
    clocks = ledger.timeline.clocks
    cases = ledger.cases.filter(ledger.cases.origin.notnull()).select("case", "origin")
    cases = clocks.with_local(cases, "origin")
    cases = cases.select("case", "origin", received_day=clocks.day(cases.origin_local))
    events = ledger.booked.filter(ledger.booked.is_event).select("case", "at", "is_day", lane="event_lane")
    joined = clocks.with_local(events.join(cases, "case"), "at")
    joined = joined.mutate(done_day=clocks.day(joined.at_local))
    return kept(
        clocks.days.get_backend(),
        "zs_dots",
        joined.select(
            "case",
            "lane",
            "is_day",
            received_day=joined.received_day.cast("int64"),
            done_day=ibis.greatest(joined.done_day, joined.received_day).cast("int64"),
            age=ibis.greatest(joined["at"] - joined.origin, 0).cast("int64"),
        ),
    )


def _span(dots: Any) -> _Span | None:
    age = dots.age.cast("float64")
    row = rows_of(
        dots.agg(
            cases=dots.case.nunique(),
            events=dots.count(),
            first_received=dots.received_day.min(),
            last_received=dots.received_day.max(),
            first_done=dots.done_day.min(),
            last_done=dots.done_day.max(),
            half=age.quantile(0.5),
            most=age.quantile(0.95),
            has_days=dots.is_day.any(),
        )
    )[0]
    return _Span(**row) if row["events"] else None


def _by_age(dots: Any, span: _Span, length: int, smallest: int) -> _Bins:
    """Return the bins by age: of those that tell enough the most even-sided, else the one that tells most."""
    found: list[tuple[bool, float, _Bins]] = []
    fitting = [weeks for weeks in _WEEKS if length < 7 * weeks * MOST_ROWS] or [_WEEKS[-1]]
    for width in _age_widths(span):
        columns = int(span.most // width) + 2
        column = ibis.least(_age(dots, width), columns - 1)
        cells = _counted(dots, column)
        for weeks in fitting:
            merged = _merged(cells, weeks)
            told, sides = _told(merged, smallest), min(columns, length // (7 * weeks) + 1)
            is_enough = told >= TOLD
            found.append((is_enough, sides if is_enough else told, _Bins(weeks, width, columns - 1, column, merged)))
        if found[-len(fitting)][0]:
            break  # wider columns could only be fewer
    return max(found, key=lambda each: each[:2])[2]


def _bins(dots: Any, column: Any, width: int, weeks: int) -> _Bins:
    cells = _merged(_counted(dots, column), weeks)
    return _Bins(weeks, width, max(column for _, column in cells), column, cells)


def _age_widths(span: _Span) -> tuple[int, ...]:
    """Return widths in microseconds, the narrowest first; never below a day where events have no time of day."""
    days = tuple(days * MICROSECONDS_A_DAY for days in _DAYS)
    widths = days if span.has_days else (*_HOURS, *days)
    first = widths.index(_narrowest(widths, span.most))
    return widths[first : first + _TRIES]


def _narrowest(widths: Sequence[int], length: float) -> int:
    """Return the narrowest width that divides a length into columns that can be drawn; the widest where none does."""
    return next((width for width in widths if length / width < MOST_COLUMNS), widths[-1])


def _age(dots: Any, width: int) -> Any:
    """Return the column of each event: whole local days since the day of receipt, or hours since the instant."""
    if width < MICROSECONDS_A_DAY:
        return dots.age // width
    return (dots.done_day - dots.received_day) // (width // MICROSECONDS_A_DAY)


def _counted(dots: Any, column: Any) -> _Cells:
    """Count by week of receipt and column; weeks are few, so that what is wider is added up from them."""
    placed = dots.mutate(column=column)
    counted = placed.group_by(["week", "column"]).agg(cases=placed.case.nunique(), events=placed.count())
    return {(int(row["week"]), int(row["column"])): (row["cases"], row["events"]) for row in rows_of(counted)}


def _told(cells: _Cells, smallest: int) -> float:
    whole = sum(events for _, events in cells.values())
    return sum(events for cases, events in cells.values() if cases >= smallest) / whole if whole else 0.0


def _merged(cells: _Cells, weeks: int) -> _Cells:
    """Add weeks up to rows. A case lies in one week, so that the cases of weeks may be added."""
    found: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    for (week, column), counted in cells.items():
        place = found[week // weeks, column]
        place[0] += counted[0]
        place[1] += counted[1]
    return {place: (cases, events) for place, (cases, events) in found.items()}


def _lanes(dots: Any, bins: _Bins) -> _Lanes:
    placed = dots.mutate(column=bins.column, row=dots.week // bins.weeks)
    lanes: _Lanes = defaultdict(dict)
    for row in rows_of(placed.group_by(["row", "column", "lane"]).agg(n=placed.count())):
        lanes[int(row["row"]), int(row["column"])][row["lane"]] = row["n"]
    return lanes


def _time(
    kind: Literal["since_received", "calendar"],
    dots: Any,
    bins: _Bins,
    from_on: date | None = None,
    has_rest: bool = False,
) -> DottedTime:
    """Return the cells; `has_rest`: the last column that there may be holds all that came later."""
    lanes, by_column = _lanes(dots, bins), Counter[int]()
    for (_, column), (_, events) in bins.cells.items():
        by_column[column] += events
    is_open_ended = has_rest and bins.last in by_column
    # an open column is wider than the others, so that it may not be called the busiest
    narrow = [column for column in by_column if not (is_open_ended and column == bins.last)]
    busiest = min(narrow, key=lambda column: (-by_column[column], column), default=None)
    return DottedTime(
        kind=kind,
        column_seconds=bins.width / SECOND,
        columns=max(by_column) + 1,
        from_on=from_on,
        is_open_ended=is_open_ended,
        busiest=busiest,
        busiest_events=0 if busiest is None else by_column[busiest],
        cells=tuple(
            DottedCell(row=row, column=column, events=events, cases=cases, lane=_busiest(lanes[row, column]))
            for (row, column), (cases, events) in sorted(bins.cells.items())
        ),
    )


def _busiest(by_lane: dict[str | None, int]) -> str | None:
    """Return the lane with most of the events whose lane is known; a state that is entered says nothing of it."""
    known = {lane: events for lane, events in by_lane.items() if lane is not None}
    return min(known, key=lambda lane: (-known[lane], lane), default=None)


def _rows(dots: Any, start: int, weeks: int) -> tuple[DottedRow, ...]:
    by_week = rows_of(dots.group_by("week").agg(n=dots.case.nunique()))
    counted = Counter[int]()
    for row in by_week:
        counted[int(row["week"]) // weeks] += row["n"]
    days = 7 * weeks
    return tuple(
        DottedRow(from_on=_date(start + n * days), to_on=_date(start + (n + 1) * days - 1), cases=counted[n])
        for n in range(max(counted) + 1)
    )


def _monday(day: int) -> int:
    return day - (day - _FIRST_MONDAY) % 7


def _date(day: int) -> date:
    return date(1970, 1, 1) + timedelta(days=day)
