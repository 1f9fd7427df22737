"""Sequences with events off the path: what their segments look back and ahead to, and the slack of those events.

In: the coded rows and what the sequences say of them. Out: engine tables by case and position. Only these sequences
look again: of all others the coded log has said it (DESIGN §4, path).
"""

from __future__ import annotations

from typing import Any

import ibis

from mining.clocks import Clocks
from mining.engine import kept


def around_off_path(con: Any, rows: Any, coded: Any, beside: Any) -> Any:
    """Add to rows moved_since and moved_to_come, where an on-path event looks past others to one on the path.

    moved_since is null where the coded log says both already.
    """
    changed = kept(con, "zs_beside", _changed(coded, beside))
    rows = rows.left_join(changed, ["case", "position"])
    return rows.drop([c for c in rows.columns if c.endswith("_right")])


def _changed(coded: Any, beside: Any) -> Any:
    """Look back and ahead over the on-path events alone; an instant never lies before its predecessor's."""
    place = ["sequence", "position"]
    rows = coded.select("case", *place, "started", "since", "to_come")
    rows = rows.join(beside.select(*place, "on_path", "follows"), place)
    so_far = ibis.window(group_by="case", order_by="position", preceding=(None, 0))
    # work begun before the phase ended was in hand in it, also where it was completed in the next one
    onward = ibis.window(group_by="case", order_by="position", following=(0, None))
    null = ibis.null("int64")
    looked = rows.select(
        "case", "position", "on_path", "since", "to_come",
        moved_since=ibis.ifelse(rows.follows, rows.since, null).max().over(so_far),
        moved_to_come=ibis.ifelse(rows.on_path, rows.started, null).min().over(onward),
    )  # fmt: skip
    is_same = (looked.moved_since == looked.since) & looked.moved_to_come.identical_to(looked.to_come)
    return looked.filter(looked.on_path & ~is_same).select("case", "position", "moved_since", "moved_to_come")


def slack_off_path(con: Any, coded: Any, beside: Any | None, clocks: Clocks) -> Any:
    """Return case, position and slack (µs) of the events off the path: how much later they could have come."""
    if beside is None:
        return coded.select("case", "position", slack=ibis.null("int64")).limit(0)
    place = ["sequence", "position"]
    rows = coded.select("case", *place, "at", "is_day")
    off = rows.join(beside.filter(~beside.on_path).select(*place, "slack_until"), place)
    until = rows.semi_join(beside.filter(beside.is_until), place)
    until = until.select(case="case", slack_until="position", slack_at="at", slack_is_day="is_day")
    off = off.left_join(until, ["case", "slack_until"])
    off = off.drop([c for c in off.columns if c.endswith("_right")])
    # slack is never summed, so its own two ends say whether it is known by dates only, not those of the case
    off = off.mutate(whole_days=off.is_day & off.slack_is_day)
    for moment in ("at", "slack_at"):
        off = clocks.with_clocks(off, moment)
    return kept(con, "zs_slack", off.select("case", "position", slack=off.slack_at_elapsed - off.at_elapsed))
