"""Each kind of source gives the same records, from files, patterns, URLs, gzip and zip."""

from __future__ import annotations

import gzip
import json
import sqlite3
import zipfile
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import fsspec
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from flows.sources import records
from mappings.errors import SourceError
from tests.extraction import Extraction, read, read_csv, source, utc

CSV = "case,what,at\nZ1,intake,2024-01-05 09:00\nZ2,besluit,2024-01-06 10:00\n"
ROWS = [("Z1", "intake", utc("2024-01-05 08:00")), ("Z2", "besluit", utc("2024-01-06 09:00"))]


def rows(extraction: Extraction) -> list[tuple[Any, ...]]:
    return [(e["case_id"], e["activity"], e["completed_at"]) for e in extraction.events]


def test_csv(tmp_path: Path) -> None:
    assert rows(read_csv(tmp_path, CSV)) == ROWS


def test_csv_with_another_delimiter(tmp_path: Path) -> None:
    assert rows(read_csv(tmp_path, CSV.replace(",", ";"), delimiter=";")) == ROWS


@pytest.mark.parametrize("delimiter", ["\t", "|", " "])
def test_csv_with_a_delimiter_that_could_be_taken_for_a_blank(tmp_path: Path, delimiter: str) -> None:
    text = CSV.replace(" ", "T").replace(",", delimiter)
    assert rows(read_csv(tmp_path, text, delimiter=delimiter)) == ROWS


@pytest.mark.parametrize("delimiter", [";;", "", '"', "\n", "§"])
def test_a_delimiter_that_is_no_single_sign_is_refused_by_the_mapping(delimiter: str) -> None:
    with pytest.raises(ValidationError, match="is not a delimiter; write one sign"):
        source(delimiter=delimiter)


def test_blanks_around_a_columns_name_are_no_part_of_it(tmp_path: Path) -> None:
    header, _, records = CSV.partition("\n")
    spaced = " , ".join(header.split(",")) + " \n" + records
    assert rows(read_csv(tmp_path, spaced)) == ROWS
    book = openpyxl.Workbook()
    book.active.title = "Zaken "
    for line in spaced.splitlines():
        book.active.append(line.split(","))
    book.save(tmp_path / "zaken.xlsx")
    assert rows(read(tmp_path, source(kind="xlsx", path="zaken.xlsx", sheet="Zaken "))) == ROWS
    table = pa.table(
        {
            name: [line.split(",")[n] for line in records.splitlines()]
            for n, name in enumerate(spaced.partition("\n")[0].split(","))
        }
    )
    pq.write_table(table, tmp_path / "zaken.parquet")
    assert rows(read(tmp_path, source(kind="parquet", path="zaken.parquet"))) == ROWS


