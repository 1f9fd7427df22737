"""What the ledger hands to the overlay: step sequences with booked time, visits by lane and by channel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from mappings.flow import parallel_pairs
from mappings.project import Project
from mining.above_design import against_design
from mining.amounts import SECOND, rows_of
from mining.ledger import Ledger
from mining.overlay import lay_over
from mining.results.overlay import AboveDesign, Deviation, Overlay
from mining.results.stream import Rung
from mining.sequence import Structure, Token
from mining.step_sequence import StepSequence, Visits
from mining.submit import Submit
from mining.timeline import CLOSING
from mining.variants import cases_of_sequences

Laid = tuple[Overlay | None, dict[tuple[str, ...], float]]
"""The overlay, and the fitness of each aligned step sequence."""


def laid_over(
    ledger: Ledger,
    segments: Any,
    project: Project,
    rungs: Iterable[Rung],
    cases: int,
    monotonic: Callable[[], float],
    submit: Submit,
) -> Callable[[], Laid]:
    """Lay the first episode of every case over the journey, and return what waits for it.

    Without a journey there is nothing to lay it over. `submit` may take the alignments to another core.
    """
    journey = project.journey
    if journey is None or journey.flow is None:
        return lambda: (None, {})
    laid = submit(
        lay_over,
        journey,
        journey.flow,
        step_sequences(ledger, segments, project),
        cohort_cases=cases,
        monotonic=monotonic,
        budget_seconds=project.file.alignment_budget.total_seconds(),
        observable_activities=_observable(ledger, project),
        lane_visits=_visits(segments, "event_lane"),
        channel_visits=_visits(segments, "channel"),
    )
    steps = against_design(rungs, project)

    def overlay_and_fitness() -> Laid:
        overlay, fitness = laid()
        return overlay.model_copy(update={"steps": steps}), fitness

    return overlay_and_fitness


def first_episode_visits(
    tokens: tuple[Token, ...], structure: Structure, parallel: frozenset[tuple[str, str]] = frozenset()
) -> list[tuple[str, list[int]]]:
    """Return the visits of the first episode, on and off the path, with their positions.

    Work in a parallel branch does not end a visit: A, B, A with B beside A is one visit of A and one of B.
    """
    visits: list[tuple[str, list[int]]] = []
    for position, (token, row) in enumerate(zip(tokens, structure.rows, strict=True)):
        if token.step is None or row.phase != "lead" or row.episode != 1:
            continue
        going_on = _going_on(visits, token.step, parallel)
        if going_on is None:
            visits.append((token.step, [position]))
        else:
            going_on.append(position)
    return visits


def _going_on(visits: list[tuple[str, list[int]]], step: str, parallel: frozenset[tuple[str, str]]) -> list[int] | None:
    """Return the positions of the visit of this step that only parallel work came after, if there is one."""
    for other, positions in reversed(visits):
        if other == step:
            return positions
        if (other, step) not in parallel:
            return None
    return None


def step_sequences(ledger: Ledger, segments: Any, project: Project) -> list[StepSequence]:
    """Return the distinct sequences of visits with their cases, open cases and booked seconds."""
    counted = cases_of_sequences(ledger)
    c = ledger.cases.filter(ledger.cases.is_open | (ledger.cases.end == "ended"))
    still_open = {r["sequence"]: r["n"] for r in rows_of(c.group_by("sequence").agg(n=c.count()))}
    booked = segments.group_by(["sequence", "position"]).agg(t=segments.elapsed_total.sum())
    time = {(r["sequence"], r["position"]): r["t"] for r in rows_of(booked)}
    parallel = parallel_pairs(project.journey.flow) if project.journey else frozenset()
    found: dict[tuple[str, ...], list[tuple[int, list[float]]]] = defaultdict(list)
    for number, (tokens, structure) in enumerate(zip(ledger.timeline.sequences, ledger.structures, strict=True)):
        visits = first_episode_visits(tokens, structure, parallel)
        seconds = [sum(time.get((number, p), 0) for p in positions) / SECOND for _, positions in visits]
        found[tuple(step for step, _ in visits)].append((number, seconds))
    return [
        StepSequence(
            steps=steps,
            cases=sum(counted.get(number, 0) for number, _ in members),
            open_cases=sum(still_open.get(number, 0) for number, _ in members),
            seconds=tuple(sum(column) for column in zip(*(s for _, s in members), strict=True)),
            variants=len(members),
        )
        for steps, members in sorted(found.items())
        if steps
    ]


def _observable(ledger: Ledger, project: Project) -> frozenset[str]:
    """Return the activities that the sources can yield: those that they map, and those that were seen."""
    mapped = {rule.name for source in project.sources for rule in source.activities.values()}
    seen = {t.activity for tokens in ledger.timeline.sequences for t in tokens if t.activity != CLOSING}
    return frozenset(mapped | seen)


def _visits(segments: Any, by: str) -> list[Visits]:
    acting = segments.filter(segments.activity != CLOSING)
    found = acting.group_by(["step_of_event", by]).agg(
        n=acting.count(), cases=acting.case_id.nunique(), t=acting.elapsed_total.sum()
    )
    return [
        Visits(step=r["step_of_event"], at=r[by], cases=r["cases"], occurrences=r["n"], seconds=r["t"] / SECOND)
        for r in sorted(rows_of(found), key=lambda r: (r["step_of_event"], r[by] or ""))
    ]


def with_late(overlay: Overlay | None, above: Iterable[AboveDesign]) -> Overlay | None:
    """Add the visits on the direct route that took longer than designed; their effect is the time above design."""
    if overlay is None:
        return None
    late = [
        Deviation(
            kind="late",
            step=amount.name[0],
            cases=amount.cases,
            occurrences=amount.occurrences,
            elapsed_seconds=amount.above_seconds,
        )
        for amount in above
        if amount.kind == "step" and amount.has_design
    ]
    return overlay.model_copy(update={"deviations": (*overlay.deviations, *late)})
