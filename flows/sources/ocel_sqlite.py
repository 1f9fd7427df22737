"""The SQLite form of OCEL 2.0: a table a type, and tables that say what touches what.

Read only, in batches.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.sources.object_centric import OcelEvent, OcelObject
from mappings.errors import SourceError

_BATCH = 10_000


@dataclass(frozen=True)
class SqliteOcel:
    """An opened OCEL 2.0 database."""

    connection: sqlite3.Connection

    @classmethod
    @contextmanager
    def opened(cls, path: Path, name: str) -> Iterator[SqliteOcel]:
        """Open the database read only. Raises SourceError where it is not OCEL 2.0."""
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        try:
            yield cls(connection)
        except sqlite3.DatabaseError as error:
            raise SourceError(name, f"is not an OCEL 2.0 database: {error}", "export the log as OCEL 2.0") from error
        finally:
            connection.close()

    def objects(self) -> Iterator[OcelObject]:
        """Yield each object with its attributes as they stand last."""
        for kind, table in self._tables("object_map_type"):
            latest: dict[str, dict[str, Any]] = defaultdict(dict)
            for row in self.connection.execute(f"SELECT * FROM {_quoted('object_' + table)} ORDER BY ocel_time"):  # noqa: S608
                latest[row["ocel_id"]].update(_attributes(row))
            for (oid,) in self.connection.execute("SELECT ocel_id FROM object WHERE ocel_type = ?", (kind,)):
                yield OcelObject(oid, kind, latest.get(oid, {}))

    def events(self) -> Iterator[OcelEvent]:
        """Yield the events in the order of the table `event`."""
        tables = dict(self._tables("event_map_type"))
        cursor = self.connection.execute("SELECT ocel_id, ocel_type FROM event ORDER BY rowid")
        while heads := cursor.fetchmany(_BATCH):
            rows = self._rows(tables, heads)
            objects = self._objects([head["ocel_id"] for head in heads])
            for head in heads:
                row = rows.get(head["ocel_id"], {})
                time = row.get("ocel_time")
                yield OcelEvent(head["ocel_id"], head["ocel_type"], time, _attributes(row), objects[head["ocel_id"]])

    def _tables(self, map_table: str) -> list[tuple[str, str]]:
        return [tuple(row) for row in self.connection.execute(f"SELECT ocel_type, ocel_type_map FROM {map_table}")]  # noqa: S608

    def _rows(self, tables: dict[str, str], heads: list[Any]) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for kind in {head["ocel_type"] for head in heads}:
            ids = json.dumps([head["ocel_id"] for head in heads if head["ocel_type"] == kind])
            query = (
                f"SELECT * FROM {_quoted('event_' + tables[kind])} WHERE ocel_id IN (SELECT value FROM json_each(?))"  # noqa: S608
            )
            found.update((row["ocel_id"], dict(row)) for row in self.connection.execute(query, (ids,)))
        return found

    def _objects(self, ids: list[str]) -> dict[str, list[tuple[str, str]]]:
        query = (
            "SELECT ocel_event_id, ocel_object_id, ocel_qualifier FROM event_object"
            " WHERE ocel_event_id IN (SELECT value FROM json_each(?))"
        )
        touched: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for event, oid, qualifier in self.connection.execute(query, (json.dumps(ids),)):
            touched[event].append((oid, qualifier))
        return touched


def _attributes(row: Any) -> dict[str, Any]:
    return {key: row[key] for key in row.keys() if not key.startswith("ocel_") and row[key] is not None}  # noqa: SIM118


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
