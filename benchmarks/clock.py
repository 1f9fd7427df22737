"""`python -m benchmarks.clock LOG STORE`: what the working clock adds to the elapsed one, on a store that is there.

The ledger is booked in turns with both clocks, and with a working clock that shows what the elapsed one does, so that
only the calendar's own work is left out. Each time in a fresh process; told is the median.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks import jobs
from benchmarks.cold_run import ROOT, machine
from mappings.calendar import Hours
from mining.clocks import Clocks, clocks_of

TIMES = 3
WAYS = ("both", "elapsed")


class ElapsedOnly(Clocks):
    """A working clock that never stops, and so costs nothing."""

    def with_known_clocks(self, table: Any, columns: Sequence[str]) -> Any:
        if self.has_whole_days:
            return super().with_known_clocks(table, columns)
        return table.mutate(**{f"{c}_{clock}": table[c] for c in columns for clock in ("elapsed", "working")})

    def _worked(self, table: Any, column: str, days: str) -> Any:
        return table[column]


def elapsed_only(con: Any, hours: Hours, window: tuple[datetime, datetime], zone: str, name: str) -> Clocks:
    """Return clocks of which the working one costs nothing."""
    made = clocks_of(con, hours, window, zone, name)
    return ElapsedOnly(made.days, made.shifts)


def once(way: str, log: str, store: Path) -> None:
    """Book the ledger, and print the wall and CPU seconds of it."""
    jobs._import_ours()
    import mining.timeline
    from benchmarks.projects import AS_OF, project_of
    from mining.ledger import book

    if way == "elapsed":
        mining.timeline.clocks_of = elapsed_only
    taken, project = jobs._opened(log, store), project_of(log)
    wall, cpu = time.perf_counter(), time.process_time()
    book(taken, project, AS_OF)
    sys.stdout.write(json.dumps([time.perf_counter() - wall, time.process_time() - cpu]) + "\n")


def main(log: str, store: Path) -> None:
    """Take turns, and print the medians."""
    found: dict[str, list[list[float]]] = {way: [] for way in WAYS}
    for _ in range(TIMES):
        for way in WAYS:
            command = [sys.executable, "-m", "benchmarks.clock", log, str(store), way]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
            found[way].append(json.loads(done.stdout.strip().splitlines()[-1]))
    medians = {way: [statistics.median(each[n] for each in found[way]) for n in (0, 1)] for way in WAYS}
    added = [medians["both"][n] / medians["elapsed"][n] - 1 for n in (0, 1)]
    lines = [f"{way}: {wall:.2f} s, {cpu:.2f} s of CPU" for way, (wall, cpu) in medians.items()]
    told = [machine(), *lines, f"the working clock adds {added[0]:.0%} (wall), {added[1]:.0%} (CPU) to booking"]
    sys.stdout.write("\n".join(told) + "\n")


if __name__ == "__main__":
    if len(sys.argv) > 3:
        once(sys.argv[3], sys.argv[1], Path(sys.argv[2]))
    else:
        main(sys.argv[1], Path(sys.argv[2]))
