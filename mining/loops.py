"""Loops: each with its path, kind, cost, cases and times (DESIGN §4, loops; §5, loop, redo, repeat)."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import ibis

from mappings.project import Project
from mining.amounts import both, mean, per_case, rows_of, sums
from mining.ledger import Ledger
from mining.results.rework import Again, Loop, LoopKind
from mining.results.times import Both

_LISTED = 100
_KINDS: tuple[LoopKind, ...] = ("supplement", "ping_pong", "return")
"""In this order where a loop is as often of one kind as of another."""


def loops(
    ledger: Ledger,
    segments: Any,
    cases: int,
    project: Project | None = None,
    again: dict[tuple[str, ...], Again] | None = None,
) -> tuple[tuple[Loop, ...], Both | None, int]:
    """Return the loops, most costly first; beyond the hundredth, their sum and number.

    With the direct route they add up to the lead time, exactly. `project` says which lanes are the citizen's;
    `again` who did the step that came again, by path. Open cases have no part in it, as in the lead time.
    """
    citizen = citizen_lanes(project)
    made = _made(ledger, segments, citizen)
    found = made.group_by("path").agg(
        cases=made.case_id.nunique(),
        occurrences=made.count(),
        crosses=(made.lanes > 1).any(),
        unordered=made.unordered.sum(),
        **{kind: (made.kind == kind).sum() for kind in _KINDS},
        **{name: made[name].sum() for name in sums(segments)},
    )
    ordered = sorted(rows_of(found), key=lambda row: (-row["elapsed_total"], row["path"]))
    times = _times(made)
    rest = ordered[_LISTED:]
    listed = tuple(
        _loop(row, cases, times[tuple(row["path"])], (again or {}).get(tuple(row["path"]))) for row in ordered[:_LISTED]
    )
    return listed, both(rest, cases) if rest else None, len(rest)


def citizen_lanes(project: Project | None) -> list[str]:
    """Return the lanes in which the citizen acts."""
    if project is None:
        return []
    return sorted(name for name, lane in project.file.lanes.items() if lane.layer == "citizen")


def _made(ledger: Ledger, segments: Any, citizen: list[str]) -> Any:
    """One row a time that a loop is made, with its cost and its kind."""
    named = segments.filter(segments.loop >= 0).join(ledger.loops, ["sequence", "loop"])
    by_citizen = named.lane.isin(citizen or [""])
    home = named.booked_step == named.path[0]
    made = named.group_by(["path", "case_id", "loop"]).agg(
        **sums(named),
        lanes=named.lane.nunique(),
        unordered=(~named.order_known).any(),
        asked=ibis.coalesce(by_citizen, False).any(),
        back=named.lane.max(where=home),
        back_lanes=named.lane.nunique(where=home),
        away=named.lane.max(where=~home),
        away_lanes=named.lane.nunique(where=~home),
        unheld=named.lane.isnull().any(),
    )
    two = (made.back_lanes == 1) & (made.away_lanes == 1) & (made.back != made.away) & ~made.unheld
    kind = ibis.cases(
        (made.asked, "supplement"),
        (ibis.coalesce((made.path.length() == 3) & two, False), "ping_pong"),
        else_="return",
    )
    return made.mutate(kind=kind)


def _times(made: Any) -> dict[tuple[str, ...], dict[str, int]]:
    """Return path → how many times → cases."""
    by_case = made.group_by(["path", "case_id"]).agg(times=made.count())
    counted = rows_of(by_case.group_by(["path", "times"]).agg(n=by_case.count()))
    found: dict[tuple[str, ...], dict[str, int]] = defaultdict(dict)
    for row in sorted(counted, key=lambda r: int(r["times"])):
        found[tuple(row["path"])][str(row["times"])] = row["n"]
    return found


def _loop(row: dict[str, Any], cases: int, times: dict[str, int], again: Again | None) -> Loop:
    kinds: dict[LoopKind, int] = {kind: row[kind] for kind in _KINDS if row[kind]}
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
        kind=max(kinds, key=lambda kind: kinds[kind]),
        kinds=kinds,
        working_per_case_seconds=per_case(row["working_total"], row["cases"]),
        elapsed_per_time_seconds=per_case(row["elapsed_total"], row["occurrences"]),
        working_per_time_seconds=per_case(row["working_total"], row["occurrences"]),
        times_per_case=row["occurrences"] / row["cases"],
        cases_by_times=times,
        again=again,
    )
