"""Kill a run at random moments of reading and storing, run it again, and hold the store against an undisturbed one.

    python -m benchmarks.kills [--kills 100] [--cases 400]   # kills that struck; those that came too late are told too

Each time a child process reads and stores a simulated source and is killed (kill -9) after a random while; a second
one then does it undisturbed. Held: every row of events, cases, attempts and quarantine, all columns, and the
reconciliation law. The random moments come from a seed.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

TABLES = ("events", "cases", "attempts", "quarantine")
KEY = "a key for kills, of enough length"


def written(folder: Path, cases: int) -> Path:
    """Write a log and its mapping; return the mapping folder."""
    rows = ["zaak,wat,klaar,wie"]
    for n in range(cases):
        day = f"2026-{n % 12 + 1:02}-{n % 28 + 1:02}"
        rows += [f"Z{n},{what},{day}T{8 + k:02}:00:00Z,m{n % 7}" for k, what in enumerate(("in", "toets", "besluit"))]
    rows.append("Z1,besluit,geen datum,m1")
    (folder / "log.csv").write_text("\n".join(rows) + "\n", "utf-8")
    mapping = folder / "mapping"
    (mapping / "sources").mkdir(parents=True)
    (mapping / "project.yaml").write_text("name: kills\npurpose: test\nlegal_basis: none\n", "utf-8")
    source = "name: log\nkind: csv\npath: ../log.csv\n"
    source += "columns: {case: zaak, activity: wat, completed_at: klaar, resource: wie}\n"
    (mapping / "sources" / "log.yaml").write_text(source, "utf-8")
    return mapping


def child(mapping: Path, store: Path) -> subprocess.Popen[bytes]:
    """Start reading and storing in a process of its own; it writes 'begun' once its libraries are loaded."""
    code = (
        "import sys; from pathlib import Path\n"
        "import flows.run as r; from flows.request import RunRequest\n"
        "import deltalake, flows.store.fate\n"
        "print('begun', flush=True)\n"
        "p = r.prepare(RunRequest(Path(sys.argv[1]), Path(sys.argv[2]).parent / 'out', Path(sys.argv[2])))\n"
        "with r.recorded(p) as g, r.work_folder(p) as w:\n"
        "    kept = r.keep(p, r.extract_all(p, w, lambda what: None), g)\n"
        "assert all(row.holds for row in kept.reconciliation)\n"
    )
    root = Path(__file__).resolve().parents[1]
    paths = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH", "")]))
    env = os.environ | {"PYTHONPATH": paths, "ZAAKSTROOM_KEY": KEY}
    started = [sys.executable, "-W", "ignore", "-c", code, str(mapping), str(store)]
    return subprocess.Popen(started, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def undisturbed(mapping: Path, store: Path) -> float:
    """Read and store to the end; return how many seconds it took once begun."""
    process = child(mapping, store)
    assert process.stdout is not None
    process.stdout.readline()
    begun = time.monotonic()
    _, said = process.communicate()
    if process.returncode:
        raise RuntimeError(said.decode())
    return time.monotonic() - begun


def killed(mapping: Path, store: Path, after: float) -> bool:
    """Kill a child so many seconds after it began; tell whether it was still at work."""
    process = child(mapping, store)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def content(store: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table, all columns, sorted."""
    from flows.store import EventStore

    kept = EventStore(store / "kills")
    with duckdb.connect() as con:
        con.execute("SET TimeZone='UTC'")
        return {
            name: con.sql(f"SELECT COLUMNS(*)::VARCHAR FROM ({kept.sql(name)}) ORDER BY ALL").fetchall()
            for name in TABLES
        }


def trial(mapping: Path, folder: Path, wanted: dict[str, list[tuple[object, ...]]], moments: list[float]) -> int:
    """Kill at each of the moments in turn on one store, end it undisturbed, compare; return kills that struck."""
    shutil.rmtree(folder, ignore_errors=True)
    struck = sum(killed(mapping, folder, after) for after in moments)
    undisturbed(mapping, folder)
    if content(folder) != wanted:
        raise AssertionError(f"the store is another one after kills at {moments}")
    return struck


def main() -> None:
    """Do it so many times and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="that strike while the run is at work")
    parser.add_argument("--cases", type=int, default=400)
    parser.add_argument("--together", type=int, default=5, help="tries on one store before it is compared")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as work:
        here = Path(work)
        mapping = written(here, given.cases)
        took = undisturbed(mapping, here / "plain")
        wanted, struck, asked = content(here / "plain"), 0, 0
        while struck < given.kills:
            moments = [chance.uniform(0, took) for _ in range(given.together)]
            hit = trial(mapping, here / "killed", wanted, moments)
            struck += hit
            # the first run met a cold machine: later ones are over sooner, and kills would come too late
            took *= 0.85 if hit < given.together / 2 else 1.05
            asked += len(moments)
            sys.stderr.write(f"{asked} kills, {struck} struck, identical\n")
    rows = sum(map(len, wanted.values()))
    sys.stdout.write(f"{struck} of {asked} kills struck while at work; {rows} rows, identical each time; law held\n")


if __name__ == "__main__":
    main()
