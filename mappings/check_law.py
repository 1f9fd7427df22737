"""What must hold between a mapping and the law: rules, grounds and ways of extending are those of law/awb.yaml."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from datetime import timedelta

from mappings.errors import Problem
from mappings.folder import Folder, Part
from mappings.journey import Journey
from mappings.law import shipped_law
from mappings.problems import suggestion
from mappings.source import Source
from mappings.yamlfile import Place

_DAY = timedelta(days=1)


def law_problems(folder: Folder) -> Iterator[Problem]:
    """Return names of rules, grounds, extensions and activities that are nowhere."""
    for source in folder.sources:
        yield from _of_source(source)
    named = {rule.name for part in folder.sources for rule in part.model.activities.values()}
    # before there is a source, no activity is mapped anywhere yet
    is_sure = bool(folder.sources) and not folder.is_partly_read("sources/")
    for journey in folder.journeys:
        yield from _of_journey(journey, named if is_sure else None)


def _of_source(part: Part[Source]) -> Iterator[Problem]:
    awb = shipped_law().awb
    for label, rule in part.model.activities.items():
        at: Place = ("activities", label)
        if rule.suspends is not None:
            yield from _unknown(part, "ground", rule.suspends.ground, awb.grounds, *at, "suspends")
        if rule.resumes is not None:
            yield from _unknown(part, "ground", rule.resumes, awb.grounds, *at, "resumes")
        if rule.extends is not None:
            yield from _unknown(part, "extension", rule.extends.by, awb.extensions, *at, "extends")
    for i, suspension in enumerate(part.model.case.suspensions):
        yield from _unknown(part, "ground", suspension.ground, awb.grounds, "case", "suspensions", i)
    for i, extension in enumerate(part.model.case.extensions):
        yield from _unknown(part, "extension", extension.by, awb.extensions, "case", "extensions", i)


def _of_journey(part: Part[Journey], activities: Container[str] | None) -> Iterator[Problem]:
    for i, norm in enumerate(part.model.norms):
        yield from _unknown(part, "rule", norm.rule, shipped_law().awb.rules, "norms", i, "rule")
        yield from _in_hours(part, i)
        if activities is not None and norm.only_with is not None and norm.only_with not in activities:
            where = part.file.where("norms", i, "only_with")
            yield Problem(where, f"no source maps the activity '{norm.only_with}'", "name one that a source maps")
    for i, activity in enumerate(part.model.supplement_requests):
        if activities is not None and activity not in activities:
            where = part.file.where("supplement_requests", i)
            yield Problem(where, f"no source maps the activity '{activity}'", "name one that a source maps")


def _in_hours(part: Part[Journey], i: int) -> Iterator[Problem]:
    """A term in hours runs from hour to hour and does not roll over: a clock of whole days has nothing to say of it."""
    norm, written = part.model.norms[i], str(part.file.data["norms"][i].get("amount", "")).strip()
    is_part = norm.amount is not None and bool(norm.amount % _DAY)
    if norm.clock == "legal" and (is_part or written.endswith(("h", "m", "s"))):
        what = f"norm '{norm.name}' is set in hours or part of a day, and the legal clock counts whole days"
        yield Problem(
            part.file.where("norms", i, "amount"), what, "give it 'clock: elapsed', in which no term rolls over"
        )


def _unknown(
    part: Part[Source] | Part[Journey], what: str, name: str, known: Iterable[str], *place: str | int
) -> Iterator[Problem]:
    names = list(known)
    if name not in names:
        yield Problem(part.file.where(*place), f"the law has no {what} '{name}'", suggestion(name, names))
