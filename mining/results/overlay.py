"""The actual process laid over the design."""

from __future__ import annotations

from typing import Literal

from mining.results.base import LocalText, Result
from mining.results.process import ModelQuality


class Deviation(Result):
    """One kind of departure from the journey."""

    kind: Literal["skipped", "inserted", "repeated", "moved", "wrong_lane", "wrong_channel", "late", "not_observed"]
    step: str
    lane: str | None = None
    cases: int
    occurrences: int
    elapsed_seconds: float | None
    """Its own booked time, mean per case of the cohort; null for what books no time."""
    is_accepted: bool = False


class StepAgainstDesign(Result):
    """Designed against actual time of a step; mean per visit."""

    step: str
    title: LocalText
    designed_seconds: float | None
    actual_seconds: float | None
    cases: int


class AboveDesign(Result):
    """An amount above the design, or the largest waits where there is no design. Never a saving."""

    kind: Literal["step", "loop"]
    name: tuple[str, ...]
    """The step, or the loop's path."""
    title: LocalText
    cases: int
    occurrences: int = 0
    """Visits, or rounds of the loop, that took more."""
    above_seconds: float
    """Mean per case of the cohort, elapsed."""
    has_design: bool


class Overlay(Result):
    """The log laid over the designed journey."""

    journey: str
    aligned_variants: int
    step_sequences: int
    aligned_cases: int
    aligned_share: float
    """Share of the cases whose step sequence was aligned within the time budget."""
    fitting_cases: int
    mean_fitness: float | None
    deviations: tuple[Deviation, ...] = ()
    steps: tuple[StepAgainstDesign, ...] = ()
    unmapped_activities: tuple[str, ...] = ()
    models: tuple[ModelQuality, ...] = ()
