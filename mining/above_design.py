"""Time above design, per direct step and per loop; without a design the largest waits (DESIGN §5). Never a saving."""

from __future__ import annotations

from typing import Any

import ibis

from mappings.journey import Step
from mappings.project import Project
from mining.amounts import SECOND, rows_of
from mining.ladder import title_of
from mining.ledger import UNKNOWN
from mining.results.overlay import AboveDesign, StepAgainstDesign
from mining.results.rework import Loop


def designed_micros(step: Step | None) -> int | None:
    """Return the designed time of a visit (process + wait) in microseconds; null where nothing is designed."""
    if step is None or (step.designed.process is None and step.designed.wait is None):
        return None
    parts = [d.total_seconds() for d in (step.designed.process, step.designed.wait) if d is not None]
    return round(sum(parts) * SECOND)


def above_design(visits: Any, loops: tuple[Loop, ...], project: Project, cases: int) -> tuple[AboveDesign, ...]:
    """Return the amounts above design, largest first.

    Per direct step the mean of max(0, time − designed), per loop its mean; both over all cases of the cohort.
    """
    journey = project.journey
    designed = {name: designed_micros(step) for name, step in journey.steps.items()} if journey else {}
    known = {name: value for name, value in designed.items() if value is not None}
    visits = visits.filter((visits.booked_step != UNKNOWN) & visits.direct.notnull())
    limit = visits.booked_step.cases(*known.items(), else_=None) if known else ibis.null("int64")
    over = visits.mutate(
        over=ibis.ifelse(limit.isnull(), visits.waited, ibis.greatest(visits.direct - limit, 0)),
        has=limit.notnull(),
    )
    rows = rows_of(
        over.group_by("booked_step").agg(
            t=over.over.sum(), n=over.case.nunique(where=over.over > 0), visits=(over.over > 0).sum()
        )
    )
    steps = [_of_step(row, project, row["booked_step"] in known, cases) for row in rows]
    found = [*steps, *(_of_loop(loop, project) for loop in loops)]
    return tuple(sorted((a for a in found if a.above_seconds > 0), key=lambda a: (-a.above_seconds, a.name)))


def _of_step(row: dict[str, Any], project: Project, has_design: bool, cases: int) -> AboveDesign:
    return AboveDesign(
        kind="step",
        name=(row["booked_step"],),
        title=title_of(project, row["booked_step"]),
        cases=row["n"],
        occurrences=row["visits"] or 0,
        above_seconds=row["t"] / cases / SECOND if cases else 0.0,
        has_design=has_design,
    )


def _of_loop(loop: Loop, project: Project) -> AboveDesign:
    titles = [title_of(project, step) for step in loop.path]
    return AboveDesign(
        kind="loop",
        name=loop.path,
        title={language: " → ".join(t.get(language, "") for t in titles) for language in ("nl", "en")},
        cases=loop.cases,
        occurrences=loop.occurrences,
        above_seconds=loop.elapsed.total_seconds,
        has_design=project.journey is not None,
    )


def against_design(rungs: Any, project: Project) -> tuple[StepAgainstDesign, ...]:
    """Return designed against actual mean time per visit, for the steps of the journey in its order."""
    journey = project.journey
    if journey is None:
        return ()
    actual = {rung.step: rung for rung in rungs}
    return tuple(
        StepAgainstDesign(
            step=name,
            title=title_of(project, name),
            designed_seconds=None if (d := designed_micros(step)) is None else d / SECOND,
            actual_seconds=actual[name].elapsed_per_visit_seconds if name in actual else None,
            cases=actual[name].cases if name in actual else 0,
        )
        for name, step in journey.steps.items()
    )
