"""A run from a cold start: the command in a fresh process, with a fresh store and a fresh folder, several times.

Cold means: no process of ours is running and nothing is stored; Python's own cache of compiled modules is there,
as after any first run.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUDGET_SECONDS = 15.0
"""What a run on the receipt log may take on two cores."""


@dataclass(frozen=True)
class ColdRun:
    """One run. CPU time is that of all its processes; memory is that of the largest of them."""

    wall_seconds: float
    cpu_seconds: float
    peak_megabytes: float


def cold_run(mapping: Path) -> ColdRun:
    """Mine a mapping folder in a fresh process; a run that fails raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "flows.cli", "run", str(mapping.resolve())]
        command += ["--out", f"{scratch}/out", "--store", f"{scratch}/store"]
        begun = time.monotonic()
        child = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.monotonic() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    peak = used.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
    return ColdRun(wall, used.ru_utime + used.ru_stime, peak)


def environment() -> dict[str, str]:
    """Return what a fresh process of ours runs in: this repository on its path, compiled modules allowed."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))}


def measured(mapping: Path, times: int) -> list[ColdRun]:
    """Run once unmeasured, so that compiled modules are there, and then `times` times."""
    cold_run(mapping)
    return [cold_run(mapping) for _ in range(times)]


def told(runs: Sequence[ColdRun]) -> str:
    """Return the runs as a Markdown table: median, least and most."""
    rows = [
        ("wall clock (s)", [r.wall_seconds for r in runs], 1),
        ("CPU, all processes (s)", [r.cpu_seconds for r in runs], 1),
        ("memory, largest process (MB)", [r.peak_megabytes for r in runs], 0),
    ]
    lines = ["| | median | least | most |", "|---|---:|---:|---:|"]
    for name, values, digits in rows:
        figures = (statistics.median(values), min(values), max(values))
        lines.append(f"| {name} | " + " | ".join(f"{each:.{digits}f}" for each in figures) + " |")
    return "\n".join(lines)


def machine() -> str:
    """Return what was measured on; the load says whether the machine was quiet."""
    load = f", load average before {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    system = f"{platform.system()} {platform.machine()}"
    return f"{os.cpu_count()} cores ({_processor()}), {system}, Python {platform.python_version()}{load}"


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    if not facts.exists():
        return platform.processor() or "unknown"
    named = [line.partition(":")[2].strip() for line in facts.read_text().splitlines() if line.startswith("model name")]
    return named[0] if named else "unknown"
