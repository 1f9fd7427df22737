"""Each lane's time in its own calendar: `lane_working` (DESIGN §4, clocks). Never added across lanes.

In: the cohort's segments and the calendars of the lanes. Out: one row a lane that holds time. A lane without a calendar
of its own works by the reference calendar.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import ibis

from mappings.calendar import Hours
from mappings.project import Project
from mining.amounts import per_case, rows_of
from mining.clocks import Clocks
from mining.ledger import KINDS, Ledger, with_own
from mining.log import Log
from mining.reach import cases_of_holders
from mining.results.lanes import LaneWorking
from mining.results.times import Amounts
from mining.split import split
from mining.suspended import has_any, in_clocks, pieces
from mining.timeline import clocks_of

MOMENTS = ("since", "free", "own", "at")


def hours_of(project: Project, lane: str | None) -> Hours:
    """Return the calendar of a lane: its own, else the reference calendar."""
    return project.calendar.lanes.get(lane or "", project.calendar.reference)


def mean_working_day(hours: Hours) -> timedelta:
    """Return the mean length of the weekdays on which the calendar has hours; 8 hours where it has none."""
    minutes = [sum(shift.end - shift.start for shift in shifts) for shifts in hours.weekly.values() if shifts]
    return timedelta(minutes=sum(minutes) / len(minutes)) if minutes else timedelta(hours=8)


def lane_clocks(log: Log, ledger: Ledger, project: Project, lane: str | None, name: str) -> Clocks:
    """Return the clocks of a lane's calendar, over the window of the log; `name` names its table in the engine."""
    hours = hours_of(project, lane)
    if hours is project.calendar.reference:
        return ledger.timeline.clocks
    return clocks_of(log.con, hours, ledger.timeline.window, project.file.zone, name)


def lane_working(log: Log, ledger: Ledger, project: Project, segments: Any, held: Any) -> tuple[LaneWorking, ...]:
    """Return the time of each lane in its own calendar, in the order of their names. `held` are the summed segments.

    Whose turn it is decides, as on the ladder: segments are those booked to the lane, of the first ended episodes.
    """
    held = held.filter(held.lane.notnull())
    summed = held.group_by("lane").agg(segments=held.segments.sum(), **_amounts(held))
    by_lane = {row["lane"]: row for row in rows_of(summed)}
    for n, lane in enumerate(sorted(set(by_lane) & set(project.calendar.lanes))):
        clocks = lane_clocks(log, ledger, project, lane, f"zs_days_lane_{n}")
        own = in_working_time(segments.filter(segments.lane == lane), clocks, ledger.timeline.coded.suspended)
        by_lane[lane] |= rows_of(own.agg(**_amounts(own)))[0]
    cases = cases_of_holders(ledger.structures, ledger.cohort_cases)
    return tuple(_lane(project, lane, by_lane[lane], cases[lane]) for lane in sorted(by_lane))


def _amounts(segments: Any) -> dict[str, Any]:
    return {kind: segments[f"working_{kind}"].sum() for kind in (*KINDS, "total")}


def _lane(project: Project, lane: str, row: dict[str, Any], cases: int) -> LaneWorking:
    return LaneWorking(
        lane=lane,
        has_own_calendar=lane in project.calendar.lanes,
        cases=cases,
        segments=row["segments"],
        amounts=Amounts(**{f"{kind}_seconds": per_case(row[kind], cases) for kind in (*KINDS, "total")}),
        working_day_seconds=mean_working_day(hours_of(project, lane)).total_seconds(),
    )


def in_working_time(segments: Any, clocks: Clocks, suspended: Any) -> Any:
    """Return segments with `working_{kind}` in the hours of these clocks instead; suspended work waits in them too."""
    timed = with_own(segments).select("case", "position", "whole_days", *MOMENTS)
    # what is not known stands at the end of the segment, so that the clocks know all
    known = {moment: ibis.coalesce(timed[moment], timed["at"]) for moment in MOMENTS}
    timed = clocks.with_known_clocks(timed.mutate(has_start=timed.own.notnull(), **known), MOMENTS)
    amounts = split([timed[f"{m}_working"] for m in MOMENTS], timed.has_start)
    named = {f"working_{kind}": amount for kind, amount in amounts.items()}
    if not has_any(suspended):
        return timed.select("case", **named)
    lain = in_clocks(pieces(segments, suspended), clocks).select("case", "position", still="working_suspended")
    booked = timed.select("case", "position", **named).left_join(lain, ["case", "position"])
    still = ibis.coalesce(booked.still, 0)
    return booked.mutate(working_process=booked.working_process - still, working_wait=booked.working_wait + still)
