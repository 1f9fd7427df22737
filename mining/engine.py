"""The one door to what differs from engine to engine: instants as integers, tables that are kept, labels, limits.

In and out: Ibis connections and expressions. Everything else in `mining` is portable Ibis, so that a second engine
needs a branch here, for JSON in `mining.json_told`, and nowhere else. Labels (activity, step, lane, phase) are few and
repeat in every row; where the engine can, they are held as numbers that read and compare as the texts they stand for.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from typing import Any, Protocol

import ibis
import ibis.expr.operations as ops
import pyarrow as pa

from mining.kept_file import make_room as _make_room
from mining.kept_file import place_of
from mining.torn_groups import put_together

# putting selections together costs more than it saves: the engine does so itself
ibis.options.sql.fuse_selects = False

_LABEL = "zs_label"
"""The name of DuckDB's type of labels. One for all columns, so that columns compare as numbers."""
_GIVEN = "zs_given"


@ibis.udf.scalar.builtin(name="epoch_us")  # type: ignore[untyped-decorator]
def _epoch_us(moment: ibis.dtype("timestamp('UTC')")) -> int:  # type: ignore[empty-body, valid-type]
    """DuckDB's own; not portable Ibis."""


def micros(moment: Any) -> Any:
    """Return an instant as int64 microseconds since 1970 in UTC."""
    return _epoch_us(moment)


@ibis.udf.scalar.builtin(name="divide")  # type: ignore[untyped-decorator]
def whole_part(number: int, by: int) -> int:  # type: ignore[empty-body]
    """Return how many times `by` goes into a number, neither below zero; DuckDB's own, which stays in whole numbers.

    Ibis would divide in floats and round down; the engine then no longer knows between which numbers the result lies,
    and so cannot look days up by their place.
    """


def kept_as_written(con: Any, name: str, expression: Any) -> Any:
    """Compute an expression once, joining in the order that it is written in: the table on the right is looked up in.

    For joins of many rows with small tables, where an engine that guesses wrong would hold the many rows in memory.
    """
    if con.name != "duckdb":
        return kept(con, name, expression)
    con.raw_sql("SET disabled_optimizers = 'join_order,build_side_probe_side'")
    try:
        return kept(con, name, expression)
    finally:
        con.raw_sql("RESET disabled_optimizers")


def kept(con: Any, name: str, expression: Any) -> Any:
    """Compute an expression, or take in an Arrow table, once: into a temporary table of the engine.

    What comes in batches goes into a plain table of the connection, which is one in memory.
    """
    if isinstance(expression, pa.RecordBatchReader):
        growing = growing_table(con, name, expression.schema)
        for batch in expression:
            growing.add(pa.Table.from_batches([batch]))
        return growing.table()
    if con.name != "duckdb":
        return con.create_table(name, expression, temp=True, overwrite=True)
    # Ibis would declare the columns first, turn labels back into texts, and write every row twice
    if isinstance(expression, ibis.Expr):
        return _made(con, name, _in_whole_numbers(con, con.compile(expression)))
    con.con.register(_GIVEN, expression)
    made = _made(con, name, f"SELECT * FROM {_GIVEN}")  # noqa: S608 a name of ours
    con.con.unregister(_GIVEN)
    return made


def kept_in_parts(con: Any, name: str, parts: Sequence[Any]) -> Any:
    """Compute expressions of one form one by one into one table: each has to fit in memory, not all of them."""
    if con.name != "duckdb":
        return kept(con, name, ibis.union(*parts) if len(parts) > 1 else parts[0])
    made = kept(con, name, parts[0])
    for part in parts[1:]:
        con.raw_sql(f"INSERT INTO {_at(place_of(con.con), name)} {_in_whole_numbers(con, con.compile(part))}")
    return made


def _made(con: Any, name: str, query: str) -> Any:
    """Keep what a query of DuckDB finds."""
    place = place_of(con.con)
    kind = "TABLE" if place.catalog else "TEMP TABLE"
    con.raw_sql(f"CREATE OR REPLACE {kind} {_at(place, name)} AS {query}")
    return _named(con, name, place)


