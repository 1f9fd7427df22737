"""`python -m benchmarks.day`: a day of new events added to a large store, beside loading and mining all of it.

The log is cut at the day on which nine tenths of its events are done: what comes later is left out, what was done on
that day is added to the rest. Prints wall and CPU seconds of each stage, and the share of the whole time.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.cold_run import machine
from benchmarks.fresh_job import Result, measured
from benchmarks.logs import write_log


def main(
    log: Annotated[str, typer.Option(help="simulator or variety.")] = "simulator",
    events: Annotated[int, typer.Option(min=1000, help="Events of the log before it is cut.")] = 10_000_000,
    folder: Annotated[Path, typer.Option(help="Where logs and stores are written.")] = Path("out/benchmarks"),
) -> None:
    """Measure both ways and hold them against each other."""
    typer.echo(machine())
    folder = folder.absolute()
    write_log(log, events, folder / f"{log}-{events}.parquet")
    before, day, both = _cut(folder / f"{log}-{events}.parquet", folder / "day")
    store = folder / "day" / f"store-{log}"
    whole = [measured(job, log, both, store) for job in ("load", "findings")]
    _told("all anew", whole)
    measured("load", log, before, store)
    added = [measured(job, log, day, store) for job in ("add", "findings")]
    _told("a day added", added)
    shares = [_seconds(added, n) / _seconds(whole, n) for n in (0, 1)]
    typer.echo(f"a day added takes {shares[0]:.0%} of the time (CPU {shares[1]:.0%})")
    if added[1]["found"] != whole[1]["found"]:
        raise RuntimeError(f"not the same was found: {added[1]['found']} and {whole[1]['found']}")


def _cut(parquet: Path, folder: Path) -> tuple[Path, Path, Path]:
    """Write the events before the day, those of the day, and both."""
    import duckdb

    folder.mkdir(exist_ok=True)
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        read = con.read_parquet(str(parquet))
        [(at,)] = read.aggregate("quantile_disc(epoch_us(completed_at), 0.9)").fetchall()
        begin = datetime(1970, 1, 1) + timedelta(days=at // 86_400_000_000)
        first, last = f"TIMESTAMPTZ '{begin} UTC'", f"TIMESTAMPTZ '{begin + timedelta(1)} UTC'"
        parts = {
            "before": f"completed_at < {first}",
            "day": f"completed_at >= {first} AND completed_at < {last}",
            "both": f"completed_at < {last}",
        }
        for name, which in parts.items():
            found = read.filter(which)
            typer.echo(f"{name}: {found.aggregate('count(*)').fetchall()[0][0]:,} events")
            found.write_parquet(str(folder / f"{name}.parquet"))
    before, day, both = (folder / f"{name}.parquet" for name in parts)
    return before, day, both


def _seconds(results: list[Result], which: int) -> float:
    """Return the seconds from the raw log to all findings, the common job aside."""
    return sum(seconds[which] for r in results for stage, seconds in r["stages"].items() if stage != "common")


def _told(what: str, results: list[Result]) -> None:
    stages: dict[str, Any] = {stage: s for r in results for stage, s in r["stages"].items()}
    typer.echo(f"{what}: {_seconds(results, 0):.1f} s, CPU {_seconds(results, 1):.1f}: {json.dumps(stages)}")


if __name__ == "__main__":
    typer.run(main)
