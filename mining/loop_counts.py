"""How often each loop is made, by how many cases and of which kind: counted over sequences (DESIGN §4, loops).

In: `Structures`, how many cases each sequence stands for, and the paths that are asked for: of a log of great variety
there are as many as cases. Out: `LoopCounts`, arrays by path. It owns the kinds of loops: which lanes a loop passes
depends on the sequence alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from mining.reach import in_first
from mining.results.rework import LoopKind
from mining.sequences import Ints, whole_rows
from mining.structures import Structures

_AT_ONCE = 1 << 20
"""So many positions are looked at at once, or one sequence where it has more."""
KINDS: tuple[LoopKind, ...] = ("supplement", "ping_pong", "return")
"""In this order where a loop is as often of one kind as of another."""


class LoopCounts(NamedTuple):
    """By the place of a path among `paths`: its cases, how often they make it, of which kind, and whether lanes change.

    `paths`: their numbers, ascending. `kinds` has a row a kind of KINDS. `runs`: place of the path, cases, and how
    often each of these makes it, in the order of paths.
    """

    paths: Ints
    cases: Ints
    occurrences: Ints
    kinds: Ints
    crosses: Ints
    runs: tuple[Ints, Ints, Ints]

    def place(self, path: int) -> int:
        """Return the place of a path that was asked for."""
        return int(np.searchsorted(self.paths, path))

    def cases_by_times(self, at: int) -> dict[str, int]:
        """Return how many cases make the path at a place once, twice, and so on."""
        low, high = np.searchsorted(self.runs[0], [at, at + 1])
        cases, times = (column[low:high] for column in self.runs[1:])
        counted = np.bincount(times, cases).astype(np.int64)
        return {str(n): int(counted[n]) for n in np.flatnonzero(counted)}


class _Made(NamedTuple):
    """The loops in the first episodes of the sequences, one sequence after another."""

    owner: Ints
    path: Ints
    kind: Ints
    crosses: Ints


def loop_counts(
    structures: Structures, weights: Ints, citizen_lanes: Collection[str], asked: Sequence[int]
) -> LoopCounts:
    """Count the loops of these paths that the cases make that `weights` tells of."""
    paths, size = np.array(sorted(asked), np.int64), len(asked)
    made = _made(structures, citizen_lanes, paths)
    made = _Made(*(column[weights[made.owner] > 0] for column in made))
    by_path = np.argsort(made.path, kind="stable")
    owner, path = made.owner[by_path], made.path[by_path]
    begins = np.flatnonzero(np.append(True, (np.diff(owner) != 0) | (np.diff(path) != 0))[: len(owner)])
    runs = (path[begins], weights[owner[begins]], np.diff(np.append(begins, len(owner))))
    cases = weights[made.owner]
    return LoopCounts(
        paths=paths,
        cases=_counted(runs[0], runs[1], size),
        occurrences=_counted(made.path, cases, size),
        kinds=np.array([_counted(made.path[is_it], cases[is_it], size) for is_it in _each_kind(made)]),
        crosses=np.bincount(made.path[made.crosses], minlength=size) > 0,
        runs=runs,
    )


def _each_kind(made: _Made) -> list[Ints]:
    return [made.kind == n for n in range(len(KINDS))]


def _counted(path: Ints, cases: Ints, size: int) -> Ints:
    # exact: a number of cases is far below what a float holds
    counted: Ints = np.bincount(path, cases, size).astype(np.int64)
    return counted


def _made(structures: Structures, citizen_lanes: Collection[str], paths: Ints) -> _Made:
    offsets = structures.sequences.offsets
    # the place of each path among those asked for
    asked = np.full(len(structures.loop_paths.firsts), -1, np.int16)
    asked[paths] = np.arange(len(paths))
    parts = [
        _made_here(structures, citizen_lanes, slice(int(offsets[low]), int(offsets[high])), asked)
        for low, high in whole_rows(offsets, _AT_ONCE)
    ]
    none = _Made(np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.bool_))
    return _Made(*(np.concatenate(column) for column in zip(none, *parts, strict=True)))


def _made_here(structures: Structures, citizen_lanes: Collection[str], here: slice, asked: Ints) -> _Made:
    """Return those of some whole sequences; `asked` is the place of each path, negative where it is not asked for."""
    s, p = structures.sequences, structures.positions
    on_way = np.flatnonzero(in_first(structures, here)) + here.start
    places = on_way[p.loop[on_way] >= 0]
    loop = structures.first_loops[s.owners[places]] + p.loop[places]
    is_asked = asked[structures.loop_paths.numbers[loop]] >= 0
    places, loop = places[is_asked], loop[is_asked]
    order = np.argsort(loop, kind="stable")
    places, loop = places[order], loop[order]
    begins = np.flatnonzero(np.diff(loop, prepend=-1))
    lane, number = p.lane[places], loop[begins]
    # a loop never comes first: before it lies the visit that it returns to
    giver = p.lane[on_way[np.searchsorted(on_way, places[begins]) - 1]]
    low, high = _first_and_last(lane, lane >= 0, begins)
    return _Made(
        owner=s.owners[places[begins]],
        path=asked[structures.loop_paths.numbers[number]].astype(np.int64),
        kind=_kind(structures, citizen_lanes, places, loop, begins, giver),
        crosses=(high >= 0) & (low != high),
    )


def _kind(
    structures: Structures, citizen_lanes: Collection[str], places: Ints, loop: Ints, begins: Ints, giver: Ints
) -> Ints:
    """Return each loop's place in KINDS; `giver` is the lane that each of them left.

    A supplement passes a lane of the citizen. Ping-pong goes to one other step, in one lane, and back to the lane that
    it left, known all the way. Any other is a return.
    """
    offsets, p = structures.loop_offsets, structures.positions
    lane, is_home = p.lane[places], p.step[places] == structures.loop_steps[offsets[loop]]
    of_citizen = [n for n, name in enumerate(structures.coded.lanes) if name in citizen_lanes]
    is_asked = np.logical_or.reduceat(np.isin(lane, of_citizen), begins) if len(begins) else np.zeros(0, np.bool_)
    is_held = np.logical_and.reduceat(lane >= 0, begins) if len(begins) else np.zeros(0, np.bool_)
    back, back_last = _first_and_last(lane, is_home, begins)
    away, away_last = _first_and_last(lane, ~is_home, begins)
    is_of_three = (offsets[1:] - offsets[:-1])[loop[begins]] == 3
    goes_between_two = (back == back_last) & (back == giver) & (away == away_last) & (back != away) & is_held
    found: Ints = np.where(is_asked, 0, np.where(is_of_three & goes_between_two, 1, 2))
    return found


def _first_and_last(lane: Ints, chosen: Ints, begins: Ints) -> tuple[Ints, Ints]:
    """Return the least and the greatest lane of the chosen places of each loop: unlike where there is none."""
    if not len(begins):
        return lane, lane
    none = np.iinfo(lane.dtype).max
    low: Ints = np.minimum.reduceat(np.where(chosen & (lane >= 0), lane, none), begins)
    high: Ints = np.maximum.reduceat(np.where(chosen, lane, -1), begins)
    return low, high
