"""The same Ibis expressions on Spark: what differs from DuckDB, in one place, so that both give the same findings.

In: a Spark session (opened by `flows/spark.py`). Out: an Ibis connection that `mining` uses like DuckDB's. Owned here:
tables that are kept, results without a detour over pandas (whose integers become floats where one is null), instants
in UTC, and the few functions that each engine names or defines in its own way. What an expression has no form for on
Spark is refused by Ibis with the name of the operation, never computed otherwise.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.schema as sch
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
import sqlglot as sg
import sqlglot.expressions as sge
from ibis.backends.pyspark import Backend
from ibis.backends.pyspark.datatypes import PySparkType
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from ibis.common.exceptions import TableNotFound
from pyspark.errors import AnalysisException
from pyspark.sql import functions

from mining.json_told import LINK_NAMES

_NAMED = {"epoch_us": "unix_micros"}
"""DuckDB's name of a function → Spark's."""

_BY_PYTHON = (ops.UnwrapJSONString, ops.UnwrapJSONInt64, ops.UnwrapJSONFloat64, ops.UnwrapJSONBoolean)
"""What Ibis would do by Python on every worker; `text_under` reads JSON without it."""


class SparkExpressions(PySparkCompiler):  # type: ignore[misc]
    """Ibis' own translation, where that would give another number, or none, put right."""

    __slots__ = ()
    SIMPLE_OPS: ClassVar[dict[Any, str]] = {
        op: name for op, name in PySparkCompiler.SIMPLE_OPS.items() if op not in _BY_PYTHON
    }
    UNSUPPORTED_OPS = (*PySparkCompiler.UNSUPPORTED_OPS, *_BY_PYTHON)

    def __sql_name__(self, op: Any) -> str:
        """Name DuckDB's functions as Spark does."""
        name: str = super().__sql_name__(op)
        return _NAMED.get(name, name)

    def visit_IsNull(self, op: Any, *, arg: Any) -> Any:  # noqa: N802 - so named by Ibis
        """Null is null; what is no number is not, as on DuckDB."""
        return arg.is_(sge.null())

    def visit_BitOr(self, op: Any, *, arg: Any, where: Any) -> Any:  # noqa: N802 - so named by Ibis
        """Put the bits of all rows together."""
        return self.agg.bit_or(arg, where=where)

    def visit_NotNull(self, op: Any, *, arg: Any) -> Any:  # noqa: N802 - so named by Ibis
        """The other way round."""
        return arg.is_(sg.not_(sge.null()))

    def visit_ExtractMicrosecond(self, op: Any, *, arg: Any) -> Any:  # noqa: N802 - so named by Ibis
        """Return the microseconds within the second."""
        return self.f.anon.pmod(self.f.anon.unix_micros(arg), sge.convert(1_000_000))

    def visit_ExtractEpochSeconds(self, op: Any, *, arg: Any) -> Any:  # noqa: N802 - so named by Ibis
        """Return the seconds since 1970 with their fraction, as DuckDB does."""
        return self.f.anon.unix_micros(arg) / sge.convert(1e6)

    def visit_TimestampFromYMDHMS(self, op: Any, **parts: Any) -> Any:  # noqa: N802 - so named by Ibis
        """Put an instant in UTC together."""
        return self.f.anon.make_timestamp(*parts.values())

    def visit_ScalarUDF(self, op: Any, **given: Any) -> Any:  # noqa: N802 - so named by Ibis
        """Translate the door's functions on JSON and on whole numbers; others are called as they are."""
        if op.__func_name__ == "json_merge_patch":
            base, patch = given.values()
            return self.f.to_json(self.f.map_concat(_names(self, self.f.coalesce(base, "{}")), _names(self, patch)))
        if op.__func_name__ == "from_json":
            form = ", ".join(f"`{name}`: string" for name in LINK_NAMES)
            return self.f.anon.from_json(next(iter(given.values())), sge.convert(f"array<struct<{form}>>"))
        if op.__func_name__ == "divide":
            number, by = given.values()
            return sge.Paren(this=sge.IntDiv(this=sge.Paren(this=number), expression=by))
        if op.__func_name__ in ("json_type", "json_extract_string"):
            return self._under(op, *given.values())
        return super().visit_ScalarUDF(op, **given)

    def _under(self, op: Any, document: Any, place: Any) -> Any:
        """Return the text under a name, or that it is one: read as it is written, without Python on the workers."""
        name = place.this.removeprefix("/").replace("~1", "/").replace("~0", "~")
        value = self.f.try_element_at(_names(self, document), sge.convert(name))
        is_text = self.f.schema_of_variant(value).eq(sge.convert("STRING"))
        told = sge.convert("VARCHAR") if op.__func_name__ == "json_type" else sg.cast(value, "STRING")
        return self.if_(is_text, told, sge.null())

    def visit_TryCast(self, op: Any, *, arg: Any, to: Any) -> Any:  # noqa: N802 - so named by Ibis
        """Read a number as DuckDB does: Java takes 3d and 0x1p3 for numbers too, and not 1_000."""
        if not (op.arg.dtype.is_string() and to.is_floating()):
            return super().visit_TryCast(op, arg=arg, to=to)
        is_of_java = self.f.anon.rlike(arg, sge.convert(r"[0-9.][dDfF][ ]*$|[xX]"))
        plain = self.f.anon.regexp_replace(arg, sge.convert("(?<=[0-9])_(?=[0-9])"), sge.convert(""))
        return self.if_(is_of_java, sge.null(), super().visit_TryCast(op, arg=plain, to=to))


