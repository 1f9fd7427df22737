"""Corrections: applied at the door, guarded by the wrong value, and told where they meet nothing."""

from __future__ import annotations

import gc
import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.request import RunRequest
from flows.run import run
from flows.store import EventStore
from mappings.check import check
from mappings.correction import Correction
from mappings.errors import MappingError, SourceError
from mappings.load import load_project
from mappings.source import Source
from tests.extraction import Extraction, read, read_csv, source
from tests.extracts import rows

LOG = "case,what,at\nZ1,begin,2026-01-04\nZ1,end,2016-01-03\nZ2,begin,2026-01-02\n"
TYPING = {"where": {"case": "Z1", "what": "end"}, "was": {"at": "2016-01-03"}, "set": {"at": "2026-01-03"}}


def correction(**parts: Any) -> Correction:
    told = {"source": "zaken", "reason": "typing error", "by": "administrator", "since": date(2026, 2, 1)}
    return Correction(**{**told, **(parts or TYPING)})


def sql_read(folder: Path, *rows: tuple[str, str, str], **parts: Any) -> Extraction:
    database = folder / "zaken.db"
    database.unlink(missing_ok=True)
    with closing(sqlite3.connect(database)) as con, con:
        con.execute('CREATE TABLE log ("case" TEXT, what TEXT, at TEXT)')
        con.executemany("INSERT INTO log VALUES (?, ?, ?)", rows)
    written = source(kind="sql", path=None, url=f"sqlite:///{database}", query="log", **parts)
    return read(folder, written)


def test_a_record_of_a_csv_is_corrected_before_it_is_mapped(tmp_path: Path) -> None:
    found = read_csv(tmp_path, LOG, corrections=(correction(),))
    assert {at.year for at in found.column("completed_at")} == {2026}
    assert found.facts.notes == {"corrected: typing error": 1}
    assert found.facts.corrections_unmet == ()


def test_a_record_of_a_database_is_corrected_before_it_is_mapped(tmp_path: Path) -> None:
    rows = [tuple(line.split(",")) for line in LOG.splitlines()[1:]]
    found = sql_read(tmp_path, *rows, corrections=(correction(),))
    assert {at.year for at in found.column("completed_at")} == {2026}


def test_a_dropped_record_is_counted_as_ignored(tmp_path: Path) -> None:
    dropped = correction(where={"case": "Z2"}, was={"what": "begin"}, drop=True)
    found = read_csv(tmp_path, LOG, corrections=(dropped,))
    assert found.column("case_id") == ["Z1", "Z1"]
    assert found.facts.ignored == {"dropped by a correction": 1}
    assert found.facts.read == 3


def test_a_mended_csv_stops_the_run_and_names_the_correction(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"typing error.*the source was mended; take that correction out") as caught:
        read_csv(tmp_path, LOG.replace("2016", "2026"), corrections=(correction(),))
    assert caught.value.where == "zaken.csv line 3"
    assert "2026-01-03" not in str(caught.value)  # what a record says is not for a message


def test_a_mended_database_stops_the_run(tmp_path: Path) -> None:
    rows = [tuple(line.split(",")) for line in LOG.replace("2016", "2026").splitlines()[1:]]
    with pytest.raises(SourceError, match="the source was mended"):
        sql_read(tmp_path, *rows, corrections=(correction(),))


def test_a_mended_object_centric_log_stops_the_run_and_nothing_else_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touched = [{"objectId": "Z1", "qualifier": ""}]
    event = {"id": "e1", "type": "begin", "time": "2026-01-04T00:00:00Z", "attributes": [], "relationships": touched}
    log = {"objects": [{"id": "Z1", "type": "zaak", "attributes": []}], "events": [event]}
    (tmp_path / "log.json").write_text(json.dumps(log))
    slip = correction(where={"ocel:eid": "e1"}, was={"ocel:activity": "end"}, drop=True)
    parts = {"name": "zaken", "kind": "ocel", "path": "log.json", "object_type": "zaak"}
    said: list[Any] = []
    monkeypatch.setattr("sys.unraisablehook", lambda told: said.append(type(told.exc_value)))
    with pytest.raises(SourceError, match="the source was mended"):
        read(tmp_path, Source.model_validate(parts).model_copy(update={"corrections": (slip,)}))
    gc.collect()
    assert sqlite3.ProgrammingError not in said


