"""Counters: the different points at which citizens came to the organisations on a journey (DESIGN §5, touchpoints)."""

from __future__ import annotations

from typing import Any

import ibis

from mappings.project import Project
from mining.amounts import rows_of
from mining.log import Log
from mining.results.citizen import UNKNOWN_CHANNEL, Counter, Counters


def counters(log: Log, contacts: Any, lead: Any, project: Project) -> Counters:
    """Return the counters with their contacts, and how many different ones a case with a lead time met.

    A counter is a holder (the lane of the contact, else that of its source, else the source) and a channel;
    visits to a form that belong to a case count as contacts with it. A channel that is not known is a row of its own
    and no counter among the different ones. `lead`: the cases with a lead time; `contacts`: those of these cases.
    """
    met = _met(log, contacts, lead, project)
    listed = met.group_by(["holder", "channel"]).agg(contacts=met.count(), cases=met.case_id.nunique())
    rows = rows_of(listed)
    if not rows:
        return Counters()
    known = met.filter(met.channel != UNKNOWN_CHANNEL).select("case_id", "holder", "channel").distinct()
    of_case = known.group_by("case_id").agg(different=known.count())
    every = lead.select("case_id").left_join(of_case, "case_id")
    every = every.mutate(different=ibis.coalesce(every.different, 0))
    by_number = {row["different"]: row["n"] for row in rows_of(every.group_by("different").agg(n=every.count()))}
    cases = sum(by_number.values())
    return Counters(
        points=tuple(Counter(**row) for row in sorted(rows, key=lambda r: (-r["contacts"], r["holder"], r["channel"]))),
        by_number={str(number): count for number, count in sorted(by_number.items())},
        mean_per_case=sum(number * count for number, count in by_number.items()) / cases,
        most=max(by_number),
        in_all=len(rows),
        different=sum(row["channel"] != UNKNOWN_CHANNEL for row in rows),
    )


def holder_of(table: Any, lane: Any, project: Project) -> Any:
    """Return who holds each row: its lane, else that of its source, else the source."""
    holders = tuple((s.name, s.lane or s.name) for s in project.sources)
    return ibis.coalesce(lane, table.source.cases(*holders, else_=table.source))


def _met(log: Log, contacts: Any, lead: Any, project: Project) -> Any:
    """Return case_id, holder, channel: a row each contact, and each attempt that belongs to a case."""

    def told(table: Any, lane: Any) -> Any:
        return table.select(
            "case_id", holder=holder_of(table, lane, project), channel=ibis.coalesce(table.channel, UNKNOWN_CHANNEL)
        )

    met = told(contacts, contacts.lane)
    if log.attempts is None:
        return met
    visits = told(log.attempts.semi_join(lead, "case_id"), ibis.null("string"))
    # a column that one of them knows to be never null is another type to Ibis
    plain = dict.fromkeys(met.columns, "string")
    return met.cast(plain).union(visits.cast(plain))