def kept_before(con: Any, name: str) -> Any:
    """Return a table that was kept under this name."""
    return con.table(name) if con.name != "duckdb" else _named(con, name, place_of(con.con))


def dropped(con: Any, name: str) -> None:
    """Let go of a kept table."""
    if con.name != "duckdb":
        con.drop_table(name)
    else:
        con.raw_sql(f"DROP TABLE {_at(place_of(con.con), name)}")


class Growing(Protocol):
    """A table that grows by parts, while the rows that it is made from are still being read."""

    def add(self, part: pa.Table) -> None:
        """Append rows."""

    def table(self) -> Any:
        """Return the whole table, once all is in."""


def growing_table(con: Any, name: str, schema: pa.Schema) -> Growing:
    """Begin an empty table."""
    grown: Growing = _Growing(con, name, schema) if con.name == "duckdb" else con.growing_table(name, schema)
    return grown


class _Growing:
    """DuckDB's: by a second connection, since the first one is being read. That sees no temporary tables."""

    def __init__(self, con: Any, name: str, schema: pa.Schema) -> None:
        self._con, self._name = con, name
        self._second = con.con.cursor()
        self._place = place_of(self._second)
        self._take(schema.empty_table(), f"CREATE OR REPLACE TABLE {_at(self._place, name)} AS")

    def add(self, part: pa.Table) -> None:
        self._take(part, f"INSERT INTO {_at(self._place, self._name)}")

    def table(self) -> Any:
        self._second.close()
        return _named(self._con, self._name, self._place)

    def _take(self, part: pa.Table, into: str) -> None:
        self._second.register(_GIVEN, part)
        self._second.execute(f"{into} SELECT * FROM {_GIVEN}")  # noqa: S608 names of ours
        self._second.unregister(_GIVEN)


def in_batches(
    con: Any, table: Any, order: Sequence[str], rows: int, columns: Sequence[str] | None = None
) -> pa.RecordBatchReader:
    """Read columns of a table a batch at a time, in order, nulls last; the rest waits in the engine.

    Rows that are alike in the first column of `order` follow one another; on a cluster those groups have no order.
    Without `order` the rows come as the table has them.
    """
    read = columns or table.columns
    if con.name != "duckdb":
        batches: pa.RecordBatchReader = con.in_batches(table, order, rows, read)
        return batches
    # what is sorted by but not read is not carried through the sort
    wanted, keys = ", ".join(map(_column, read)), ", ".join(f"{_column(name)} NULLS LAST" for name in order)
    query = f"SELECT {wanted} FROM ({con.compile(table)})"  # noqa: S608 columns of ours
    return con.con.sql(f"{query} ORDER BY {keys}" if keys else query).to_arrow_reader(rows)


def in_parts(con: Any, parts: Sequence[Any], group: str, rows: int, columns: Sequence[str]) -> pa.RecordBatchReader:
    """Read tables of one form a batch at a time: the rows of a group follow one another, and no two tables share one.

    One table is sorted by the engine. Of several each has to fit in memory, and nothing is sorted but what has to be.
    """
    if len(parts) == 1:
        return in_batches(con, parts[0], (group,), rows, columns)
    wanted = ", ".join(map(_column, columns))
    queries = [con.con.sql(f"SELECT {wanted} FROM ({con.compile(part)})") for part in parts]  # noqa: S608 columns of ours
    schema = queries[0].limit(0).to_arrow_table().schema

    def batches() -> Iterator[pa.RecordBatch]:
        for query in queries:
            for piece in put_together(query.to_arrow_table(rows), group):
                yield from piece.to_batches(rows)

    return pa.RecordBatchReader.from_batches(schema, batches())


def in_turn(con: Any, tables: Sequence[Any], rows: int) -> pa.RecordBatchReader:
    """Read tables of one form a batch at a time, one table after the other: each has to fit in memory, not all."""
    first = in_batches(con, tables[0], (), rows)
    others = (batch for table in tables[1:] for batch in in_batches(con, table, (), rows))
    return pa.RecordBatchReader.from_batches(first.schema, chain(first, others))


