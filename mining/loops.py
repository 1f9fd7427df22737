"""Loops: each with its path, its cost and its cases (DESIGN §4, loops)."""

from __future__ import annotations

from typing import Any

from mining.amounts import both, mean, per_case, rows_of, sums
from mining.ledger import Ledger
from mining.results.rework import Loop
from mining.results.times import Both

_LISTED = 100


def loops(ledger: Ledger, segments: Any, cases: int) -> tuple[tuple[Loop, ...], Both | None, int]:
    """Return the loops, most costly first; beyond the hundredth, their sum and number."""
    named = segments.filter(segments.loop >= 0).join(ledger.loops, ["sequence", "loop"])
    made = named.group_by(["path", "case_id", "loop"]).agg(
        **sums(named), lanes=named.lane.nunique(), unordered=(~named.order_known).any()
    )
    found = made.group_by("path").agg(
        cases=made.case_id.nunique(),
        occurrences=made.count(),
        crosses=(made.lanes > 1).any(),
        unordered=made.unordered.sum(),
        **{name: made[name].sum() for name in sums(named)},
    )
    ordered = sorted(rows_of(found), key=lambda row: (-row["elapsed_total"], row["path"]))
    rest = ordered[_LISTED:]
    listed = tuple(_loop(row, cases) for row in ordered[:_LISTED])
    return listed, both(rest, cases) if rest else None, len(rest)


def _loop(row: dict[str, Any], cases: int) -> Loop:
    return Loop(
        path=tuple(row["path"]),
        cases=row["cases"],
        occurrences=row["occurrences"],
        elapsed=mean(row, "elapsed", cases),
        working=mean(row, "working", cases),
        elapsed_per_case_seconds=per_case(row["elapsed_total"], row["cases"]),
        share_of_cases=row["cases"] / cases,
        crosses_lanes=bool(row["crosses"]),
        order_unknown_occurrences=row["unordered"] or 0,
    )
