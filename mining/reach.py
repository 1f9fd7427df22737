"""What cases pass through, from their sequences alone: which steps, in how many visits, and who hands to whom.

In: `Structures` and how many cases each sequence stands for. Out: counts by step and by pair of lanes. Plain loops over
integer arrays, which `mining.compiled` may run compiled: a sequence is looked at once, however many cases made it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from mining.compiled import fitted
from mining.passing import count_passed, count_reached
from mining.read_arrays import EVENT_STEP, IS_AUTOMATIC, LEAD
from mining.sequences import Ints
from mining.structures import Structures
from mining.tokens import UNKNOWN_STEP


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


def reached(structures: Structures, weights: Ints) -> dict[str, Reached]:
    """Return, by step, how it is reached on the path of the first episode."""
    steps, p = structures.coded.steps, structures.positions
    found = np.zeros((len(steps) + 1, 3), np.int64)
    arguments = (in_first(structures), p.step, p.visit, structures.sequences.offsets, weights, found)
    fitted(count_reached, len(p.step))(*arguments)
    return {
        name: Reached(int(cases), int(visits), float(places) / int(cases))
        for name, (cases, visits, places) in zip((*steps, UNKNOWN_STEP), found, strict=True)
        if cases
    }


def cases_of_steps(structures: Structures, weights: Ints) -> dict[str, int]:
    """Return how many cases have an event of each step on the path of the first episode, whoever's turn it was."""
    s, steps = structures.sequences, structures.coded.steps
    of_event = np.where(in_first(structures), structures.coded.alphabet.tokens[:, EVENT_STEP][s.codes], -1)
    return dict(zip(steps, cases_of_groups(of_event, s.owners, weights, len(steps)).tolist(), strict=True))


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


def cases_of_groups(groups: Ints, owners: Ints, weights: Ints, count: int) -> Ints:
    """Return how many cases have a position of each of `count` groups.

    `groups` and `owners` tell of each position its group (−1 is none) and its sequence, sequence after sequence.
    """
    known = np.flatnonzero(groups >= 0)
    order = known[np.argsort(_narrow(groups[known]), kind="stable")]
    group, owner = groups[order], owners[order]
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = (group[1:] != group[:-1]) | (owner[1:] != owner[:-1])
    # exact: a number of cases is far below what a float holds
    counted: Ints = np.bincount(group[is_first], weights[owner[is_first]], count).astype(np.int64)
    return counted


def _narrow(numbers: Ints) -> Ints:
    """Return the numbers in two bytes where they fit: those are put in order without comparing them."""
    return numbers.astype(np.int16) if numbers.max(initial=0) < np.iinfo(np.int16).max else numbers


def in_first(structures: Structures) -> Ints:
    """Return which positions lie on the path of the first episode."""
    p = structures.positions
    chosen: Ints = p.on_path & (p.phase == LEAD) & (p.episode == 1)
    return chosen
