"""The objects and events of an object-centric log as they are read, and the objects wanted again, kept on disk.

A log may hold millions of case objects, and each is wanted again at each event that touches it; so are the objects
that are kept apart, which the cases tell of at the end.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flows.sources.kept_objects import Entry
from flows.sources.records import as_text
from mappings.ocel import KeptObjects

_PAGES_KIB = 4 * 1024
_TABLES = """
CREATE TABLE cases (id TEXT PRIMARY KEY, attributes TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE things (id TEXT PRIMARY KEY, type TEXT NOT NULL, attributes TEXT) WITHOUT ROWID;
CREATE TABLE related (source TEXT, target TEXT, qualifier TEXT, PRIMARY KEY (source, target, qualifier)) WITHOUT ROWID;
CREATE TABLE touched (case_id TEXT, event TEXT, thing TEXT, qualifier TEXT,
    PRIMARY KEY (case_id, event, thing, qualifier)) WITHOUT ROWID;
CREATE TABLE seen (case_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE beside (case_id TEXT, thing TEXT, PRIMARY KEY (case_id, thing)) WITHOUT ROWID;
CREATE TABLE direct (thing TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_REACH = """
CREATE INDEX related_target ON related (target);
INSERT INTO beside SELECT case_id, thing FROM touched WHERE thing IN (SELECT id FROM things)
    UNION SELECT source, target FROM related
        WHERE source IN (SELECT case_id FROM seen) AND target IN (SELECT id FROM things)
    UNION SELECT target, source FROM related
        WHERE target IN (SELECT case_id FROM seen) AND source IN (SELECT id FROM things);
INSERT INTO direct SELECT DISTINCT thing FROM beside;
INSERT OR IGNORE INTO beside SELECT b.case_id, r.target FROM direct d
        JOIN related r ON r.source = d.thing JOIN things t ON t.id = r.target JOIN beside b ON b.thing = d.thing
        WHERE r.target NOT IN (SELECT thing FROM direct)
    UNION SELECT b.case_id, r.source FROM direct d
        JOIN related r ON r.target = d.thing JOIN things t ON t.id = r.source JOIN beside b ON b.thing = d.thing
        WHERE r.source NOT IN (SELECT thing FROM direct);
"""
"""What stands beside a case: what it or its events touch, and what no case touches but is related to such an object.

An object that another case touches is never drawn in, so that what cases share does not tie them together.
"""
_OF_CASE = """
SELECT 'thing', id, type, attributes FROM beside JOIN things ON id = thing WHERE case_id = :case
UNION ALL SELECT 'touched', event, thing, qualifier FROM touched WHERE case_id = :case
UNION ALL SELECT 'related', source, target, qualifier FROM related WHERE source = :case AND (
    target IN (SELECT thing FROM beside WHERE case_id = :case) OR target IN (SELECT id FROM cases))
UNION ALL SELECT 'related', source, target, qualifier FROM beside JOIN related ON source = thing
    WHERE case_id = :case AND (target = :case OR target IN (SELECT thing FROM beside WHERE case_id = :case))
"""
_ALONE = "SELECT count(*) FROM things WHERE id NOT IN (SELECT thing FROM beside)"


@dataclass(frozen=True)
class OcelObject:
    """An object: its type, its attributes as they stand last, and its relations: (object id, qualifier)."""

    id: str
    type: str
    attributes: dict[str, Any]
    related: list[tuple[str, str]] = field(default_factory=list)


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
    """The objects of the type that is the case, and those kept apart, in a temporary database."""

    object_type: str | None
    connection: sqlite3.Connection
    kept: Mapping[str, KeptObjects] = field(default_factory=dict)
    types: set[str] = field(default_factory=set)
    count: int = 0

    @classmethod
    @contextmanager
    def gathered(
        cls, object_type: str | None, objects: Iterable[OcelObject], kept: Mapping[str, KeptObjects] | None = None
    ) -> Iterator[CaseObjects]:
        """Keep those of the objects that are cases or kept apart; they are gone at the end."""
        with (
            tempfile.TemporaryDirectory() as folder,
            closing(sqlite3.connect(Path(folder) / "cases.sqlite", isolation_level=None)) as connection,
        ):
            # thrown away at the end: nothing of it needs to outlive a crash
            connection.executescript(
                f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -{_PAGES_KIB};"
                f"{_TABLES} BEGIN"
            )
            cases = cls(object_type, connection, kept or {})
            for item in objects:
                cases._keep(item)
            yield cases

    def _keep(self, item: OcelObject) -> None:
        self.types.add(item.type)
        if item.type == self.object_type:
            self.count += 1
            attributes = {f"case:{name}": value for name, value in item.attributes.items()}
            row = (item.id, json.dumps(attributes, default=as_text))
            self.connection.execute("INSERT OR REPLACE INTO cases VALUES (?, ?)", row)
        elif item.type in self.kept:
            told = {name: as_text(item.attributes.get(name)) for name in self.kept[item.type].attributes}
            known = {name: value for name, value in told.items() if value is not None}
            thing = (item.id, item.type, json.dumps(known, ensure_ascii=False, sort_keys=True) if known else None)
            self.connection.execute("INSERT OR REPLACE INTO things VALUES (?, ?, ?)", thing)
        else:
            return
        if self.kept:
            rows = [(item.id, other, qualifier or "") for other, qualifier in item.related]
            self.connection.executemany("INSERT OR IGNORE INTO related VALUES (?, ?, ?)", rows)

    def attributes(self, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return the attributes of those of the objects that are cases."""
        wanted = json.dumps(list(dict.fromkeys(ids)))
        query = "SELECT id, attributes FROM cases WHERE id IN (SELECT value FROM json_each(?))"
        found = self.connection.execute(query, (wanted,))
        return {oid: json.loads(attributes) for oid, attributes in found}

    def relate(self, relations: Iterable[tuple[str, str, str]]) -> None:
        """Note relations that the log tells apart from its objects: from, to, qualifier."""
        self.connection.executemany("INSERT OR IGNORE INTO related VALUES (?, ?, ?)", relations)

    def touch(self, event: OcelEvent, cases: Mapping[str, str]) -> None:
        """Note which of the objects kept apart an event touches; `cases` are the cases it touches, with qualifier."""
        if not self.kept:
            return
        rows = [(case, event.id, oid, qualifier or "") for case in cases for oid, qualifier in event.objects]
        query = "INSERT OR IGNORE INTO touched SELECT ?1, ?2, ?3, ?4 WHERE ?3 IN (SELECT id FROM things)"
        self.connection.executemany(query, rows)
        own = [(case, event.id, case, qualifier) for case, qualifier in cases.items() if qualifier]
        self.connection.executemany("INSERT OR IGNORE INTO touched VALUES (?, ?, ?, ?)", own)
        self.connection.executemany("INSERT OR IGNORE INTO seen VALUES (?)", [(case,) for case in cases])

    def told(self) -> Iterator[tuple[str, list[Entry]]]:
        """Yield each case with events that has objects beside it or relations, with what is to be told of them."""
        if not self.kept:
            return
        self.connection.executescript(_REACH)
        for (case,) in self.connection.execute("SELECT case_id FROM seen ORDER BY 1"):
            entries = [self._entry(case, row) for row in self.connection.execute(_OF_CASE, {"case": case})]
            if entries:
                yield case, [{"case": case}, *entries]

    def _entry(self, case: str, row: tuple[str, str, str, str | None]) -> Entry:
        what, first, second, third = row
        if what == "thing":
            return {"object": first, "type": second, **({"attributes": third} if third else {})}
        if what == "touched":
            return {"event": first, "object": second, "type": self._type(second), "qualifier": third or ""}
        ends = {"from": first, "from_type": self._type(first), "to": second, "to_type": self._type(second)}
        return {**ends, "qualifier": third or ""}

    def _type(self, own: str) -> str:
        found = self.connection.execute("SELECT type FROM things WHERE id = ?", (own,)).fetchone()
        return str(found[0]) if found else str(self.object_type)

    def missing(self) -> list[str]:
        """Return the types that are to be kept and that the log does not have."""
        return sorted(set(self.kept) - self.types)

    def alone(self) -> int:
        """Return how many objects of the kept types stand beside no case: they are not kept. After `told`."""
        found: int = self.connection.execute(_ALONE).fetchone()[0]
        return found if self.kept else 0
