"""The tables of the run registry: runs, the batches each took in, and the verdicts of its quality gate.

Rule owned here: instants are UTC in and UTC out, whatever the database keeps.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, DateTime, Dialect, ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

STATES = ("running", "published", "stopped", "failed")
VERDICTS = ("ok", "warn", "stop", "not_determinable")


class UtcInstant(TypeDecorator[datetime]):
    """An instant with a zone; SQLite, which keeps none, gets and gives UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a local time: it would become another instant on another machine."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant needs a zone: {value.isoformat()}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give UTC back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Base(DeclarativeBase):
    """All tables of the registry."""


class Run(Base):
    """One mining run: which mapping, which data, which version of the store, what came of it."""

    __tablename__ = "runs"
    __table_args__ = (CheckConstraint(_one_of("state", STATES), name="runs_state"),)

    run_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    project: Mapped[str] = mapped_column(String(200), index=True)
    mapping_hash: Mapped[str] = mapped_column(String(64))
    program_version: Mapped[str] = mapped_column(String(50))
    as_of: Mapped[datetime] = mapped_column(UtcInstant)
    interval_from: Mapped[datetime | None] = mapped_column(UtcInstant)
    interval_to: Mapped[datetime | None] = mapped_column(UtcInstant)
    started_at: Mapped[datetime] = mapped_column(UtcInstant)
    finished_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    state: Mapped[str] = mapped_column(String(20))
    verdict: Mapped[str | None] = mapped_column(String(20))
    store_version: Mapped[dict[str, Any]] = mapped_column(JSON)
    out: Mapped[str | None] = mapped_column(String(1000))


class Batch(Base):
    """What one run took in from one source, once the store has all of it: the reconciliation law, kept."""

    __tablename__ = "batches"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.run_id", ondelete="CASCADE"), primary_key=True)
    source: Mapped[str] = mapped_column(String(200), primary_key=True)
    read: Mapped[int] = mapped_column(BigInteger)
    stored: Mapped[int] = mapped_column(BigInteger)
    replaced: Mapped[int] = mapped_column(BigInteger)
    already_known: Mapped[int] = mapped_column(BigInteger)
    ignored: Mapped[int] = mapped_column(BigInteger)
    quarantined: Mapped[int] = mapped_column(BigInteger)
    law_holds: Mapped[bool]
    content_hash: Mapped[str] = mapped_column(String(64))
    observed_until: Mapped[datetime | None] = mapped_column(UtcInstant)


class Verdict(Base):
    """One measure of the quality gate on one source, with its limit."""

    __tablename__ = "verdicts"
    __table_args__ = (CheckConstraint(_one_of("verdict", VERDICTS), name="verdicts_verdict"),)

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.run_id", ondelete="CASCADE"), primary_key=True)
    source: Mapped[str] = mapped_column(String(200), primary_key=True)
    measure: Mapped[str] = mapped_column(String(200), primary_key=True)
    value: Mapped[float | None]
    limit: Mapped[float | None]
    verdict: Mapped[str] = mapped_column(String(20))


class Forgetting(Base):
    """That cases were forgotten: who asked, when, how many. Never which."""

    __tablename__ = "forgettings"

    id: Mapped[int] = mapped_column(primary_key=True)
    project: Mapped[str] = mapped_column(String(200))
    asked_by: Mapped[str] = mapped_column(String(200))
    finished_at: Mapped[datetime] = mapped_column(UtcInstant)
    cases: Mapped[int] = mapped_column(BigInteger)
    dossiers: Mapped[int] = mapped_column(BigInteger)
    events: Mapped[int] = mapped_column(BigInteger)
    runs: Mapped[int] = mapped_column(BigInteger)
