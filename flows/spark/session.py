"""A Spark session for one run: on the cluster that the master URL names, with what identical findings rest on.

In: a master URL and the limits of the run. Out: an engine for `mining`, for as long as the run lasts.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flows.spark.java import java_home
from mappings.errors import EngineError

LOOPBACK = "127.0.0.1"
WORKERS_WITHIN_SECONDS = 60.0
"""How long a cluster may take to give the run its first worker."""
_PARTITIONS_A_CORE = 2
_MASTER = re.compile(r"(spark://[^:/\s]+:\d+(,[^:/\s]+:\d+)*|local(\[(\d+|\*)\])?|yarn|k8s://\S+)")


@contextmanager
def spark(master: str, memory: str, threads: int | None, folder: Path) -> Iterator[Any]:
    """Open a session and give the engine on it; the session ends with the run.

    `memory` bounds the heap of the driver and of each executor, `threads` the cores taken of the cluster; `folder`
    takes what Spark says of itself. Raises EngineError where pyspark, Java, the cluster or its workers are missing.
    """
    _check(master)
    try:
        from pyspark import SparkConf, SparkContext
        from pyspark.java_gateway import launch_gateway
        from pyspark.sql import SparkSession

        from mining.spark_engine import spark_engine
    except ImportError as err:
        raise EngineError(
            "engine spark", f"needs pyspark, which is not installed ({err})", "pip install 'zaakstroom[spark]'"
        ) from err
    os.environ["JAVA_HOME"] = str(java_home())
    conf = SparkConf(loadDefaults=True).setAll(list(_settings(master, memory, threads).items()))
    folder.mkdir(parents=True, exist_ok=True)
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    with (folder / "spark.log").open("ab") as told:
        # Java's own words go to a file: on the terminal they would stand between ours
        gateway = SparkContext._gateway or launch_gateway(conf, {"stdout": told, "stderr": told})
        session = SparkSession(_context(SparkContext, master, gateway, conf))
    try:
        _wait_for_workers(session, master)
        yield spark_engine(session)
    finally:
        session.stop()


def _check(master: str) -> None:
    """Refuse a master URL of no known form, and a master that no one answers for."""
    if not _MASTER.fullmatch(master):
        remedy = "write spark://host:7077, or local[2] to try it on this machine"
        raise EngineError("--master", f"'{master}' is no master URL", remedy)
    if not master.startswith("spark://"):
        return
    for each in master.removeprefix("spark://").split(","):
        host, port = each.rsplit(":", 1)
        try:
            socket.create_connection((host, int(port)), timeout=5).close()
        except OSError as err:
            failed = err
        else:
            return
    raise EngineError(
        "--master", f"no Spark master answers at {master} ({failed})", "start the cluster, or mend host and port"
    )


def _context(kind: Any, master: str, gateway: Any, conf: Any) -> Any:
    try:
        return kind(gateway=gateway, conf=conf)
    except Exception as err:
        first = (str(err).strip().splitlines() or [type(err).__name__])[0]
        raise EngineError(
            "engine spark", f"cannot start on {master}: {first}", "look at the master's log and at spark.log"
        ) from err


def _settings(master: str, memory: str, threads: int | None) -> dict[str, str]:
    """Return the settings of the session; anything else is the cluster's own (SPARK_CONF_DIR)."""
    heap = _heap(memory)
    settings = {
        "spark.app.name": "zaakstroom",
        "spark.master": master,
        "spark.driver.memory": heap,
        "spark.executor.memory": heap,
        "spark.log.level": "ERROR",
        # pages and bars that nobody looks at
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # what equal findings rest on: instants in UTC, and errors where a null would be made up
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",
    }
    if threads is not None:
        settings["spark.cores.max"] = str(threads)
    if (address := _address_towards(master)) is not None:
        os.environ.setdefault("SPARK_LOCAL_IP", address)
        settings["spark.driver.host"] = os.environ["SPARK_LOCAL_IP"]
    return settings


def _heap(memory: str) -> str:
    """Return the amount as Java writes it: 4GB → 4096m."""
    number, unit = re.fullmatch(r"([\d.]+) ?([KMGT])i?B", memory, re.IGNORECASE).groups()
    exponent = "KMGT".index(unit.upper()) - 1
    return f"{max(1, int(float(number) * 1024**exponent))}m"


def _address_towards(master: str) -> str | None:
    """Return the address of this machine that the workers can reach: the one that leads to their master."""
    if master.startswith("local"):
        return LOOPBACK
    if not master.startswith("spark://"):
        return None
    parts = urlsplit(master.split(",")[0])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as towards:
        # nothing is sent: the system is asked which way it would go
        towards.connect((parts.hostname, parts.port))
        return str(towards.getsockname()[0])


def _wait_for_workers(session: Any, master: str) -> None:
    """Wait for the first executor; Spark itself would wait for ever. Then set how finely tables are cut."""
    context = session.sparkContext
    until = time.monotonic() + WORKERS_WITHIN_SECONDS
    # the driver counts as one
    while not master.startswith("local") and context._jsc.sc().getExecutorMemoryStatus().size() < 2:
        if time.monotonic() > until:
            raise EngineError(
                "engine spark",
                f"no worker of {master} took the run within {WORKERS_WITHIN_SECONDS:.0f} seconds",
                "start workers, free cores, or ask for less with --memory",
            )
        time.sleep(0.1)
    if session.conf.get("spark.sql.shuffle.partitions") == "200":
        session.conf.set("spark.sql.shuffle.partitions", str(_PARTITIONS_A_CORE * context.defaultParallelism))
