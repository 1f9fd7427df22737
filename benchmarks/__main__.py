"""`python -m benchmarks [MAPPING] [--times N]`: measure runs from a cold start and print the figures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.cold_run import ROOT, machine, measured, told


def main(
    mapping: Annotated[Path, typer.Argument(help="Mapping folder.")] = ROOT / "mappings" / "wabo-receipt",
    times: Annotated[int, typer.Option(min=1, help="How many measured runs, after one that is not.")] = 5,
) -> None:
    """Measure runs from a cold start."""
    out = Console()
    before = machine()
    for line in (before, "", told(measured(mapping, times))):
        out.print(line, markup=False, highlight=False, soft_wrap=True)


if __name__ == "__main__":
    typer.run(main)
