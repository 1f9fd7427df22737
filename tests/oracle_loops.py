"""Visits, loops, self-loops and handoffs a second time, on the on-path segments of one episode."""

from __future__ import annotations

from itertools import pairwise

from mappings.project import Project
from tests.oracle_entries import Entry

LEVELS = ("team", "department", "organisation")
Handoff = tuple[str, str, str, str, bool]
"""Event that ends the receiving segment, level, giver, taker, whether it goes back to who gave before."""


def find_loops(path: list[Entry]) -> None:
    """Scan with a stack of visits; a step that recurs takes all above it and the returning segment into a loop."""
    stack: list[tuple[str | None, list[Entry]]] = []
    visit, loops = 0, 0
    last: str | None = None
    seen: set[str | None] = set()
    for n, e in enumerate(path):
        step = e.booked[0]
        if n and step is not None and step == last:
            e.visit, e.is_self_loop = visit, e.activity in seen
            seen.add(e.activity)
            stack[-1][1].append(e)
            continue
        visit += 1
        e.visit, last, seen = visit, step, {e.activity}
        found = [i for i, (s, _) in enumerate(stack) if s == step and step is not None]
        if not found:
            stack.append((step, [e]))
            continue
        above = stack[found[0] + 1 :]
        loops, e.returns_to = loops + 1, True
        path_of_loop = (step, *(s for s, _ in above), step)
        for member in [*(m for _, members in above for m in members), e]:
            member.loop, member.loop_number = path_of_loop, loops
        del stack[found[0] + 1 :]


def handoffs(path: list[Entry], project: Project) -> list[Handoff]:
    """The holder changes between consecutive on-path segments of an episode, both known, automatic skipped."""
    path = [e for e in path if e.role != "automatic" or e.booked[2] == "declared"]  # decision 18
    made: list[Handoff] = []
    for level in LEVELS:
        previous: tuple[str, str] | None = None
        for one, other in pairwise(path):
            giver, taker = _holder(one, level, project), _holder(other, level, project)
            if giver is None or taker is None or giver == taker:
                continue
            made.append((other.event_id, level, giver, taker, previous == (taker, giver)))
            previous = (giver, taker)
    return sorted(made)


def _holder(e: Entry, level: str, project: Project) -> str | None:
    lane = e.booked[1]
    if lane is None or level == "team":
        return lane
    return getattr(project.lane(lane), level) or None
