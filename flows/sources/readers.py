"""The readers of all kinds of source, and one reading of one: its records, its files, and a hash of what was read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from flows.sources.columnar import read_parquet
from flows.sources.delimited import read_csv
from flows.sources.deliveries import taken
from flows.sources.files import Files, source_files
from flows.sources.leftover import left_before
from flows.sources.object_centric import read_ocel
from flows.sources.records import RawBatch, Reader, Told
from flows.sources.sql import read_sql
from flows.sources.workbook import read_xlsx
from flows.sources.xes import read_xes
from mappings.citizen import CONTACT_KINDS, LIVE_KINDS
from mappings.source import Source

SOURCES: dict[str, Reader] = {
    "csv": read_csv,
    "xlsx": read_xlsx,
    "parquet": read_parquet,
    "xes": read_xes,
    "ocel": read_ocel,
    "sql": read_sql,
}
"""Kind → what reads it."""


@dataclass
class Reading:
    """One reading of a source, from where the last one left it."""

    source: Source
    folder: Path
    """The mapping's folder: paths in it are relative to this."""
    state: Path
    """Where a reader keeps what it needs the next time."""
    key: bytes
    is_whole: bool = True
    """Not an interval of it, which is read in full and says nothing about how far the source was read."""
    as_of: datetime | None = None
    told: Told = field(default_factory=Told)
    files: Files = None
    """The files that were read, where they were chosen; None for all of the source."""

    def __post_init__(self) -> None:
        self._digest = hashlib.sha256()

    def batches(self) -> Iterator[RawBatch]:
        """Yield the records. Raises SourceError."""
        if self.source.kind == "zgw":
            from flows.sources.zgw import read_zgw

            return read_zgw(self.source, self.folder, self.state, self.key, self.told)
        if self.source.kind in CONTACT_KINDS:
            from flows.sources.contacts import read_contacts

            return read_contacts(self.source, self.told)
        if self.source.kind == "matomo":
            from flows.sources.matomo import read_matomo

            return read_matomo(self.source, self.folder, self.told)
        if self.source.kind == "sql":
            if self.is_whole:
                self.told.before = left_before(self.state, self.source, self.key)
            return read_sql(self.source, self.folder, self.told)
        if self.source.deliveries is not None:
            return self._delivered()
        return SOURCES[self.source.kind](self.source, self.folder)

    def _delivered(self) -> Iterator[RawBatch]:
        self.told.before = left_before(self.state, self.source, self.key)
        with taken(self.source, self.folder, self.told, self.as_of) as files:
            self.files = files
            yield from SOURCES[self.source.kind](self.source, self.folder, files)

    def digest(self, table: pa.Table) -> None:
        """Take records into the hash, where there is no file to hash."""
        if self.source.kind in LIVE_KINDS or not self.source.path:
            for part in table.to_batches():
                self._digest.update(part.serialize())

    def content_hash(self) -> str:
        """Return the hash of what was read: of the files where there are any. After the last batch."""
        if self.source.kind not in LIVE_KINDS and self.source.path:
            for file in source_files(self.source, self.folder) if self.files is None else self.files:
                if file.member is None or file.number == 0:
                    self._digest.update(file.sha256().encode())
        return self._digest.hexdigest()