def test_a_correction_that_meets_nothing_is_told(tmp_path: Path) -> None:
    nowhere = correction(where={"case": "Z9"}, was={"what": "end"}, drop=True)
    assert read_csv(tmp_path, LOG, corrections=(nowhere,)).facts.corrections_unmet == ("typing error",)
    assert read_csv(tmp_path, LOG).facts.corrections_unmet is None


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        ({"where": {"case": "Z1"}, "was": {"at": "x"}}, "either 'set' or 'drop"),
        ({"where": {"case": "Z1"}, "was": {"at": "x"}, "set": {"what": "y"}}, "'was' must say"),
        ({"where": {"case": "Z1"}, "was": {"at": "x"}, "set": {"at": "x"}}, "are the same"),
        ({"where": {"case": "Z1"}, "was": {"case": "Z1"}, "drop": True}, "leave out of 'where'"),
        ({"where": {"case": 1.5}, "was": {"at": "x"}, "drop": True}, "between quotes"),
    ],
)
def test_a_correction_without_a_guard_is_refused(parts: dict[str, Any], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        correction(**parts)


CORRECTIONS = """
corrections:
- source: log
  where: {zaak: Z1, wat: einde}
  was: {klaar: "2016-01-03"}
  set: {klaar: "2026-01-03"}
  reason: typing error in the year
  by: administrator
  since: 2026-02-01
"""


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    folder = tmp_path / "mapping"
    (folder / "sources").mkdir(parents=True)
    (folder / "project.yaml").write_text("name: small\npurpose: test\nlegal_basis: none\n")
    (folder / "sources" / "log.yaml").write_text(
        "name: log\nkind: csv\npath: ../log.csv\ncolumns: {case: zaak, activity: wat, completed_at: klaar}\n"
    )
    (tmp_path / "log.csv").write_text("zaak,wat,klaar\nZ1,begin,2026-01-04\nZ1,einde,2016-01-03\nZ2,begin,2026-01-02\n")
    return folder


def mined(mapping: Path) -> tuple[Any, list[str]]:
    here = mapping.parent
    published = run(RunRequest(mapping, here / "out", here / "store", as_of=datetime(2026, 4, 1, tzinfo=UTC)))
    with duckdb.connect() as con:
        stored = EventStore(here / "store" / "small").sql("events")
        rows = con.sql(f"SELECT completed_at::DATE::VARCHAR FROM ({stored}) ORDER BY 1").fetchall()
    return published, [at for (at,) in rows]


def test_a_correction_replaces_what_the_store_had_of_the_wrong_record(mapping: Path) -> None:
    assert len(mined(mapping)[1]) == 3
    (mapping / "corrections.yaml").write_text(CORRECTIONS)
    for _ in range(2):
        published, days = mined(mapping)
        assert len(days) == 3
        assert not [day for day in days if day.startswith("2016")]
    (told,) = published.findings.run.readings
    assert told.notes == {"corrected: typing error in the year": 1}
    assert published.findings.reconciliation[0].holds


def test_a_correction_lets_an_event_stand_whose_own_id_begins_like_that_of_the_wrong_one(mapping: Path) -> None:
    log = mapping / "sources" / "log.yaml"
    log.write_text(log.read_text().replace("{case", "{event_id: nr, case"))
    told = "nr,zaak,wat,klaar\n2024,Z1,einde,2016-01-03\n"
    (mapping.parent / "log.csv").write_text(f"{told}2024-15,Z1,begin,2026-01-02\n")
    assert len(mined(mapping)[1]) == 2
    (mapping.parent / "log.csv").write_text(told)
    (mapping / "corrections.yaml").write_text(CORRECTIONS.replace('set: {klaar: "2026-01-03"}', "drop: true"))
    assert [day[:4] for day in mined(mapping)[1]] == ["2026"]


def test_a_correction_of_a_lifecycle_lets_the_event_of_another_case_stand_whose_id_begins_alike(tmp_path: Path) -> None:
    store, columns = EventStore(tmp_path / "store"), {"event_id": "nr", "lifecycle": "how"}
    told = "case,what,how,at,nr\nZ1,a,start,2026-01-04,2024\nZ1,b,complete,2026-01-05,2024\n"
    store.upsert(read_csv(tmp_path, f"{told}Z2,a,complete,2026-01-06,2024-15\n", columns=columns).facts)
    dropped = correction(where={"nr": "2024"}, was={"case": "Z1"}, drop=True)
    for _ in range(2):
        found = read_csv(tmp_path, f"{told}Z3,a,complete,2026-01-07,2030\n", columns=columns, corrections=(dropped,))
        store.upsert(found.facts)
        stored = duckdb.sql(f"SELECT event_id FROM ({store.sql('events')}) ORDER BY 1").fetchall()
        assert stored == [("zaken:2024-15",), ("zaken:2030",)]


def attempts_read(folder: Path, *corrections: Correction) -> Extraction:
    (folder / "forms.csv").write_text("id,at,until\nA1,2026-01-01 10:00,end\nA2,2026-01-02 10:00,start\n")
    columns = {"attempt": "id", "started_at": "at", "reached": "until"}
    parts = {"name": "zaken", "kind": "csv", "path": "forms.csv", "record": "attempts", "attempt": columns}
    return read(folder, Source.model_validate(parts).model_copy(update={"corrections": corrections}))


@pytest.mark.parametrize(
    ("becomes", "left"),
    [
        ({"where": {"id": "A2"}, "was": {"until": "start"}, "drop": True}, ["zaken:A1"]),
        ({"where": {"until": "start"}, "was": {"id": "A2"}, "set": {"id": "A3"}}, ["zaken:A1", "zaken:A3"]),
        ({"where": {"id": "A2"}, "was": {"until": "start"}, "set": {"until": "end"}}, ["zaken:A1", "zaken:A2"]),
    ],
)
def test_an_attempt_as_it_was_before_its_correction_leaves_the_store(
    tmp_path: Path, becomes: dict[str, Any], left: list[str]
) -> None:
    store = EventStore(tmp_path / "store")
    for corrections in ((), (correction(**becomes),), (correction(**becomes),)):
        store.upsert(attempts_read(tmp_path, *corrections).facts)
    assert [row[0] for row in rows(store, "attempts")] == left


def with_cases(folder: Path, *corrections: Correction) -> Extraction:
    database = folder / "zaken.db"
    database.unlink(missing_ok=True)
    with closing(sqlite3.connect(database)) as con, con:
        con.execute('CREATE TABLE log ("case" TEXT, what TEXT, at TEXT)')
        con.execute("INSERT INTO log VALUES ('Z1', 'begin', '2026-01-04')")
        con.execute('CREATE TABLE cases ("case" TEXT, closed TEXT)')
        con.execute("INSERT INTO cases VALUES ('Z1', '2062-01-08'), ('Z2', NULL)")
    parts: dict[str, Any] = {"kind": "sql", "path": None, "url": f"sqlite:///{database}", "query": "log"}
    return read(folder, source(**parts, cases_query="cases", case={"closed_at": "closed"}, corrections=corrections))


def test_a_correction_of_a_case_in_a_table_of_its_own_leaves_its_events_alone(tmp_path: Path) -> None:
    mended = correction(where={"case": "Z1"}, was={"closed": "2062-01-08"}, set={"closed": "2026-01-08"})
    found = with_cases(tmp_path, mended)
    assert found.cases["Z1"]["closed_at"].year == 2026
    assert found.facts.notes == {"corrected: typing error": 1}
    assert len(found.events) == 1


def test_a_case_without_events_whose_record_is_dropped_leaves_the_store(tmp_path: Path) -> None:
    store, dropped = EventStore(tmp_path / "store"), correction(where={"case": "Z2"}, was={"closed": None}, drop=True)
    store.upsert(with_cases(tmp_path).facts)
    assert [row[0] for row in rows(store, "cases")] == ["Z1", "Z2"]
    store.upsert(with_cases(tmp_path, dropped).facts)
    assert [row[0] for row in rows(store, "cases")] == ["Z1"]


@pytest.mark.parametrize("chain", [None, "ref"])
def test_a_case_that_a_dropped_record_of_an_ignored_label_alone_told_of_leaves_the_store(
    tmp_path: Path, chain: str | None
) -> None:
    log = "case,what,at,ref\nZ1,begin,2026-01-04,\nT1,note,2026-01-05,K1\nT2,note,2026-01-05,\n"
    dropped = [correction(where={"case": case}, was={"what": "note"}, drop=True) for case in ("T1", "T2")]
    store, parts = EventStore(tmp_path / "store"), {"columns": {"chain_case": chain}, "ignored": ("note",)}
    store.upsert(read_csv(tmp_path, log, **parts).facts)
    assert len(rows(store, "cases")) == 3
    store.upsert(read_csv(tmp_path, log, **parts, corrections=tuple(dropped)).facts)
    assert [row[0] for row in rows(store, "cases")] == ["zaken:Z1" if chain else "Z1"]


def test_a_column_that_a_correction_names_and_no_record_has_is_told(tmp_path: Path) -> None:
    slip = correction(where={"case": "Z2"}, was={"wat": "begin"}, drop=True)
    with pytest.raises(SourceError, match=r"has no column 'wat' \(did you mean 'what'\?\)"):
        read_csv(tmp_path, LOG, corrections=(slip,))


@pytest.mark.parametrize("columns", [{}, {"event_id": "nr"}])
def test_a_corrected_event_outside_the_interval_is_not_lost(tmp_path: Path, columns: dict[str, str]) -> None:
    log = "nr,case,what,at\n1,Z1,begin,2026-01-04\n2,Z1,end,2026-02-03\n"
    store, named = (
        EventStore(tmp_path / "store"),
        correction(where={"nr": "1"}, was={"what": "begin"}, set={"what": "x"}),
    )
    store.upsert(read_csv(tmp_path, log, columns=columns).facts)
    found: list[list[str]] = []
    for month in (2, 1):
        interval = (datetime(2026, month, 1, tzinfo=UTC), datetime(2026, month + 1, 1, tzinfo=UTC))
        extracted = read_csv(tmp_path, log, columns=columns, corrections=(named,), interval=interval)
        store.upsert(extracted.facts)
        found.append(sorted(row[4] for row in rows(store)))
    assert found == [["begin", "end"], ["end", "x"]]


def test_the_check_names_a_correction_of_an_unknown_source(mapping: Path) -> None:
    (mapping / "corrections.yaml").write_text(CORRECTIONS.replace("source: log", "source: lag"))
    (problem,) = check(mapping)
    assert "there is no source 'lag'; did you mean 'log'?" in str(problem)
    with pytest.raises(MappingError, match=r"corrections\.yaml:3"):
        load_project(mapping)
