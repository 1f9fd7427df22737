"""What the pictures of a comparison share: one telling of it, the rows of its map, and how a difference is drawn.

A difference has a direction (a sign and a word), and is sure, not sure, or of too few cases: a filled bar, an open
one, a dotted one. Colour never says it alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from babel.dates import format_date

from flows.publish.page_numbers import Clock, Numbers, in_unit, unit_of
from flows.publish.svg.draw import clean, group, line, lines, rect, text
from flows.publish.words import Words
from mining.results.comparison import BETWEEN, UNSAID, Comparison, Difference, MeasureComparison, SideFacts

ARROW, UNKNOWN = " → ", "unknown"
CLOCKS: tuple[Clock, ...] = ("elapsed", "working")
"""The clocks of a comparison."""
BOX, ROW, HEAD = 208.0, 46.0, 66.0
SYMBOLS = {"sure": "●", "not_sure": "○", "too_few": "–"}


@dataclass(frozen=True)
class Shown:
    """A difference as it is told: at equal mix where there is one, else raw."""

    value: float | None
    low: float | None
    high: float | None
    claim: str
    is_raw: bool = False

    @property
    def most(self) -> float:
        """Return the largest of the value and the ends of its interval."""
        return largest((self.value, self.low, self.high))


def shown(found: Difference) -> Shown:
    """Return what is told of a difference; the raw one only where the sides have no mix in common."""
    if found.equal_mix_difference is None and found.difference is not None:
        return Shown(found.difference, found.low, found.high, found.claim, is_raw=True)
    mixed = (found.equal_mix_difference, found.equal_mix_low, found.equal_mix_high)
    return Shown(*mixed, found.equal_mix_claim)


@dataclass(frozen=True)
class Telling:
    """The comparison in one language and one clock; `name` keeps the ids of pictures apart."""

    comparison: Comparison
    words: Words
    clock: Clock = "elapsed"
    name: str = "cmp"

    @cached_property
    def numbers(self) -> Numbers:
        """Return the formats of the language."""
        return Numbers(self.words)

    @cached_property
    def _sides(self) -> dict[str, str]:
        """What a reader calls each side: whole runs by their moment or months where that tells them apart."""
        sides = self.comparison.sides
        keys = {s.name: self._in_words(s) for s in sides}
        if any(s.value or s.as_of is None or s.started_from is None for s in sides) or not _is_stamped(keys):
            return keys
        moments = {s.name: self.words("cmp_as_of", date=self.numbers.day(s.as_of, self.comparison.zone)) for s in sides}
        months = {
            s.name: self.words("cmp_months", first=self.month(s.started_from), last=self.month(s.started_to))
            for s in sides
        }
        return next((told for told in (moments, months) if len(set(told.values())) == len(sides)), keys)

    def _in_words(self, side: SideFacts) -> str:
        """Return the name of a side; a channel or persona in the reader's language."""
        if not side.value or not side.name.endswith(side.value):
            return side.name
        return side.name.removesuffix(side.value) + self._value(side.segment, side.value)

    def _value(self, field: str, value: str) -> str:
        """Return what a reader calls a value of a field of the cases."""
        if field == "channel":
            return self.words.either(f"channel_{value}", value)
        return self.words.of(self.comparison.personas.get(value, {}), value) if field == "persona" else value

    def stratum(self, stratum: str) -> str:
        """Return what a reader calls a part of the mix."""
        fields, values = self.comparison.mix, stratum.split(BETWEEN)
        if len(fields) != len(values):
            return stratum or self.words("unknown")
        told = (
            self.words("unknown") if v == UNSAID else self._value(f, v) for f, v in zip(fields, values, strict=True)
        )
        return BETWEEN.join(told)

    def side(self, name: str) -> str:
        """Return what a reader calls a side within a sentence; in quotes where a comma would break it in two."""
        told = self._sides.get(name, name)
        return f"‘{told}’" if "," in told else told

    def side_title(self, name: str) -> str:
        """Return what a reader calls a side that stands alone: in a table, above a picture."""
        return began(self._sides.get(name, name))

    def month(self, first: date | None) -> str:
        """Return a month in words."""
        return self.words("unknown") if first is None else format_date(first, "MMM y", locale=self.numbers.locale)

    def measures(self, *tables: str) -> list[MeasureComparison]:
        """Return the means of these tables in this clock, and what has no clock, in the order of the journey."""
        found = [
            m
            for name in tables
            for m in self.comparison.measures
            if m.table == name and m.statistic == "mean" and m.clock in (None, self.clock)
        ]
        order = {step: place for place, step in enumerate(self.comparison.steps)}
        return sorted(found, key=lambda m: order.get(m.measure, len(order)) if m.table in ("rungs", "reach") else 0)

    @cached_property
    def lead(self) -> MeasureComparison:
        """Return the mean lead time."""
        return next(m for m in self.measures("lead_time") if m.measure == "lead_time")

    @cached_property
    def steps(self) -> list[MeasureComparison]:
        """Return the time of each step."""
        return [m for m in self.measures("rungs") if m.measure != UNKNOWN or any(m.values.values())]

    @cached_property
    def loops(self) -> list[MeasureComparison]:
        """Return the time in each loop, the largest first."""
        return sorted(self.measures("loops"), key=lambda m: -max((v or 0.0 for v in m.values.values()), default=0.0))

    @cached_property
    def reach(self) -> dict[str, MeasureComparison]:
        """Return step → the share of the cases that reach it."""
        return {m.measure: m for m in self.measures("reach")}

    def title(self, measure: MeasureComparison) -> str:
        """Return what the measure is called."""
        known = {"team", "department", "organisation"}
        if measure.table == "handoffs" and measure.measure in known:
            return self.words(f"cmp_handoff_{measure.measure}")
        if measure.table in ("rungs", "reach") and measure.measure == UNKNOWN:
            return self.words("cmp_unknown_step")
        return clean(self.words.of(measure.title, measure.measure)) or clean(measure.measure)

    def number(self, step: str, place: int) -> int:
        """Return the number of a step: its place in the journey, the same on every map."""
        order = self.comparison.steps
        return order.index(step) + 1 if step in order else place + 1

    def path(self, loop: MeasureComparison) -> tuple[int, ...] | None:
        """Return the places on the map of the steps of a loop; null where one of them is not on it."""
        places = {m.measure: place for place, m in enumerate(self.steps)}
        steps = loop.measure.split(ARROW)
        return tuple(places[s] for s in steps) if len(steps) > 2 and set(steps) <= set(places) else None

    def amount(self, measure: MeasureComparison, value: float | None) -> str:
        """Return a value of the measure in its unit."""
        if measure.unit == "seconds":
            return self.numbers.short(value, measure.clock or "elapsed")
        if measure.unit == "share":
            return self.numbers.share(value)
        return self.words("unknown") if value is None else self.numbers.decimal(value, 2)

    def size(self, measure: MeasureComparison, value: float, beside: float = 0.0) -> str:
        """Return how large a difference is, without its sign; of shares in percentage points.

        A duration has the unit of the largest it stands `beside`, so that a value and its interval read as one.
        """
        if measure.unit == "share":
            return self.words("cmp_points", points=self.numbers.rate(abs(value) * 100))
        clock = measure.clock or "elapsed"
        if measure.unit != "seconds" or abs(beside) <= abs(value):
            return self.amount(measure, abs(value))
        amount, unit = in_unit(abs(value), unit_of(beside, clock))
        digits = 0 if unit == "minute" else 1
        return f"{self.numbers.decimal(amount, digits)}\u00a0{self.words(f'short_{unit}')}"

    def direction(self, measure: MeasureComparison, value: float | None) -> str:
        """Return the word for the direction: longer, shorter, more, fewer, the same."""
        if value is None:
            return self.words("unknown")
        kind = "time" if measure.unit == "seconds" else "number"
        return self.words(f"cmp_{kind}_{'same' if value == 0 else 'up' if value > 0 else 'down'}")

    def said(self, measure: MeasureComparison, found: Shown) -> str:
        """Return the difference in words with its sign: '▲ 3,2 d langer ●'."""
        if found.value is None:
            return self.words("cmp_not_determinable")
        sign = "=" if found.value == 0 else "▲" if found.value > 0 else "▼"
        size = "" if found.value == 0 else f" {self.size(measure, found.value, found.most)}"
        return f"{sign}{size} {self.direction(measure, found.value)} {SYMBOLS[found.claim]}"

    def interval(self, measure: MeasureComparison, low: float | None, high: float | None) -> str:
        """Return an interval with signs; empty where nothing was drawn."""
        if low is None or high is None:
            return ""
        most = largest((low, high))
        ends = (self._signed(measure, end, most) for end in (low, high))
        return self.words("cmp_interval", low=next(ends), high=next(ends))

    def _signed(self, measure: MeasureComparison, end: float, most: float) -> str:
        size = self.size(measure, end, most)
        return size if size == self.size(measure, 0.0, most) else f"{'−' if end < 0 else '+'}{size}"


