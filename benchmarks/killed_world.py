"""What `benchmarks.kills` reads: a ZGW installation, and deliveries of a partner that name its cases; both change.

Comes out of `content`: every row of every table of the store, of the ZGW copy, of what readings left and of the
linked log, to be held against that of another store; moments of reading are left out.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

KEY = "a key for kills, of enough length"
SECRET = "a secret of at least thirty-two letters"
TABLES = ("events", "cases", "attempts", "quarantine")
COPIED = {
    "zaken": "uuid, number, zaaktype, einddatum, kept, changed, audit_wanted, audit_read, gone_at",
    "types": "*",
    "statussen": "*",
    "rollen": "*",
    "resultaten": "*",
    "changes": "*",
    "pages": "*",
    "seen": "*",
}
_LONG_AGO = 1_600_000_000
Content = dict[str, list[tuple[object, ...]]]


@dataclass(frozen=True)
class World:
    """A mapping folder, the partner's files, and the installation that is served."""

    mapping: Path
    files: Path
    origin: str
    cases: int

    def night(self, number: int) -> None:
        """Let so many nights have passed: each closes a case and brings a file with corrections."""
        import httpx

        httpx.post(f"{self.origin}/close/{number}").raise_for_status()
        for file in self.files.glob("advies-*.csv"):
            if int(file.stem[-2:]) > number + 1:
                file.unlink()
        for n in range(1, number + 2):
            _deliver(self.files / f"advies-2026-{n:02}.csv", self.cases, n)


@contextmanager
def world(folder: Path, cases: int, page_seconds: float = 0.004) -> Iterator[World]:
    """Write the mapping and serve the installation until the end."""
    from benchmarks.zgw_served import serving

    files, mapping = folder / "in", folder / "mapping"
    files.mkdir()
    (mapping / "sources").mkdir(parents=True)
    with serving(cases, page_seconds, 0.0, 8) as origin:
        (mapping / "project.yaml").write_text("name: kills\npurpose: test\nlegal_basis: none\n", "utf-8")
        (mapping / "chain.yaml").write_text("links:\n- {source: advies, to: zaken}\n", "utf-8")
        (mapping / "sources" / "1-zaken.yaml").write_text(_ZAKEN.format(origin=origin), "utf-8")
        (mapping / "sources" / "2-advies.yaml").write_text(_ADVIES, "utf-8")
        made = World(mapping, files, origin, cases)
        made.night(0)
        yield made


_ZAKEN = """
name: zaken
kind: zgw
zgw: {{root: "{origin}", client_id: kills, secret_env: ZGW_SECRET, page_size: 50, concurrency: 2}}
"""
_ADVIES = """
name: advies
kind: csv
path: ../in/advies-*.csv
deliveries: {date_in_name: "%Y-%m"}
columns: {case: dossier, chain_case: zaak, activity: wat, completed_at: klaar, resource: wie, event_id: id}
"""


def _deliver(file: Path, cases: int, number: int) -> None:
    """Write a delivery: the first is all, the later ones correct some, and each has a record that is no record."""
    rows = ["id,dossier,zaak,wat,klaar,wie"]
    for n in range(0, cases, 1 if number == 1 else 7):
        day = f"2026-{n % 12 + 1:02}-{n % 28 + 1:02}"
        for k, what in enumerate(("vraag", "advies")):
            rows.append(f"{n}-{k},D{n},ZAAK-{n:09d},{what},{day}T{8 + k + number:02}:00:00Z,m{n % 7}")
    rows.append(f"x{number},D1,ZAAK-{1:09d},advies,geen datum,m1")
    file.write_text("\n".join(rows) + "\n", "utf-8")
    os.utime(file, (_LONG_AGO, _LONG_AGO))  # one of a moment ago is left alone, as perhaps still growing


def content(mapping: Path, store: Path) -> Content:
    """Return every row of every table, all columns, sorted."""
    own = store / "kills"
    return {**_stored(own), **_linked(mapping, own), **_copied(own / "readings" / "zaken.zgw.sqlite"), **_left(own)}


def _stored(own: Path) -> Content:
    from flows.store import EventStore

    kept = EventStore(own)
    with duckdb.connect() as con:
        con.execute("SET TimeZone='UTC'")
        query = "SELECT COLUMNS(*)::VARCHAR FROM ({}) ORDER BY ALL"
        return {name: con.sql(query.format(kept.sql(name))).fetchall() for name in TABLES}


def _linked(mapping: Path, own: Path) -> Content:
    """Return the chain case of each dossier, and the rows of the coded log that the run left."""
    import ibis

    from flows.mined import mined_log
    from flows.store import EventStore
    from mappings.load import load_project

    store, con = EventStore(own), ibis.duckdb.connect()
    log = mined_log(con, store, load_project(mapping), store.version(), {})
    links = log.events.select("source", "source_case_id", "case_id").distinct().to_pyarrow().to_pylist()
    coded = [] if log.coded is None else log.coded.rows.to_pyarrow().to_pylist()
    con.disconnect()
    return {
        "linked log": sorted(tuple(map(str, row.values())) for row in links),
        "coded log": sorted(tuple(map(str, row.values())) for row in coded),
    }


def _copied(copy: Path) -> Content:
    with closing(sqlite3.connect(copy)) as con, con:
        asked = {f"copy: {t}": f"SELECT {columns} FROM {t}" for t, columns in COPIED.items()}
        found = {name: sorted(con.execute(query).fetchall(), key=repr) for name, query in asked.items()}
    con.close()
    return found


def _left(own: Path) -> Content:
    """Return what the readings left for the next, and what a killed run left lying about."""
    left = json.loads((own / "readings" / "advies.left.json").read_text())["left"]
    debris = [*(own / "work").iterdir(), *(own / "coded").glob(".*")]
    return {"left": sorted((k, json.dumps(v)) for k, v in left.items()), "debris": [(f.name,) for f in debris]}
