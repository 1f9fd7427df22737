"""What is kept of lists of contacts while they are read: in a database on disk that goes with the process.

Rule owned here: only ids, moments, channels and subjects that the mapping lists come in; nothing of a person does, nor
what was said.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

_TABLES = """
CREATE TABLE about (own TEXT PRIMARY KEY, contact TEXT, zaak TEXT);
CREATE INDEX about_contact ON about (contact);
CREATE TABLE initiators (own TEXT PRIMARY KEY, contact TEXT, who TEXT);
CREATE INDEX initiators_contact ON initiators (contact);
CREATE TABLE contacts (own TEXT PRIMARY KEY, id TEXT, subject TEXT, moment TEXT, channel TEXT, who TEXT);
"""
_CONTACTS = """
SELECT c.rowid, c.id, c.subject, c.moment, c.channel,
    coalesce((SELECT who FROM initiators WHERE contact = c.id ORDER BY rowid DESC LIMIT 1), c.who), a.zaak
FROM contacts AS c LEFT JOIN about AS a ON a.contact = c.id ORDER BY c.rowid, a.rowid
"""
Contact = tuple[str | None, str | None, str | None, str | None, str | None, tuple[str, ...]]
"""Id, subject, moment, channel, whose initiative it was, the cases that it was about."""


class Shelf:
    """The rows of three lists; the key of each is its own id, by which the same row met twice is one."""

    def __init__(self) -> None:
        """Begin empty: a nameless database lies on disk where it outgrows a small cache, and is gone when closed."""
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(f"PRAGMA journal_mode=OFF; PRAGMA cache_size=-8000; {_TABLES}")

    def empty(self, table: str) -> None:
        """Let go of the rows of a list."""
        self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - an own name

    def take(self, table: str, rows: Iterable[tuple[Any, ...]]) -> int:
        """Take rows in, those known by their new content; return how many there are."""
        self._db.execute("BEGIN")
        for row in rows:
            marks = ", ".join("?" * len(row))
            self._db.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", row)  # noqa: S608 - own names
        self._db.execute("COMMIT")
        (count,) = self._db.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - an own name
        return int(count)

    def contacts(self) -> Iterator[Contact]:
        """Yield the contacts in the order of their list, each with the cases that it was about, once each."""
        for _, rows in groupby(self._db.execute(_CONTACTS), key=lambda row: row[0]):
            told = list(rows)
            zaken = tuple(dict.fromkeys(row[6] for row in told if row[6] is not None))
            yield (*told[0][1:6], zaken)

    def close(self) -> None:
        """Let go of everything."""
        self._db.close()
