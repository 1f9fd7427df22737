"""The data boxes: what is measured at each step (DESIGN §5)."""

from __future__ import annotations

from typing import Any

from mappings.project import Project
from mining.amounts import rows_of, seconds
from mining.ladder import title_of
from mining.ledger import UNKNOWN, Ledger
from mining.reach import again_by_step, cases_of_events, reached
from mining.results.stream import StepMeasures
from mining.worked import worked


def steps(ledger: Ledger, visited: Any, project: Project, lanes: dict[str, str | None]) -> tuple[StepMeasures, ...]:
    """Return a data box a step.

    `visited` are the cohort's visits; `lanes` gives the main lane of each step, as on the ladder; its order is kept.
    """
    visits, lasted = _visits(ledger), {row["booked_step"]: row for row in _lasted(visited)}
    work, workers = _work(ledger), cases_of_events(ledger.structures)
    slack = {row["step_of_event"]: row["slack"] for row in rows_of(_slack(ledger))}
    tails = ledger.tails
    standing = {r["step"] or UNKNOWN: r["n"] for r in rows_of(tails.group_by("step").agg(n=tails.count()))}
    names = [*lanes, *(s for s in sorted({*slack, *standing} - set(lanes)))]
    return tuple(
        _box(
            step,
            lanes.get(step),
            visits.get(step, {}) | lasted.get(step, {}),
            work.get(step, {}) | {"cases": workers.get(step, 0)},
            standing.get(step, 0),
            slack,
            project,
        )
        for step in names
        if step is not None
    )


def _visits(ledger: Ledger) -> dict[str, dict[str, Any]]:
    """What the sequences say of the visits of each step."""
    counted = reached(ledger.structures, ledger.cohort_cases)
    again = again_by_step(ledger.structures, ledger.cohort_cases)
    return {
        step: {"cases": found.cases, "visits": found.visits, "returns": again[step][0], "self_loops": again[step][1]}
        for step, found in counted.items()
    }


def _lasted(v: Any) -> list[dict[str, Any]]:
    found = v.group_by("booked_step").agg(
        # both at once: the values are sorted out once
        elapsed=v.elapsed.cast("float64").quantile([0.5, 0.9]),
        working_median=v.working.cast("float64").quantile(0.5),
    )
    return [row | dict(zip(("elapsed_median", "elapsed_p90"), row["elapsed"], strict=True)) for row in rows_of(found)]


def _work(ledger: Ledger) -> dict[str, dict[str, Any]]:
    """Time worked and starts by the step that the event itself is of."""
    s, step = ledger.booked.filter(ledger.booked.is_event), "step_of_event"
    each = s.group_by(["token", "resource_code"]).agg(events=s.count(), started=s.started.count())
    each = each.join(ledger.event_steps, "token")
    counted = each.group_by(step).agg(
        events=each.events.sum(), started=each.started.sum(), resources=each.resource_code.nunique()
    )
    found = {row[step]: row for row in rows_of(counted)}
    visits = worked(ledger).join(ledger.event_steps, "token")
    for row in rows_of(visits.group_by(step).agg(worked=visits.worked.cast("float64").quantile(0.5))):
        found[row[step]] |= row
    return found


def _slack(ledger: Ledger) -> Any:
    off = ledger.booked.filter(~ledger.booked.on_path).join(ledger.slack, ["case", "position"])
    off = off.join(ledger.event_steps, "token")
    return off.group_by("step_of_event").agg(slack=off.slack.cast("float64").quantile(0.5))


def _box(
    step: str,
    lane: str | None,
    visit: dict[str, Any],
    work: dict[str, Any],
    wip: int,
    slack: dict[str, float | None],
    project: Project,
) -> StepMeasures:
    designed = project.journey.steps.get(step) if project.journey else None
    n = visit.get("visits") or 0
    enough = (work.get("cases") or 0) >= project.file.smallest_group
    lane = lane or (designed.lane if designed else None)
    return StepMeasures(
        step=step,
        title=title_of(project, step),
        lane=lane,
        layer=designed.layer if designed else (project.lane(lane).layer if lane else None),
        cases=visit.get("cases") or 0,
        visits=n,
        elapsed_median_seconds=seconds(visit.get("elapsed_median")),
        elapsed_p90_seconds=seconds(visit.get("elapsed_p90")),
        working_median_seconds=seconds(visit.get("working_median")),
        process_median_seconds=seconds(work.get("worked")),
        starts_known_share=(work.get("started") or 0) / work["events"] if work.get("events") else 0.0,
        self_loops=visit.get("self_loops") or 0,
        resources=work.get("resources") if enough else None,
        wip=wip,
        first_time_right_share=1 - (visit.get("returns") or 0) / n if n else None,
        designed_process_seconds=_seconds(designed and designed.designed.process),
        designed_wait_seconds=_seconds(designed and designed.designed.wait),
        slack_median_seconds=seconds(slack.get(step)),
    )


def _seconds(duration: Any) -> float | None:
    return duration.total_seconds() if duration is not None else None
