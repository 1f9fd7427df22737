"""The ladder turned upright: a row a step, each beginning where the one before ends."""

from __future__ import annotations

from flows.publish.svg.draw import group, hatch, ink, line, lines, picture, tag, text, title, width
from flows.publish.svg.scene import Scene
from mining.results.stream import Rung

ROW, LINE, WIDE, AMOUNT = 22.0, 13.0, 1180.0, 76.0
NAMES = (330.0, 480.0)
"""The least and the most room for the names; what is longer stands in more lines."""
FILLS = (
    ("wait", "wait", "wait-edge"),
    ("unknown", "#hatch", "unknown-edge"),
    ("elsewhere", "#dots", "elsewhere-edge"),
    ("process", "work", "work"),
)


def stairs(scene: Scene) -> str:
    """Return the picture; its last row is the sum."""
    total = sum(scene.booked(rung).total_seconds for rung in scene.rungs)
    names = [f"{i}. {scene.title(rung.step)} · {scene.lane(rung.lane)}" for i, rung in enumerate(scene.rungs, 1)]
    room = min(NAMES[1], max([NAMES[0], *(width(name, 10.5) + 12 for name in names)]))
    told = [lines(name, room - 12, 10.5, 3) for name in names]
    row = ROW + LINE * (max(map(len, told), default=1) - 1)
    scale = (WIDE - room - 2 * AMOUNT) / (total or 1.0)
    at, rows = 0.0, []
    for i, rung in enumerate(scene.rungs):
        rows.append(_step(scene, rung, told[i], i * row + 3, room + at * scale, scale))
        at += scene.booked(rung).total_seconds
    y = len(scene.rungs) * row + 4
    end = room + total * scale
    last = [
        line(0, y, WIDE, y, "soft"),
        text(0, y + 17, scene.words("column_sum"), 11, "ink", bold=True),
        line(end, 0, end, y, "rule", stroke_dasharray="2 3"),
        text(end + 6, y + 17, scene.short(total), 12, "ink", bold=True),
    ]
    body = group(_patterns(scene), *rows, *last, data_stairs=scene.clock, data_seconds=repr(total))
    words = scene.words
    return picture(body, WIDE, y + 26, scene.name, words("stairs_title"), words("stairs_summary"), words.language)


def _step(scene: Scene, rung: Rung, names: list[str], y: float, x: float, scale: float) -> str:
    booked = scene.booked(rung)
    parts = [text(0, y + 12 + LINE * i, each, 10.5, "ink") for i, each in enumerate(names)]
    for kind, fill, edge in FILLS:
        seconds = getattr(booked, f"{kind}_seconds")
        if seconds > 0:
            paint = f"url(#{scene.name}-{fill[1:]})" if fill.startswith("#") else ink(fill)
            wide = max(0.8, seconds * scale)
            hint = title(f"{scene.title(rung.step)}: {scene.short(seconds)}")
            parts.append(
                tag("rect", hint, x=x, y=y, width=wide, height=15, fill=paint, stroke=ink(edge), stroke_width=0.8)
            )
            x += seconds * scale
    parts.append(text(x + 6, y + 12, scene.short(booked.total_seconds), 10.5, "ink", bold=True))
    return group(*parts, data_stair=rung.step, data_seconds=repr(booked.total_seconds))


def _patterns(scene: Scene) -> str:
    lines = hatch(f"{scene.name}-hatch", "unknown", "unknown-edge")
    return tag("defs", lines + hatch(f"{scene.name}-dots", "elsewhere", "elsewhere-edge", "dots"))
