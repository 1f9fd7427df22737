"""The recorded waits, and the work in whose light they are seen: expressions over the ledger's booked rows.

In: the ledger. Out: engine tables: the segments with a recorded wait with why its cause cannot be told, null where it
can; and all work of everybody.
"""

from __future__ import annotations

from typing import Any

import ibis

from mining.engine import whole_part
from mining.ledger import Ledger, with_own
from mining.log import MICROSECONDS_A_DAY
from mining.work_arrays import NEVER


def recorded_waits(segments: Any) -> Any:
    """Return the segments with recorded wait, and why its cause cannot be determined; null where it can."""
    waits = with_own(segments.filter(segments.started.notnull(), (segments.free > segments.since) | _lay(segments)))
    return waits.mutate(reason=_why_not(waits))


def passing_of(segments: Any) -> Any:
    """Return the number of the handoffs that a segment begins with; −1 where the order of the two is not known."""
    return ibis.ifelse(segments.order_known, segments.passing, -1)


def _lay(segments: Any) -> Any:
    return segments.elapsed_suspended + segments.working_suspended > 0


def _why_not(waits: Any) -> Any:
    return ibis.cases(
        (_lay(waits), "suspended"),
        (waits.resource_code.isnull(), "no_resource"),
        (waits.is_day, "dates_only"),
        (waits.free != waits.own, "other_work_first"),
        else_=ibis.null("string"),
    )


NOT_ASKED, EXACT = -2, -1
"""Instead of the days of a wait."""

IN_TURN = ("person", "started", "done", "case", "position")
"""The order of work: what one resource began and did at the same instants goes by case and position."""
SORTED_BY = 3
"""Columns of those that the engine sorts by."""


def work_of(ledger: Ledger) -> Any:
    """Return every piece of work of every case, on and off the path, with the wait of the cohort that it ended.

    Those with a resource, a start and a clock time: what is known by date only is no evidence that somebody was busy
    at an hour, and work in hand has no end yet. `waited` is NOT_ASKED where the cause of that wait is not asked for,
    EXACT where it is, and in whole days where the case is known by those. A wait that is asked for lasts until the work
    was started: any that ended before, ended by other work.
    """
    s = with_own(ledger.booked)
    is_wait = ibis.coalesce(s.in_cohort & (s.free > s.since) & _why_not(s).isnull(), False)
    days = ibis.ifelse(s.whole_days, whole_part(s.elapsed_wait, MICROSECONDS_A_DAY), EXACT)
    s = s.mutate(waited=ibis.ifelse(is_wait, days, NOT_ASKED).cast("int32")).filter(
        s.is_event, s.resource_code.notnull(), s.started.notnull(), ~s.is_day, s.started <= s.done
    )
    # few columns: all of them go through the sort
    return s.select(
        "started", "done", "case", "position", "sequence", "waited",
        person=s.resource_code, since=ibis.coalesce(s.since, NEVER), passing=passing_of(s),
    )  # fmt: skip
