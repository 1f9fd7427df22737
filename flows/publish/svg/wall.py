"""How large the boxes of a journey on the wall are, what stands in them, and where each stands.

In: the design as facts, its flow laid out, the titles of its phases. Out: sizes and places for the picture. It owns
the rule that a title is never cut: the box grows instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from flows.publish.svg.draw import clean, lines, width
from flows.publish.svg.flow_layout import Layout, Place, rows_of
from flows.publish.svg.scene import LAYERS, Scene
from mining.results.journey import JourneyFacts, JourneyStep

LEFT, GAP, EDGE = 136.0, 38.0, 8.0
NARROWEST, WIDEST = 128.0, 200.0
TITLE, SMALL = 12.0, 10.0
HEADING = 34.0


@dataclass(frozen=True)
class Wall:
    """What every part of the picture needs: the steps, where they stand, and how large a box is."""

    scene: Scene
    journey: JourneyFacts
    layout: Layout
    phases: Mapping[str, str]
    personas: Mapping[str, str]

    @cached_property
    def steps(self) -> dict[str, JourneyStep]:
        """Return the steps by name."""
        return {step.step: step for step in self.journey.steps}

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Return the number of each step in the order in which the flow names them."""
        return {step.step: i for i, step in enumerate(self.journey.steps, 1)}

    @cached_property
    def box_wide(self) -> float:
        """Return the width of a box, which holds the longest word in any; the time beneath may fill half a gap more."""
        titles = [width(word, TITLE, bold=True) for step in self.steps for word in self.title(step).split()]
        told = [width(word, SMALL) for step in self.steps for each in self.told(step) for word in each.split()]
        timed = [width(self.timed(step), SMALL) - GAP / 2 for step in self.steps]
        return min(max(max(titles + told) + 2 * EDGE + 1, *timed, NARROWEST), WIDEST)

    @cached_property
    def box_high(self) -> float:
        """Return the height of a box, which holds the longest title and what is said below it."""
        return max(16.0 * len(self.names(s)) + 13.0 * len(self.below(s)) + 14 for s in self.steps)

    @property
    def row_high(self) -> float:
        """Return the height of a row of boxes."""
        return self.box_high + 26

    @cached_property
    def layers(self) -> list[tuple[str, float, float]]:
        """Return the layers in use, each with its top and its height."""
        rows = rows_of(self.layout, {name: step.layer for name, step in self.steps.items()})
        found, top = [], HEADING
        for layer in (each for each in LAYERS if each in rows):
            found.append((layer, top, rows[layer] * self.row_high))
            top += rows[layer] * self.row_high
        return found

    @property
    def bottom(self) -> float:
        """Return where the lowest layer ends."""
        _, top, high = self.layers[-1]
        return top + high

    @property
    def wide(self) -> float:
        """Return the width of the picture."""
        return LEFT + self.layout.width * (self.box_wide + GAP)

    def title(self, step: str) -> str:
        """Return number and title of a step."""
        return f"{self.numbers[step]} {clean(self.scene.words.of(self.steps[step].title, step))}"

    def names(self, step: str) -> list[str]:
        """Return the title in as many lines as it needs."""
        return lines(self.title(step), self.box_wide - 2 * EDGE, TITLE, 9, bold=True)

    def told(self, step: str) -> list[str]:
        """Return who it is for, whether it always happens, who does it, and the touchpoints."""
        words, place = self.scene.words, self.layout.places[step]
        only = self.personas.get(place.persona or "", place.persona)
        told = [words("wall_persona", persona=only)] if only else []
        told += [words("wall_optional")] if place.is_optional else []
        return [*told, self.scene.lane(self.steps[step].lane), *_touchpoints(self.scene, self.steps[step])]

    def below(self, step: str) -> list[str]:
        """Return what is told of a step, in as many lines as it needs."""
        return [line for each in self.told(step) for line in lines(each, self.box_wide - 2 * EDGE, SMALL, 9)]

    def timed(self, step: str) -> str:
        """Return the designed work and wait of a step in words."""
        work, wait = self.steps[step].designed_process_seconds, self.steps[step].designed_wait_seconds
        short = self.scene.numbers.short
        return self.scene.words("wall_worked", number=self.numbers[step], work=short(work), wait=short(wait))

    @cached_property
    def bends(self) -> dict[tuple[str, str], float]:
        """Return arrow → where it turns, left of its target; ways that lead elsewhere do not share a line."""
        ahead: dict[str, set[str]] = {}
        for arrow in (each for each in self.layout.arrows if each.kind == "next"):
            ahead.setdefault(arrow.before, set()).add(arrow.after)
        ways: dict[int, list[frozenset[str]]] = {}
        for targets in map(frozenset, ahead.values()):
            for column in {self.layout.places[target].column for target in targets}:
                ways.setdefault(column, []).append(targets)
        return {
            (before, after): self._bend(after, frozenset(targets), ways)
            for before, targets in ahead.items()
            for after in targets
        }

    def _bend(self, after: str, targets: frozenset[str], ways: dict[int, list[frozenset[str]]]) -> float:
        place = self.layout.places[after]
        apart = list(dict.fromkeys(ways[place.column]))
        return self.x(place) - GAP / 2 - 2 + 12 * (apart.index(targets) - (len(apart) - 1) / 2)

    def x(self, place: Place) -> float:
        """Return the left edge of a box."""
        return LEFT + place.column * (self.box_wide + GAP) + GAP / 2

    def y(self, step: str) -> float:
        """Return the top edge of a box."""
        top = next(top for layer, top, _ in self.layers if layer == self.steps[step].layer)
        return top + self.layout.places[step].row * self.row_high + 13

    def spot(self, step: str) -> tuple[float, float]:
        """Return the top left corner of a box."""
        return self.x(self.layout.places[step]), self.y(step)


def _touchpoints(scene: Scene, step: JourneyStep) -> list[str]:
    signs = {"citizen": "→", "organisation": "←"}
    return [
        f"{signs.get(t.initiator, '')} {scene.words.either(f'channel_{t.channel}', t.channel)}"
        + (" ◆" if any(t.decision_moment.values()) else "")
        for t in step.touchpoints
    ]
