"""Demand and work in hand: takt, arrivals, WIP and Little's law (DESIGN §5, takt; WIP; Little).

In: the ledger's cases, which stay in the engine. What comes out of it is a row a week, however many cases there are.
The window runs from where no case is missing (`mining.complete`) to the latest reading of a source that tells of cases;
that of takt ends before, where the log takes in no more cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import numpy as np

from mappings.project import Project
from mining.amounts import WIDE, rows_of, seconds
from mining.complete import complete_from, run_out, seen_until
from mining.days import working_between
from mining.ledger import Ledger
from mining.log import MICROSECONDS_A_DAY, Log, to_micros
from mining.moments import EPOCH, moment_of
from mining.quantiles import quantiles
from mining.results.stream import Takt, Wip, WipPoint

_WEEK = 7 * MICROSECONDS_A_DAY
_MONDAY = 4 * MICROSECONDS_A_DAY
"""The first Monday after 1970 began."""
_FIRST_MONDAY = date(1970, 1, 5)
_ONE_WEEK = timedelta(weeks=1)
STILL_OPEN = np.iinfo(np.int64).max


@dataclass(frozen=True)
class _Week:
    """What came or went in a week: how many cases, and the time from there to the end of the week or of the window."""

    cases: int = 0
    rest: int = 0


_NOTHING = _Week()
_Weeks = dict[int, _Week]


def takt(ledger: Ledger, log: Log, project: Project, as_of: datetime) -> Takt | None:
    """Return working time available ÷ cases arriving, over the window."""
    until = seen_until(log, project, as_of)
    since = complete_from(ledger, until)
    last = run_out(ledger, until, since)
    until, stays = until if last is None else last, _stays(ledger)
    came = stays.filter(stays.origin <= until)
    came = came if since is None else came.filter(came.origin >= since)
    row = rows_of(came.agg(arrivals=came.count(), low=came.origin.min()))[0]
    if not row["arrivals"]:
        return None
    low, high = moment_of(row["low"] if since is None else since), moment_of(until)
    if low is None or high is None or high <= low:
        return None
    available = working_between(project.calendar.reference, low, high)
    weeks = (high - low) / timedelta(weeks=1)
    return Takt(
        arrivals=row["arrivals"],
        arrivals_per_week=row["arrivals"] / weeks,
        takt_seconds=available / 1_000_000 / row["arrivals"],
        window_from=low,
        window_to=high,
        is_run_out=last is not None,
    )


def wip(ledger: Ledger, log: Log, project: Project, as_of: datetime, slow: int | None = None) -> Wip:
    """Return work in hand at as_of and over the window, with the integral that Little's law tests.

    `slow`: the age (microseconds) by which nearly all cases have ended; null where it is not known. A log of new cases
    alone has filled up by then, so from there on it shows whether the flow is steady.
    """
    stays, until = _stays(ledger), seen_until(log, project, as_of)
    since = complete_from(ledger, until)
    # as of that moment: what came later is not in hand yet, what ended later still is
    is_in_hand = (stays.origin <= to_micros(as_of)) & (stays.end > to_micros(as_of))
    row = rows_of(stays.agg(low=stays.origin.min(), still=is_in_hand.sum()))[0]
    low = since if since is not None else until if row["low"] is None else row["low"]
    within = stays
    if since is not None:
        within = stays.mutate(origin=ibis.greatest(stays.origin, since), end=ibis.greatest(stays.end, since))
    inside = ibis.least(within.end, until) - ibis.least(within.origin, until)
    case_time = rows_of(within.agg(inside=inside.cast(WIDE).sum()))[0]["inside"]
    came, went = (_weeks(within, column, until) for column in ("origin", "end"))
    integral = _integral(came, went, until)
    in_hand = stays.filter(is_in_hand, stays.origin <= until)
    median = quantiles(in_hand.select(age=until - in_hand.origin), "age", MICROSECONDS_A_DAY, (0.5,))
    begin, last = (_local_day(at, project) for at in (low, until))
    points = _points(_by_local_week(ledger, stays, "origin", until), _by_local_week(ledger, stays, "end", until), last)
    points = tuple(point for point in points if point.week > begin - _ONE_WEEK)
    filled = None if slow is None else _local_day(low + slow, project)
    last_day = _local_day(run_out(ledger, until, since) or until, project)
    return Wip(
        at_as_of=row["still"] or 0,
        mean=integral / (until - low) if until > low else 0.0,
        integral_seconds=integral / 1_000_000,
        case_seconds=(case_time or 0) / 1_000_000,
        age_median_seconds=seconds(median[0] if median else None),
        is_steady=None
        if filled is None
        else _is_steady([p for p in points if filled - _ONE_WEEK < p.week <= last_day]),
        by_week=points,
    )


def _local_day(moment: int, project: Project) -> date:
    return (EPOCH + timedelta(microseconds=moment)).astimezone(ZoneInfo(project.file.zone)).date()


def _stays(ledger: Ledger) -> Any:
    """Return origin and end of the first episode of every case with an origin; an open case has a far end."""
    c = ledger.cases.filter(ledger.cases.origin.notnull())
    end = ibis.ifelse(c.is_open, STILL_OPEN, ibis.coalesce(c.ends_at, STILL_OPEN))
    return c.select("origin", end=end.cast("int64"))


def _weeks(stays: Any, column: str, until: int) -> _Weeks:
    """Return by week how many cases came, or went, up to `until`. For the integral any weeks do: these are of UTC."""
    seen = stays.filter(stays[column] <= until).select(at=column)
    since = seen["at"] - _MONDAY
    # never below zero, also before 1970
    into = ((since % _WEEK) + _WEEK) % _WEEK
    begin = seen["at"] - into
    dated = seen.mutate(begin=begin, rest=ibis.least(begin + _WEEK, until) - seen["at"])
    counted = dated.group_by("begin").agg(n=dated.count(), rest=dated.rest.cast(WIDE).sum())
    return {_week(row["begin"]): _Week(row["n"], row["rest"]) for row in rows_of(counted)}


def _integral(came: _Weeks, went: _Weeks, until: int) -> int:
    """Go through the weeks: what is in hand as one begins stays all week, what comes or goes does for the rest of it.

    Computed so otherwise than by adding up the cases' own times, and exact.
    """
    total = in_hand = 0
    for week in range(min([*came, *went], default=0), _week(until) + 1 if came or went else 0):
        begin = week * _WEEK + _MONDAY
        more, fewer = came.get(week, _NOTHING), went.get(week, _NOTHING)
        total += in_hand * (min(begin + _WEEK, until) - begin) + more.rest - fewer.rest
        in_hand += more.cases - fewer.cases
    return total


def _by_local_week(ledger: Ledger, stays: Any, column: str, until: int) -> dict[date, int]:
    """Return how many cases came, or went, up to `until` by their local Monday.

    A date without a time stands at local midnight, which in UTC is the evening before: of Mondays, the week before.
    """
    clocks = ledger.timeline.clocks
    dated = clocks.with_local(stays.filter(stays[column] <= until).select(column), column)
    since = clocks.day(dated[f"{column}_local"]) - _MONDAY // MICROSECONDS_A_DAY
    # never below zero, also before 1970
    dated = dated.mutate(monday=since - ((since % 7) + 7) % 7)
    counted = rows_of(dated.group_by("monday").agg(n=dated.count()))
    return {_FIRST_MONDAY + timedelta(row["monday"]): row["n"] for row in counted}


def _points(came: dict[date, int], went: dict[date, int], last: date) -> tuple[WipPoint, ...]:
    """Return the weeks from the first arrival on; what ended in a week before was never in hand."""
    points, in_hand = [], 0
    monday = min(came, default=last + timedelta(1))
    while monday <= last:
        arrived, closed = came.get(monday, 0), went.get(monday, 0)
        in_hand += arrived - closed
        points.append(WipPoint(week=monday, arrived=arrived, closed=closed, in_hand=in_hand))
        monday += timedelta(weeks=1)
    return tuple(points)


def _week(moment: int) -> int:
    return (moment - _MONDAY) // _WEEK


def _is_steady(weeks: Sequence[WipPoint]) -> bool | None:
    """Whether the second half of the weeks holds on average within a quarter of the first half's work."""
    if len(weeks) < 8:
        return None
    half = len(weeks) // 2
    first = sum(p.in_hand for p in weeks[:half]) / half
    second = sum(p.in_hand for p in weeks[half:]) / (len(weeks) - half)
    return first > 0 and abs(second - first) <= 0.25 * first
