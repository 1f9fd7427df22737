"""What the journeys of a run say, as a comparison lays it beside what was measured."""

from __future__ import annotations

from dataclasses import replace

from mining.against_journey import Said, said_of_cases
from mining.comparison import Side
from mining.findings import Findings
from mining.results.journey import JourneyStep


def said_by(findings: Findings) -> tuple[Said, ...]:
    """Return the journeys that say anything of time: a designed one per step reached, a changed one per case."""
    told = [
        Said(
            journey.name,
            journey.total_seconds,
            {step.step: time for step in journey.steps if (time := _designed(step)) is not None},
            dict(journey.rung_seconds),
            journey.flow,
        )
        for journey in findings.journeys
    ]
    return tuple(each for each in told if each.total is not None or each.per_reach or each.per_case)


def changed_alone(said: Said, findings: Findings) -> Said:
    """Return what a journey says of its own: of the steps that it leaves alone it repeats what was measured.

    A step beside one that it changes may take another time on the path too: its branch is the longest in other cases.
    """
    changed = {step for journey in findings.journeys if journey.name == said.name for step in journey.changes}
    measured = {rung.step: rung.elapsed.total_seconds for rung in findings.ladder}
    moved = {step for step, time in said.per_case.items() if abs(time - measured.get(step, time)) > 1}
    return replace(said, per_case={s: time for s, time in said.per_case.items() if s in changed | moved})


def _designed(step: JourneyStep) -> float | None:
    if step.designed_process_seconds is None and step.designed_wait_seconds is None:
        return None
    return (step.designed_process_seconds or 0.0) + (step.designed_wait_seconds or 0.0)


def with_reach(said: dict[str, Said], side: Side) -> dict[str, Said]:
    """Return the journeys per case: a designed time counts for the cases of the side that reach the step."""
    return {name: replace(each, total=_mean(each, side), per_case=_per_case(each, side)) for name, each in said.items()}


def _mean(said: Said, side: Side) -> float | None:
    total = said_of_cases(side, said)
    return said.total if total is None or not len(total) else float(total.mean())


def _per_case(said: Said, side: Side) -> dict[str, float]:
    reach = {step: side.columns[f"reach:{step}"] for step in said.per_reach if f"reach:{step}" in side.columns}
    return {**said.per_case, **{s: float(r.mean()) * said.per_reach[s] for s, r in reach.items() if len(r)}}
