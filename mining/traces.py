"""The distinct sequences as what was done alone: activities in their order, without lanes, turns and closings.

In: `Sequences`. Out: `Traces`: variants with their cases, and how often one activity follows another. Whoever asks for
no more than these (a directly-follows graph, a list of variants) pays for no reading of paths and loops.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from mining.distinct import Distinct, distinct_rows, distinct_values
from mining.sequences import Ints, Sequences, numbered, offsets_of, whole_rows

_CELLS = 1 << 20
"""So many numbers are held at once to tell what occurred before: they stay near the processor."""
_AT_ONCE = 1 << 20
"""So many positions are looked at at once, or one sequence where it has more."""


@dataclass(frozen=True, eq=False)
class Traces:
    """The activities of each sequence, by number."""

    sequences: Sequences

    @cached_property
    def activities(self) -> tuple[str, ...]:
        """The names of the activities in their order: an activity's number is its place here."""
        return tuple(numbered(token.activity for token in self.sequences.tokens))

    @cached_property
    def of_token(self) -> Ints:
        """The activity of each token, in two bytes where that is enough: they stand at every position."""
        number = {name: n for n, name in enumerate(self.activities)}
        kind = np.int16 if len(number) <= np.iinfo(np.int16).max else np.int32
        return np.array([number[token.activity] for token in self.sequences.tokens], kind)

    @cached_property
    def steps(self) -> tuple[Ints, Ints]:
        """The activities of all sequences without their closings, and where each sequence begins."""
        codes, offsets = self.sequences.codes, self.sequences.offsets
        is_closing = np.array([token.is_closing for token in self.sequences.tokens], np.bool_)
        if not is_closing.any():
            return self.of_token[codes], offsets
        steps, counts = [self.of_token[:0]], [np.zeros(0, np.int64)]
        for low, high in whole_rows(offsets, _AT_ONCE):
            part = codes[offsets[low] : offsets[high]]
            is_event = ~is_closing[part]
            steps.append(self.of_token[part[is_event]])
            counted = np.concatenate([[0], np.cumsum(is_event, dtype=np.int64)])
            counts.append(np.diff(counted[offsets[low : high + 1] - offsets[low]]))
        return np.concatenate(steps), offsets_of(np.concatenate(counts))

    @cached_property
    def variants(self) -> Distinct:
        """The distinct sequences of activities."""
        if self._are_distinct:
            numbers = np.arange(len(self.sequences), dtype=np.int64)
            return Distinct(numbers, numbers)
        return distinct_rows(*self.steps)

    @property
    def _are_distinct(self) -> bool:
        """Whether each token is an event of an activity of its own: as sequences are distinct, so are their traces."""
        tokens = self.sequences.tokens
        return len(self.activities) == len(tokens) and not any(token.is_closing for token in tokens)

    @cached_property
    def cases(self) -> Ints:
        """The cases of each variant; int64."""
        numbers, firsts = self.variants
        counted: Ints = np.bincount(numbers, weights=self.sequences.cases, minlength=len(firsts)).astype(np.int64)
        return counted

    def activities_of(self, number: int) -> tuple[str, ...]:
        """Return the activities of a variant in their order."""
        codes, offsets = self.steps
        first = self.variants.firsts[number]
        return tuple(self.activities[code] for code in codes[offsets[first] : offsets[first + 1]])

    def cases_of_activities(self) -> dict[str, int]:
        """Return in how many cases each activity occurs."""
        size = len(self.activities)
        counted = sum((self._cases_with(*block, size) for block in self._blocks()), np.zeros(size, np.int64))
        return dict(zip(self.activities, counted.tolist(), strict=True))

    def cases_of_pairs(self) -> dict[tuple[int, int], int]:
        """Return in how many cases an activity follows another, by their numbers."""
        size = len(self.activities)
        kind = np.int32 if size * size <= np.iinfo(np.int32).max else np.int64
        counted: dict[tuple[int, int], int] = {}
        for codes, owners in self._blocks():
            inside = np.flatnonzero(owners[1:] == owners[:-1])
            pairs: Ints = codes[inside].astype(kind)
            pairs *= size
            pairs += codes[inside + 1]
            found, numbers = distinct_values(pairs, size * size)
            cases = self._cases_with(numbers, owners[inside], len(found))
            for pair, n in zip(found.tolist(), cases.tolist(), strict=True):
                counted[divmod(pair, size)] = counted.get(divmod(pair, size), 0) + n
        return counted

    def _blocks(self) -> Iterator[tuple[Ints, Ints]]:
        """Yield the activities of some whole sequences at a time, each with its sequence: what is told of positions
        takes several times their room.
        """
        codes, offsets = self.steps
        for low, high in whole_rows(offsets, _AT_ONCE):
            yield codes[offsets[low] : offsets[high]], _owners(offsets[low : high + 1]) + np.int32(low)

    def _cases_with(self, numbers: Ints, owners: Ints, count: int) -> Ints:
        """Return in how many cases each of `count` numbers occurs.

        `owners` are the sequences that the numbers stand in, ascending. Each place writes itself into the cell of its
        sequence and number, and counts where it finds itself back: of like places one does. No cell need be empty
        before, and some sequences at a time share the same cells.
        """
        weights = self.sequences.cases
        counted: Ints = np.zeros(count, np.int64)
        if not len(owners):
            return counted
        at_once = max(1, _CELLS // max(1, count))
        cells = np.empty(at_once * count, np.int32)
        first = int(owners[0])
        begins = np.searchsorted(owners, np.arange(first, int(owners[-1]) + 1 + at_once, at_once))
        for n, (low, high) in enumerate(pairwise(begins)):
            owner, number = owners[low:high], numbers[low:high]
            cell = (owner.astype(np.int64) - first - n * at_once) * count + number
            places = np.arange(high - low, dtype=np.int32)
            cells[cell] = places
            is_one = cells[cell] == places
            sums = np.bincount(number[is_one], weights=weights[owner[is_one]], minlength=count)
            counted += sums.astype(np.int64)
        return counted


def _owners(offsets: Ints) -> Ints:
    """Return the sequence of each activity."""
    return np.repeat(np.arange(len(offsets) - 1, dtype=np.int32), np.diff(offsets))
