"""Lines over a scale: how soon cases end, and how months went. Each line is named at its end, never by colour alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flows.publish.disclosure_mark import is_withheld
from flows.publish.svg.draw import ink, line, path, picture, tag, text, width
from flows.publish.svg.scene import Scene
from flows.publish.svg.spread import spread

WIDE, LEFT, BASE, TOP = 1000.0, 64.0, 240.0, 34.0
END = 210.0
"""Room at the right for the names of the lines."""


@dataclass(frozen=True)
class Line:
    """Points (x, y) in their own units; a null y leaves a gap, and so does one that is not told.

    `is_stepped`: level until the next point.
    """

    name: str
    colour: str
    points: tuple[tuple[float, float | None], ...]
    dashes: str | None = None
    is_stepped: bool = False
    has_dots: bool = False
    hollow: frozenset[int] = frozenset()
    """Points, by place, that rest on too few cases to say anything."""


Tick = tuple[float, str]


def curves(
    scene: Scene,
    drawn: Sequence[Line],
    across: Sequence[Tick],
    up: Sequence[Tick],
    marks: Sequence[Tick],
    heading: str,
    summary: str,
    spans: Sequence[tuple[float, float, float]] = (),
) -> str:
    """Return the lines; ticks and marks are a value with its name, `spans` are (x, low, high) of what may still be."""
    drawn = [replace(each, points=tuple((x, None if is_withheld(y) else y) for x, y in each.points)) for each in drawn]
    xs = [x for each in drawn for x, _ in each.points] + [x for x, _ in marks]
    first, last = min(xs), max(xs)
    most = max([y for y, _ in up] or [1.0]) or 1.0

    def at(x: float) -> float:
        return LEFT + (WIDE - LEFT - END) * (x - first) / ((last - first) or 1.0)

    def height(y: float) -> float:
        return BASE - (BASE - TOP) * min(y, most) / most

    parts = [line(LEFT, height(y), WIDE - END, height(y), "rule") for y, _ in up]
    parts += [text(LEFT - 8, height(y) + 4, label, 10, "soft", "end") for y, label in up]
    parts += _across(across, at)
    parts += [
        line(at(x), height(low), at(x), height(high), "unknown-edge", stroke_width=7, stroke_opacity=0.45)
        for x, low, high in spans
        if high > low
    ]
    for each in drawn:
        parts.append(_line(each, at, height))
    parts += _marks(marks, at)
    parts += _names(drawn, height)
    return picture("".join(parts), WIDE, BASE + 26, scene.name, heading, summary, scene.words.language)


def _across(ticks: Sequence[Tick], at) -> list[str]:
    parts, free = [], LEFT - 30
    for x, label in ticks:
        wide = width(label, 10)
        if at(x) - wide / 2 < free:
            continue
        parts.append(line(at(x), BASE, at(x), BASE + 4, "soft"))
        parts.append(text(at(x), BASE + 17, label, 10, "soft", "middle"))
        free = at(x) + wide / 2 + 8
    return parts


def _line(each: Line, at, height) -> str:
    d, before = "", None
    for x, y in each.points:
        if y is None:
            before = None
            continue
        if before is None:
            d += f"M{at(x):.1f} {height(y):.1f}"
        else:
            d += (f"H{at(x):.1f}V{height(y):.1f}") if each.is_stepped else f"L{at(x):.1f} {height(y):.1f}"
        before = y
    out = path(d, each.colour, stroke_width=2.2, stroke_dasharray=each.dashes) if d else ""
    if each.has_dots:
        for i, (x, y) in enumerate(each.points):
            if y is not None:
                fill = "paper" if i in each.hollow else each.colour
                out += tag(
                    "circle", cx=at(x), cy=height(y), r=4.0, fill=ink(fill), stroke=ink(each.colour), stroke_width=1.6
                )
    return out


def _marks(marks: Sequence[Tick], at) -> list[str]:
    shown = sorted(marks)
    places = spread([at(x) for x, _ in shown], [width(m, 10.5, True) + 12 for _, m in shown], 0, WIDE)
    parts = []
    for (x, label), place in zip(shown, places, strict=True):
        parts.append(line(at(x), TOP - 8, at(x), BASE, "alarm", stroke_width=1.3, stroke_dasharray="5 3"))
        parts.append(line(at(x), TOP - 8, place, TOP - 16, "alarm", stroke_width=0.8))
        parts.append(text(place, TOP - 20, label, 10.5, "alarm", "middle", bold=True))
    return parts


def _names(drawn: Sequence[Line], height) -> list[str]:
    ends = [(next((y for _, y in reversed(each.points) if y is not None), 0.0), each) for each in drawn]
    ends.sort(key=lambda pair: height(pair[0]))
    places = spread([height(y) for y, _ in ends], [16.0] * len(ends), TOP, BASE)
    return [
        text(WIDE - END + 10, place + 4, each.name, 10.5, each.colour, bold=True)
        for place, (_, each) in zip(places, ends, strict=True)
    ]
