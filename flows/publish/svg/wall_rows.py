"""The rows above, behind and beneath the boxes of a journey on the wall: phases, layers, emotion, designed time."""

from __future__ import annotations

from itertools import groupby

from flows.publish.svg.draw import ink, line, lines, rect, tag, text, width
from flows.publish.svg.scene import colour_of
from flows.publish.svg.wall import GAP, HEADING, LEFT, SMALL, Wall

_SAID = {"citizen": "interaction", "frontstage": "visibility", "backstage": "internal"}
_DASHES = {"citizen": "2 4", "frontstage": "9 4", "backstage": "1 5"}
_ALWAYS = ("wall_citizen", "wall_organisation", "wall_decision", "wall_number")
NOTCH = 20.0
"""Pixels between two scores of the emotion."""
HIGH_OF_EMOTIONS = 44 + 4 * NOTCH
TIME = 30.0
"""The height of one step's designed time."""


def headings(drawn: Wall) -> str:
    """Return the phases as headings above their columns."""
    of_column = [_phases(drawn, column) for column in range(drawn.layout.width)]
    parts, start = [], 0
    for said, columns in groupby(of_column):
        many = len(list(columns))
        x, wide = LEFT + start * (drawn.box_wide + GAP), many * (drawn.box_wide + GAP)
        shown = lines(said, wide - 18, 12, 1, bold=True)[0]
        parts.append(rect(x + 3, 2, wide - 6, HEADING - 10, "panel", "rule", hint=said, rx=3))
        parts.append(text(x + 12, 19, shown, 12, "ink", bold=True))
        start += many
    return "".join(parts)


def _phases(drawn: Wall, column: int) -> str:
    here = [drawn.steps[s].phase for s, place in drawn.layout.places.items() if place.column == column]
    return " / ".join(dict.fromkeys(drawn.phases.get(phase, phase) for phase in here if phase))


def layers_drawn(drawn: Wall) -> str:
    """Return the layers with the lines between them."""
    parts, words = [], drawn.scene.words
    for layer, top, high in drawn.layers:
        parts.append(text(0, top + high / 2 + 4, words(f"layer_{layer}"), 13, colour_of(layer), bold=True))
        said = _SAID.get(layer)
        edge, y = colour_of(layer) if said else "rule", top + high
        parts.append(line(0, y, drawn.wide, y, edge, stroke_width=1.3, stroke_dasharray=_DASHES.get(layer)))
        if said:
            named = lines(words(said), LEFT - 8, 9.5, 2)
            parts += [
                text(0, y - 6 - 11 * (len(named) - 1 - i), each, 9.5, edge, font_style="italic", halo=True)
                for i, each in enumerate(named)
            ]
    return "".join(parts)


def emotions(drawn: Wall, y: float) -> tuple[str, float]:
    """Return the expected emotion as a curve along the arrows, so that branches stay apart; and its height."""
    felt = {name: step.emotion for name, step in drawn.steps.items() if step.emotion is not None}
    if not any(felt.values()):
        return "", 0.0
    middle, parts = middle_of(y), scale(drawn, y)
    points = {step: (centre(drawn, step), middle - score * NOTCH) for step, score in felt.items()}
    for arrow in drawn.layout.arrows:
        if arrow.kind != "back" and arrow.before in points and arrow.after in points:
            again = {"stroke": "loop", "stroke_dasharray": "6 3"} if arrow.kind == "redo" else {"stroke": "citizen"}
            parts.append(line(*points[arrow.before], *points[arrow.after], stroke_width=2, **again))
    for step, (x, h) in points.items():
        parts.append(tag("circle", cx=x, cy=h, r=9, fill=ink("paper"), stroke=ink("citizen"), stroke_width=1.8))
        parts.append(text(x, h + 4, drawn.numbers[step], 10.5, "citizen", "middle", bold=True))
    return "".join(parts), HIGH_OF_EMOTIONS


