"""Cases leave the store by their dossiers: events, cases, attempts, quarantine, and where other cases name them.

Rules owned here: rows are matched by source and number, so that a like number of another source stays; events go
last, since they tell which dossiers a case has; afterwards no older version can be read. Doing it again does no harm.
"""
# ruff: noqa: S608 - the SQL is made of own column names and quoted paths; numbers go in as registered tables

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from flows.store.delta import DeltaFolder, LostRace
from flows.store.fate import stored_sql
from flows.store.layout import TableName
from flows.store.retention import Forgotten
from flows.store.withdrawal import delete_rows
from mappings.errors import StoreError

_DOCUMENTS: dict[TableName, tuple[str, ...]] = {"events": ("attributes",), "cases": ("segments", "targets", "links")}
_AT_ONCE = 400
"""Numbers in one pattern."""


@dataclass(frozen=True)
class Doomed:
    """What is to be forgotten: dossiers as (source, number), numbers of chain cases, and every text that names them."""

    dossiers: frozenset[tuple[str, str]]
    chain: frozenset[str]
    names: frozenset[str]


def forget_rows(con: duckdb.DuckDBPyConnection, tables: Mapping[TableName, DeltaFolder], doomed: Doomed) -> Forgotten:
    """Delete what belongs to the cases, then every file that the newest versions do not need."""
    pairs = sorted(doomed.dossiers)
    con.register(
        "dossiers",
        pa.table(
            {"source": pa.array([s for s, _ in pairs], pa.string()), "n": pa.array([n for _, n in pairs], pa.string())}
        ),
    )
    con.register("chain_numbers", pa.table({"n": pa.array(sorted(doomed.chain), pa.string())}))
    con.register("names", pa.table({"n": pa.array(sorted(doomed.names), pa.string())}))
    removed: dict[str, int] = {}
    try:
        for name in ("cases", "attempts", "quarantine"):
            removed[name] = delete_rows(con, tables[name], _query(con, tables, name, doomed))
        for name, columns in _DOCUMENTS.items():
            _scrub(con, tables[name], columns, doomed)
        removed["events"] = delete_rows(con, tables["events"], _events(tables))
    except LostRace as err:
        what = "another process wrote to the store while cases were being removed"
        raise StoreError(tables["events"].url, what, "give the same command again when it has ended") from err
    for table in tables.values():
        table.vacuum()
    return Forgotten(**removed)


def _stored(table: DeltaFolder) -> str:
    return f"({stored_sql(table.layout, table.uris())})"


def _events(tables: Mapping[TableName, DeltaFolder]) -> str:
    return (
        f"SELECT * FROM {_stored(tables['events'])} AS e"
        " WHERE (source, source_case_id) IN (SELECT (source, n) FROM dossiers)"
        " OR case_id IN (FROM chain_numbers) OR coalesce(chain_ref IN (FROM chain_numbers), false)"
    )


def _query(
    con: duckdb.DuckDBPyConnection, tables: Mapping[TableName, DeltaFolder], name: TableName, doomed: Doomed
) -> str:
    own = f"SELECT * FROM {_stored(tables[name])} AS t WHERE "
    if name == "attempts":
        return own + "case_id IN (FROM chain_numbers) OR case_id IN (FROM names)"
    if name == "cases":
        con.execute(f"CREATE OR REPLACE TEMP TABLE going AS {_events(tables)}")
        left = f"SELECT source, case_id FROM {_stored(tables['events'])} ANTI JOIN going USING (source, event_id)"
        con.execute(f"CREATE OR REPLACE TEMP TABLE staying AS SELECT DISTINCT source, case_id FROM ({left})")
        return (
            own + "case_id IN (FROM chain_numbers) OR (source, case_id) IN (SELECT (source, n) FROM dossiers)"
            " OR (source, case_id) IN (SELECT (source, source || ':' || n) FROM dossiers)"
            " OR ((source, case_id) IN (SELECT (source, case_id) FROM going)"
            " AND (source, case_id) NOT IN (SELECT (source, case_id) FROM staying))"
        )
    # a record that was set aside knows only what it told itself
    told = " OR ".join(
        f"regexp_matches(coalesce(content, '') || ' ' || coalesce(detail, '') || ' ' || record, {_text(pattern)})"
        for pattern in patterns(doomed.names)
    )
    return own + (told or "false")


def patterns(names: frozenset[str]) -> list[str]:
    """Return patterns that find any of the names where it stands by itself."""
    listed = sorted(names)
    groups = [listed[i : i + _AT_ONCE] for i in range(0, len(listed), _AT_ONCE)]
    return [f"(?:^|[^0-9A-Za-z])(?:{'|'.join(re.escape(n) for n in group)})(?:$|[^0-9A-Za-z])" for group in groups]


def _scrub(con: duckdb.DuckDBPyConnection, table: DeltaFolder, columns: tuple[str, ...], doomed: Doomed) -> None:
    """Take the numbers out of what other cases tell: links to the case, columns that were kept."""
    delta = table.open()
    wanted = [f"regexp_matches(coalesce({c}, ''), {_text(p)})" for c in columns for p in patterns(doomed.names)]
    if delta is None or not wanted:
        return
    rows = con.sql(f"SELECT * FROM {_stored(table)} WHERE {' OR '.join(wanted)}").to_arrow_table().to_pylist()
    if not rows:
        return
    for row in rows:
        for column in columns:
            row[column] = _without(row[column], doomed.names)
        row["gone"] = False
    schema = table.layout.schema.append(pa.field("gone", pa.bool_(), nullable=False))
    changed = pa.Table.from_pylist(rows, schema)
    table.merge(delta, changed.to_reader(), sorted({row["bucket"] for row in rows}))


def _without(text: str | None, names: frozenset[str]) -> str | None:
    """Return a JSON object or list without the members that name a case; null where nothing is left."""
    if text is None:
        return None
    said: Any = json.loads(text)
    found = [re.compile(pattern) for pattern in patterns(names)]

    def is_named(value: Any) -> bool:
        values = value.values() if isinstance(value, dict) else [value]
        return any(isinstance(v, str) and any(p.search(v) for p in found) for v in values)

    if isinstance(said, dict):
        kept: Any = {key: value for key, value in said.items() if not is_named(value)}
    else:
        kept = [value for value in said if not is_named(value)]
    if kept == said:
        return text
    separators = (", ", ": ") if isinstance(said, dict) else (",", ":")
    return json.dumps(kept, ensure_ascii=False, separators=separators) if kept else None


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
