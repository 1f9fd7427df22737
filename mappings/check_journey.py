"""What must hold of the journeys of a mapping folder: steps, activities, personas, norms, changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from mappings.calendar import Calendar
from mappings.errors import Problem
from mappings.flow import When, branches_of, steps_of
from mappings.folder import Folder, Part
from mappings.journey import Journey
from mappings.problems import suggestion

_TAGS = ("delivers", "reopens", "ends_without_delivery", "interruptible_by")
_WEEK = timedelta(weeks=1)


def journey_problems(folder: Folder) -> Iterator[Problem]:
    """Yield what is wrong with each journey, alone and beside the others."""
    known = _mapped_activities(folder)
    # before there is a source, an ending such as a withdrawal has no place to be named yet
    sure = bool(folder.sources) and not folder.is_partly_read("sources/")
    for part in folder.journeys:
        yield from _tasks(part)
        yield from _shared_activities(part)
        yield from _steps_of_the_citizen(folder, part)
        yield from _personas(part)
        yield from _doubled_norms(part)
        yield from _weeks_of_working_days(folder, part)
        if sure:
            yield from _tagged_activities(part, known | set(part.model.step_of_activity()))
            yield from _norms(folder, part, known | set(part.model.step_of_activity()))
        yield from _changes(folder, part)
        yield from _cycle(folder, part)
    yield from _coverage(folder, known)


def _tasks(part: Part[Journey]) -> Iterator[Problem]:
    """The tasks of a BPMN file are the steps; for a flow in YAML the model itself sees to it."""
    if part.model.bpmn is None or part.model.flow is None:
        return
    tasks, steps = steps_of(part.model.flow), part.model.steps
    for task in tasks:
        if task not in steps:
            what = f"{part.model.bpmn} has the task '{task}', which is no step"
            yield Problem(part.file.where("bpmn"), what, suggestion(task, steps))
    for step in steps:
        if step not in tasks:
            what = f"the step '{step}' is no task of {part.model.bpmn}"
            yield Problem(part.file.where("steps", step), what, "draw it, or take the step out")


def _mapped_activities(folder: Folder) -> set[str]:
    return {rule.name for part in folder.sources for rule in part.model.activities.values()}


def _shared_activities(part: Part[Journey]) -> Iterator[Problem]:
    """One activity in two steps would be booked twice, or to either."""
    owner: dict[str, str] = {}
    for name, step in part.model.steps.items():
        for activity in step.activities or (name,):
            if activity in owner:
                where = part.file.where_text(activity, "steps", name)
                what = f"the activity '{activity}' stands in the steps '{owner[activity]}' and '{name}'"
                yield Problem(where, what, "keep it in one of them")
            owner.setdefault(activity, name)


def _steps_of_the_citizen(folder: Folder, part: Part[Journey]) -> Iterator[Problem]:
    """Whether an act is the citizen's is told by its lane alone, so a step that says so by its layer is not seen."""
    lanes = folder.project.model.lanes if folder.project else {}
    for name, step in part.model.steps.items():
        lane = lanes.get(step.lane)
        if step.layer == "citizen" and lane is not None and lane.layer != "citizen":
            what = f"the step '{name}' is the citizen's, but its lane '{step.lane}' is {lane.layer}"
            what += ": silence, supplements and loops do not see it"
            remedy = f"give the lane '{step.lane}' in project.yaml 'layer: citizen', or the step another lane"
            yield Problem(part.file.where("steps", name), what, remedy, "warning")


def _personas(part: Part[Journey]) -> Iterator[Problem]:
    for node in _nodes(part.model.flow):
        if isinstance(node, When) and node.when not in part.model.personas:
            where = part.file.where_text(node.when, "flow")
            what = f"'when' names the unknown persona '{node.when}'"
            yield Problem(where, what, suggestion(node.when, part.model.personas) or "add it under 'personas'")


def _nodes(flow: Any) -> Iterator[Any]:
    yield flow
    for branch in branches_of(flow):
        yield from _nodes(branch)


def _tagged_activities(part: Part[Journey], known: set[str]) -> Iterator[Problem]:
    for field in _TAGS:
        for i, activity in enumerate(getattr(part.model, field)):
            if activity not in known:
                yield _unknown_activity(part.file.where(field, i), field, activity, known)


def _unknown_activity(where: str, field: str, activity: str, known: set[str]) -> Problem:
    remedy = suggestion(activity, known) or "map a label to it, or name it in the activities of a step"
    return Problem(where, f"'{field}' names the unknown activity '{activity}'", remedy)


