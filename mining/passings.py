"""The handoffs of a position by one number: who hands over to whom at every level at once (DESIGN §5, handoff).

In: `Structures` and the project. Out: `Passings`. A position has at most one handoff at each level; the distinct
combinations are few, so that booked rows are summed by one small number and the levels are told apart afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mappings.project import Project
from mining.handing_over import Handovers
from mining.sequences import Ints
from mining.structures import Structures

LEVELS = ("team", "department", "organisation")


class Handing(NamedTuple):
    """One handoff: its level, who hands over to whom, and whether it goes back to whom it came from."""

    level: str
    giver: str
    taker: str
    is_back: bool


@dataclass(frozen=True, eq=False)
class Passings:
    """`numbers`: at each position of all sequences the place in `handings`; −1 where the holder changes at no level.

    `handings`: of each number its handoffs, at most one a level.
    """

    numbers: Ints
    handings: tuple[tuple[Handing, ...], ...]


def names_of_level(project: Project, level: str) -> Callable[[str], str | None]:
    """Return what gives a lane its name at the level; null where the mapping does not say."""
    if level == "team":
        return lambda lane: lane
    return lambda lane: getattr(project.lane(lane), level) or None


def passings(structures: Structures, project: Project) -> Passings:
    """Return the handoffs at team, department and organisation level."""
    lanes = structures.coded.lanes
    named = [tuple(map(names_of_level(project, level), lanes)) for level in LEVELS]
    holders = tuple(sorted({name for names in named for name in names if name is not None}))
    number = {name: n for n, name in enumerate(holders)}
    kinds = 2 * len(holders) ** 2 + 1
    numbers = np.zeros(len(structures.sequences.codes), np.int32)
    known: list[tuple[Handing, ...]] = [()]
    for level, names in zip(LEVELS, named, strict=True):
        found = structures.handovers([-1 if name is None else number[name] for name in names])
        numbers, known = _with_level(numbers, known, level, found, holders, kinds)
    numbers -= 1
    return Passings(numbers, tuple(known[1:]))


def _with_level(
    numbers: Ints, known: list[tuple[Handing, ...]], level: str, found: Handovers, holders: tuple[str, ...], kinds: int
) -> tuple[Ints, list[tuple[Handing, ...]]]:
    """Tell the numbers apart by the handoffs of one more level; 0 is none, and some may end up unused."""
    if not len(found.place):
        return numbers, known
    kind = (found.giver.astype(np.int64) * len(holders) + found.taker) * 2 + found.is_back + 1
    combined = numbers[found.place] * np.int64(kinds) + kind
    values = np.unique(combined)
    numbers[found.place] = len(known) + np.searchsorted(values, combined)
    told = (divmod(value, kinds) for value in values.tolist())
    return numbers, [*known, *((*known[before], _handing(level, of - 1, holders)) for before, of in told)]


def _handing(level: str, kind: int, holders: tuple[str, ...]) -> Handing:
    pair, is_back = divmod(kind, 2)
    giver, taker = divmod(pair, len(holders))
    return Handing(level, holders[giver], holders[taker], bool(is_back))
