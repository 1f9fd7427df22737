"""What a later comparison needs of a run: amounts a case, without the identity of any case.

Two engine tables. `facts`: one row a case with a number of its own, its month and its mix. `amounts`: long, (number,
measure, elapsed, working), only what is not zero. Numbers follow the lead times, not the case ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
from ibis.common.exceptions import TableNotFound

from mappings.project import Project
from mining.amounts import cohort_booked
from mining.engine import kept, table_part
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


def case_amounts(ledger: Ledger, project: Project) -> CaseAmounts:
    """Return the amounts of all open and closed cases.

    Kinds of amount: `direct` route, `loop` (by its path), `rung` (by step), each in microseconds; `handoff` (by
    level), a count in both columns; `norm`, 1 met and 0 missed, of the norms that were judged in this run
    outside the legal clock. Cases without a lead time that are not open are left out.
    """
    numbered = numbered_cases(ledger, project)
    norms = [norm.name for norm in project.journey.norms] if project.journey else []
    parts = [amounts_of(ledger, numbered, kind) for kind in ("direct", "rung", "loop", "handoff")]
    parts += [part for name in norms if (part := amounts_of(ledger, numbered, "norm", name)) is not None]
    return CaseAmounts(numbered.drop("case", "started_day"), ibis.union(*parts))


def numbered_cases(ledger: Ledger, project: Project) -> Any:
    """Return the facts of the cases with their number in the ledger (`case`) and their local day of receipt.

    Those two stay within the run.
    """
    return kept(ledger.timeline.clocks.days.get_backend(), "zs_case_facts", _facts(ledger, project))


_COLUMNS = ("number", "kind", "name", "elapsed", "working")


def amounts_of(ledger: Ledger, numbered: Any, kind: str, name: str | None = None) -> Any | None:
    """Return the amounts of one kind, or of one name of it alone; null for a norm that was not judged in this run."""
    key = numbered.select("case", "number")
    found = _norm(ledger, key, name) if kind == "norm" else _booked(ledger, key, kind, name)
    return None if found is None else found.mutate(kind=ibis.literal(kind)).select(*_COLUMNS)


def _norm(ledger: Ledger, key: Any, name: str | None) -> Any | None:
    try:
        judged = key.get_backend().table(f"zs_judged_{table_part(name or '')}")
    except TableNotFound:
        return None
    judged = judged.filter(judged.verdict.isin(["met", "missed"])).select("case_id", "verdict")
    numbers = key.join(ledger.cases.select("case", "case_id"), "case")
    is_met = (judged.verdict == "met").cast("int64")
    return judged.mutate(name=ibis.literal(name), elapsed=is_met, working=is_met).join(numbers, "case_id")


def _booked(ledger: Ledger, key: Any, kind: str, name: str | None) -> Any:
    """Add up the booked rows by case and name. What is not of the name is left out before anything is added up."""
    rows = cohort_booked(ledger)
    if kind == "rung":
        rows = rows if name is None else rows.filter(rows.booked_step == name)
        rows = rows.mutate(name=rows.booked_step)
    elif kind == "direct":
        rows = rows.filter(rows.loop == -1).mutate(name=ibis.literal(""))
    else:
        named, on = _named(ledger, kind)
        named = named if name is None else named.filter(named.name == name)
        rows = rows.join(named, on)
    n = ibis._.count()
    counted = {"elapsed": n, "working": n}
    summed = {"elapsed": ibis._.elapsed_total.sum(), "working": ibis._.working_total.sum()}
    by_case = rows.group_by(["case", "name"]).agg(**(counted if kind == "handoff" else summed))
    return by_case.join(key, "case")


def _named(ledger: Ledger, kind: str) -> tuple[Any, list[str]]:
    """Return the loops of each sequence, or the handoffs by number, with their names, and what they are joined on."""
    if kind == "loop":
        return ledger.loops.select("sequence", "loop", name=ledger.loops.path.join(ARROW)), ["sequence", "loop"]
    return ledger.handoffs.select("passing", name="level"), ["passing"]


def _facts(ledger: Ledger, project: Project) -> Any:
    cases = ledger.cases.filter(ledger.cases.origin.notnull() & (ledger.cases.has_lead | ledger.cases.is_open))
    cases = cases.mutate(persona=persona_of(cases, project.journey))
    clocks = ledger.timeline.clocks
    for column in ("origin", "ends_at"):
        cases = clocks.with_local(cases, column)
    chosen = cases.select(
        "case", "is_open", "zaaktype", "persona", "channel", "segments", "lead_elapsed", "lead_working",
        started_day=clocks.day(cases.origin_local),
        started_month=_month(cases.origin_local),
        ended_month=ibis.ifelse(cases.has_lead, _month(cases.ends_at_local), ibis.null("string")),
    )  # fmt: skip
    # the order says nothing about who: month, then length, then what many share; cases alike in all of it go as in the
    # ledger, since what is drawn from them must be the same again
    by = ["started_month", "lead_elapsed", "lead_working", "zaaktype", "persona", "channel", "segments", "case"]
    return chosen.mutate(number=ibis.row_number().over(order_by=[chosen[c] for c in by]))


def _month(local: Any) -> Any:
    """Return the month of a local time, as '2025-03'."""
    day = (local - ((local % MICROSECONDS_A_DAY) + MICROSECONDS_A_DAY) % MICROSECONDS_A_DAY) // MICROSECONDS_A_DAY
    return (ibis.date("1970-01-01") + day.cast("int32").as_interval("D")).strftime("%Y-%m")
