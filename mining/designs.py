"""The journeys, lanes and sources of the mapping as the findings carry them, so that a page needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ibis import _

from mappings.base import Duration, Text
from mappings.flow import parallel_pairs, steps_of, ways_through
from mappings.journey import Change, Journey, Persona, Step
from mappings.project import Project, ProjectFile
from mining.above_design import designed_micros
from mining.amounts import SECOND, rows_of, seconds
from mining.branch_times import StepNow
from mining.followed import persona_of
from mining.ladder import both_languages
from mining.ledger import UNKNOWN, Ledger
from mining.log import Log
from mining.norm_after import shares_within
from mining.results.journey import ConsequenceFacts, JourneyFacts, JourneyStep, PersonaFacts, TouchpointFacts
from mining.results.norms import NormResult
from mining.results.run import LaneFacts, ProjectFacts, SourceFacts
from mining.results.stream import Rung
from mining.what_if import Gains, StepChange, Total, as_changed


def project_facts(file: ProjectFile) -> ProjectFacts:
    """Say which mapping this is, and why it may be mined."""
    return ProjectFacts(
        name=file.name,
        title=both_languages(file.title or file.name),
        language=file.language,
        zone=file.zone,
        purpose=both_languages(file.purpose),
        legal_basis=both_languages(file.legal_basis),
        smallest_group=file.smallest_group,
    )


def lane_facts(file: ProjectFile, seen: set[str]) -> tuple[LaneFacts, ...]:
    """Return the declared lanes in their order, then those that only the log has."""
    names = [*file.lanes, *sorted(seen - set(file.lanes))]
    return tuple(
        LaneFacts(
            lane=name,
            title=both_languages(file.lane(name).title or name),
            layer=file.lane(name).layer,
            organisation=file.lane(name).organisation,
            department=file.lane(name).department,
        )
        for name in names
    )


def source_facts(project: Project, log: Log) -> tuple[SourceFacts, ...]:
    """Return the sources for the information flow, with the events and channels that each brought."""
    e = log.events
    counted = {r["source"]: r["n"] for r in rows_of(e.group_by("source").agg(n=e.count()))}
    if log.attempts is not None:
        a = log.attempts
        counted |= {r["source"]: r["n"] for r in rows_of(a.group_by("source").agg(n=a.count()))}
    channels: dict[str, set[str]] = {}
    for row in rows_of(e.filter(e.channel.notnull()).select("source", "channel").distinct()):
        channels.setdefault(row["source"], set()).add(row["channel"])
    return tuple(
        SourceFacts(
            source=s.name,
            title=both_languages(s.title or s.name),
            system=both_languages(s.system or s.title or s.name),
            kind=s.kind,
            organisation=s.organisation,
            events=counted.get(s.name, 0),
            observed_until=log.observed_until.get(s.name),
            channels=tuple(sorted(channels.get(s.name, set()))),
        )
        for s in project.sources
    )


def journey_facts(
    project: Project, ledger: Ledger, rungs: tuple[Rung, ...], found: Gains, norms: tuple[NormResult, ...] = ()
) -> tuple[JourneyFacts, ...]:
    """Return every journey of the mapping; a future one with the ladder's total after its changes, beside the norms."""
    return tuple(_journey(journey, ledger, rungs, found, norms) for journey in project.journeys)


def _journey(
    journey: Journey, ledger: Ledger, rungs: tuple[Rung, ...], gained: Gains, norms: tuple[NormResult, ...]
) -> JourneyFacts:
    designed = design_facts(journey)
    found = _by_persona(journey, ledger)
    update: dict[str, Any] = {
        "personas": tuple(_persona(name, p, found.get(name)) for name, p in journey.personas.items())
    }
    changed = changed_total(journey, rungs, gained) if journey.flow is None else None
    if changed is not None:
        update["total_seconds"] = changed.exact
        is_exact = changed.exact is not None
        update["total_between_seconds"] = None if is_exact else (changed.low, changed.high)
        update["rung_seconds"] = {s: t for s, t in changed.rungs.items() if s != UNKNOWN or t} if is_exact else {}
        changes = changed_steps(journey, gained)
        update["within_norms"] = shares_within(ledger, gained.times, as_changed(changes), norms) if is_exact else {}
    return designed.model_copy(update=update)


def design_facts(journey: Journey) -> JourneyFacts:
    """Return what the mapping alone says of a journey; nothing is counted."""
    pairs = parallel_pairs(journey.flow)
    story = journey.story
    return JourneyFacts(
        name=journey.name,
        title=both_languages(journey.title or journey.name),
        kind=journey.kind,
        story={} if story is None else {
            "als": both_languages(story.as_a),
            "wil_ik": both_languages(story.want),
            "zodat": both_languages(story.so_that),
        },
        personas=tuple(_persona(name, p, None) for name, p in journey.personas.items()),
        steps=tuple(_step(name, step, pairs, journey.phases) for name, step in _in_order(journey)),
        flow=journey.flow,
        total_seconds=None if journey.flow is None else designed_total(journey),
        changes=tuple(change.step for change in journey.changes),
    )  # fmt: skip


