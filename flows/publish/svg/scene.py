"""What each part of a picture needs to know: the findings, one language, one clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from flows.publish.page_numbers import Clock, Numbers
from flows.publish.svg.draw import clean
from flows.publish.words import Words
from mining.findings import Findings
from mining.results.journey import JourneyFacts
from mining.results.rework import Loop
from mining.results.stream import Rung, StepMeasures
from mining.results.times import Amounts, Both

LAYERS = ("citizen", "frontstage", "backstage", "partner", "support", "unknown")


@dataclass(frozen=True)
class Scene:
    """One telling of the findings; `name` keeps the ids of several pictures on a page apart."""

    findings: Findings
    words: Words
    clock: Clock = "elapsed"
    name: str = "vs"

    @cached_property
    def numbers(self) -> Numbers:
        """Return the formats of the language."""
        return Numbers(self.words)

    @cached_property
    def steps(self) -> Mapping[str, StepMeasures]:
        """Return the data box of each step."""
        return {measures.step: measures for measures in self.findings.steps}

    @cached_property
    def rungs(self) -> tuple[Rung, ...]:
        """Return the rungs that are drawn: all but those outside the design that book no time at all."""
        return tuple(
            rung
            for rung in self.findings.ladder
            if rung.is_designed or rung.elapsed.total_seconds or rung.working.total_seconds
        )

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """Return step → title, from wherever the findings name it."""
        named = [*self.findings.ladder, *self.findings.steps]
        named += [step for journey in self.findings.journeys for step in journey.steps]  # type: ignore[misc]
        return {each.step: clean(self.words.of(each.title, each.step)) for each in reversed(named)}

    @cached_property
    def lanes(self) -> Mapping[str, str]:
        """Return lane → title."""
        return {lane.lane: clean(self.words.of(lane.title, lane.lane)) for lane in self.findings.lanes}

    @cached_property
    def design(self) -> JourneyFacts | None:
        """Return the designed journey, if there is one."""
        return next((j for j in self.findings.journeys if j.kind == "designed"), None)

    def title(self, step: str) -> str:
        """Return the title of a step, or its name."""
        return self.titles.get(step) or clean(step)

    def lane(self, lane: str | None) -> str:
        """Return the title of a lane, or the word for not known."""
        return self.words("nobody") if lane is None else self.lanes.get(lane) or clean(lane)

    def layer(self, rung: Rung) -> str:
        """Return the blueprint layer of a rung: of its lane, else of its step, else unknown."""
        of_lane = {lane.lane: lane.layer for lane in self.findings.lanes}
        measured = self.steps.get(rung.step)
        layer = of_lane.get(rung.lane or "") or (measured.layer if measured else None)
        return layer if layer in LAYERS else "unknown"

    def booked(self, both: Both | Rung | Loop) -> Amounts:
        """Return the amounts of this clock."""
        return both.working if self.clock == "working" else both.elapsed

    def short(self, seconds: float | None) -> str:
        """Return a duration of this clock, for a label."""
        return self.numbers.short(seconds, self.clock)

    def long(self, seconds: float | None) -> str:
        """Return a duration of this clock, for a sentence."""
        return self.numbers.long(seconds, self.clock)

    def route(self, steps: tuple[str, ...]) -> str:
        """Return steps as a route: A → B → A."""
        return " → ".join(self.title(step) for step in steps)


def colour_of(layer: str) -> str:
    """Return the colour of a layer: citizen, partner, or the organisation itself."""
    return layer if layer in ("citizen", "partner") else "organisation"
