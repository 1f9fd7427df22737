"""What the mining takes in: event, case and attempt tables in the schemas of `mining.columns`, on one engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import ibis

MICROSECONDS_A_DAY = 86_400_000_000


@ibis.udf.scalar.builtin(name="epoch_us")  # type: ignore[untyped-decorator]
def _epoch_us(moment: ibis.dtype("timestamp('UTC')")) -> int:  # type: ignore[empty-body, valid-type]
    """DuckDB's own; the only engine function that is not portable Ibis."""


def micros(moment: Any) -> Any:
    """Return an instant as int64 microseconds since 1970 in UTC."""
    return _epoch_us(moment)


def to_micros(moment: datetime) -> int:
    """Return an aware datetime as microseconds since 1970 in UTC, exactly."""
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


@dataclass(frozen=True)
class Log:
    """The tables of one run. `observed_until` says per source until when it was read."""

    con: Any
    events: Any
    cases: Any
    attempts: Any | None = None
    observed_until: dict[str, datetime] = field(default_factory=dict)
