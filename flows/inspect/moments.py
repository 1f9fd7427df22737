"""Whether a column holds moments: in which format, with which offsets, and how precise they really are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

TRIED_VALUES = 3000
_ISO = re.compile(r"^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s?(?P<offset>Z|[+-]\d{2}:?\d{2})?)?$")
_CLOCK = re.compile(r"(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?")
_DATES = (
    "%d-%m-%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d.%m.%Y", "%m-%d-%Y", "%Y%m%d",
    "%d-%m-%y", "%d/%m/%y", "%d.%m.%y", "%m-%d-%y", "%m/%d/%y", "%y-%m-%d", "%y/%m/%d",
)  # fmt: skip
_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", "T%H:%M", "T%H:%M:%S", " %I:%M %p", " %I:%M:%S %p", " %H.%M")
_PATTERNS = (*(date + time for date in _DATES for time in _TIMES), "%Y%m%d%H%M%S")
_SOUNDS_LIKE_TIME = re.compile(
    r"dat(e|um)|tijd|time|_at$|_op$|stamp|ontvangen|gereed|gesloten|start|eind|end", re.IGNORECASE
)
_ZONE = ZoneInfo("Europe/Amsterdam")
_MANY = 0.95
_HALF = 0.5
_TRIED_PARTLY = 200
_END_OF_DAY = re.compile(r"(?<![\d:])24:00(?!:0?[1-9])")
"""The end of its day, which reads as a moment (`flows.sources.moments`) and not with strptime."""
_FAR = 5
_FIRST_YEAR, _LAST_YEAR = 1990, 2199
"""Few values before or after these are placeholders, such as 1970 and 9999."""


@dataclass(frozen=True)
class MomentGuess:
    """What a time column seems to be."""

    format: str
    precision: str
    share: float
    """Share of the values that the format reads."""
    placeholders: tuple[str, ...] = ()
    """Clock times that stand too often to be times."""
    offsets: tuple[str, ...] = ()
    empty_before: int | None = None
    empty_from: int | None = None
    day_or_month: bool = False
    """True where another order of day, month and year could be meant as well."""


def guess_moment(name: str, values: Iterable[str | None]) -> MomentGuess | None:
    """Return what kind of moments the column holds, or None."""
    texts = [_END_OF_DAY.sub("00:00", text) for text in _distinct(values)]
    if len(texts) < 1:
        return None
    for read_all in (_iso, _by_pattern, _numbers):
        if (found := read_all(name, texts)) is not None:
            format_, moments, offsets, is_doubtful = found
            return _described(format_, moments, offsets, is_doubtful, len(texts))
    return None


def partly_moments(name: str, values: Iterable[str | None]) -> float | None:
    """Return which share of the values of a column that sounds like moments one format reads: at least half, and too
    few for it to be the format of the column; else None.
    """
    texts = [_END_OF_DAY.sub("00:00", text) for text in _distinct(values)[:_TRIED_PARTLY]]
    if not _SOUNDS_LIKE_TIME.search(name) or not texts:
        return None
    read = [sum(_ISO.match(text) is not None for text in texts)]
    read += [sum(_parses(text, pattern) for text in texts) for pattern in _PATTERNS]
    share = max(read) / len(texts)
    return share if _HALF <= share < _MANY else None


def are_clock_times(values: Iterable[str | None]) -> bool:
    """Tell whether a column holds times of day without their day."""
    texts = _distinct(values)[:_TRIED_PARTLY]
    return bool(texts) and all(_CLOCK.fullmatch(text) for text in texts)


def _parses(text: str, pattern: str) -> bool:
    try:
        datetime.strptime(text, pattern)
    except ValueError:
        return False
    return True


def _distinct(values: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))[:TRIED_VALUES]


Found = tuple[str, list[datetime], tuple[str, ...], bool]


def _iso(name: str, texts: list[str]) -> Found | None:
    matches = [(text, match) for text in texts if (match := _ISO.match(text))]
    if len(matches) < _MANY * len(texts):
        return None
    offsets = Counter(match["offset"] or "" for text, match in matches if len(text) > 10)
    moments = [m for text, _ in matches if (m := _moment(text)) is not None]
    return ("iso", _local(moments), tuple(sorted(offsets)), False) if len(moments) >= _MANY * len(texts) else None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.replace(",", ".").replace(" +", "+").replace(" -", "-").replace(" Z", "Z"))
    except ValueError:
        return None


def _local(moments: list[datetime]) -> list[datetime]:
    """Return the clock times in the zone that is assumed, in which a mapping names those that stand for none; as they
    were written where all of them are dates there.
    """
    written = [moment.replace(tzinfo=None) for moment in moments]
    if all(moment.time() == time() for moment in written):
        return written
    is_movable = [
        moment.tzinfo is not None and datetime.min.year < moment.year < datetime.max.year for moment in moments
    ]
    return [
        (moment.astimezone(_ZONE) if can_move else moment).replace(tzinfo=None)
        for moment, can_move in zip(moments, is_movable, strict=True)
    ]


def _by_pattern(name: str, texts: list[str]) -> Found | None:
    patterns = [pattern for pattern in _PATTERNS if _may_be(pattern, name, texts)]
    found = [(pattern, moments) for pattern in patterns if (moments := _parsed(texts, pattern)) is not None]
    if not found:
        return None
    pattern, moments = _likeliest(found)
    return pattern, moments, (), any(other[:2] != pattern[:2] for other, _ in found)


def _likeliest(found: list[tuple[str, list[datetime]]]) -> tuple[str, list[datetime]]:
    """Return the first, unless with the year in front the moments lie far closer together: 25-01-06, 25-01-07, …"""
    first, *others = found
    for other in others:
        if other[0].startswith("%y") and _FAR * _span(other[1]) < _span(first[1]):
            return other
    return first


def _span(moments: list[datetime]) -> timedelta:
    return max(moments) - min(moments)


def _may_be(pattern: str, name: str, texts: list[str]) -> bool:
    """Digits alone could be a number: they count at full length only, under a name that sounds like a time."""
    if not pattern.startswith("%Y%m"):
        return True
    full = len(datetime(2024, 12, 31).strftime(pattern))
    return bool(_SOUNDS_LIKE_TIME.search(name)) and all(len(text) == full for text in texts)


def _parsed(texts: list[str], pattern: str) -> list[datetime] | None:
    moments = []
    for tried, text in enumerate(texts, start=1):
        try:
            moments.append(datetime.strptime(text, pattern))
        except ValueError:
            if tried - len(moments) > (1 - _MANY) * len(texts):
                return None
    return moments or None


def _numbers(name: str, texts: list[str]) -> Found | None:
    """Epoch and Excel numbers count only under a name that sounds like a time: case numbers look alike."""
    if not _SOUNDS_LIKE_TIME.search(name) or not all(re.fullmatch(r"\d{4,13}(\.\d+)?", text) for text in texts):
        return None
    numbers = [float(text) for text in texts]
    start = datetime(1970, 1, 1)
    for format_, low, high, as_moment in (
        ("epoch_s", 3e8, 4e9, lambda n: start + timedelta(seconds=n)),
        ("epoch_ms", 3e11, 4e12, lambda n: start + timedelta(milliseconds=n)),
        ("excel", 2e4, 6e4, lambda n: datetime(1899, 12, 30) + timedelta(days=n)),
    ):
        if low <= min(numbers) and max(numbers) <= high:
            moments = [as_moment(n) for n in numbers]
            if format_ == "excel":
                return format_, moments, (), False
            return format_, _local([moment.replace(tzinfo=UTC) for moment in moments]), ("Z",), False
    return None


def _described(
    format_: str, moments: list[datetime], offsets: tuple[str, ...], doubtful: bool, tried: int
) -> MomentGuess:
    clocks = Counter(moment.strftime("%H:%M:%S") for moment in moments)
    early = sum(moment.year < _FIRST_YEAR for moment in moments)
    far = sum(moment.year > _LAST_YEAR for moment in moments)
    is_day = set(clocks) == {"00:00:00"}
    seconds = any(moment.second for moment in moments)
    return MomentGuess(
        format=format_,
        precision="day" if is_day else "second" if seconds else "minute",
        share=len(moments) / tried,
        placeholders=() if is_day else _clusters(clocks, len(moments)),
        offsets=tuple(offset for offset in offsets if offset),
        empty_before=_FIRST_YEAR if 0 < early < len(moments) / 2 else None,
        empty_from=_LAST_YEAR + 1 if 0 < far < len(moments) / 2 else None,
        day_or_month=doubtful,
    )


def _clusters(clocks: Counter[str], total: int) -> tuple[str, ...]:
    """Return clock times that so many days share that they stand for 'no time known'."""
    often = [clock for clock, n in clocks.most_common(5) if n >= 10 and n / total >= 0.05]
    midnight = ["00:00:00"] if clocks["00:00:00"] >= 3 and clocks["00:00:00"] / total >= 0.01 else []
    return tuple(dict.fromkeys(sorted([*midnight, *often])))