def test_xlsx_with_dates_numbers_and_an_empty_row(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (
        [None],
        ["case", "what", "at"],
        [1001, "intake", datetime(2024, 1, 5, 9)],
        [None],
        ["Z2", "besluit", date(2024, 1, 6)],
    ):
        book.active.append(row)
    book.save(tmp_path / "zaken.xlsx")
    extraction = read(
        tmp_path, source(kind="xlsx", path="zaken.xlsx", columns={"completed_at": {"column": "at", "format": "excel"}})
    )
    assert rows(extraction)[0] == ("1001", "intake", utc("2024-01-05 08:00"))
    assert extraction.facts.read == 2


def test_a_date_in_a_workbook_stays_a_date(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["case", "what", "at"], ["Z1", "intake", date(2024, 1, 5)], ["Z1", "besluit", datetime(2024, 1, 6)]):
        book.active.append(row)
    book.active.append(["Z2", "intake", date(2024, 1, 7)])
    book.active["C4"].number_format = "[$-413]d mmmm yyyy;@"
    book.save(tmp_path / "zaken.xlsx")
    extraction = read(tmp_path, source(kind="xlsx", path="zaken.xlsx"))
    assert extraction.column("precision") == ["day", "second", "day"]


def test_an_error_in_a_cell_of_a_workbook_is_no_value(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    at = datetime(2024, 1, 5, 9, 0)
    for row in (["case", "what", "at"], ["Z1", "a", at], ["#N/A", "a", at], ["#N/A", "b", at], ["Z1", "#REF!", at]):
        book.active.append(row)
    book.save(tmp_path / "zaken.xlsx")
    found = read(tmp_path, source(kind="xlsx", path="zaken.xlsx"))
    assert list(found.cases) == ["Z1"]
    assert found.facts.quarantined == {"case_missing": 2, "activity_missing": 1}


def test_what_is_no_number_is_no_value(tmp_path: Path) -> None:
    at = pa.array([datetime(2024, 1, 5, 9, 0)] * 3)
    numbers = pa.array([1.0, float("nan"), float("nan")])
    pq.write_table(pa.table({"case": numbers, "what": ["a", "a", "b"], "at": at}), tmp_path / "zaken.parquet")
    found = read(tmp_path, source(kind="parquet", path="zaken.parquet"))
    assert list(found.cases) == ["1"]
    assert found.facts.quarantined == {"case_missing": 2}


def test_parquet_with_typed_columns(tmp_path: Path) -> None:
    at = pa.array(
        [datetime(2024, 1, 5, 8, tzinfo=UTC), datetime(2024, 1, 6, 9, tzinfo=UTC)],
        pa.timestamp("ms", tz="Europe/Amsterdam"),
    )
    table = pa.table(
        {
            "case": pa.array(["Z1", "Z2"]).dictionary_encode(),
            "what": ["intake", "besluit"],
            "at": at,
            "n": [1.0, None],
            "l": [[1], None],
        }
    )
    pq.write_table(table, tmp_path / "zaken.parquet")
    extraction = read(tmp_path, source(kind="parquet", path="zaken.parquet", keep=("n", "l")))
    assert rows(extraction) == ROWS
    assert extraction.column("attributes") == ['{"n": "1", "l": "[1]"}', None]


def test_xes_with_attributes_of_the_trace(tmp_path: Path) -> None:
    xes = """<?xml version="1.0"?><log xmlns="http://www.xes-standard.org/"><string key="x" value="y"/>
    <trace><string key="concept:name" value="Z1"/><string key="wijk" value="Zuid"/>
      <event><string key="concept:name" value="intake"><string key="nested" value="no"/></string>
        <date key="time:timestamp" value="2024-01-05T09:00:00+01:00"/></event></trace>
    <trace><string key="concept:name" value="Z2"/>
      <event><string key="concept:name" value="besluit"/>
        <date key="time:timestamp" value="2024-01-06T09:00:00Z"/></event>
      <event><string key="concept:name" value="besluit"/>
        <date key="time:timestamp" value="2024-01-06T09:00:00Z"/></event>
    </trace></log>"""
    (tmp_path / "log.xes.gz").write_bytes(gzip.compress(xes.encode()))
    columns = {"case": "case:concept:name", "activity": "concept:name", "completed_at": "time:timestamp"}
    written = source(kind="xes", path="log.xes.gz", columns=columns, case={"segments": {"district": "case:wijk"}})
    extraction = read(tmp_path, written)
    # a trace is a sequence: two alike events are two events
    assert rows(extraction) == [*ROWS, ROWS[1]]
    assert len(set(extraction.column("event_id"))) == 3
    assert extraction.cases["Z1"]["segments"] == '{"district": "Zuid"}'
    assert extraction.cases["Z2"]["segments"] is None


def ocel(folder: Path) -> Path:
    log = {
        "objects": [
            {
                "id": "Z1",
                "type": "zaak",
                "attributes": [
                    {"name": "wijk", "time": "2024", "value": "Zuid"},
                    {"name": "wijk", "time": "2023", "value": "Oost"},
                ],
            },
            {"id": "Z2", "type": "zaak"},
            {"id": "B1", "type": "besluit"},
        ],
        "events": [
            {
                "id": "e1",
                "type": "intake",
                "time": "2024-01-05T08:00:00Z",
                "relationships": [{"objectId": "Z1", "qualifier": "of"}, {"objectId": "Z2", "qualifier": "of"}],
            },
            {
                "id": "e2",
                "type": "publish",
                "time": "2024-01-06T08:00:00Z",
                "relationships": [{"objectId": "B1", "qualifier": "of"}],
            },
        ],
    }
    path = folder / "log.jsonocel"
    path.write_text(json.dumps(log))
    return path


def test_ocel_gives_a_row_for_each_case_that_an_event_touches(tmp_path: Path) -> None:
    ocel(tmp_path)
    written = source(kind="ocel", path="log.jsonocel", object_type="zaak", case={"segments": {"district": "case:wijk"}})
    extraction = read(tmp_path, written.model_copy(update={"columns": None}))
    assert extraction.column("event_id") == ["zaken:e1@Z1", "zaken:e1@Z2"]
    assert extraction.facts.ignored == {"no object of the case's type": 1}
    assert extraction.cases["Z1"]["segments"] == '{"district": "Zuid"}'


def test_ocel_without_the_type_names_the_types(tmp_path: Path) -> None:
    ocel(tmp_path)
    with pytest.raises(SourceError, match="'besluit', 'zaak'"):
        read(tmp_path, source(kind="ocel", path="log.jsonocel", object_type="dossier"))


def database(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "zaken.sqlite")) as connection, connection:
        connection.execute('CREATE TABLE "de taken" (case_id INTEGER, what TEXT, at TEXT)')
        connection.execute("CREATE TABLE taken AS SELECT 1 AS nr, 'intake' AS what, '2024-01-05 09:00' AS at")
        connection.execute("CREATE TABLE zaken AS SELECT 1 AS nr, 'Zuid' AS wijk, '2024-01-01' AS ontvangen")
        connection.execute("INSERT INTO zaken VALUES (2, 'West', '2024-01-02')")
    connection.close()


def sql(query: str, **parts: Any) -> Any:
    plain = {"kind": "sql", "path": None, "url": "sqlite:///zaken.sqlite", "query": query, "columns": {"case": "nr"}}
    return source(**{**plain, **parts})


@pytest.mark.parametrize(
    "query", ["taken", "SELECT nr, what, at FROM taken", " with t as (select * from taken) select * from t"]
)
def test_sql_by_table_or_query(tmp_path: Path, query: str) -> None:
    database(tmp_path)
    assert rows(read(tmp_path, sql(query))) == [("1", "intake", utc("2024-01-05 08:00"))]


def test_sql_with_a_table_of_cases(tmp_path: Path) -> None:
    database(tmp_path)
    case = {"case": "nr", "received_at": "ontvangen", "segments": {"district": "wijk"}}
    extraction = read(tmp_path, sql("taken", cases_query="zaken", case=case))
    assert {k: v["segments"] for k, v in extraction.cases.items()} == {
        "1": '{"district": "Zuid"}',
        "2": '{"district": "West"}',
    }
    assert extraction.facts.read == 1


def test_sql_reads_and_never_writes(tmp_path: Path) -> None:
    database(tmp_path)
    for query in ("DELETE FROM taken", "taken; DROP TABLE taken", "WITH x AS (SELECT 1) DELETE FROM taken"):
        with pytest.raises(SourceError):
            read(tmp_path, sql(query))
    assert len(read(tmp_path, sql("taken")).events) == 1


def test_sql_names_tables_that_there_are_and_makes_no_database(tmp_path: Path) -> None:
    database(tmp_path)
    with pytest.raises(SourceError, match=r"did you mean 'taken'\?"):
        read(tmp_path, sql("takn"))
    with pytest.raises(SourceError, match="no such database"):
        read(tmp_path, sql("taken", url="sqlite:///zaak.sqlite"))
    assert not (tmp_path / "zaak.sqlite").exists()


def test_a_password_is_in_no_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as raised:
        read(tmp_path, sql("taken", url="postgresql+psycopg://me:geheim@127.0.0.1:1/db?connect_timeout=1"))
    assert "geheim" not in f"{raised.value}{raised.value.__cause__}{raised.value.__context__ and ''}"


def test_gzip_zip_pattern_url_and_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(CSV.encode()))
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("in/zaken.csv", CSV)
    (tmp_path / "c 1.csv").write_text(CSV)
    with fsspec.open("memory://zaken/d.csv", "wt") as out:
        out.write(CSV)
    monkeypatch.setenv("WHERE", str(tmp_path))
    paths = [
        "a.csv.gz",
        "b.zip",
        "c*.csv",
        "c 1.csv",
        "memory://zaken/d.csv",
        "${WHERE}/a.csv.gz",
        "${NOT_SET:-c 1.csv}",
    ]
    paths += [(tmp_path / "c 1.csv").as_uri().replace("%20", " "), f"zip://in/zaken.csv::{tmp_path / 'b.zip'}"]
    for path in paths:
        assert rows(read(tmp_path, source(path=path))) == ROWS, path


