"""What the citizen was asked for, how often, and what it cost (DESIGN §5, loop, touchpoints)."""

from __future__ import annotations

from typing import Any

import ibis

from mappings.project import Project
from mining.amounts import both, rows_of, sums
from mining.ledger import Ledger
from mining.loops import citizen_lanes
from mining.results.rework import Asked, Supplements


def supplements(ledger: Ledger, segments: Any, project: Project, cases: int) -> Supplements:
    """Return the rounds in which a case lay with the citizen again: visits to a step in a citizen's lane.

    The first visit of an episode is no round: it is the application. The cost lies inside the lead time. A round of
    which the holder is unknown is not seen. Only the first episodes of the cases with a lead time count.
    """
    citizen = citizen_lanes(project)
    if not citizen:
        return Supplements()
    held = segments.filter(segments.lane.isin(citizen) & (segments.visit > 1))
    rounds = held.group_by(["case", "visit"]).agg(**sums(held))
    nth = ibis.row_number().over(ibis.window(group_by="case", order_by="visit"))
    rounds = rounds.mutate(is_first=nth == 0)
    rows = rows_of(rounds.group_by("is_first").agg(times=rounds.count(), cases=rounds.case.nunique(), **sums(rounds)))
    first = next((r for r in rows if r["is_first"]), None)
    later = next((r for r in rows if not r["is_first"]), None)
    return Supplements(
        cases=first["cases"] if first else 0,
        times=sum(r["times"] for r in rows),
        cases_more_than_once=later["cases"] if later else 0,
        times_more_than_once=later["times"] if later else 0,
        cost=both(rows, cases) if rows else None,
        cost_more_than_once=both([later], cases) if later else None,
        asked=_asked(ledger, segments, citizen),
    )


def _asked(ledger: Ledger, segments: Any, citizen: list[str]) -> tuple[Asked, ...]:
    """Count the activities that opened a turn for the citizen in the cases of the cohort, and those that did so twice.

    Events off the path ask as much as those on it.
    """
    of_cohort = segments.select("case").distinct()
    s = ledger.booked.filter((ledger.booked.episode == 1) & (ledger.booked.phase == "lead"))
    asking = s.filter(s.opens_lane.isin(citizen)).semi_join(of_cohort, "case")
    by_case = asking.group_by(["activity", "case"]).agg(times=asking.count())
    rows = rows_of(
        by_case.group_by("activity").agg(
            cases=by_case.count(), times=by_case.times.sum(), again=(by_case.times > 1).sum()
        )
    )
    return tuple(
        Asked(activity=r["activity"], cases=r["cases"], times=r["times"], cases_more_than_once=r["again"] or 0)
        for r in sorted(rows, key=lambda r: (-r["times"], r["activity"]))
    )
