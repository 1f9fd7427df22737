"""Handoffs between teams, departments and organisations, and the wait that each costs (DESIGN §5, handoff)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ibis

from mappings.project import Project
from mining.amounts import mean, per_case, rows_of, sums
from mining.ledger import CLOCKS, Ledger
from mining.reach import cases_of_sequences, passed_on
from mining.results.rework import Handoff, HandoffLevel

LEVELS = ("team", "department", "organisation")


def handoffs(ledger: Ledger, segments: Any, cases: int | None = None) -> tuple[Handoff, ...]:
    """Return the handoffs of the cohort, most frequent first; wait is wait + unknown of the receiving segment.

    Those between events of unknown order are counted apart. `cases` is the size of the cohort, for what is told
    per case of it.
    """
    if cases is None:
        cases = int(rows_of(segments.agg(n=segments.case.nunique()))[0]["n"])
    passed = _passed(ledger, segments)
    found = passed.group_by(["level", "giver", "taker"]).agg(**_summed(passed))
    ordered = sorted(rows_of(found), key=lambda r: (LEVELS.index(r["level"]), -r["n"], r["giver"], r["taker"]))
    return tuple(_handoff(row, cases) for row in ordered)


def handoff_levels(ledger: Ledger, segments: Any, project: Project, cases: int) -> tuple[HandoffLevel, ...]:
    """Return the handoffs of each level together, with the transitions of which a holder is unknown counted apart."""
    passed = _passed(ledger, segments)
    rows = {row["level"]: row for row in rows_of(passed.group_by("level").agg(**_summed(passed)))}
    unknown = _unknown_holders(ledger, project)
    return tuple(_level(level, rows[level], unknown[level], cases) for level in LEVELS if level in rows)


def _passed(ledger: Ledger, segments: Any) -> Any:
    return (
        segments.filter(segments.is_passed_on)
        .join(ledger.handoffs, ["sequence", "position"])
        .mutate(**{f"{clock}_waited": ibis._[f"{clock}_wait"] + ibis._[f"{clock}_unknown"] for clock in CLOCKS})
    )


def _summed(passed: Any) -> dict[str, Any]:
    """Return the aggregations of handoffs whose order is known, and the number of the others."""
    known, back = passed.order_known, passed.order_known & passed.is_back
    return {
        "n": known.sum(),
        "cases": passed.case.nunique(where=known),
        "back": back.sum(),
        "back_cases": passed.case.nunique(where=back),
        "unordered": (~known).sum(),
        **{name: passed[name].sum(where=known) for name in sums(passed)},
        **{f"{clock}_waited": passed[f"{clock}_waited"].sum(where=known) for clock in CLOCKS},
        **{f"{clock}_back": passed[f"{clock}_waited"].sum(where=back) for clock in CLOCKS},
    }


def _handoff(row: dict[str, Any], cases: int) -> Handoff:
    n = row["n"] or 0
    return Handoff(
        level=row["level"],
        from_=row["giver"],
        to=row["taker"],
        count=n,
        cases=row["cases"],
        elapsed_wait_seconds=per_case(row["elapsed_waited"], n),
        working_wait_seconds=per_case(row["working_waited"], n),
        ping_pongs=row["back"] or 0,
        order_unknown=row["unordered"] or 0,
        elapsed=mean(row, "elapsed", n),
        working=mean(row, "working", n),
        ping_pong_elapsed_wait_seconds=per_case(row["elapsed_back"], cases),
        ping_pong_working_wait_seconds=per_case(row["working_back"], cases),
    )


def _level(level: Any, row: dict[str, Any], unknown: int, cases: int) -> HandoffLevel:
    return HandoffLevel(
        level=level,
        count=row["n"] or 0,
        cases=row["cases"],
        share_of_cases=row["cases"] / cases if cases else 0.0,
        per_case=(row["n"] or 0) / cases if cases else 0.0,
        ping_pongs=row["back"] or 0,
        ping_pong_cases=row["back_cases"],
        elapsed_wait_seconds=per_case(row["elapsed_waited"], cases),
        working_wait_seconds=per_case(row["working_waited"], cases),
        ping_pong_elapsed_wait_seconds=per_case(row["elapsed_back"], cases),
        ping_pong_working_wait_seconds=per_case(row["working_back"], cases),
        unknown_holder=unknown,
        order_unknown=row["unordered"] or 0,
    )


def names_of_level(project: Project, level: str) -> Callable[[str], str | None]:
    """Return what gives a lane its name at the level; null where the mapping does not say."""
    if level == "team":
        return lambda lane: lane
    return lambda lane: getattr(project.lane(lane), level) or None


def _unknown_holders(ledger: Ledger, project: Project) -> dict[str, int]:
    """Count per level the transitions between consecutive on-path segments of which a holder is unknown."""
    weights = cases_of_sequences(ledger.cases.filter(ledger.cases.has_lead), ledger.structures)
    pairs = passed_on(ledger.structures, weights)
    found = {}
    for level in LEVELS:
        name = names_of_level(project, level)
        found[level] = sum(n for pair, n in pairs.items() if not all(lane and name(lane) for lane in pair))
    return found
