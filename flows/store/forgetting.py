"""Cases leave the store by their dossiers: events, cases, attempts, quarantine, and where other cases name them.

Rules owned here: rows are matched by source and number, so that a like number of another source stays; events go
last; afterwards no older version can be read. Doing it again does no harm.
"""
# ruff: noqa: S608 - the SQL is made of own column names and quoted paths; numbers go in as registered tables

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from flows.store.delta import DeltaFolder, LostRace
from flows.store.fate import stored_sql
from flows.store.layout import TableName, bucket
from flows.store.retention import Forgotten
from flows.store.withdrawal import delete_rows
from mappings.errors import StoreError

_LABELS: dict[TableName, tuple[str, ...]] = {
    "events": ("activity", "raw_activity", "lane", "channel", "resource", "attributes"),
    "cases": ("zaaktype", "persona", "channel", "outcome", "segments"),
    "attempts": ("reached", "stopped", "reason", "channel"),
}
_DOCUMENTS = ("attributes", "segments")
_CASE_DOCUMENTS = ("segments", "targets", "objects")
_LETTERS = re.compile(r"[^\W\d_]{3}")
"""What a label has; a value without is found on any page."""
_SHORT = 5
_AT_ONCE = 400
"""Numbers in one pattern."""


@dataclass(frozen=True)
class Doomed:
    """What is to be forgotten."""

    dossiers: frozenset[tuple[str, str]]
    """Source and number; of attempts the number that they refer to."""
    refs: frozenset[tuple[str, str]]
    """Source and number that its records write over: those that stay lose it."""
    names: frozenset[str]
    """Every text that names them."""
    linked: frozenset[str]
    """Of these, those that mean them where another case links to them."""
    pointing: frozenset[tuple[str, str]]
    """Those of `refs` that go with a zaak: a case row that stands under such a number goes."""
    unnamed: Mapping[str, str]
    """Source → what stands where a number was; nothing where it is left out."""


def forget_rows(con: duckdb.DuckDBPyConnection, tables: Mapping[TableName, DeltaFolder], doomed: Doomed) -> Forgotten:
    """Delete what belongs to the cases, then every file that the newest versions do not need."""
    _register(con, doomed)
    removed: dict[str, int] = {}
    kept = frozenset(filter(telling, doomed.names))
    try:
        for name in ("cases", "attempts", "quarantine"):
            removed[name] = delete_rows(con, tables[name], _query(tables, name, doomed))
        documents = dict.fromkeys(_CASE_DOCUMENTS, kept)
        scrubbed = _scrub(con, tables["cases"], documents | {"links": doomed.linked})
        scrubbed += _scrub(con, tables["events"], {"attributes": kept}, doomed.unnamed)
        removed["events"] = delete_rows(con, tables["events"], _query(tables, "events", doomed))
    except LostRace as err:
        what = "another process wrote to the store while cases were being removed"
        raise StoreError(tables["events"].url, what, "give the same command again when it has ended") from err
    for table in tables.values():
        table.vacuum()
    return Forgotten(**removed, scrubbed=scrubbed)


def labels_of(
    con: duckdb.DuckDBPyConnection, tables: Mapping[TableName, DeltaFolder], doomed: Doomed
) -> frozenset[str]:
    """Return the labels and values that the cases alone have: an older page that shows one tells of them."""
    _register(con, doomed)
    found: set[str] = set()
    for name, columns in _LABELS.items():
        for column in columns:
            text = f"unnest(json_extract_string({column}, '$.*'))" if column in _DOCUMENTS else column
            going = f"SELECT {text} AS told FROM ({_query(tables, name, doomed)})"
            rest = (
                f"SELECT {text} AS told FROM {_stored(tables[name])} AS t WHERE NOT coalesce({_belongs(name)}, false)"
            )
            rows = con.sql(f"SELECT told FROM ({going}) WHERE told IS NOT NULL EXCEPT SELECT told FROM ({rest})")
            found |= {told for (told,) in rows.fetchall() if _LETTERS.search(told)}
    return frozenset(found)


def _register(con: duckdb.DuckDBPyConnection, doomed: Doomed) -> None:
    known = (("dossiers", doomed.dossiers), ("refs", doomed.refs), ("pointing", doomed.pointing))
    for name, pairs in ((name, sorted(pairs)) for name, pairs in known):
        columns = {"source": [s for s, _ in pairs], "n": [n for _, n in pairs]}
        con.register(name, pa.table({key: pa.array(values, pa.string()) for key, values in columns.items()}))


def telling(name: str) -> bool:
    """Tell whether a text can only mean the case: a short number may be an amount, a floor or a year."""
    return not (name.isdigit() and len(name) < _SHORT)


