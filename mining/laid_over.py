"""What the ledger hands to the overlay: step sequences with booked time, and the work by lane and by channel."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa

from mappings.journey import Journey
from mappings.project import Project
from mining.above_design import against_design
from mining.amounts import SECOND
from mining.deviation import Deviations, is_accepted
from mining.discovery import MOST_VARIANTS, journey_model
from mining.engine import kept
from mining.ledger import Ledger
from mining.overlay import Fit, fit, overlay_of, unobservable_steps
from mining.results.overlay import AboveDesign, Deviation, Overlay
from mining.results.process import ModelQuality
from mining.results.stream import Rung
from mining.sequences import Ints
from mining.step_sequence import StepSequences, ragged_rows
from mining.step_ways import step_ways
from mining.submit import Submit

FEW = 300
"""So many step sequences are aligned on one core: to start another process for them takes longer."""

Laid = tuple[Overlay | None, Ints | None]
"""The overlay, and the fitness of each step sequence by its number in `Structures.step_sequences`; nan: not aligned."""


def laid_over(
    ledger: Ledger,
    segments: Any,
    project: Project,
    rungs: Iterable[Rung],
    cases: int,
    monotonic: Callable[[], float],
    submit: Submit,
) -> Callable[[], Laid]:
    """Lay every case, to its last event, over the journey, and return what waits for it.

    Without a journey there is nothing to lay it over. `submit` may take the alignments to other cores: where step
    sequences are many each core has a part of them, each part in order of cases and with the whole budget of time.
    """
    journey = project.journey
    if journey is None or journey.flow is None:
        return lambda: (None, None)
    flow = journey.flow
    sequences, numbers = step_sequences(ledger, segments)
    hidden = unobservable_steps(journey, _observable(ledger, project))
    parts = submit.cores if len(sequences) > FEW else 1
    budget = project.file.alignment_budget.total_seconds()
    waiting = [
        submit(fit, journey, flow, sequences.part(n, parts), hidden, monotonic, budget, core=n) for n in range(parts)
    ]
    designed = submit(
        journey_model,
        flow,
        [(s.steps, s.cases) for s in islice(sequences, MOST_VARIANTS)],
        hidden,
        all_cases=int(sequences.cases.sum()),
        monotonic=monotonic,
        budget_seconds=budget,
    )
    visits = step_ways(ledger, segments, journey)
    steps = against_design(rungs, project)

    def overlay_and_fitness() -> Laid:
        found, fitness = Fit(Deviations(journey)), np.full(len(ledger.structures.step_sequences.firsts), np.nan)
        for n, wait in enumerate(waiting):
            part, fitness[numbers[n::parts]] = wait()
            found.add_all(part)
        overlay = overlay_of(journey, flow, sequences, found, cohort_cases=cases, steps=steps, **visits)
        return overlay.model_copy(update={"models": (_with_fitness(designed(), overlay),)}), fitness

    return overlay_and_fitness


def _with_fitness(model: ModelQuality, overlay: Overlay) -> ModelQuality:
    """Give the designed journey the fitness of its alignments, over no more cases than those and its precision have."""
    cases = min(model.covered_cases, overlay.aligned_cases)
    share = min(model.covered_share, overlay.aligned_share)
    known = {"fitness": overlay.mean_fitness, "covered_cases": cases, "covered_share": share}
    return model.model_copy(update=known)


def step_sequences(ledger: Ledger, segments: Any) -> tuple[StepSequences, Ints]:
    """Return the distinct sequences of visits, most cases first, with their numbers; cases without any are left out."""
    read = ledger.structures
    numbers, firsts = read.step_sequences
    counted = _summed(numbers, read.sequences.cases, len(firsts))
    still_open = _summed(numbers, _unfinished(ledger), len(firsts))
    variants = _summed(numbers, np.ones(len(numbers), np.int64), len(firsts))
    lengths = read.ends.visits[firsts]
    order = np.argsort(-counted, kind="stable")
    order = order[lengths[order] > 0]
    places, offsets = ragged_rows(read.visit_offsets, firsts[order])
    sequences = StepSequences(
        names=read.coded.steps,
        codes=read.visited[places],
        offsets=offsets,
        cases=counted[order],
        open_cases=still_open[order],
        variants=variants[order],
        seconds=_booked(ledger, segments, order, offsets),
    )
    return sequences, order


def _summed(numbers: Ints, amounts: Ints, count: int) -> Ints:
    """Sum amounts by number; exact, since none comes near 2^53."""
    return np.bincount(numbers, weights=amounts, minlength=count).astype(np.int64)


def _unfinished(ledger: Ledger) -> Ints:
    """Return the cases of each sequence of which something may still come, or that ended without delivery.

    A delivery is not the end of the journey: until its closing is recorded, what is designed after it may follow. A
    reopened case is as its last episode is: open, ended without delivery, or over.
    """
    cases = ledger.cases
    is_delivered = (cases.last_end == "delivered") & cases.closed.isnull()
    may_go_on = cases.is_running | (cases.last_end == "ended") | is_delivered
    c = cases.filter(may_go_on & cases.sequence.notnull())
    found = c.group_by("sequence").agg(n=c.count()).to_pyarrow()
    counted = np.zeros(len(ledger.structures.sequences), np.int64)
    counted[found["sequence"].to_numpy()] = found["n"].to_numpy()
    return counted


def _booked(ledger: Ledger, segments: Any, order: Ints, offsets: Ints) -> Ints:
    """Return the elapsed seconds booked to each visit of the step sequences in this order, over the cohort's cases."""
    numbers = ledger.structures.step_sequences.numbers
    of_sequence = pa.table({"sequence": np.arange(len(numbers)), "step_sequence": numbers})
    con = segments.get_backend()
    listed = kept(con, "zs_step_sequence", of_sequence)
    visits = segments.filter(segments.step_visit >= 0).join(listed, "sequence")
    booked = visits.group_by(["step_sequence", "step_visit"]).agg(t=visits.elapsed_total.sum()).to_pyarrow()
    begins = np.zeros(len(ledger.structures.step_sequences.firsts), np.int64)
    begins[order] = offsets[:-1]
    seconds = np.zeros(int(offsets[-1]))
    place = begins[booked["step_sequence"].to_numpy()] + booked["step_visit"].to_numpy()
    seconds[place] = booked["t"].to_numpy() / SECOND
    return seconds


def _observable(ledger: Ledger, project: Project) -> frozenset[str]:
    """Return the activities that the sources can yield: those that they map, and those that were seen."""
    mapped = {rule.name for source in project.sources for rule in source.activities.values()}
    seen = {token.activity for token in ledger.timeline.sequences.tokens if not token.is_closing}
    return frozenset(mapped | seen)


def with_late(overlay: Overlay | None, above: Iterable[AboveDesign], journey: Journey | None) -> Overlay | None:
    """Add the visits on the direct route that took longer than designed; their effect is the time above design."""
    if overlay is None or journey is None:
        return overlay
    late = [
        Deviation(
            kind="late",
            step=amount.name[0],
            cases=amount.cases,
            occurrences=amount.occurrences,
            elapsed_seconds=amount.above_seconds,
            is_accepted=is_accepted(journey, "late", amount.name[0]),
        )
        for amount in above
        if amount.kind == "step" and amount.has_design
    ]
    return overlay.model_copy(update={"deviations": (*overlay.deviations, *late)})
