"""The rows of an extract as the store lays them: a bucket together, and a case in it, in bounded memory.

In: a Parquet file. Out: its rows with their buckets, in streams that may be read side by side. Texts stay codes of a
dictionary from the file on, so that whole numbers are sorted and moved, not texts. Rule owned here: what does not fit
is put aside by ranges of buckets, in files that go when they were read, and each range is then sorted by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from flows.store.layout import BUCKET, BUCKETS, Layout, bucket_sql
from flows.store.table_files import Part, said_alone

BATCH_ROWS = 250_000
"""A batch is a row group of the file."""
READ_ROWS = 1_000_000
ROOM_BYTES = 1_500_000_000
"""What is sorted at once at most, whatever the memory: the texts of one Arrow column end at 2 GiB."""


def clustered(con: duckdb.DuckDBPyConnection, layout: Layout, path: Path, without: Any) -> Iterator[Part]:
    """Give the rows of the file but those with the given numbers (an array), by bucket and case.

    One stream after the other, they stand in a case as in the file; the cases of a bucket as they first come. The
    connection says how much memory there is, and where what does not fit is put aside.
    """
    for part in _parts(con, layout, path, without):
        yield _in_order(con, layout, part)


def room_bytes(con: duckdb.DuckDBPyConnection) -> int:
    """Return how much may be held at once beside the engine: three eighths of its limit, within bounds.

    What is held stands there twice while it is put in order.
    """
    number, unit = _setting(con, "memory_limit").split()
    limit = float(number) * 1024 ** ("bKMGTP".index(unit[0]))
    return min(int(limit * 3 / 8), ROOM_BYTES)


def _setting(con: duckdb.DuckDBPyConnection, name: str) -> str:
    return str(con.execute("SELECT current_setting(?)", [name]).fetchall()[0][0])


def _coded(layout: Layout) -> pa.Schema:
    """The columns as they are held: texts that repeat as codes."""
    code = pa.dictionary(pa.int32(), pa.string())
    return pa.schema([field.with_type(code) if field.name in layout.repeating else field for field in layout.columns])


def _parts(con: Any, layout: Layout, path: Path, without: Any) -> Iterator[list[pa.RecordBatch]]:
    """Give all rows at once where they fit, else a range of buckets after the other."""
    import pyarrow.parquet as pq

    room, aside = room_bytes(con), Path(_setting(con, "temp_directory"))
    # read ahead, Arrow would hold all that it has read of the file for as long as any of its rows is looked at
    with pq.ParquetFile(path, read_dictionary=list(layout.repeating), pre_buffer=False) as file:
        batches = _kept(layout, file, without, room)
        held: list[pa.RecordBatch] = []
        size = 0
        for batch in batches:
            held.append(batch)
            size += batch.nbytes
            if size > room:
                break
        else:
            yield held
            return
        rows = sum(len(batch) for batch in held)
        parts = min(-(-size * file.metadata.num_rows // (rows * room)), BUCKETS)
        files = _put_aside(con, layout, chain(_let_go(held), batches), [aside / f"{n}.arrows" for n in range(parts)])
    for each in files:
        with pa.OSFile(str(each)) as source, pa.ipc.open_stream(source) as stream:
            yield list(stream)
        each.unlink()


def _let_go(held: list[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    while held:
        yield held.pop(0)


def _kept(layout: Layout, file: Any, without: Any, room: int) -> Iterator[pa.RecordBatch]:
    """Read the file in its order, without the rows that others overtook; a batch takes a small part of the room."""
    import numpy as np

    schema = _coded(layout)
    out = np.zeros(file.metadata.num_rows, bool)
    out[without] = True
    at, told = 0, file.metadata
    size = sum(told.row_group(n).total_byte_size for n in range(told.num_row_groups))
    rows = max(min(READ_ROWS, room // 8 * told.num_rows // max(size, 1)), 1)
    for batch in file.iter_batches(rows, columns=schema.names):
        keep, at = ~out[at : at + len(batch)], at + len(batch)
        if keep.any():
            yield _typed(batch if keep.all() else batch.filter(pa.array(keep)), schema)


def _typed(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Give the columns the types of the store, those that have others."""
    columns = [batch.column(field.name) for field in schema]
    alike = [c if c.type == field.type else c.cast(field.type) for c, field in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(alike, schema=schema)


def _put_aside(con: Any, layout: Layout, batches: Iterable[pa.RecordBatch], files: list[Path]) -> list[Path]:
    """Write each row to the file of its range of buckets."""
    import numpy as np

    bounds = [BUCKETS * n // len(files) for n in range(len(files) + 1)]
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with ExitStack() as open_files:
        writers = [
            open_files.enter_context(pa.ipc.new_stream(str(file), _coded(layout), options=options)) for file in files
        ]
        for batch in batches:
            codes, buckets = _buckets(con, batch.column(layout.bucket_of))
            order = np.argsort(buckets[codes].astype(np.uint8), kind="stable")
            starts = np.searchsorted(buckets[codes][order], bounds)
            for writer, (low, high) in zip(writers, pairwise(starts), strict=True):
                here = batch.take(pa.array(order[low:high]))
                writer.write_batch(said_alone(here))
    return files


def _in_order(con: Any, layout: Layout, held: list[pa.RecordBatch]) -> Part:
    """Sort what is held, and give it away batch by batch; where there is much, in two streams cut between buckets."""
    schema = _coded(layout)
    columns = dict(zip(schema.names, pa.Table.from_batches(held, schema).columns, strict=True))
    held.clear()
    # one at a time: a column stands in memory twice while it is put together
    with ThreadPoolExecutor(1) as pool:
        # what decides the order first: the others are put together while it is found
        names = sorted(columns, key=lambda name: name != layout.bucket_of)
        pieces = {name: pool.submit(_in_one_piece, columns, name) for name in names}
        order, of_row = _order(con, pieces[layout.bucket_of].result())
    whole = pa.RecordBatch.from_arrays([pieces.pop(name).result() for name in schema.names], schema=schema)
    return _streams(whole, order, of_row)


def _in_one_piece(columns: dict[str, pa.ChunkedArray], name: str) -> pa.Array:
    """Put a column together, with one dictionary; its batches are let go."""
    return columns.pop(name).unify_dictionaries().combine_chunks()


def _order(con: Any, column: pa.Array) -> tuple[Any, Any]:
    """Return the numbers of the rows by bucket and case, and the bucket of each row in that order."""
    import numpy as np

    codes, buckets = _buckets(con, column)
    rank = np.empty(len(buckets), np.int32)
    first = np.full(len(buckets), len(codes))
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    rank[np.lexsort((first, buckets))] = np.arange(len(buckets), dtype=np.int32)
    order = np.argsort(rank[codes], kind="stable")
    return order, buckets[codes[order]]


def _streams(whole: pa.RecordBatch, order: Any, of_row: Any) -> Part:
    import numpy as np

    def stream(low: int, high: int) -> Iterator[pa.RecordBatch]:
        for at in range(low, high, BATCH_ROWS):
            rows = slice(at, min(at + BATCH_ROWS, high))
            batch = whole.take(pa.array(order[rows]))
            yield batch.append_column(BUCKET, pa.array(of_row[rows], BUCKET.type))

    middle = of_row[len(order) // 2] if len(order) > 2 * BATCH_ROWS else 0
    cut = int(np.searchsorted(of_row, middle))
    return [stream(low, high) for low, high in ((0, cut), (cut, len(order))) if low < high]


def _buckets(con: Any, column: pa.Array) -> tuple[Any, Any]:
    """Return for each row the number of its text, and for each such number its bucket; a null is the last one."""
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    texts = pa.table({"text": pa.concat_arrays([coded.dictionary, pa.nulls(1, coded.dictionary.type)])})
    buckets = con.from_arrow(texts).project(f"{bucket_sql('text')} AS bucket").fetchnumpy()["bucket"]
    return coded.indices.fill_null(len(coded.dictionary)).to_numpy(), buckets
