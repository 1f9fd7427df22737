"""The event store: takes in extracts, gives back tables, forgets cases (DESIGN §3, §7, §8).

Comes in: extracts, as Parquet files. Comes out: counts in source records, and relations for the mining.
Rules owned here: taking in the same extract twice, or again after a crash at any point, gives the same store.
Events that a source no longer shows stay stored: cleaning up a log does not change what happened.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import duckdb
import pyarrow as pa

from flows.store.coded import CodedFolder
from flows.store.delta import DeltaFolder, LostRace, checked, url_of
from flows.store.fate import Counts, Incoming, stored_sql, workspace
from flows.store.forgetting import Doomed, forget_rows, labels_of
from flows.store.layout import LAYOUTS, Layout, TableName
from flows.store.lock import one_writer
from flows.store.retention import Forgotten, forget
from flows.store.withdrawal import case_left, drop_emptied, withdraw
from mappings.errors import StoreError

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

RACES = 20
"""How often a writer looks again after another one committed first."""
Version = dict[str, int]
"""Delta version by table; a table in which nothing was ever stored is left out."""


class Extract(Protocol):
    """What a source hands over: Parquet files as in `mining.columns`, None where it has no such rows."""

    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def events_path(self) -> Path | None: ...  # noqa: D102
    @property
    def cases_path(self) -> Path | None: ...  # noqa: D102
    @property
    def attempts_path(self) -> Path | None: ...  # noqa: D102
    @property
    def quarantine_path(self) -> Path | None: ...  # noqa: D102


@dataclass(frozen=True)
class Stored:
    """What the store did with one extract, in source records, and the versions that it left."""

    source: str
    stored: int
    replaced: int
    already_known: int
    version: Version
    emptied: int = 0
    """Cases taken out, since their last event was withdrawn or went to another case."""


@dataclass(frozen=True)
class StoredTables:
    """The four tables of one version of the store, as Ibis expressions on DuckDB."""

    events: Table
    cases: Table
    attempts: Table
    quarantine: Table


class EventStore:
    """Delta tables `events`, `cases`, `attempts` and `quarantine` in one folder or behind one URL."""

    def __init__(self, folder: Path | str, *, memory: str = "2GB", patience_seconds: float = 600) -> None:
        """Point at the store; its first rows bring it into being. `memory` bounds the look-up."""
        is_url = isinstance(folder, str) and "://" in folder
        self.folder = None if is_url else checked(Path(folder).absolute())
        self.memory = memory
        self.patience_seconds = patience_seconds
        root = self.folder or str(folder)
        self._tables = {layout.name: DeltaFolder(url_of(root, layout.name), layout) for layout in LAYOUTS}

    def upsert(self, extract: Extract) -> Stored:
        """Take in an extract: events first, so that a crash leaves no case without its events."""
        counts = Counts()
        with one_writer(self.folder, self.patience_seconds), workspace(self.memory, self.folder) as con:
            emptied = self._withdraw(con, extract)
            for layout in LAYOUTS:
                path: Path | None = getattr(extract, f"{layout.name}_path")
                if path is not None:
                    taken, left = self._take_in(con, layout, path, extract)
                    counts, emptied = counts + taken, emptied + left
        # Arrow keeps for later what it took, beside an engine that is about to take its own
        pa.default_memory_pool().release_unused()
        return Stored(extract.source, counts.stored, counts.replaced, counts.already_known, self.version(), emptied)

    def version(self) -> Version:
        """Return the newest version of all tables: what a run records to be able to read the same again."""
        found = {name: table.version() for name, table in self._tables.items()}
        return {name: version for name, version in found.items() if version is not None}

    def tables(self, con: Backend, version: Version | None = None) -> StoredTables:
        """Return the four tables on an Ibis DuckDB connection, of the newest version or of the one given.

        Columns are those of `mining.columns` and `bucket`. A StoreError where retention removed the version.
        """
        return StoredTables(**{layout.name: self._table(con, layout, version) for layout in LAYOUTS})

    def sql(self, name: TableName, version: Version | None = None) -> str:
        """Return one table as a DuckDB query, for whoever has a plain DuckDB connection."""
        table = self._tables[name]
        if version is None:
            return stored_sql(table.layout, table.uris())
        return stored_sql(table.layout, table.uris(version[name]) if name in version else [])

    @property
    def coded(self) -> CodedFolder | None:
        """The coded logs beside the tables; a store behind a URL has none, and is coded anew each run."""
        return None if self.folder is None else CodedFolder(self.folder)

    def forget(self, case_ids: Iterable[str]) -> Forgotten:
        """Remove cases wholly: from events, cases, attempts and quarantine, from history, and from coded logs.

        Older versions of the store cannot be read afterwards: no trace of the cases is left in them either.
        """
        with one_writer(self.folder, self.patience_seconds), workspace(self.memory, self.folder) as con:
            if self.coded is not None:
                self.coded.forget()
            return forget(con, self._tables, frozenset(case_ids))

    def forget_dossiers(self, doomed: Doomed) -> Forgotten:
        """Remove dossiers and chain cases wholly, from history too; also what other cases tell of them."""
        with one_writer(self.folder, self.patience_seconds), workspace(self.memory, self.folder) as con:
            if self.coded is not None:
                self.coded.forget()
            return forget_rows(con, self._tables, doomed)

    def labels_of(self, doomed: Doomed) -> frozenset[str]:
        """Return the labels and values that these dossiers alone have."""
        with workspace(self.memory, self.folder) as con:
            return labels_of(con, self._tables, doomed)

    def _table(self, con: Backend, layout: Layout, version: Version | None) -> Table:
        named = "newest" if version is None else f"v{version.get(layout.name, 'none')}"
        view = f"stored_{layout.name}_{named}"
        try:
            return self._named(con, layout, version, view)
        except (duckdb.IOException, FileNotFoundError) as err:
            raise StoreError(
                self._tables[layout.name].url,
                f"version {version} has been removed from history",
                "mine the newest version: retention removes older ones together with the destroyed cases",
            ) from err

    def _named(self, con: Any, layout: Layout, version: Version | None, view: str) -> Table:
        """Name the table of a version in the engine: DuckDB's own reader, or the files for a cluster to read."""
        if con.name == "duckdb":
            con.raw_sql(f"CREATE OR REPLACE TEMP VIEW {view} AS {self.sql(layout.name, version)}")
            return con.table(view)
        table = self._tables[layout.name]
        wanted = None if version is None else version.get(layout.name)
        files = [] if version is not None and wanted is None else table.uris(wanted)
        return con.stored(view, files, layout.schema)

    def _take_in(
        self, con: duckdb.DuckDBPyConnection, layout: Layout, path: Path, extract: Extract
    ) -> tuple[Counts, int]:
        left = case_left(extract) if layout.name == "events" else "NULL"
        for _ in range(RACES):
            try:
                return self._take_in_once(Incoming(con, layout, path, left), extract)
            except LostRace:
                continue
        raise StoreError(
            self._tables[layout.name].url,
            f"other processes committed first, {RACES} times in a row",
            "run again when they have ended: the same records are taken in once",
        )

    def _withdraw(self, con: duckdb.DuckDBPyConnection, extract: Extract) -> int:
        """Let go of events as they were before a correction or a pairing; return how many cases so lost their last."""
        for _ in range(RACES):
            try:
                return withdraw(con, self._tables, extract)
            except LostRace:
                continue
        raise StoreError(self._tables["events"].url, "other processes committed first", "run again when they ended")

    def _take_in_once(self, incoming: Incoming, extract: Extract) -> tuple[Counts, int]:
        """Take in the rows of one table; return their counts, and how many cases lost their last event."""
        table, emptied = self._tables[incoming.layout.name], 0
        if not incoming.rows:
            return Counts(), 0
        delta = table.open()
        if delta is None:
            counts = incoming.first_load()
            table.create(incoming.all_rows())
            return counts, 0
        in_halves = incoming.layout.name == "events" and getattr(extract, "has_halves", False)
        counts = incoming.against(stored_sql(table.layout, table.files(delta)), in_halves=in_halves)
        if incoming.only_adds():
            table.append(table.widen(delta), incoming.new_rows())
        else:
            emptied = drop_emptied(incoming.con, self._tables, extract, *incoming.moved()) if incoming.moves() else 0
            for change in incoming.changes():
                delta = table.widen(delta)
                table.merge(delta, incoming.read(change.sql), change.buckets)
        table.compact()
        return counts, emptied
