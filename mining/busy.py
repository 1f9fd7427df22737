"""When a resource was at recorded work: its pieces of work, merged, and the open time in them until an instant.

Work that overlaps (multitasking) counts once (Suriadi, Ouyang, van der Aalst, ter Hofstede 2017).
"""

from __future__ import annotations

from typing import Any

import ibis

from mining.engine import kept
from mining.ledger import Ledger
from mining.openings import Openings
from mining.timeline import CLOSING

KEY = ("resource", "calendar")
_HOURS = ("lane", "both")


def work_of(ledger: Ledger) -> Any:
    """Return every piece of work of every case, on and off the path: those with a resource, a start and a clock time.

    What is known by date only is no evidence that somebody was busy at an hour, and work in hand has no end yet.
    """
    s = ledger.booked
    return s.filter(
        s.activity != CLOSING, s.resource.notnull(), s.started.notnull(), s.precision != "day", s.started <= s.done
    )


def in_turn(work: Any, together_within: int) -> Any:
    """Keep the work of each resource with the spell and the run that it lies in: sorted once for both.

    A spell is work that overlaps; a run is consecutive work of one activity, each piece begun no later than
    `together_within` microseconds after what came before it was done. What is begun and done at the same instants goes
    by case and position.
    """
    order = ["started", "done", "case", "position"]
    until = ibis.window(group_by="resource", order_by=order, preceding=None, following=0)
    before = ibis.window(group_by="resource", order_by=order, preceding=(None, 1))
    w = work.select("case", "position", "resource", "activity", "started", "done", "since")
    w = w.mutate(previous=w.activity.lag().over(until), busy_until=w.done.max().over(before))
    is_new = ibis.coalesce(w.started > w.busy_until, True)
    goes_on = ibis.coalesce((w.previous == w.activity) & (w.started <= w.busy_until + together_within), False)
    w = w.mutate(is_spell=ibis.ifelse(is_new, 1, 0), is_run=ibis.ifelse(goes_on, 0, 1))
    w = w.mutate(spell=w.is_spell.sum().over(until), run=w.is_run.sum().over(until))
    return kept(work.get_backend(), "zs_work", w.drop("previous", "busy_until", "is_spell", "is_run"))


def busy_spells(work: Any, keys: Any, open_hours: Openings) -> Any:
    """Return the spells of work of each (resource, calendar) of `keys`, in order, with the open time of them so far.

    Columns: resource, calendar, number, begin, and for each kind of hours `until_{hours}` (this spell and all before
    it) and `end_{hours}` (what the hours show at its end).
    """
    spells = work.group_by(["resource", "spell"]).agg(begin=work.started.min(), end=work.done.max())
    keyed = spells.join(keys, "resource")
    timed = open_hours.with_open(open_hours.with_open(keyed, "begin"), "end")
    so_far = ibis.window(group_by=list(KEY), order_by="begin", preceding=None, following=0)
    long = {hours: timed[f"end_{hours}"] - timed[f"begin_{hours}"] for hours in _HOURS}
    numbered = timed.select(
        *KEY,
        "begin",
        # Spark numbers rows in 32 bits whatever Ibis says
        number=ibis.row_number().over(order_by=[*KEY, "begin"]).cast("int32"),
        **{f"until_{hours}": length.sum().over(so_far) for hours, length in long.items()},
        **{f"end_{hours}": timed[f"end_{hours}"] for hours in _HOURS},
    )
    return kept(work.get_backend(), "zs_spells", numbered)


def with_busy(points: Any, spells: Any) -> Any:
    """Add `busy_lane` and `busy_both` to points (resource, calendar, moment, their open time): busy time until then.

    One sort of points and spells together, to find the last spell that had begun; no range join, which would be as
    large as cases × work.
    """
    nothing = {name: ibis.null(points[name].type()) for name in points.columns if name not in (*KEY, "moment")}
    marks = spells.select(*KEY, moment=spells.begin, is_point=ibis.literal(0, "int8"), number=spells.number, **nothing)
    asked = points.mutate(is_point=ibis.literal(1, "int8"), number=ibis.null("int32")).select(*marks.columns)
    # a spell that begins at the very instant comes first: it has taken no time yet
    until = ibis.window(group_by=list(KEY), order_by=["moment", "is_point"], preceding=None, following=0)
    every = marks.union(asked)
    timed = every.mutate(last=every.number.max().over(until))
    timed = timed.filter(timed.is_point == 1).drop("number")
    shown = spells.select("number", *(f"{kind}_{hours}" for kind in ("until", "end") for hours in _HOURS))
    met = timed.left_join(shown, timed["last"] == shown.number)
    busy = {
        f"busy_{hours}": ibis.coalesce(
            met[f"until_{hours}"] - ibis.greatest(met[f"end_{hours}"] - met[hours], 0), 0
        ).cast("int64")
        for hours in _HOURS
    }
    return met.select(*points.columns, **busy)
