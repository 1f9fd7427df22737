"""One job of `benchmarks.jobs` in a fresh process, with what the engine may take of the memory."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks import jobs
from benchmarks.cold_run import ROOT

Result = dict[str, Any]
"""What a job prints: seconds by stage, its peak, and what it found."""


def measured(job: str, log: str, parquet: Path, store: Path, memory: str = jobs.MEMORY) -> Result:
    """Run a job in a process of its own; loading begins with an empty store. Raises RuntimeError where it fails."""
    if job == "load":
        shutil.rmtree(store, ignore_errors=True)
    command = [sys.executable, "-m", "benchmarks.fresh_job", job, log, str(parquet), str(store), memory]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{job} on {log} failed:\n{done.stderr[-2000:]}")
    result: Result = json.loads(done.stdout.strip().splitlines()[-1])
    return result


if __name__ == "__main__":
    jobs.MEMORY = sys.argv[5]
    jobs.main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
