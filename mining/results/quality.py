"""The verdicts of the gate, and the reconciliation."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mining.results.base import LocalText, Result


class Measure(Result):
    """One quality measure with its verdict."""

    measure: str
    title: LocalText
    value: float | None
    unit: Literal["share", "count", "days", "flag"] = "share"
    warn: float | None = None
    stop: float | None = None
    verdict: Literal["ok", "warn", "stop", "not_determinable"] = "ok"
    detail: LocalText = Field(default_factory=dict)
    examples: tuple[str, ...] = ()


class SourceQuality(Result):
    """The gate's verdict on one source."""

    source: str
    verdict: Literal["ok", "warn", "stop"]
    measures: tuple[Measure, ...]


class Quality(Result):
    """The gate's verdict on the run: the worst of its sources."""

    verdict: Literal["ok", "warn", "stop"]
    sources: tuple[SourceQuality, ...] = ()


class ReconciliationRow(Result):
    """Records read = stored + replaced + already known + ignored + quarantined."""

    source: str
    read: int
    stored: int
    replaced: int
    already_known: int
    ignored: int
    quarantined: int
    holds: bool
    quarantine_reasons: dict[str, int] = Field(default_factory=dict)
    ignored_reasons: dict[str, int] = Field(default_factory=dict)
    """Why the mapping left records out: a label, a lifecycle transition, outside the interval."""
