"""The log laid over the designed journey: how much fits, what departs, designed against actual time.

In go distinct step sequences with what the ledger booked at each position, out comes `Overlay`. The sequences may be
aligned in parts, on several cores. What
counts as which deviation is settled in `mining.deviation`; what no log can show, and who may stop early,
is settled here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import numpy as np

from mappings.flow import Flow, steps_of
from mappings.journey import Journey
from mining.aligned import Aligned, align_sequences
from mining.deviation import Deviations, departures, is_accepted
from mining.results.overlay import Overlay, StepAgainstDesign
from mining.sequences import Ints
from mining.step_sequence import StepSequence, StepSequences, Visits


def unobservable_steps(journey: Journey, observable_activities: Collection[str]) -> frozenset[str]:
    """Return the steps that no log can show: no touchpoint observable, or no source has their activities."""
    hidden = set()
    for name, step in journey.steps.items():
        is_unseen = bool(step.touchpoints) and not any(t.observable for t in step.touchpoints)
        has_source = not set(step.activities or (name,)).isdisjoint(observable_activities)
        if is_unseen or not has_source:
            hidden.add(name)
    return frozenset(hidden)


def ends_early(journey: Journey, steps: Iterable[str]) -> bool:
    """Say whether one of the steps interrupts the journey or ends it without delivery.

    A step that also stands for other activities says nothing by itself: there the caller knows from the
    events.
    """
    endings = {*journey.interruptible_by, *journey.ends_without_delivery}
    step_of = journey.step_of_activity()
    mixed = {step for activity, step in step_of.items() if activity not in endings}
    ending_steps = {step_of.get(name, name) for name in endings} - mixed
    return not ending_steps.isdisjoint(steps)


@dataclass
class Fit:
    """What the alignments of some of the sequences say; of several parts they add up."""

    deviations: Deviations
    variants: int = 0
    cases: int = 0
    fitting_cases: int = 0
    fitness_of_cases: float = 0.0
    """Fitness, summed over cases."""

    def add(self, one: Aligned, hidden: Collection[str]) -> None:
        """Add one aligned sequence."""
        self.deviations.add_moves(one, hidden)
        self.variants += one.sequence.variants
        self.cases += one.sequence.cases
        self.fitting_cases += _fitting_cases(self.deviations.journey, one, hidden)
        self.fitness_of_cases += one.fitness * one.sequence.cases

    def add_all(self, other: Fit) -> None:
        """Add another part."""
        self.deviations.add_all(other.deviations)
        self.variants += other.variants
        self.cases += other.cases
        self.fitting_cases += other.fitting_cases
        self.fitness_of_cases += other.fitness_of_cases


def fit(
    journey: Journey,
    flow: Flow,
    sequences: StepSequences,
    hidden: Collection[str],
    monotonic: Callable[[], float],
    budget_seconds: float,
) -> tuple[Fit, Ints]:
    """Align the sequences in their order within the budget; return what they say, and the fitness of each.

    `hidden` are the steps that no log can show. A sequence that was not aligned in time has no fitness (nan).
    """
    found, fitness = Fit(Deviations(journey)), np.full(len(sequences), np.nan)
    forgiven = (_forgiven(journey, s) for s in sequences)
    aligned = align_sequences(flow, forgiven, unobservable=hidden, monotonic=monotonic, budget_seconds=budget_seconds)
    for number, one in enumerate(aligned):
        if one is not None:
            found.add(one, hidden)
            fitness[number] = one.fitness
    return found, fitness


def overlay_of(
    journey: Journey,
    flow: Flow,
    sequences: StepSequences,
    found: Fit,
    *,
    cohort_cases: int,
    lane_visits: Iterable[Visits] = (),
    channel_visits: Iterable[Visits] = (),
    steps: tuple[StepAgainstDesign, ...] = (),
) -> Overlay:
    """Return the overlay from the alignments of all parts; it says which share of the cases they cover.

    `elapsed_seconds` of a deviation is the mean per case of the cohort.
    """
    found.deviations.add_lanes(lane_visits)
    found.deviations.add_channels(channel_visits)
    everyone = int(sequences.cases.sum())
    return Overlay(
        journey=journey.name,
        aligned_variants=found.variants,
        step_sequences=len(sequences),
        aligned_cases=found.cases,
        aligned_share=found.cases / everyone if everyone else 1.0,
        fitting_cases=found.fitting_cases,
        mean_fitness=found.fitness_of_cases / found.cases if found.cases else None,
        deviations=found.deviations.result(cohort_cases),
        steps=steps,
        unmapped_activities=_unmapped(flow, journey, sequences.steps),
    )


def _forgiven(journey: Journey, sequence: StepSequence) -> StepSequence:
    if not ends_early(journey, sequence.steps):
        return sequence
    return StepSequence(sequence.steps, sequence.cases, sequence.cases, sequence.seconds, sequence.variants)


def _fitting_cases(journey: Journey, one: Aligned, hidden: Collection[str]) -> int:
    """Cases without a deviation, accepted ones and what no log can show aside."""
    return sum(
        cases
        for alignment, cases in one.weighted
        if all(
            d.kind == "not_observed" or is_accepted(journey, d.kind, d.step)
            for d in departures(one.sequence, alignment, hidden)
        )
    )


def _unmapped(flow: Flow, journey: Journey, steps: Iterable[str]) -> tuple[str, ...]:
    known = {*steps_of(flow), *journey.interruptible_by, *journey.ends_without_delivery}
    return tuple(sorted(set(steps) - known))
