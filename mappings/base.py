"""What every mapping model shares: frozen, no unknown keys, durations and zones as people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, PlainValidator, WithJsonSchema

_UNITS = {"w": 7 * 86400, "d": 86400, "h": 3600, "m": 60, "s": 1}
_IN_DAYS = "wd"
_DURATION = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*([wdhms])\s*$")


class Model(BaseModel):
    """A part of a mapping: immutable, and a key it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, use_attribute_docstrings=True)


class Days(timedelta):
    """A length that was written in days or weeks: in a working clock it counts working days."""


def _to_duration(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    match = _DURATION.match(str(value))
    if match is None:
        raise ValueError(f"'{value}' is not a duration; write a number and w, d, h, m or s, such as '5d' or '30m'")
    kind = Days if match[2] in _IN_DAYS else timedelta
    return kind(seconds=float(match[1]) * _UNITS[match[2]])


def _from_duration(value: timedelta) -> str:
    seconds = value.total_seconds()
    units = _IN_DAYS if isinstance(value, Days) else "hms"
    unit = next((u for u in units if seconds and seconds % _UNITS[u] == 0), units[-1])
    return f"{seconds / _UNITS[unit]:g}{unit}"


Duration = Annotated[
    timedelta,
    PlainValidator(_to_duration),
    PlainSerializer(_from_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _DURATION.pattern, "examples": ["5d", "8w", "30m"]}),
]
"""A length of time: '8w', '5d', '4h', '30m', '60s'. A day is 24 hours, except in a working clock: there the calendar's
mean working day stands for it, and '40h' are forty working hours."""


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except Exception as error:
        raise ValueError(f"'{value}' is not a time zone; write one such as Europe/Amsterdam") from error
    return value


Zone = Annotated[str, BeforeValidator(_known_zone)]
"""An IANA time zone."""


def to_instant(value: Any) -> datetime:
    """Return the moment that a text names; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise ValueError(f"'{value}' is no date or time; write 2026-11-22 or 2026-11-22T08:00+01:00") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_INSTANT = {"type": "string", "examples": ["2026-11-22", "2026-11-22T08:00+01:00"]}
Instant = Annotated[datetime, BeforeValidator(to_instant), WithJsonSchema(_INSTANT)]
"""A moment: an ISO date or time, in UTC where it has no zone."""

Identifier = Annotated[str, WithJsonSchema({"type": "string", "minLength": 1})]
Text = str | dict[str, str]
"""A text for the reader: one string, or one a language ({nl: …, en: …})."""


def text_in(text: Text, language: str) -> str:
    """Return the text in `language`, else in the first language that it has."""
    if isinstance(text, str):
        return text
    return text.get(language) or next(iter(text.values()), "")
