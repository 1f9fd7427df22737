"""The runs in a folder, each as one row: what a trend over runs is made of.

In: folders with a `findings.json`. Out: `RunRow`s, oldest first, kept in `runs.json` beside them so that the
findings of an earlier run are read once. It owns which folders are runs: `latest` and half-written ones are not.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from mappings.errors import ZaakstroomError
from mining.findings import Findings
from mining.results.base import LocalText
from mining.results.norms import NormResult
from mining.results.run import Cohort, ProjectFacts, RunFacts
from mining.results.times import LeadTimes

INDEX = "runs.json"
Verdict = Literal["ok", "warn", "stop", "not_determinable"]


class NormRow(BaseModel):
    """How one norm stood in one run."""

    model_config = ConfigDict(frozen=True)

    name: str
    title: LocalText
    kind: str
    met: int
    missed: int
    open: int
    met_share: float | None


class RunRow(BaseModel):
    """One run in a line. Times are seconds per case of the run's cohort; null is not known."""

    model_config = ConfigDict(frozen=True)

    folder: str
    """Relative to the folder of runs, with `/`."""
    stamp: tuple[int, int]
    """Size and modification time (ns) of the findings that this row was read from."""
    project: ProjectFacts
    run: RunFacts
    cohort: Cohort
    mean_seconds: float | None
    median_seconds: float | None
    mean_working_seconds: float | None
    direct_seconds: float | None
    loops_seconds: float | None
    norms: tuple[NormRow, ...]
    verdict: str

    @property
    def at(self) -> datetime:
        """The moment that the run looks from."""
        return self.run.as_of


@dataclass(frozen=True)
class Unread:
    """A folder that looks like a run, and why it cannot be read."""

    folder: str
    why: str


def runs_of(out: Path) -> tuple[tuple[RunRow, ...], tuple[Unread, ...]]:
    """Return the runs under `out` (its own, or one folder deeper), oldest first, and what could not be read."""
    known = _known(out)
    rows: list[RunRow] = []
    unread: list[Unread] = []
    for folder in _folders(out):
        name = folder.relative_to(out).as_posix()
        stamp = _stamp(folder / "findings.json")
        before = known.get(name)
        if before is not None and before.stamp == stamp:
            rows.append(before)
            continue
        try:
            rows.append(_row(folder, name, stamp))
        except (OSError, ValueError) as error:
            unread.append(Unread(name, _reason(error)))
    rows.sort(key=lambda row: (row.project.name, row.at, row.folder))
    _keep(out, rows)
    return tuple(rows), tuple(unread)


def _folders(out: Path) -> Iterator[Path]:
    if not out.is_dir():
        raise ZaakstroomError(str(out), "there is no such folder", "name the folder that runs were written to")
    for path in sorted([*out.glob("*/findings.json"), *out.glob("*/*/findings.json")]):
        parts = path.parent.relative_to(out).parts
        is_link = any(out.joinpath(*parts[: n + 1]).is_symlink() for n in range(len(parts)))
        if not is_link and not any(part.startswith(".") for part in parts):
            yield path.parent


def _stamp(file: Path) -> tuple[int, int]:
    facts = file.stat()
    return facts.st_size, facts.st_mtime_ns


def _row(folder: Path, name: str, stamp: tuple[int, int]) -> RunRow:
    found = json.loads((folder / "findings.json").read_text("utf-8"))
    _refuse_other_schema(found)
    times = LeadTimes.model_validate(found["lead_time"])
    loops = [loop["elapsed"]["total_seconds"] for loop in found["loops"]]
    rest = found.get("other_loops")
    return RunRow(
        folder=name,
        stamp=stamp,
        project=ProjectFacts.model_validate(found["project"]),
        run=RunFacts.model_validate(found["run"]),
        cohort=Cohort.model_validate(found["cohort"]),
        mean_seconds=times.elapsed.mean_seconds,
        median_seconds=times.elapsed.median_seconds,
        mean_working_seconds=times.working.mean_seconds,
        direct_seconds=found["direct_route"]["elapsed"]["total_seconds"],
        loops_seconds=sum(loops) + (rest["elapsed"]["total_seconds"] if rest else 0.0),
        norms=tuple(_norm(NormResult.model_validate(norm)) for norm in found["norms"]),
        verdict=found["quality"]["verdict"],
    )


def _refuse_other_schema(found: Any) -> None:
    version = found.get("schema_version") if isinstance(found, dict) else None
    ours = Findings.model_fields["schema_version"].default
    if not isinstance(version, str) or version.split(".")[0] != ours.split(".")[0]:
        raise ValueError(f"its schema_version is {version}, this program reads {ours}")


def _norm(norm: NormResult) -> NormRow:
    return NormRow(
        name=norm.name,
        title=norm.title,
        kind=norm.kind,
        met=norm.met,
        missed=norm.missed,
        open=norm.open,
        met_share=norm.met_share,
    )


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return f"{type(error).__name__}: {error}" if isinstance(error, KeyError) else str(error)


def _known(out: Path) -> dict[str, RunRow]:
    """What was read before; an index that is not ours, or an older program's, is read anew."""
    try:
        rows = json.loads((out / INDEX).read_text("utf-8"))
        return {row.folder: row for row in (RunRow.model_validate(each) for each in rows)}
    except (OSError, ValueError, TypeError):
        return {}


def _keep(out: Path, rows: list[RunRow]) -> None:
    text = json.dumps([row.model_dump(mode="json", by_alias=True) for row in rows], indent=1, ensure_ascii=False)
    write_whole(out / INDEX, text + "\n")


def write_whole(path: Path, text: str) -> None:
    """Write a file beside and move it into place, so that nobody reads half of it."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=".writing-", delete=False) as file:
        file.write(text)
    written = Path(file.name)
    written.chmod(0o644)
    written.replace(path)
