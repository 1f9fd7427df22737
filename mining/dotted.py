"""The dotted chart, binned: acting events by when their case was received, and by age or by date.

In: the ledger. Out: `Dotted`, at most thirty rows by forty columns twice, whatever the size of the log. Binned because
single cases may not be shown; how wide the bins are is chosen here, and part of the result.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import ibis
import pyarrow as pa

from mappings.project import Project
from mining.amounts import SECOND, rows_of, seconds
from mining.engine import kept, kept_as_written, whole_part
from mining.ledger import Ledger
from mining.log import MICROSECONDS_A_DAY
from mining.quantiles import quantiles
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
"""(row, column) → cases and events."""
_Lanes = dict[tuple[int, int], Counter[int]]
"""(row, column) → events by the number of the lane."""
_AGES = {"age_days": "at", "before_days": "before"}


@dataclass(frozen=True)
class _Bins:
    """Weeks of a row and the width of a column (µs), with what lies in each cell."""

    weeks: int
    width: int
    last: int
    """The last column that there may be."""
    cells: _Cells
    lanes: _Lanes


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
    dots, lanes = _dots(ledger)
    span = _span(dots)
    if span is None:
        return None
    start = _monday(span.first_received)
    dots = dots.mutate(week=whole_part(dots.received_day - start, 7))
    by_age = _by_age(dots, span, span.last_received - start, project.file.smallest_group)
    first = _monday(span.first_done)
    days = _narrowest(_DAYS, span.last_done - first + 1)
    on_day = [whole_part(dots.received_day + dots[age] - first, days) for age in ("age_days", "before_days")]
    by_date = _bins(dots, on_day, days * MICROSECONDS_A_DAY, by_age.weeks)
    return Dotted(
        cases=span.cases,
        events=span.events,
        row_days=7 * by_age.weeks,
        rows=_rows(dots, start, by_age.weeks),
        half_seconds=seconds(span.half),
        since_received=_time("since_received", lanes, by_age, has_rest=True),
        calendar=_time("calendar", lanes, by_date, from_on=_date(first)),
    )


def _dots(ledger: Ledger) -> tuple[Any, tuple[str | None, ...]]:
    """Return one row an acting event, and the names of the lanes by number.

    Columns: received_day, age_days (local days since then), before_days (those of the event before in the case; null
    where there is none), age (µs), gap (µs since the event before), lane, is_day. Both ages never fall within a case.
    """
    coded, clocks = ledger.timeline.coded, ledger.timeline.clocks
    con = clocks.days.get_backend()
    tokens = coded.tokens.select("token", "lane").to_pyarrow()
    names = (*sorted({*tokens["lane"].to_pylist()} - {None}), None)
    numbers = pa.array([names.index(lane) for lane in tokens["lane"].to_pylist()], pa.int32())
    lanes = kept(con, "zs_dot_lanes", pa.table({"token": tokens["token"], "lane": numbers}))
    cases = ledger.cases.filter(ledger.cases.origin.notnull()).select("case", "origin")
    cases = clocks.with_known_days(cases, ["origin"]).select("case", "origin", received_day="origin_on")
    events = coded.rows.filter(coded.rows.is_event).select("case", "token", "at", "gap", "is_day")
    joined = events.join(cases, "case").join(lanes, "token")
    joined = joined.mutate(before=joined["at"] - ibis.coalesce(joined.gap, 0))
    dated = clocks.with_known_days(joined, ["at", "before"])
    passed = {name: ibis.greatest(dated[f"{at}_on"] - dated.received_day, 0) for name, at in _AGES.items()}
    dots = dated.select(
        "gap", "lane", "is_day", "received_day",
        age=ibis.greatest(dated["at"] - dated.origin, 0),
        age_days=passed["age_days"],
        before_days=ibis.ifelse(dated.gap.isnull(), ibis.null("int32"), passed["before_days"]),
    )  # fmt: skip
    return kept_as_written(con, "zs_dots", dots), names


def _span(dots: Any) -> _Span | None:
    done = dots.received_day + dots.age_days
    row = rows_of(
        dots.agg(
            cases=dots.gap.isnull().sum(),
            events=dots.count(),
            first_received=dots.received_day.min(),
            last_received=dots.received_day.max(),
            first_done=done.min(),
            last_done=done.max(),
            has_days=dots.is_day.any(),
        )
    )[0]
    if not row["events"]:
        return None
    half, most = quantiles(dots, "age", MICROSECONDS_A_DAY, (0.5, 0.95))
    return _Span(**row, half=half, most=most)


def _by_age(dots: Any, span: _Span, length: int, smallest: int) -> _Bins:
    """Return the bins by age: of those that tell enough the most even-sided, else the one that tells most."""
    found: list[tuple[bool, float, _Bins]] = []
    fitting = [weeks for weeks in _WEEKS if length < 7 * weeks * MOST_ROWS] or [_WEEKS[-1]]
    for width in _age_widths(span):
        columns = int(span.most // width) + 2
        counted = _counted(dots, [ibis.least(age, columns - 1) for age in _ages(dots, width)])
        for weeks in fitting:
            bins = _merged(counted, weeks, width, columns - 1)
            told, sides = _told(bins.cells, smallest), min(columns, length // (7 * weeks) + 1)
            is_enough = told >= TOLD
            found.append((is_enough, sides if is_enough else told, bins))
        if found[-len(fitting)][0]:
            break  # wider columns could only be fewer
    return max(found, key=lambda each: each[:2])[2]


def _bins(dots: Any, columns: Sequence[Any], width: int, weeks: int) -> _Bins:
    counted = _counted(dots, columns)
    return _merged(counted, weeks, width, max(row["column"] for row in counted))


def _age_widths(span: _Span) -> tuple[int, ...]:
    """Return widths in microseconds, the narrowest first; never below a day where events have no time of day."""
    days = tuple(days * MICROSECONDS_A_DAY for days in _DAYS)
    widths = days if span.has_days else (*_HOURS, *days)
    first = widths.index(_narrowest(widths, span.most))
    return widths[first : first + _TRIES]


def _narrowest(widths: Sequence[int], length: float) -> int:
    """Return the narrowest width that divides a length into columns that can be drawn; the widest where none does."""
    return next((width for width in widths if length / width < MOST_COLUMNS), widths[-1])


def _ages(dots: Any, width: int) -> tuple[Any, Any]:
    """Return the columns of each event and of the one before it: whole local days since the day of receipt, or hours.

    The column of an event before that there is none of is null.
    """
    if width < MICROSECONDS_A_DAY:
        return whole_part(dots.age, width), whole_part(dots.age - dots.gap, width)
    days = width // MICROSECONDS_A_DAY
    return whole_part(dots.age_days, days), whole_part(dots.before_days, days)


def _counted(dots: Any, columns: Sequence[Any]) -> list[dict[str, int]]:
    """Count by week of receipt, column and lane; weeks are few, so that what is wider is added up from them.

    A case is counted where its column is another than that of its event before: columns never fall within a case.
    """
    column, before = columns
    is_first = dots.gap.isnull() | (column != before)
    placed = dots.mutate(column=column, first=ibis.ifelse(is_first, 1, 0))
    return rows_of(placed.group_by(["week", "column", "lane"]).agg(cases=placed["first"].sum(), events=placed.count()))


def _told(cells: _Cells, smallest: int) -> float:
    whole = sum(events for _, events in cells.values())
    return sum(events for cases, events in cells.values() if cases >= smallest) / whole if whole else 0.0


def _merged(counted: list[dict[str, int]], weeks: int, width: int, last: int) -> _Bins:
    """Add weeks up to rows. A case lies in one week, so that the cases of weeks may be added."""
    found: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    lanes: _Lanes = defaultdict(Counter)
    for row in counted:
        at = row["week"] // weeks, row["column"]
        found[at][0] += row["cases"]
        found[at][1] += row["events"]
        lanes[at][row["lane"]] += row["events"]
    return _Bins(weeks, width, last, {at: (cases, events) for at, (cases, events) in found.items()}, lanes)


def _time(
    kind: Literal["since_received", "calendar"],
    names: Sequence[str | None],
    bins: _Bins,
    from_on: date | None = None,
    has_rest: bool = False,
) -> DottedTime:
    """Return the cells; `has_rest`: the last column that there may be holds all that came later."""
    by_column = Counter[int]()
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
            DottedCell(
                row=row, column=column, events=events, cases=cases, lane=_busiest(bins.lanes[row, column], names)
            )
            for (row, column), (cases, events) in sorted(bins.cells.items())
        ),
    )


def _busiest(by_lane: Mapping[int, int], names: Sequence[str | None]) -> str | None:
    """Return the lane with most of the events whose lane is known; a state that is entered says nothing of it."""
    known = {name: events for lane, events in by_lane.items() if (name := names[lane]) is not None}
    return min(known, key=lambda lane: (-known[lane], lane), default=None)


def _rows(dots: Any, start: int, weeks: int) -> tuple[DottedRow, ...]:
    # a case is counted at its first event
    by_week = rows_of(dots.group_by("week").agg(n=dots.gap.isnull().sum()))
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
