"""Only what a mapping lists is kept: markers in every other field are in no byte of what a run leaves behind."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from flows.recorded import recorded
from flows.request import RunRequest
from flows.run import extract_all, keep, prepare, run, work_folder
from mappings.errors import QualityStop
from tests.test_forget import naming

MARKERS = {
    "bsn": "111222333",
    "mail": "annie.planted@example.nl",
    "telephone": "06-12345678",
    "iban": "NL91ABNA0417164300",
    "naam": "Plantedname",
    "toelichting": "plantedfreetext about the neighbour",
}
PLAIN = [
    {"zaak": f"Z-{n}", "wat": what, "klaar": f"2026-01-{day:02}T10:00:00Z"}
    for n in range(1, 16)
    for what, day in (("begin", n), ("einde", n + 9))
]
ROWS = [row | MARKERS for row in PLAIN]


def _csv(folder: Path) -> str:
    lines = [",".join(ROWS[0]), *(",".join(row.values()) for row in ROWS)]
    (folder / "log.csv").write_text("\n".join(lines) + "\n")
    return "path: ../log.csv"


def _xlsx(folder: Path) -> str:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (list(ROWS[0]), *(list(row.values()) for row in ROWS)):
        sheet.append(row)
    book.save(folder / "log.xlsx")
    return "path: ../log.xlsx"


def _parquet(folder: Path) -> str:
    pq.write_table(pa.Table.from_pylist(ROWS), folder / "log.parquet")
    return "path: ../log.parquet"


def _sql(folder: Path) -> str:
    with closing(sqlite3.connect(folder / "log.db")) as con, con:
        con.execute(f"CREATE TABLE log ({', '.join(ROWS[0])})")
        con.executemany(f"INSERT INTO log VALUES ({', '.join('?' * len(ROWS[0]))})", [tuple(r.values()) for r in ROWS])
    return f"url: sqlite:///{folder / 'log.db'}\nquery: log"


def _xes(folder: Path) -> str:
    traces = {}
    for row in ROWS:
        traces.setdefault(row["zaak"], []).append(row)

    def event(row: dict[str, str]) -> str:
        extra = "".join(f"<string key={quoteattr(k)} value={quoteattr(v)}/>" for k, v in row.items() if k in MARKERS)
        named = f'<string key="concept:name" value="{row["wat"]}"/><date key="time:timestamp" value="{row["klaar"]}"/>'
        return f"<event>{named}{extra}</event>"

    body = "".join(
        f'<trace><string key="concept:name" value="{case}"/><string key="naam" value="Plantedname"/>'
        + "".join(map(event, rows))
        + "</trace>"
        for case, rows in traces.items()
    )
    (folder / "log.xes").write_text(f'<?xml version="1.0"?><log xes.version="1.0">{body}</log>')
    return "path: ../log.xes"


def _ocel(folder: Path) -> str:
    attributes = [{"name": name, "type": "string"} for name in MARKERS]
    values = [{"name": name, "value": value} for name, value in MARKERS.items()]
    document = {
        "objectTypes": [{"name": "zaak", "attributes": attributes}],
        "eventTypes": [{"name": what, "attributes": attributes} for what in ("begin", "einde")],
        "objects": [
            {
                "id": case,
                "type": "zaak",
                "attributes": [v | {"time": "1970-01-01T00:00:00Z"} for v in values],
                "relationships": [],
            }
            for case in dict.fromkeys(row["zaak"] for row in PLAIN)
        ],
        "events": [
            {
                "id": f"e{n}",
                "type": row["wat"],
                "time": row["klaar"],
                "attributes": values,
                "relationships": [{"objectId": row["zaak"], "qualifier": "of"}],
            }
            for n, row in enumerate(PLAIN)
        ],
    }
    (folder / "log.json").write_text(json.dumps(document))
    return "path: ../log.json\nobject_type: zaak"


KINDS: dict[str, Callable[[Path], str]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "parquet": _parquet,
    "sql": _sql,
    "xes": _xes,
    "ocel": _ocel,
}
PLAIN_COLUMNS = "columns: {case: zaak, activity: wat, completed_at: klaar}"
COLUMNS = {
    "xes": 'columns: {case: "case:concept:name", activity: "concept:name", completed_at: "time:timestamp"}',
    "ocel": "",
}


def mapped(folder: Path, kind: str, more: str = "") -> Path:
    mapping = folder / "mapping"
    (mapping / "sources").mkdir(parents=True)
    (mapping / "project.yaml").write_text("name: small\npurpose: test\nlegal_basis: none\n")
    told = f"name: log\nkind: {kind}\n{KINDS[kind](folder)}\n{COLUMNS.get(kind, PLAIN_COLUMNS)}\n{more}\n"
    (mapping / "sources" / "log.yaml").write_text(told)
    return mapping


def asked(mapping: Path) -> RunRequest:
    here = mapping.parent
    return RunRequest(mapping, here / "out", here / "store", as_of=datetime(2026, 4, 1, tzinfo=UTC))


def filled(mapping: Path) -> None:
    prepared = prepare(asked(mapping))
    with recorded(prepared) as registry, work_folder(prepared) as work:
        keep(prepared, extract_all(prepared, work, lambda what: None), registry)


@pytest.mark.parametrize("kind", list(KINDS))
def test_what_is_not_listed_is_in_no_byte_of_the_store(tmp_path: Path, kind: str) -> None:
    filled(mapped(tmp_path, kind))
    assert naming(tmp_path / "store", "Z-3")
    assert naming(tmp_path / "store", *MARKERS.values()) == []


def test_what_is_not_listed_is_in_no_byte_of_a_publication(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    run(asked(mapped(tmp_path, "csv")))
    assert naming(tmp_path / "out", "Z-3")
    assert naming(tmp_path / "out", *MARKERS.values()) == []
    said = caplog.text + "".join(capfd.readouterr())
    assert not [value for value in MARKERS.values() if value in said]


@pytest.mark.parametrize("column", ["bsn", "mail", "telephone", "iban"])
@pytest.mark.parametrize("place", ["keep: [{}]", "case: {{segments: {{x: {}}}}}", "case: {{related: {}}}"])
def test_personal_data_in_a_listed_column_stops_before_the_store(tmp_path: Path, column: str, place: str) -> None:
    mapping = mapped(tmp_path, "csv", place.format(column))
    with pytest.raises(QualityStop, match="nothing was stored") as caught:
        filled(mapping)
    assert MARKERS[column] not in str(caught.value)
    assert naming(tmp_path / "store", *MARKERS.values()) == []


def test_personal_data_in_a_record_that_is_set_aside_stops_too(tmp_path: Path) -> None:
    mapping = mapped(tmp_path, "csv")
    with (tmp_path / "log.csv").open("a") as log:
        log.write("Z-99,einde,annie.planted@example.nl,,,,,,\n")
    with pytest.raises(QualityStop, match=r"set aside.klaar: e-mail"):
        filled(mapping)
    assert naming(tmp_path / "store", "annie.planted") == []


def test_personal_data_under_pseudonymise_is_kept_as_a_pseudonym_alone(tmp_path: Path) -> None:
    filled(mapped(tmp_path, "csv", "keep: [bsn, mail]\npseudonymise: [bsn, mail]"))
    assert naming(tmp_path / "store", *MARKERS.values()) == []