def test_overlapping_exports_are_known_and_a_later_file_corrects_an_earlier_one(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("case,what,at,id\nZ1,a,2024-01-05,1\nZ1,b,2024-01-06,2\n")
    (tmp_path / "2.csv").write_text("case,what,at,id\nZ1,b,2024-01-06,2\nZ1,A,2024-01-05,1\n")
    extraction = read(tmp_path, source(path="?.csv", columns={"event_id": "id"}))
    assert sorted(extraction.column("activity")) == ["A", "b"]
    assert (extraction.facts.known, extraction.facts.replaced) == (1, 1)


def test_a_file_is_read_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "BATCH_ROWS", 7)
    monkeypatch.setattr("flows.sources.delimited.BATCH_ROWS", 7)
    monkeypatch.setattr("flows.sources.delimited.BLOCK_BYTES", 1000)
    lines = [f"Z{n},{'a' if n % 3 else 'x' * 30},2024-01-05" for n in range(500)]
    extraction = read_csv(tmp_path, "case,what,at\n" + "\n".join(lines) + "\n1,2\n" + "Z9,b,wrong")
    assert (extraction.facts.read, len(extraction.events)) == (502, 500)
    assert [row["record"] for row in extraction.quarantine] == ["zaken.csv line 502", "zaken.csv line 503"]
    assert [e["seq"] for e in extraction.events] == sorted(e["seq"] for e in extraction.events)


