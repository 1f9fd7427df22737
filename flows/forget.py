"""Destroyed cases are forgotten: in the store and its history, in copies and work files, and in what we published.

Rules owned here: what is to be forgotten is written down before anything goes (an order, readable by its owner alone),
so that a command that was killed can be given again, without its numbers too; the order goes last. No case number
stands in the registry or the list of forgotten cases.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ibis

from flows.forget_published import forget_published
from flows.forgotten import ForgottenCases, forgotten_cases, keep_forgotten, write_lasting
from flows.mined import mined_log
from flows.pseudonym import project_key, pseudonym
from flows.registry import ForgettingRecord, Registry, registry_url
from flows.store import EventStore, Forgotten
from flows.store.forgetting import Doomed, patterns
from mappings.errors import SourceError, StoreError
from mappings.load import load_project
from mappings.project import Project

ORDER = "forgetting.json"


@dataclass(frozen=True)
class Forgetting:
    """What came of it. Numbers of cases stand nowhere in it."""

    cases: int
    dossiers: int
    unknown: int
    """Numbers that nothing is stored under; they are kept out from now on."""
    rows: Forgotten
    stripped: tuple[str, ...]
    """Runs from which the exports with cases were taken."""
    withdrawn: tuple[str, ...]
    """Runs whose pages named a case, taken away whole."""


def forget_cases(mapping: Path, numbers: Iterable[str], store: Path, out: Path) -> Forgetting:
    """Forget cases of a project. `store` and `out` are the project's own folders. Safe to repeat.

    Raises StoreError where a number could be that of several sources, or where nothing is asked.
    """
    project = load_project(mapping)
    key = project_key(store / "pseudonym.key")
    listed = forgotten_cases(store, key)
    order = _order(store, project, key, frozenset(n.strip() for n in numbers if n.strip()))
    doomed = Doomed(
        frozenset((s, n) for s, n in order["dossiers"]), frozenset(order["chain"]), frozenset(order["names"])
    )
    known = [(s.name, n) for s in project.sources for n in order["unknown"]]
    grown = listed.with_cases([*doomed.dossiers, *known], [*doomed.chain, *order["unknown"]], doomed.names)
    keep_forgotten(store, key, grown)
    published = forget_published(out, project.file.name, doomed.names)
    _work_files(store, doomed.names)
    forget_copies(store, forgotten_cases(store, key), project)
    rows = EventStore(store).forget_dossiers(doomed)
    (store / ORDER).unlink(missing_ok=True)
    asked = len(order["asked"])
    return Forgetting(asked, len(doomed.dossiers), len(order["unknown"]), rows, *published)


def refuse_unfinished(store: Path) -> None:
    """Raise StoreError where forgetting was broken off: nothing is to be built on what half is gone."""
    if (store / ORDER).exists():
        what = "cases were being forgotten, and that did not come to its end"
        raise StoreError(str(store), what, "give 'zaakstroom forget --mapping DIR' first; no numbers are needed")


def forget_copies(store: Path, forgotten: ForgottenCases, project: Project, only: str | None = None) -> None:
    """Take forgotten cases out of the copies of live systems, also those that a reading just brought back."""
    if not forgotten:
        return
    from flows.sources.zgw.copy import Copy

    for source in project.sources:
        path = store / "readings" / f"{source.name}.zgw.sqlite"
        if only not in (None, source.name) or not path.exists():
            continue
        with Copy(path) as copy:
            rows = copy.rows("SELECT uuid, number FROM zaken")
            gone = [uuid for uuid, number in rows if number and forgotten.has(source.name, number)]
            if gone:
                copy.forget(gone)
            if gone or only is None:
                _overwrite_free_pages(copy.db)


def _overwrite_free_pages(db: sqlite3.Connection) -> None:
    db.execute("VACUUM")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _order(store: Path, project: Project, key: bytes, numbers: frozenset[str]) -> dict[str, Any]:
    """Return the order: the one that was broken off together with what is asked now."""
    path = store / ORDER
    before = json.loads(path.read_text("utf-8")) if path.exists() else {}
    if not numbers and not before:
        raise StoreError(str(store), "no case is named", "name the cases, or a file with one number a line: --file")
    told = found(store, project, key, numbers)
    order = {name: [*before.get(name, []), *values] for name, values in told.items()}
    write_lasting(path, json.dumps(order) + "\n")
    return order


def found(store: Path, project: Project, key: bytes, numbers: frozenset[str]) -> dict[str, list[Any]]:
    """Return which dossiers and chain cases the numbers are of, and every text that names them."""
    known = set(_dossiers(store, project))
    chain_numbers = {case for _, _, case, _ in known} | {ref for *_, ref in known if ref}
    dossiers: set[tuple[str, str]] = set()
    chain: set[str] = set()
    unknown: list[str] = []
    for asked in sorted(numbers):
        forms = {asked, pseudonym(asked, key)}
        if forms & chain_numbers:
            chain |= forms & chain_numbers
            dossiers |= {(s, n) for s, n, case, ref in known if case in forms or ref in forms}
            continue
        source, _, number = asked.partition(":")
        exact = {(source, number), (source, pseudonym(number, key))}
        own = {(s, n) for s, n, _, _ in known if n in forms or (s, n) in exact}
        if len({s for s, _ in own}) > 1:
            named = ", ".join(sorted({s for s, _ in own}))
            what = f"a number is that of a dossier in several sources ({named})"
            raise StoreError(str(store), what, "write source:number")
        dossiers |= own
        if not own:
            unknown.append(asked)
    plain = {n.split(":", 1)[-1] if n.split(":", 1)[0] in {s.name for s in project.sources} else n for n in numbers}
    names = {*numbers, *plain, *chain, *(n for _, n in dossiers), *(f"{s}:{n}" for s, n in dossiers)}
    names |= {pseudonym(name, key) for name in names}
    return {
        "asked": sorted(numbers),
        "dossiers": sorted(dossiers),
        "chain": sorted(chain | {n for n in numbers if n in chain_numbers}),
        "unknown": unknown,
        "names": sorted(names),
    }


def _dossiers(store: Path, project: Project) -> Iterator[tuple[str, str, str, str | None]]:
    """Yield source, number, case and reference of every dossier, as stored and as chain.yaml links it."""
    kept = EventStore(store)
    version = kept.version()
    if "events" not in version:
        return
    con = ibis.duckdb.connect()
    wanted = ["source", "source_case_id", "case_id", "chain_ref"]
    logs = [kept.tables(con, version).events]
    if project.chain.links:
        with contextlib.suppress(SourceError):
            logs.append(mined_log(con, kept, project.model_copy(update={"fingerprint": ""}), version, {}).events)
    for log in logs:
        for row in log.select(*wanted).distinct().to_pyarrow().to_pylist():
            yield tuple(row[name] for name in wanted)


def _work_files(store: Path, names: frozenset[str]) -> None:
    """Remove what runs that were killed left behind, and what a reading kept that names a case."""
    shutil.rmtree(store / "work", ignore_errors=True)
    found = [re.compile(pattern.encode(), re.MULTILINE) for pattern in patterns(names)]
    for path in (store / "readings").glob("*.json") if (store / "readings").is_dir() else ():
        content = path.read_bytes()
        if any(pattern.search(content) for pattern in found):
            path.unlink()


def journal(store: Path, project: str, by: str, told: Forgetting) -> None:
    """Note in the registry who asked, when, and how many; never which."""
    row = ForgettingRecord(
        project=project,
        asked_by=by,
        finished_at=datetime.now(UTC),
        cases=told.cases,
        dossiers=told.dossiers,
        events=told.rows.events,
        runs=len(told.stripped) + len(told.withdrawn),
    )
    with Registry.open(registry_url(store)) as registry:
        registry.record_forgetting(row)