def _norms(folder: Folder, part: Part[Journey], known: set[str]) -> Iterator[Problem]:
    targets = {name for source in folder.sources for name in source.model.case.targets}
    for i, norm in enumerate(part.model.norms):
        for field, name, word in (("from", norm.from_, "received"), ("to", norm.to, "delivered")):
            if name != word and name not in known:
                yield _unknown_activity(part.file.where("norms", i, field), field, name, known | {word})
        if norm.target is not None and norm.target not in targets:
            where = part.file.where("norms", i, "target")
            remedy = suggestion(norm.target, targets) or "name its column under 'targets' of a source's 'case'"
            yield Problem(where, f"no source has the target date '{norm.target}'", remedy)
        if norm.clock == "lane_working" and norm.lane is None:
            where = part.file.where("norms", i, "clock")
            yield Problem(where, f"norm '{norm.name}' runs in a lane's own calendar but names no lane", "add 'lane'")


def _doubled_norms(part: Part[Journey]) -> Iterator[Problem]:
    """Two norms of one name would be told as one."""
    seen: set[str] = set()
    for i, norm in enumerate(part.model.norms):
        if norm.name in seen:
            yield Problem(part.file.where("norms", i, "name"), f"there are two norms '{norm.name}'", "rename one")
        seen.add(norm.name)


def _weeks_of_working_days(folder: Folder, part: Part[Journey]) -> Iterator[Problem]:
    """In a working clock a week is seven working days, which is rarely what its writer meant."""
    calendar = folder.calendar.model if folder.calendar is not None else Calendar()
    for i, norm in enumerate(part.model.norms):
        written = str(part.file.data["norms"][i].get("amount", "")).strip()
        if norm.amount is None or norm.clock not in ("working", "lane_working") or not written.endswith("w"):
            continue
        hours = calendar.lanes.get(norm.lane or "") if norm.clock == "lane_working" else None
        weeks, a_week = norm.amount / _WEEK, (hours or calendar.reference).working_days
        if 0 < a_week < 7:
            what = f"norm '{norm.name}' is {written} in a working clock, where a week counts seven working days"
            what += f": {7 * weeks:g} of them"
            remedy = f"write '{a_week * weeks:g}d' for weeks of {a_week} working days, or '{7 * weeks:g}d' if so many"
            yield Problem(part.file.where("norms", i, "amount"), what, remedy + " are meant", "warning")


def _changes(folder: Folder, part: Part[Journey]) -> Iterator[Problem]:
    journeys = {other.model.name: other.model for other in folder.journeys}
    name = part.model.changes_journey
    if name is None:
        return
    if name not in journeys and folder.is_partly_read("journeys/"):
        return
    if name not in journeys:
        where = part.file.where("changes_journey")
        yield Problem(where, f"changes the unknown journey '{name}'", suggestion(name, journeys))
        return
    steps = {*journeys[name].steps, *part.model.steps}
    for i, change in enumerate(part.model.changes):
        if steps and change.step not in steps:
            where = part.file.where("changes", i, "step")
            yield Problem(where, f"changes the unknown step '{change.step}'", suggestion(change.step, steps))


def _cycle(folder: Folder, part: Part[Journey]) -> Iterator[Problem]:
    """A future state that, by way of others, changes itself."""
    changed = {other.model.name: other.model.changes_journey for other in folder.journeys}
    path = [part.model.name]
    while (following := changed.get(path[-1])) is not None and following not in path:
        path.append(following)
    if following == path[0]:
        chain = " → ".join([*path, path[0]])
        where = part.file.where("changes_journey")
        yield Problem(where, f"cyclic future state: {chain}", "let one of them change a designed journey")


def _coverage(folder: Folder, known: set[str]) -> Iterator[Problem]:
    """Name activities that only the journey, or only the log knows; an unlisted label keeps its name."""
    if folder.journeys and known:
        yield from _not_in_the_log(folder, known)
        yield from _not_in_a_journey(folder)


def _not_in_the_log(folder: Folder, known: set[str]) -> Iterator[Problem]:
    for part in folder.journeys:
        for name, step in part.model.steps.items():
            observable = all(touchpoint.observable for touchpoint in step.touchpoints)
            for activity in step.activities or ((name,) if observable else ()):
                if activity not in known:
                    what = f"no source maps a label to '{activity}' (step '{name}')"
                    remedy = suggestion(activity, known) + "; it counts only if a log holds this very label"
                    yield Problem(part.file.where_text(activity, "steps", name), what, remedy, "warning")


def _not_in_a_journey(folder: Folder) -> Iterator[Problem]:
    journeys = [part.model for part in folder.journeys]
    shown = {activity for journey in journeys for activity in journey.step_of_activity()}
    shown |= {activity for journey in journeys for field in _TAGS for activity in getattr(journey, field)}
    for source in folder.sources:
        for label, rule in source.model.activities.items():
            if rule.name not in shown and rule.role == "act":
                what = f"no step of a journey shows the activity '{rule.name}'"
                remedy = "name it in the activities of a step, or accept it beside the journey"
                yield Problem(source.file.where("activities", label), what, remedy, "warning")
