"""Contacts while waiting: where a case stood, and in whose hands, when there was contact (DESIGN §5, touchpoints)."""

from __future__ import annotations

from typing import Any

import ibis

from mappings.project import Project
from mining.amounts import rows_of
from mining.loops import citizen_lanes
from mining.results.citizen import ContactsAt

_STATES = ("citizens_turn", "waiting", "in_hand")


def contacts_at(contacts: Any, segments: Any, project: Project) -> tuple[ContactsAt, ...]:
    """Return by step in how many contacts the citizen was due, the case waited (or nobody knows), or was in hand.

    A contact belongs to the segment [since, at) that it falls in; before the earliest start to come the case waited,
    or the source knows no start. Contacts known by date only, and those outside the first episode, are in no row.
    """
    heard = contacts.filter(contacts.precision != "day").select("case", "heard")
    held = segments.select("case", "since", "free", "lane", "booked_step", until=segments["at"])
    met = heard.join(held, [heard.case == held.case, heard.heard >= held.since, heard.heard < held.until])
    of_citizen = ibis.coalesce(met.lane.isin(citizen_lanes(project) or [""]), False)
    state = ibis.cases((of_citizen, "citizens_turn"), (met.heard < met.free, "waiting"), else_="in_hand")
    met = met.mutate(state=state)
    rows = rows_of(
        met.group_by("booked_step").agg(
            contacts=met.count(), cases=met.case.nunique(), **{s: (met.state == s).sum() for s in _STATES}
        )
    )
    return tuple(
        ContactsAt(step=row.pop("booked_step"), **row)
        for row in sorted(rows, key=lambda r: (-r["contacts"], r["booked_step"]))
    )
