"""Corrections: applied at the door, guarded by the wrong value, and told where they meet nothing."""

from __future__ import annotations

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
from tests.extraction import Extraction, read, read_csv, source

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


def test_the_check_names_a_correction_of_an_unknown_source(mapping: Path) -> None:
    (mapping / "corrections.yaml").write_text(CORRECTIONS.replace("source: log", "source: lag"))
    (problem,) = check(mapping)
    assert "there is no source 'lag'; did you mean 'log'?" in str(problem)
    with pytest.raises(MappingError, match=r"corrections\.yaml:3"):
        load_project(mapping)
