"""Destroyed cases are forgotten: in the store and its history, in copies and work files, and in what we published.

Rules owned here: what is to be forgotten is written down before anything goes (an order, readable by its owner alone),
so that a command that was killed can be given again, without its numbers too; the order goes last. No case number
stands in the registry or the list of forgotten cases.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from flows.forget_found import found
from flows.forget_published import forget_published
from flows.forgotten import (
    UNNAMED,
    ForgottenCases,
    forgotten_cases,
    keep_forgotten,
    write_lasting,
    written_over,
)
from flows.pseudonym import project_key
from flows.registry import ForgettingRecord, Registry, registry_url
from flows.sources.files import substituted
from flows.sources.zgw.notifications import RECEIVED
from flows.store import EventStore, Forgotten
from flows.store.forgetting import Doomed, patterns, telling
from mappings.errors import StoreError
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

    Raises StoreError where there is no such store, where a number could be that of several sources, or where nothing
    is asked.
    """
    project = load_project(mapping)
    if not store.is_dir():
        what = "there is no store of this project, so nothing was forgotten"
        raise StoreError(str(store), what, "name with --store the folder that runs are given; store/ where left out")
    key = project_key(store / "pseudonym.key")
    listed = forgotten_cases(store, key)
    order = _order(store, project, key, frozenset(n.strip() for n in numbers if n.strip()))
    doomed = _doomed(order, project)
    keep_forgotten(store, key, _grown(listed, order))
    # a label that no other case has tells of the case as its number would
    telling_of_it = doomed.names | set(order["labels"])
    published = forget_published(out, project.file.name, telling_of_it)
    _work_files(store, telling_of_it)
    _received(project, doomed.names)
    forget_copies(store, forgotten_cases(store, key), project)
    rows = EventStore(store).forget_dossiers(doomed)
    (store / ORDER).unlink(missing_ok=True)
    asked = len(order["asked"])
    return Forgetting(asked, len(doomed.dossiers), len(order["unknown"]), rows, *published)


def _grown(listed: ForgottenCases, order: dict[str, Any]) -> ForgottenCases:
    """Return the list with what the order names, under each form in which a reading may bring it back."""
    names = frozenset(order["names"])
    return listed.with_cases(
        [*_pairs(order, "dossiers"), *_pairs(order, "written")],
        filter(telling, names),
        names - set(order["common"]),
        _pairs(order, "pointing"),
        _pairs(order, "alone"),
        _pairs(order, "staying"),
    )


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
            if copy.unlink(forgotten.is_linked) or gone or only is None:
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
    told = found(store, project, key, numbers, partial(_own_ids, store, project))
    new: dict[str, list[Any]] = {name: sorted(values) for name, values in vars(told).items()}
    new |= {"asked": sorted(numbers), "labels": []}
    labels = EventStore(store).labels_of(_doomed(new, project)) if told.dossiers else frozenset()
    new["labels"] = sorted(labels)
    order = {name: [*before.get(name, []), *values] for name, values in new.items()}
    write_lasting(path, json.dumps(order) + "\n")
    return order


def _pairs(order: dict[str, Any], name: str) -> list[tuple[str, str]]:
    return [(source, number) for source, number in order[name]]


def _doomed(order: dict[str, Any], project: Project) -> Doomed:
    """Return what is to go from the store."""
    refs = {name: _as_written(project, _pairs(order, name)) for name in ("pointing", "alone")}
    names = frozenset(order["names"])
    return Doomed(
        dossiers=frozenset(_pairs(order, "dossiers")),
        refs=refs["pointing"] | refs["alone"],
        names=names,
        linked=names - set(order["common"]),
        pointing=refs["pointing"],
        unnamed={s.name: UNNAMED for s in project.sources if project.chain.is_apart(s.name)},
    )


def _as_written(project: Project, numbers: list[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Return source and number for every source that writes the numbers of these over."""
    over = {s.name: written_over(project, s.name) for s in project.sources}
    return frozenset((name, n) for name, targets in over.items() for to, n in numbers if to in targets)


def _own_ids(store: Path, project: Project, dossiers: set[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield under which id a case is known in the copy of its installation."""
    from flows.sources.zgw.copy import Copy

    for source in project.sources:
        path = store / "readings" / f"{source.name}.zgw.sqlite"
        if path.exists():
            with Copy(path) as copy:
                rows = copy.rows("SELECT uuid, number FROM zaken WHERE number IS NOT NULL")
            yield from ((source.name, uuid) for uuid, number in rows if (source.name, number) in dossiers)


def _work_files(store: Path, names: Collection[str]) -> None:
    """Remove what runs that were killed left behind, and what a reading kept that names a case."""
    shutil.rmtree(store / "work", ignore_errors=True)
    found = [re.compile(pattern.encode(), re.MULTILINE) for pattern in patterns(names)]
    for path in (store / "readings").glob("*.json") if (store / "readings").is_dir() else ():
        content = path.read_bytes()
        if any(pattern.search(content) for pattern in found):
            path.unlink()


def _received(project: Project, names: Collection[str]) -> None:
    """Blank the notifications about a case that `zaakstroom receive` kept, in place: it may be writing meanwhile."""
    found = [re.compile(pattern.encode()) for pattern in patterns(names)]
    for source in project.sources:
        named = source.zgw.notifications if source.zgw else None
        folder = project.folder / substituted(named, f"source '{source.name}'") if named else None
        for path in sorted(folder.glob(RECEIVED)) if folder and folder.is_dir() else ():
            with path.open("rb+") as file:
                while line := file.readline():
                    if any(pattern.search(line) for pattern in found):
                        end = file.tell()
                        file.seek(end - len(line))
                        file.write(b" " * (len(line) - line.endswith(b"\n")))
                        file.seek(end)
                os.fsync(file.fileno())


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
