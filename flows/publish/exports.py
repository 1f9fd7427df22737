"""The export folder of a run: XES, OCEL 2.0, BPMN, the ledger as Parquet, a CSV for each table of findings."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from flows.publish.csv_tables import write_tables
from flows.publish.log_in_parts import LogInParts, Rows, workspace
from flows.publish.ocel import write_as_it_came, write_ocel
from flows.publish.ocel_beside import Beside
from flows.publish.ocel_log import OcelLog
from flows.publish.xes import write_xes
from mining.ahead import ahead
from mining.findings import Findings
from mining.results.process import ModelQuality


@dataclass(frozen=True)
class Objects:
    """What stands beside the cases of object-centric sources: source and JSON a dossier, and the type of its cases."""

    rows: Sequence[tuple[str, str]] = ()
    case_types: Mapping[str, str] = field(default_factory=dict)


def write_exports(
    folder: Path,
    events: Rows | None,
    cases: Rows | None,
    ledger: pa.RecordBatchReader | None,
    findings: Findings,
    journeys: Mapping[str, str] | None = None,
    ties: Rows | None = None,
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
    files: list[Path] = []
    if events is not None and cases is not None:
        with workspace(folder) as connection:
            log = LogInParts(connection, events, cases, findings.project.zone, sources)
            zone = findings.project.zone
            files.append(write_xes(folder / "log.xes", log.events(), zone, log.bare_cases()))
            ocel = OcelLog(log, ties, decisions)
            files.append(_write_ocel(folder / "log.ocel.json", ocel, objects or Objects()))
    if ledger is not None:
        files.append(_write_ledger(folder / "ledger.parquet", ledger))
    return [*files, *write_bpmn_files(folder, findings, journeys or {}), *write_tables(folder, findings)]


def _write_ocel(path: Path, log: OcelLog, objects: Objects) -> Path:
    is_alone = log.sources() == list(objects.case_types) and len(objects.case_types) == 1
    numbers = log.numbers(objects.case_types)
    beside = Beside.of(objects.rows, objects.case_types, numbers, is_alone and not log.kinds())
    return write_as_it_came(path, log, beside) if beside.is_alone else write_ocel(path, log, beside)


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


def _write_ledger(path: Path, rows: pa.RecordBatchReader) -> Path:
    """Write the ledger as it comes: a row group a batch, while the next is made. Texts are texts to every reader."""
    with pq.ParquetWriter(path, rows.schema, compression="zstd", store_schema=False) as writer:
        for batch in ahead(rows):
            writer.write_batch(batch)
    return path
