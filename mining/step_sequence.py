"""What the ledger hands to the overlay: distinct step sequences, visits by place, actual time per step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from mining.sequences import Ints, offsets_of


@dataclass(frozen=True)
class StepSequence:
    """A distinct sequence of visits: consecutive events of one step are one visit.

    An unmapped activity is a step of its own name.
    `open_cases` of its `cases` are open or ended without delivery: what was still due is no deviation for
    them. `seconds` holds per position the elapsed time booked to that visit, summed over the cohort's cases.
    """

    steps: tuple[str, ...]
    cases: int
    open_cases: int = 0
    seconds: tuple[float, ...] = ()
    variants: int = 1


@dataclass(frozen=True, eq=False)
class StepSequences:
    """Distinct step sequences as arrays, those of the most cases first, so that a million of them stay small.

    Number n visits `names` by `codes[offsets[n]:offsets[n + 1]]`; `seconds` has a value a visit, the others one a
    sequence. One is made into a `StepSequence` when it is asked for.
    """

    names: tuple[str, ...]
    codes: Ints
    offsets: Ints
    cases: Ints
    open_cases: Ints
    variants: Ints
    seconds: Ints

    @classmethod
    def of(cls, sequences: Iterable[StepSequence]) -> StepSequences:
        """Take a few sequences, in order of their cases and steps. Time that is not known is none."""
        listed = sorted(sequences, key=lambda s: (-s.cases, s.steps))
        names = sorted({step for s in listed for step in s.steps})
        number = {name: n for n, name in enumerate(names)}
        seconds = [time for s in listed for time in (s.seconds or (np.nan,) * len(s.steps))]
        return cls(
            names=tuple(names),
            codes=np.array([number[step] for s in listed for step in s.steps], np.int32),
            offsets=offsets_of(np.array([len(s.steps) for s in listed], np.int64)),
            cases=np.array([s.cases for s in listed], np.int64),
            open_cases=np.array([s.open_cases for s in listed], np.int64),
            variants=np.array([s.variants for s in listed], np.int64),
            seconds=np.array(seconds, np.float64),
        )

    def __len__(self) -> int:
        return len(self.cases)

    def __getitem__(self, number: int) -> StepSequence:
        low, high = self.offsets[number], self.offsets[number + 1]
        seconds = self.seconds[low:high].tolist()
        return StepSequence(
            steps=tuple(self.names[code] for code in self.codes[low:high]),
            cases=int(self.cases[number]),
            open_cases=int(self.open_cases[number]),
            seconds=() if any(np.isnan(seconds)) else tuple(seconds),
            variants=int(self.variants[number]),
        )

    def __iter__(self) -> Iterator[StepSequence]:
        return (self[number] for number in range(len(self)))

    @property
    def steps(self) -> frozenset[str]:
        """The steps that are visited."""
        return frozenset(self.names[code] for code in np.unique(self.codes))

    def part(self, first: int, every: int) -> StepSequences:
        """Return each sequence of so many, from this one on: equal parts, each with the most cases first."""
        rows = np.arange(first, len(self), every)
        places, offsets = ragged_rows(self.offsets, rows)
        return StepSequences(
            names=self.names,
            codes=self.codes[places],
            offsets=offsets,
            cases=self.cases[rows],
            open_cases=self.open_cases[rows],
            variants=self.variants[rows],
            seconds=self.seconds[places],
        )


def ragged_rows(offsets: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """Return the places of the values of these rows, one row after another, and where each row then begins."""
    lengths = offsets[rows + 1] - offsets[rows]
    begins = offsets_of(lengths)
    return np.arange(begins[-1]) + np.repeat(offsets[rows] - begins[:-1], lengths), begins


@dataclass(frozen=True)
class Visits:
    """Visits of a step in one lane or channel, with the elapsed seconds booked to them over the cohort."""

    step: str
    at: str | None
    cases: int
    occurrences: int
    seconds: float | None = None
