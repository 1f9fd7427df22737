"""One Delta table: made with its first rows in one commit, merged into afterwards, read as Parquet files.

Rules owned here: a commit happens wholly or not at all; a writer that loses a race looks again and retries;
the transaction log holds no case number (statistics are kept of the bucket alone, no predicate names a case).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from flows.store.layout import BUCKET, Layout
from flows.store.table_files import TARGET_FILE_BYTES, Part, TableFiles
from mappings.errors import StoreError
from mining.columns import UTC

if TYPE_CHECKING:
    from deltalake import CommitProperties, DeltaTable, WriterProperties

CONFIGURATION = {"delta.dataSkippingStatsColumns": "bucket"}
COMPACT_ABOVE_FILES = 48


class LostRace(Exception):  # noqa: N818 - not an error: the caller looks again
    """Another writer committed first."""


class DeltaFolder:
    """One table of the store. Nothing is cached: each call sees the newest version."""

    def __init__(self, url: str, layout: Layout) -> None:
        """Remember where the table lies; it need not exist yet."""
        self.url = url
        self.layout = layout

    def open(self, version: int | None = None) -> DeltaTable | None:
        """Return the table, or None where nothing was ever stored in it."""
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError, TableNotFoundError

        try:
            return DeltaTable(self.url, version=version)
        except TableNotFoundError:
            return None
        except (DeltaError, OSError) as err:
            raise StoreError(
                self.url,
                f"cannot be read as the table '{self.layout.name}'"
                + (f", version {version}" if version is not None else ""),
                f"put back the folder from the back-up ({_first_line(err)})",
            ) from err

    def version(self) -> int | None:
        """Return the newest version, None where there is no table yet."""
        table = self.open()
        return None if table is None else table.version()

    def create(self, parts: Iterable[Part]) -> None:
        """Make the table together with its first rows, in one commit: a plain write without a look-up.

        The rows have the store's own types; texts may come as codes of a dictionary.
        """
        from deltalake import Schema
        from deltalake.exceptions import DeltaError
        from deltalake.transaction import create_table_with_add_actions

        try:
            create_table_with_add_actions(
                self.url,
                Schema.from_arrow(self.layout.schema),
                TableFiles(self.url, self.layout).written(parts),
                mode="error",
                configuration=CONFIGURATION,
                commit_properties=_or_lose(),
            )
        except DeltaError as err:
            if self.open() is not None:
                raise LostRace from err
            raise self._unwritable(err) from err
        except OSError as err:
            raise self._unwritable(err) from err

    def widen(self, table: DeltaTable) -> DeltaTable:
        """Return the table with every column of the layout: one that an older program made may lack some."""
        from deltalake import Schema
        from deltalake.exceptions import CommitFailedError, DeltaError

        known = {field.name for field in table.schema().fields}
        missing = [field for field in self.layout.schema if field.name not in known]
        if not missing:
            return table
        try:
            table.alter.add_columns(Schema.from_arrow(pa.schema(missing)).fields, commit_properties=_or_lose())
        except CommitFailedError as err:
            raise LostRace from err
        except (DeltaError, OSError) as err:
            raise self._unwritable(err) from err
        # never looked up anew: what was to be stored was held against this version, and nobody else's after it
        return table

    def append(self, table: DeltaTable, parts: Iterable[Part]) -> None:
        """Add rows that nothing stored is like, in one commit: no file is read or written anew.

        The rows have the store's own types; texts may come as codes of a dictionary.
        """
        from deltalake.exceptions import CommitFailedError, DeltaError

        try:
            files = TableFiles(self.url, self.layout).written(parts)
            table.create_write_transaction([*files], mode="append", schema=table.schema(), commit_properties=_or_lose())
        except CommitFailedError as err:
            raise LostRace from err
        except (DeltaError, OSError) as err:
            raise self._unwritable(err) from err

    def merge(self, table: DeltaTable, rows: pa.RecordBatchReader, buckets: Sequence[int]) -> None:
        """Replace and add rows by key, and remove those marked `gone`, in one commit on the given buckets."""
        from deltalake.exceptions import CommitFailedError, DeltaError

        columns = {name: f"source.{name}" for name in self.layout.names}
        try:
            (
                table.merge(
                    typed(rows, self.layout.schema.append(pa.field("gone", pa.bool_(), nullable=False))),
                    self._same_row(buckets),
                    source_alias="source",
                    target_alias="target",
                    writer_properties=_written_as(self.layout),
                    commit_properties=_or_lose(),
                )
                .when_matched_delete("source.gone")
                .when_matched_update(columns)
                .when_not_matched_insert(columns, predicate="NOT source.gone")
                .execute()
            )
        except CommitFailedError as err:
            raise LostRace from err
        except (DeltaError, OSError) as err:
            raise self._unwritable(err) from err

    def _same_row(self, buckets: Sequence[int]) -> str:
        nullable = {field.name for field in self.layout.columns if field.nullable}
        # spelled out, since IS NOT DISTINCT FROM fails in the MERGE of delta-rs ("type_coercion")
        same = [
            f"(target.{k} = source.{k}" + (f" OR target.{k} IS NULL AND source.{k} IS NULL)" if k in nullable else ")")
            for k in self.layout.key
        ]
        named = f"target.bucket IN ({', '.join(map(str, buckets))})"
        return " AND ".join([named, "target.bucket = source.bucket", *same])

    def compact(self) -> None:
        """Put many small files together; a lost race is left to the next time."""
        from deltalake.exceptions import CommitFailedError

        table = self.open()
        if table is None or len(table.file_uris()) <= COMPACT_ABOVE_FILES:
            return
        try:
            table.optimize.z_order(
                ["bucket"], target_size=TARGET_FILE_BYTES, writer_properties=_written_as(self.layout)
            )
        except CommitFailedError:
            return

    def vacuum(self) -> None:
        """Delete every file that the newest version does not need; older ones are unreadable afterwards."""
        table = self.open()
        if table is not None:
            table.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False, full=True)

    def uris(self, version: int | None = None) -> list[str]:
        """Return the Parquet files of a version; none where there is no table."""
        table = self.open(version)
        return [] if table is None else self.files(table)

    def files(self, table: DeltaTable) -> list[str]:
        """Return the Parquet files of an opened version, as paths or URLs that DuckDB can read."""
        uris = sorted(table.file_uris())
        if "://" in self.url:
            return uris
        # delta-rs percent-encodes local paths too; tables are not partitioned, so a file lies beside its log
        return [str(Path(self.url) / uri.rsplit("/", 1)[-1]) for uri in uris]

    def _unwritable(self, err: Exception) -> StoreError:
        return StoreError(
            self.url,
            f"the table '{self.layout.name}' cannot be written: {_first_line(err)}",
            "check the rights and the free space of the folder, then run again",
        )


def typed(rows: pa.RecordBatchReader, schema: pa.Schema) -> pa.RecordBatchReader:
    """Return the same stream with the store's own types: DuckDB's results know no 'not null'."""

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in rows:
            yield batch.select(schema.names).cast(schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _written_as(layout: Layout) -> WriterProperties:
    """Spend no time on what nothing reads: statistics but of the bucket, dictionaries of what hardly repeats."""
    from deltalake import ColumnProperties, WriterProperties

    once = ColumnProperties(statistics_enabled="NONE", dictionary_enabled=False)
    packed = ColumnProperties(statistics_enabled="NONE", dictionary_enabled=False, encoding="DELTA_BINARY_PACKED")
    numbers = [field.name for field in layout.columns if field.type in (UTC, pa.int64())]
    return WriterProperties(
        compression="ZSTD",
        compression_level=1,
        default_column_properties=ColumnProperties(statistics_enabled="NONE"),
        column_properties={
            **dict.fromkeys(numbers, packed),
            layout.key[-1]: once,
            BUCKET.name: ColumnProperties(statistics_enabled="CHUNK"),
        },
    )


def _or_lose() -> CommitProperties:
    """Give up where anyone committed since the look-up: retried, a first load becomes a second one."""
    from deltalake import CommitProperties

    return CommitProperties(max_commit_retries=0)


def _first_line(err: Exception) -> str:
    return (str(err).strip().splitlines() or [type(err).__name__])[0]


def checked(folder: Path) -> Path:
    """Return the folder, or refuse it: Delta panics on brackets and decodes percent codes."""
    if re.search(r"[\[\]]|%[0-9a-fA-F]{2}", str(folder)):
        raise StoreError(
            str(folder),
            "the path of the store holds a bracket or a percent code",
            "choose a folder without [, ] and % in its path",
        )
    return folder


def url_of(store: str | Path, name: str) -> str:
    """Return where a table of the store lies."""
    return str(store / name) if isinstance(store, Path) else f"{store.rstrip('/')}/{name}"
