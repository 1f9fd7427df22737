"""What leaves the store: events as they were before a correction or a pairing, and cases that lose their last event.

In: an extract. Rules owned here: an event that the same extract brings again stays, and is replaced as any correction
is. A case goes where its last event was withdrawn or went to another case, and the extract tells of it no more; before
the events do, so that a run that breaks off in between is simply done again.
"""
# ruff: noqa: S608 - the SQL is made of own column names and quoted paths; ids go in as a registered table

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from flows.store.delta import DeltaFolder
from flows.store.fate import BATCH_ROWS, literal, stored_sql
from flows.store.layout import TableName

Tables = Mapping[TableName, DeltaFolder]
# told apart by -2, -3; an id of the source's own may end like that too, and is then of another case
_TWINS = """
UNION ALL SELECT s.* FROM ({stored}) s SEMI JOIN (FROM ({stored}) SEMI JOIN withdrawn_ids USING (event_id)) w
    ON regexp_replace(s.event_id, '-[0-9]+$', '') = w.event_id AND s.source_case_id = w.source_case_id
    AND s.event_id NOT IN (FROM withdrawn_ids)
"""
_EMPTIED = """
SELECT * FROM ({cases}) WHERE source = {source} AND case_id IN ({left}) AND case_id NOT IN (
    SELECT {case} FROM ({events}) WHERE source = {source} AND {case} IN ({left}) AND event_id NOT IN ({gone})
    UNION ALL SELECT {case} FROM ({brought}) UNION ALL SELECT case_id FROM ({told}))
"""


def withdraw(con: duckdb.DuckDBPyConnection, tables: Tables, extract: Any) -> int:
    """Remove the events and attempts that the extract withdraws, or tells as outdated; return how many cases lost their
    last event.

    Raises LostRace where another came first.
    """
    source, events, ids = literal(extract.source), tables["events"], getattr(extract, "withdrawn", ())
    cases = getattr(extract, "withdrawn_cases", ())
    if ids:
        _withdraw_attempts(con, tables["attempts"], extract)
    if not (ids or cases or _holds_rows(getattr(extract, "outdated_path", None))):
        return 0
    con.register("withdrawn_cases", pa.table({"case_id": pa.array(cases, pa.string())}))
    con.register("withdrawn_ids", pa.table({"event_id": pa.array(sorted(set(ids)), pa.string())}))
    stored = f"SELECT * FROM ({stored_sql(events.layout, events.uris())}) WHERE source = {source}"
    outdated = _rows(getattr(extract, "outdated_path", None), "event_id, source_case_id")
    con.execute(f"CREATE OR REPLACE TEMP VIEW unwanted AS {outdated} UNION ALL SELECT *, NULL FROM withdrawn_ids")
    twins = _TWINS.format(stored=stored) if getattr(extract, "has_ids_twice", False) else ""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE leaving AS FROM (FROM ({stored}) s SEMI JOIN unwanted u"
        f" ON s.event_id = u.event_id AND (u.source_case_id IS NULL OR u.source_case_id = s.source_case_id) {twins})"
        f" ANTI JOIN ({_rows(extract.events_path, 'event_id')}) USING (event_id)"
    )
    left = f"SELECT {_case(extract)} FROM leaving UNION ALL FROM withdrawn_cases"
    emptied = drop_emptied(con, tables, extract, left, "SELECT event_id FROM leaving")
    delete_rows(con, events, "SELECT * FROM leaving")
    return emptied


def _withdraw_attempts(con: duckdb.DuckDBPyConnection, attempts: DeltaFolder, extract: Any) -> None:
    con.register("withdrawn_attempts", pa.table({"attempt_id": pa.array(sorted(set(extract.withdrawn)), pa.string())}))
    delete_rows(
        con,
        attempts,
        f"SELECT * FROM ({stored_sql(attempts.layout, attempts.uris())}) WHERE source = {literal(extract.source)}"
        " AND attempt_id IN (FROM withdrawn_attempts)"
        f" AND attempt_id NOT IN ({_rows(extract.attempts_path, 'attempt_id')})",
    )


def case_left(extract: Any) -> str:
    """Return SQL for the case that a stored event `s` leaves as `i`.

    Where cases are told apart, one that lost its events may still be there; not so one that got another number.
    """
    was, now = _case(extract, "s."), _case(extract, "i.")
    is_same = " AND s.source_case_id IS NOT DISTINCT FROM i.source_case_id"
    return f"CASE WHEN {was} != {now}{is_same if getattr(extract, 'has_cases_apart', False) else ''} THEN {was} END"


def drop_emptied(con: duckdb.DuckDBPyConnection, tables: Tables, extract: Any, left: str, gone: str) -> int:
    """Remove the cases among `left` of which no event is stored but those in `gone`, nor brought; return how many."""
    events, cases = tables["events"], tables["cases"]
    query = _EMPTIED.format(
        cases=stored_sql(cases.layout, cases.uris()),
        events=stored_sql(events.layout, events.uris()),
        source=literal(extract.source),
        case=_case(extract),
        left=left,
        gone=gone,
        brought=_rows(extract.events_path, "source, source_case_id, case_id"),
        told=_rows(extract.cases_path, "case_id"),
    )
    return delete_rows(con, cases, query)


def _holds_rows(path: Path | None) -> bool:
    return path is not None and pq.read_metadata(path).num_rows > 0


def _case(extract: Any, row: str = "") -> str:
    has_own = getattr(extract, "has_own_numbers", False)
    return f"({row}source || ':' || {row}source_case_id)" if has_own else f"{row}case_id"


def _rows(path: Path | None, columns: str) -> str:
    nothing = ", ".join(f"NULL::VARCHAR AS {name}" for name in columns.split(", "))
    return f"SELECT {columns} FROM read_parquet({literal(str(path))})" if path else f"SELECT {nothing} WHERE false"


def delete_rows(con: duckdb.DuckDBPyConnection, table: DeltaFolder, query: str) -> int:
    """Delete the rows that a query names, in one commit; return how many."""
    delta = table.open()
    if delta is None:
        return 0
    columns = ", ".join(table.layout.names)
    con.execute(f"CREATE OR REPLACE TEMP TABLE doomed AS SELECT {columns}, true AS gone FROM ({query})")
    buckets = tuple(b for (b,) in con.sql("SELECT DISTINCT bucket FROM doomed ORDER BY 1").fetchall())
    if buckets:
        table.merge(delta, con.sql("FROM doomed").to_arrow_reader(BATCH_ROWS), buckets)
    return int(con.sql("SELECT count(*) FROM doomed").fetchall()[0][0])
