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
from mining.busy import KEY, busy_spells, with_busy, work_of
from mining.ledger import CLOCKS, Ledger
from mining.log import Log
from mining.openings import Openings, openings_of

CAUSES = ("batching", "queue", "absent", "unexplained", "not_determinable")
MOMENTS = ("since", "ready", "free")
_POINTS = "lane", "both", "reference", "busy_lane", "busy_both"


def recorded_waits(segments: Any) -> Any:
    """Return the segments with recorded wait, and why its cause cannot be determined; null where it can."""
    is_suspended = segments.elapsed_suspended + segments.working_suspended > 0
    waits = segments.filter(segments.own.notnull(), (segments.free > segments.since) | is_suspended)
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
    waits = recorded_waits(segments)
    known = waits.filter(waits.reason.isnull())
    work = work_of(ledger)
    gathered = batches(work, int(project.file.together_within.total_seconds() * 1_000_000))
    known = known.left_join(gathered, ["case_id", "position"])
    known = known.drop([c for c in known.columns if c.endswith("_right")])
    known = known.mutate(
        calendar=hours.calendar_of(known.event_lane),
        ready=ibis.coalesce(known.ready, known.since),
        row=ibis.row_number().over(order_by=["case_id", "position"]),
    )
    known = log.con.create_table("zs_waits", known, temp=True, overwrite=True)
    spells = busy_spells(work, known.select(*KEY).distinct(), hours)
    spells = log.con.create_table("zs_spells", spells, temp=True, overwrite=True)
    split = _split(_at_moments(known, spells, hours))
    rest = waits.filter(waits.reason.notnull())
    nothing = {f"{clock}_{cause}": ibis.literal(0, "int64") for clock in CLOCKS for cause in CAUSES[:-1]}
    rest = rest.mutate(
        batch=ibis.null("int64"), **nothing, **{f"{c}_not_determinable": rest[f"{c}_wait"] for c in CLOCKS}
    )
    return log.con.create_table("zs_wait_causes", split.union(rest.select(*split.columns)), temp=True, overwrite=True)


def _at_moments(known: Any, spells: Any, hours: Openings) -> Any:
    """Add to each wait the open time and the busy time until each of its moments."""
    points = None
    for n, moment in enumerate(MOMENTS):
        rows = known.select(*KEY, row=known.row * len(MOMENTS) + n, moment=known[moment])
        points = rows if points is None else points.union(rows)
    timed = hours.with_open(points, "moment").rename(
        at_lane="moment_lane", at_both="moment_both", at_reference="moment_reference"
    )
    busy = with_busy(timed, spells).rename(row_of_it="row")
    met = timed.join(busy, timed.row == busy.row_of_it)
    met = met.mutate(wait=met.row // len(MOMENTS), n=met.row - (met.row // len(MOMENTS)) * len(MOMENTS))
    values = {
        "lane": "at_lane",
        "both": "at_both",
        "reference": "at_reference",
        "busy_lane": "busy_lane",
        "busy_both": "busy_both",
    }
    wide = met.group_by("wait").agg(
        **{f"{m}_{v}": met[values[v]].max(where=met.n == n) for n, m in enumerate(MOMENTS) for v in _POINTS}
    )
    return known.join(wide, known.row == wide.wait)


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
    kept = ("case_id", "sequence", "position", "booked_step", "resource", "order_known", "reason", "batch")
    return t.select(*kept, *(f"{clock}_{name}" for clock in CLOCKS for name in ("wait", *CAUSES)))


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
