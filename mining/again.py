"""Redo and repeat: the same step again by another or by the same resource (DESIGN §5, loop, redo, repeat).

Only where the mapping switches by-resource measures on, and never for fewer people than FEWEST_PEOPLE (DESIGN §8).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from mappings.project import Project
from mining.amounts import rows_of
from mining.engine import kept
from mining.ledger import Ledger
from mining.reach import cases_where, in_first
from mining.read_arrays import EVENT_STEP, IS_AUTOMATIC
from mining.results.rework import Again, SelfLoops
from mining.sequences import Ints
from mining.structure_tables import loop_paths
from mining.structures import Structures

FEWEST_PEOPLE = 3
"""A figure that rests on fewer people would be a view of single employees."""


def again_by_path(ledger: Ledger, segments: Any, project: Project) -> dict[tuple[str, ...], Again]:
    """Return loop path → how often the step that came again was done by another, or by the same resource.

    The resource before is the last known one that did the step in an earlier visit of the episode, the resource
    after the first known one of the returning visit; events of other steps in a visit do not count. Source: redo
    and repeat of edeaR (Swennen, Janssenswillen, Jans, Depaire, Vanhoof 2015), by step instead of by activity.
    """
    if not project.file.resource_measures:
        return {}
    con, places = segments.get_backend(), _places(ledger.structures)
    own = segments.filter(segments.resource_code.notnull()).join(
        kept(con, "zs_again", places), ["sequence", "position"]
    )
    of_step = ibis.window(group_by=["case", "booked_step"], order_by="position")
    marked = own.mutate(before=own.resource_code.lag().over(of_step), visit_before=own.visit.lag().over(of_step))
    begins = marked.visit_before.isnull() | (marked.visit_before != marked.visit)
    after = marked.filter(begins, marked.path >= 0)
    counted = after.group_by("path").agg(**_counted(after, after.resource_code))
    rows = rows_of(counted.filter(counted.people >= FEWEST_PEOPLE))
    paths = loop_paths(ledger.structures, np.array([row["path"] for row in rows], np.int64))["path"].to_pylist()
    times = _returns(ledger)
    found = {tuple(path): _again(row, int(times[row["path"]]), project) for path, row in zip(paths, rows, strict=True)}
    return {path: again for path, again in found.items() if again}


def _places(structures: Structures) -> pa.Table:
    """Where people do a step that is returned to: sequence, position, and the path by which its visit returns (or −1).

    A position counts where its own event is of the step that it is booked to, and no system did it.
    """
    s, p, tokens = structures.sequences, structures.positions, structures.coded.alphabet.tokens
    first = np.flatnonzero(in_first(structures))
    owner, step, codes = s.owners[first].astype(np.int64), p.step[first], s.codes[first]
    returns, of = p.returns_to[first], owner * len(structures.coded.steps) + step
    is_own = (step >= 0) & (tokens[:, EVENT_STEP][codes] == step) & (tokens[:, IS_AUTOMATIC][codes] == 0)
    chosen = np.flatnonzero(is_own)
    chosen = chosen[np.isin(of[chosen], np.unique(of[returns]))]
    # a visit is consecutive: it begins where the sequence or its number changes, and returns, if at all, by one path
    visit = np.cumsum(np.append(True, (np.diff(owner) != 0) | (np.diff(p.visit[first]) != 0))[: len(first)]) - 1
    path = np.full(len(first), -1, np.int32)
    path[visit[returns]] = structures.paths_at(first[returns])
    places = {"sequence": owner[chosen], "position": s.places[first[chosen]], "path": path[visit[chosen]]}
    return pa.table(places)


def _returns(ledger: Ledger) -> Ints:
    """Return how often the cohort's cases return by each path."""
    s, p = ledger.structures.sequences, ledger.structures.positions
    places = np.flatnonzero(in_first(ledger.structures) & p.returns_to)
    times: Ints = np.bincount(ledger.structures.paths_at(places), ledger.cohort_cases[s.owners[places]])
    return times.astype(np.int64)


def self_loops(ledger: Ledger, segments: Any, project: Project) -> SelfLoops:
    """Return how often an activity is repeated within a visit, and whether by another or by the same resource."""
    structures, weights = ledger.structures, ledger.cohort_cases
    is_again = structures.positions.is_self_loop
    times = int(weights[structures.sequences.owners[in_first(structures) & is_again]].sum())
    cases = cases_where(structures, is_again, weights)
    if not times or not project.file.resource_measures:
        return SelfLoops(times=times, cases=cases)
    # where an activity is repeated, the visit has another segment
    activities = ledger.timeline.coded.tokens.select("token", "activity")
    visits = segments.filter(~segments.is_whole_visit).join(activities, "token")
    by_activity = ibis.window(group_by=["case", "visit", "activity"], order_by="position")
    marked = visits.mutate(before=visits.resource_code.lag().over(by_activity))
    marked = marked.filter(marked.is_self_loop)
    row = rows_of(marked.agg(**_counted(marked, marked.resource_code)))[0]
    return SelfLoops(times=times, cases=cases, again=_again(row, times, project))


def _counted(table: Any, after: Any) -> dict[str, Any]:
    return {
        "same": (table.before == after).sum(),
        "other": (table.before != after).sum(),
        "people": after.nunique(where=table.before.notnull()),
    }


def _again(row: Mapping[str, Any], times: int, project: Project) -> Again | None:
    """Return the counts; null where they are switched off, or where too few people are behind them."""
    if not project.file.resource_measures or (row["people"] or 0) < FEWEST_PEOPLE:
        return None
    same, other = row["same"] or 0, row["other"] or 0
    return Again(redo=other, repeat=same, not_determinable=times - same - other)
