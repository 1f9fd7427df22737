"""OCEL 2.0 in SQLite: read in the order of its events, whether or not its tables have an index."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mappings.errors import SourceError
from tests.extraction import Extraction, read, source

TABLES = """
CREATE TABLE event (ocel_id TEXT {key}, ocel_type TEXT);
CREATE TABLE object (ocel_id TEXT {key}, ocel_type TEXT);
CREATE TABLE event_object (ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT);
CREATE TABLE event_map_type (ocel_type TEXT, ocel_type_map TEXT);
CREATE TABLE object_map_type (ocel_type TEXT, ocel_type_map TEXT);
CREATE TABLE "event_in take" (ocel_id TEXT, ocel_time TEXT, place TEXT);
CREATE TABLE event_decide (ocel_id TEXT, ocel_time TEXT);
CREATE TABLE object_zaak (ocel_id TEXT, ocel_time TEXT, ocel_changed_field TEXT, wijk TEXT, own_id BLOB);
CREATE TABLE object_besluit (ocel_id TEXT, ocel_time TEXT);
INSERT INTO event_map_type VALUES ('intake', 'in take'), ('besluit', 'decide');
INSERT INTO object_map_type VALUES ('zaak', 'zaak'), ('besluit', 'besluit');
INSERT INTO event VALUES ('e9', 'besluit'), ('e1', 'intake'), ('e5', 'besluit'), ('e2', 'intake');
INSERT INTO "event_in take" VALUES ('e2', '2024-01-07', 'balie'), ('e1', '2024-01-05', NULL);
INSERT INTO event_decide VALUES ('e5', '2024-01-06'), ('e9', '2024-01-08');
INSERT INTO object VALUES ('Z2', 'zaak'), ('Z1', 'zaak'), ('B1', 'besluit');
INSERT INTO object_zaak VALUES ('Z1', '2024', 'wijk', 'Zuid', NULL), ('Z1', '2023', NULL, 'Oost', x'00ff');
INSERT INTO event_object VALUES ('e2', 'Z1', 'of'), ('e1', 'Z1', 'of'), ('e1', 'Z2', 'of'), ('e9', 'Z2', 'of'),
  ('e5', 'B1', 'of'), ('e7', 'Z1', 'of');
"""


def log(folder: Path, key: str = "", more: str = "") -> Extraction:
    with closing(sqlite3.connect(folder / "log.sqlite")) as connection, connection:
        connection.executescript(TABLES.format(key=key) + more)
    connection.close()
    parts: dict[str, Any] = {"case": {"segments": {"district": "case:wijk", "own": "case:own_id"}}}
    written = source(kind="ocel", path="log.sqlite", object_type="zaak", keep=("place",), **parts)
    return read(folder, written.model_copy(update={"columns": None}))


@pytest.mark.parametrize("key", ["", "PRIMARY KEY"])
def test_events_come_in_the_order_of_the_log_with_what_they_touch(tmp_path: Path, key: str) -> None:
    extraction = log(tmp_path, key)
    assert extraction.column("event_id") == ["zaken:e9@Z2", "zaken:e1@Z1", "zaken:e1@Z2", "zaken:e2@Z1"]
    assert extraction.column("activity") == ["besluit", "intake", "intake", "intake"]
    assert extraction.column("attributes") == [None, None, None, '{"place": "balie"}']
    assert extraction.facts.ignored == {"no object of the case's type": 1}


def test_an_object_counts_as_it_stands_last(tmp_path: Path) -> None:
    cases = log(tmp_path).cases
    assert cases["Z1"]["segments"] == '{"district": "Zuid", "own": "00ff"}'
    assert cases["Z2"]["segments"] is None


def test_events_of_a_type_without_a_table_are_refused_and_not_left_out(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="events of type 'bezwaar'"):
        log(tmp_path, more="INSERT INTO event VALUES ('e10', 'bezwaar');")


def test_a_table_without_times_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="not OCEL 2"):
        log(tmp_path, more="ALTER TABLE event_decide RENAME ocel_time TO at;")


def test_ids_that_one_table_holds_as_numbers_and_another_as_text_are_the_same(tmp_path: Path) -> None:
    more = """
        DROP TABLE object_zaak; CREATE TABLE object_zaak (ocel_id INTEGER, ocel_time TEXT, wijk TEXT, own_id TEXT);
        INSERT INTO object VALUES ('77', 'zaak'); INSERT INTO object_zaak VALUES (77, '2024', 'Noord', 'x');
        INSERT INTO event_object VALUES ('e5', 77, 'of');
    """
    assert log(tmp_path, more=more).cases["77"]["segments"] == '{"district": "Noord", "own": "x"}'
