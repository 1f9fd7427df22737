"""When a resource was at recorded work: its pieces of work, merged, and the open time in them until an instant.

Work that overlaps (multitasking) counts once (Suriadi, Ouyang, van der Aalst, ter Hofstede 2017).
"""

from __future__ import annotations

from typing import Any

import ibis

from mining.ledger import Ledger
from mining.openings import Openings
from mining.timeline import CLOSING

KEY = ("resource", "calendar")


def work_of(ledger: Ledger) -> Any:
    """Return every piece of work of every case, on and off the path: those with a resource, a start and a clock time.

    What is known by date only is no evidence that somebody was busy at an hour, and work in hand has no end yet.
    """
    s = ledger.booked
    return s.filter(
        s.activity != CLOSING, s.resource.notnull(), s.started.notnull(), s.precision != "day", s.started <= s.done
    )


def busy_spells(work: Any, keys: Any, open_hours: Openings) -> Any:
    """Return the merged spells of work of each (resource, calendar) of `keys`, with the open time in each.

    Columns: resource, calendar, begin, end, and for each kind of hours `{hours}` and `end_{hours}`.
    """
    # what is begun at one instant lies in one spell, in whatever order
    by_resource = ibis.window(group_by="resource", order_by=["started", "done"], preceding=None, following=0)
    earlier = ibis.window(group_by="resource", order_by=["started", "done"], preceding=(None, 1))
    pieces = work.select("resource", "started", "done")
    pieces = pieces.mutate(busy_until=pieces.done.max().over(earlier))
    pieces = pieces.mutate(is_new=ibis.coalesce(pieces.started > pieces.busy_until, True).cast("int64"))
    pieces = pieces.mutate(spell=pieces.is_new.sum().over(by_resource))
    spells = pieces.group_by(["resource", "spell"]).agg(begin=pieces.started.min(), end=pieces.done.max())
    keyed = spells.join(keys, "resource")
    timed = open_hours.with_open(open_hours.with_open(keyed, "begin"), "end")
    return timed.select(
        *KEY,
        "begin",
        "end",
        **{hours: timed[f"end_{hours}"] - timed[f"begin_{hours}"] for hours in ("lane", "both")},
        **{f"end_{hours}": timed[f"end_{hours}"] for hours in ("lane", "both")},
    )


def with_busy(points: Any, spells: Any) -> Any:
    """Add `busy_lane` and `busy_both` to points (resource, calendar, moment, their open time): busy time until then.

    One sort of points and spells together; no range join, which would be as large as cases × work.
    """
    zero, null = ibis.literal(0, "int64"), ibis.null("int64")
    nothing = {name: null for name in points.columns if name not in (*KEY, "moment")}
    marks = spells.select(
        *KEY,
        moment=spells.begin,
        is_point=ibis.literal(0, "int8"),
        of_lane=spells.lane,
        of_both=spells.both,
        end_lane=spells.end_lane,
        end_both=spells.end_both,
        **nothing,
    )
    asked = points.mutate(
        is_point=ibis.literal(1, "int8"), of_lane=zero, of_both=zero, end_lane=null, end_both=null
    ).select(*marks.columns)
    # a spell that begins at the very instant comes first: it has taken no time yet
    until = ibis.window(group_by=list(KEY), order_by=["moment", "is_point"], preceding=None, following=0)
    every = marks.union(asked)
    timed = every.mutate(
        **{f"sum_{h}": every[f"of_{h}"].sum().over(until) for h in ("lane", "both")},
        **{f"last_{h}": every[f"end_{h}"].max().over(until) for h in ("lane", "both")},
    )
    timed = timed.filter(timed.is_point == 1)
    still = {h: ibis.greatest(ibis.coalesce(timed[f"last_{h}"], 0) - timed[h], 0) for h in ("lane", "both")}
    return timed.select(
        *points.columns, **{f"busy_{h}": (timed[f"sum_{h}"] - still[h]).cast("int64") for h in ("lane", "both")}
    )
