"""Horizontal bars: one picture for everything that compares a few amounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flows.publish.disclosure_mark import is_withheld
from flows.publish.svg.draw import group, hatch, ink, line, lines, picture, tag, text, title, width
from flows.publish.svg.scene import Scene

ROW, LINE = 30.0, 13.0
MOST_BARS = 10
"""Of what there may be many, only the largest are drawn."""
FILLS = {
    "wait": ("wait", "wait-edge"),
    "work": ("work", "work"),
    "either": ("#hatch", "unknown-edge"),
    "elsewhere": ("#dots", "elsewhere-edge"),
    "loop": ("loop-fill", "loop"),
    "citizen": ("citizen", "citizen"),
    "organisation": ("organisation", "organisation"),
    "partner": ("partner", "partner"),
    "alarm": ("alarm", "alarm"),
    "soft": ("panel", "wait-edge"),
}


LIGHT = ("wait", "panel", "loop-fill")


@dataclass(frozen=True)
class Part:
    """A piece of a bar: how much, which fill, what it is."""

    value: float
    fill: str
    said: str


@dataclass(frozen=True)
class Bar:
    """A bar with its name at the left and its amount at the right."""

    name: str
    parts: tuple[Part, ...]
    said: str = ""


def bars(
    scene: Scene,
    rows: Sequence[Bar],
    heading: str,
    summary: str,
    names: float = 250.0,
    wide: float = 1000.0,
    marks: Sequence[tuple[float, str]] = (),
) -> str:
    """Return the bars on one scale; `marks` are values with a name, drawn as lines over all bars.

    A part that is not told is not drawn.
    """
    rows = [replace(row, parts=tuple(p for p in row.parts if not is_withheld(p.value))) for row in rows]
    said = max((width(row.said, 11, True) for row in rows), default=0) + 16
    longest = max((sum(p.value for p in row.parts) for row in rows), default=0)
    longest = max([longest, *(value for value, _ in marks)]) or 1.0
    scale = (wide - names - said - 8) / longest
    parts, y = [patterns(scene)], 6.0
    for row in rows:
        named = lines(row.name, names - 12, 11, 5)
        parts.append(_row(scene, row, named, y, names, scale))
        y += max(ROW, LINE * len(named) + 8)
    height = y + (20 if marks else 0)
    for value, label in marks:
        x = names + value * scale
        parts.append(line(x, 2, x, height - 16, "alarm", stroke_width=1.4, stroke_dasharray="5 3"))
        half = width(label, 10, True) / 2
        middle = min(max(x, half), wide - half)
        parts.append(text(middle, height - 4, label, 10, "alarm", "middle", bold=True))
    return picture("".join(parts), wide, height, scene.name, heading, summary, scene.words.language)


def _row(scene: Scene, row: Bar, named: list[str], y: float, names: float, scale: float) -> str:
    at, parts = names, [text(0, y + 13 + LINE * i, each, 11, "ink") for i, each in enumerate(named)]
    for part in row.parts:
        parts.append(_piece(scene, part, at, y, part.value * scale, is_named=len(row.parts) > 1))
        at += part.value * scale
    parts.append(text(at + 8, y + 13, row.said, 11, "ink", bold=True))
    return group(*parts, hint=f"{row.name}: {row.said}")


def _piece(scene: Scene, part: Part, x: float, y: float, wide: float, is_named: bool = True) -> str:
    fill, edge = FILLS[part.fill]
    paint = f"url(#{scene.name}-{fill[1:]})" if fill.startswith("#") else ink(fill)
    fits = not fill.startswith("#") and width(part.said, 10) + 8 < wide and is_named
    name = text(x + 6, y + 13, part.said, 10, "ink" if fill in LIGHT else "paper") if fits else ""
    body = tag(
        "rect",
        title(part.said),
        x=x,
        y=y,
        width=max(wide, 0.4),
        height=18,
        fill=paint,
        stroke=ink(edge),
        stroke_width=0.8,
        data_value=repr(part.value),
    )
    return body + name


def patterns(scene: Scene) -> str:
    """Return the fills of what is not known and of other work at the same case."""
    return tag(
        "defs",
        hatch(f"{scene.name}-hatch", "unknown", "unknown-edge")
        + hatch(f"{scene.name}-dots", "elsewhere", "elsewhere-edge", "dots"),
    )
