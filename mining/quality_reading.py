"""What a quality measure found before anyone judged it: a value, words about it, and a few examples.

A value of None says "not determinable from this data", with the reason in `detail`; it is never zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

MAX_EXAMPLES = 5
Pseudonym = Callable[[str], str]
"""Turns a case number into what may stand on a page."""


@dataclass(frozen=True)
class Reading:
    """One measured value; shares 0–1, counts and days as they are."""

    value: float | None
    detail: Mapping[str, str] = field(default_factory=dict)
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class LateDelivery:
    """A delivery of a partner that is missing, or came late."""

    period: date
    """The first day of the period that it is about."""
    due_on: date
    """The day by whose end it was expected."""
    came_on: date | None = None

    def __str__(self) -> str:
        came = "missing" if self.came_on is None else f"late, came {self.came_on}"
        return f"of {self.period}, by {self.due_on}: {came}"


@dataclass(frozen=True)
class ExtractFacts:
    """What the extraction of one source knows and the event table does not: counts, labels and bounds."""

    source: str
    zone: str = "Europe/Amsterdam"
    read: int = 0
    ignored: int = 0
    quarantined: int = 0
    repeated: int = 0
    """Records with an event id that an earlier record of the same extraction already had."""
    quarantine_reasons: Mapping[str, int] = field(default_factory=dict)
    unmapped_activities: Mapping[str, int] = field(default_factory=dict)
    """Label of the source that the mapping does not name → records."""
    unmapped_lanes: Mapping[str, int] = field(default_factory=dict)
    ambiguous_times: int = 0
    """Local times in the hour that occurs twice, or that never was, without an offset."""
    unmapped_channels: Mapping[str, int] = field(default_factory=dict)
    unreadable_times: Mapping[str, int] = field(default_factory=dict)
    """Column → values that are no times, where the record is kept without them."""
    arrivals: tuple[LateDelivery, ...] | None = None
    """Expected deliveries that are missing or late; None where the mapping expects none."""
    corrections_unmet: tuple[str, ...] | None = None
    """Corrections that met no record; None where there are none, or only a part of the source was read."""
    unpaired: int = 0
    """Lifecycle transitions that found no counterpart."""
    unlinked: int | None = None
    """Events that found no chain case; None where the source is not linked to another."""
    unlinked_of: int | None = None
    """Of how many events, where those of all readings were looked at; None: of this reading's."""
    observed_until: datetime | None = None
    together_within_seconds: float = 60.0
    columns: frozenset[str] | None = None
    """Columns of the event and case tables that the mapping fills; None: take each as filled."""

    def fills(self, column: str) -> bool:
        """Say whether the mapping has a column of the source for it."""
        return self.columns is None or column in self.columns


Readings = dict[str, Reading]


def both(nl: str, en: str) -> dict[str, str]:
    """Return a text in the two languages of the reports."""
    return {"nl": nl, "en": en}


def not_determinable(nl: str, en: str) -> Reading:
    """Return a reading without a value, and why."""
    return Reading(None, both(nl, en))


def share(part: int, whole: int, nl: str = "", en: str = "", examples: tuple[str, ...] = ()) -> Reading:
    """Return part ÷ whole, with the numbers behind it; not determinable where there is no whole."""
    if not whole:
        return not_determinable("niets om aan te meten", "nothing to measure it on")
    counts = both(f"{part:,} van {whole:,}".replace(",", "."), f"{part:,} of {whole:,}")
    detail = both(counts["nl"] + (f"; {nl}" if nl else ""), counts["en"] + (f"; {en}" if en else ""))
    return Reading(part / whole, detail, examples[:MAX_EXAMPLES])


def counted(labels: Mapping[str, int]) -> tuple[str, ...]:
    """Return the labels that occur most, each with its count."""
    most = sorted(labels.items(), key=lambda item: (-item[1], item[0]))
    return tuple(f"{label} ({count})" for label, count in most[:MAX_EXAMPLES])


def one_row(aggregate: Any) -> dict[str, Any]:
    """Run an aggregate and return its only row."""
    row: dict[str, Any] = aggregate.to_pyarrow().to_pylist()[0]
    return row


def seconds(instant: Any) -> Any:
    """Return an instant as seconds; DuckDB gives a double where Ibis promises an integer, so double is asked."""
    return instant.epoch_seconds().cast("float64")
