"""The runs of a comparison: their findings and the amounts a case that each keeps in its export folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import ValidationError

from mappings.errors import ZaakstroomError
from mining.findings import Findings
from mining.results.comparison import BETWEEN, UNSAID
from mining.results.norms import NormResult

FACTS, AMOUNTS = "case_facts.parquet", "case_amounts.parquet"
PERIODS = tuple(f"{of}_{unit}" for of in ("started", "ended") for unit in ("month", "quarter", "year"))
"""Fields that stand for the period in which a case began or ended."""

Objects = npt.NDArray[np.object_]


class RunError(ZaakstroomError):
    """A folder is no run, or not one that can be compared."""

    exit_code = 6


@dataclass(frozen=True)
class CaseTable:
    """Cases of a run: `facts` as Arrow columns, `amounts` as one row an amount."""

    facts: Any
    amounts: Any

    def __len__(self) -> int:
        """Return the number of cases."""
        return int(self.facts.num_rows)

    @cached_property
    def _segments(self) -> list[dict[str, Any]]:
        return [json.loads(text) if text else {} for text in self.facts["segments"].to_pylist()]

    def field(self, name: str) -> Objects:
        """Return a field of each case: zaaktype, persona, channel, a period, or a segment; null where unknown.

        Raises RunError where no case has such a field.
        """
        values = self._read(name)
        if not (values != None).any():  # noqa: E711  an array, compared element by element
            names = {*PERIODS, "zaaktype", "persona", "channel", *(k for s in self._segments for k in s)}
            known = sorted(each for each in names if self.has(each))
            raise RunError(f"'{name}'", "is known of no case", f"name one of: {', '.join(known)}")
        return values

    def has(self, name: str) -> bool:
        """Whether any case has the field."""
        return bool((self._read(name) != None).any())  # noqa: E711

    def _read(self, name: str) -> Objects:
        if name in PERIODS:
            of, unit = name.split("_")
            values = [month and _period(month, unit) for month in self.facts[f"{of}_month"].to_pylist()]
        elif name in ("zaaktype", "persona", "channel"):
            values = self.facts[name].to_pylist()
        else:
            values = [None if (v := s.get(name)) is None else str(v) for s in self._segments]
        return np.array(values, dtype=object)

    def where(self, chosen: npt.NDArray[np.bool_]) -> CaseTable:
        """Return the chosen cases with their amounts."""
        facts = self.facts.filter(np.asarray(chosen, np.bool_))
        return CaseTable(facts, self.amounts.filter(pc.is_in(self.amounts["number"], facts["number"].combine_chunks())))

    def split_open(self) -> tuple[CaseTable, CaseTable]:
        """Return the cases with a lead time, and the open ones."""
        is_open = self.facts["is_open"].to_numpy(zero_copy_only=False).astype(np.bool_)
        return self.where(~is_open), self.where(is_open)

    def strata(self, fields: Sequence[str]) -> Objects:
        """Return the part of the mix that each case is of, as text; also where a field is unknown."""
        columns = [self._read(name) for name in fields]
        rows = zip(*columns, strict=True) if columns else (() for _ in range(len(self)))
        return np.array([BETWEEN.join(UNSAID if v is None else str(v) for v in row) for row in rows], dtype=object)

    def months(self, of: str = "started_month") -> list[date]:
        """Return the months in which the cases began (or, by `ended_month`, ended), in order."""
        seen = {text for text in self.facts[of].unique().to_pylist() if text}
        return [date(int(text[:4]), int(text[5:]), 1) for text in sorted(seen)]

    def lead_within(self, share: float) -> float | None:
        """Return the seconds within which this share of the closed cases ended; null where none did."""
        lead = self.facts["lead_elapsed"].drop_null().to_numpy()
        return float(np.quantile(lead, share)) / 1_000_000 if len(lead) else None


def _period(month: str, unit: str) -> str:
    """Return the month (such as 2025-03), quarter or year that a month is in."""
    year = month[:4]
    return {"month": month, "quarter": f"{year}Q{(int(month[5:]) + 2) // 3}", "year": year}[unit]


@dataclass(frozen=True)
class ComparedRun:
    """A run as it was published."""

    name: str
    findings: Findings
    cases: CaseTable


@dataclass(frozen=True)
class Part:
    """One side: the cases of a run, or those of them with one value of a segment."""

    name: str
    run: ComparedRun
    value: str
    closed: CaseTable
    still_open: CaseTable

    @property
    def open_cases(self) -> int:
        """Return the number of open cases."""
        return len(self.still_open)


def read_run(folder: Path) -> ComparedRun:
    """Read findings and amounts of a run folder, or of a link to one. Raises RunError where it is none."""
    folder = folder.resolve()
    try:
        findings = Findings.model_validate_json((folder / "findings.json").read_bytes())
    except FileNotFoundError as error:
        raise RunError(str(folder), "is no run: it has no findings.json", "name the folder of a run") from error
    except ValidationError as error:
        raise RunError(str(folder), "was written by another version", "run the mapping folder again") from error
    export = folder / "export"
    if not (export / FACTS).is_file() or not (export / AMOUNTS).is_file():
        raise RunError(str(folder), f"keeps no {FACTS} and {AMOUNTS}", "run the mapping folder again")
    cases = CaseTable(pq.read_table(export / FACTS), pq.read_table(export / AMOUNTS))
    return ComparedRun(folder.name, findings, cases)


def with_own_names(runs: Sequence[ComparedRun]) -> list[ComparedRun]:
    """Name runs of several mappings by their project; runs of one name keep their folder beside it."""
    names = [run.findings.project.name for run in runs]
    if len(set(names)) > 1:
        runs = [replace(run, name=name) for run, name in zip(runs, names, strict=True)]
    taken: dict[str, int] = {}
    told = []
    for run in runs:
        taken[run.name] = taken.get(run.name, 0) + 1
        told.append(run if taken[run.name] == 1 else replace(run, name=f"{run.name} ({taken[run.name]})"))
    return told


def refuse_unlike_journeys(runs: Sequence[ComparedRun]) -> None:
    """Raise RunError where runs of several mappings do not share a designed journey, zone and form of findings."""
    first = runs[0].findings
    for run in runs[1:]:
        if not _steps(first) or _steps(run.findings) != _steps(first):
            only = sorted(_steps(first) ^ _steps(run.findings))
            raise RunError(
                f"{runs[0].name} and {run.name}",
                f"do not share a designed journey: {', '.join(only[:8]) or 'neither has one'}",
                "give both mappings a journey with the same steps, and run them again",
            )
        for what, one, other in (
            ("time zone", first.project.zone, run.findings.project.zone),
            ("form of findings", first.schema_version, run.findings.schema_version),
        ):
            if one != other:
                raise RunError(f"{runs[0].name} and {run.name}", f"are of another {what}: {one} and {other}")


def _steps(findings: Findings) -> frozenset[str]:
    """Return the steps of the designed journey with the unit in which each is counted: its own time."""
    return frozenset(step.step for j in findings.journeys if j.kind == "designed" for step in j.steps)


def unlike_norms(runs: Sequence[ComparedRun]) -> frozenset[str]:
    """Return the norms that do not say the same in all runs, or are not there; those of one mapping do."""
    if len({run.findings.run.mapping_hash for run in runs}) == 1:
        return frozenset()
    said = [{(norm.name, *_says(norm)) for norm in run.findings.norms} for run in runs]
    return frozenset(name for name, *_ in set.union(*said) - set.intersection(*said))


def _says(norm: NormResult) -> tuple[object, ...]:
    """Return what a norm says: how long, from where to where, in which clock, for which cases."""
    term = norm.legal and (norm.legal.months, norm.legal.rolls_over, norm.legal.rule)
    ends = (norm.from_, norm.to, norm.lane, norm.only_with)
    return (norm.kind, norm.clock, norm.limit_seconds, norm.target, term, *ends)


def refuse_unlike(runs: Sequence[ComparedRun]) -> None:
    """Raise RunError where runs do not count the same: another project, mapping, time zone or form of findings."""
    first = runs[0].findings
    for run in runs[1:]:
        for what, of in (
            ("project", lambda f: f.project.name),
            ("mapping", lambda f: f.run.mapping_hash),
            ("time zone", lambda f: f.project.zone),
            ("form of findings", lambda f: f.schema_version),
        ):
            if of(run.findings) != of(first):
                raise RunError(
                    f"{runs[0].name} and {run.name}",
                    f"are of another {what}, so their cases, steps and clocks do not count the same",
                    "run both periods with one mapping folder, or say --same-journey where both have the same steps",
                )
