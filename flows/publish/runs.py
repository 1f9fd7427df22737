"""The runs in a folder, each as one row: what a trend over runs is made of.

In: folders with a `findings.json`. Out: `RunRow`s, oldest first, kept in `runs.json` beside them so that the
findings of an earlier run are read once. It owns which folders are runs: `latest` and half-written ones are not.
A row tells what the run's page for the team tells, and nothing of small groups.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from flows.publish.disclosure import disclosed
from flows.publish.disclosure_mark import is_withheld
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
    judged: int | None
    """Cases that met or missed it; null where that is not told."""
    met_share: float | None


class RunRow(BaseModel):
    """One run in a line. Times are seconds per case of the run's cohort; null is not known, or not told."""

    model_config = ConfigDict(frozen=True)

    folder: str
    """Relative to the folder of runs, with `/`."""
    stamp: tuple[int, int]
    """Size and modification time (ns) of the findings that this row was read from."""
    project: ProjectFacts
    run: RunFacts
    cases: int | None
    open_cases: int | None
    mean_seconds: float | None
    median_seconds: float | None
    mean_working_seconds: float | None
    direct_seconds: float | None
    loops_seconds: float | None
    norms: tuple[NormRow, ...]
    verdict: str

    @model_validator(mode="after")
    def _refuse_loops_alone(self) -> RunRow:
        """Refuse what a row of an older program says of loops where the direct route is not told."""
        if self.loops_seconds is not None and self.direct_seconds is None:
            raise ValueError("tells of loops and not of the direct route")
        return self

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
    try:
        told = disclosed(Findings.model_validate(found))
    except ValidationError:
        return _of_other_program(found, name, stamp)
    direct, rest = _known_number(told.direct_route.elapsed.total_seconds), told.other_loops
    loops = sum(loop.elapsed.total_seconds for loop in told.loops)
    return RunRow(
        folder=name,
        stamp=stamp,
        project=told.project,
        run=told.run,
        cases=_known_number(told.cohort.cases),
        open_cases=_known_number(told.cohort.open_cases),
        mean_seconds=told.lead_time.elapsed.mean_seconds,
        median_seconds=told.lead_time.elapsed.median_seconds,
        mean_working_seconds=told.lead_time.working.mean_seconds,
        direct_seconds=direct,
        # where the route is not told no loop is, and those add up to nothing
        loops_seconds=None if direct is None else loops + (rest.elapsed.total_seconds if rest else 0.0),
        norms=tuple(_norm(norm) for norm in told.norms),
        verdict=told.quality.verdict,
    )


def _of_other_program(found: Any, name: str, stamp: tuple[int, int]) -> RunRow:
    """Return the row of findings that are not quite ours: mean times, and none of the counts that we cannot judge."""
    project, cohort = ProjectFacts.model_validate(found["project"]), Cohort.model_validate(found["cohort"])
    times = LeadTimes.model_validate(found["lead_time"])
    is_told = cohort.cases >= project.smallest_group
    return RunRow(
        folder=name,
        stamp=stamp,
        project=project,
        run=RunFacts.model_validate(found["run"]),
        cases=cohort.cases if is_told else None,
        open_cases=None,
        mean_seconds=times.elapsed.mean_seconds if is_told else None,
        median_seconds=times.elapsed.median_seconds if is_told else None,
        mean_working_seconds=times.working.mean_seconds if is_told else None,
        direct_seconds=None,
        loops_seconds=None,
        norms=(),
        verdict=found["quality"]["verdict"],
    )


def _known_number(value: Any) -> Any:
    return None if is_withheld(value) else value


def _refuse_other_schema(found: Any) -> None:
    version = found.get("schema_version") if isinstance(found, dict) else None
    ours = Findings.model_fields["schema_version"].default
    if not isinstance(version, str) or version.split(".")[0] != ours.split(".")[0]:
        raise ValueError(f"its schema_version is {version}, this program reads {ours}")


def _norm(norm: NormResult) -> NormRow:
    judged, share = norm.met + norm.missed, _known_number(norm.met_share)
    return NormRow(name=norm.name, title=norm.title, kind=norm.kind, judged=_known_number(judged), met_share=share)


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
