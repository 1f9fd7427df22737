"""From event tables to findings: the table of contents of the mining."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from mappings.project import Project
from mining.above_design import above_design
from mining.again import again_by_path, self_loops
from mining.amounts import cohort_booked
from mining.cards import judged_cards
from mining.certain_wait import certain_wait
from mining.citizen import contacts, conversion
from mining.demand import takt, wip
from mining.designs import journey_facts, lane_facts, project_facts, source_facts
from mining.discovery import MOST_VARIANTS, discover
from mining.dotted import dotted
from mining.drift import drift
from mining.findings import Findings
from mining.first_time_right import observed_first_time_right, rolled_first_time_right
from mining.followed import followed
from mining.handoffs import handed, handoff_levels, handoffs
from mining.ladder import ladder, ladder_of_part
from mining.laid_over import laid_over, with_late
from mining.lane_working import lane_working
from mining.lead_time import cohort, direct_route, knowledge, lead_times, log_facts, other_phases
from mining.ledger import UNKNOWN, Ledger, book
from mining.legal import legal_clocks
from mining.legal_findings import with_legal_clock
from mining.log import Log
from mining.loops import loops
from mining.norm_time import norms_over_time
from mining.norms import norms
from mining.open_ends import open_ends
from mining.results.base import LocalText
from mining.results.chain import Linking
from mining.results.process import Edge, ModelQuality
from mining.results.quality import Quality, ReconciliationRow
from mining.results.run import RunFacts
from mining.results.stream import Rung
from mining.results.times import Knowledge
from mining.scores import scores
from mining.step_detail import step_details
from mining.steps import steps
from mining.submit import Submit, at_once
from mining.summed import summed
from mining.supplements import supplements
from mining.variants import directly_follows, first_and_last, nodes, variants, weighted_sequences, with_fitness
from mining.visits import visits_of
from mining.waiting_causes import waiting_causes
from mining.what_if import gains, what_if

STARTS_NEEDED = 0.8
"""Share of known starts below which activity ratio and process cycle efficiency are null (DESIGN §5)."""
NEARLY_ALL = 0.95
"""The share of the cases that have ended by the age after which a log of new cases has filled up."""


def mine(
    log: Log,
    project: Project,
    as_of: datetime,
    *,
    run: RunFacts,
    quality: Quality,
    reconciliation: tuple[ReconciliationRow, ...],
    monotonic: Callable[[], float],
    noted: Callable[[str], None] = lambda what: None,
    submit: Submit = at_once,
) -> tuple[Findings, Ledger]:
    """Book the ledger and take every finding from it.

    `monotonic` is a clock in seconds, for the time budgets alone; `noted` is told what begins; `submit` may
    take the discovery and the alignments elsewhere, to another core.
    """
    noted("ledger")
    ledger = book(log, project, as_of)
    booked = cohort_booked(ledger)
    population = cohort(ledger, as_of)
    cases = population.cases
    edges = directly_follows(ledger.timeline.coded, ledger.structures.traces)
    models = _discovered(ledger, edges, project, monotonic, submit)
    noted("findings")
    legal = legal_clocks(ledger, log, project, as_of)
    held = summed(ledger, booked)
    rungs = ladder(ledger, held.segments, project)
    again = again_by_path(ledger, booked, project)
    found_loops, rest, rest_count = loops(ledger, booked, cases, project, again)
    visits = visits_of(booked)
    boxes = steps(ledger, visits, project, {r.step: r.lane for r in rungs if r.step != UNKNOWN})
    known = knowledge(ledger, booked, held.segments)
    listed, shown = variants(ledger)
    noted("overlay")
    laid = laid_over(ledger, booked, project, rungs, cases, monotonic, submit)
    above = above_design(visits, found_loops, project, cases)
    times = lead_times(ledger, held.segments)
    ratio, efficiency = _efficiency(rungs, project, known, times.working.mean_seconds)
    stays = followed(ledger, log, project, as_of)
    kept, by_month = norms_over_time(norms(ledger, log, project, as_of, legal), ledger, log, project, stays, legal)
    ends, drifted = open_ends(ledger, stays, project), drift(ledger, stays)
    seen_until, slow = stays.until, stays.curve.age_at(NEARLY_ALL) if len(stays) else None
    complete = stays.complete_from
    # numbers of every case: what follows does without
    del stays
    handings = handed(ledger, booked)
    passed = handoffs(handings, cases)
    gained = gains(ledger, project)
    rolled, route = rolled_first_time_right(boxes, project)
    seen = {h.from_ for h in passed if h.level == "team"} | {r.lane for r in rungs if r.lane}
    findings = Findings(
        project=project_facts(project.file),
        run=run,
        log=log_facts(ledger, log.events),
        cohort=population,
        lead_time=times,
        knowledge=known,
        direct_route=direct_route(held.segments, cases),
        loops=found_loops,
        other_loops=rest,
        other_loops_count=rest_count,
        ladder=rungs,
        ladder_typical=ladder_of_part(ledger, *held, project, "is_typical"),
        ladder_slow=ladder_of_part(ledger, *held, project, "is_slow"),
        steps=boxes,
        activity_ratio=ratio,
        process_cycle_efficiency=efficiency,
        rolled_first_time_right=rolled,
        main_route=route,
        observed_first_time_right=observed_first_time_right(ledger, cases),
        self_loops=self_loops(ledger, booked, project),
        supplements=supplements(ledger, booked, project, cases),
        handoffs=passed,
        handoff_levels=handoff_levels(handings, ledger, project, cases),
        wait_causes=waiting_causes(log, ledger, booked, project, cases),
        certain_wait=certain_wait(log, ledger, booked, held.segments, project, cases),
        norms=kept,
        norm_months=by_month,
        takt=takt(ledger, log, project, as_of),
        wip=wip(ledger, log, project, as_of, slow),
        open_ends=ends,
        drift=drifted,
        dotted=dotted(ledger, project),
        cards=judged_cards(ledger, project, as_of, seen_until, complete),
        conversion=conversion(log, ledger, project, as_of),
        contacts=contacts(log, ledger, project, booked),
        scores=scores(log, project),
        dfg=edges,
        activities=nodes(ledger, project),
        variants_shown_share=shown,
        above_design=above,
        other_phases=other_phases(ledger, cases),
        journeys=journey_facts(project, ledger, rungs, gained, kept),
        step_details=step_details(ledger, booked, visits, held.segments, project),
        what_if=what_if(gained, project.file.smallest_group),
        lane_working=lane_working(log, ledger, project, booked, held.segments),
        lanes=lane_facts(project.file, seen),
        sources=source_facts(project, log),
        quality=quality,
        reconciliation=reconciliation,
        linking=log.linking or Linking(),
        notices=_notices(known, times.elapsed.cases),
        # last, since these wait for the other core
        discovery=models(),
        overlay=with_late(laid()[0], above, project.journey),
        variants=with_fitness(listed, ledger.structures, laid()[1]),
    )
    return with_legal_clock(findings, legal, ledger, log, project, booked), ledger


def _discovered(
    ledger: Ledger, edges: tuple[Edge, ...], project: Project, monotonic: Callable[[], float], submit: Submit
) -> Callable[[], tuple[ModelQuality, ...]]:
    """Begin the discovery, and return what waits for it."""
    graph = {(edge.from_, edge.to): edge.count for edge in edges}
    starts, ends = first_and_last(ledger.structures.traces)
    frequent, all_cases = weighted_sequences(ledger.structures.traces, MOST_VARIANTS)
    return submit(
        discover,
        graph,
        starts,
        ends,
        frequent,
        project.file.noise_threshold,
        all_cases=all_cases,
        monotonic=monotonic,
        budget_seconds=project.file.alignment_budget.total_seconds(),
    )


def _efficiency(
    rungs: tuple[Rung, ...], project: Project, known: Knowledge, mean: float | None
) -> tuple[float | None, float | None]:
    """Return activity ratio and process cycle efficiency, in the working clock; null below 80 % known starts."""
    if known.starts_known_share < STARTS_NEEDED or not mean:
        return None, None
    journey = project.journey
    adding = {name for name, step in journey.steps.items() if step.value == "adding"} if journey else set()
    worked = sum(r.working.process_seconds for r in rungs)
    valued = sum(r.working.process_seconds for r in rungs if r.step in adding)
    return worked / mean, valued / mean if journey else None


def _notices(known: Knowledge, cases: int) -> tuple[LocalText, ...]:
    """Return what has to be said first; what lists leave out is said beside them, in the numbers of the reader."""
    if known.recorded_share >= 0.5 or not cases:
        return ()
    return (
        {
            "nl": "Minder dan de helft van de doorlooptijd ligt tussen vastgelegde gebeurtenissen.",
            "en": "Less than half of the lead time lies between recorded events.",
        },
    )
