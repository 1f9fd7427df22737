"""Each recorded wait, split by cause (docs/measures.md, why it waited).

In: the ledger and the segments of the cohort. Out: an engine table, one row a segment with recorded wait, with
`{clock}_{cause}` in int64 microseconds; the causes of a clock add up to its wait, exactly.

The split follows Lashkevich, Milani, Chapela-Campa, Suvorau, Dumas, "Why am I waiting? Data-driven analysis of
waiting times in business processes" (CAiSE 2023). It departs in one thing: closing hours come before the queue, since
work that is recorded over a night keeps nobody busy that night.
"""

from __future__ import annotations

from typing import Any

import ibis

from mappings.project import Project
from mining.batches import batches
from mining.busy import KEY, busy_spells, in_turn, with_busy, work_of
from mining.engine import kept
from mining.ledger import CLOCKS, Ledger, with_own
from mining.log import Log
from mining.openings import Openings, openings_of

CAUSES = ("batching", "queue", "absent", "unexplained", "not_determinable")
MOMENTS = ("since", "ready", "free")
_POINTS = "lane", "both", "reference", "busy_lane", "busy_both"
_ROOM = 1 << 20
"""More positions than a case has: a case and a position in one number."""


def recorded_waits(segments: Any) -> Any:
    """Return the segments with recorded wait, and why its cause cannot be determined; null where it can."""
    is_suspended = segments.elapsed_suspended + segments.working_suspended > 0
    waits = segments.filter(segments.started.notnull(), (segments.free > segments.since) | is_suspended)
    waits = with_own(waits)
    reason = ibis.cases(
        (waits.elapsed_suspended + waits.working_suspended > 0, "suspended"),
        (waits.resource.isnull(), "no_resource"),
        (waits.precision == "day", "dates_only"),
        (waits.free != waits.own, "other_work_first"),
        else_=ibis.null("string"),
    )
    return waits.mutate(reason=reason)


def waits_by_cause(log: Log, ledger: Ledger, segments: Any, project: Project) -> Any:
    """Split each recorded wait by cause, over the whole of the log's work of the same resource."""
    hours = openings_of(log.con, project, ledger.timeline.window, "zs_openings")
    waits = recorded_waits(segments).select(*_OF_WAIT)
    known = waits.filter(waits.reason.isnull())
    work = in_turn(work_of(ledger), int(project.file.together_within.total_seconds() * 1_000_000))
    known = known.left_join(batches(work), ["case", "position"])
    known = known.drop([c for c in known.columns if c.endswith("_right")])
    known = known.mutate(
        calendar=hours.calendar_of(known.event_lane),
        ready=ibis.coalesce(known.ready, known.since),
        row=known.case.cast("int64") * _ROOM + known.position,
    )
    known = kept(log.con, "zs_waits", known)
    spells = busy_spells(work, known.select(*KEY).distinct(), hours)
    split = _split(_at_moments(known, spells, hours))
    rest = waits.filter(waits.reason.notnull())
    nothing = {f"{clock}_{cause}": ibis.literal(0, "int64") for clock in CLOCKS for cause in CAUSES[:-1]}
    rest = rest.mutate(
        batch=ibis.null("int64"), **nothing, **{f"{c}_not_determinable": rest[f"{c}_wait"] for c in CLOCKS}
    )
    return kept(log.con, "zs_wait_causes", split.union(rest.select(*split.columns)))


_OF_WAIT = (
    "case", "sequence", "position", "booked_step", "event_lane", "resource", "order_known", "reason", "whole_days",
    "since", "free", *(f"{clock}_wait" for clock in CLOCKS),
)  # fmt: skip


def _at_moments(known: Any, spells: Any, hours: Openings) -> Any:
    """Add to each wait the open time and the busy time until each of its moments.

    Most waits gathered for nothing: what holds at `ready` is then what holds at `since`.
    """
    points = None
    for n, moment in enumerate(MOMENTS):
        of = known.filter(known.ready > known.since) if moment == "ready" else known
        rows = of.select(*KEY, n=ibis.literal(n, "int64"), row=of.row, moment=of[moment])
        points = rows if points is None else points.union(rows)
    timed = hours.with_open(points, "moment").rename(
        lane="moment_lane", both="moment_both", reference="moment_reference"
    )
    met = with_busy(timed, spells)
    wide = met.group_by("row").agg(
        **{f"{m}_{v}": met[v].max(where=met.n == n) for n, m in enumerate(MOMENTS) for v in _POINTS}
    )
    joined = known.join(wide, "row")
    return joined.mutate(**{f"ready_{v}": ibis.coalesce(joined[f"ready_{v}"], joined[f"since_{v}"]) for v in _POINTS})


def _split(t: Any) -> Any:
    """Split each wait: gathering a batch first, then closing hours, then other work, then what nothing explains."""
    free_time = (t.ready_lane - t.since_lane) - (t.ready_busy_lane - t.since_busy_lane)
    t = t.mutate(is_batched=(t.ready > t.since) & (free_time > 0))
    begin = {v: ibis.ifelse(t.is_batched, t[f"ready_{v}"], t[f"since_{v}"]) for v in _POINTS}
    at = ibis.ifelse(t.is_batched, t.ready, t.since)
    spent = {v: t[f"free_{v}"] - begin[v] for v in _POINTS}
    exact = {
        "batching": at - t.since,
        "absent": t.free - at - spent["lane"],
        "queue": spent["busy_lane"],
    }
    working = {
        "batching": begin["reference"] - t.since_reference,
        "absent": spent["reference"] - spent["both"],
        "queue": spent["busy_both"],
    }
    t = t.mutate(
        **{f"exact_{cause}": amount.cast("int64") for cause, amount in exact.items()},
        **{f"working_{cause}": amount.cast("int64") for cause, amount in working.items()},
        batch=ibis.ifelse(t.is_batched, t.batch, ibis.null("int64")),
    )
    t = _in_days(t)
    for clock in CLOCKS:
        named = t[f"{clock}_batching"] + t[f"{clock}_absent"] + t[f"{clock}_queue"]
        t = t.mutate(
            **{
                f"{clock}_unexplained": (t[f"{clock}_wait"] - named).cast("int64"),
                f"{clock}_not_determinable": ibis.literal(0, "int64"),
            }
        )
    names = ("case", "sequence", "position", "booked_step", "resource", "order_known", "reason", "batch")
    return t.select(*names, *(f"{clock}_{name}" for clock in CLOCKS for name in ("wait", *CAUSES)))


def _in_days(t: Any) -> Any:
    """In a case that is known by whole days, divide the days of the wait in proportion to its exact time."""
    share = t.elapsed_wait.cast("float64") / (t.free - t.since).cast("float64")
    left = t.elapsed_wait
    amounts: dict[str, Any] = {}
    for cause in ("batching", "absent", "queue"):
        exact = t[f"exact_{cause}"]
        in_days = ibis.least((exact.cast("float64") * share).round().cast("int64"), left)
        amounts[f"elapsed_{cause}"] = ibis.ifelse(t.whole_days, in_days, exact)
        left = left - in_days
    return t.mutate(**amounts)
