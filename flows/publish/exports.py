"""The export folder of a run: XES, OCEL 2.0, BPMN, the ledger as Parquet, a CSV for each table of findings."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from flows.publish.csv_tables import write_tables
from flows.publish.log_in_parts import LogInParts, Rows, workspace
from flows.publish.ocel import write_as_it_came, write_ocel
from flows.publish.ocel_beside import Beside
from flows.publish.ocel_things import dossier_ties, things_of
from flows.publish.xes import write_xes
from mining.findings import Findings
from mining.results.process import ModelQuality

_DOSSIERS = "SELECT DISTINCT source, source_case_id, case_id FROM log ORDER BY ALL"
_ACTIVITIES = "SELECT DISTINCT activity FROM log ORDER BY activity"
_SHARED = """
    SELECT substr(event_id, length(source) + 2, length(event_id) - length(source) - length(source_case_id) - 2) AS own,
        list(source_case_id ORDER BY source_case_id)
    FROM log GROUP BY own HAVING count(*) > 1
"""


@dataclass(frozen=True)
class Objects:
    """What stands beside the cases of object-centric sources: source and JSON a dossier, and the type of its cases."""

    rows: Sequence[tuple[str, str]] = ()
    case_types: Mapping[str, str] = field(default_factory=dict)


def write_exports(
    folder: Path,
    events: Rows | None,
    cases: Rows | None,
    ledger: Rows | None,
    findings: Findings,
    journeys: Mapping[str, str] | None = None,
    ties: pa.Table | None = None,
    decisions: Collection[tuple[str, str]] = (),
    objects: Objects | None = None,
    sources: Sequence[tuple[str, bool]] = (),
) -> list[Path]:
    """Write all exports into `folder` and return the files; without events or cases no event log among them.

    `events` and `cases` have the schemas EVENTS and CASES; a further column `position` of the events gives
    their order within the case, else it is that of the ledger: date, slot, time, source, `seq`. `sources` are in the
    order of the mapping, each with whether its dates go before the times of that day. `journeys` are BPMN
    files by name, `ties` the links between dossiers, `decisions` the source and label of what is a decision,
    `objects` what stands beside the cases of object-centric sources.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with workspace(folder) as connection:
        files: list[Path] = []
        if events is not None and cases is not None:
            log = LogInParts(connection, events, cases, findings.project.zone, sources)
            files.append(write_xes(folder / "log.xes", log.events(), findings.project.zone))
            files.append(_write_ocel(log, folder / "log.ocel.json", ties, decisions, objects or Objects()))
        if ledger is not None:
            files.append(_write_parquet(connection, folder / "ledger.parquet", ledger))
    return [*files, *write_bpmn_files(folder, findings, journeys or {}), *write_tables(folder, findings)]


def _write_ocel(
    log: LogInParts,
    path: Path,
    ties: pa.Table | None,
    decisions: Collection[tuple[str, str]],
    objects: Objects,
) -> Path:
    connection, known = log.connection, log.cases()
    dossiers = connection.sql(_DOSSIERS).fetchall()
    activities = [name for (name,) in connection.sql(_ACTIVITIES).fetchall()]
    things = list(things_of(connection, decisions))
    is_alone = {source for source, _, _ in dossiers} == set(objects.case_types) and len(objects.case_types) == 1
    numbers = {(source, number) for source, number, _ in dossiers}
    beside = Beside.of(objects.rows, objects.case_types, numbers, is_alone and not things)
    if beside.is_alone:
        shared = dict(connection.sql(_SHARED).fetchall())
        return write_as_it_came(path, log.events(), known, dossiers, activities, beside, shared)
    return write_ocel(path, log.events(), known, dossiers, activities, things, dossier_ties(ties), beside)


def write_bpmn_files(folder: Path, findings: Findings, journeys: Mapping[str, str]) -> list[Path]:
    """Write the journeys and the discovered models that have a BPMN."""
    found: tuple[ModelQuality, ...] = findings.discovery
    models = {f"discovered-{model.kind}": model.bpmn for model in found if model.bpmn}
    files = []
    for name, xml in {**journeys, **models}.items():
        files.append(folder / f"{_file_name(name)}.bpmn")
        files[-1].write_text(xml, encoding="utf-8")
    return files


def _file_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-") or "journey"


def _relation(connection: duckdb.DuckDBPyConnection, rows: Rows) -> duckdb.DuckDBPyRelation:
    if isinstance(rows, Path):
        return connection.read_parquet(str(rows))
    return connection.from_arrow(rows)


def _write_parquet(connection: duckdb.DuckDBPyConnection, path: Path, rows: Rows) -> Path:
    _relation(connection, rows).write_parquet(str(path), compression="zstd")
    return path
