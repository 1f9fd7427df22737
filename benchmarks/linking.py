"""`python -m benchmarks.linking [ZAKEN…]`: memory and time of linking against the number of dossiers.

A municipality with zaken, an advice agency and a care provider that write its numbers over, and contacts: four dossiers
a zaak, of which one in fifty names a number that is nowhere; every fourth zaak names a related one, and each person has
three zaken within a life event. Each figure is of a fresh process that opens the store and links it as a run does.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import ibis
import pyarrow as pa
import typer
from rich.console import Console

from benchmarks.cold_run import ROOT, environment, machine
from benchmarks.memory import peak_megabytes  # noqa: F401

BATCH = 50_000
_LINKS = (
    "{source: advice, to: zaken, unlinked: aside}",
    "{source: care, to: advice, loosely: true}",
    "{source: contacts, to: zaken, unlinked: aside}",
    "{source: zaken, to: zaken, key: related_case}",
    "{source: zaken, to: zaken, key: person, within: 90d}",
)
MAPPING = {
    "project.yaml": "name: linking\npurpose: benchmark\nlegal_basis: benchmark\n",
    "chain.yaml": "links:\n" + "".join(f"- {link}\n" for link in _LINKS),
} | {
    f"sources/{n}-{name}.yaml": f"name: {name}\nkind: csv\npath: none.csv\n"
    "columns: {case: a, chain_case: b, activity: c, completed_at: d}\ncase: {related: e, person: f}\n"
    for n, name in enumerate(("zaken", "advice", "care", "contacts"))
}


def fill(folder: Path, zaken: int) -> None:
    """Write a mapping, and a store with two events a dossier, as an extraction would leave them."""
    from flows.sources.tables import write_tables
    from flows.store import EventStore
    from mining.columns import CASES, EVENTS

    for name, text in MAPPING.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    store = EventStore(folder / "store")

    class _Extract:
        source, attempts_path, quarantine_path = "made", None, None
        events_path, cases_path = folder / "events.parquet", folder / "cases.parquet"

    write_tables(_Extract.events_path, EVENTS, (_events(first, zaken) for first in range(0, zaken, BATCH)))
    write_tables(_Extract.cases_path, CASES, (_cases(first, zaken) for first in range(0, zaken, BATCH)))
    store.upsert(_Extract())


def _events(first: int, zaken: int) -> pa.Table:
    rows = []
    for n in range(first, min(first + BATCH, zaken)):
        named = f"Z-{n + 10**7}" if n % 50 else "nowhere"
        for source, number, tells in (
            ("zaken", f"Z-{n + 10**7}", None),
            ("advice", f"A-{n}", named),
            ("care", f"C-{n}", f"a {n}"),
            ("contacts", f"K-{n}", named),
        ):
            rows += [_event(source, number, tells, n, turn) for turn in range(2)]
    return pa.Table.from_pylist(rows, schema=_schema("EVENTS"))


def _event(source: str, number: str, tells: str | None, n: int, turn: int) -> dict[str, Any]:
    case = number if source == "zaken" else f"{source}:{number}"
    told = {"source": source, "source_case_id": number, "case_id": case, "chain_ref": tells, "role": "act"}
    what = {"activity": f"step {turn}", "raw_activity": f"step {turn}", "precision": "second", "records": 1}
    return told | what | {"event_id": f"{case}-{turn}", "seq": turn, "completed_at": _moment(n) + timedelta(days=turn)}


def _cases(first: int, zaken: int) -> pa.Table:
    rows = []
    for n in range(first, min(first + BATCH, zaken)):
        links = [f'{{"kind":"person","person":"{n // 3:032x}"}}']
        if n % 4 == 3:
            links.append(f'{{"case":"Z-{n - 1 + 10**7}","kind":"vervolg"}}')
        told = {"case_id": f"Z-{n + 10**7}", "source": "zaken", "links": f"[{','.join(sorted(links))}]"}
        rows.append(told | {"received_at": _moment(n), "received_precision": "second"})
    return pa.Table.from_pylist(rows, schema=_schema("CASES"))


def _schema(name: str) -> pa.Schema:
    from mining import columns

    return getattr(columns, name)


def _moment(n: int) -> datetime:
    return datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=n)


def opened(folder: Path, linked: bool, memory: str) -> str:
    """Open the store, and link it; return dossiers and chain cases, where it was linked."""
    from flows.store import EventStore
    from mappings.load import load_project
    from mining.chain_cases import with_chain_cases
    from mining.engine import limit
    from mining.log import Log

    project, con = load_project(folder), ibis.duckdb.connect()
    with tempfile.TemporaryDirectory(dir=folder) as spill:
        limit(con, memory, None, spill)
        tables = EventStore(folder / "store").tables(con)
        log = Log(con, tables.events.drop("bucket"), tables.cases.drop("bucket"))
        if not linked:
            return str(log.events.count().to_pyarrow())
        found = with_chain_cases(log, project, lambda number: number).linking
        con.disconnect()
    assert found is not None
    assert found.cases is not None
    dossiers = sum(each.dossiers for each in found.sources)
    return f"{dossiers} {found.cases.cases}"


def in_fresh_process(folder: Path, linked: bool, memory: str) -> tuple[float, float, str]:
    """Run `opened` in a process of its own; return its peak in megabytes, its seconds, and what it said."""
    code = (
        "import sys; from pathlib import Path; from benchmarks import linking;"
        "said = linking.opened(Path(sys.argv[1]), sys.argv[2] == 'True', sys.argv[3]);"
        "print(linking.peak_megabytes(), said)"
    )
    begun = time.monotonic()
    command = [sys.executable, "-c", code, str(folder), str(linked), memory]
    ran = subprocess.run(command, cwd=ROOT, env=environment(), check=True, capture_output=True, text=True)
    peak, _, said = ran.stdout.split("\n")[-2].partition(" ")
    return float(peak), time.monotonic() - begun, said


def main(
    zaken: Annotated[list[int] | None, typer.Argument(help="Sizes, in zaken; four dossiers each.")] = None,
    memory: Annotated[str, typer.Option(help="Bound of the engine's memory; beyond it, it spills.")] = "500MB",
) -> None:
    """Measure memory and time of linking."""
    out = Console()
    out.print(f"{machine()}; engine bound {memory}", highlight=False, soft_wrap=True)
    out.print("\n| dossiers | opened only, peak (MB) | linked, peak (MB) | linking (s) | apart, chain cases |")
    out.print("|---:|---:|---:|---:|---:|")
    for count in zaken or (25_000, 250_000):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            fill(folder, count)
            before, opening, _ = in_fresh_process(folder, False, memory)
            peak, seconds, said = in_fresh_process(folder, True, memory)
            told = f"{4 * count:,} | {before:.0f} | {peak:.0f} | {seconds - opening:.1f} | {said.replace(' ', ', ')}"
            out.print(f"| {told} |", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    typer.run(main)
