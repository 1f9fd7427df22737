"""The mapping under which each of the two logs is mined: the demo's own, and one without a journey."""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from pathlib import Path

from mappings.calendar import Calendar
from mappings.chain import Chain
from mappings.load import load_project
from mappings.project import Lane, Project, ProjectFile
from mappings.source import EventColumns, Source

ROOT = Path(__file__).resolve().parents[1]
AS_OF = datetime(2026, 1, 15, tzinfo=UTC)


@functools.cache
def project_of(log: str) -> Project:
    """Return the project of the log of that name."""
    if log == "simulator":
        # its events stand under their chain cases already; what linking takes, `benchmarks.linking` tells
        return load_project(ROOT / "mappings" / "demo").model_copy(update={"chain": Chain()})
    lanes = ("front_office", "team_a", "team_b", "legal", "administration")
    file = ProjectFile(
        name="variety", purpose="benchmark", legal_basis="none: made up", lanes={name: Lane() for name in lanes}
    )
    columns = EventColumns(case="case_id", activity="activity", completed_at="completed_at", started_at="started_at")
    source = Source(name="log", kind="parquet", path="log.parquet", columns=columns)
    return Project(file=file, folder=ROOT, sources=(source,), calendar=Calendar(), fingerprint="variety")
