"""Episodes and phases a second time: where the lead time begins and ends, and what lies after or between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mappings.journey import Journey
from tests.oracle_entries import Entry


@dataclass
class Group:
    """The entries of one phase, from `start` on."""

    start: datetime
    phase: str
    entries: list[Entry]


@dataclass
class Phases:
    """A case cut into phases; `end` is the entry that ends the first episode."""

    groups: list[Group]
    end: Entry | None
    is_running: bool


def cut(entries: list[Entry], origin: datetime, journey: Journey | None, ends_are_known: bool) -> Phases:
    """Lead until the end, then closed until a reopening (decision 5) or after; and again.

    Decision 21: where the log can show no end at all, the last acting event ends the episode.
    """
    groups: list[Group] = []
    rest, start, episode = entries, origin, 1
    first_end: Entry | None = None
    while True:
        end = _end_of(rest, journey) if ends_are_known else (len(rest) - 1 if rest else None)
        group, rest = _take(rest, len(rest) if end is None else end + 1, "lead", episode)
        groups.append(Group(start, "lead", group))
        if end is None:
            return Phases(groups, first_end, True)
        group[-1].ends_episode = True
        first_end = first_end or group[-1]
        again = next((i for i, e in enumerate(rest) if journey and e.activity in journey.reopens), None)
        phase = "after" if again is None else "closed"
        start = group[-1].at
        group, rest = _take(rest, len(rest) if again is None else again + 1, phase, episode)
        groups.append(Group(start, phase, group))
        if again is None:
            return Phases(groups, first_end, False)
        start, episode = group[-1].at, episode + 1


def _take(rest: list[Entry], count: int, phase: str, episode: int) -> tuple[list[Entry], list[Entry]]:
    group, rest = rest[:count], rest[count:]
    for e in group:
        e.phase, e.episode = phase, episode
    return group, rest


def _end_of(rest: list[Entry], journey: Journey | None) -> int | None:
    """The delivery or ending; without one before a reopening, the closing (decision 22)."""
    ends = (*journey.delivers, *journey.ends_without_delivery) if journey else ()
    tag = next((i for i, e in enumerate(rest) if not e.is_closing and e.activity in ends), None)
    closing = next((i for i, e in enumerate(rest) if e.is_closing), None)
    if closing is None or tag is None or tag < closing:
        return closing if tag is None else tag
    reopened = any(journey and e.activity in journey.reopens for e in rest[closing:tag])
    return closing if reopened else tag


def name_of_end(end: Entry, journey: Journey | None) -> str:
    """How the first episode ended; one that its last event ends by inference has no end of its own: `open`."""
    if journey and end.activity in journey.delivers:
        return "delivered"
    if journey and end.activity in journey.ends_without_delivery:
        return "ended"
    return "closed" if end.is_closing else "open"
