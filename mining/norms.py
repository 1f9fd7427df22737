"""Norms: how service norms and legal terms were kept (DESIGN §5, norm). The two are never one number.

A norm runs from receipt or the first occurrence of an activity to delivery or the first occurrence of an activity
after it. Met and missed need both ends; an open case is open, and at risk once its time is up or nearly so.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import ibis

from mappings.base import Days
from mappings.calendar import Hours
from mappings.journey import Norm
from mappings.project import Project
from mining.amounts import rows_of, seconds
from mining.clocks import Clocks
from mining.engine import kept, table_part
from mining.lane_working import hours_of, lane_clocks, mean_working_day
from mining.ledger import Ledger
from mining.legal import LegalClock, legal_clocks
from mining.legal_norm import legal_result
from mining.log import MICROSECONDS_A_DAY, Log
from mining.norm_result import norm_result
from mining.norm_spans import norm_spans, target_clocks
from mining.results.norms import NormResult

DAY = timedelta(days=1)


def norms(
    ledger: Ledger, log: Log, project: Project, as_of: datetime, legal: dict[str, LegalClock] | None = None
) -> tuple[NormResult, ...]:
    """Return how each norm of the journey was kept, over all cases that it applies to.

    `legal` are the legal clocks by the name of their norm, where they have been made already.
    """
    journey = project.journey
    if journey is None:
        return ()
    clocks = legal_clocks(ledger, log, project, as_of) if legal is None else legal
    return tuple(
        legal_result(norm, clocks[norm.name]) if norm.clock == "legal" else _norm(norm, ledger, log, project, as_of)
        for norm in journey.norms
    )


def _norm(norm: Norm, ledger: Ledger, log: Log, project: Project, as_of: datetime) -> NormResult:
    lane, own = norm.lane if norm.clock == "lane_working" else None, table_part(norm.name)
    clock = "elapsed" if norm.clock == "elapsed" else "working"
    clocks = lane_clocks(log, ledger, project, lane, f"zs_days_norm_{own}")
    limit = limit_of(norm, hours_of(project, lane))
    spans = kept(log.con, f"zs_span_{own}", norm_spans(norm, ledger, log, as_of, project))
    far = None if limit is not None else target_clocks(spans, ledger, log, project, norm.name)
    judged = _judged(norm, spans, clocks, clock, limit, far)
    judged = kept(log.con, f"zs_judged_{own}", judged)
    counted = judged.group_by("verdict").agg(n=judged.count())
    verdicts = {row["verdict"]: row["n"] for row in rows_of(counted)}
    taken = judged.filter(judged.verdict.isin(["met", "missed"]))
    median = rows_of(taken.agg(m=taken.taken.cast("float64").quantile(0.5)))[0]["m"]
    return norm_result(norm, verdicts, limit_seconds=seconds(limit), median_seconds=seconds(median))


def with_target_end(timed: Any, clocks: Clocks) -> Any:
    """Add `target_local`, and `target_end`: the last microsecond of the target's local day, which counts whole."""
    timed = clocks.with_local(timed, "target")
    midnight = (clocks.day(timed.target_local) + 1) * MICROSECONDS_A_DAY
    # at the offset of the target, and then at its own: the clock may be changed in between
    timed = timed.mutate(target_end=midnight - (timed.target_local - timed.target), midnight=midnight)
    timed = clocks.with_local(timed, "target_end")
    end = timed.target_end + timed.midnight - timed.target_end_local - 1
    far_off = timed.target + MICROSECONDS_A_DAY - 1
    return timed.mutate(target_end=ibis.coalesce(end, far_off)).drop("midnight", "target_end_local")


def limit_of(norm: Norm, hours: Hours) -> int | None:
    """Return the limit in microseconds. In a working clock a day is a mean working day of the calendar."""
    if norm.amount is None:
        return None
    length: timedelta = norm.amount
    if norm.clock != "elapsed" and isinstance(length, Days):
        length = length / DAY * mean_working_day(hours)
    return round(length.total_seconds() * 1_000_000)


def _judged(norm: Norm, spans: Any, clocks: Clocks, clock: str, limit: int | None, far: Clocks | None) -> Any:
    """Add `taken` (microseconds in the norm's clock) and the verdict; `far` are clocks that know each target's day."""
    timed = spans.mutate(end=ibis.coalesce(spans.until, ibis.greatest(spans.now, spans.since)))
    for moment in ("since", "end"):
        timed = clocks.with_clocks(timed, moment)
    timed = timed.mutate(taken=timed[f"end_{clock}"] - timed[f"since_{clock}"])
    if limit is not None:
        within, near = timed.taken <= limit, timed.taken > limit // 2
        known = timed.since.notnull()
    else:
        timed = with_target_end(clocks.with_local(timed, "end"), far or clocks)
        # a target whose day is not known is so far off that the instants tell as much
        by_day = clocks.day(timed.end_local) <= clocks.day(timed.target_local)
        within = ibis.coalesce(by_day, timed.end <= timed.target)
        near = ~within
        known = timed.since.notnull() & timed.target.notnull()
    reached = timed.until.notnull()
    return timed.mutate(
        verdict=ibis.cases(
            (~known, "not_determinable"),
            (reached & within, "met"),
            (reached, "missed"),
            (timed.is_open & near, "at_risk"),
            (timed.is_open, "open"),
            else_="ended_otherwise",
        )
    )
