"""What came out of one source: where its tables lie, and what became of each record (DESIGN §7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from mining.quality_reading import LateDelivery


@dataclass(frozen=True)
class Extract:
    """What came out of one source, and what became of each record.

    All counts are records unless named otherwise.
    """

    source: str
    events_path: Path
    cases_path: Path
    attempts_path: Path
    quarantine_path: Path
    read: int = 0
    events: int = 0
    """Rows of the event table (of the attempts, for a source of attempts)."""
    events_records: int = 0
    """Records that those rows are made of."""
    known: int = 0
    """Exact repetitions of another record of this extract."""
    replaced: int = 0
    """Records that a later file tells otherwise under the same id."""
    ignored: dict[str, int] = field(default_factory=dict)
    """Why → records: 'label: …', 'lifecycle: …', 'outside the interval', 'no object of the case's type'."""
    quarantined: dict[str, int] = field(default_factory=dict)
    """Reason → records."""
    unmapped_activities: dict[str, int] = field(default_factory=dict)
    unmapped_lanes: dict[str, int] = field(default_factory=dict)
    unknown_lanes: dict[str, int] = field(default_factory=dict)
    """Labels that the mapping declares to mean 'not known'."""
    unmapped_channels: dict[str, int] = field(default_factory=dict)
    unlinked: int = 0
    """Records whose case has no reference to the chain case."""
    unpaired_starts: int = 0
    """Starts that nothing completes: work in hand."""
    completions_without_start: int = 0
    """Completions for which a source with starts records none."""
    ambiguous_times: dict[str, int] = field(default_factory=dict)
    """Column → values that the clocks struck twice; the earlier was taken."""
    unreadable: dict[str, int] = field(default_factory=dict)
    """Column → values that are no times, where the record is kept without them."""
    day_only_starts: int = 0
    """Starts of which only the day was known, beside a completion with a time; taken as not recorded."""
    day_precision: int = 0
    """Events of which only the day is known."""
    observed_from: datetime | None = None
    observed_until: datetime | None = None
    """The latest instant of any event."""
    content_hash: str = ""
    columns: tuple[str, ...] = ()
    """All columns that the records have."""
    requests: int = 0
    """Requests that the reading of a living system took."""
    notes: dict[str, int] = field(default_factory=dict)
    """What the reader noted of a living system → how often: what it could not see, what it read again."""
    arrivals: tuple[LateDelivery, ...] | None = None
    """Expected deliveries that are missing or late; None where the mapping expects none."""
    corrections_unmet: tuple[str, ...] | None = None
    """Corrections that met no record, each by its reason; None where there are none or only a part was read."""
    withdrawn: tuple[str, ...] = ()
    """Ids of events and attempts as they were before they were corrected; the store lets go of what it still holds."""
    withdrawn_cases: tuple[str, ...] = ()
    """Cases of which a record was corrected; the store lets go of those of which nothing is told any more."""
    has_ids_twice: bool = False
    """Several of its events may have one id, told apart in the store by -2, -3."""
    has_halves: bool = False
    """Starts and completions are records of their own."""
    outdated_path: Path | None = None
    """Ids of completions that are now part of an event with the id of its start, and of records that are no event any
    more; the store lets go of them too."""
    has_cases_apart: bool = False
    """Its cases are told in records of their own: one is there also without an event."""
    has_own_numbers: bool = False
    """Its cases bear their own number, whatever case of the chain their events name."""
    left: dict[str, Any] = field(default_factory=dict)
    """What the next reading needs; kept once the store has all of this one (`flows.sources.leftover`)."""

    @property
    def accounted(self) -> int:
        """Records whose fate is known; equal to `read`, by the law."""
        return (
            self.events_records
            + self.known
            + self.replaced
            + sum(self.ignored.values())
            + sum(self.quarantined.values())
        )
