"""The phases of the map, each to be unfolded on its own beneath the map that shows them as one box.

In: a telling. Out: the phases of more steps than one, in the order of the map, in every clock, over all cases; the
ladders of typical and slow cases stand on the map by step.
"""

from __future__ import annotations

from dataclasses import dataclass

from flows.publish.page_map import FOLD_FROM
from flows.publish.page_numbers import CLOCKS, Clock
from flows.publish.page_tables import Figure, Said, Telling
from flows.publish.svg.draw import clean
from flows.publish.svg.scene import Scene
from flows.publish.svg.value_stream import phase_picture


@dataclass(frozen=True)
class Phase:
    """A phase: the name of its box on the map, what its button says, and its steps as a picture."""

    name: str
    said: Said
    figure: Figure


def phases(telling: Telling) -> tuple[Phase, ...]:
    """Return the phases that fold more steps than one; none where the journey has fewer than two."""
    whole = Scene(telling.findings, telling.words, is_folded=True)
    names = [rung.step for rung in whole.rungs if len(whole.members[rung.step]) > 1]
    return tuple(_phase(telling, whole, name, at) for at, name in enumerate(names)) if len(names) > 1 else ()


def _phase(telling: Telling, whole: Scene, name: str, at: int) -> Phase:
    clocks: tuple[Clock, ...] = (*CLOCKS, "legal") if telling.has_legal else CLOCKS
    title = whole.title(name)

    def scene(clock: Clock) -> Scene:
        named = f"phase-{at}-{telling.words.language}-{clock}"
        return Scene(telling.findings, telling.words, clock, named, phase=name)

    def said(one: Scene) -> str:
        total = sum(one.booked(rung).total_seconds for rung in one.rungs)
        return telling.words("phase_said", phase=title, count=len(one.rungs), total=one.long(total))

    heading = telling.words("phase_title", phase=title)
    told = {clock: said(scene(clock)) for clock in clocks}
    is_long = len(telling.plain.rungs) >= FOLD_FROM
    drawn = {clock: phase_picture(scene(clock), heading, told[clock], not is_long) for clock in clocks}
    words, pictures = telling.of_clocks(told), telling.of_clocks(drawn)
    return Phase(clean(name), words, Figure(heading, words, pictures, is_wide=True))
