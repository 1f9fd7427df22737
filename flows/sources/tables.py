"""Tables written to Parquet a batch at a time, in the one set of columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


@contextmanager
def parquet_writer(path: Path, schema: pa.Schema) -> Iterator[pq.ParquetWriter]:
    """Open a Parquet file for writing."""
    with pq.ParquetWriter(path, schema, compression="snappy") as writer:
        yield writer


def write_tables(path: Path, schema: pa.Schema, tables: Iterable[pa.Table | pa.RecordBatch]) -> int:
    """Write the tables with the columns of `schema`; return how many rows there were."""
    written = 0
    with parquet_writer(path, schema) as writer:
        for table in tables:
            rows = pa.Table.from_batches([table]) if isinstance(table, pa.RecordBatch) else table
            if len(rows):
                writer.write_table(rows.select(schema.names).cast(schema))
                written += len(rows)
    return written
