"""All sequences, read: path, turn, visit, loop and handoff of every position, as arrays.

In: `Sequences`, the journey's parallel pairs and the turn that receipt opens. Out: `Structures`. Its tables for the
engine are made in `mining.structure_tables`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mining.compiled import fitted
from mining.distinct import Distinct, distinct_rows
from mining.handing_over import Handovers, hand_over
from mining.read_arrays import IS_AUTOMATIC, Ends, Positions, Steps
from mining.reading import read_all
from mining.sequences import Coded, Ints, Sequences, coded, offsets_of
from mining.tokens import Turn
from mining.traces import Traces


@dataclass(frozen=True, eq=False)
class Structures:
    """What the sequences alone say. Numbers of steps and lanes are places in the names of `coded`; −1 is none."""

    sequences: Sequences
    coded: Coded
    positions: Positions
    ends: Ends
    loop_steps: Ints
    """The steps of the loops' paths, one loop after another."""
    loop_offsets: Ints
    visited: Ints
    """The steps of the visits of each sequence's first episode, one sequence after another."""

    @cached_property
    def loop_paths(self) -> Distinct:
        """The distinct paths of loops."""
        return distinct_rows(self.loop_steps, self.loop_offsets)

    @cached_property
    def first_loops(self) -> Ints:
        """Where the loops of each sequence begin among those of all."""
        return np.cumsum(self.ends.loops, dtype=np.int64) - self.ends.loops

    def paths_at(self, places: Ints | slice) -> Ints:
        """Return the number of the loop's path at these positions; −1 is the direct route."""
        loop, owner = self.positions.loop[places], self.sequences.owners[places]
        path = np.full(len(loop), -1, np.int32)
        looped = np.flatnonzero(loop >= 0)
        path[looped] = self.loop_paths.numbers[self.first_loops[owner[looped]] + loop[looped]]
        return path

    @cached_property
    def visit_offsets(self) -> Ints:
        """Where the visits of each sequence begin in `visited`."""
        return offsets_of(self.ends.visits)

    @cached_property
    def step_sequences(self) -> Distinct:
        """The distinct sequences of visits of the first episode; one of them may be empty."""
        return distinct_rows(self.visited, self.visit_offsets)

    @cached_property
    def traces(self) -> Traces:
        """The sequences as activities alone."""
        return Traces(self.sequences)

    def handovers(self, names: Sequence[int]) -> Handovers:
        """Return where the holder changes; `names` gives each lane's number at the level, −1 where it has none."""
        size = len(self.sequences.codes) if max(names, default=-1) >= 0 else 0
        found = Handovers(
            np.empty(size, np.int64), np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.bool_)
        )
        if not size:
            return found
        s = self.sequences
        is_automatic = self.coded.alphabet.tokens[:, IS_AUTOMATIC] > 0
        arguments = (is_automatic, s.codes, s.offsets, self.positions, np.array(names, np.int32), found)
        count = fitted(hand_over, size)(*arguments)
        # copies, since a part of an array holds on to all of it
        return Handovers(*(array[:count].copy() for array in found))


def read_structures(sequences: Sequences, parallel: frozenset[tuple[str, str]], received: Turn | None) -> Structures:
    """Read every distinct sequence. `received` is the turn that `received_at` opens, if the mapping says so."""
    named = coded(sequences.tokens, parallel, received)
    size = len(sequences.codes)
    longest = int(sequences.lengths.max(initial=0))
    positions, ends, steps = _room(size, len(sequences), max(longest, len(named.steps), len(named.lanes)))
    read = fitted(read_all, size)
    loops, path, visits = read(named.alphabet, sequences.codes, sequences.offsets, longest, positions, ends, steps)
    return Structures(
        sequences=sequences,
        coded=named,
        positions=positions,
        ends=ends,
        loop_steps=steps.path[:path].copy(),
        loop_offsets=np.concatenate([[0], steps.ends[:loops]]).astype(np.int64),
        visited=steps.visited[:visits].copy(),
    )


def _room(size: int, count: int, most: int) -> tuple[Positions, Ends, Steps]:
    """Return arrays to read into; memory that is not written is not taken.

    No number of a position is above `most`: as a rule two bytes are enough, and a million sequences have many of them.
    """
    small = np.int16 if most < np.iinfo(np.int16).max else np.int32
    kinds = {"phase": np.int8, "booked_by": np.int8, "on_path": np.bool_, "is_self_loop": np.bool_}
    kinds |= {"returns_to": np.bool_, "is_open": np.bool_, "turn_is_state": np.bool_}
    kinds |= {"end": np.int8, "last_end": np.int8}
    return (
        Positions(*(np.empty(size, kinds.get(name, small)) for name in Positions._fields)),
        Ends(*(np.empty(count, kinds.get(name, np.int32)) for name in Ends._fields)),
        # a loop of k steps above the one that recurs takes k + 1 positions and k + 2 steps, with k at least 1
        Steps(np.empty(size + size // 2 + 2, small), np.empty(size // 2 + 1, np.int64), np.empty(size, small)),
    )
