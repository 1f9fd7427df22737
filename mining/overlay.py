"""The log laid over the designed journey: how much fits, what departs, designed against actual time.

In go distinct step sequences with what the ledger booked at each position, out comes `Overlay`. What
counts as which deviation is settled in `mining.deviation`; what no log can show, and who may stop early,
is settled here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from mappings.flow import Flow, steps_of
from mappings.journey import Journey
from mining.aligned import Aligned, align_sequences
from mining.deviation import Deviations, departures, is_accepted
from mining.results.overlay import Overlay, StepAgainstDesign
from mining.results.process import ModelQuality
from mining.step_sequence import ActualTime, StepSequence, Visits


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


def lay_over(
    journey: Journey,
    flow: Flow,
    sequences: Sequence[StepSequence],
    *,
    cohort_cases: int,
    monotonic: Callable[[], float],
    budget_seconds: float = 30.0,
    observable_activities: Collection[str] | None = None,
    lane_visits: Iterable[Visits] = (),
    channel_visits: Iterable[Visits] = (),
    actual: Mapping[str, ActualTime] | None = None,
    models: tuple[ModelQuality, ...] = (),
) -> tuple[Overlay, dict[tuple[str, ...], float]]:
    """Return the overlay, and the fitness of each aligned step sequence.

    `flow` is the journey's own, or the one read from its BPMN file. `observable_activities` are those that
    the sources can yield (null: all of them). `elapsed_seconds` of a deviation is the mean per case of the
    cohort.
    """
    sequences = [_forgiven(journey, s) for s in sequences]
    hidden = frozenset[str]()
    if observable_activities is not None:
        hidden = unobservable_steps(journey, observable_activities)
    aligned = align_sequences(flow, sequences, unobservable=hidden, monotonic=monotonic, budget_seconds=budget_seconds)
    deviations = Deviations(journey)
    for one in aligned:
        deviations.add_moves(one, hidden)
    deviations.add_lanes(lane_visits)
    deviations.add_channels(channel_visits)
    cases = sum(one.sequence.cases for one in aligned)
    everyone = sum(s.cases for s in sequences)
    overlay = Overlay(
        journey=journey.name,
        aligned_variants=sum(one.sequence.variants for one in aligned),
        step_sequences=len(sequences),
        aligned_cases=cases,
        aligned_share=cases / everyone if everyone else 1.0,
        fitting_cases=sum(_fitting_cases(journey, one, hidden) for one in aligned),
        mean_fitness=sum(one.fitness * one.sequence.cases for one in aligned) / cases if cases else None,
        deviations=deviations.result(cohort_cases),
        steps=_against_design(journey, actual or {}),
        unmapped_activities=_unmapped(flow, journey, sequences),
        models=models,
    )
    return overlay, {one.sequence.steps: one.fitness for one in aligned}


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


def _against_design(journey: Journey, actual: Mapping[str, ActualTime]) -> tuple[StepAgainstDesign, ...]:
    return tuple(
        StepAgainstDesign(
            step=name,
            title=step.title or name,
            designed_seconds=_designed_seconds(journey, name),
            actual_seconds=actual[name].seconds_per_visit if name in actual else None,
            cases=actual[name].cases if name in actual else 0,
        )
        for name, step in journey.steps.items()
    )


def _designed_seconds(journey: Journey, step: str) -> float | None:
    designed = journey.steps[step].designed
    parts = [part.total_seconds() for part in (designed.wait, designed.process) if part is not None]
    return sum(parts) if parts else None


def _unmapped(flow: Flow, journey: Journey, sequences: Iterable[StepSequence]) -> tuple[str, ...]:
    known = {*steps_of(flow), *journey.interruptible_by, *journey.ends_without_delivery}
    return tuple(sorted({step for s in sequences for step in s.steps} - known))
