"""Forgotten cases leave what we published: the exports with cases, and whole runs whose pages name one.

In: the folder of runs and every text that names the cases. Numbers over many cases stay: nobody is in them.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import zipfile
from pathlib import Path

import duckdb

from flows.compare_runs import AMOUNTS, FACTS
from flows.store.forgetting import patterns
from mining.legal_followed import LEGAL_CASES, LEGAL_CHANGES, LEGAL_SEGMENTS

OF_CASES = (
    "log.xes",
    "log.ocel.json",
    "ledger.parquet",
    "cases.parquet",
    *(f"{name}.parquet" for name in (LEGAL_CASES, LEGAL_CHANGES, LEGAL_SEGMENTS)),
    FACTS,
    AMOUNTS,
)
"""The exports with a row a case or event."""
_LOOSE = (".json", ".html")
"""Comparisons and the list of runs, which lie beside the runs."""
REMOVED = "REMOVED.txt"
_TOLD = "The exports with cases were removed from this run, since cases in them were forgotten.\n"


def forget_published(out: Path, project: str, names: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the runs that lost their exports of cases, and those that were taken away whole: they show a name."""
    if not out.is_dir():
        return (), ()
    for pattern in (".writing-*", ".old-*", ".tables-*"):
        for left in out.glob(pattern):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    found = [re.compile(p.encode(), re.MULTILINE) for p in patterns(_as_written(names))]
    stripped, withdrawn = [], []
    for folder in sorted(p for p in out.iterdir() if p.is_dir() and not p.is_symlink()):
        if not _is_of(folder, project):
            continue
        files = [f for f in sorted(folder.rglob("*")) if f.is_file()]
        naming = [f for f in files if _names_one(f, found, names)]
        if any(f.name not in OF_CASES for f in naming):
            _remove(folder)
            withdrawn.append(folder.name)
        elif naming:
            (folder / "export" / REMOVED).write_text(_TOLD, "utf-8")
            for name in OF_CASES:
                (folder / "export" / name).unlink(missing_ok=True)
            stripped.append(folder.name)
    _remove_loose(out, found, names)
    _show_what_is_left(out)
    return tuple(stripped), tuple(withdrawn)


def _remove_loose(out: Path, found: list[re.Pattern[bytes]], names: frozenset[str]) -> None:
    for loose in (f for f in out.iterdir() if f.is_file() and not f.is_symlink() and f.suffix in _LOOSE):
        if _names_one(loose, found, names):
            loose.unlink()


def strip_all(out: Path, project: str) -> tuple[str, ...]:
    """Remove every run of a project: their pseudonyms are of a key that is no longer used."""
    if not out.is_dir():
        return ()
    folders = [p for p in sorted(out.iterdir()) if p.is_dir() and not p.is_symlink() and _is_of(p, project)]
    for folder in folders:
        _remove(folder)
    _show_what_is_left(out)
    return tuple(folder.name for folder in folders)


def _is_of(folder: Path, project: str) -> bool:
    """Tell whether a folder is a run of the project; one without readable findings is none of ours."""
    try:
        return bool(json.loads((folder / "findings.json").read_text("utf-8"))["project"]["name"] == project)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _remove(folder: Path) -> None:
    # out of sight first, so that nobody opens half of it
    aside = folder.with_name(f".old-{folder.name}")
    folder.rename(aside)
    shutil.rmtree(aside)


def _as_written(names: frozenset[str]) -> frozenset[str]:
    """Return the names as XML, HTML and JSON write them."""
    forms = {form for name in names for form in (name, html.escape(name), json.dumps(name)[1:-1])}
    return frozenset(forms)


def _names_one(file: Path, found: list[re.Pattern[bytes]], names: frozenset[str]) -> bool:
    if file.suffix == ".parquet":
        return _has_one(file, names)
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            return any(_has(archive.read(member), found) for member in archive.namelist())
    return _has(file.read_bytes(), found)


def _has(content: bytes, found: list[re.Pattern[bytes]]) -> bool:
    return any(pattern.search(content) for pattern in found)


def _has_one(file: Path, names: frozenset[str]) -> bool:
    with duckdb.connect() as con:
        rows = con.read_parquet(str(file))
        texts = [n for n, kind in zip(rows.columns, rows.types, strict=True) if str(kind) == "VARCHAR"]
        for column in texts:
            values = con.sql(f'SELECT DISTINCT "{column}" FROM rows').fetchall()  # noqa: S608 - own columns
            if any(value in names for (value,) in values):
                return True
    return False


def _show_what_is_left(out: Path) -> None:
    from flows.publication import point_to_newest
    from flows.publish.site import write_site

    point_to_newest(out)
    write_site(out)
