"""The export folder of a run: XES, OCEL 2.0, BPMN, the ledger as Parquet, a CSV for each table of findings."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from flows.publish.csv_tables import write_tables
from flows.publish.ocel import write_as_it_came, write_ocel
from flows.publish.ocel_beside import Beside
from flows.publish.ocel_things import dossier_ties, things_of
from flows.publish.xes import write_xes
from mining.findings import Findings
from mining.results.process import ModelQuality

Rows = Path | pa.Table | pa.RecordBatchReader
"""A Parquet file (or a pattern of files), or Arrow data."""
_DOSSIERS = "SELECT DISTINCT source, source_case_id, case_id FROM log ORDER BY ALL"
_ACTIVITIES = "SELECT DISTINCT activity FROM log ORDER BY activity"
# without a zone, since DuckDB's zoned instants come back through pytz, which costs more than all else here
_EVENTS = """
    SELECT * EXCLUDE (attributes, started_at, completed_at),
        started_at AT TIME ZONE 'UTC' AS started_at, completed_at AT TIME ZONE 'UTC' AS completed_at
    FROM log
"""
_SHARED = """
    SELECT substr(event_id, length(source) + 2, length(event_id) - length(source) - length(source_case_id) - 2) AS own,
        list(source_case_id ORDER BY source_case_id)
    FROM log GROUP BY own HAVING count(*) > 1
"""
_CASE_COLUMNS = ("zaaktype", "persona", "channel", "outcome", "received_at", "closed_at")
_CASES = "case_id, zaaktype, persona, channel, outcome, received_at AT TIME ZONE 'UTC', closed_at AT TIME ZONE 'UTC'"


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
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        files: list[Path] = []
        if events is not None and cases is not None:
            _load(connection, events, findings.project.zone, sources)
            known = _known_cases(connection, cases)
            files.append(write_xes(folder / "log.xes", _events(connection), known, findings.project.zone))
            to = folder / "log.ocel.json"
            files.append(_write_ocel(connection, to, known, ties, decisions, objects or Objects()))
        if ledger is not None:
            files.append(_write_parquet(connection, folder / "ledger.parquet", ledger))
    return [*files, *write_bpmn_files(folder, findings, journeys or {}), *write_tables(folder, findings)]


def _write_ocel(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    known: dict[str, dict[str, Any]],
    ties: pa.Table | None,
    decisions: Collection[tuple[str, str]],
    objects: Objects,
) -> Path:
    dossiers = connection.sql(_DOSSIERS).fetchall()
    activities = [name for (name,) in connection.sql(_ACTIVITIES).fetchall()]
    things = list(things_of(connection, decisions))
    is_alone = {source for source, _, _ in dossiers} == set(objects.case_types) and len(objects.case_types) == 1
    numbers = {(source, number) for source, number, _ in dossiers}
    beside = Beside.of(objects.rows, objects.case_types, numbers, is_alone and not things)
    if beside.is_alone:
        shared = dict(connection.sql(_SHARED).fetchall())
        return write_as_it_came(path, _events(connection), known, dossiers, activities, beside, shared)
    return write_ocel(path, _events(connection), known, dossiers, activities, things, dossier_ties(ties), beside)


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


def _load(connection: duckdb.DuckDBPyConnection, events: Rows, zone: str, sources: Sequence[tuple[str, bool]]) -> None:
    """Sort once; both logs are then read from there in batches."""
    relation = _relation(connection, events)
    order = "case_id, position"
    if "position" not in relation.columns:
        local_date = "CAST(completed_at AT TIME ZONE $zone AS DATE)"
        slot = "if(precision = 'day', if(coalesce(goes_first, false), 0, 2), 1)"
        order = f"case_id, {local_date} NULLS LAST, {slot}, completed_at, place NULLS LAST, seq, event_id"
    relation.create_view("unsorted")
    parameters = {"zone": zone} if "$zone" in order else {}
    connection.execute("CREATE TABLE places (name VARCHAR, goes_first BOOLEAN, place INTEGER)")
    for place, (name, goes_first) in enumerate(sources):
        connection.execute("INSERT INTO places VALUES (?, ?, ?)", [name, goes_first, place])
    joined = "unsorted LEFT JOIN places ON unsorted.source = places.name"
    sort = f"CREATE TABLE log AS SELECT unsorted.* FROM {joined} ORDER BY {order}"  # noqa: S608
    connection.execute(sort, parameters)


def _known_cases(connection: duckdb.DuckDBPyConnection, cases: Rows) -> dict[str, dict[str, Any]]:
    """Merge the rows of a case; the first source that knows a value wins."""
    known: dict[str, dict[str, Any]] = {}
    relation = _relation(connection, cases)
    for case_id, *values in relation.project(_CASES).fetchall():
        merged = known.setdefault(case_id, {})
        for column, value in zip(_CASE_COLUMNS, values, strict=True):
            if merged.get(column) is None:
                merged[column] = value
    return known


def _events(connection: duckdb.DuckDBPyConnection) -> Iterator[dict[str, Any]]:
    cursor = connection.cursor().execute(_EVENTS)
    columns = [column[0] for column in cursor.description]
    while rows := cursor.fetchmany(10_000):
        for row in rows:
            yield dict(zip(columns, row, strict=True))


def _write_parquet(connection: duckdb.DuckDBPyConnection, path: Path, rows: Rows) -> Path:
    _relation(connection, rows).write_parquet(str(path), compression="zstd")
    return path
