"""The dotted chart: a row a span of received dates, a column a span of time; the larger a mark, the more was done.

Who did most of it is told by the shape of the mark and its colour.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from math import sqrt

from flows.publish.page_numbers import DAY
from flows.publish.svg.draw import line, path, picture, text, width
from flows.publish.svg.scene import Scene, colour_of
from mining.results.dotted import Dotted, DottedTime

WIDE, LEFT, RIGHT, TOP, ROW = 1100.0, 112.0, 84.0, 40.0, 24.0
LARGEST, SMALLEST = 11.0, 1.4
KINDS = ("citizen", "organisation", "partner", "unknown")


def dots(scene: Scene, chart: Dotted, time: DottedTime, heading: str, summary: str) -> str:
    """Return the chart along one measure of time."""
    step = (WIDE - LEFT - RIGHT) / time.columns
    most = max((cell.events for cell in time.cells), default=1)
    largest = min(LARGEST, step / 2 - 0.4)
    base = TOP + ROW * len(chart.rows)
    parts = [*_rows(scene, chart, base), *_columns(scene, time, step, base)]
    for kind in KINDS:
        marks = [
            _MARKS[kind](LEFT + (cell.column + 0.5) * step, TOP + (cell.row + 0.5) * ROW, size)
            for cell in time.cells
            if kind_of(scene, cell.lane) == kind
            for size in [max(SMALLEST, largest * sqrt(cell.events / most))]
        ]
        if marks:
            parts.append(_marks(kind, marks, hint=scene.words(f"dots_{kind}")))
    parts.append(_legend(scene, {kind_of(scene, cell.lane) for cell in time.cells}, base + 54))
    return picture("".join(parts), WIDE, base + 66, scene.name, heading, summary, scene.words.language)


def kind_of(scene: Scene, lane: str | None) -> str:
    """Return who a lane is: citizen, organisation, partner, or unknown."""
    layer = {each.lane: each.layer for each in scene.findings.lanes}.get(lane or "")
    return "unknown" if lane is None or layer is None else colour_of(layer)


def column_name(scene: Scene, time: DottedTime, column: int) -> str:
    """Return what a column spans: '0 – 7 d', or the day on which it begins."""
    if time.from_on is not None:
        return scene.numbers.day(time.from_on + timedelta(days=round(column * time.column_seconds / DAY)))
    low, high = (scene.numbers.whole(n * time.column_seconds) for n in (column, column + 1))
    if time.is_open_ended and column == time.columns - 1:
        return scene.words("detail_longer", start=low)
    return f"{low} – {high}"


def _rows(scene: Scene, chart: Dotted, base: float) -> list[str]:
    numbers = scene.numbers
    parts = [
        text(LEFT - 12, TOP - 14, scene.words("dots_received"), 10, "soft", "end", bold=True),
        text(WIDE - RIGHT + 12, TOP - 14, scene.words("column_cases"), 10, "soft", bold=True),
        line(LEFT, TOP, LEFT, base, "soft"),
    ]
    for n, row in enumerate(chart.rows):
        y = TOP + n * ROW
        parts.append(line(LEFT, y + ROW / 2, WIDE - RIGHT, y + ROW / 2, "rule", stroke_width=0.7))
        parts.append(text(LEFT - 12, y + ROW / 2 + 4, numbers.day(row.from_on), 10, "ink", "end"))
        parts.append(text(WIDE - RIGHT + 12, y + ROW / 2 + 4, numbers.count(int(row.cases)), 10, "soft"))
    return parts


def _columns(scene: Scene, time: DottedTime, step: float, base: float) -> list[str]:
    """Name the edges of columns as far as there is room; an open end says that there is more."""
    parts, free = [line(LEFT, base, WIDE - RIGHT, base, "soft")], LEFT - 40
    for column in range(time.columns):
        if time.from_on is not None:
            label = column_name(scene, time, column)
        else:
            label = scene.numbers.whole(column * time.column_seconds)
            label += "+" if time.is_open_ended and column == time.columns - 1 else ""
        x, wide = LEFT + column * step, width(label, 10)
        parts.append(line(x, base, x, base + 3, "soft"))
        if x - wide / 2 < free and not (time.is_open_ended and column == time.columns - 1):
            continue
        if x - wide / 2 >= free:
            parts.append(text(x, base + 16, label, 10, "soft", "middle"))
            free = x + wide / 2 + 14
    parts.append(text(WIDE - RIGHT, base + 32, scene.words(f"dots_axis_{time.kind}"), 10, "soft", "end"))
    return parts


def _legend(scene: Scene, kinds: set[str], y: float) -> str:
    parts, x = [], LEFT
    for kind in KINDS:
        if kind in kinds:
            said = scene.words(f"dots_{kind}")
            parts += [_marks(kind, [_MARKS[kind](x + 6, y - 4, 6.0)]), text(x + 18, y, said, 10.5, "ink")]
            x += width(said, 10.5) + 44
    return "".join(parts)


def _marks(kind: str, marks: Sequence[str], hint: str | None = None) -> str:
    edge, fill = ("unknown-edge", "paper") if kind == "unknown" else (kind, kind)
    return path("".join(marks), edge, fill, hint, stroke_width=1.2 if kind == "unknown" else 0.4, data_mark=kind)


def _circle(x: float, y: float, r: float) -> str:
    return f"M{x - r:.1f} {y:.1f}a{r:.1f} {r:.1f} 0 1 0 {2 * r:.1f} 0a{r:.1f} {r:.1f} 0 1 0 {-2 * r:.1f} 0z"


def _square(x: float, y: float, r: float) -> str:
    side = 1.77 * r
    return f"M{x - side / 2:.1f} {y - side / 2:.1f}h{side:.1f}v{side:.1f}h{-side:.1f}z"


def _diamond(x: float, y: float, r: float) -> str:
    half = 1.25 * r
    return f"M{x:.1f} {y - half:.1f}l{half:.1f} {half:.1f}l{-half:.1f} {half:.1f}l{-half:.1f} {-half:.1f}z"


_MARKS: dict[str, Callable[[float, float, float], str]] = {
    "citizen": _diamond,
    "organisation": _circle,
    "partner": _square,
    "unknown": _circle,
}
"""Marks of one area whatever their shape, so that size means the same."""
