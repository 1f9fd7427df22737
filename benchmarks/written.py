"""An extract whose events lie in one Parquet file, as a source would hand them over."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Written:
    """Events alone: no cases, no attempts, nothing quarantined."""

    source: str
    events_path: Path | None
    cases_path: Path | None = None
    attempts_path: Path | None = None
    quarantine_path: Path | None = None
