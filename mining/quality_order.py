"""What neighbouring events of a case tell: batch entry, form-based capture, quick successions, odd orders.

One window pass gives each acting event its neighbours; what is counted from it is small: a row for every
combination of (previous, this, next) activity, and the shares over all events.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import ibis

from mining.amounts import rows_of
from mining.columns import NOT_ACTING
from mining.quality_reading import ExtractFacts, Pseudonym, Readings, one_row, seconds_between, share

QUICK_SECONDS = 5
"""Two different activities within this time look like one action that is written down twice."""


@dataclass(frozen=True)
class Context:
    """How often an activity stood between two others."""

    previous: str | None
    activity: str
    following: str | None
    is_return: bool
    """The activity occurred before in the same case, with another one in between or not."""
    count: int
    quick: int
    """Times that it came within QUICK_SECONDS of the previous one."""


def with_neighbours(bounded: Any) -> Any:
    """Return the acting events that have an instant, each with its neighbours in the case."""
    acting = bounded.filter((~bounded.role.isin(NOT_ACTING)) & bounded["at"].notnull())
    order = ibis.window(group_by="case_id", order_by=["at_end", "seq", "event_id"])
    visits = ibis.window(group_by=["case_id", "activity"], order_by=["at_end", "seq", "event_id"])
    lagged = {
        f"{side}_{column}": getattr(acting[column], move)().over(order)
        for side, move in (("previous", "lag"), ("next", "lead"))
        for column in ("at", "activity", "resource", "precision")
    }
    return acting.mutate(**lagged, occurrence=ibis.row_number().over(visits))


def neighbour_readings(seen: Any, facts: ExtractFacts, pseudonym: Pseudonym | None) -> Readings:
    """Return batch entry, and events of one form: the same instant, several activities."""
    within = facts.together_within_seconds
    timed = seen.filter(seen.precision != "day")
    batch = _beside(timed, "previous", within) | _beside(timed, "next", within)
    form = _same_instant(timed, "previous") | _same_instant(timed, "next")
    known = timed.resource.notnull()
    counts = one_row(
        timed.aggregate(
            n=timed.count(),
            known=timed.count(where=known),
            batch=timed.count(where=batch),
            form=timed.count(where=form),
        )
    )
    examples = _form_examples(timed.filter(form), pseudonym, ZoneInfo(facts.zone)) if counts["form"] else ()
    return {
        "batch_entry": share(counts["batch"], counts["known"]),
        "pattern_form_based": share(counts["form"], counts["n"], examples=examples),
    }


def contexts(seen: Any) -> tuple[Context, ...]:
    """Return every combination of neighbours with its count."""
    gap = seconds_between(seen.previous_at, seen["at"])
    quick = (gap >= 0) & (gap <= QUICK_SECONDS) & (seen.precision != "day")
    found = seen.group_by(
        previous=seen.previous_activity,
        activity=seen.activity,
        following=seen.next_activity,
        is_return=seen.occurrence > 0,
    ).aggregate(count=seen.count(), quick=seen.count(where=quick))
    return tuple(Context(**row) for row in rows_of(found))


def _beside(t: Any, side: str, seconds: float) -> Any:
    gap = seconds_between(t[f"{side}_at"], t["at"]).abs()
    return (t[f"{side}_resource"] == t.resource) & (gap <= seconds) & (t[f"{side}_precision"] != "day")


def _same_instant(t: Any, side: str) -> Any:
    return (t[f"{side}_at"] == t["at"]) & (t[f"{side}_activity"] != t.activity)


def _form_examples(events: Any, pseudonym: Pseudonym | None, zone: ZoneInfo) -> tuple[str, ...]:
    found = events.group_by("case_id", at=events["at"]).aggregate(
        n=events.count(), names=events.activity.group_concat(" + ")
    )
    largest = rows_of(found.order_by(found.n.desc(), found["at"], found.case_id).limit(5))
    return tuple(
        f"{row['at'].astimezone(zone):%Y-%m-%d %H:%M:%S}: {row['names']}"
        + (f" ({pseudonym(row['case_id'])})" if pseudonym else "")
        for row in largest
    )
