"""Rows of a database as text columns, streamed by the server in bounded batches.

The same value is the same text whichever driver brought it, since a record without a key of its own is known by the
hash of its texts: moments as ISO 8601 with a T, with +00:00 where the column has a zone; bytes as hexadecimal digits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from flows.sources import records
from flows.sources.columnar import as_texts
from flows.sources.records import text_column
from flows.sources.sql.statement import Asked

_TIMESTAMP_OF_MYSQL = 7
_MICROSECONDS = 1_000_000


def streamed(connection: Any, asked: Asked, changed: Any) -> Iterator[tuple[pa.Table, pa.Array | None]]:
    """Yield batches of text columns, and the watermarks as they are."""
    result = connection.execution_options(yield_per=records.BATCH_ROWS).execute(asked.select(changed))
    zoned = _zoned_of_mysql(connection, result)
    names = list(result.keys())
    for rows in result.partitions(records.BATCH_ROWS):
        columns = dict(zip(names, zip(*rows, strict=True), strict=True))
        for name in zoned:
            columns[name] = tuple(v.replace(tzinfo=UTC) if isinstance(v, datetime) else v for v in columns[name])
        marks = pa.array(columns[asked.watermark]) if asked.watermark else None
        yield pa.table({name: text_column(list(columns[name])) for name in asked.columns}), marks


def _zoned_of_mysql(connection: Any, result: Any) -> Sequence[str]:
    """Return the columns of type TIMESTAMP: they come in the zone of the session, which is UTC, without saying so."""
    if connection.dialect.name not in ("mysql", "mariadb") or result.cursor is None:
        return ()
    return [column[0] for column in result.cursor.description if column[1] == _TIMESTAMP_OF_MYSQL]


def arrow_texts(rows: pa.RecordBatch | pa.Table) -> pa.Table:
    """Return the rows with each column as text, as `streamed` writes it."""
    plain: dict[str, Any] = {}
    for i, name in enumerate(rows.schema.names):
        column = rows.column(i)
        kind = column.type
        plain[name] = moments_as_text(column) if pa.types.is_timestamp(kind) else column
    return as_texts(pa.table(plain))


def moments_as_text(column: pa.Array) -> pa.Array:
    """Return moments as ISO 8601: a fraction only where there is one, +00:00 where the column has a zone."""
    end = "+00:00" if column.type.tz else ""
    local = column.cast(pa.timestamp("us", tz="UTC")).cast(pa.timestamp("us")) if column.type.tz else column
    micros = local.cast(pa.timestamp("us")).cast(pa.int64())
    whole = pc.multiply(pc.divide(micros, _MICROSECONDS), _MICROSECONDS)
    has_fraction = pc.not_equal(micros, whole)
    if pc.any(has_fraction).as_py():
        fine = local.cast(pa.timestamp("us")).cast(pa.string())
        texts = pc.if_else(has_fraction, fine, pc.utf8_slice_codeunits(fine, 0, 19))
    else:
        texts = micros.cast(pa.timestamp("us")).cast(pa.timestamp("s")).cast(pa.string())
    with_t = pc.utf8_replace_slice(texts, 10, 11, "T")
    return pc.binary_join_element_wise(with_t, end, "") if end else with_t