def began(text: str) -> str:
    """Return the text as the beginning of a sentence; names that runs and values have by themselves stay."""
    return text[:1].upper() + text[1:] if " " in text else text


def _is_stamped(names: Iterable[str]) -> bool:
    """Whether all names are those that runs get by themselves: a moment, or an interval with a hash."""
    return all(re.fullmatch(r"\d{8}T\d+Z|\w+--\w+-[0-9a-f]{8}", name) for name in names)


def boxes(telling: Telling, top: float, x: float = 0.0) -> str:
    """Return the steps as process boxes below one another, in the order of the journey, with push arrows between."""
    parts = []
    for place, step in enumerate(telling.steps):
        y = top + place * ROW
        if place:
            parts.append(
                line(x + BOX / 2, y - 10, x + BOX / 2, y + 1, "soft", stroke_width=3, stroke_dasharray="3 1.5")
            )
        parts.append(_box(telling, step, place, x, y))
    return "".join(parts)


def _box(telling: Telling, step: MeasureComparison, place: int, x: float, y: float) -> str:
    title = telling.title(step)
    said = lines(title, BOX - 44, 11, 2, bold=True)
    first = y + 22 if len(said) == 1 else y + 15
    return group(
        rect(x, y + 2, BOX, ROW - 12, "panel", "wait-edge", rx=4),
        text(x + 16, y + 22, telling.number(step.measure, place), 11, "soft", "middle"),
        *(text(x + 32, first + 13 * n, row, 11, "ink", bold=True) for n, row in enumerate(said)),
        hint=title,
        data_box=step.measure,
    )


def largest(values: Iterable[float | None]) -> float:
    """Return the largest size among the values; 1 where there is none, so that it can divide."""
    return max((abs(value) for value in values if value is not None), default=0.0) or 1.0