def middle_of(y: float) -> float:
    """Return where 0 stands on the scale of emotion."""
    return y + 22 + 2 * NOTCH


def scale(drawn: Wall, y: float) -> list[str]:
    """Return the scale from −2 to +2, with its name."""
    middle = middle_of(y)
    title = lines(drawn.scene.words("emotion"), LEFT - 34, 11.5, 2, bold=True)
    parts = [text(0, middle - 6 + 14 * i, each, 11.5, "ink", bold=True) for i, each in enumerate(title)]
    for score in range(-2, 3):
        h = middle - score * NOTCH
        parts.append(line(LEFT, h, drawn.wide, h, "rule", stroke_width=1.4 if score == 0 else 0.8))
        parts.append(text(LEFT - 8, h + 4, f"{score:+d}" if score else "0", 10, "soft", "end"))
    return parts


def _together(drawn: Wall, step: str) -> list[str]:
    """Return the steps of the same column, by number."""
    column = drawn.layout.places[step].column
    together = [s for s, place in drawn.layout.places.items() if place.column == column]
    return sorted(together, key=drawn.numbers.__getitem__)


def centre(drawn: Wall, step: str) -> float:
    """Return where a step stands in its column; those that share one stand beside each other."""
    together = _together(drawn, step)
    aside = (together.index(step) - (len(together) - 1) / 2) * min(30.0, drawn.box_wide / len(together))
    return drawn.x(drawn.layout.places[step]) + drawn.box_wide / 2 + aside


def times(drawn: Wall, y: float) -> tuple[str, float]:
    """Return the designed work and wait of each step, a bar to scale under each; and its height."""
    words = drawn.scene.words
    timed = {
        name: (step.designed_process_seconds, step.designed_wait_seconds)
        for name, step in drawn.steps.items()
        if (step.designed_process_seconds, step.designed_wait_seconds) != (None, None)
    }
    if not timed:
        return "", 0.0
    longest = max((work or 0) + (wait or 0) for work, wait in timed.values()) or 1.0
    title = lines(words("wall_time"), LEFT - 10, 11.5, 2, bold=True)
    parts = [text(0, y + 18 + 14 * i, each, 11.5, "ink", bold=True) for i, each in enumerate(title)]
    parts += [text(0, y + 18 + 14 * len(title), words("wall_per_visit"), 9.5, "soft")]
    most = 0
    for name, (work, wait) in timed.items():
        together = _together(drawn, name)
        most = max(most, len(together))
        x, top = drawn.x(drawn.layout.places[name]), y + 8 + TIME * together.index(name)
        parts.append(text(x, top + 10, drawn.timed(name), SMALL, "ink"))
        scale = drawn.box_wide / longest
        parts.append(rect(x, top + 14, max((work or 0) * scale, 0.8), 6, "work"))
        if wait:
            parts.append(
                rect(x + (work or 0) * scale, top + 14, wait * scale, 6, "wait", "wait-edge", stroke_width=0.8)
            )
    return "".join(parts), max(14 + TIME * most, 30 + 14 * len(title))


def legend(drawn: Wall, y: float) -> tuple[str, float]:
    """Return what the signs mean; and its height."""
    kinds = {fork.kind for fork in drawn.layout.forks}
    signs = [f"wall_{kind}" for kind in ("parallel", "choice") if kind in kinds]
    signs += ["wall_again"] if any(arrow.kind != "next" for arrow in drawn.layout.arrows) else []
    signs += ["wall_dashed"] if any(place.is_optional for place in drawn.layout.places.values()) else []
    x, row, parts = 0.0, 0, []
    for said in (drawn.scene.words(sign) for sign in (*signs, *_ALWAYS)):
        room = width(said, 10.5) + 24
        if x and x + room > drawn.wide:
            x, row = 0.0, row + 1
        parts.append(text(x, y + 22 + 16 * row, said, 10.5, "soft"))
        x += room
    return "".join(parts), 30.0 + 16 * row
