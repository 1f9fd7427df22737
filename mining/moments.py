"""Microseconds back to instants, for results that people read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment_of(microseconds: int | None) -> datetime | None:
    """Return the instant in UTC; null stays null."""
    return None if microseconds is None else EPOCH + timedelta(microseconds=microseconds)
