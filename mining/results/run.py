"""What was mined: the mapping, the run, the size of the log, the population."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from mining.results.base import LocalText, Result


class ProjectFacts(Result):
    """Which mapping this is."""

    name: str
    title: LocalText
    language: Literal["nl", "en"] = "nl"
    zone: str
    purpose: LocalText
    legal_basis: LocalText
    smallest_group: int = 10
    """Groups of fewer cases are not told on the page for the team."""


class SourceReading(Result):
    """What reading a live system took, and what it could not see."""

    source: str
    requests: int
    """Requests sent, those that were sent again included."""
    notes: dict[str, int] = Field(default_factory=dict)
    """What was noted → how often: what was read again, left for a next run, hidden or unknown."""


class RunFacts(Result):
    """What was mined, so that anyone can mine it again."""

    run_id: str
    as_of: datetime
    interval_from: datetime | None = None
    interval_to: datetime | None = None
    mapping_hash: str = ""
    store_version: dict[str, int] = Field(default_factory=dict)
    program_version: str = ""
    readings: tuple[SourceReading, ...] = ()
    """One for each source that is a live system."""
    memory: str = ""
    """What the engine was allowed to hold in memory; beyond it, it spilled to disk."""
    threads: int | None = None
    """Threads that the engine was given; null: as many as the machine has."""
    engine: str = "duckdb"
    """What the log was mined on: duckdb or spark. The findings are the same."""


class LogFacts(Result):
    """The size of the log."""

    cases: int
    events: int
    activities: int
    variants: int
    first_at: datetime | None = None
    last_at: datetime | None = None
    closed_cases: int = 0
    open_cases: int = 0
    without_lead_time: int = 0
    """Cases with a single event and no received_at, or none: on no ladder."""


class Cohort(Result):
    """The cases that ladder and lead time speak of."""

    kind: Literal["closed_in", "started_in", "open_at"] = "closed_in"
    from_: datetime | None = Field(default=None, alias="from")
    to: datetime | None = None
    cases: int
    open_cases: int
    """Cases of the same log that are still open, in no mean."""
    open_share: float


class LaneFacts(Result):
    """A lane as the page draws it."""

    lane: str
    title: LocalText
    layer: str
    organisation: str = ""
    department: str = ""


class SourceFacts(Result):
    """A source, for the information flow of the map."""

    source: str
    title: LocalText
    system: LocalText
    kind: str
    organisation: str = ""
    events: int = 0
    """Events, or attempts where it is a source of attempts."""
    observed_until: datetime | None = None
    channels: tuple[str, ...] = ()
