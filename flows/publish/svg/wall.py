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

LEFT, GAP, EDGE = 136.0, 30.0, 8.0
NARROWEST, WIDEST = 128.0, 176.0
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
        """Return the width of a box, which holds the longest word of any title."""
        longest = max(width(word, TITLE, bold=True) for step in self.steps for word in self.title(step).split())
        return min(max(longest + 2 * EDGE + 1, NARROWEST), WIDEST)

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

    def below(self, step: str) -> list[str]:
        """Return who it is for, whether it always happens, who does it, and the touchpoints."""
        words, place = self.scene.words, self.layout.places[step]
        told = (
            []
            if place.persona is None
            else [words("wall_persona", persona=self.personas.get(place.persona, place.persona))]
        )
        told += [words("wall_optional")] if place.is_optional else []
        told += [self.scene.lane(self.steps[step].lane), *_touchpoints(self.scene, self.steps[step])]
        return [line for each in told for line in lines(each, self.box_wide - 2 * EDGE, SMALL, 4)]

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
