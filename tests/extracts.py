"""Extracts written as text beside the assertion: one event a line, as 'id case activity [records]'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from flows.store import EventStore, Stored, Version, bucket
from flows.store.delta import DeltaFolder, url_of
from flows.store.layout import BUCKET, LAYOUTS, TableName
from mining.columns import ATTEMPTS, CASES, EVENTS, QUARANTINE

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_number = count()


@dataclass(frozen=True)
class WrittenExtract:
    """What a source would hand over."""

    source: str
    events_path: Path | None = None
    cases_path: Path | None = None
    attempts_path: Path | None = None
    quarantine_path: Path | None = None
    has_cases_apart: bool = False


def event(event_id: str, case: str, activity: str, records: int = 1, source: str = "zaken") -> dict[str, Any]:
    return {
        "event_id": event_id,
        "source": source,
        "source_case_id": f"{source}/{case}",
        "case_id": case,
        "activity": activity,
        "raw_activity": activity,
        "completed_at": AT + timedelta(minutes=len(activity)),
        "precision": "second",
        "seq": 0,
        "role": "act",
        "records": records,
    }


def extract(
    folder: Path,
    log: str = "",
    *,
    source: str = "zaken",
    cases: Sequence[dict[str, Any]] = (),
    attempts: Sequence[dict[str, Any]] = (),
    quarantine: Sequence[dict[str, Any]] = (),
) -> WrittenExtract:
    """Write an extract; events are separated by '|'."""
    lines = [line.split() for line in log.split("|") if line.strip()]
    events = [event(i, case, activity, int(*n or [1]), source) for i, case, activity, *n in lines]
    here = folder / f"extract-{next(_number)}"
    here.mkdir(parents=True)

    def write(name: str, rows: Sequence[dict[str, Any]], schema: pa.Schema) -> Path | None:
        if not rows:
            return None
        known = [{field.name: row.get(field.name) for field in schema} | {"source": source} for row in rows]
        pq.write_table(pa.Table.from_pylist(known, schema), here / f"{name}.parquet")
        return here / f"{name}.parquet"

    return WrittenExtract(
        source,
        write("events", events, EVENTS),
        write("cases", cases, CASES),
        write("attempts", attempts, ATTEMPTS),
        write("quarantine", quarantine, QUARANTINE),
    )


def rows(store: EventStore, name: TableName = "events", version: Version | None = None) -> list[tuple[Any, ...]]:
    """Return everything a table holds, in a fixed order."""
    with duckdb.connect() as con:
        con.execute("SET TimeZone='UTC'")
        columns = [c for c in con.sql(store.sql(name, version)).columns if c != "bucket"]
        texts = ", ".join(f"{c}::VARCHAR" for c in columns)
        return con.sql(f"SELECT {texts} FROM ({store.sql(name, version)}) ORDER BY ALL").fetchall()


def log_of(store: EventStore, version: Version | None = None) -> str:
    """Return the stored events as text, by id."""
    with duckdb.connect() as con:
        found = con.sql(
            f"SELECT event_id, case_id, activity FROM ({store.sql('events', version)}) ORDER BY ALL"
        ).fetchall()
    return " | ".join(" ".join(row) for row in found)


def counts(stored: Stored) -> tuple[int, int, int]:
    return stored.stored, stored.replaced, stored.already_known


def older_store(at: Path, whole: Path | None, cases: list[str]) -> None:
    """Make a store as a program made it that knew no `suspended`."""
    columns = pa.schema([field for field in EVENTS if field.name != "suspended"])
    layout = replace(LAYOUTS[0], columns=columns)
    first = pq.read_table(whole).select(columns.names)
    first = first.append_column(BUCKET, pa.array([bucket(case) for case in cases], pa.int32())).cast(layout.schema)
    DeltaFolder(url_of(at, "events"), layout).create([[iter(first.to_batches())]])