def spark_engine(session: Any) -> SparkEngine:
    """Return the connection to a session, set to what the findings rest on: UTC, texts by their bytes."""
    SparkEngine.register_options()
    engine = SparkEngine()
    engine.do_connect(session)
    return engine


class SparkEngine(Backend):  # type: ignore[misc]
    """An Ibis connection to a Spark session."""

    compiler = SparkExpressions()

    def get_schema(self, table_name: str, *, catalog: str | None = None, database: str | None = None) -> sch.Schema:
        """Return the columns of a table; an instant is one in UTC, as it is in the store."""
        if not self._session.catalog.tableExists(f"`{table_name}`"):
            raise TableNotFound(table_name)
        struct = self._session.table(f"`{table_name}`").schema
        return sch.Schema({field.name: _typed(PySparkType.to_ibis(field.dataType)) for field in struct.fields})

    def create_table(self, name: str, obj: Any = None, **how: Any) -> ir.Table:
        """Compute a table once and keep it, in the memory and on the disks of the cluster, until the session ends."""
        if isinstance(obj, ir.Expr):
            self._run_pre_execute_hooks(obj)
            frame = self._session.sql(self.compile(obj))
        else:
            frame = self._session.createDataFrame(obj)
        # cut off from what it was made of: plans would grow with every table that rests on another
        frame.localCheckpoint(eager=True).createOrReplaceTempView(f"`{name}`")
        return self.table(name)

    def drop_table(self, name: str, **how: Any) -> None:
        """Forget a kept table; Spark lets go of its blocks when nothing rests on it any more."""
        self._session.catalog.dropTempView(name)

    def to_pyarrow(self, expr: ir.Expr, /, **how: Any) -> Any:
        """Return the result of an expression, integers as integers."""
        self._run_pre_execute_hooks(expr)
        table = expr.as_table()
        schema = table.schema().to_pyarrow()
        found = self._session.sql(self.compile(table)).toArrow()
        return expr.__pyarrow_result__(found.rename_columns(schema.names).cast(_nullable(schema)))

    def to_parquet(self, expr: ir.Expr, /, path: str | Path, **how: Any) -> None:
        """Write a table to one file on this machine, a part of it in memory at a time."""
        self._run_pre_execute_hooks(expr)
        schema = _nullable(expr.as_table().schema().to_pyarrow())
        frame = self._session.sql(self.compile(expr)).localCheckpoint(eager=True)
        with pq.ParquetWriter(path, schema) as writer:
            for found in _parts(frame):
                writer.write_table(found.rename_columns(schema.names).cast(schema))

    def in_batches(
        self, table: ir.Table, order: Sequence[str], rows: int, columns: Sequence[str]
    ) -> pa.RecordBatchReader:
        """Read a table in order, if any is asked: the cluster cuts it by the first column and sorts each part."""
        self._run_pre_execute_hooks(table)
        schema = _nullable(table.select(*columns).schema().to_pyarrow())
        keys = [functions.col(f"`{name}`").asc_nulls_last() for name in order]
        frame = self._session.sql(self.compile(table))
        if order:
            frame = frame.repartition(functions.col(f"`{order[0]}`")).sortWithinPartitions(*keys)
        frame = frame.select(*(f"`{name}`" for name in columns)).localCheckpoint(eager=True)

        def batches() -> Iterator[pa.RecordBatch]:
            for found in _parts(frame):
                yield from found.rename_columns(schema.names).cast(schema).to_batches(rows)

        return pa.RecordBatchReader.from_batches(schema, batches())

    def growing_table(self, name: str, schema: pa.Schema) -> GrowingFrame:
        """Begin an empty table, to grow by parts from this machine."""
        return GrowingFrame(self, name, schema)

    def stored(self, name: str, files: list[str], schema: pa.Schema) -> ir.Table:
        """Name a table that lies in Parquet files, which every worker has to be able to read under the same path."""
        typed = self._session.createDataFrame(schema.empty_table())
        try:
            frame = self._session.read.schema(typed.schema).parquet(*files) if files else typed
        except AnalysisException as err:
            raise FileNotFoundError(str(err)) from err
        frame.createOrReplaceTempView(f"`{name}`")
        return self.table(name)


class GrowingFrame:
    """A table of the cluster that grows by parts from this machine; each lies in the cluster once it is in."""

    def __init__(self, engine: SparkEngine, name: str, schema: pa.Schema) -> None:
        """Begin without rows."""
        self._engine, self._name = engine, name
        self._frames = [engine._session.createDataFrame(schema.empty_table())]

    def add(self, part: pa.Table) -> None:
        """Append rows."""
        if part.num_rows:
            self._frames.append(self._engine._session.createDataFrame(part).localCheckpoint(eager=True))

    def table(self) -> ir.Table:
        """Return all parts as one table."""
        whole = functools.reduce(lambda one, other: one.union(other), self._frames)
        whole.localCheckpoint(eager=True).createOrReplaceTempView(f"`{self._name}`")
        return self._engine.table(self._name)


def _parts(frame: Any) -> Iterator[pa.Table]:
    """Bring a checkpointed table over, one part at a time."""
    part = functions.spark_partition_id()
    for number in range(frame.rdd.getNumPartitions()):
        yield frame.filter(part == number).toArrow()


def _names(compiler: SparkExpressions, text: Any) -> Any:
    """The names of a JSON object with their values, each as it is written."""
    return compiler.f.from_json(text, sge.convert("map<string,variant>"))


def _typed(dtype: dt.DataType) -> dt.DataType:
    return dt.Timestamp(timezone="UTC") if dtype.is_timestamp() else dtype


def _nullable(schema: pa.Schema) -> pa.Schema:
    return pa.schema([field.with_nullable(True) for field in schema])
