"""What must hold of the improvement cards: what they measure is in a journey, and can be measured."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.card import Card
from mappings.errors import Problem
from mappings.folder import Folder, Part
from mappings.problems import suggestion


def card_problems(folder: Folder) -> Iterator[Problem]:
    """Yield what is wrong with each card beside the journeys."""
    if folder.is_partly_read("journeys/"):
        return
    journeys = {part.model.name: part.model for part in folder.journeys}
    steps = {step for journey in journeys.values() for step in journey.steps}
    norms = {norm.name: norm for journey in journeys.values() for norm in journey.norms}
    for part in folder.cards:
        card, measure = part.model, part.model.measure
        if card.journey is not None and card.journey not in journeys:
            what = f"the card belongs to the unknown journey '{card.journey}'"
            yield Problem(part.file.where("journey"), what, suggestion(card.journey, journeys))
        if measure.kind in ("step", "loop"):
            for step in dict.fromkeys(measure.path):
                if step not in steps:
                    yield _of(part, f"measures the unknown step '{step}'", suggestion(step, steps))
        if measure.kind == "norm":
            norm = norms.get(measure.path[0])
            if norm is None:
                yield _of(part, f"measures the unknown norm '{measure.path[0]}'", suggestion(measure.path[0], norms))
            elif norm.clock == "legal":
                yield _of(part, "measures a norm in the legal clock", "name a service norm, or the lead time")


def _of(part: Part[Card], what: str, remedy: str) -> Problem:
    return Problem(part.file.where("measure", "of"), f"the card {what}", remedy)