def viewed(con: Any, name: str, expression: Any) -> Any:
    """Name an expression, so that what rests on it does not have to say it again; it is computed at each use."""
    if con.name != "duckdb":
        return con.create_view(name, expression, overwrite=True)
    con.raw_sql(f"CREATE OR REPLACE TEMP VIEW {_column(name)} AS {con.compile(expression)}")
    return _named(con, name, ops.Namespace())


def _in_whole_numbers(con: Any, query: str) -> str:
    """Narrow sums: DuckDB adds up in 128 bits, which Ibis holds for 64 and readers of a file for no whole number."""
    if "SUM(" not in query.upper():
        return query
    columns = con.raw_sql(f"DESCRIBE {query}").fetchall()
    sums = [column for column, kind, *_ in columns if kind == "HUGEINT"]
    if not sums:
        return query
    narrow = ", ".join(f'"{column}"::BIGINT AS "{column}"' for column in sums)
    return f"SELECT * REPLACE ({narrow}) FROM ({query})"  # noqa: S608 the names are columns of ours


def _named(con: Any, name: str, place: ops.Namespace) -> Any:
    """Return a table of the engine, as Ibis does, but with each type read once: that of labels is a long text."""
    columns = con.raw_sql(f"DESCRIBE {_at(place, name)}").fetchall()
    read = con.compiler.type_mapper
    schema = ibis.schema({column: _type(read, kind) for column, kind, *_ in columns})
    return ops.DatabaseTable(name, schema=schema, source=con, namespace=place).to_expr()


@functools.lru_cache(maxsize=256)
def _type(read: Any, kind: str) -> Any:
    return read.from_string(kind)


def declare_labels(con: Any, values: Collection[str]) -> None:
    """Say which labels there are in this run; in the order of their texts, so that they sort as texts do."""
    if con.name != "duckdb":
        return
    listed = ", ".join(_quoted(value) for value in sorted({*values, ""}))
    con.raw_sql(f"DROP TYPE IF EXISTS {_LABEL}")
    con.raw_sql(f"CREATE TEMP TYPE {_LABEL} AS ENUM ({listed})")


def labelled(con: Any, name: str, table: Any, labels: Collection[str]) -> Any:
    """Keep a table with the given columns as labels; their values were declared."""
    if con.name != "duckdb":
        return kept(con, name, table)
    plain = f"{name}_plain"
    cast = ", ".join(f'"{column}"::{_LABEL} AS "{column}"' for column in labels)
    made = _made(con, name, f"SELECT * REPLACE ({cast}) FROM ({con.compile(kept(con, plain, table))})")  # noqa: S608
    dropped(con, plain)
    return made


def make_room(con: Any, rows: int, beside: int = 0) -> None:
    """Say how many rows the longest table of this run has, and how many bytes stand beside the engine."""
    if con.name == "duckdb":
        _make_room(con.con, rows, beside)


def limit(con: Any, memory: str | None, threads: int | None, folder: str | None) -> None:
    """Bound the engine's memory and threads; beyond the bound it spills into `folder`."""
    if con.name != "duckdb":
        return
    # what a run before had taken off belongs to the limit of then
    con.raw_sql("RESET VARIABLE zs_memory")
    for name, value in {"memory_limit": memory, "threads": threads, "temp_directory": folder}.items():
        if value is not None:
            con.raw_sql(f"SET {name} = {_quoted(str(value))}")


def table_part(text: str) -> str:
    """Return a part of a table's name for a text of the mapping: unlike texts have unlike ones.

    Engines do not tell `Term` from `term`, and the name of one table may be the beginning of another's.
    """
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _at(place: ops.Namespace, name: str) -> str:
    """Return the name of a table as a query has it."""
    return ".".join(_column(part) for part in (place.catalog, place.database, name) if part)


def _column(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
