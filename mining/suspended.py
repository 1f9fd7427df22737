"""Work that lay still: when a piece of work was suspended, and how much of its segment that was (DESIGN §3, §4).

In: the events' `suspended`, and booked rows. Out: engine tables keyed by (case, position). It owns the reading of the
intervals and their cut to the part of a segment that would be process. A log without any costs one look.
"""

from __future__ import annotations

from typing import Any

import ibis

from mining.clocks import Clocks
from mining.engine import kept

CLOCKS = ("elapsed", "working")
PIECE = ("low", "high")


def intervals(events: Any, rows: Any) -> Any:
    """Return case, position, low and high (int64 microseconds) of each interval of completed work."""
    none = rows.select("case", "position", low=rows["at"], high=rows["at"]).limit(0)
    if "suspended" not in events.columns:
        return none
    told = events.filter(events.suspended.notnull(), events.completed_at.notnull()).select("event_id", "suspended")
    if not told.limit(1).count().to_pyarrow().as_py():
        return none
    # "[[1,2],[3,4]]" without its brackets is a list of numbers, two an interval: no engine needs to know JSON for it
    numbers = told.suspended.replace("[", "").replace("]", "").split(",")
    each = told.select("event_id", number=numbers).unnest("number", offset="n")
    each = each.mutate(pair=each.n // 2, number=each.number.cast("int64"))
    pairs = each.group_by(["event_id", "pair"]).agg(low=each.number.min(), high=each.number.max())
    known = rows.filter(rows.is_event).select("case", "position", "event_id")
    return pairs.join(known, "event_id").select("case", "position", "low", "high")


def has_any(suspended: Any) -> bool:
    """Tell whether any completed work of the log was suspended."""
    return bool(suspended.limit(1).count().to_pyarrow().as_py())


def pieces(rows: Any, suspended: Any) -> Any:
    """Return case, position, whole_days, low and high: each interval cut to (own, at] of its segment."""
    of = rows.filter(rows.since.notnull() & rows.started.notnull()).select(
        "case", "position", "whole_days", "since", "started", to="at"
    )
    met = suspended.join(of, ["case", "position"])
    own = ibis.least(ibis.greatest(met.started, met.since), met.to)
    cut = {name: ibis.least(ibis.greatest(met[name], own), met.to) for name in PIECE}
    return met.select("case", "position", "whole_days", **cut)


def in_clocks(cut: Any, clocks: Clocks) -> Any:
    """Return case, position and `{clock}_suspended`: how much of the segment the work lay still, in each clock."""
    for moment in PIECE:
        cut = clocks.with_clocks(cut, moment)
    return cut.group_by(["case", "position"]).agg(
        **{f"{clock}_suspended": (cut[f"high_{clock}"] - cut[f"low_{clock}"]).sum().cast("int64") for clock in CLOCKS}
    )


def with_suspended(con: Any, booked: Any, named: Any, suspended: Any, clocks: Clocks) -> Any:
    """Add `{clock}_suspended`, the part of own process in which the work lay still, and `touch_suspended` of it all.

    `named` is the same rows, with every column by name.
    """
    names = (*(f"{clock}_suspended" for clock in CLOCKS), "touch_suspended")
    zero = ibis.literal(0, "int64")
    if not has_any(suspended):
        return booked.mutate(**dict.fromkeys(names, zero))
    work = suspended.join(named.select("case", "position", "started", "done"), ["case", "position"])
    work = work.filter(work.started.notnull())
    low, high = (ibis.least(ibis.greatest(work[name], work.started), work.done) for name in PIECE)
    touch = work.select("case", "position", still=high - low).group_by(["case", "position"])
    touch = touch.agg(touch_suspended=lambda t: t.still.sum().cast("int64"))
    joined = booked
    for part in (in_clocks(pieces(named, suspended), clocks), touch):
        joined = joined.left_join(part, ["case", "position"])
        joined = joined.drop([c for c in joined.columns if c.endswith("_right")])
    return kept(con, "zs_booked_suspended", joined.mutate(**{n: ibis.coalesce(joined[n], zero) for n in names}))
