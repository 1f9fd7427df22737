"""Path, split and slack a second time: which events book time, and how each segment is divided."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mappings.flow import Parallel, branches_of, steps_of
from tests.oracle_clocks import Clocks
from tests.oracle_entries import Entry
from tests.oracle_phases import Group

KINDS = ("wait", "process", "elsewhere", "unknown")


def beside(flow: Any, a: str | None, b: str | None) -> bool:
    """Two steps are in different branches where their lowest common node is `parallel`."""
    if flow is None or a is None or b is None or not {a, b} <= set(steps_of(flow)):
        return False
    node = flow
    while not isinstance(node, str):
        both = [n for n in branches_of(node) if {a, b} <= set(steps_of(n))]
        if not both:
            return isinstance(node, Parallel)
        node = both[0]
    return False


def walk(group: Group, flow: Any, clocks: Clocks) -> None:
    """Walk back from the last event of the episode; what is passed over is off the path."""
    if not group.entries or group.phase != "lead":
        return
    walked = group.entries[-1]
    for e in reversed(group.entries[:-1]):
        e.on_path = not beside(flow, e.step, walked.step)
        walked = e if e.on_path else walked
    for i, e in enumerate(group.entries):
        if not e.on_path:
            e.slack = _slack(e, [o for o in group.entries[i:] if o.on_path], flow, clocks)


def _slack(e: Entry, later: list[Entry], flow: Any, clocks: Clocks) -> int:
    """Decision 6: until the last parallel on-path event before the join; decision 16: two dates in whole days."""
    until = e
    for o in later:
        if not beside(flow, o.step, e.step):
            break
        until = o
    return clocks.elapsed(e.at, until.at, e.is_day and until.is_day)


def clamp(value: datetime, low: datetime, high: datetime) -> datetime:
    return max(low, min(value, high))


def split(groups: list[Group], clocks: Clocks, whole_days: bool) -> None:
    """Wait, process, elsewhere and unknown of each on-path segment; work in hand counts across phases (decision 15)."""
    path = [e for g in groups for e in g.entries if e.on_path]
    starts = {id(e): [o.started for o in path[i:] if o.started is not None] for i, e in enumerate(path)}
    for group in groups:
        low = group.start
        for e in (e for e in group.entries if e.on_path):
            e.since = low
            _divide(e, starts[id(e)], clocks, whole_days)
            low = e.at


def _divide(e: Entry, starts: list[datetime], clocks: Clocks, whole_days: bool) -> None:
    free = clamp(min(starts), e.since, e.at) if starts else e.at
    own = None if e.started is None else clamp(e.started, e.since, e.at)
    for clock in ("elapsed", "working"):
        kinds = dict.fromkeys(KINDS, 0)
        kinds["unknown" if own is None else "wait"] = clocks.between(e.since, free, clock, whole_days)
        kinds["elsewhere"] = clocks.between(free, e.at if own is None else own, clock, whole_days)
        if own is not None:
            kinds["process"] = clocks.between(own, e.at, clock, whole_days)
        e.amounts[f"{clock}_suspended"] = 0
        for low, high in e.still if own is not None else []:
            lay = clocks.between(clamp(low, own, e.at), clamp(high, own, e.at), clock, whole_days)
            kinds["process"] -= lay
            kinds["wait"] += lay
            e.amounts[f"{clock}_suspended"] += lay
        e.amounts |= {f"{clock}_{kind}": value for kind, value in kinds.items()}
        e.amounts[f"{clock}_total"] = clocks.between(e.since, e.at, clock, whole_days)