def xes_of(*traces: str) -> str:
    """Return a log of traces, each told as 'case received closed: event event …', with a dash for what is not told."""
    return f"<log>{''.join(map(trace_of, traces))}</log>"


def trace_of(text: str) -> str:
    told, _, events = text.partition(": ")
    case, received, closed = (f'value="{value}"' for value in told.split())
    ends = f'<date key="in" {received}/><date key="out" {closed}/>'.replace('value="-"', 'value=""')
    listed = (
        f'<string key="what" value="a"/><date key="at" value="2024-01-05"/><id key="id" value="{n}"/>'
        for n in events.split()
    )
    return f'<trace><string key="case" {case}/>{ends}{"".join(f"<event>{one}</event>" for one in listed)}</trace>'


XES_COLUMNS = {"case": "case:case", "event_id": "id"}
XES_CASE = {"received_at": "case:in", "closed_at": "case:out"}


def test_a_trace_without_events_is_a_case_where_it_tells_receipt_or_end(tmp_path: Path) -> None:
    (tmp_path / "a.xes").write_text(xes_of("Z1 2024-01-01 -: 1", "Z2 2024-01-02 -: ", "Z3 - -: "))
    extraction = read(tmp_path, source(kind="xes", path="a.xes", columns=XES_COLUMNS, case=XES_CASE))
    assert {case: row["received_at"].day for case, row in extraction.cases.items()} == {"Z1": 31, "Z2": 1}
    assert extraction.facts.read == 1
    assert extraction.facts.notes["traces without events"] == 2


def test_what_a_replaced_record_said_of_its_case_goes_also_behind_traces_without_events(tmp_path: Path) -> None:
    traces = {"a": ["Z0 2024-01-01 -: "], "b": ["Z1 - 2024-02-01: 1", "Z2 - 2024-02-02: 2"], "c": ["Z1 - -: 1"]}
    for name, told in traces.items():
        (tmp_path / f"{name}.xes").write_text(xes_of(*told))
    extraction = read(tmp_path, source(kind="xes", path="*.xes", columns=XES_COLUMNS, case=XES_CASE))
    assert {case for case, row in extraction.cases.items() if row["received_at"]} == {"Z0"}
    assert {case for case, row in extraction.cases.items() if row["closed_at"]} == {"Z2"}
