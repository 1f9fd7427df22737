"""Whose turn it is, a second time: step, lane and how they are known, for each on-path segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.oracle_entries import Entry
from tests.oracle_path import beside
from tests.oracle_phases import Group


@dataclass
class Turn:
    """Who is due: opened by the event at `position` of the case, by the receipt at -1."""

    step: str | None
    lane: str | None
    is_state: bool
    position: int


def book_turns(groups: list[Group], received: Turn | None, flow: Any) -> Turn | None:
    """Book every on-path segment to whose turn it is; return the turn open at the end."""
    position = {id(e): i for i, e in enumerate(e for g in groups for e in g.entries)}
    turns = [received] if received else []
    for group in groups:
        before = position[id(group.entries[0])] - 1 if group.entries else -1
        holder: str | None = None
        for e in group.entries:
            if e.on_path:
                e.booked = _booking(e, [t for t in turns if t.position <= before], holder, flow)
                holder = e.booked[1] or holder
                before = position[id(e)]
            turns = _turns_after(e, turns, position[id(e)])
    return turns[-1] if turns else None


def _turns_after(e: Entry, turns: list[Turn], position: int) -> list[Turn]:
    left = [] if e.ends_episode else [t for t in turns if not _does(e, t)]
    if e.opens[0] is None and e.opens[1] is None:
        return left
    stay = [t for t in left if not t.is_state]
    return [*stay, Turn(e.opens[0], e.opens[1], e.opens[2] == "next", position)]


def _does(e: Entry, turn: Turn) -> bool:
    """An event of the turn's step or lane does its work; an automatic one never by its lane (decision 18)."""
    if turn.is_state or e.is_closing:
        return False
    is_its_lane = e.lane is not None and e.lane == turn.lane and e.role != "automatic"
    return is_its_lane or (e.step is not None and e.step == turn.step)


def _booking(e: Entry, turns: list[Turn], holder: str | None, flow: Any) -> tuple[str | None, str | None, str]:
    """Step, lane and booked_by of the segment that ends with `e`."""
    holding = [t for t in turns if not beside(flow, t.step, e.step)]  # decision 3
    if holding:
        return holding[-1].step, holding[-1].lane, "unknown" if holding[-1].lane is None else "declared"
    if e.is_closing or e.opens[2] == "next":
        return None, None, "unknown"
    lane = holder if e.role == "automatic" and holder is not None else e.lane  # decision 8
    return e.step, lane, "unknown" if lane is None else "inferred"
