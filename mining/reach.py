"""What cases pass through, from their sequences alone: which steps, in how many visits, and who hands to whom.

In: `Structures` and how many cases each sequence stands for. Out: counts by step and by pair of lanes. Plain loops over
integer arrays, which `mining.compiled` may run compiled: a sequence is looked at once, however many cases made it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from mining.compiled import fitted
from mining.passing import count_cases, count_passed, count_reached
from mining.read_arrays import EVENT_STEP, IS_AUTOMATIC, LEAD
from mining.sequences import Ints, whole_rows
from mining.structures import Structures
from mining.tokens import UNKNOWN_STEP

_AT_ONCE = 1 << 20
"""So many positions are looked at at once, or one sequence where it has more."""


class Reached(NamedTuple):
    """Of one step: the cases that reach it, their visits, and the mean position at which they first do."""

    cases: int
    visits: int
    place: float


def cases_of_sequences(chosen: Any, structures: Structures) -> Ints:
    """Return how many of the chosen cases each sequence stands for."""
    known = chosen.filter(chosen.sequence.notnull())
    found = known.group_by("sequence").agg(n=known.count()).to_pyarrow()
    counted: Ints = np.zeros(len(structures.sequences), np.int64)
    counted[found["sequence"].to_numpy()] = found["n"].to_numpy()
    return counted


def named_steps(structures: Structures) -> tuple[tuple[str, ...], Ints]:
    """Return the names of the steps, that which is not known among them, and the number of the step at each position.

    An activity may bear that very name; both are then one step, as they are wherever rows are grouped by it.
    """
    steps, step = structures.coded.steps, structures.positions.step
    names = steps if UNKNOWN_STEP in steps else (*steps, UNKNOWN_STEP)
    return names, np.where(step < 0, names.index(UNKNOWN_STEP), step)


def reached(structures: Structures, weights: Ints) -> dict[str, Reached]:
    """Return, by step, how it is reached on the path of the first episode."""
    names, step = named_steps(structures)
    found = np.zeros((len(names), 3), np.int64)
    visit, offsets = structures.positions.visit, structures.sequences.offsets
    fitted(count_reached, len(step))(in_first(structures), step, visit, offsets, weights, found)
    return {
        name: Reached(int(cases), int(visits), float(places) / int(cases))
        for name, (cases, visits, places) in zip(names, found, strict=True)
        if cases
    }


def cases_of_tokens(structures: Structures, groups: Ints, weights: Ints, count: int) -> Ints:
    """Return how many cases have an event of each group of tokens on the path of the first episode; −1 is none."""
    codes = structures.sequences.codes
    return _cases_by(
        structures, lambda here: np.where(in_first(structures, here), groups[codes[here]], -1), weights, count
    )


def cases_of_lanes(structures: Structures, weights: Ints) -> dict[tuple[str, str | None], int]:
    """Return, by step and lane (null where it is not known), the cases that it has on the path of the first episode."""
    (steps, step), lanes = named_steps(structures), (*structures.coded.lanes, None)

    def groups(here: slice) -> Ints:
        lane = structures.positions.lane[here]
        holder = np.where(lane < 0, len(lanes) - 1, lane)
        return np.where(in_first(structures, here), step[here].astype(np.int64) * len(lanes) + holder, -1)

    cases = _cases_by(structures, groups, weights, len(steps) * len(lanes))
    return {(steps[n // len(lanes)], lanes[n % len(lanes)]): int(cases[n]) for n in np.flatnonzero(cases)}


def cases_of_holders(structures: Structures, weights: Ints) -> dict[str, int]:
    """Return, by lane, the cases of which it holds a segment on the path of the first episode."""
    lanes, lane = structures.coded.lanes, structures.positions.lane
    cases = _cases_by(
        structures, lambda here: np.where(in_first(structures, here), lane[here], -1), weights, len(lanes)
    )
    return dict(zip(lanes, cases.tolist(), strict=True))


def cases_of_events(structures: Structures) -> dict[str, int]:
    """Return, by step, the cases of the whole log that have an event of it, wherever it stands."""
    s, steps = structures.sequences, structures.coded.steps
    of_token = structures.coded.alphabet.tokens[:, EVENT_STEP]
    cases = _cases_by(structures, lambda here: of_token[s.codes[here]], s.cases, len(steps))
    return dict(zip(steps, cases.tolist(), strict=True))


def again_by_step(structures: Structures, weights: Ints) -> dict[str, tuple[int, int]]:
    """Return, by step, how often it is returned to and how often an activity is done again within a visit."""
    p, first = structures.positions, in_first(structures)
    names, step = named_steps(structures)
    counted = []
    for happened in (p.returns_to, p.is_self_loop):
        places = np.flatnonzero(first & happened)
        times = weights[structures.sequences.owners[places]]
        counted.append(np.bincount(step[places], times, len(names)).astype(np.int64).tolist())
    return dict(zip(names, zip(*counted, strict=True), strict=True))


def passed_on(structures: Structures, weights: Ints) -> dict[tuple[str | None, str | None], int]:
    """Return how often each lane comes after each on the path of the first episode; null is a lane that is not known.

    What the system does by itself is passed over, unless a declared turn holds its segment.
    """
    s, p, lanes = structures.sequences, structures.positions, structures.coded.lanes
    found = np.zeros((len(lanes) + 1, len(lanes) + 1), np.int64)
    is_automatic = structures.coded.alphabet.tokens[:, IS_AUTOMATIC] > 0
    arguments = (is_automatic, in_first(structures), s.codes, p.lane, p.booked_by, s.offsets, weights, found)
    fitted(count_passed, len(s.codes))(*arguments)
    names = (*lanes, None)
    return {(names[a], names[b]): int(found[a, b]) for a, b in np.argwhere(found)}


def _cases_by(structures: Structures, groups: Callable[[slice], Ints], weights: Ints, count: int) -> Ints:
    """Return how many cases have a position of each group; `groups` tells those of some whole sequences at a time."""
    s = structures.sequences
    found: Ints = np.zeros(count, np.int64)
    for first, last in whole_rows(s.offsets, _AT_ONCE):
        here = slice(int(s.offsets[first]), int(s.offsets[last]))
        _count_cases(groups(here), s.owners[here], weights, found, len(s.codes))
    return found


def cases_of_groups(groups: Ints, owners: Ints, weights: Ints, count: int) -> Ints:
    """Return how many cases have a position of each of `count` groups.

    `groups` and `owners` tell of each position its group (−1 is none) and its sequence, sequence after sequence.
    """
    found: Ints = np.zeros(count, np.int64)
    _count_cases(groups, owners, weights, found, len(groups))
    return found


def _count_cases(groups: Ints, owners: Ints, weights: Ints, found: Ints, size: int) -> None:
    # one width, since each is compiled apart; and the last part of many positions may be a small one
    fitted(count_cases, size)(groups.astype(np.int64, copy=False), owners, weights, found)


def cases_where(structures: Structures, happened: Ints, weights: Ints) -> int:
    """Return how many cases have a position at which it happened on the path of the first episode."""
    owner = structures.sequences.owners[in_first(structures) & happened]
    return int(weights[owner[np.diff(owner, prepend=-1) != 0]].sum())


def in_first(structures: Structures, here: slice = slice(None)) -> Ints:
    """Return which of the positions lie on the path of the first episode."""
    p = structures.positions
    chosen: Ints = p.on_path[here] & (p.phase[here] == LEAD) & (p.episode[here] == 1)
    return chosen
