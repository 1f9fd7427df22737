"""The Parquet files of a table: written here, so that two halves of the rows are encoded at once; delta-rs commits.

In: the rows, part after part, each as streams that may be read side by side. Out: what the commit has to say of each
file. Rules owned here: statistics are kept of the bucket alone, in the file and in the log; texts come as codes of a
dictionary and are written as such; what is left of a writing that failed is taken away, but nothing that a commit was
tried with, since one that is told to have failed may have happened: what none names goes with the next clean-up.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from flows.store.layout import BUCKET, Layout
from mining.columns import UTC

if TYPE_CHECKING:
    from deltalake.transaction import AddAction

_MANY = 10_000
"""Texts in a dictionary of which a row group says a part only; fewer are not worth looking for."""
Part = Sequence[Iterator[pa.RecordBatch]]
"""Streams of rows, of which each goes to files of its own; a batch is a row group."""
TARGET_FILE_BYTES = 64 * 1024 * 1024
_DICTIONARY_BYTES = 16 * 1024 * 1024
"""Room for all case numbers of a row group: beyond it each is written out in full."""


class TableFiles:
    """The new files of one table, in its folder or behind its URL."""

    def __init__(self, url: str, layout: Layout) -> None:
        """Open the place; the folder of a table that is to be made is made here."""
        from deltalake.fs import DeltaStorageHandler
        from pyarrow.fs import PyFileSystem

        if "://" not in url:
            Path(url).mkdir(parents=True, exist_ok=True)
        self._place = PyFileSystem(DeltaStorageHandler(url))
        self._layout = layout
        self._names: list[str] = []

    def written(self, parts: Iterable[Part]) -> list[AddAction]:
        """Write all rows, and return what the log is told of the files."""
        try:
            with ThreadPoolExecutor() as pool:
                return [file for part in parts for file in chain(*pool.map(self._stream, part))]
        except BaseException:
            self._take_away()
            raise

    def _take_away(self) -> None:
        for name in self._names:
            with suppress(OSError):
                self._place.delete_file(name)

    def _stream(self, batches: Iterator[pa.RecordBatch]) -> list[AddAction]:
        """Write a stream to as many files as their size asks for."""
        files = []
        for first in batches:
            files.append(self._file(chain([first], batches)))
        return files

    def _file(self, batches: Iterator[pa.RecordBatch]) -> AddAction:
        import pyarrow.compute as pc
        import pyarrow.parquet as pq
        from deltalake.transaction import AddAction

        name = f"part-00000-{uuid.uuid4()}-c000.zstd.parquet"
        self._names.append(name)
        rows, buckets = 0, []
        with ExitStack() as opened:
            out = opened.enter_context(self._place.open_output_stream(name))
            writer: Any = None
            for batch in batches:
                if writer is None:
                    how = _written_as(self._layout)
                    writer = opened.enter_context(pq.ParquetWriter(out, batch.schema, **how))
                writer.write_table(pa.Table.from_batches([said_alone(batch, _MANY)]), row_group_size=len(batch))
                rows += len(batch)
                buckets += pc.min_max(batch[BUCKET.name]).as_py().values()
                if out.tell() >= TARGET_FILE_BYTES:
                    break
        size = self._place.get_file_info(name).size
        return AddAction(name, size, {}, time.time_ns() // 1_000_000, True, _told(rows, buckets))


def _told(rows: int, buckets: list[int]) -> str:
    """Return the statistics of a file, with the least and the greatest bucket of each row group."""
    low, high = {BUCKET.name: min(buckets)}, {BUCKET.name: max(buckets)}
    return json.dumps({"numRecords": rows, "minValues": low, "maxValues": high, "nullCount": {BUCKET.name: 0}})


def _written_as(layout: Layout) -> dict[str, Any]:
    """Spend no time on what nothing reads: statistics but of the bucket, dictionaries of what hardly repeats."""
    numbers = [field.name for field in layout.columns if field.type in (UTC, pa.int64())]
    return {
        "compression": "zstd",
        "compression_level": 1,
        "use_dictionary": [name for name in layout.names if name not in (*numbers, layout.key[-1])],
        "column_encoding": dict.fromkeys(numbers, "DELTA_BINARY_PACKED") or None,
        "write_statistics": [BUCKET.name],
        "dictionary_pagesize_limit": _DICTIONARY_BYTES,
        # readers are to see the texts, not how they were held
        "store_schema": False,
    }


def said_alone(batch: pa.RecordBatch, beyond: int = 0) -> pa.RecordBatch:
    """Leave out of each dictionary what no row of the batch says, of those with more texts than that."""
    columns = [_said(c) if pa.types.is_dictionary(c.type) and len(c.dictionary) > beyond else c for c in batch.columns]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _said(column: pa.DictionaryArray) -> pa.DictionaryArray:
    used = column.indices.dictionary_encode()
    return pa.DictionaryArray.from_arrays(used.indices, column.dictionary.take(used.dictionary))
