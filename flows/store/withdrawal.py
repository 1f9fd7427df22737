"""Events leave the store as they were before a correction: else the wrong one would count beside the mended one.

In: the ids that the wrong records had. Rule owned here: an id that the same extract brings again stays, and is
replaced as any correction is; a case of the source that is left without events goes with them.
"""
# ruff: noqa: S608 - the SQL is made of own column names and quoted paths; ids go in as a registered table

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from flows.store.delta import DeltaFolder
from flows.store.fate import BATCH_ROWS, stored_sql
from flows.store.layout import TableName


def withdraw(
    con: duckdb.DuckDBPyConnection,
    tables: Mapping[TableName, DeltaFolder],
    source: str,
    incoming: Path | None,
    ids: Iterable[str],
) -> int:
    """Remove the events with these ids; return how many there were. Raises LostRace where another came first."""
    con.register("withdrawn_ids", pa.table({"event_id": pa.array(sorted(set(ids)), pa.string())}))
    brought = f"SELECT event_id FROM read_parquet({_quoted(incoming)})" if incoming else "SELECT NULL WHERE false"
    events, cases = tables["events"], tables["cases"]
    stored = stored_sql(events.layout, events.uris())
    # an event that stands several times in a list is told apart by -2, -3
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE leaving AS SELECT * FROM ({stored}) AS s WHERE source = {_text(source)}"
        " AND regexp_replace(event_id, '-[0-9]+$', '') IN (FROM withdrawn_ids) OR event_id IN (FROM withdrawn_ids)"
    )
    con.execute(f"DELETE FROM leaving WHERE source != {_text(source)} OR event_id IN ({brought})")
    removed = delete_rows(con, events, "SELECT * FROM leaving")
    if removed:
        left = stored_sql(events.layout, events.uris())
        query = (
            f"SELECT * FROM ({stored_sql(cases.layout, cases.uris())}) WHERE source = {_text(source)}"
            " AND case_id IN (SELECT case_id FROM leaving)"
            f" AND case_id NOT IN (SELECT case_id FROM ({left}) WHERE source = {_text(source)})"
        )
        delete_rows(con, cases, query)
    return removed


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


def _quoted(path: Path) -> str:
    return _text(str(path))


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
