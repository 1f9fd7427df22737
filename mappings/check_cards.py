"""What must hold of the improvement cards: what they measure is in a journey, and can be measured."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.card import Card
from mappings.errors import Problem
from mappings.folder import Folder, Part
from mappings.journey import Norm
from mappings.problems import suggestion


def card_problems(folder: Folder) -> Iterator[Problem]:
    """Yield what is wrong with each card beside the journeys."""
    if folder.is_partly_read("journeys/"):
        return
    journeys = {part.model.name: part.model for part in folder.journeys}
    steps = {step for journey in journeys.values() for step in journey.steps}
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
            yield from _of_norm(part, folder, measure.path[0])


def _of_norm(part: Part[Card], folder: Folder, name: str) -> Iterator[Problem]:
    """Yield why a norm cannot be measured: it is unknown, judged in no run, or of the legal clock."""
    norms = {norm.name: norm for norm in _judged_norms(folder)}
    every = {norm.name for journey in folder.journeys for norm in journey.model.norms}
    if name not in every:
        yield _of(part, f"measures the unknown norm '{name}'", suggestion(name, norms))
    elif name not in norms:
        what = f"measures the norm '{name}' of a journey that is not laid over the log"
        yield _of(part, what, f"name one of {', '.join(norms)}" if norms else "")
    elif norms[name].clock == "legal":
        yield _of(part, "measures a norm in the legal clock", "name a service norm, or the lead time")


def _judged_norms(folder: Folder) -> tuple[Norm, ...]:
    """Return the norms that a run judges: those of the journey that is laid over the log."""
    wanted = folder.project.model.journey if folder.project else None
    journeys = (part.model for part in folder.journeys)
    mined = next((j for j in journeys if (j.name == wanted if wanted else j.kind == "designed")), None)
    return mined.norms if mined else ()


def _of(part: Part[Card], what: str, remedy: str) -> Problem:
    return Problem(part.file.where("measure", "of"), f"the card {what}", remedy)
