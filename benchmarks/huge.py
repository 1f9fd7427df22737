"""`python -m benchmarks.huge`: a hundred million events beside ten million, in one memory limit.

Prints, for each job and size, wall and CPU seconds and the peak of the process, then how many times the time of the
smaller log the larger one takes. It needs about 30 GB of disk. The engine gets a part of the memory: the rest
is for the distinct sequences, which are held as arrays beside it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.cold_run import machine
from benchmarks.fresh_job import Result, measured
from benchmarks.logs import write_log

SIZES = (10_000_000, 100_000_000)
JOBS = ("load", "common", "findings")
MOST_MEGABYTES = 8 * 1024
MOST_TIMES = 12


def main(
    log: Annotated[str, typer.Option(help="simulator or variety.")] = "simulator",
    folder: Annotated[Path, typer.Option(help="Where logs and stores are written.")] = Path("out/benchmarks"),
    memory: Annotated[str, typer.Option(help="What the engine may take of the 8 GB.")] = "4GB",
    small: Annotated[int, typer.Option(help="Events of the smaller log.")] = SIZES[0],
    large: Annotated[int, typer.Option(help="Events of the larger log.")] = SIZES[1],
) -> None:
    """Measure both sizes and hold them against each other."""
    typer.echo(machine())
    found: dict[str, list[Result]] = {job: [] for job in JOBS}
    for events in (small, large):
        parquet = folder.absolute() / f"{log}-{events}.parquet"
        typer.echo(f"{write_log(log, events, parquet):,} events")
        store = folder.absolute() / f"store-{log}-{events}"
        for job in JOBS:
            found[job].append(measured(job, log, parquet, store, memory))
            typer.echo(f"{job}: {json.dumps(found[job][-1])}")
    for job in JOBS:
        typer.echo(_told(job, *found[job]))


def _told(job: str, small: Result, large: Result) -> str:
    """Say how many times the time, of wall and CPU, and whether it stayed within the limits."""
    times = [sum(large["stages"][s][n] for s in large["stages"]) for n in (0, 1)]
    before = [sum(small["stages"][s][n] for s in small["stages"]) for n in (0, 1)]
    ratio, peak = [a / b for a, b in zip(times, before, strict=True)], large["peak_megabytes"]
    within = "within" if ratio[0] <= MOST_TIMES and peak <= MOST_MEGABYTES else "not within"
    return f"{job}: {ratio[0]:.1f} times (CPU {ratio[1]:.1f}), peak {peak:.0f} MB: {within} the limits"


if __name__ == "__main__":
    typer.run(main)
