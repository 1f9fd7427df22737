"""The SQLite form of OCEL 2.0: a table a type, and tables that say what touches what.

Read only, row by row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from flows.sources.ocel_objects import OcelEvent, OcelObject
from mappings.errors import SourceError


@dataclass(frozen=True)
class SqliteOcel:
    """An opened OCEL 2.0 database."""

    connection: sqlite3.Connection
    name: str

    @classmethod
    @contextmanager
    def opened(cls, path: Path, name: str) -> Iterator[SqliteOcel]:
        """Open the database read only. Raises SourceError where it is not OCEL 2.0."""
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        try:
            yield cls(connection, name)
        except sqlite3.DatabaseError as error:
            raise SourceError(name, f"is not an OCEL 2.0 database: {error}", "export the log as OCEL 2.0") from error
        finally:
            connection.close()

    def object_types(self) -> tuple[str, ...]:
        """Return the object types that there are tables of."""
        return tuple(self._tables("object_map_type"))

    def objects(self) -> Iterator[OcelObject]:
        """Yield each object with its attributes as they stand last."""
        for kind, table in self._tables("object_map_type").items():
            query = f"""
                SELECT o.ocel_id AS ocel_own_id, t.* FROM object o
                LEFT JOIN {_quoted("object_" + table)} t ON t.ocel_id = o.ocel_id
                WHERE o.ocel_type = ? ORDER BY o.ocel_id{self._by_time("object_" + table)}
            """  # noqa: S608
            for oid, rows in groupby(self.connection.execute(query, (kind,)), itemgetter("ocel_own_id")):
                attributes: dict[str, Any] = {}
                for row in rows:
                    attributes.update(_attributes(row))
                yield OcelObject(oid, kind, attributes)

    def _by_time(self, table: str) -> str:
        """Return how rows of an object are ordered: exporters leave the time out where there are no attributes."""
        names = [row["name"] for row in self.connection.execute(f"PRAGMA table_info({_quoted(table)})")]
        return ", t.ocel_time" if "ocel_time" in names else ""

    def relations(self) -> Iterator[tuple[str, str, str]]:
        """Yield how objects are related: from, to, qualifier."""
        query = "SELECT ocel_source_id, ocel_target_id, coalesce(ocel_qualifier, '') FROM object_object"
        yield from ((str(a), str(b), str(how)) for a, b, how in self.connection.execute(query))

    def events(self) -> Iterator[OcelEvent]:
        """Yield the events in the order of the table `event`, each with what it touches.

        Rows of all tables come sorted and are merged: tables without an index, as some exporters leave them, are
        then read once, and SQLite sorts on disk.
        """
        tables = self._tables("event_map_type")
        self._refuse_unknown_types()
        streams = [self._of_type(kind, table) for kind, table in tables.items()]
        heads = merge(*streams, key=itemgetter("ocel_place"))
        touched = groupby(self._touched(), itemgetter("ocel_place"))
        place, objects = next(touched, (None, iter(())))
        for event_place, rows in groupby(heads, itemgetter("ocel_place")):
            *_, row = rows
            related: list[tuple[str, str]] = []
            if place == event_place:
                related = [(str(link["ocel_object_id"]), link["ocel_qualifier"]) for link in objects]
                place, objects = next(touched, (None, iter(())))
            yield OcelEvent(row["ocel_own_id"], row["ocel_own_type"], row["ocel_time"], _attributes(row), related)

    def _refuse_unknown_types(self) -> None:
        query = (
            "SELECT e.ocel_type FROM event e LEFT JOIN event_map_type m USING (ocel_type)"
            " WHERE m.ocel_type_map IS NULL LIMIT 1"
        )
        for (kind,) in self.connection.execute(query):
            what = f"has events of type '{kind}', which event_map_type does not name"
            raise SourceError(self.name, what, "export the log as OCEL 2.0 again")

    def _of_type(self, kind: str, table: str) -> Iterator[Any]:
        query = f"""
            SELECT e.rowid AS ocel_place, e.ocel_id AS ocel_own_id, e.ocel_type AS ocel_own_type, t.* FROM event e
            LEFT JOIN {_quoted("event_" + table)} t ON t.ocel_id = e.ocel_id
            WHERE e.ocel_type = ? ORDER BY e.rowid
        """  # noqa: S608
        return self.connection.execute(query, (kind,))

    def _touched(self) -> Iterator[Any]:
        query = """
            SELECT e.rowid AS ocel_place, l.ocel_object_id, l.ocel_qualifier FROM event_object l
            JOIN event e ON e.ocel_id = l.ocel_event_id
            ORDER BY e.rowid, l.ocel_object_id, l.ocel_qualifier
        """
        return self.connection.execute(query)

    def _tables(self, map_table: str) -> dict[str, str]:
        return dict(tuple(row) for row in self.connection.execute(f"SELECT ocel_type, ocel_type_map FROM {map_table}"))  # noqa: S608


def _attributes(row: Any) -> dict[str, Any]:
    return {key: row[key] for key in row.keys() if not key.startswith("ocel_") and row[key] is not None}  # noqa: SIM118


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
