"""Numbers as a reader of one language writes them: durations in either clock, shares, counts, dates.

Owns the rule which unit a duration gets: days from one day on, hours below, minutes below one hour; in the
working clock the largest unit is the working hour, and the legal clock counts days alone.
Unknown (None) is a word, never a zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil, floor
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from flows.publish.disclosure_mark import About, Withheld, is_withheld
from flows.publish.words import Words

Clock = Literal["elapsed", "working", "legal"]
CLOCKS: tuple[Clock, ...] = ("elapsed", "working")
"""The clocks that everything is told in; the legal one speaks only where a legal term runs."""
DAY = 86400.0
HOUR = 3600.0
MINUTE = 60.0


@dataclass(frozen=True)
class Numbers:
    """Formats for one language."""

    words: Words
    absent: str = "unknown"
    """The text of what is null: unknown, or not told where nothing is."""

    @property
    def locale(self) -> str:
        """Return the Babel locale: Dutch of the Netherlands, English as Europe writes it."""
        return {"nl": "nl_NL", "en": "en_GB"}[self.words.language]

    def decimal(self, value: float, digits: int = 1) -> str:
        """Return a number with exactly `digits` decimals, or that it is not told."""
        if is_withheld(value):
            return self.words("not_told")
        if abs(value) < 0.5 / 10**digits:
            value = 0  # not minus nothing
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return format_decimal(value, pattern, locale=self.locale).replace("-", "−")

    def rate(self, value: float, digits: int = 1) -> str:
        """Return how many there are on average; few of them do not read as none."""
        least = 10.0**-digits
        if not is_withheld(value) and 0 < value < least / 2:
            return f"< {self.decimal(least, digits)}"
        return self.decimal(value, digits)

    def count(self, value: int | None) -> str:
        """Return a whole number or the word for unknown; what is rounded, or told by a bound alone, says so."""
        if isinstance(value, Withheld) and value.bound is not None:
            return f"{value.sign} {self.decimal(value.bound, 0)}"
        if isinstance(value, About):
            return f"±\u00a0{self.decimal(value, 0)}"
        return self.words(self.absent) if value is None else self.decimal(value, 0)

    def fitness(self, value: float | None) -> str:
        """Return a fitness, of which 1 says that all fits; a great one does not read as that."""
        if value is None:
            return "–"
        if not is_withheld(value) and 0.995 <= value < 1 - 1e-12:
            return f"> {self.decimal(0.99, 2)}"
        return self.decimal(value, 2)

    def share(self, value: float | None, digits: int = 0) -> str:
        """Return a share as a percentage; a small one keeps a decimal, so that it does not read as none, nor a great
        one as all.
        """
        if value is None:
            return self.words(self.absent)
        if is_withheld(value):
            return self._bound(value)
        if _is_nearly(0.01, value):
            digits = max(digits, 1)
        if _is_nearly(0.001, value):
            sign, edge = ("<", 0.1) if value < 0.5 else (">", 99.9)
            return f"{sign} {self.decimal(edge)}\u00a0%"
        return f"{self.decimal(value * 100, digits)}\u00a0%"

    def shares(self, parts: Sequence[float]) -> tuple[str, ...]:
        """Return what parts are of their whole, as percentages that add up to 100 where none is too small to tell."""
        whole = sum(parts) or 1.0
        found = [part / whole for part in parts]
        if any(is_withheld(part) for part in parts):
            return tuple(self.share(part) for part in parts)
        digits = 1 if any(_is_nearly(0.01, each) for each in found) else 0
        told = [0.0 if _is_nearly(0.001, each) else each * 100 for each in found]
        rounded = rounded_parts(tuple(told), digits)
        return tuple(
            self.share(each) if each == 0 or _is_nearly(0.001, each) else f"{self.decimal(percent, digits)}\u00a0%"
            for each, percent in zip(found, rounded, strict=True)
        )

    def _bound(self, value: float) -> str:
        """Return a bound as a percentage, rounded so that it stays true."""
        if not isinstance(value, Withheld) or value.bound is None:
            return self.words("not_told")
        tenths = floor(value.bound * 1000 + 1e-9) if value.sign == ">" else ceil(value.bound * 1000 - 1e-9)
        return f"{value.sign} {self.decimal(tenths / 10, 0 if tenths % 10 == 0 else 1)}\u00a0%"

    def short(self, seconds: float | None, clock: Clock = "elapsed") -> str:
        """Return a duration for a label: '31,4 d', '5,2 u', '35 min'."""
        return self._duration(seconds, clock, "short")

    def long(self, seconds: float | None, clock: Clock = "elapsed") -> str:
        """Return a duration for a sentence: '31,4 dagen'."""
        return self._duration(seconds, clock, "long")

    def short_parts(self, parts: tuple[float, ...]) -> tuple[str, ...]:
        """Return the parts of a duration as labels that add up to that of their sum, where all are told in one unit."""
        unit = unit_of(sum(parts), "elapsed")
        if any(part and unit_of(part, "elapsed") != unit for part in parts):
            return tuple(self.short(part) for part in parts)
        amounts = tuple(in_unit(part, unit)[0] for part in parts)
        digits = 0 if unit == "minute" or sum(amounts) >= 1000 else 1
        name = self.words(f"short_{unit}")
        return tuple(f"{self.decimal(part, digits)}\u00a0{name}" for part in rounded_parts(amounts, digits))

    def whole(self, seconds: float) -> str:
        """Return a round amount for an axis: '14 d', '6 u', without decimals."""
        unit = "hour" if seconds % DAY else "day"
        return f"{self.decimal(in_unit(seconds, unit)[0], 0)}\u00a0{self.words(f'short_{unit}')}"

    def _duration(self, seconds: float | None, clock: Clock, form: str) -> str:
        if seconds is None:
            return self.words(self.absent)
        if is_withheld(seconds):
            return self.words("not_told")
        amount, unit = in_unit(seconds, unit_of(seconds, clock))
        one = "one_" if form == "long" else ""
        if unit == "minute" and 0 < abs(amount) < 1:
            return f"< 1 {self.words(f'{form}_{one}minute')}"
        if 0 < abs(amount) < 0.05:  # of the legal clock, which knows days alone
            return f"< {self.decimal(0.1)}\u00a0{self.words(f'{form}_{unit}')}"
        digits = 0 if unit == "minute" or amount == 0 or abs(amount) >= 1000 else 1
        text = self.decimal(amount, digits)
        single = one if text == "1" else ""
        return f"{text}\u00a0{self.words(f'{form}_{single}{unit}')}"

    def day(self, value: date | datetime | None, zone: str = "UTC") -> str:
        """Return a date; an instant is shown as the date in `zone`."""
        if value is None:
            return self.words(self.absent)
        if isinstance(value, datetime):
            value = value.astimezone(ZoneInfo(zone)).date()
        return format_date(value, "d MMM y", locale=self.locale)

    def moment(self, value: datetime | None, zone: str = "UTC") -> str:
        """Return an instant with its time of day in `zone`."""
        if value is None:
            return self.words(self.absent)
        local = value.astimezone(ZoneInfo(zone))
        return format_datetime(local, "d MMM y HH:mm", locale=self.locale)


def _is_nearly(edge: float, share: float) -> bool:
    """Tell whether a share is so near to none or to all, and neither."""
    # 1 − 0.999 is a little more than 0.001, and shares that make up all may add up to a little less than 1
    return 0 < share < edge - 1e-12 or 1 - edge + 1e-12 < share < 1 - 1e-12


def unit_of(seconds: float, clock: Clock) -> str:
    """Return the unit in which an amount of this size is told."""
    if clock == "legal":
        return "day"
    size = abs(seconds)
    if size < HOUR:
        return "minute"
    if clock == "working":
        return "working_hour"
    return "day" if size >= DAY else "hour"


def in_unit(seconds: float, unit: str) -> tuple[float, str]:
    """Return the amount in that unit, beside the unit."""
    size = {"minute": MINUTE, "hour": HOUR, "working_hour": HOUR, "day": DAY}[unit]
    return seconds / size, unit


def between(low: str, high: str) -> str:
    """Return two ends as they are told, or one where they are told alike."""
    return low if low == high else f"{low} – {high}"


def rounded_parts(parts: tuple[float, ...], digits: int) -> tuple[float, ...]:
    """Round parts so that they add up to their rounded sum: the largest remainders take what is left over."""
    scale = 10**digits
    floors = [int(part * scale // 1) for part in parts]
    left = round(sum(parts) * scale) - sum(floors)
    by_remainder = sorted(range(len(parts)), key=lambda i: floors[i] - parts[i] * scale)
    for i in by_remainder[: max(0, left)]:
        floors[i] += 1
    return tuple(floor / scale for floor in floors)
