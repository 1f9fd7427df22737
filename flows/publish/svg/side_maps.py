"""Value streams beside one another on one scale: per side the ladder of the steps as stairs, its loops as arcs.

One picture holds the reference and up to two others; the scale is that of all sides, over all pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

from flows.publish.svg.compared import BOX, HEAD, ROW, Telling, boxes, largest
from flows.publish.svg.draw import clamp, group, ink, line, lines, path, picture, rect, tag, text, width
from mining.results.comparison import MeasureComparison

STAIRS, ARCS, LABEL = 210.0, 62.0, 128.0
COLUMN = STAIRS + ARCS + LABEL
DRAWN_LOOPS = 4
THICKEST = 11.0
_LINE = 24.0


@dataclass(frozen=True)
class Column:
    """A side, or a journey, in a picture: its key in the values, what it is called, and where it stands."""

    key: str
    title: str
    said: str
    x: float
    is_journey: bool = False


def scale_of(telling: Telling) -> float:
    """Return pixels a second, so that the longest of all sides and journeys fits its column."""
    values = [*telling.lead.values.values(), *telling.lead.designed.values()]
    sums = [sum(m.designed.get(key, 0.0) for m in telling.steps) for key in _designs(telling)]
    return STAIRS / largest([*values, *sums])


def _designs(telling: Telling) -> set[str]:
    return {key for m in telling.steps for key in m.designed}


def drawn_loops(telling: Telling) -> list[MeasureComparison]:
    """Return the largest loops whose steps all stand on the map."""
    return [loop for loop in telling.loops if telling.path(loop) is not None][:DRAWN_LOOPS]


def side_map(
    telling: Telling, shown: list[tuple[str, str, str, bool]], heading: str, summary: str, room: int = 0
) -> str:
    """Return the maps of these columns: key, title, line beneath it, and whether it is a journey.

    `room` is for how many columns each picture is drawn, so that a page shows pictures of fewer on the same scale.
    """
    scale = scale_of(telling)
    columns = [
        Column(key, title, said, BOX + 12 + place * COLUMN, is_journey)
        for place, (key, title, said, is_journey) in enumerate(shown)
    ]
    top, wide = HEAD, BOX + 12 + max(len(columns), room) * COLUMN
    foot = top + len(telling.steps) * ROW + 10
    loops, beneath = drawn_loops(telling), _beneath(telling)
    parts = [boxes(telling, top)]
    for column in columns:
        parts += [_head(column), _stairs(telling, column, scale, top)]
        if not column.is_journey:
            parts += [_arcs(telling, column, loops, top), _loop_rows(telling, column, loops, scale, foot)]
            parts += _values(telling, column, beneath, foot + (len(loops) + 1) * _LINE)
    if loops:
        parts.append(text(0, foot + 14, telling.words("cmp_loops_within"), 10.5, "soft"))
    for n, loop in enumerate(loops):
        name = f"↺{n + 1} {_numbers(telling, loop)}"
        parts.append(text(0, foot + (n + 1) * _LINE + 14, clamp(name, BOX, 10.5, True), 10.5, "loop", bold=True))
    for n, measure in enumerate(beneath):
        y = foot + (len(loops) + 1 + n) * _LINE + 14
        parts += _named(telling.title(measure), y)
    high = foot + (len(loops) + 1 + len(beneath)) * _LINE + 8
    return picture(
        "".join(parts),
        wide,
        high,
        telling.name,
        heading,
        summary,
        telling.words.language,
        data_scale=f"{scale:.12g}",
    )


def _named(title: str, y: float) -> list[str]:
    """Return the title of a row in one line, or in two smaller ones."""
    if width(title, 10.5) <= BOX + ARCS:
        return [text(0, y, title, 10.5, "ink")]
    return [text(0, y - 5 + 10.5 * n, part, 9, "ink") for n, part in enumerate(lines(title, BOX + ARCS, 9, 2))]


def _numbers(telling: Telling, loop: MeasureComparison) -> str:
    """Return the path of a loop by the numbers of its boxes."""
    places = telling.path(loop) or ()
    return " → ".join(str(telling.number(telling.steps[place].measure, place)) for place in places)


def _beneath(telling: Telling) -> list[MeasureComparison]:
    return telling.measures("handoffs", "norms")


def _head(column: Column) -> str:
    x = column.x + ARCS
    return group(
        text(x, 18, clamp(column.title, COLUMN - ARCS - 8, 13, True), 13, "ink", bold=True),
        text(x, 35, clamp(column.said, COLUMN - ARCS - 8, 10.5), 10.5, "soft"),
        line(x, HEAD - 18, x + STAIRS, HEAD - 18, "rule"),
    )


def _stairs(telling: Telling, column: Column, scale: float, top: float) -> str:
    """Each step begins where the one before it ends, so that together they are as long as the lead time."""
    at, parts = column.x + ARCS, []
    for place, step in enumerate(telling.steps):
        value = (step.designed if column.is_journey else step.values).get(column.key)
        y = top + place * ROW
        wide = (value or 0.0) * scale
        parts.append(_stair(telling, column, step, value, at, y, wide))
        at += wide
        if place + 1 < len(telling.steps):
            parts.append(line(at, y + 26, at, y + ROW + 8, "soft", stroke_dasharray="2 2"))
    return group(*parts, data_stairs=column.key)


def _stair(
    telling: Telling,
    column: Column,
    step: MeasureComparison,
    value: float | None,
    x: float,
    y: float,
    wide: float,
) -> str:
    said = telling.amount(step, value)
    reach = telling.reach.get(step.measure)
    if not column.is_journey and reach is not None:
        said += f" · {telling.numbers.share(reach.values.get(column.key))}"
    bar = tag(
        "rect",
        x=f"{x:.4f}",
        y=y + 8,
        width=f"{wide:.4f}",
        height=18,
        fill=ink("paper" if column.is_journey else "wait"),
        stroke=ink("wait-edge"),
        stroke_dasharray="4 3" if column.is_journey else None,
        data_step=step.measure,
        data_column=column.key,
        data_seconds=None if value is None else repr(value),
    )
    label = text(x + wide + 6, y + 21, said, 10.5, "ink", halo=True)
    return group(bar, label, hint=f"{column.title} · {telling.title(step)}: {said}")


def _arcs(telling: Telling, column: Column, loops: list[MeasureComparison], top: float) -> str:
    """Arcs left of the stairs, from the last step of a loop back to its first, as thick as the time that it eats."""
    most = largest(value for loop in loops for value in loop.values.values())
    parts = []
    for level, loop in enumerate(loops):
        seconds, places = loop.values.get(column.key), telling.path(loop)
        if not seconds or places is None:
            continue
        thick = max(0.8, THICKEST * seconds / most)
        start, end = (top + place * ROW + 17 for place in (places[-2], places[0]))
        if start == end:
            start += 6
        x, right = column.x + 6 + level * 13, column.x + ARCS - 4
        d = f"M{right:.1f} {start:.1f}H{x:.1f}V{end:.1f}H{right - 7:.1f}"
        tip = f"M{right:.1f} {end:.1f}l-8 -4v8Z"
        label = text(x, min(start, end) - 5, f"↺{level + 1}", 10, "loop", "middle", bold=True, halo=True)
        said = f"{telling.title(loop)}: {telling.amount(loop, seconds)}"
        drawn = path(d, "loop-fill", stroke_width=f"{thick:.4f}", stroke_linejoin="round")
        parts.append(
            group(
                drawn, path(tip, None, "loop"), label, hint=said, data_arc=loop.measure, data_thickness=f"{thick:.4f}"
            )
        )
    return "".join(parts)


def _loop_rows(telling: Telling, column: Column, loops: list[MeasureComparison], scale: float, top: float) -> str:
    parts = []
    for n, loop in enumerate(loops):
        value, y, x = loop.values.get(column.key) or 0.0, top + (n + 1) * _LINE, column.x + ARCS
        said = telling.amount(loop, value)
        bar = rect(x, y + 3, round(value * scale, 4), 14, "loop-fill", "loop", data_loop=loop.measure)
        parts.append(group(bar, text(x + value * scale + 6, y + 14, said, 10.5, "ink"), hint=telling.title(loop)))
    return "".join(parts)


def _values(telling: Telling, column: Column, measures: list[MeasureComparison], top: float) -> list[str]:
    x = column.x + ARCS
    return [
        text(x, top + n * _LINE + 14, telling.amount(m, m.values.get(column.key)), 11, "ink", bold=True)
        for n, m in enumerate(measures)
    ]
