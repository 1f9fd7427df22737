"""The open phase of cases: how long they have been as they are, and whose turn it is (DESIGN §4, whose turn).

In: the ledger's cases. Out: an engine table of the tails of running cases. It owns until when a lane was observed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import ibis

from mappings.flow import followers
from mappings.project import Project
from mining.booking import CLOCKS
from mining.log import Log, to_micros
from mining.timeline import Timeline


def tails_of(log: Log, project: Project, line: Timeline, cases: Any, as_of: datetime) -> Any:
    """The open phase: from the last event to as_of, or to what the source of the open turn has observed.

    A case that was received after as_of has none.
    """
    limit = to_micros(as_of)
    tails = cases.filter(cases.is_running & ibis.coalesce(cases.origin <= limit, True))
    step, lane = _only_next_step(project)
    tails = tails.mutate(
        tail_step=ibis.coalesce(tails.turn_step, tails.last_step.cases(*step.items(), else_=None) if step else None),
        tail_lane=ibis.ifelse(
            tails.turn_step.notnull(),
            tails.turn_lane,
            tails.last_step.cases(*lane.items(), else_=None) if lane else ibis.null("string"),
        ),
        since=ibis.coalesce(tails.last_at, tails.origin),
    )
    seen = {name: min(limit, to_micros(moment)) for name, moment in _observed_by_lane(log, project).items()}
    every = min([limit, max((to_micros(m) for m in log.observed_until.values()), default=limit)])
    until = tails.tail_lane.cases(*seen.items(), else_=every) if seen else ibis.literal(every)
    tails = tails.mutate(until=ibis.greatest(until, tails.since))
    for moment in ("since", "until"):
        tails = line.clocks.with_clocks(tails, moment)
    return tails.select(
        "case_id",
        step="tail_step",
        lane="tail_lane",
        since="since",
        until="until",
        **{f"{c}_total": tails[f"until_{c}"] - tails[f"since_{c}"] for c in CLOCKS},
    )


def _observed_by_lane(log: Log, project: Project) -> dict[str, datetime]:
    """Return until when each lane was observed: the latest of the sources that record that lane's work."""
    seen: dict[str, datetime] = {}
    for source in project.sources:
        until = log.observed_until.get(source.name)
        if until is None:
            continue
        rules = {rule.lane for rule in source.activities.values() if rule.lane}
        for lane in {source.lane, *source.lanes.values(), *rules} - {None}:
            seen[str(lane)] = max(until, seen.get(str(lane), until))
    return seen


def _only_next_step(project: Project) -> tuple[dict[str, str], dict[str, str]]:
    """Return step → the journey's only possible next step, and its lane; where several are possible, nothing."""
    journey = project.journey
    if journey is None or journey.flow is None:
        return {}, {}
    following = followers(journey.flow)
    # after the last step comes the end, which is no step: what follows it is unknown
    only = {step: next(iter(after)) for step, after in following.items() if len(after) == 1 and "" not in after}
    return only, {step: journey.steps[after].lane for step, after in only.items()}
