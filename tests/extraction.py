"""Sources written as text beside the assertion: a CSV in, the rows of the event table out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from flows.sources import Extract, extract
from mappings.journey import Journey
from mappings.project import Project, ProjectFile
from mappings.source import EventColumns, Source

KEY = b"a key for tests, of enough length"
COLUMNS = {"case": "case", "activity": "what", "completed_at": "at"}


@dataclass(frozen=True)
class Extraction:
    """An extract with its tables read back."""

    facts: Extract

    @property
    def events(self) -> list[dict[str, Any]]:
        return pq.read_table(self.facts.events_path).to_pylist()

    @property
    def cases(self) -> dict[str, dict[str, Any]]:
        return {row["case_id"]: row for row in pq.read_table(self.facts.cases_path).to_pylist()}

    @property
    def attempts(self) -> list[dict[str, Any]]:
        return pq.read_table(self.facts.attempts_path).to_pylist()

    @property
    def quarantine(self) -> list[dict[str, Any]]:
        return pq.read_table(self.facts.quarantine_path).to_pylist()

    def column(self, name: str) -> list[Any]:
        return [event[name] for event in self.events]


def project(folder: Path, *sources: Source, journeys: tuple[Journey, ...] = ()) -> Project:
    file = ProjectFile(name="test", purpose="test", legal_basis="test")
    return Project(file=file, folder=folder, sources=sources, journeys=journeys)


def source(**parts: Any) -> Source:
    columns = {**COLUMNS, **parts.pop("columns", {})}
    plain: dict[str, Any] = {"name": "zaken", "kind": "csv", "path": "zaken.csv", "zone": "Europe/Amsterdam"}
    return Source(**{**plain, "columns": EventColumns(**columns), **parts})


def read(
    folder: Path,
    written: Source,
    interval: tuple[datetime, datetime] | None = None,
    journeys: tuple[Journey, ...] = (),
) -> Extraction:
    """Extract a source; the law holds for each extraction of each test."""
    whole = project(folder, written, journeys=journeys)
    facts = extract(written, whole, folder / "work", KEY, interval)
    assert facts.accounted == facts.read
    return Extraction(facts)


def read_csv(folder: Path, text: str | bytes, **parts: Any) -> Extraction:
    """Extract a CSV written in the test; blanks around its lines do not count."""
    content = (
        text if isinstance(text, bytes) else "\n".join(line.strip() for line in text.strip().splitlines()).encode()
    )
    (folder / "zaken.csv").write_bytes(content)
    interval = parts.pop("interval", None)
    journeys = parts.pop("journeys", ())
    return read(folder, source(**parts), interval, journeys)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
