"""`python -m benchmarks.whole`: the whole run on a log of ten million events, from its Parquet file to the page.

What a user does, with the defaults of the command line: reading and settling the records, the store, the quality gate,
mining, and the publication with its exports. Prints wall and CPU seconds of each stage (of this process alone: the gate
and the discovery have one beside it), and the peak of this process so far. The first run in a checkout compiles its
loops. Event logs among the exports (`--logs`) take longer than all else.
"""

from __future__ import annotations

import shutil
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.cold_run import machine
from benchmarks.logs import LANES, write_log
from benchmarks.memory import peak_megabytes

_PROJECT = """
name: variety
zone: Europe/Amsterdam
purpose: benchmark
legal_basis: "none: made up"
as_of: 2026-01-15T00:00:00+01:00
lanes:
"""
_SOURCE = """
name: log
kind: parquet
path: {path}
columns:
  case: case_id
  activity: activity
  completed_at: completed_at
  started_at: started_at
  lane: lane
  resource: resource
"""


def main(
    events: Annotated[int, typer.Option(min=1000, help="Events of the log, of high variety.")] = 10_000_000,
    folder: Annotated[Path, typer.Option(help="Where log, store and run are written.")] = Path("out/benchmarks"),
    memory: Annotated[str, typer.Option(help="Memory limit of the engine.")] = "4GB",
    has_logs: Annotated[bool, typer.Option("--logs", help="Export the event logs too (XES, OCEL).")] = False,
) -> None:
    """Run once and print what each stage took."""
    from flows.request import RunRequest
    from flows.run import run

    typer.echo(machine())
    mapping, here = _mapping(events, folder.absolute()), folder.absolute() / "whole"
    stages = _Stages()
    run(RunRequest(mapping, here / "out", here / "store", memory=memory, has_logs=has_logs), stages.begin)
    stages.begin("")
    typer.echo(f"in all: {stages.told(stages.first)}")
    shutil.rmtree(here)


class _Stages:
    """Tells what each stage took when the next one begins."""

    def __init__(self) -> None:
        self.first = self._last = time.perf_counter(), time.process_time()
        self._name = "preparing"

    def begin(self, name: str) -> None:
        """Tell what ended, and begin what is named."""
        typer.echo(f"{self._name}: {self.told(self._last)}")
        self._name, self._last = name, (time.perf_counter(), time.process_time())

    def told(self, since: tuple[float, float]) -> str:
        """Say what was taken since then."""
        wall, cpu = time.perf_counter() - since[0], time.process_time() - since[1]
        return f"{wall:.1f} s, CPU {cpu:.1f} s, peak {peak_megabytes():,.0f} MB"


def _mapping(events: int, folder: Path) -> Path:
    """Write the log where it is missing, and a mapping folder for it beside an empty store."""
    log, here = folder / f"variety-{events}.parquet", folder / "whole"
    # in a process of its own, whose memory is not that of the run
    with ProcessPoolExecutor(1) as pool:
        typer.echo(f"{pool.submit(write_log, 'variety', events, log).result():,} events")
    shutil.rmtree(here, ignore_errors=True)
    (here / "mapping" / "sources").mkdir(parents=True)
    lanes = "".join(f"  {name}: {{}}\n" for name in LANES)
    (here / "mapping" / "project.yaml").write_text(_PROJECT + lanes, encoding="utf-8")
    (here / "mapping" / "sources" / "log.yaml").write_text(_SOURCE.format(path=log), encoding="utf-8")
    return here / "mapping"


if __name__ == "__main__":
    typer.run(main)
