"""Parquet as raw records: read in batches, every column cast to text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from flows.sources.files import Files, source_files
from flows.sources.records import BATCH_ROWS, RawBatch, as_text, told_apart
from mappings.errors import SourceError
from mappings.source import Source


def read_parquet(source: Source, folder: Path, files: Files = None) -> Iterator[RawBatch]:
    """Yield the records of the Parquet files of a source."""
    for file in source_files(source, folder) if files is None else files:
        with file.open_seekable() as stream, _explained(file.name):
            # read ahead, Arrow would hold all that it has read of the file until its end
            parquet = pq.ParquetFile(stream, pre_buffer=False)
            read = 0
            for batch in parquet.iter_batches(batch_size=BATCH_ROWS):
                yield RawBatch(as_texts(batch), f"{file.name} row", _numbers(read, len(batch)), file.number)
                read += len(batch)
            if not read:
                empty = as_texts(parquet.schema_arrow.empty_table())
                yield RawBatch(empty, f"{file.name} row", _numbers(0, 0), file.number)


def as_texts(rows: pa.RecordBatch | pa.Table) -> pa.Table:
    """Return the rows with each column as text; lists and structures as JSON."""
    return pa.table({name: _as_text(rows.column(i)) for i, name in enumerate(told_apart(rows.schema.names))})


def _as_text(column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    kind = column.type
    if pa.types.is_nested(kind):
        return pa.array([None if v is None else json.dumps(v, default=str) for v in column.to_pylist()], pa.string())
    if pa.types.is_dictionary(kind):
        return _as_text(column.cast(kind.value_type))
    if pa.types.is_floating(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array([as_text(value) for value in column.to_pylist()], pa.string())
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        # said without a zone: with one, Arrow takes thirty times as long
        in_utc = column.cast(pa.timestamp(kind.unit, tz="UTC")).cast(pa.timestamp(kind.unit))
        return pc.binary_join_element_wise(in_utc.cast(pa.string()), "Z", "")
    texts = column.cast(pa.string())
    return pc.if_else(pc.equal(texts, ""), None, texts)


def _numbers(first: int, count: int) -> pa.Array:
    return pa.array(range(first + 1, first + count + 1), pa.int64())


@contextmanager
def _explained(name: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise SourceError(
            name,
            f"is not a Parquet file that can be read: {error}",
            "check 'kind', and ask for the file again",
        ) from error
