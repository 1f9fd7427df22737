"""The ladder turned upright: a row a step, each beginning where the one before ends."""

from __future__ import annotations

from flows.publish.svg.draw import clamp, group, hatch, ink, line, picture, tag, text, title
from flows.publish.svg.scene import Scene
from mining.results.stream import Rung

ROW, NAMES, WIDE, AMOUNT = 22.0, 330.0, 1180.0, 76.0
FILLS = (
    ("wait", "wait", "wait-edge"),
    ("unknown", "#hatch", "unknown-edge"),
    ("elsewhere", "#dots", "elsewhere-edge"),
    ("process", "work", "work"),
)


def stairs(scene: Scene) -> str:
    """Return the picture; its last row is the sum."""
    total = sum(scene.booked(rung).total_seconds for rung in scene.rungs)
    scale = (WIDE - NAMES - 2 * AMOUNT) / (total or 1.0)
    at, rows = 0.0, []
    for i, rung in enumerate(scene.rungs):
        rows.append(_step(scene, rung, i, NAMES + at * scale, scale))
        at += scene.booked(rung).total_seconds
    y = len(scene.rungs) * ROW + 4
    end = NAMES + total * scale
    last = [
        line(0, y, WIDE, y, "soft"),
        text(0, y + 17, scene.words("column_sum"), 11, "ink", bold=True),
        line(end, 0, end, y, "rule", stroke_dasharray="2 3"),
        text(end + 6, y + 17, scene.short(total), 12, "ink", bold=True),
    ]
    body = group(_patterns(scene), *rows, *last, data_stairs=scene.clock, data_seconds=repr(total))
    words = scene.words
    return picture(body, WIDE, y + 26, scene.name, words("stairs_title"), words("stairs_summary"), words.language)


def _step(scene: Scene, rung: Rung, at: int, x: float, scale: float) -> str:
    y, booked = at * ROW + 3, scene.booked(rung)
    name = f"{at + 1}. {scene.title(rung.step)} · {scene.lane(rung.lane)}"
    parts = [text(0, y + 12, clamp(name, NAMES - 12, 10.5), 10.5, "ink")]
    for kind, fill, edge in FILLS:
        seconds = getattr(booked, f"{kind}_seconds")
        if seconds > 0:
            paint = f"url(#{scene.name}-{fill[1:]})" if fill.startswith("#") else ink(fill)
            wide = max(0.8, seconds * scale)
            hint = title(f"{name}: {scene.short(seconds)}")
            parts.append(
                tag("rect", hint, x=x, y=y, width=wide, height=15, fill=paint, stroke=ink(edge), stroke_width=0.8)
            )
            x += seconds * scale
    parts.append(text(x + 6, y + 12, scene.short(booked.total_seconds), 10.5, "ink", bold=True))
    return group(*parts, data_stair=rung.step, data_seconds=repr(booked.total_seconds))


def _patterns(scene: Scene) -> str:
    lines = hatch(f"{scene.name}-hatch", "unknown", "unknown-edge")
    return tag("defs", lines + hatch(f"{scene.name}-dots", "elsewhere", "elsewhere-edge", "dots"))
