"""What the ledger hands to the overlay: distinct step sequences, visits by place, actual time per step."""

from __future__ import annotations

from dataclasses import dataclass


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


@dataclass(frozen=True)
class Visits:
    """Visits of a step in one lane or channel, with the elapsed seconds booked to them over the cohort."""

    step: str
    at: str | None
    cases: int
    occurrences: int
    seconds: float | None = None


@dataclass(frozen=True)
class ActualTime:
    """What the ledger booked to a step: mean elapsed seconds per visit, and the cases that it rests on."""

    seconds_per_visit: float | None
    cases: int
