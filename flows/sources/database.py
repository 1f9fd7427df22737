"""A case system's database as raw records: any SQLAlchemy dialect, read only, streamed by the server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pyarrow as pa

from flows.sources.files import substituted
from flows.sources.records import BATCH_ROWS, RawBatch, text_column
from mappings.errors import SourceError
from mappings.source import Source

_IS_QUERY = re.compile(r"^\s*\(?\s*(select|with)\b", re.IGNORECASE)
_IS_TABLE = re.compile(r"^[^\s;]+(\.[^\s;]+)?$")


def read_sql(source: Source, folder: Path) -> Iterator[RawBatch]:
    """Yield the rows of `query`, then those of `cases_query`. Raises SourceError, never with the password."""
    with _connected(source, folder) as connection:
        yield from _rows(source, connection, source.query or "", "query", is_cases=False)
        if source.cases_query:
            yield from _rows(source, connection, source.cases_query, "cases_query", is_cases=True)


def _rows(source: Source, connection: Any, text: str, key: str, is_cases: bool) -> Iterator[RawBatch]:
    result = connection.execution_options(yield_per=BATCH_ROWS).execute(_statement(source, connection, text, key))
    names, read, where = list(result.keys()), 0, f"{source.name} {key} row"
    for rows in result.partitions(BATCH_ROWS):
        columns = {name: text_column([row[i] for row in rows]) for i, name in enumerate(names)}
        yield RawBatch(
            pa.table(columns),
            where,
            pa.array(range(read + 1, read + len(rows) + 1), pa.int64()),
            is_cases=is_cases,
        )
        read += len(rows)
    if not read:
        empty = pa.table({name: pa.array([], pa.string()) for name in names})
        yield RawBatch(empty, where, pa.array([], pa.int64()), is_cases=is_cases)


def _statement(source: Source, connection: Any, text: str, key: str) -> Any:
    import sqlalchemy as sa

    if _IS_QUERY.match(text):
        return sa.text(text)
    if not _IS_TABLE.match(text):
        raise SourceError(
            f"source '{source.name}'",
            f"'{key}' is neither a table nor a SELECT",
            "only SELECT and WITH are read",
        )
    schema, _, table = text.rpartition(".")
    inspector = sa.inspect(connection)
    known = [*inspector.get_table_names(schema or None), *inspector.get_view_names(schema or None)]
    if table not in known:
        raise _no_such_table(source, text, known)
    return sa.select(sa.text("*")).select_from(sa.table(table, schema=schema or None))


def _no_such_table(source: Source, name: str, known: list[str]) -> SourceError:
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean '{close[0]}'? " if close else ""
    return SourceError(
        f"source '{source.name}'",
        f"the database has no table '{name}'",
        f"{hint}It has {', '.join(known) or 'none'}",
    )


@contextmanager
def _connected(source: Source, folder: Path) -> Iterator[Any]:
    import sqlalchemy as sa

    where = f"source '{source.name}'"
    try:
        url = _located(sa.engine.make_url(substituted(source.url or "", where)), folder, where)
        engine = sa.create_engine(url)
    except (sa.exc.SQLAlchemyError, ImportError) as error:
        remedy = "write it as dialect://user@host/database, and install the dialect's driver"
        raise SourceError(where, f"'url' cannot be used: {type(error).__name__}", remedy) from None
    try:
        with engine.connect() as connection, connection.begin():
            _forbid_writing(connection)
            yield connection
    except sa.exc.SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or type(error).__name__).strip()
        raise SourceError(
            f"{where} ({url.render_as_string()})", f"the database says: {said}", "check 'url' and the queries"
        ) from None
    finally:
        engine.dispose()


def _located(url: Any, folder: Path, where: str) -> Any:
    """Return the URL with a SQLite file beside the mapping, which must exist: SQLite would make an empty one."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return url
    if url.database.startswith("file:"):
        return url
    path = (folder / url.database).resolve()
    if not path.is_file():
        raise SourceError(str(path), "there is no such database", f"correct 'url' of {where}")
    return url.set(database=path.as_uri(), query={"mode": "ro", "uri": "true"})


def _forbid_writing(connection: Any) -> None:
    if connection.dialect.name in ("postgresql", "mysql", "mariadb"):
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
    elif connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA query_only = ON")
