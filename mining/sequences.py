"""The distinct sequences of a log as arrays: which tokens there are, and each sequence as codes of them.

In: tokens and, per sequence, its codes and cases. Out: `Sequences`, and the `Alphabet` that its reading works on.
A million sequences stay a few flat arrays; a Python object a position is made for single sequences alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mining.tokens import Token, Turn

Ints = NDArray[Any]
"""An array of integers or of truth values."""


@dataclass(frozen=True, eq=False)
class Sequences:
    """Distinct sequences: number n is `codes[offsets[n]:offsets[n + 1]]`, made by `cases[n]` cases.

    A code is a place in `tokens`. codes: int32, offsets: int64 with one more than there are sequences, cases: int64.
    There is room for two thousand million positions.
    """

    tokens: tuple[Token, ...]
    codes: Ints
    offsets: Ints
    cases: Ints

    @classmethod
    def of(cls, sequences: Iterable[Sequence[Token]], cases: Iterable[int] | None = None) -> Sequences:
        """Code sequences of tokens; without `cases` each is made by one case."""
        listed = [tuple(sequence) for sequence in sequences]
        code = {token: n for n, token in enumerate(dict.fromkeys(t for sequence in listed for t in sequence))}
        lengths = [len(sequence) for sequence in listed]
        return cls(
            tokens=tuple(code),
            codes=np.array([code[token] for sequence in listed for token in sequence], np.int32),
            offsets=offsets_of(np.array(lengths, np.int64)),
            cases=np.array([1] * len(listed) if cases is None else list(cases), np.int64),
        )

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> Ints:
        """Positions of each sequence."""
        lengths: Ints = np.diff(self.offsets)
        return lengths

    @cached_property
    def owners(self) -> Ints:
        """The sequence of each position."""
        return np.repeat(np.arange(len(self), dtype=np.int32), self.lengths)

    @property
    def places(self) -> Ints:
        """Each position within its sequence, from 0."""
        begins = np.repeat(self.offsets[:-1].astype(np.int32), self.lengths)
        return np.subtract(np.arange(len(self.codes), dtype=np.int32), begins, out=begins)


def offsets_of(counts: Ints) -> Ints:
    """Return where each row begins, and where the last one ends, of rows of so many values."""
    offsets: Ints = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    return offsets


def whole_rows(offsets: Ints, most: int) -> Iterator[tuple[int, int]]:
    """Yield from which row until which one, some whole rows at a time: up to `most` values, or one row with more."""
    low, last = 0, len(offsets) - 1
    while low < last:
        high = int(np.searchsorted(offsets, offsets[low] + most, "right")) - 1
        high = min(max(high, low + 1), last)
        yield low, high
        low = high


class Alphabet(NamedTuple):
    """What each token is, in numbers; −1 stands for none. Compiled code takes it as it is."""

    tokens: Ints
    """A row a token: activity, step (none for the closing of a case, which is no event), lane, is_automatic,
    opens_step, opens_lane, opens_state, delivers, reopens, ends."""
    beside: Ints
    """Step by step: whether they lie in branches beside each other."""
    received: Ints
    """Step, lane and whether a state of the turn that receipt opens; the step −1 where it opens none."""


@dataclass(frozen=True, eq=False)
class Coded:
    """An alphabet, and the names that its numbers stand for."""

    alphabet: Alphabet
    activities: tuple[str, ...]
    """In order of name, as steps and lanes are: a smaller number comes first."""
    steps: tuple[str, ...]
    lanes: tuple[str, ...]


def coded(tokens: Sequence[Token], parallel: frozenset[tuple[str, str]], received: Turn | None) -> Coded:
    """Number activities, steps and lanes, and write the tokens down by number. An empty lane is none."""
    opened = [received.step, received.lane] if received else [None, None]
    activities = numbered(t.activity for t in tokens)
    steps = numbered([*(t.step for t in tokens), *(t.opens_step for t in tokens), opened[0]])
    lanes = numbered([*(t.lane or None for t in tokens), *(t.opens_lane or None for t in tokens), opened[1] or None])
    beside = np.zeros((len(steps), len(steps)), np.bool_)
    for a, b in parallel:
        if a in steps and b in steps:
            beside[steps[a], steps[b]] = True
    due = [_number(opened[0], steps), _number(opened[1], lanes), int(bool(received and received.is_state))]
    rows = [
        [
            activities[token.activity],
            _number(token.step, steps),
            _number(token.lane, lanes),
            token.is_automatic,
            _number(token.opens_step, steps),
            _number(token.opens_lane, lanes),
            token.opens_state,
            token.delivers,
            token.reopens,
            token.ends,
        ]
        for token in tokens
    ]
    alphabet = Alphabet(np.array(rows, np.int32).reshape(-1, 10), beside, np.array(due, np.int64))
    return Coded(alphabet, tuple(activities), tuple(steps), tuple(lanes))


def numbered(names: Iterable[str | None]) -> dict[str, int]:
    """Number the distinct names in their order."""
    return {name: n for n, name in enumerate(sorted({name for name in names if name is not None}))}


def _number(name: str | None, numbers: dict[str, int]) -> int:
    return -1 if name is None else numbers.get(name, -1)
