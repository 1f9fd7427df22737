"""The trend over runs: lead time, share of each norm met, and the quality verdict, on one time axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from flows.publish.page_numbers import Numbers
from flows.publish.runs import RunRow
from flows.publish.svg.draw import line, lines, path, picture, rect, tag, text
from flows.publish.svg.spread import spread

WIDE, LEFT, RIGHT = 1000.0, 70.0, 230.0
TOP, TIMES_HIGH, SHARES_HIGH, GAP = 18.0, 170.0, 90.0, 34.0
LINES = (("mean", "ink", None), ("median", "citizen", "6 3"), ("loops", "loop", "2 3"))
NORM_DASHES = (None, "6 3", "2 3", "8 3 2 3")
MARKS = {"ok": ("✓", "work"), "warn": ("▲", "queue-edge"), "stop": ("■", "alarm")}


def trend(rows: Sequence[RunRow], numbers: Numbers, name: str, heading: str, summary: str) -> str:
    """Return the picture of runs at two or more moments, oldest first."""
    x = _scale(rows)
    bottom = TOP + TIMES_HIGH
    parts = _times(rows, numbers, x, bottom)
    if any(row.norms for row in rows):
        top = bottom + GAP
        bottom = top + SHARES_HIGH
        parts += _shares(rows, numbers, x, top)
    parts += _verdicts(rows, numbers, x, bottom + GAP)
    parts += _dates(rows, numbers, x, bottom + GAP + 36)
    return picture("".join(parts), WIDE, bottom + GAP + 52, name, heading, summary, numbers.words.language)


def _scale(rows: Sequence[RunRow]) -> Callable[[RunRow], float]:
    first, last = rows[0].at, rows[-1].at
    room = WIDE - LEFT - RIGHT
    return lambda row: LEFT + room * ((row.at - first) / (last - first))


def _times(rows: Sequence[RunRow], numbers: Numbers, x: Callable[[RunRow], float], base: float) -> list[str]:
    series = {
        "mean": [row.mean_seconds for row in rows],
        "median": [row.median_seconds for row in rows],
        "loops": [row.loops_seconds for row in rows],
    }
    most = max((v for values in series.values() for v in values if v is not None), default=0.0) or 1.0

    def y(value: float) -> float:
        return base - TIMES_HIGH * value / most

    parts = [_grid(y(most * share), numbers.short(most * share)) for share in (0.0, 0.5, 1.0)]
    ends = []
    for key, colour, dashes in LINES:
        parts.append(
            _curve([(x(r), y(v)) for r, v in zip(rows, series[key], strict=True) if v is not None], colour, dashes)
        )
        last = series[key][-1]
        if last is not None:
            ends.append((y(last), f"{numbers.words(f'site_{key}_line')} {numbers.short(last)}", colour))
    return parts + _labels(ends, base - TIMES_HIGH, base)


def _shares(rows: Sequence[RunRow], numbers: Numbers, x: Callable[[RunRow], float], top: float) -> list[str]:
    def y(share: float) -> float:
        return top + SHARES_HIGH * (1 - share)

    parts = [_grid(y(share), numbers.share(share)) for share in (0.0, 0.5, 1.0)]
    names = {norm.name: numbers.words.of(norm.title, norm.name) for row in rows for norm in row.norms}
    ends = []
    for n, (name, title) in enumerate(names.items()):
        seen = [(x(row), norm.met_share) for row in rows for norm in row.norms if norm.name == name]
        points = [(at, y(share)) for at, share in seen if share is not None]
        if points:
            parts.append(_curve(points, "organisation", NORM_DASHES[n % len(NORM_DASHES)]))
            ends.append((points[-1][1], title, "organisation"))
    return parts + _labels(ends, top, top + SHARES_HIGH)


def _verdicts(rows: Sequence[RunRow], numbers: Numbers, x: Callable[[RunRow], float], y: float) -> list[str]:
    parts = [line(LEFT, y, WIDE - RIGHT, y, "rule")]
    for row in rows:
        sign, colour = MARKS.get(row.verdict, ("–", "soft"))
        parts.append(tag("circle", cx=x(row), cy=y, r=8, fill="var(--paper)"))
        parts.append(text(x(row), y + 4, sign, 12, colour, "middle", bold=True))
    parts.append(text(WIDE - RIGHT + 16, y + 4, numbers.words("site_quality_axis"), 10.5, "soft"))
    for before, row in pairwise(rows):
        if before.run.mapping_hash != row.run.mapping_hash:
            parts.append(line(x(row), TOP, x(row), y - 12, "alarm", stroke_width=0.8, stroke_dasharray="1 3"))
            parts.append(text(x(row), TOP - 5, "◆", 10, "alarm", "middle"))
    return parts


def _dates(rows: Sequence[RunRow], numbers: Numbers, x: Callable[[RunRow], float], y: float) -> list[str]:
    """As many dates as have room, the first and the last among them."""
    shown: list[RunRow] = [rows[0]]
    for row in rows[1:-1]:
        if x(row) - x(shown[-1]) > 90 and x(rows[-1]) - x(row) > 90:
            shown.append(row)
    return [text(x(row), y, numbers.day(row.at, row.project.zone), 10, "soft", "middle") for row in (*shown, rows[-1])]


def _grid(y: float, label: str) -> str:
    return line(LEFT, y, WIDE - RIGHT, y, "rule") + text(LEFT - 8, y + 4, label, 10, "soft", "end")


def _curve(points: Sequence[tuple[float, float]], colour: str, dashes: str | None) -> str:
    d = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in points) if points else ""
    dots = "".join(rect(a - 2.5, b - 2.5, 5, 5, colour) for a, b in points)
    return (path(d, colour, stroke_width=2, stroke_dasharray=dashes) if len(points) > 1 else "") + dots


def _labels(ends: list[tuple[float, str, str]], low: float, high: float) -> list[str]:
    """Name each line where it ends, in as many lines of text as its name takes."""
    ends.sort()
    named = [lines(label, RIGHT - 20, 10.5, 3, True) for _, label, _ in ends]
    places = spread([at for at, _, _ in ends], [3.0 + 12 * len(parts) for parts in named], low, high)
    return [
        text(WIDE - RIGHT + 16, place + 10 - 6 * len(parts) + 12 * n, part, 10.5, colour, bold=True)
        for (_, _, colour), parts, place in zip(ends, named, places, strict=True)
        for n, part in enumerate(parts)
    ]
