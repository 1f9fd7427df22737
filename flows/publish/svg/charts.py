"""Two charts: how lead times are spread, and work in hand over the weeks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flows.publish.svg.draw import line, path, picture, rect, text, width
from flows.publish.svg.scene import Scene
from flows.publish.svg.spread import spread
from mining.results.stream import WipPoint
from mining.results.times import HistogramBin, LeadTime

WIDE, HIGH = 1000.0, 250.0
LEFT, BASE = 60.0, 190.0


def histogram(scene: Scene, lead: LeadTime, marks: Sequence[tuple[float, str]], heading: str, summary: str) -> str:
    """Return cases by lead time; `marks` are amounts with a name: median, percentile, norm.

    A bar is as high as it has cases per width of the narrowest, so that its area is its cases: small bins are drawn
    together, and a wide one would look like many.
    """
    end = max(b.to_seconds for b in lead.histogram) or 1.0
    narrow = min(b.to_seconds - b.from_seconds for b in lead.histogram)
    tall = [b.cases * narrow / (b.to_seconds - b.from_seconds) for b in lead.histogram]
    most = max(tall) or 1

    def x(seconds: float) -> float:
        return LEFT + (WIDE - LEFT - 20) * min(seconds, end) / end

    axis = scene.words("spread_axis", width=scene.short(narrow))
    parts = [line(LEFT, BASE, WIDE - 20, BASE, "soft"), *_grid(scene, most), text(LEFT, 12, axis, 10, "soft")]
    parts += _edges(scene, lead, x)
    for each, cases in zip(lead.histogram, tall, strict=True):
        high = (BASE - 20) * cases / most
        hint = f"{bin_name(scene, each)}: {scene.numbers.count(each.cases)}"
        wide = max(0.5, x(each.to_seconds) - x(each.from_seconds) - 1)
        parts.append(rect(x(each.from_seconds), BASE - high, wide, high, "wait", "wait-edge", hint, stroke_width=0.8))
    shown = sorted((value, label) for value, label in marks if value <= end)
    places = spread([x(v) for v, _ in shown], [width(label, 10.5, True) + 12 for _, label in shown], 0, WIDE)
    for (value, label), place in zip(shown, places, strict=True):
        parts.append(line(x(value), 18, x(value), BASE + 4, "alarm", stroke_width=1.3, stroke_dasharray="5 3"))
        parts.append(line(x(value), BASE + 20, place, BASE + 40, "alarm", stroke_width=0.8))
        parts.append(text(place, BASE + 52, label, 10.5, "alarm", "middle", bold=True))
    return picture("".join(parts), WIDE, HIGH, scene.name, heading, summary, scene.words.language)


def bin_name(scene: Scene, one: HistogramBin) -> str:
    """Return the lead times of a bin: its first edge is in it, its last is not."""
    start, end = scene.short(one.from_seconds), scene.short(one.to_seconds)
    return scene.words("spread_bin", start=start, end=end)


def _edges(scene: Scene, lead: LeadTime, x: Callable[[float], float]) -> list[str]:
    """Return the edges of the bars with their lead time, as many as fit."""
    parts, free = [], 0.0
    for seconds in (lead.histogram[0].from_seconds, *(b.to_seconds for b in lead.histogram)):
        label = scene.short(seconds) if seconds else "0"
        half = width(label, 10) / 2
        middle = min(x(seconds), WIDE - half - 4)
        if middle - half < free:
            continue
        parts.append(line(x(seconds), BASE, x(seconds), BASE + 4, "soft"))
        parts.append(text(middle, BASE + 15, label, 10, "soft", "middle"))
        free = middle + half + 8
    return parts


def _grid(scene: Scene, most: float) -> list[str]:
    parts = []
    for share in (0.5, 1.0):
        y = BASE - (BASE - 20) * share
        parts.append(line(LEFT, y, WIDE - 20, y, "rule"))
        digits = 0 if most * share == int(most * share) else 1
        parts.append(text(LEFT - 8, y + 4, scene.numbers.decimal(most * share, digits), 10, "soft", "end"))
    return parts


def weeks(scene: Scene, points: Sequence[WipPoint], heading: str, summary: str) -> str:
    """Return work in hand as an area, arrivals and closings as lines of different dash, one point a week."""
    most = max(max(p.in_hand, p.arrived, p.closed) for p in points) or 1
    step = (WIDE - LEFT - 150) / max(1, len(points) - 1)

    def curve(values: Sequence[int]) -> str:
        return "M" + "L".join(
            f"{LEFT + i * step:.1f} {BASE - (BASE - 20) * v / most:.1f}" for i, v in enumerate(values)
        )

    in_hand = curve([p.in_hand for p in points])
    end = LEFT + (len(points) - 1) * step
    series = (("arrived", "citizen", "6 3"), ("closed", "work", "2 3"), ("in_hand", "ink", None))
    last = [BASE - (BASE - 20) * getattr(points[-1], name) / most for name, _, _ in series]
    order = sorted(range(3), key=lambda i: last[i])
    heights = dict(zip(order, spread([last[i] for i in order], [15.0] * 3, 8, BASE), strict=True))
    parts = [*_grid(scene, most), line(LEFT, BASE, end, BASE, "soft")]
    parts.append(path(f"{in_hand}L{end:.1f} {BASE}L{LEFT} {BASE}Z", None, "panel"))
    for i, (name, colour, dashes) in enumerate(series):
        d = curve([getattr(p, name) for p in points])
        parts.append(path(d, colour, stroke_width=1.8 if dashes else 2.4, stroke_dasharray=dashes))
        said = f"{scene.words(f'wip_{name}')} {scene.numbers.count(getattr(points[-1], name))}"
        parts.append(text(end + 8, heights[i] + 4, said, 10.5, colour, bold=True))
    for at in sorted({0, len(points) // 2, len(points) - 1}):
        anchor = "start" if at == 0 else "middle"
        parts.append(text(LEFT + at * step, BASE + 18, scene.numbers.day(points[at].week), 10, "soft", anchor))
    return picture("".join(parts), WIDE, BASE + 28, scene.name, heading, summary, scene.words.language)
