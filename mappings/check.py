"""What must hold across the files of a mapping folder: a name used in one is declared in another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from mappings.chain import Chain, Link
from mappings.check_cards import card_problems
from mappings.check_journey import journey_problems
from mappings.check_law import law_problems
from mappings.citizen import CONTACT_KINDS
from mappings.errors import Problem
from mappings.folder import Folder, Part, read_folder
from mappings.journey import Journey
from mappings.measures import MEASURES
from mappings.problems import suggestion
from mappings.source import Opens, Source
from mappings.yamlfile import Place


def check(folder: Path) -> list[Problem]:
    """Return every problem of a mapping folder, errors before warnings."""
    read = read_folder(Path(folder))
    problems = [*read.problems, *problems_across(read)]
    return sorted(problems, key=lambda problem: problem.severity == "warning")


def problems_across(folder: Folder) -> list[Problem]:
    """Return what does not agree between the files that could be read."""
    own = (_doubles, _sources, _project_journey, _calendar, _chain, _journeys, _corrections)
    rules = (*own, card_problems, law_problems)
    return [problem for rule in rules for problem in rule(folder)]


def _doubles(folder: Folder) -> Iterator[Problem]:
    """Two files of one name would overwrite each other."""
    for what, parts in (("source", folder.sources), ("journey", folder.journeys), ("card", folder.cards)):
        seen: dict[str, str] = {}
        for part in parts:
            name: str = part.model.name
            if name in seen:
                yield Problem(part.file.where("name"), f"the {what} '{name}' is also in {seen[name]}", "rename one")
            seen.setdefault(name, part.file.name)


def _sources(folder: Folder) -> Iterator[Problem]:
    for part in folder.sources:
        yield from _lanes_of_source(folder, part)
        for opens, place in _openings(part.model):
            yield from _opening(folder, part, opens, place)
        yield from _tells_when(part)
        yield from _contacts_are_linked(folder, part)
        yield from _ignored_and_mapped(part)
        yield from _thresholds(part)


def lane_problem(
    folder: Folder, part: Part[Source] | Part[Journey], lane: str | None, *place: str | int
) -> Iterator[Problem]:
    """Say that a lane is not declared in project.yaml."""
    if folder.project is None or lane is None or lane in folder.project.model.lanes:
        return
    remedy = suggestion(lane, folder.project.model.lanes) or "project.yaml declares none"
    yield Problem(
        part.file.where(*place),
        f"the lane '{lane}' is not declared",
        f"add it under 'lanes' in project.yaml; {remedy}",
    )


def _lanes_of_source(folder: Folder, part: Part[Source]) -> Iterator[Problem]:
    source = part.model
    yield from lane_problem(folder, part, source.lane, "lane")
    for label, lane in source.lanes.items():
        yield from lane_problem(folder, part, lane, "lanes", label)
    for label, rule in source.activities.items():
        yield from lane_problem(folder, part, rule.lane, "activities", label, "lane")


def _openings(source: Source) -> Iterator[tuple[Opens, Place]]:
    if source.received_opens is not None:
        yield source.received_opens, ("received_opens",)
    for label, rule in source.activities.items():
        if rule.opens is not None:
            yield rule.opens, ("activities", label, "opens")


def _opening(folder: Folder, part: Part[Source], opens: Opens, place: Place) -> Iterator[Problem]:
    yield from lane_problem(folder, part, opens.lane, *place, "lane")
    steps = {step for journey in folder.journeys for step in journey.model.steps}
    if opens.step not in steps and not folder.is_partly_read("journeys/"):
        remedy = suggestion(opens.step, steps) if steps else "add a journey with this step under journeys/"
        yield Problem(part.file.where(*place, "step"), f"opens the unknown step '{opens.step}'", remedy)


def _tells_when(part: Part[Source]) -> Iterator[Problem]:
    """Without a time no record becomes an event: all would be quarantined."""
    columns = part.model.columns
    if columns is not None and columns.completed_at is None and columns.started_at is None:
        what = "no column says when an event happened"
        yield Problem(part.file.where("columns"), what, "name it under 'columns' as 'completed_at' or 'started_at'")


def _contacts_are_linked(folder: Folder, part: Part[Source]) -> Iterator[Problem]:
    """A contact has a number of its own: without a link each would be a case."""
    links = folder.chain.model.links if folder.chain is not None else ()
    if part.model.kind in CONTACT_KINDS and not any(link.source == part.model.name for link in links):
        what = f"no link in chain.yaml says of which cases '{part.model.name}' has the contacts"
        remedy = "add {source: NAME, to: CASES, on: reference, unlinked: aside} under 'links' in chain.yaml"
        yield Problem(part.file.where("kind"), what, remedy)


def _ignored_and_mapped(part: Part[Source]) -> Iterator[Problem]:
    for i, label in enumerate(part.model.ignored):
        if label in part.model.activities:
            what = f"'{label}' is both ignored and mapped"
            yield Problem(part.file.where("ignored", i), what, "take it out of one of the two")


def _thresholds(part: Part[Source]) -> Iterator[Problem]:
    for name in part.model.thresholds:
        if name not in MEASURES:
            where = part.file.where("thresholds", name)
            yield Problem(where, f"threshold for the unknown measure '{name}'", suggestion(name, MEASURES))


def _project_journey(folder: Folder) -> Iterator[Problem]:
    if folder.project is None or folder.is_partly_read("journeys/"):
        return
    wanted, names = folder.project.model.journey, [j.model.name for j in folder.journeys]
    if wanted is not None and wanted not in names:
        where = folder.project.file.where("journey")
        yield Problem(where, f"the journey '{wanted}' is not in journeys/", suggestion(wanted, names))
    if any(j.model.name == wanted and j.model.flow is None for j in folder.journeys):
        what = f"the journey '{wanted}' only says what it changes in another one: no log can be laid over it"
        yield Problem(folder.project.file.where("journey"), what, "name one that has a 'flow'")
    designed = [j.model.name for j in folder.journeys if j.model.kind == "designed"]
    if wanted is None and len(designed) > 1:
        what = f"there are {len(designed)} designed journeys: {', '.join(designed)}"
        yield Problem(folder.project.file.where(), what, "say which one with 'journey'")


def _calendar(folder: Folder) -> Iterator[Problem]:
    if folder.calendar is None or folder.project is None:
        return
    for lane in folder.calendar.model.lanes:
        if lane not in folder.project.model.lanes:
            what = f"the calendar of the unknown lane '{lane}'"
            remedy = suggestion(lane, folder.project.model.lanes)
            yield Problem(folder.calendar.file.where("lanes", lane), what, remedy)
    calendar = folder.calendar.model
    of_lanes = ((("lanes", lane), hours) for lane, hours in calendar.lanes.items())
    for place, hours in ((("reference",), calendar.reference), *of_lanes):
        if not hours.working_days:
            what = "this calendar has no working hours at all, so no working time passes in it"
            remedy = "name shifts under 'weekly', such as mon: ['09:00-17:00']"
            yield Problem(folder.calendar.file.where(*place), what, remedy, "warning")


def _chain(folder: Folder) -> Iterator[Problem]:
    if folder.chain is None or folder.is_partly_read("sources/"):
        return
    sources = {part.model.name: part.model for part in folder.sources}
    for i, link in enumerate(folder.chain.model.links):
        for field, name in (("source", link.source), ("to", link.to)):
            if name not in sources:
                where = folder.chain.file.where("links", i, field)
                yield Problem(where, f"a link names the unknown source '{name}'", suggestion(name, sources))
        for what, remedy in _without_key(link, sources):
            yield Problem(folder.chain.file.where("links", i), what, remedy)
        yield from _nothing_to_find(folder.chain, i, sources)


def _nothing_to_find(chain: Part[Chain], i: int, sources: dict[str, Source]) -> Iterator[Problem]:
    """Say that a link looks for references where none are told: each record would stay by itself."""
    link = chain.model.links[i]
    to = sources.get(link.to)
    if link.on == "reference" and link.is_apart and to is not None and not _has_reference(to):
        what = f"the source '{link.to}' tells no reference, so that no record of '{link.source}' finds its case"
        remedy = "name its column in 'case.reference' of that source, or leave out 'on' to link by case number"
        yield Problem(chain.file.where("links", i, "on"), what, remedy, "warning")


def _without_key(link: Link, sources: dict[str, Source]) -> Iterator[tuple[str, str]]:
    """Say which column a link needs and a source has not, and where to name it."""
    source = sources.get(link.source)
    if link.key == "person":
        for name in dict.fromkeys((link.source, link.to)):
            if (one := sources.get(name)) is not None and one.case.person is None:
                yield f"the source '{name}' has no column with the id of the person", "name it in 'case.person' of it"
    elif source is not None and link.key == "related_case" and source.case.related is None:
        yield f"the source '{link.source}' has no column with related cases", "name it in 'case.related' of that source"
    elif source is not None and link.key == "reference" and not _has_reference(source):
        what = f"the source '{link.source}' has no column with the number of '{link.to}'"
        yield what, "name it in 'chain_case' of that source"


def _has_reference(source: Source) -> bool:
    columns: Iterable[object] = (source.columns, source.attempt)
    # the kenmerken of a ZGW case stand among its links
    return any(getattr(part, "chain_case", None) for part in columns) or bool(
        source.case.related or source.case.reference
    )


def _journeys(folder: Folder) -> Iterator[Problem]:
    for part in folder.journeys:
        for name, step in part.model.steps.items():
            yield from lane_problem(folder, part, step.lane, "steps", name, "lane")
        for i, norm in enumerate(part.model.norms):
            yield from lane_problem(folder, part, norm.lane, "norms", i, "lane")
    yield from journey_problems(folder)


def _corrections(folder: Folder) -> Iterator[Problem]:
    """A correction is of a known source, and stands in corrections.yaml alone."""
    for source in folder.sources:
        if source.model.corrections:
            where = source.file.where("corrections")
            yield Problem(where, "corrections stand in a source", "write them in corrections.yaml")
    part = folder.corrections
    if part is None or folder.is_partly_read("sources/"):
        return
    known = {source.model.name for source in folder.sources}
    for n, each in enumerate(part.model.corrections):
        if each.source not in known:
            where = part.file.where("corrections", n, "source")
            remedy = suggestion(each.source, known) or "name a source of this folder"
            yield Problem(where, f"there is no source '{each.source}'", remedy)
