"""Handoffs between teams, departments and organisations, and the wait that each costs (DESIGN §5, handoff)."""

from __future__ import annotations

from typing import Any

from mining.amounts import per_case, rows_of
from mining.ledger import Ledger
from mining.results.rework import Handoff


def handoffs(ledger: Ledger, segments: Any) -> tuple[Handoff, ...]:
    """Return the handoffs of the cohort, most frequent first; wait is wait + unknown of the receiving segment."""
    s = segments.mutate(
        elapsed_waited=segments.elapsed_wait + segments.elapsed_unknown,
        working_waited=segments.working_wait + segments.working_unknown,
    )
    passed = s.join(ledger.handoffs, ["sequence", "position"])
    found = passed.group_by(["level", "giver", "taker"]).agg(
        n=passed.count(),
        cases=passed.case_id.nunique(),
        elapsed=passed.elapsed_waited.sum(),
        working=passed.working_waited.sum(),
        back=passed.is_back.sum(),
        unordered=(~passed.order_known).sum(),
    )
    levels = {"team": 0, "department": 1, "organisation": 2}
    ordered = sorted(rows_of(found), key=lambda r: (levels[r["level"]], -r["n"], r["giver"], r["taker"]))
    return tuple(
        Handoff(
            level=row["level"],
            from_=row["giver"],
            to=row["taker"],
            count=row["n"],
            cases=row["cases"],
            elapsed_wait_seconds=per_case(row["elapsed"], row["n"]),
            working_wait_seconds=per_case(row["working"], row["n"]),
            ping_pongs=row["back"] or 0,
            order_unknown=row["unordered"] or 0,
        )
        for row in ordered
    )
