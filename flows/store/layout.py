"""What lies in the store: four Delta tables, the columns of each, what makes a row one row, and its bucket.

Rule owned here: the bucket of a row never changes by itself. It is a function of the text of one column, the
first byte of its MD5 modulo 64, the same in Python and in DuckDB whatever their versions.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from mining.columns import ATTEMPTS, BUCKET_COLUMN, CASES, EVENTS, QUARANTINE

TableName = Literal["events", "cases", "attempts", "quarantine"]

BUCKETS = 64
BUCKET = pa.field(BUCKET_COLUMN, pa.int32(), nullable=False)


@dataclass(frozen=True)
class Layout:
    """One table: its columns, the key that says which rows are the same one, and where it is clustered."""

    name: TableName
    columns: pa.Schema
    key: tuple[str, ...]
    bucket_of: str
    """The column whose text decides the bucket."""
    records: str
    """SQL: how many source records a row stands for in the reconciliation law."""

    @property
    def schema(self) -> pa.Schema:
        """The columns as they lie in the store: those of the table, and the bucket."""
        return self.columns.append(BUCKET)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns in the store."""
        return tuple(self.schema.names)

    @property
    def values(self) -> tuple[str, ...]:
        """The columns that a correction may change: all but the key and what follows from it."""
        return tuple(name for name in self.columns.names if name not in self.key)

    @property
    def repeating(self) -> tuple[str, ...]:
        """The texts that many rows have alike: all but the one that names the row."""
        return tuple(f.name for f in self.columns if pa.types.is_string(f.type) and f.name != self.key[-1])


LAYOUTS: tuple[Layout, ...] = (
    Layout("events", EVENTS, ("source", "event_id"), "case_id", "records"),
    Layout("cases", CASES, ("source", "case_id"), "case_id", "0"),
    Layout("attempts", ATTEMPTS, ("source", "attempt_id"), "attempt_id", "1"),
    # a corrected record is another one: what was refused, and why, is never overwritten
    Layout("quarantine", QUARANTINE, tuple(QUARANTINE.names), "record", "0"),
)
"""In the order in which they are written: events first."""


def bucket(text: str) -> int:
    """Return the bucket (0–63) of a case number."""
    return hashlib.md5(text.encode(), usedforsecurity=False).digest()[0] % BUCKETS


def bucket_sql(column: str) -> str:
    """Return the same as a DuckDB expression; a null stands in bucket 0."""
    return f"coalesce(('0x' || md5({column})[1:2])::INTEGER % {BUCKETS}, 0)::INTEGER"
