"""A copy of our own of what is kept, in SQLite beside the event store: what makes a reading resumable and small.

Rules owned here: a page and the note that it was read are one transaction; a process killed at any moment
leaves the copy whole, and the next run goes on. No name, no free text and no citizen is in it (`kept`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flows.sources.zgw.kept import Body, Row, as_json
from mappings.errors import StoreError

_VERSION = 1
_TABLES = """
CREATE TABLE told (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE types (url TEXT PRIMARY KEY, kind TEXT, zaaktype TEXT, name TEXT, place INTEGER, is_last INTEGER)
    WITHOUT ROWID;
CREATE TABLE zaken (uuid TEXT PRIMARY KEY, number TEXT, zaaktype TEXT, einddatum TEXT, kept TEXT, read_at TEXT,
    changed INTEGER, audit_wanted INTEGER NOT NULL DEFAULT 0, audit_read INTEGER NOT NULL DEFAULT 0,
    gone_at TEXT) WITHOUT ROWID;
CREATE INDEX zaken_open ON zaken (einddatum);
CREATE TABLE statussen (uuid TEXT PRIMARY KEY, zaak TEXT, type TEXT, moment TEXT, set_by TEXT) WITHOUT ROWID;
CREATE INDEX statussen_zaak ON statussen (zaak);
CREATE TABLE rollen (uuid TEXT PRIMARY KEY, zaak TEXT, kind TEXT, generic TEXT, who TEXT, since TEXT, until TEXT)
    WITHOUT ROWID;
CREATE INDEX rollen_zaak ON rollen (zaak);
CREATE TABLE resultaten (uuid TEXT PRIMARY KEY, zaak TEXT, type TEXT) WITHOUT ROWID;
CREATE INDEX resultaten_zaak ON resultaten (zaak);
CREATE TABLE besluiten (uuid TEXT PRIMARY KEY, zaak TEXT, type TEXT, decided TEXT, sent TEXT) WITHOUT ROWID;
CREATE INDEX besluiten_zaak ON besluiten (zaak);
CREATE TABLE changes (id TEXT PRIMARY KEY, zaak TEXT, kind TEXT, moment TEXT, observed_after TEXT, who TEXT,
    value TEXT, origin TEXT) WITHOUT ROWID;
CREATE INDEX changes_zaak ON changes (zaak);
CREATE TABLE registered (uuid TEXT PRIMARY KEY, zaak TEXT, moment TEXT, who TEXT) WITHOUT ROWID;
CREATE TABLE pages (walk TEXT, page INTEGER, count INTEGER, PRIMARY KEY (walk, page)) WITHOUT ROWID;
CREATE TABLE seen (walk TEXT, uuid TEXT, PRIMARY KEY (walk, uuid)) WITHOUT ROWID;
"""
OF_CASES = ("statussen", "rollen", "resultaten", "besluiten")
"""The tables with what belongs to a case; the same words as the resources."""
_COLUMNS = {"statussen": 5, "rollen": 7, "resultaten": 3, "besluiten": 5}


class Copy:
    """The copy of one source; one process writes it at a time. Use it in a `with`."""

    def __init__(self, path: Path) -> None:
        """Open the copy, or make it; one that another version of the program wrote is made anew."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        try:
            self.db = self._opened(path)
        except sqlite3.DatabaseError as error:
            what, remedy = f"the copy cannot be used: {error}", "end the other run, or remove the file to read anew"
            raise StoreError(str(path), what, remedy) from None

    def _opened(self, path: Path) -> sqlite3.Connection:
        db = sqlite3.connect(path, timeout=30, isolation_level=None)
        db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32000;")
        if db.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
            db.execute("BEGIN EXCLUSIVE")
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                db.execute(f'DROP TABLE "{name}"')
            for statement in filter(str.strip, _TABLES.split(";")):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {_VERSION}")
            db.execute("COMMIT")
        return db

    def __enter__(self) -> Copy:
        return self

    def __exit__(self, *_: object) -> None:
        self.db.close()

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Make what is written inside one transaction."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def told(self, name: str) -> str | None:
        """Return what was noted under a name."""
        found = self.db.execute("SELECT value FROM told WHERE name = ?", (name,)).fetchone()
        return None if found is None else str(found[0])

    def tell(self, **values: str | None) -> None:
        """Note values; null takes a note away."""
        for name, value in values.items():
            if value is None:
                self.db.execute("DELETE FROM told WHERE name = ?", (name,))
            else:
                self.db.execute("INSERT OR REPLACE INTO told VALUES (?, ?)", (name, value))

    def forget_all(self) -> None:
        """Empty the copy."""
        with self.whole():
            for (name,) in self.db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                self.db.execute(on(name, "DELETE FROM {table}"))

    def forget(self, uuids: Iterable[str]) -> None:
        """Take cases out, with all that is known of them."""
        with self.whole():
            for uuid in uuids:
                self.db.execute("DELETE FROM zaken WHERE uuid = ?", (uuid,))
                for table in (*OF_CASES, "changes", "registered"):
                    self.db.execute(on(table, "DELETE FROM {table} WHERE zaak = ?"), (uuid,))

    def unlink(self, is_gone: Callable[[str], bool]) -> bool:
        """Take the links to cases that are gone out of what other cases tell; return whether there were any."""
        found = []
        for uuid, kept in self.rows("SELECT uuid, kept FROM zaken WHERE kept LIKE '%\"links\":[[%'"):
            said = json.loads(kept)
            left = [link for link in said["links"] if not is_gone(link[1])]
            if left != said["links"]:
                found.append((as_json(said | {"links": left}), uuid))
        if found:
            with self.whole():
                self.db.executemany("UPDATE zaken SET kept = ? WHERE uuid = ?", found)
        return bool(found)

    def rows(self, query: str, *values: Any) -> list[Row]:
        """Return the rows of a query."""
        return self.db.execute(query, values).fetchall()

    def one(self, query: str, *values: Any) -> Any:
        """Return the first value of the first row; null where there is none."""
        found = self.db.execute(query, values).fetchone()
        return None if found is None else found[0]

    def zaak(self, uuid: str) -> Body | None:
        """Return the kept fields of a case."""
        found = self.one("SELECT kept FROM zaken WHERE uuid = ?", uuid)
        return None if found is None else dict(json.loads(found))

    def known_zaken(self, uuids: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Return, of the cases that are in the copy, when each was read and its kept fields as JSON."""
        query = "SELECT uuid, read_at, kept FROM zaken WHERE uuid IN (SELECT value FROM json_each(?))"
        return {uuid: (read_at, kept) for uuid, read_at, kept in self.rows(query, json.dumps(list(uuids)))}

    def those_known(self, uuids: Iterable[str]) -> set[str]:
        """Return the cases among these that are in the copy."""
        query = "SELECT uuid FROM zaken WHERE uuid IN (SELECT value FROM json_each(?))"
        return {uuid for (uuid,) in self.rows(query, json.dumps(list(uuids)))}

    def put_zaken(self, rows: Iterable[tuple[Body, str, str, bool]], read_at: str) -> None:
        """Keep cases as they were read: kept fields, the same as JSON, the number, and whether it changed."""
        self.db.executemany(
            "INSERT INTO zaken (uuid, number, zaaktype, einddatum, kept, read_at, changed, audit_wanted)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (uuid) DO UPDATE SET number = excluded.number,"
            " zaaktype = excluded.zaaktype, einddatum = excluded.einddatum, kept = excluded.kept,"
            " read_at = excluded.read_at, gone_at = NULL, changed = max(changed, excluded.changed),"
            " audit_wanted = max(audit_wanted, excluded.audit_wanted)",
            [
                (kept["uuid"], number, kept["zaaktype"], kept["einddatum"], written, read_at, is_changed, is_changed)
                for kept, written, number, is_changed in rows
            ],
        )

    def put(self, table: str, rows: Iterable[Row]) -> int:
        """Keep rows of one of the other resources; return how many were new or other than before."""
        last = {row[0]: row for row in rows}
        query = on(table, "SELECT * FROM {table} WHERE uuid IN (SELECT value FROM json_each(?))")
        known = {row[0]: row for row in self.rows(query, json.dumps(list(last)))}
        changed = [row for own, row in last.items() if known.get(own) != row]
        marks = ", ".join("?" * _COLUMNS[table])
        self.db.executemany(
            on(table, "INSERT OR REPLACE INTO {table} VALUES ({marks})").replace("{marks}", marks), changed
        )
        return len(changed)

    def replace(self, table: str, zaak: str, rows: Iterable[Row]) -> None:
        """Keep the rows of one case, and no others of it."""
        self.db.execute(on(table, "DELETE FROM {table} WHERE zaak = ?"), (zaak,))
        self.put(table, [row for row in rows if row[1] == zaak])


def on(table: str, query: str) -> str:
    """Return a query on one of the copy's own tables."""
    return query.replace("{table}", '"' + table.replace('"', '""') + '"')
