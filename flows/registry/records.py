"""What goes into the run registry and comes out: frozen records, never rows that hang on a connection."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from flows.reconciliation import Reconciliation

RunState = Literal["running", "published", "stopped", "failed"]
Judgement = Literal["ok", "warn", "stop", "not_determinable"]


@dataclass(frozen=True)
class RunRecord:
    """One mining run. `out` is relative to the folder of all runs, so that the folder can be moved."""

    run_id: str
    project: str
    mapping_hash: str
    program_version: str
    as_of: datetime
    started_at: datetime
    interval_from: datetime | None = None
    interval_to: datetime | None = None
    finished_at: datetime | None = None
    state: RunState = "running"
    verdict: Judgement | None = None
    store_version: dict[str, int] = field(default_factory=dict)
    out: str | None = None


@dataclass(frozen=True)
class BatchRecord:
    """What a run took in from one source; kept once the store has all of it."""

    reconciliation: Reconciliation
    content_hash: str = ""
    observed_until: datetime | None = None


@dataclass(frozen=True)
class VerdictRecord:
    """One measure of the quality gate; `limit` is the threshold that was passed or nearest."""

    source: str
    measure: str
    value: float | None
    limit: float | None
    verdict: Judgement


@dataclass(frozen=True)
class ForgettingRecord:
    """That cases were forgotten: who asked, when it was done, how many. Never which."""

    project: str
    asked_by: str
    finished_at: datetime
    cases: int
    dossiers: int
    events: int
    runs: int
    """Publications that lost their exports of cases, or were removed whole."""
