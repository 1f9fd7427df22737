"""Step sequences with their alignments, one after another, within a time budget."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from mappings.flow import Flow
from mining.alignment import Aligner, Alignment
from mining.step_sequence import StepSequence


@dataclass(frozen=True)
class Aligned:
    """A sequence with its alignments: of its finished and of its unfinished cases."""

    sequence: StepSequence
    finished: Alignment | None
    unfinished: Alignment | None

    @property
    def weighted(self) -> tuple[tuple[Alignment, int], ...]:
        """The alignments with the number of cases that each stands for."""
        of_finished = self.sequence.cases - self.sequence.open_cases
        pairs = ((self.finished, of_finished), (self.unfinished, self.sequence.open_cases))
        return tuple((alignment, cases) for alignment, cases in pairs if alignment is not None)

    @property
    def fitness(self) -> float:
        """Mean fitness of its cases."""
        cases = sum(n for _, n in self.weighted)
        return sum(a.fitness * n for a, n in self.weighted) / cases if cases else 1.0


def align_sequences(
    flow: Flow,
    sequences: Iterable[StepSequence],
    *,
    unobservable: Collection[str] = (),
    monotonic: Callable[[], float],
    budget_seconds: float,
) -> Iterator[Aligned | None]:
    """Align each sequence once, in the order given, until the time is up; null for one not found by then."""
    aligner = Aligner(flow, unobservable)
    until = monotonic() + budget_seconds
    for sequence in sequences:
        yield _align_one(aligner, sequence, until, monotonic)
        if monotonic() >= until:
            return


def _align_one(
    aligner: Aligner, sequence: StepSequence, until: float, monotonic: Callable[[], float]
) -> Aligned | None:
    def is_late() -> bool:
        return monotonic() >= until

    alignments: dict[bool, Alignment] = {}
    for may_stop, cases in (
        (False, sequence.cases - sequence.open_cases),
        (True, sequence.open_cases),
    ):
        if not cases:
            continue
        found = None if is_late() else aligner.align(sequence.steps, may_stop=may_stop, is_late=is_late)
        if found is None:
            return None
        alignments[may_stop] = found
    return Aligned(sequence, alignments.get(False), alignments.get(True))
