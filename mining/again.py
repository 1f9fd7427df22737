"""Redo and repeat: the same step again by another or by the same resource (DESIGN §5, loop, redo, repeat).

Only where the mapping switches by-resource measures on, and never for fewer people than FEWEST_PEOPLE (DESIGN §8).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis

from mappings.project import Project
from mining.amounts import rows_of
from mining.ledger import Ledger
from mining.results.rework import Again, SelfLoops

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
    visits = _visits(segments)
    earlier = ibis.window(group_by=["case", "booked_step"], order_by="visit", preceding=(None, 1))
    known = visits.mutate(known_at=ibis.ifelse(visits.last.notnull(), visits.visit, ibis.null("int64")))
    returns = known.mutate(before_at=known.known_at.max().over(earlier)).filter(known.loop.notnull())
    before = visits.select("case", "booked_step", before_at="visit", before="last")
    paired = returns.left_join(before, ["case", "booked_step", "before_at"])
    paired = paired.drop([c for c in paired.columns if c.endswith("_right")])
    named = paired.join(ledger.loops, ["sequence", "loop"])
    counted = _counted(named.group_by("path"), named, named.first)
    found = {tuple(row["path"]): _again(row, project) for row in rows_of(counted)}
    return {path: again for path, again in found.items() if again}


def _visits(segments: Any) -> Any:
    """The visits with the first and the last known resource that did the step, and the loop that each returns by."""
    own = segments.resource.notnull() & (segments.step_of_event == segments.booked_step)
    own = ibis.coalesce(own & (segments.role != "automatic"), False)
    return segments.group_by(["case", "sequence", "booked_step", "visit"]).agg(
        first=segments.resource.argmin(segments.position, where=own),
        last=segments.resource.argmax(segments.position, where=own),
        loop=segments.loop.max(where=segments.returns_to),
    )


def self_loops(segments: Any, project: Project) -> SelfLoops:
    """Return how often an activity is repeated within a visit, and whether by another or by the same resource."""
    if not project.file.resource_measures:
        looped = segments.filter(segments.is_self_loop)
        counted = rows_of(looped.agg(times=looped.count(), cases=looped.case.nunique()))[0]
        return SelfLoops(times=counted["times"], cases=counted["cases"])
    by_activity = ibis.window(group_by=["case", "visit", "activity"], order_by="position")
    marked = segments.mutate(before=segments.resource.lag().over(by_activity))
    marked = marked.filter(marked.is_self_loop)
    row = rows_of(_counted(marked, marked, marked.resource, cases=marked.case.nunique()))[0]
    return SelfLoops(times=row["times"], cases=row["cases"], again=_again(row, project))


def _counted(grouped: Any, table: Any, after: Any, **more: Any) -> Any:
    return grouped.agg(
        times=table.count(),
        same=(table.before == after).sum(),
        other=(table.before != after).sum(),
        people=after.nunique(where=table.before.notnull()),
        **more,
    )


def _again(row: Mapping[str, Any], project: Project) -> Again | None:
    """Return the counts; null where they are switched off, or where too few people are behind them."""
    if not project.file.resource_measures or (row["people"] or 0) < FEWEST_PEOPLE:
        return None
    same, other = row["same"] or 0, row["other"] or 0
    return Again(redo=other, repeat=same, not_determinable=row["times"] - same - other)
