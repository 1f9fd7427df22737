"""`python -m benchmarks.memory [ROWS…]`: memory against the size of the file, for every form of source.

Each figure is the peak of a fresh process: its resident memory at its highest, all libraries included. Reading takes
the records one batch after another and drops them; extraction is the whole of `extract`, up to the event table.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.cold_run import ROOT, environment, machine
from benchmarks.log_files import WRITERS, source_of

XLSX_MAX_ROWS = 1_000_000


def write(form: str, folder: Path, rows: int) -> None:
    """Write a log file."""
    name, writer = WRITERS[form]
    writer(folder / name, rows)


def read(form: str, folder: Path, batch_rows: int | None = None) -> int:
    """Read a log file to its end; return how many records there were."""
    from flows.sources import SOURCES, columnar, delimited, records

    if batch_rows is not None:
        for module in (records, columnar, delimited):
            module.BATCH_ROWS = batch_rows
    source = source_of(form, folder)
    return sum(len(batch.table) for batch in SOURCES[source.kind](source, folder))


def take(form: str, folder: Path) -> int:
    """Extract a log file; return how many events there were."""
    from flows.sources import extract
    from mappings.project import Project, ProjectFile

    source = source_of(form, folder)
    file = ProjectFile(name="benchmark", purpose="benchmark", legal_basis="benchmark")
    project = Project(file=file, folder=folder, sources=(source,), journeys=())
    with tempfile.TemporaryDirectory(dir=folder) as work:
        return extract(source, project, Path(work), b"a key for benchmarks, long enough").events


def peak_megabytes() -> float:
    """Return the highest resident memory of this process so far."""
    status = Path("/proc/self/status")
    if status.exists():
        # unlike getrusage, this says nothing of the process that started this one
        (line,) = (each for each in status.read_text().splitlines() if each.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (1024 * 1024 if sys.platform == "darwin" else 1024)


def in_fresh_process(what: str, form: str, folder: Path, count: int) -> float:
    """Run one of the functions above in a process of its own; return its peak in megabytes.

    Raises CalledProcessError where it fails, with what it said.
    """
    code = (
        "import sys; from pathlib import Path; from benchmarks import memory;"
        f"made = memory.{what}(sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:]));"
        f"print(made, memory.peak_megabytes())"
    )
    arguments = [form, str(folder)] + ([str(count)] if what != "take" and count else [])
    command = [sys.executable, "-c", code, *arguments]
    ran = subprocess.run(command, cwd=ROOT, env=environment(), check=True, capture_output=True, text=True)
    return float(ran.stdout.split()[-1])


def measured(form: str, rows: int) -> tuple[float, float, float, float]:
    """Return the size of the file, the peaks of reading and of extracting it (MB), and the seconds of the latter."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        in_fresh_process("write", form, folder, rows)
        size = (folder / WRITERS[form][0]).stat().st_size / 2**20
        reading = in_fresh_process("read", form, folder, 0)
        begun = time.monotonic()
        extracting = in_fresh_process("take", form, folder, 0)
        return size, reading, extracting, time.monotonic() - begun


def main(
    rows: Annotated[list[int] | None, typer.Argument(help="Sizes; an XLSX file gets an eighth.")] = None,
    form: Annotated[list[str] | None, typer.Option(help="Only these forms.")] = None,
) -> None:
    """Measure memory against the size of the file."""
    out = Console()
    out.print(machine(), highlight=False, soft_wrap=True)
    heads = ("form", "rows", "file (MB)", "reading, peak (MB)", "extraction, peak (MB)", "extraction (s)")
    out.print(f"\n| {' | '.join(heads)} |", soft_wrap=True)
    out.print("|---|---:|---:|---:|---:|---:|")
    for name in form or WRITERS:
        for count in rows or (100_000, 400_000, 1_600_000):
            count = count // 8 if name == "xlsx" else count
            size, reading, extracting, seconds = measured(name, count)
            out.print(
                f"| {name} | {count:,} | {size:.1f} | {reading:.0f} | {extracting:.0f} | {seconds:.1f} |",
                highlight=False,
                soft_wrap=True,
            )


if __name__ == "__main__":
    typer.run(main)
