"""Loops: each with its path, kind, cost, cases and times (DESIGN §4, loops; §5, loop, redo, repeat)."""

from __future__ import annotations

from typing import Any

import numpy as np

from mappings.project import Project
from mining.amounts import both, mean, per_case, rows_of, sums
from mining.engine import kept
from mining.ledger import Ledger
from mining.loop_counts import KINDS, LoopCounts, loop_counts
from mining.results.rework import Again, Loop, LoopKind
from mining.results.times import Both
from mining.sequences import Ints
from mining.structure_tables import loop_paths

_LISTED = 100


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
    con, structures = segments.get_backend(), ledger.structures
    looped = segments.filter(segments.loop >= 0)
    found = looped.group_by("loop_path").agg(unordered=(~looped.order_known).sum(), **sums(looped))
    # of a log of great variety there are as many as there are cases: only those that are told leave the engine
    found = kept(con, "zs_loop_of_path", found)
    paths = kept(con, "zs_path", loop_paths(structures, _most_costly(found)))
    named = found.join(paths.mutate(loop_path=paths.loop_path.cast("int32")), "loop_path")
    rows = rows_of(named.order_by(named.elapsed_total.desc(), named.path).limit(_LISTED))
    made = loop_counts(structures, ledger.cohort_cases, citizen_lanes(project), [row["loop_path"] for row in rows])
    unordered = _unordered(looped, [row["loop_path"] for row in rows if row["unordered"]])
    listed = tuple(
        _loop(row, made, unordered.get(row["loop_path"], 0), cases, (again or {}).get(tuple(row["path"])))
        for row in rows
    )
    total = rows_of(found.agg(n=found.count(), **sums(found)))[0]
    rest = {name: (total[name] or 0) - sum(row[name] for row in rows) for name in sums(found)}
    left = total["n"] - len(rows)
    return listed, both([rest], cases) if left else None, left


def _most_costly(found: Any) -> Ints:
    """Return the numbers of the paths among which those are that are listed: all that cost as much as the last one."""
    last = rows_of(found.order_by(found.elapsed_total.desc()).limit(1, offset=_LISTED - 1))
    costly = found.filter(found.elapsed_total >= last[0]["elapsed_total"]) if last else found
    return np.sort(costly.select("loop_path").to_pyarrow()["loop_path"].to_numpy())


def citizen_lanes(project: Project | None) -> list[str]:
    """Return the lanes in which the citizen acts."""
    if project is None:
        return []
    return sorted(name for name, lane in project.file.lanes.items() if lane.layer == "citizen")


def _unordered(looped: Any, listed: list[int]) -> dict[int, int]:
    """Return, by the number of the path, how often it is made with events of which the order is not known."""
    if not listed:
        return {}
    times = looped.filter(~looped.order_known, looped.loop_path.isin(listed))
    times = times.select("loop_path", "case", "loop").distinct()
    return {row["loop_path"]: row["n"] for row in rows_of(times.group_by("loop_path").agg(n=times.count()))}


def _loop(row: dict[str, Any], made: LoopCounts, unordered: int, cases: int, again: Again | None) -> Loop:
    at = made.place(row["loop_path"])
    own, occurrences = int(made.cases[at]), int(made.occurrences[at])
    kinds: dict[LoopKind, int] = {kind: int(n) for kind, n in zip(KINDS, made.kinds[:, at], strict=True) if n}
    return Loop(
        path=tuple(row["path"]),
        cases=own,
        occurrences=occurrences,
        elapsed=mean(row, "elapsed", cases),
        working=mean(row, "working", cases),
        elapsed_per_case_seconds=per_case(row["elapsed_total"], own),
        share_of_cases=own / cases,
        crosses_lanes=bool(made.crosses[at]),
        order_unknown_occurrences=unordered,
        kind=max(kinds, key=lambda kind: kinds[kind]),
        kinds=kinds,
        working_per_case_seconds=per_case(row["working_total"], own),
        elapsed_per_time_seconds=per_case(row["elapsed_total"], occurrences),
        working_per_time_seconds=per_case(row["working_total"], occurrences),
        times_per_case=occurrences / own,
        cases_by_times=made.cases_by_times(at),
        again=again,
    )
