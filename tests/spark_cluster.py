"""A real Spark cluster on loopback for tests: one master and two workers, each a process ended by its own id."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

LOOPBACK = "127.0.0.1"
DEFAULTS = """\
# small tables: making code for each plan, and machine code of that, would take longer than running it
spark.sql.codegen.wholeStage false
spark.sql.codegen.factoryMode NO_CODEGEN
spark.sql.adaptive.enabled false
spark.sql.shuffle.partitions 2
spark.driver.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
spark.executor.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
"""


@contextmanager
def cluster(home: Path, work: Path, workers: int = 2) -> Iterator[str]:
    """Start a master and its workers with the Java in `home`, and give the master's URL."""
    with ExitStack() as ended:
        started = ended.enter_context(_daemon(home, work, "master.Master", "--webui-port", "0", "--port", "0"))
        master = _told(started, r"Starting Spark master at (spark://\S+)")
        for number in range(workers):
            limits = ("--cores", "1", "--memory", "1g", "--webui-port", "0", "--work-dir", str(work / f"w{number}"))
            worker = ended.enter_context(_daemon(home, work, "worker.Worker", *limits, master))
            _told(worker, r"Successfully (registered) with master")
        yield master


@contextmanager
def _daemon(home: Path, work: Path, name: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    import pyspark

    settings = {"JAVA_HOME": str(home), "SPARK_LOCAL_IP": LOOPBACK, "SPARK_DAEMON_MEMORY": "256m"}
    start = Path(pyspark.__file__).parent / "bin" / "spark-class"
    process = subprocess.Popen(
        [str(start), f"org.apache.spark.deploy.{name}", "--host", LOOPBACK, *arguments],
        cwd=work,
        env=os.environ | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)
        assert process.stdout is not None
        process.stdout.close()


def _told(process: subprocess.Popen[str], pattern: str) -> str:
    """Read what the process tells until it tells this; then let the rest pass by, so that its pipe never fills."""
    assert process.stdout is not None
    told = []
    for line in process.stdout:
        told.append(line)
        if found := re.search(pattern, line):
            threading.Thread(target=_pass_by, args=(process,), daemon=True).start()
            return found.group(1)
    raise AssertionError("Spark did not start:\n" + "".join(told[-20:]))


def _pass_by(process: subprocess.Popen[str]) -> None:
    for _line in process.stdout or ():
        pass