def _in_order(journey: Journey) -> list[tuple[str, Step]]:
    written = list(dict.fromkeys(steps_of(journey.flow))) if journey.flow is not None else list(journey.steps)
    return [(name, journey.steps[name]) for name in written]


def _step(name: str, step: Step, pairs: frozenset[tuple[str, str]], phases: Mapping[str, Text]) -> JourneyStep:
    behind: Mapping[str, Text] = {
        layer: text for layer in ("frontstage", "backstage", "partner", "support") if (text := getattr(step, layer))
    }
    return JourneyStep(
        step=name,
        title=both_languages(step.title or name),
        lane=step.lane,
        layer=step.layer,
        phase=step.phase,
        phase_title=both_languages(phases.get(step.phase) or step.phase),
        activities=step.activities or (name,),
        touchpoints=tuple(
            TouchpointFacts(
                name=both_languages(t.name),
                channel=t.channel,
                initiator=t.initiator,
                decision_moment=both_languages(t.decision_moment),
                observable=t.observable,
            )
            for t in step.touchpoints
        ),
        designed_process_seconds=_duration(step.designed.process),
        designed_wait_seconds=_duration(step.designed.wait),
        value=step.value,
        emotion=step.emotion,
        kpi=both_languages(step.kpi),
        behind={layer: both_languages(text) for layer, text in behind.items()},
        consequences=tuple(
            ConsequenceFacts(
                aspect=c.aspect, what=both_languages(c.what), owner=c.owner, state=c.state, due_on=c.due_on
            )
            for c in step.consequences
        ),
        parallel_to=tuple(sorted(b for a, b in pairs if a == name)),
    )


def _duration(duration: Duration | None) -> float | None:
    return None if duration is None else duration.total_seconds()


def _by_persona(journey: Journey, ledger: Ledger) -> dict[str, Any]:
    """Count the cases of each persona, every case for one; a persona without a rule has those that name it."""
    if not journey.personas:
        return {}
    cases = ledger.cases.select(persona=persona_of(ledger.cases, journey), lead="lead_elapsed")
    lead = cases.lead.cast("float64")
    summed = cases.group_by("persona").agg(n=_.count(), m=lead.quantile(0.5), timed=lead.count())
    nobody = {name: {"n": 0, "m": None, "timed": 0} for name, persona in journey.personas.items() if persona.segment}
    return nobody | {row["persona"]: row for row in rows_of(summed)}


def _persona(key: str, persona: Persona, found: Mapping[str, Any] | None) -> PersonaFacts:
    return PersonaFacts(
        persona=key,
        name=both_languages(persona.name),
        goal=both_languages(persona.goal),
        need=both_languages(persona.need),
        pain=both_languages(persona.pain),
        skill=both_languages(persona.skill),
        cases=found["n"] if found else None,
        median_seconds=seconds(found["m"]) if found else None,
        timed_cases=found["timed"] if found else None,
    )


def designed_total(journey: Journey) -> float | None:
    """Return the designed time along the main route in seconds; null where no step on it is designed.

    Of a choice and of parallel branches the longest counts; optional parts, those for some personas alone and
    repetitions are left out.
    """
    times = {name: designed_micros(step) for name, step in journey.steps.items()}
    if all(time is None for time in times.values()):
        return None
    return _along(journey.flow, {name: time or 0 for name, time in times.items()}) / SECOND


def _along(flow: Any, times: Mapping[str, int]) -> int:
    if isinstance(flow, str):
        return times.get(flow, 0)
    parts = [_along(branch, times) for branch in ways_through(flow)]
    match type(flow).__name__:
        case "Sequence":
            return sum(parts)
        case "Optional_" | "When":
            return 0
        case "Repeat":
            return parts[0]
        case _:
            return max(parts)


def changed_total(journey: Journey, rungs: tuple[Rung, ...], found: Gains) -> Total | None:
    """Return the mean lead time after the journey's changes, branches run through again; null without a ladder."""
    return found.after(changed_steps(journey, found)) if rungs else None


def changed_steps(journey: Journey, found: Gains) -> dict[str, StepChange]:
    """Return the journey's changes of the steps that the log shows, as shares of what it shows."""
    return {change.step: step_change(change, found) for change in journey.changes if change.step in found.times.now}


def step_change(change: Change, found: Gains) -> StepChange:
    """Return a change of the mapping as shares of what the log shows now, on and off the path."""
    now, cases = found.now(change.step), found.times.cases
    if change.skip:
        return StepChange(time=0.0)
    handings = {(each.from_, each.to, change.step) for each in change.without_handoffs}
    return StepChange(
        reach=1.0 if change.reach is None or not now.cases else change.reach * cases / now.cases,
        visits=1.0 if change.visits is None or not now.visits else change.visits * now.cases / now.visits,
        time=_time_share(change, now),
        without=frozenset(handings & set(found.times.handoffs)),
    )


def _time_share(change: Change, now: StepNow) -> float:
    """Return the designed time of a visit as a share of what it takes now."""
    designed = change.designed
    if designed is None or not now.total or (designed.process is None and designed.wait is None):
        return 1.0
    each = now.total / now.visits / SECOND
    return ((_duration(designed.process) or 0.0) + (_duration(designed.wait) or 0.0)) / each
