"""The time worked on a step per visit, in working hours, from recorded starts alone (DESIGN §5, process time).

In: the ledger. Out: an engine table, one row a visit with recorded work: token (of an event of it), worked (µs).
Work known by its date alone has no hours; work that was recorded together was done at some other moment.
"""

from __future__ import annotations

from typing import Any

import ibis

from mining.ledger import Ledger
from mining.suspended import has_any

_PLACE = ("case", "position")
_NAMED = (*_PLACE, "shared_visit", "token")


def worked(ledger: Ledger) -> Any:
    """Return completed − started of each visit, in working hours: that of its events together, less what lay still.

    Visits of all cases count, open ones too, on and off the path. Work that overlaps within a visit counts twice.
    """
    s = ledger.booked
    begun = s.filter(s.is_event, s.started.notnull(), ~s.together, ~s.is_day)
    # what was begun in its own segment is booked as process, whole; the clocks are asked for the rest alone
    is_booked = begun.on_path & (begun.started >= begun.since) & (begun["at"] == begun.done)
    # of a log without starts the engine keeps its zeros in fewer bytes
    booked = begun.filter(is_booked).select(*_NAMED, worked=begun.working_process.cast("int64"))
    each = booked.union(_timed(ledger, begun.filter(~is_booked)).select(*booked.columns))
    alone = each.filter(each.shared_visit < 0).select("token", "worked")
    shared = each.filter(each.shared_visit >= 0).group_by(["case", "shared_visit"])
    summed = shared.agg(token=lambda t: t.token.min(), worked=lambda t: t.worked.sum().cast("int64"))
    return alone.union(summed.select("token", "worked"))


def _timed(ledger: Ledger, begun: Any) -> Any:
    """Add what the working clock shows between start and completion, less what of it the work was suspended."""
    clocks, lay = ledger.timeline.clocks, ledger.timeline.coded.suspended
    begun = begun.select(*_NAMED, "started", "done", "whole_days")
    timed = clocks.with_known_clocks(begun, ["started", "done"])
    timed = timed.mutate(worked=timed.done_working - timed.started_working)
    if not has_any(lay):
        return timed
    still = lay.join(begun.select(*_PLACE, "started", "done", "whole_days"), _PLACE)
    cut = {end: ibis.least(ibis.greatest(still[end], still.started), still.done) for end in ("low", "high")}
    still = clocks.with_known_clocks(still.select(*_PLACE, "whole_days", **cut), ["low", "high"])
    still = still.group_by(list(_PLACE)).agg(still=(still.high_working - still.low_working).sum().cast("int64"))
    timed = timed.left_join(still, list(_PLACE), rname="{name}_still")
    return timed.mutate(worked=timed.worked - ibis.coalesce(timed.still, 0))
