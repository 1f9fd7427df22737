"""A case system's database as raw records: any SQLAlchemy dialect, read only, at one moment, streamed by the server.

With a watermark only cases that have changed since the last reading are read, each whole. What was read last is kept
by the run once the store has it (`Told.after`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from flows.sources.records import RawBatch, Told
from flows.sources.sql import adbc
from flows.sources.sql.connection import reading, url_of
from flows.sources.sql.rows import streamed
from flows.sources.sql.statement import Asked, asked_of, changed_cases
from flows.sources.sql.watermark import FUTURE, HighWater, is_behind, read_back, since, written
from mappings.source import Source

CHANGED_ONLY = "rows of changed cases: read since the last watermark"


def read_sql(source: Source, folder: Path, told: Told | None = None) -> Iterator[RawBatch]:
    """Yield the rows of the tables or the query, then those of `cases_query`.

    Raises SourceError, never with the password; what the mapping names and is not there is told before any row is
    read.
    """
    told = told or Told()
    url = url_of(source, folder)
    with reading(source, url, told) as connection, ExitStack() as stack:
        asked = asked_of(source, connection)
        high = HighWater(source.watermark, source.zone, datetime.now(UTC)) if source.watermark else None
        changed = _changed(source, asked, told)
        cursor = None
        if changed is None and adbc.is_possible(url):
            cursor = stack.enter_context(adbc.opened(source, url))
        for each in asked:
            batches = streamed(connection, each, changed) if cursor is None else adbc.streamed(cursor, each)
            yield from _numbered(each, batches, high, told if changed is not None else None)
    if high is not None:
        _keep(high, told)


def _changed(source: Source, asked: list[Asked], told: Told) -> Any:
    """Return the cases that are read; None for all."""
    before = told.before.get("watermark")
    if source.watermark is None or before is None:
        return None
    return changed_cases(asked, since(source.watermark, read_back(before)))


def _numbered(
    asked: Asked, batches: Iterator[tuple[pa.Table, pa.Array | None]], high: HighWater | None, told: Told | None
) -> Iterator[RawBatch]:
    read = 0
    for table, marks in batches:
        if high is not None and marks is not None:
            high.meet(marks)
        numbers = pa.array(range(read + 1, read + len(table) + 1), pa.int64())
        yield RawBatch(table, asked.where, numbers, asked.file, is_cases=asked.is_cases)
        read += len(table)
    if told is not None and not asked.is_cases:
        told.note({CHANGED_ONLY: read})
    if not read:
        empty = pa.table({name: pa.array([], pa.string()) for name in asked.columns})
        yield RawBatch(empty, asked.where, pa.array([], pa.int64()), asked.file, is_cases=asked.is_cases)


def _keep(high: HighWater, told: Told) -> None:
    told.note({FUTURE: high.future})
    before = told.before.get("watermark")
    value = high.value
    if before is not None and (value is None or is_behind(value, read_back(before))):
        value = read_back(before)
    if value is not None:
        since(high.watermark, value)
        told.after["watermark"] = written(value)
