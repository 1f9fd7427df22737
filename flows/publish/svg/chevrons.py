"""Variants as chevron traces: one row a variant, one chevron an activity, widest share first."""

from __future__ import annotations

from collections.abc import Sequence

from flows.publish.svg.draw import group, lines, picture, rect, tag, text, title
from flows.publish.svg.draw import ink as colour
from flows.publish.svg.scene import Scene, colour_of
from mining.results.process import Variant

WIDE = 136.0
HIGH, LINE, GAP = 46.0, 12.0, 12.0
ROOM = WIDE - 38
LEFT = 210.0
MOST_STEPS = 16


def chevrons(scene: Scene, variants: Sequence[Variant], heading: str, summary: str) -> str:
    """Return the traces; a trace that is too long ends in the number of activities left out."""
    layer = {lane.lane: lane.layer for lane in scene.findings.lanes}
    lane = {node.activity: layer.get(node.lane or "", "unknown") for node in scene.findings.activities}
    longest = min(MOST_STEPS, max((len(v.activities) for v in variants), default=1))
    most = max((v.share for v in variants), default=1.0) or 1.0
    names = {name: lines(scene.activity(name), ROOM, 9.5, 6) for v in variants for name in v.activities[:MOST_STEPS]}
    high = max([HIGH, *(LINE * len(named) + 10 for named in names.values())])
    row = high + GAP
    rows = [_row(scene, v, i * row + 8, high, names, lane, most) for i, v in enumerate(variants)]
    wide = LEFT + longest * WIDE + 70
    return picture("".join(rows), wide, row * len(rows) + 8, scene.name, heading, summary, scene.words.language)


def _row(
    scene: Scene,
    variant: Variant,
    y: float,
    high: float,
    names: dict[str, list[str]],
    lane: dict[str, str],
    most: float,
) -> str:
    numbers = scene.numbers
    took = scene.words("variant_open") if variant.mean_seconds is None else numbers.short(variant.mean_seconds)
    said = f"{numbers.share(variant.share, 1)} · {took}"
    fits = "" if variant.fitness is None else scene.words("variant_fits", value=numbers.decimal(variant.fitness, 2))
    parts = [
        text(0, y + 13, said, 11, "ink", bold=True),
        text(0, y + 28, fits, 10, "soft"),
        rect(0, y + 35, max(1.0, (LEFT - 24) * variant.share / most), 5, "wait-edge"),
    ]
    shown = variant.activities[:MOST_STEPS]
    parts += [
        _chevron(LEFT + i * WIDE, y, high, scene.activity(name), names[name], lane.get(name, "unknown"))
        for i, name in enumerate(shown)
    ]
    if len(variant.activities) > MOST_STEPS:
        more = f"+{len(variant.activities) - MOST_STEPS}"
        parts.append(text(LEFT + MOST_STEPS * WIDE + 16, y + high / 2 + 4, more, 11, "soft", bold=True))
    return group(*parts)


def _chevron(x: float, y: float, high: float, name: str, named: list[str], layer: str) -> str:
    edge = "unknown-edge" if layer == "unknown" else colour_of(layer)
    body = tag(
        "path",
        title(name),
        d=f"M{x:.0f} {y:.0f}h{WIDE - 12:.0f}l9 {high / 2:.0f}l-9 {high / 2:.0f}h-{WIDE - 12:.0f}l9 -{high / 2:.0f}Z",
        fill=colour("panel"),
        stroke=colour(edge),
        stroke_width=1.4,
        stroke_linejoin="round",
    )
    top = y + high / 2 + 3.5 - LINE / 2 * (len(named) - 1)
    said = [text(x + WIDE / 2 + 1, top + LINE * i, each, 9.5, "ink", "middle") for i, each in enumerate(named)]
    return body + "".join(said)
