"""What a mining run is asked for, and what is settled before it begins."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from mappings.project import Project

Progress = Callable[[str], None]


@dataclass(frozen=True)
class RunRequest:
    """A run as asked: the mapping folder, where to write, and which data and moment it is about."""

    mapping: Path
    out: Path | None = None
    store: Path | None = None
    interval_from: datetime | None = None
    interval_to: datetime | None = None
    as_of: datetime | None = None
    memory: str = "4GB"
    """What the engine holds in memory at most; beyond it, it spills to disk."""
    threads: int | None = None
    """Threads of the engine; as many as the machine has where left out."""
    engine: str = "duckdb"
    """What the log is mined on: duckdb in this process, or spark."""
    master: str | None = None
    """The URL of Spark's master, such as spark://host:7077."""
    is_analyst: bool = False
    """Whether the list of cases is written too, under pseudonyms, apart from the page for the team."""
    has_logs: bool = True
    """Whether the event log is among the exports, as XES and as OCEL: about a gigabyte for a million events."""


@dataclass(frozen=True)
class Prepared:
    """A run that may begin: its mapping is checked, its name and folders are settled."""

    request: RunRequest
    project: Project
    run_id: str
    as_of: datetime
    started_at: datetime
    out: Path
    store: Path
    key: bytes = field(repr=False)
    program_version: str = ""
    closing: ExitStack = field(default_factory=ExitStack, repr=False, compare=False)
    """What is closed when the run ends, such as the session on a cluster."""

    @property
    def interval(self) -> tuple[datetime, datetime] | None:
        """The data interval, [from, to); an open side reaches as far as there can be data."""
        begin, end = self.request.interval_from, self.request.interval_to
        if begin is None and end is None:
            return None
        return begin or datetime(1, 1, 2, tzinfo=UTC), end or datetime(9999, 12, 30, tzinfo=UTC)

    @property
    def spill(self) -> Path:
        """Where the engine puts what does not fit in memory; it goes when the run ends."""
        return self.store / "work" / self.run_id

    @property
    def folder(self) -> Path:
        """Where this run's publication stands."""
        return self.out / self.run_id


def run_name(project: Project, request: RunRequest, started_at: datetime) -> str:
    """Return the run's name: keyed by its data interval where it has one, else by when it began.

    A schedule that fires twice for one interval so writes one run, not two.
    """
    if request.interval_from is None and request.interval_to is None:
        return started_at.astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")[:-3] + "Z"
    ends = [
        moment.astimezone(UTC).strftime("%Y%m%dT%H%M%S") if moment else "open"
        for moment in (request.interval_from, request.interval_to)
    ]
    digest = hashlib.sha256(project.fingerprint.encode()).hexdigest()[:8]
    return f"{ends[0]}--{ends[1]}-{digest}"


def program_version() -> str:
    """Return the version of this program."""
    try:
        return version("zaakstroom")
    except PackageNotFoundError:
        return "0"
