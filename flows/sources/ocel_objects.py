"""The objects and events of an object-centric log as they are read, and the case objects kept on disk.

A log may hold millions of case objects, and each is wanted again at each event that touches it.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flows.sources.records import as_text

_PAGES_KIB = 4 * 1024


@dataclass(frozen=True)
class OcelObject:
    """An object: its type and its attributes, as they stand last."""

    id: str
    type: str
    attributes: dict[str, Any]


@dataclass(frozen=True)
class OcelEvent:
    """An event with the objects that it touches: (object id, qualifier)."""

    id: str
    type: str
    time: str
    attributes: dict[str, Any]
    objects: list[tuple[str, str]]


@dataclass
class CaseObjects:
    """The objects of the type that is the case, in a temporary database."""

    object_type: str | None
    connection: sqlite3.Connection
    types: set[str] = field(default_factory=set)
    count: int = 0

    @classmethod
    @contextmanager
    def gathered(cls, object_type: str | None, objects: Iterable[OcelObject]) -> Iterator[CaseObjects]:
        """Keep those of the objects that are cases; they are gone at the end."""
        with (
            tempfile.TemporaryDirectory() as folder,
            closing(sqlite3.connect(Path(folder) / "cases.sqlite", isolation_level=None)) as connection,
        ):
            # thrown away at the end: nothing of it needs to outlive a crash
            connection.executescript(
                f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -{_PAGES_KIB};"
                "CREATE TABLE cases (id TEXT PRIMARY KEY, attributes TEXT NOT NULL) WITHOUT ROWID; BEGIN"
            )
            cases = cls(object_type, connection)
            connection.executemany("INSERT OR REPLACE INTO cases VALUES (?, ?)", cases._rows(objects))
            yield cases

    def _rows(self, objects: Iterable[OcelObject]) -> Iterator[tuple[str, str]]:
        for item in objects:
            self.types.add(item.type)
            if item.type == self.object_type:
                self.count += 1
                attributes = {f"case:{name}": value for name, value in item.attributes.items()}
                yield item.id, json.dumps(attributes, default=as_text)

    def attributes(self, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return the attributes of those of the objects that are cases."""
        wanted = json.dumps(list(dict.fromkeys(ids)))
        query = "SELECT id, attributes FROM cases WHERE id IN (SELECT value FROM json_each(?))"
        found = self.connection.execute(query, (wanted,))
        return {oid: json.loads(attributes) for oid, attributes in found}
