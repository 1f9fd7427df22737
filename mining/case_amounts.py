"""What a later comparison needs of a run: amounts a case, without the identity of any case.

Two engine tables. `facts`: one row a case with a number of its own, its month and its mix. `amounts`: long, (number,
measure, elapsed, working), only what is not zero. Numbers follow the lead times, not the case ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import ibis
from ibis.common.exceptions import TableNotFound

from mappings.project import Project
from mining.amounts import cohort_segments
from mining.engine import kept
from mining.followed import persona_of
from mining.ledger import Ledger
from mining.log import MICROSECONDS_A_DAY

ARROW = " → "


@dataclass(frozen=True)
class CaseAmounts:
    """facts: number, started_month, ended_month (such as 2025-03), is_open, zaaktype, persona, channel, segments,
    lead_elapsed, lead_working (microseconds; null for open cases). amounts: number, kind, name, elapsed, working.
    """

    facts: Any
    amounts: Any
    keys: Any
    """case_id and number; it stays within the run."""


def case_amounts(ledger: Ledger, project: Project) -> CaseAmounts:
    """Return the amounts of all open and closed cases.

    Kinds of amount: `direct` route, `loop` (by its path), `rung` (by step), each in microseconds; `handoff` (by
    level), a count in both columns; `norm`, 1 met and 0 missed, of the norms that were judged in this run
    outside the legal clock. Cases without a lead time that are not open are left out.
    """
    con = ledger.timeline.clocks.days.get_backend()
    numbered = kept(con, "zs_case_facts", _facts(ledger, project))
    key = numbered.select("case_id", "number")
    segments = cohort_segments(ledger)
    parts = [
        _part(segments.filter(segments.loop == -1), key, "direct", ibis.literal("")),
        _part(segments, key, "rung", segments.booked_step),
    ]
    looped = segments.filter(segments.loop >= 0).join(ledger.loops, ["sequence", "loop"])
    parts.append(_part(looped, key, "loop", looped.path.join(ARROW)))
    passed = segments.join(ledger.handoffs, ["sequence", "position"])
    counted = passed.mutate(name=passed.level).join(key, "case_id").group_by(["number", "name"])
    n = ibis._.count()
    parts.append(counted.agg(elapsed=n, working=n).mutate(kind=ibis.literal("handoff")).select(*_COLUMNS))
    return CaseAmounts(numbered.drop("case_id"), ibis.union(*parts, *_norms(con, key, project)), key)


_COLUMNS = ("number", "kind", "name", "elapsed", "working")


def _norms(con: Any, key: Any, project: Project) -> Iterator[Any]:
    for norm in project.journey.norms if project.journey else ():
        try:
            judged = con.table(f"zs_judged_{norm.name}")
        except TableNotFound:
            continue
        judged = judged.filter(judged.verdict.isin(["met", "missed"])).join(key, "case_id")
        kept = (judged.verdict == "met").cast("int64")
        yield judged.mutate(kind=ibis.literal("norm"), name=ibis.literal(norm.name), elapsed=kept, working=kept).select(
            *_COLUMNS
        )


def _part(segments: Any, key: Any, kind: str, name: Any) -> Any:
    summed = segments.mutate(name=name).join(key, "case_id").group_by(["number", "name"])
    totals = summed.agg(elapsed=ibis._.elapsed_total.sum(), working=ibis._.working_total.sum())
    return totals.mutate(kind=ibis.literal(kind)).select(*_COLUMNS)


def _facts(ledger: Ledger, project: Project) -> Any:
    cases = ledger.cases.filter(ledger.cases.origin.notnull() & (ledger.cases.has_lead | ledger.cases.is_open))
    cases = cases.mutate(persona=persona_of(cases, project))
    clocks = ledger.timeline.clocks
    for column in ("origin", "ends_at"):
        cases = clocks.with_local(cases, column)
    chosen = cases.select(
        "case_id", "is_open", "zaaktype", "persona", "channel", "segments", "lead_elapsed", "lead_working",
        started_month=_month(cases.origin_local),
        ended_month=ibis.ifelse(cases.has_lead, _month(cases.ends_at_local), ibis.null("string")),
    )  # fmt: skip
    # the order says nothing about who: month, then length, then what many share
    by = ["started_month", "lead_elapsed", "lead_working", "zaaktype", "persona", "channel", "segments"]
    return chosen.mutate(number=ibis.row_number().over(order_by=[chosen[c] for c in by]))


def _month(local: Any) -> Any:
    """Return the month of a local time, as '2025-03'."""
    day = (local - ((local % MICROSECONDS_A_DAY) + MICROSECONDS_A_DAY) % MICROSECONDS_A_DAY) // MICROSECONDS_A_DAY
    return (ibis.date("1970-01-01") + day.cast("int32").as_interval("D")).strftime("%Y-%m")
