"""The journey as designed, in blueprint layers, with what really happened drawn on it and beneath it.

In: a `Laid` wall: the design's steps, then those that only the log knows. Out: one picture. Steps are columns and
branches stand beside each other; a skipped step has a way past it, and what else went otherwise stands in its box.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from flows.publish.svg.blueprint_cells import behind, consequences, contacts, scores, silences, stops, times
from flows.publish.svg.blueprint_felt import felt
from flows.publish.svg.blueprint_spans import ending, loops, norms
from flows.publish.svg.draw import clean, group, lines, path, picture, rect, text
from flows.publish.svg.flow_layout import Place, flow_layout
from flows.publish.svg.scene import LAYERS, Scene, colour_of
from flows.publish.svg.wall import EDGE, SMALL, TITLE, Wall
from flows.publish.svg.wall_boxes import arrows, hint
from flows.publish.svg.wall_rows import headings, layers_drawn, legend
from mappings.flow import Sequence
from mining.results.journey import JourneyFacts, JourneyStep
from mining.results.overlay import Deviation, Overlay

MARK = 14.0
SIGNS = {
    "skipped": "⤼",
    "inserted": "+",
    "repeated": "↻",
    "moved": "⇄",
    "wrong_lane": "≠",
    "wrong_channel": "≠",
    "late": "◷",
    "not_observed": "?",
}


@dataclass(frozen=True)
class Laid(Wall):
    """A design with the log laid over it: each box also says what went otherwise at its step."""

    overlay: Overlay | None = None
    extra: frozenset[str] = frozenset()
    """Steps that only the log knows."""

    @cached_property
    def found(self) -> Mapping[str, tuple[Deviation, ...]]:
        """Return step → its deviations, in the order of their signs; what lies in the same box comes together."""
        found: dict[str, list[Deviation]] = {}
        for each in self.overlay.deviations if self.overlay else ():
            found.setdefault(each.step, []).append(each)
        order = list(SIGNS)
        return {step: tuple(sorted(them, key=lambda d: order.index(d.kind))) for step, them in found.items()}

    def title(self, step: str) -> str:
        """Return number and title; what is not in the design has a sign for a number."""
        return f"+ {self.scene.title(step)}" if step in self.extra else super().title(step)

    def told(self, step: str) -> list[str]:
        """Return what the design tells, or that the step is none of it."""
        if step in self.extra:
            return [self.scene.words("not_designed"), self.scene.lane(self.steps[step].lane or None)]
        return super().told(step)

    def timed(self, step: str) -> str:
        """Return nothing: designed and actual time stand beneath, each on a line of its own."""
        return ""

    def marks(self, step: str) -> list[tuple[str, str, Deviation]]:
        """Return line, colour and deviation for each line that says what went otherwise."""
        out = []
        for each in self.found.get(step, ()):
            is_quiet = each.is_accepted or each.kind == "not_observed"
            colour = "soft" if is_quiet else "alarm"
            said = lines(self._mark(each), self.box_wide - 2 * EDGE, SMALL, 3, bold=True)
            out += [(said_line, colour, each) for said_line in said]
        return out

    def _mark(self, each: Deviation) -> str:
        words, numbers = self.scene.words, self.scene.numbers
        said = f"{SIGNS[each.kind]} {words(f'deviation_{each.kind}')}: "
        said += words("deviation_cases", cases=numbers.count(each.cases))
        return said + (f" ({words('accepted')})" if each.is_accepted else "")

    @cached_property
    def box_high(self) -> float:
        """Return the height of a box, which holds what went otherwise as well."""
        most = max(
            16.0 * len(self.names(s)) + 13.0 * len(self.below(s)) + MARK * len(self.marks(s)) for s in self.steps
        )
        return most + 18

    @property
    def row_high(self) -> float:
        """Return the height of a row, with room for the way past a box."""
        return self.box_high + 34


def laid(scene: Scene, journey: JourneyFacts, overlay: Overlay | None) -> Laid:
    """Return the design with the steps that only the log knows behind it, in columns without arrows."""
    layers = {step.step: step.layer if step.layer in LAYERS else "unknown" for step in journey.steps}
    flow = journey.flow or Sequence(sequence=tuple(step.step for step in journey.steps))
    layout = flow_layout(flow, layers)
    more = _extra(scene, journey, overlay)
    whole = journey.model_copy(update={"steps": (*journey.steps, *more)})
    placed = {step.step: Place(layout.width + i) for i, step in enumerate(more)}
    wider = replace(layout, places=layout.places | placed, width=layout.width + len(more))
    phases = {s.phase: clean(scene.words.of(s.phase_title, s.phase)) for s in journey.steps if s.phase}
    return Laid(scene, whole, wider, phases, {}, overlay, frozenset(step.step for step in more))


def _extra(scene: Scene, journey: JourneyFacts, overlay: Overlay | None) -> list[JourneyStep]:
    known = {step.step for step in journey.steps}
    layers = {lane.lane: lane.layer for lane in scene.findings.lanes}
    extra: dict[str, JourneyStep] = {}
    for each in overlay.deviations if overlay else ():
        if each.step not in known and each.step not in extra:
            layer = layers.get(each.lane or "", "unknown")
            named = {scene.words.language: scene.title(each.step)}
            extra[each.step] = JourneyStep(
                step=each.step, title=named, lane=each.lane or "", layer=layer, activities=()
            )
    return list(extra.values())


Row = Callable[[Laid, float], tuple[str, float]]
ROWS: tuple[Row, ...] = (loops, norms, times, felt, scores, silences, contacts, stops, behind, consequences, legend)


def blueprint(drawn: Laid, heading: str, summary: str) -> str:
    """Return the picture."""
    parts = [headings(drawn), layers_drawn(drawn), arrows(drawn), *(_past(drawn, step) for step in drawn.steps)]
    parts += [_box(drawn, step) for step in drawn.steps]
    y = drawn.bottom
    for row in ROWS:
        part, high = row(drawn, y)
        parts.append(part)
        y += high
    end, wide = ending(drawn)
    scene = drawn.scene
    body = "".join([*parts, end])
    return picture(body, drawn.wide + wide, y + 6, scene.name, heading, summary, scene.words.language)


def _box(drawn: Laid, step: str) -> str:
    x, y = drawn.spot(step)
    colour = colour_of(drawn.steps[step].layer)
    is_dashed = drawn.layout.places[step].is_optional or step in drawn.extra
    dashes = "5 3" if is_dashed else None
    frame = rect(x, y, drawn.box_wide, drawn.box_high, "paper", colour, rx=3, stroke_width=1.5, stroke_dasharray=dashes)
    names = drawn.names(step)
    said = [text(x + EDGE, y + 18 + 16 * i, each, TITLE, colour, bold=True) for i, each in enumerate(names)]
    under = y + 16 + 16 * len(names)
    below = drawn.below(step)
    said += [text(x + EDGE, under + 13 * i, each, SMALL, "soft") for i, each in enumerate(below)]
    under += 13 * len(below) + 4
    marks = [
        text(x + EDGE, under + MARK * i, each, SMALL, ink, bold=True)
        for i, (each, ink, _) in enumerate(drawn.marks(step))
    ]
    found = drawn.found.get(step, ())
    count = drawn.scene.numbers.count
    cases = " ".join(f"{each.kind}:{count(each.cases)}" for each in found)
    return group(frame, *said, *marks, hint=hint(drawn, step), data_step=step, data_deviations=cases or None)


def _past(drawn: Laid, step: str) -> str:
    """Draw the way past a step that cases skipped, over its box."""
    if not any(each.kind == "skipped" for each in drawn.found.get(step, ())):
        return ""
    x, y = drawn.spot(step)
    middle, top, end = y + drawn.box_high / 2, y - 8, x + drawn.box_wide
    d = f"M{x - 6:.1f} {middle:.1f}V{top:.1f}H{end + 5:.1f}V{middle - 8:.1f}"
    tip = path(f"M{end + 5:.1f} {middle:.1f}l-4 -8h8Z", None, "alarm")
    return path(d, "alarm", stroke_width=1.5, stroke_dasharray="4 3", data_skipped=step) + tip