def _stored(table: DeltaFolder) -> str:
    return f"({stored_sql(table.layout, table.uris())})"


def _belongs(name: TableName) -> str:
    """Return the condition that a row is of what goes."""
    if name == "events":
        return "(source, source_case_id) IN (SELECT (source, n) FROM dossiers)"
    own = "(source, case_id) IN (SELECT (source, n) FROM dossiers)"
    if name == "attempts":
        return own
    prefixed = "(source, case_id) IN (SELECT (source, source || ':' || n) FROM dossiers)"
    return f"({own} OR {prefixed} OR (source, case_id) IN (SELECT (source, n) FROM pointing))"


def _query(tables: Mapping[TableName, DeltaFolder], name: TableName, doomed: Doomed) -> str:
    own = f"SELECT * FROM {_stored(tables[name])} AS t WHERE "
    if name != "quarantine":
        return own + f"coalesce({_belongs(name)}, false)"
    # a record that was set aside knows only what it told itself; a short number is looked for as a whole value
    searched = "coalesce(content, '') || ' ' || coalesce(detail, '') || ' ' || record"
    told = [f"regexp_matches({searched}, {_text(p)})" for p in patterns(frozenset(filter(telling, doomed.names)))]
    short = ", ".join(_text(name) for name in sorted(doomed.names) if not telling(name))
    if short:
        values = "CASE WHEN json_valid(content) THEN json_extract_string(content, '$.*') END"
        told.append(f"coalesce(list_has_any({values}, [{short}]), false)")
    return own + (" OR ".join(told) or "false")


def patterns(names: Collection[str]) -> list[str]:
    """Return patterns that find any of the names where it stands by itself."""
    listed = sorted(names)
    groups = [listed[i : i + _AT_ONCE] for i in range(0, len(listed), _AT_ONCE)]
    return [f"(?:^|[^0-9A-Za-z])(?:{'|'.join(re.escape(n) for n in group)})(?:$|[^0-9A-Za-z])" for group in groups]


def _scrub(
    con: duckdb.DuckDBPyConnection,
    table: DeltaFolder,
    columns: Mapping[str, frozenset[str]],
    unnamed: Mapping[str, str] | None = None,
) -> int:
    """Take the numbers out of what other cases tell: links, kept columns, and of events what they write over.

    Returns how many rows were changed.
    """
    delta = table.open()
    wanted = [f"regexp_matches(coalesce({c}, ''), {_text(p)})" for c, names in columns.items() for p in patterns(names)]
    if unnamed is not None:
        wanted.append("coalesce((source, chain_ref) IN (SELECT (source, n) FROM refs), false)")
    if delta is None or not wanted:
        return 0
    going = f"coalesce({_belongs(table.layout.name)}, false)"
    rows = (
        con.sql(f"SELECT * FROM {_stored(table)} AS t WHERE ({' OR '.join(wanted)}) AND NOT {going}")
        .to_arrow_table()
        .to_pylist()
    )
    refs = set(con.sql("SELECT source, n FROM refs").fetchall())
    changed, count = [], 0
    for row in rows:
        after = row | {column: _without(row[column], names) for column, names in columns.items()}
        if unnamed is not None and (row["source"], row["chain_ref"]) in refs:
            after |= _unnamed(row, unnamed.get(row["source"]))
        if after != row:
            count += 1
            changed.append(after | {"gone": False})
            # a row that another number makes lie elsewhere is taken from where it lay
            changed += [row | {"gone": True}] if after["bucket"] != row["bucket"] else []
    if not changed:
        return 0
    schema = table.layout.schema.append(pa.field("gone", pa.bool_(), nullable=False))
    table.merge(delta, pa.Table.from_pylist(changed, schema).to_reader(), sorted({row["bucket"] for row in changed}))
    return count


def _unnamed(row: Mapping[str, Any], unnamed: str | None) -> dict[str, Any]:
    """Return what an event has where it wrote over a number: as an extraction would make it."""
    case_id = row["case_id"]
    if case_id == row["chain_ref"]:
        case_id = unnamed or f"{row['source']}:{row['source_case_id']}"
    return {"chain_ref": unnamed, "case_id": case_id, "bucket": bucket(case_id)}


def _without(text: str | None, names: frozenset[str]) -> str | None:
    """Return a JSON object or list without the members that name a case; null where nothing is left."""
    if text is None:
        return None
    said: Any = json.loads(text)
    found = [re.compile(pattern) for pattern in patterns(names)]

    def is_named(value: Any) -> bool:
        if isinstance(value, dict | list):
            return any(map(is_named, value.values() if isinstance(value, dict) else value))
        return isinstance(value, str) and any(p.search(value) for p in found)

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
