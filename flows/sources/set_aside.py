"""Records that are set aside while a source is extracted: rows of the quarantine, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from flows.sources.records import RawBatch
from flows.sources.tables import write_tables
from mappings.source import Source
from mining.columns import QUARANTINE


def rejected(source: Source, batch: RawBatch) -> pa.Table:
    """Return the records of a batch that its reader could not read."""
    rows = [
        {"source": source.name, "record": r.record, "reason": r.reason, "detail": r.detail, "content": None}
        for r in batch.rejected
    ]
    return pa.Table.from_pylist(rows, schema=QUARANTINE)


def write_set_aside(folder: Path, source: Source, wheres: Mapping[int, str], doubles: pa.Table) -> None:
    """Write `quarantine.parquet`: what was set aside on the way, and the doubles. `wheres`: file → where it is."""

    def tables() -> Iterator[pa.Table]:
        with pq.ParquetFile(folder / "told_quarantine.parquet", pre_buffer=False) as told:
            yield from (pa.Table.from_batches([batch]) for batch in told.iter_batches())
        yield _doubles(source, wheres, doubles)

    write_tables(folder / "quarantine.parquet", QUARANTINE, tables())


def _doubles(source: Source, wheres: Mapping[int, str], doubles: pa.Table) -> pa.Table:
    what = "another record of the same file has this id and says otherwise; the last one counts: "
    rows = [
        {
            "source": source.name,
            "record": f"{wheres[row['file']]} {row['number']}",
            "reason": "duplicate_id",
            "detail": f"{what}{row['own_id']}",
            "content": None,
        }
        for row in doubles.to_pylist()
    ]
    return pa.Table.from_pylist(rows, schema=QUARANTINE)
