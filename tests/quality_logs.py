"""Small logs as text for the quality tests: one event a line, 'case activity instant [key=value …]'."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import ibis
import pyarrow as pa

from mining.columns import ATTEMPTS, CASES, EVENTS
from mining.quality import ExtractFacts, measure
from mining.results.quality import Measure

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
_MOMENTS = ("started_at", "completed_at", "received_at", "closed_at")


def moment(text: str) -> datetime | None:
    """Return '2026-03-02T09:00' as UTC; '-' is unknown."""
    return None if text == "-" else datetime.fromisoformat(text).replace(tzinfo=UTC)


def event(line: str, number: int) -> dict[str, Any]:
    """Return one row of the event table; underscores in values stand for spaces."""
    case, activity, at, *more = line.split()
    row: dict[str, Any] = {
        "event_id": f"s:{number}", "source": "s", "source_case_id": case, "case_id": case,
        "activity": activity.replace("_", " "), "completed_at": moment(at), "precision": "second",
        "seq": number, "role": "act", "records": 1, "resource": "r", "lane": "team",
    }  # fmt: skip
    for key, value in (pair.split("=", 1) for pair in more):
        row[key] = moment(value) if key in _MOMENTS else None if value == "-" else value.replace("_", " ")
    return {"raw_activity": row["activity"]} | row


def case(line: str) -> dict[str, Any]:
    """Return one row of the case table from 'case received closed [key=value …]'."""
    name, received, closed, *more = line.split()
    row: dict[str, Any] = {
        "case_id": name, "source": "s", "received_at": moment(received), "closed_at": moment(closed),
        "received_precision": "second", "closed_precision": "second",
    }  # fmt: skip
    return row | {k: v.replace("_", " ") for k, v in (pair.split("=", 1) for pair in more)}


def _lines(text: str) -> list[str]:
    return [line.strip() for part in text.splitlines() for line in part.split("|") if line.strip()]


def _table(connection: Any, name: str, rows: list[dict[str, Any]], schema: pa.Schema) -> Any:
    whole = [{column: row.get(column) for column in schema.names} for row in rows]
    return connection.create_table(name, pa.Table.from_pylist(whole, schema=schema))


@contextmanager
def tables(
    events: str, cases: str = "", attempts: list[dict[str, Any]] | None = None
) -> Iterator[tuple[Any, Any, Any]]:
    """Give the three tables of a log written as text, as Ibis tables."""
    connection = ibis.duckdb.connect()
    try:
        yield (
            _table(connection, "events", [event(line, n) for n, line in enumerate(_lines(events))], EVENTS),
            _table(connection, "cases", [case(line) for line in _lines(cases)], CASES),
            _table(connection, "attempts", attempts or [], ATTEMPTS),
        )
    finally:
        connection.disconnect()


def measured(
    events: str,
    cases: str = "",
    facts: ExtractFacts | None = None,
    as_of: datetime = AS_OF,
    **more: Any,
) -> dict[str, Measure]:
    """Measure a log written as text; the measures by name."""
    with tables(events, cases) as (event_table, case_table, _):
        found = measure(event_table, case_table, facts or ExtractFacts(source="s"), as_of, **more)
    return {m.measure: m for m in found}
