"""Loops: each with its path, kind, cost, cases and times (DESIGN §4, loops; §5, loop, redo, repeat)."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import ibis
import pyarrow.compute as pc

from mappings.project import Project
from mining.amounts import both, mean, per_case, rows_of, sums
from mining.engine import kept, labelled
from mining.ledger import Ledger
from mining.results.rework import Again, Loop, LoopKind
from mining.results.times import Both
from mining.structure_tables import loop_paths

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
    paths = _paths(ledger)
    made = _made(segments, paths, citizen_lanes(project))
    found = made.group_by("loop_path").agg(
        cases=made.case.nunique(),
        occurrences=made.count(),
        crosses=(made.lane_first != made.lane_last).any(),
        unordered=made.unordered.sum(),
        **{kind: (made.kind == kind).sum() for kind in _KINDS},
        **{name: made[name].sum() for name in sums(segments)},
    )
    # of a log of great variety there are as many as there are cases: only those that are told leave the engine
    found = kept(segments.get_backend(), "zs_loop_of_path", found)
    named = found.join(paths.select("loop_path", "path"), "loop_path")
    rows = rows_of(named.order_by(named.elapsed_total.desc(), named.path).limit(_LISTED))
    times = _times(made, [row["loop_path"] for row in rows])
    listed = tuple(_loop(row, cases, times[row["loop_path"]], (again or {}).get(tuple(row["path"]))) for row in rows)
    total = rows_of(found.agg(n=found.count(), **sums(found)))[0]
    rest = {name: (total[name] or 0) - sum(row[name] for row in rows) for name in sums(found)}
    left = total["n"] - len(rows)
    return listed, both([rest], cases) if left else None, left


def _paths(ledger: Ledger) -> Any:
    """The distinct paths, with the step that comes again and the number of steps."""
    listed = loop_paths(ledger.structures)
    table = listed.append_column("home", pc.list_element(listed["path"], 0))
    table = table.append_column("steps", pc.list_value_length(listed["path"]))
    return labelled(ledger.booked.get_backend(), "zs_path", table, ("home",))


def citizen_lanes(project: Project | None) -> list[str]:
    """Return the lanes in which the citizen acts."""
    if project is None:
        return []
    return sorted(name for name, lane in project.file.lanes.items() if lane.layer == "citizen")


def _made(segments: Any, paths: Any, citizen: list[str]) -> Any:
    """One row a time that a loop is made, with its cost and its kind."""
    of_path = paths.select("home", "steps", loop_path=paths.loop_path.cast("int32"))
    named = segments.filter(segments.loop >= 0).join(of_path, "loop_path")
    by_citizen = named.lane.isin(citizen or [""])
    is_home = named.booked_step == named.home
    made = named.group_by(["loop_path", "case", "loop"]).agg(
        **sums(named),
        steps=named.steps.max(),
        # the first and the last by name tell one lane from several without counting them
        lane_first=named.lane.min(),
        lane_last=named.lane.max(),
        unordered=(~named.order_known).any(),
        asked=ibis.coalesce(by_citizen, False).any(),
        back=named.lane.max(where=is_home),
        back_first=named.lane.min(where=is_home),
        away=named.lane.max(where=~is_home),
        away_first=named.lane.min(where=~is_home),
        unheld=named.lane.isnull().any(),
    )
    two = (made.back == made.back_first) & (made.away == made.away_first) & (made.back != made.away) & ~made.unheld
    kind = ibis.cases(
        (made.asked, "supplement"),
        (ibis.coalesce((made.steps == 3) & two, False), "ping_pong"),
        else_="return",
    )
    return kept(segments.get_backend(), "zs_loop_made", made.mutate(kind=kind))


def _times(made: Any, listed: list[int]) -> dict[int, dict[str, int]]:
    """Return the number of the path → how many times → cases, for the listed paths."""
    chosen = made.filter(made.loop_path.isin(listed or [-1]))
    by_case = chosen.group_by(["loop_path", "case"]).agg(times=chosen.count())
    counted = rows_of(by_case.group_by(["loop_path", "times"]).agg(n=by_case.count()))
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for row in sorted(counted, key=lambda r: int(r["times"])):
        found[row["loop_path"]][str(row["times"])] = row["n"]
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
