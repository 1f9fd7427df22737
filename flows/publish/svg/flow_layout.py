"""Where the steps of a flow stand: columns in order, branches beside each other, a redo under what it repeats.

In: the flow and the layer of each step. Out: a `Layout` of columns, rows within each layer, and the arrows between.
It owns the rule that what happens at the same time, or instead, never looks like one after the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, Literal

from mappings.flow import Choice, Optional_, Parallel, Repeat, Sequence, When, branches_of


@dataclass(frozen=True)
class Place:
    """A step's place: column from the left, row within its layer, and what is said of it."""

    column: int
    row: int = 0
    is_optional: bool = False
    persona: str | None = None


@dataclass(frozen=True)
class Arrow:
    """What may come after a step: the next one, the redo of a repeat, or back to what is repeated."""

    before: str
    after: str
    kind: Literal["next", "redo", "back"] = "next"


@dataclass(frozen=True)
class Fork:
    """Where branches begin: all of them, or one of them."""

    kind: Literal["parallel", "choice"]
    column: int
    firsts: tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """A part of a flow that is laid out from column 0."""

    places: dict[str, Place]
    width: int
    firsts: tuple[str, ...]
    lasts: tuple[str, ...]
    arrows: tuple[Arrow, ...] = ()
    forks: tuple[Fork, ...] = field(default=())

    def moved(self, columns: int) -> Layout:
        """Return the same part, so many columns further."""
        places = {step: replace(place, column=place.column + columns) for step, place in self.places.items()}
        forks = tuple(replace(fork, column=fork.column + columns) for fork in self.forks)
        return replace(self, places=places, forks=forks)

    def lowered(self, by: dict[str, int], layers: dict[str, str]) -> Layout:
        """Return the same part, so many rows lower within each layer."""
        places = {s: replace(place, row=place.row + by.get(layers[s], 0)) for s, place in self.places.items()}
        return replace(self, places=places)


def flow_layout(flow: Any, layers: dict[str, str]) -> Layout:
    """Return where each step of `flow` stands; `layers` names the layer of each step."""
    if isinstance(flow, str):
        return Layout({flow: Place(0)}, 1, (flow,), (flow,))
    parts = [flow_layout(branch, layers) for branch in branches_of(flow)]
    match flow:
        case Sequence():
            return _after_each_other(parts)
        case Parallel():
            return _beside_each_other(parts, layers, "parallel")
        case Choice():
            return _beside_each_other(parts, layers, "choice")
        case Repeat():
            return _repeated(parts, layers)
        case Optional_():
            return _said(parts[0], is_optional=True)
        case When(when=persona):
            return _said(parts[0], persona=persona)
        case _:
            raise TypeError(f"a flow has no branch of type {type(flow).__name__}")


def rows_of(layout: Layout, layers: dict[str, str]) -> dict[str, int]:
    """Return layer → the rows that it needs."""
    rows: dict[str, int] = {}
    for step, place in layout.places.items():
        rows[layers[step]] = max(rows.get(layers[step], 0), place.row + 1)
    return rows


def _said(part: Layout, **said: Any) -> Layout:
    return replace(part, places={step: replace(place, **said) for step, place in part.places.items()})


def _after_each_other(parts: list[Layout]) -> Layout:
    whole = parts[0]
    for part in parts[1:]:
        beyond = part.moved(whole.width)
        joined = tuple(Arrow(a, b) for a in whole.lasts for b in beyond.firsts)
        whole = Layout(
            whole.places | beyond.places,
            whole.width + beyond.width,
            whole.firsts,
            beyond.lasts,
            whole.arrows + beyond.arrows + joined,
            whole.forks + beyond.forks,
        )
    return whole


def _beside_each_other(parts: list[Layout], layers: dict[str, str], kind: Literal["parallel", "choice"]) -> Layout:
    """Lay each branch in rows of its own, so that none stands in the way of another's arrows."""
    taken: dict[str, int] = {}
    lowered = []
    for part in parts:
        lowered.append(part.lowered(taken, layers))
        taken |= rows_of(lowered[-1], layers)
    firsts = tuple(chain.from_iterable(part.firsts for part in lowered))
    return Layout(
        {step: place for part in lowered for step, place in part.places.items()},
        max(part.width for part in lowered),
        firsts,
        tuple(chain.from_iterable(part.lasts for part in lowered)),
        tuple(chain.from_iterable(part.arrows for part in lowered)),
        (Fork(kind, 0, firsts), *chain.from_iterable(part.forks for part in lowered)),
    )


def _repeated(parts: list[Layout], layers: dict[str, str]) -> Layout:
    """Lay a redo under the end of what it repeats; without one the end leads back to the beginning itself."""
    body = parts[0]
    if len(parts) == 1:
        back = tuple(Arrow(a, b, "back") for a in body.lasts for b in body.firsts)
        return replace(body, arrows=body.arrows + back)
    redo = parts[1].moved(max(0, body.width - parts[1].width)).lowered(rows_of(body, layers), layers)
    out = tuple(Arrow(a, b, "redo") for a in body.lasts for b in redo.firsts)
    back = tuple(Arrow(a, b, "back") for a in redo.lasts for b in body.firsts)
    return Layout(
        body.places | redo.places,
        max(body.width, redo.width),
        body.firsts,
        body.lasts,
        body.arrows + redo.arrows + out + back,
        body.forks + redo.forks,
    )
