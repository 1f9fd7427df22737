"""What neighbouring events of a case tell: batch entry, form-based capture, quick successions, odd orders.

One window pass gives each acting event its neighbours; what is counted from it is small: a row for every
combination of (previous, this, next) activity, and the shares over all events.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import ibis

from mining.amounts import SECOND, rows_of
from mining.columns import NOT_ACTING
from mining.engine import micros
from mining.quality_reading import ExtractFacts, Pseudonym, Readings, share

QUICK_SECONDS = 5
"""Two different activities within this time look like one action that is written down twice."""
_TIMED = ("timed", "resourced", "batch", "form")


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
    timed: int = 0
    """Times that more than its day is known, and of those: its resource, entered together, at one instant."""
    resourced: int = 0
    batch: int = 0
    form: int = 0


def with_neighbours(bounded: Any) -> Any:
    """Return the acting events that have an instant, each with its neighbours in the case."""
    acting = bounded.filter((~bounded.role.isin(NOT_ACTING)) & bounded["at"].notnull())
    acting = acting.mutate(moment=micros(acting["at"]))
    order = ibis.window(group_by="case_id", order_by=["at_end", "seq", "event_id"])
    visits = ibis.window(group_by=["case_id", "activity"], order_by=["at_end", "seq", "event_id"])
    lagged = {
        f"{side}_{column}": getattr(acting[column], move)().over(order)
        for side, move in (("previous", "lag"), ("next", "lead"))
        for column in ("moment", "activity", "resource", "precision")
    }
    return acting.mutate(**lagged, occurrence=ibis.row_number().over(visits))


def contexts(seen: Any, facts: ExtractFacts) -> tuple[Context, ...]:
    """Return every combination of neighbours with its counts: all in one pass, since neighbours are dear to find."""
    gap, is_timed = seen.moment - seen.previous_moment, seen.precision != "day"
    within = int(facts.together_within_seconds * SECOND)
    batch = _beside(seen, "previous", within) | _beside(seen, "next", within)
    counted = {
        "quick": (gap >= 0) & (gap <= QUICK_SECONDS * SECOND) & is_timed,
        "timed": is_timed,
        "resourced": is_timed & seen.resource.notnull(),
        "batch": is_timed & batch,
        "form": is_timed & _is_form(seen),
    }
    # of a group of which nothing is known, Spark would count null
    counts = {name: seen.count(where=where.fill_null(False)) for name, where in counted.items()}
    found = seen.group_by(
        previous=seen.previous_activity,
        activity=seen.activity,
        following=seen.next_activity,
        is_return=seen.occurrence > 0,
    ).aggregate(count=seen.count(), **counts)
    return tuple(Context(**row) for row in rows_of(found))


def neighbour_readings(
    found: tuple[Context, ...], seen: Any, facts: ExtractFacts, pseudonym: Pseudonym | None
) -> Readings:
    """Return batch entry, and events of one form: the same instant, several activities."""
    timed, resourced, batch, form = (sum(getattr(c, name) for c in found) for name in _TIMED)
    examples: tuple[str, ...] = ()
    if form:
        of_forms = seen.filter((seen.precision != "day") & _is_form(seen))
        examples = _form_examples(of_forms, pseudonym, ZoneInfo(facts.zone))
    return {
        "batch_entry": share(batch, resourced),
        "pattern_form_based": share(form, timed, examples=examples),
    }


def _beside(t: Any, side: str, within: int) -> Any:
    gap = (t[f"{side}_moment"] - t.moment).abs()
    return (t[f"{side}_resource"] == t.resource) & (gap <= within) & (t[f"{side}_precision"] != "day")


def _is_form(t: Any) -> Any:
    return _same_instant(t, "previous") | _same_instant(t, "next")


def _same_instant(t: Any, side: str) -> Any:
    return (t[f"{side}_moment"] == t.moment) & (t[f"{side}_activity"] != t.activity)


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
