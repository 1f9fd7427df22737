"""`python -m benchmarks.zgw`: read a large ZGW installation, beside reading the same pages one after another.

One run does all: a first reading, the next night, the night after one case was closed, then the same lists page
after page, and the ratio of the two.

The installation computes its answers, so that it costs no memory, and waits as a real one does: so long a
page, and longer the deeper the page. It runs in a process of its own and answers `workers` requests at once.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks.zgw_served import serving


def _one_after_another(origin: str) -> tuple[float, int]:
    """Read cases, statuses, results and roles page by page, as a simple script does; rows parsed and left."""
    import httpx

    begun, requests = time.monotonic(), 0
    with httpx.Client() as http:
        for name in ("zaken", "statussen", "resultaten", "rollen?betrokkeneType=medewerker"):
            page, more = 1, True
            while more:
                mark = "&" if "?" in name else "?"
                answer = http.get(f"{origin}/zaken/api/v1/{name}{mark}pageSize=500&page={page}", timeout=60)
                more, page, requests = bool(answer.json()["next"]), page + 1, requests + 1
    return time.monotonic() - begun, requests


def _ours(origin: str, folder: Path, concurrency: int) -> tuple[float, Any, Any]:
    from flows.sources.records import Told
    from flows.sources.zgw import read_zgw
    from mappings.source import Source

    os.environ["ZGW_SECRET"] = "a secret of at least thirty-two letters"
    asked = {"root": origin, "client_id": "bench", "secret_env": "ZGW_SECRET", "concurrency": concurrency}
    source, told = Source.model_validate({"name": "bench", "kind": "zgw", "zgw": asked}), Told()
    begun, rows = time.monotonic(), Counter[str]()
    for batch in read_zgw(source, folder, folder, b"k" * 32, told):
        rows["cases" if batch.is_cases else "events"] += len(batch.table)
    return time.monotonic() - begun, told, rows


_NIGHTS = ("first reading", "the next night", "the night after one case was closed")


def _reading(out: Console, name: str, origin: str, scratch: Path, concurrency: int) -> float:
    """Do one reading and tell what it took; in the last night one case was closed. Return seconds."""
    import httpx

    if name == _NIGHTS[-1]:
        httpx.post(f"{origin}/close/1")
    wall, told, rows = _ours(origin, scratch, concurrency)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    load = os.getloadavg()[0]
    out.print(f"{name}: {wall:.1f} s, {told.requests} requests, {dict(rows)}, peak {peak:.0f} MB, load {load:.1f}")
    return wall


def main(
    cases: Annotated[int, typer.Option(help="How many cases, of six statuses each.")] = 100_000,
    seconds: Annotated[float, typer.Option(help="What a page costs the server.")] = 0.1,
    deep_seconds: Annotated[float, typer.Option(help="What each row before the page costs beside it.")] = 7e-6,
    workers: Annotated[int, typer.Option(help="Requests that the server answers at once.")] = 8,
    concurrency: Annotated[int, typer.Option(help="Requests under way at the same time.")] = 8,
    is_alone: Annotated[bool, typer.Option("--alone", help="Without the pages one after another.")] = False,
) -> None:
    """Measure a first and two later readings, and the same pages one after another."""
    out = Console()
    with serving(cases, seconds, deep_seconds, workers) as origin, tempfile.TemporaryDirectory() as scratch:
        taken = [_reading(out, name, origin, Path(scratch), concurrency) for name in _NIGHTS]
        if not is_alone:
            wall, requests = _one_after_another(origin)
            out.print(f"one after another: {wall:.1f} s, {requests} requests, {wall / taken[0]:.1f} times as long")


if __name__ == "__main__":
    typer.run(main)
