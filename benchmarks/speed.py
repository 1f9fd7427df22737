"""`python -m benchmarks.speed`: ours beside its peers on two large logs, and docs/benchmarks.md written from it.

Each job runs in a fresh process, one after another in one run, several times over; told is the median. What the jobs
found is held against each other: other counts of directly-follows pairs or variants stop the measurement.
"""

from __future__ import annotations

import json
import statistics
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.cold_run import ROOT, machine
from benchmarks.fresh_job import Result, measured
from benchmarks.logs import LOGS, write_log

BY_HAND = "<!-- What follows is written by hand"
LEAST = 0.05
"""Seconds below which nothing is told: the log has none of it."""
PEERS = ("pm4py", "pl4pm", "floor", "load", "common", "findings")


def main(
    events: Annotated[int, typer.Option(min=1000, help="Events of each log.")] = 10_000_000,
    times: Annotated[int, typer.Option(min=1, help="How often each job runs; the median is told.")] = 3,
    folder: Annotated[Path, typer.Option(help="Where logs, stores and results are written.")] = Path("out/benchmarks"),
    report: Annotated[Path, typer.Option(help="The page that is written.")] = ROOT / "docs" / "benchmarks.md",
    log: Annotated[list[str] | None, typer.Option(help="Which logs; both where left out.")] = None,
) -> None:
    """Measure, compare, and write the page."""
    before, sections = machine(), []
    for name in log or list(LOGS):
        parquet = folder.absolute() / f"{name}-{events}.parquet"
        written = write_log(name, events, parquet)
        runs: dict[str, list[Result]] = {job: [] for job in PEERS}
        for _ in range(times):
            for job in PEERS:
                runs[job].append(measured(job, name, parquet, folder.absolute() / f"store-{name}-{events}"))
                print(name, job, json.dumps(runs[job][-1]), flush=True)
        _refuse_other_counts(name, runs)
        sections.append(_section(name, written, runs))
    report.write_text(_page(before, machine(), times, sections) + _by_hand(report), encoding="utf-8")


def _by_hand(report: Path) -> str:
    """Return what stands on the page below the mark: other measurements, which this one leaves alone."""
    page = report.read_text(encoding="utf-8") if report.exists() else ""
    _, mark, rest = page.partition(BY_HAND)
    return f"\n{mark}{rest}" if mark else ""


def _refuse_other_counts(log: str, runs: dict[str, list[Result]]) -> None:
    """All jobs must find the same.

    In the simulator's log many events have a date alone: each tool orders those in its own way, so there only the
    number of directly-follows pairs can be the same.
    """
    for what in ("follows",) if log == "simulator" else ("pairs", "follows", "variants"):
        seen = {r["found"][what] for job in runs.values() for r in job if what in r["found"]}
        if len(seen) > 1:
            raise RuntimeError(f"the jobs do not agree on {what}: {seen}")


def _median(runs: list[Result], stages: tuple[str, ...], which: int) -> float:
    return statistics.median(sum(r["stages"][s][which] for s in stages) for r in runs)


ROWS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("pm4py: read, format, DFG, performance DFG, variants", "pm4py", ("read", "common")),
    ("pm4py without reading", "pm4py", ("common",)),
    ("pl4pm: the same four, reading included", "pl4pm", ("read", "common")),
    ("floor: decode, code, one sort, one pass", "floor", ("common",)),
    ("ours, the common job from the store", "common", ("common",)),
    ("ours, the common job from raw Parquet, storing and coding included", "load", ("store", "code", "common")),
    ("— of which into the event store", "load", ("store",)),
    ("— of which coding and writing the coded log", "load", ("code",)),
    ("ours, all findings from the store", "findings", ("all",)),
    ("— apart: discovery of models", "findings", ("discover",)),
    ("— apart: how well the designed journey fits", "findings", ("journey_model",)),
    ("— apart: alignments", "findings", ("fit",)),
    ("— apart: bootstrap of the improvement cards", "findings", ("judged_cards",)),
    ("— apart: the dotted chart of the page", "findings", ("dotted",)),
)


def _section(log: str, events: int, runs: dict[str, list[Result]]) -> str:
    found = runs["pm4py"][0]["found"]
    lines = [
        f"## The log `{log}`: {events:,} events, {found['variants']:,} variants, {found['pairs']:,} pairs",
        "",
        "| job | wall (s) | CPU (s) | peak (MB) | pm4py's four ÷ this, wall | CPU |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    whole = [_median(runs["pm4py"], ("common",), which) for which in (0, 1)]
    for title, job, stages in ROWS:
        if not runs.get(job) or any(stage not in runs[job][0]["stages"] for stage in stages):
            continue
        wall, cpu = (_median(runs[job], stages, which) for which in (0, 1))
        if wall < LEAST:
            continue
        peak = statistics.median(r["peak_megabytes"] for r in runs[job])
        lines.append(
            f"| {title} | {wall:.1f} | {cpu:.1f} | {peak:.0f} | {whole[0] / wall:.1f} | {whole[1] / cpu:.1f} |"
        )
    return "\n".join(lines)


def _page(before: str, after: str, times: int, sections: list[str]) -> str:
    head = f"""# Speed and memory, measured

Written by `python -m benchmarks.speed` on {datetime.now(UTC):%Y-%m-%d}: the median of {times} of each job, one after
another, each in a fresh process, imports not counted. Wall seconds depend on what else the machine does (see the load
average); CPU seconds, summed over all threads, less so. All jobs counted the same number of directly-follows pairs; on
`variety`, where no two events of a case share an instant, the same distinct pairs and variants too.

- before: {before}
- after: {after}
"""
    return "\n\n".join([head.strip(), *sections]) + "\n"


if __name__ == "__main__":
    typer.run(main)
