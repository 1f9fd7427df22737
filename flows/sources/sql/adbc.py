"""PostgreSQL through ADBC, where its driver is installed: binary COPY into Arrow, several times as fast as row by row.

The same statement, transaction and texts as through SQLAlchemy. Reading what changed binds a value, which COPY cannot
take, and goes through SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pyarrow as pa

from flows.sources import records
from flows.sources.sql.connection import explained
from flows.sources.sql.dialects import postgresql_session
from flows.sources.sql.rows import arrow_texts
from flows.sources.sql.statement import Asked
from mappings.source import Source

_OPTIONS = {"adbc.postgresql.batch_size_hint_bytes": str(4 * 2**20)}


def is_possible(url: Any) -> bool:
    """Tell whether a database can be read through ADBC here."""
    if url.get_backend_name() != "postgresql":
        return False
    from importlib.util import find_spec

    return find_spec("adbc_driver_postgresql") is not None


@contextmanager
def opened(source: Source, url: Any) -> Iterator[Any]:
    """Give a cursor in one transaction that sees one moment and only reads."""
    from adbc_driver_postgresql import dbapi

    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with explained(source, url), closing(dbapi.connect(plain)) as connection, connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for statement in postgresql_session(source.statement_timeout):
            cursor.execute(statement)
        yield cursor
        connection.rollback()


def streamed(cursor: Any, asked: Asked) -> Iterator[tuple[pa.Table, pa.Array | None]]:
    """Yield batches of text columns, and the watermarks as they are."""
    cursor.adbc_statement.set_options(**_OPTIONS)
    cursor.execute(_written(asked.select()))
    for batch in cursor.fetch_record_batch():
        for first in range(0, len(batch), records.BATCH_ROWS):
            part = batch.slice(first, records.BATCH_ROWS)
            marks = part.column(asked.watermark) if asked.watermark else None
            yield arrow_texts(part.select(list(asked.columns))), marks


def _written(statement: Any) -> str:
    from sqlalchemy.dialects.postgresql.base import PGDialect

    # of other parameter styles the per cent signs would come out doubled
    return str(statement.compile(dialect=PGDialect(paramstyle="named")))
