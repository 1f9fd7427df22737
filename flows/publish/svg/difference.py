"""The difference map of two sides: the steps as boxes, and per step, loop, handoff and norm what changed.

A bar to the right of the line is longer or more, to the left shorter or fewer: filled where it is sure, open where
it is not, dotted where there are too few cases for a claim. The whisker is the 95 % interval; the small bar beneath
is the raw difference, and ⇄ says that it points the other way.
"""

from __future__ import annotations

from flows.publish.svg.compared import BOX, ROW, Telling, boxes, largest, shown
from flows.publish.svg.draw import group, ink, line, lines, picture, tag, text
from mining.results.comparison import Difference, MeasureComparison

HALF, GAP = 230.0, 22.0
ZERO = BOX + GAP + HALF
TEXT = ZERO + HALF + 18
WIDE = TEXT + 390.0
DRAWN_LOOPS = 12
_DASH = {"sure": None, "not_sure": None, "too_few": "2 3"}


def groups(telling: Telling) -> list[tuple[str, list[MeasureComparison]]]:
    """Return the parts of the map by what they count: a word for each, and its measures."""
    parts = [
        ("time", telling.measures("lead_time")),
        ("steps", telling.steps),
        ("loops", telling.loops[:DRAWN_LOOPS]),
        ("reach", telling.measures("reach")),
        ("handoffs", telling.measures("handoffs")),
        ("norms", telling.measures("norms")),
    ]
    return [(name, measures) for name, measures in parts if measures]


def difference_map(telling: Telling, side: str, heading: str, summary: str) -> str:
    """Return the map of one side against the reference."""
    told = groups(telling)
    parts, y = [], 8.0
    for name, measures in told:
        scale = _scale(telling, name, side, told)
        parts.append(_group(telling, name, measures, side, y, scale))
        y += 26 + len(measures) * ROW + 14
    return picture("".join(parts), WIDE, y, telling.name, heading, summary, telling.words.language)


def _scale(telling: Telling, name: str, side: str, told: list[tuple[str, list[MeasureComparison]]]) -> float:
    """Return pixels a unit: all that is time on one scale, all shares on one, counts on theirs."""
    kind = {"time": "seconds", "steps": "seconds", "loops": "seconds", "handoffs": "count"}.get(name, "share")
    found = [d for _, ms in told for m in ms if m.unit == kind for d in m.differences if d.side == side]
    return (HALF - 6) / largest(value for d in found for value in _reached(d))


def _reached(found: Difference) -> tuple[float | None, ...]:
    told = shown(found)
    return told.value, told.low, told.high, found.difference


def _group(telling: Telling, name: str, measures: list[MeasureComparison], side: str, y: float, scale: float) -> str:
    top = y + 26
    parts = [
        text(0, y + 16, telling.words(f"cmp_group_{name}"), 12, "ink", bold=True),
        line(ZERO, top - 4, ZERO, top + len(measures) * ROW - 4, "soft", stroke_width=1.2),
        text(ZERO - 6, y + 16, "◀ " + telling.words(_side_word(name, "down")), 10, "soft", "end"),
        text(ZERO + 6, y + 16, telling.words(_side_word(name, "up")) + " ▶", 10, "soft"),
    ]
    if name == "steps":
        parts.append(boxes(telling, top))
    for place, measure in enumerate(measures):
        at = top + place * ROW
        if name != "steps":
            named = lines(telling.title(measure), BOX + GAP, 11, 2)
            parts += [text(0, at + 29 - 7 * len(named) + 14 * n, part, 11, "ink") for n, part in enumerate(named)]
        found = next((d for d in measure.differences if d.side == side), None)
        if found is not None:
            parts.append(_row(telling, measure, found, at, scale))
    return group(*parts, data_group=name, data_scale=f"{scale:.12g}")


def _side_word(name: str, direction: str) -> str:
    return f"cmp_{'time' if name in ('time', 'steps', 'loops') else 'number'}_{direction}"


def _row(telling: Telling, measure: MeasureComparison, found: Difference, y: float, scale: float) -> str:
    told = shown(found)
    parts = [
        _bar(measure, told.value, told.claim, y + 6, 15.0, scale, "mix"),
        "" if told.is_raw else _bar(measure, found.difference, "raw", y + 25, 5.0, scale, "raw"),
        _whisker(told.low, told.high, y + 13.5, scale),
    ]
    mixed = telling.said(measure, told)
    interval = telling.interval(measure, told.low, told.high)
    parts.append(text(TEXT, y + 17, f"{mixed} {interval}", 11, "ink", bold=told.claim == "sure"))
    parts.append(text(TEXT, y + 32, _beneath(telling, measure, found), 10, "soft"))
    hint = f"{telling.title(measure)}: {mixed}, {telling.words(f'cmp_claim_{told.claim}')}"
    return group(*parts, hint=hint, data_measure=measure.measure, data_claim=told.claim)


def _beneath(telling: Telling, measure: MeasureComparison, found: Difference) -> str:
    """Return the second line: from what to what, and the raw difference where it is another one."""
    said = [f"{telling.amount(measure, found.reference_value)} → {telling.amount(measure, found.value)}"]
    # a journey has no cases, so no mix: there is nothing beside the difference itself
    if found.difference is not None and found.reference not in {j.name for j in telling.comparison.journeys}:
        sign = "−" if found.difference < 0 else "+"
        said.append(telling.words("cmp_raw", raw=f"{sign}{telling.size(measure, found.difference)}"))
    if found.sign_flips:
        said.append("⇄ " + telling.words("cmp_flips"))
    return " · ".join(said)


def _bar(
    measure: MeasureComparison, value: float | None, claim: str, y: float, high: float, scale: float, kind: str
) -> str:
    if value is None:
        return ""
    colour = "organisation" if measure.unit != "seconds" else "loop" if value > 0 else "work"
    wide = abs(value) * scale
    return tag(
        "rect",
        x=f"{ZERO if value >= 0 else ZERO - wide:.4f}",
        y=y,
        width=f"{wide:.4f}",
        height=high,
        fill=ink({"sure": colour, "raw": "wait"}.get(claim, "paper")),
        stroke=ink("wait-edge" if claim == "raw" else colour),
        stroke_width=1.6 if kind == "mix" else 0.6,
        stroke_dasharray=_DASH.get(claim),
        data_kind=kind,
        data_difference=repr(value),
    )


def _whisker(low: float | None, high: float | None, y: float, scale: float) -> str:
    if low is None or high is None:
        return ""
    left, right = ZERO + low * scale, ZERO + high * scale
    ends = "".join(line(x, y - 4, x, y + 4, "ink", stroke_width=1.2) for x in (left, right))
    return group(line(left, y, right, y, "ink", stroke_width=1.2), ends)
