"""The engine that a run is mined on: DuckDB in this process, or a Spark cluster by its master URL.

In: what was asked for. Out: an Ibis connection that stays open until the run ends. What an engine cannot do is told as
an error that names the measure; it is never computed in another way.
"""

from __future__ import annotations

import gc
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import ibis

from flows.request import Prepared, RunRequest
from mappings.errors import EngineError
from mining.engine import limit

ENGINES = ("duckdb", "spark")
SELDOM = (100_000, 50, 50)
"""When Python looks for objects that only hold each other."""
_NOT_THE_MEASURE = {"amounts.py", "engine.py", "spark_engine.py", "mine.py"}


def check_engine(request: RunRequest) -> None:
    """Refuse an engine that is none, and a master without an engine that has one. Raises EngineError."""
    if request.engine not in ENGINES:
        raise EngineError("--engine", f"'{request.engine}' is no engine", f"write {' or '.join(ENGINES)}")
    if request.engine == "spark" and not request.master:
        raise EngineError("--engine spark", "no master is named", "add --master spark://host:7077")
    if request.engine != "spark" and request.master:
        raise EngineError("--master", f"the engine {request.engine} has no master", "add --engine spark")


def open_engine(prepared: Prepared) -> Any:
    """Return a connection to the engine that was asked for, within the limits of the run; it closes with the run."""
    request = prepared.request
    if request.engine == "spark":
        from flows.spark.session import spark

        session = spark(str(request.master), request.memory, request.threads, prepared.store)
        return prepared.closing.enter_context(session)
    # an expression is thousands of small objects that stay: looking through them for rings costs a seventh of a run
    gc.set_threshold(*SELDOM)
    con = ibis.duckdb.connect()
    limit(con, request.memory, request.threads, str(prepared.spill))
    return con


@contextmanager
def telling_of(request: RunRequest) -> Iterator[None]:
    """Tell what the engine could not do as an error with the name of the measure: what it lacks, or has no form for."""
    try:
        yield
    except duckdb.OutOfMemoryException as err:
        remedy = "nothing is published; give more with --memory, or fewer --threads, and see that the disk has room"
        raise EngineError(f"--memory {request.memory} ({_measure(err)})", "is too little for this log", remedy) from err
    except Exception as err:
        if request.engine != "spark" or type(err).__module__.split(".")[0] not in ("ibis", "py4j", "pyspark"):
            raise
        first = (str(err).strip().splitlines() or [type(err).__name__])[0]
        remedy = "nothing is published; run with --engine duckdb, and look at spark.log in the folder of the store"
        raise EngineError(f"engine spark, {_measure(err)}", first, remedy) from err


def _measure(err: Exception) -> str:
    """Return the function of the mining in which it went wrong, the nearest one to what went wrong."""
    frames = [(Path(f.filename), f.name) for f in traceback.extract_tb(err.__traceback__)]
    found = [f"{p.stem}.{name}" for p, name in frames if p.parent.name == "mining" and p.name not in _NOT_THE_MEASURE]
    return found[-1] if found else "outside of the mining"
