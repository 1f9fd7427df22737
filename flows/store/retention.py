"""Destroyed cases leave the store, from history too (DESIGN §8).

Rule owned here: after `forget` no file of the store holds a row of the cases: not the tables, not their older
versions, not the transaction log. The MERGE names buckets and matches a stream of rows, so that the log never
learns which cases they were.
"""
# ruff: noqa: S608 - the SQL is made of own column names and quoted paths; case numbers go in as a registered table

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from flows.store.delta import DeltaFolder, LostRace
from flows.store.fate import BATCH_ROWS, stored_sql
from flows.store.layout import Layout, TableName
from mappings.errors import StoreError


@dataclass(frozen=True)
class Forgotten:
    """How many rows left each table."""

    events: int
    cases: int
    attempts: int
    quarantine: int
    scrubbed: int = 0
    """Rows of other cases that lost what they told of these."""


def forget(
    con: duckdb.DuckDBPyConnection, tables: Mapping[TableName, DeltaFolder], case_ids: frozenset[str]
) -> Forgotten:
    """Delete the cases from every table, then every file that the newest versions do not need."""
    con.register("asked", pa.table({"case_id": pa.array(sorted(case_ids), pa.string())}))
    _all_numbers(con, tables["events"])
    removed = {name: _delete(con, table) for name, table in tables.items()}
    for table in tables.values():
        table.vacuum()
    return Forgotten(**removed)


def _all_numbers(con: duckdb.DuckDBPyConnection, events: DeltaFolder) -> None:
    """A chain case has a number of its own in each source; quarantined records know only those."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE forgotten AS SELECT case_id AS number FROM asked"
        f" UNION SELECT source_case_id FROM ({stored_sql(events.layout, events.uris())})"
        " SEMI JOIN asked USING (case_id)"
    )


def _delete(con: duckdb.DuckDBPyConnection, table: DeltaFolder) -> int:
    delta = table.open()
    if delta is None:
        return 0
    columns = ", ".join(table.layout.names)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE doomed AS SELECT {columns}, true AS gone"
        f" FROM ({stored_sql(table.layout, table.files(delta))}) WHERE {_belongs(table.layout)}"
    )
    buckets = tuple(b for (b,) in con.sql("SELECT DISTINCT bucket FROM doomed ORDER BY 1").fetchall())
    if buckets:
        try:
            table.merge(delta, con.sql("FROM doomed").to_arrow_reader(BATCH_ROWS), buckets)
        except LostRace as err:
            what = "another process wrote to the store while cases were being removed"
            raise StoreError(table.url, what, "remove the cases again when it has ended") from err
    return int(con.sql("SELECT count(*) FROM doomed").fetchall()[0][0])


def _belongs(layout: Layout) -> str:
    if layout.name != "quarantine":
        return "case_id IN (FROM asked)"
    values = "json_extract_string(content, '$.*')"
    numbers = "(SELECT list(number) FROM forgotten)"
    return f"content IS NOT NULL AND json_valid(content) AND list_has_any({values}, {numbers})"
