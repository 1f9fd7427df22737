"""What the mining takes in: event, case and attempt tables in the schemas of `mining.columns`, on one engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mining.engine import micros

if TYPE_CHECKING:
    from mining.coded_log import CodedLog
    from mining.results.chain import Linking

__all__ = ["MICROSECONDS_A_DAY", "Log", "micros", "to_micros"]

MICROSECONDS_A_DAY = 86_400_000_000


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
    coded: CodedLog | None = None
    """The same log coded, where a store keeps it; otherwise it is coded when it is booked."""
    linking: Linking | None = None
    """How its cases were linked, where the mapping declares links."""
    ties: Any | None = None
    """A row a link between two dossiers, with how it was made and how sure."""
    objects: Any | None = None
    """A row a dossier that tells of objects beside it: source, and the JSON of `mining.columns.CASES`."""
