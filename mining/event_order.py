"""The order of the acting events of every case (DESIGN §4), with what stands before and after each of them.

In: coded events as `mining.coded_log` makes them, the closings of cases among them. Out: one row an event with its
position, its instant raised to its predecessor's, the event before it, and whether it is batch entry. It owns the
order of events and what makes that order unknown.
"""

from __future__ import annotations

from typing import Any

import ibis

from mappings.project import Project
from mining.clocks import Clocks

CLOSING = "\x00closed"
"""The source of the closing of a case, which stands among its events."""
PRECISIONS = ("second", "minute", "day")
DAY = PRECISIONS.index("day")
_LOOKED_AT = ("done", "resource_code", "precision_code", "local_date", "source_code", "token")


def in_order(coded: Any, clocks: Clocks, project: Project, has_closings: bool) -> Any:
    """Number the events of a case by local date, slot, instant, source order, seq and id; look back and ahead once."""
    first = [s.name for s in project.sources if s.day_slot == "first"]
    day_slot = ibis.cases((coded.source.isin(first), 0), else_=2) if first else ibis.literal(2)
    is_day = ibis.coalesce(coded.precision_code == DAY, False)
    dated = clocks.with_local(
        coded.mutate(
            is_day=is_day,
            is_event=coded.source != CLOSING,
            slot=ibis.ifelse(is_day, day_slot, 1),
            starts_late=ibis.coalesce(coded.started > coded.done, False),
        ),
        "done",
    )
    keyed = dated.mutate(
        local_date=clocks.day(dated.done_local).cast("int32"),
        started=ibis.ifelse(dated.starts_late, ibis.null("int64"), dated.started),
    ).drop("source", "done_local")
    order = ["local_date", "slot", "done", "source_order", "seq", "event_id"]
    by_case = ibis.window(group_by="case", order_by=order)
    so_far = ibis.window(group_by="case", order_by=order, preceding=(None, 0))
    earlier = ibis.window(group_by="case", order_by=order, preceding=(None, 1))
    still_earlier = ibis.window(group_by="case", order_by=order, preceding=(None, 2))
    onward = ibis.window(group_by="case", order_by=order, following=(0, None))
    looked = keyed.mutate(
        position=ibis.row_number().over(by_case).cast("int32"),
        raised=keyed.done.max().over(so_far),
        raised_before=keyed.done.max().over(earlier),
        to_come=keyed.started.min().over(onward),
        **_neighbours(keyed, by_case, earlier, still_earlier if has_closings else None),
    )
    return _together(looked, int(project.file.together_within.total_seconds() * 1_000_000))


def _neighbours(keyed: Any, by_case: Any, earlier: Any, still_earlier: Any) -> dict[str, Any]:
    """Look at the event before and the one after: a closing is none, and there is one at most in a case."""
    before = {c: keyed[c].lag().over(by_case) for c in _LOOKED_AT}
    after = {c: keyed[c].lead().over(by_case) for c in _LOOKED_AT[:3]}
    event_before = keyed.done.max().over(earlier)
    if still_earlier is not None:
        is_after, is_before = keyed.is_event.lag().over(by_case), keyed.is_event.lead().over(by_case)
        before = {c: ibis.ifelse(is_after, near, keyed[c].lag(2).over(by_case)) for c, near in before.items()}
        after = {c: ibis.ifelse(is_before, near, keyed[c].lead(2).over(by_case)) for c, near in after.items()}
        event_before = ibis.ifelse(is_after, event_before, keyed.done.max().over(still_earlier))
    named = {f"before_{c}": column for c, column in before.items()} | {
        f"next_{c}": column for c, column in after.items()
    }
    return {"event_before": event_before, **named}


def _together(t: Any, within: int) -> Any:
    """Mark batch entry, and events of one date whose order no source gives."""
    with_before = t.is_event & (t.precision_code != DAY) & (t.before_precision_code != DAY)
    with_before &= (t.resource_code == t.before_resource_code) & (t.done - t.before_done <= within)
    with_next = t.is_event & (t.precision_code != DAY) & (t.next_precision_code != DAY)
    with_next &= (t.resource_code == t.next_resource_code) & (t.next_done - t.done <= within)
    unordered = t.is_event & (t.local_date == t.before_local_date) & (t.source_code != t.before_source_code)
    unordered &= (t.precision_code == DAY) | (t.before_precision_code == DAY)
    return t.mutate(
        together=ibis.coalesce(with_before, False) | ibis.coalesce(with_next, False),
        order_known=~ibis.coalesce(unordered, False),
    ).select(
        "case", "position", "token", "source_code", "resource_code", "channel_code", "precision_code",
        "local_date", "done", "started", "raised", "raised_before", "event_before", "to_come",
        "before_token",
        "is_event", "is_day", "starts_late", "together", "order_known", "event_id",
    )  # fmt: skip
