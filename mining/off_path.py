"""Sequences with events off the path: what their segments look back and ahead to, and the slack of those events.

In: the coded rows and what the sequences say of them. Out: an engine table by case and position. Only these sequences
look again: of all others the coded log has said it (DESIGN §4, path).
"""

from __future__ import annotations

from typing import Any

import ibis

from mining.engine import kept
from mining.timeline import Timeline


def around_off_path(con: Any, line: Timeline, structure: Any) -> Any:
    """Return case, position, since, to_come and slack of the rows of those sequences."""
    return _with_slack(con, kept(con, "zs_beside", _around(line, structure)), line)


def _around(line: Timeline, structure: Any) -> Any:
    """Look back and ahead over the on-path events alone; an instant never lies before its predecessor's."""
    off = structure.filter(structure.has_off_path).select("sequence", "position", "on_path", "slack_until")
    rows = line.coded.with_sequence.select(
        "case", "sequence", "position", "at", "started", "since", "is_day", "whole_days"
    ).join(off, ["sequence", "position"])
    earlier = ibis.window(group_by="case", order_by="position", preceding=(None, 1))
    so_far = ibis.window(group_by="case", order_by="position", preceding=(None, 0))
    # work begun before the phase ended was in hand in it, also where it was completed in the next one
    onward = ibis.window(group_by="case", order_by="position", following=(0, None))
    null = ibis.null("int64")
    before = ibis.ifelse(rows.on_path, rows["at"], null).max().over(earlier)
    return rows.select(
        "case", "position", "at", "on_path", "slack_until", "is_day", "whole_days",
        since=ibis.coalesce(before, rows.since.min().over(so_far)),
        to_come=ibis.ifelse(rows.on_path, rows.started, null).min().over(onward),
    )  # fmt: skip


def _with_slack(con: Any, beside: Any, line: Timeline) -> Any:
    """Add the slack of the events off the path: how much later they could have come."""
    until = beside.select(case="case", slack_until="position", slack_at="at", slack_is_day="is_day")
    off = beside.filter(~beside.on_path).left_join(until, ["case", "slack_until"])
    off = off.drop([c for c in off.columns if c.endswith("_right")])
    # slack is never summed, so its own two ends say whether it is known by dates only, not those of the case
    off = off.mutate(whole_days=off.is_day & off.slack_is_day)
    for moment in ("at", "slack_at"):
        off = line.clocks.with_clocks(off, moment)
    off = off.select("case", "position", slack=off.slack_at_elapsed - off.at_elapsed)
    slack = kept(con, "zs_slack", off)
    beside = beside.select("case", "position", "since", "to_come").left_join(slack, ["case", "position"])
    return beside.drop([c for c in beside.columns if c.endswith("_right")])
