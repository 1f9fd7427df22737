"""Log files of any size in every form that is read, written row by row.

Eight events a case; every event has a note of its own and every case a street of its own, so that no text
repeats: the worst case for whatever keeps texts.
"""

from __future__ import annotations

import csv
import gzip
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from mappings.source import EventColumns, Source

EVENTS_A_CASE = 8
PADDING = ""
"""Put behind every note and street."""
COLUMNS = ("id", "case", "what", "at", "note")
_FIRST = datetime(2024, 1, 1, tzinfo=UTC)
_TABLE = 'CREATE TABLE log (id TEXT, "case" TEXT, what TEXT, at TEXT, note TEXT)'


def rows(count: int) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield the events of a log: own id, case, activity, moment, note."""
    for number in range(count):
        case, step = divmod(number, EVENTS_A_CASE)
        at = (_FIRST + timedelta(minutes=7 * case + 60 * step)).isoformat()
        yield (
            f"e{number}",
            f"zaak-{case}",
            f"stap {step}",
            at,
            f"een aantekening bij gebeurtenis {number:012d}{PADDING}",
        )


def cases(count: int) -> Iterator[tuple[str, str]]:
    """Yield the cases of a log of `count` events: id and street."""
    for case in range(-(-count // EVENTS_A_CASE)):
        yield f"zaak-{case}", f"de straat van zaak {case:012d}{PADDING}"


def _csv(path: Path, count: int) -> None:
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        writer.writerows(rows(count))


def _xlsx(path: Path, count: int) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, COLUMNS)
        for number, row in enumerate(rows(count), start=1):
            sheet.write_row(number, 0, row)


def _parquet(path: Path, count: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    # one row group, as some programs write whatever the size
    table = pa.table({name: list(values) for name, values in zip(COLUMNS, zip(*rows(count), strict=True), strict=True)})
    pq.write_table(table, path, row_group_size=count)


def _sql(path: Path, count: int) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(_TABLE)
        connection.executemany("INSERT INTO log VALUES (?, ?, ?, ?, ?)", rows(count))


def _xes(path: Path, count: int) -> None:
    with path.open("w") as out:
        _write_xes(out, count)


def _xes_gz(path: Path, count: int) -> None:
    with gzip.open(path, "wt", compresslevel=1) as out:
        _write_xes(out, count)


def _write_xes(out: Any, count: int) -> None:
    out.write('<?xml version="1.0"?><log xmlns="http://www.xes-standard.org/">')
    last = None
    for own, case, what, at, note in rows(count):
        if case != last:
            out.write(f'{"</trace>" if last else ""}<trace><string key="concept:name" value="{case}"/>')
            last = case
        out.write(
            f'<event><string key="id" value="{own}"/><string key="concept:name" value="{what}"/>'
            f'<date key="time:timestamp" value="{at}"/><string key="note" value="{note}"/></event>'
        )
    out.write("</trace></log>")


def _ocel_json(path: Path, count: int) -> None:
    with path.open("w") as out:
        out.write('{"objectTypes": [{"name": "zaak"}], "eventTypes": [], "objects": [')
        _separated(out, (_json_object(*case) for case in cases(count)))
        out.write('], "events": [')
        _separated(out, (_json_event(*row) for row in rows(count)))
        out.write("]}")


def _separated(out: IO[str], items: Iterator[dict[str, Any]]) -> None:
    for number, item in enumerate(items):
        out.write(("," if number else "") + json.dumps(item))


def _json_object(case: str, street: str) -> dict[str, Any]:
    return {"id": case, "type": "zaak", "attributes": [{"name": "street", "time": "2024", "value": street}]}


def _json_event(own: str, case: str, what: str, at: str, note: str) -> dict[str, Any]:
    related = [{"objectId": case, "qualifier": "of"}]
    attributes = [{"name": "note", "value": note}]
    return {"id": own, "type": what, "time": at, "attributes": attributes, "relationships": related}


def _ocel_xml(path: Path, count: int) -> None:
    with path.open("w") as out:
        out.write('<log><object-types><object-type name="zaak"/></object-types><objects>')
        for case, street in cases(count):
            attribute = f'<attributes><attribute name="street" time="2024">{street}</attribute></attributes>'
            out.write(f'<object id="{case}" type="zaak">{attribute}</object>')
        out.write("</objects><events>")
        for own, case, what, at, note in rows(count):
            inside = f'<attributes><attribute name="note">{note}</attribute></attributes>'
            inside += f'<objects><relationship object-id="{case}" qualifier="of"/></objects>'
            out.write(f'<event id="{own}" type="{what}" time="{at}">{inside}</event>')
        out.write("</events></log>")


def _ocel_sqlite(path: Path, count: int) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        # without an index, as pm4py writes them
        connection.executescript("""
            CREATE TABLE event (ocel_id TEXT, ocel_type TEXT); CREATE TABLE object (ocel_id TEXT, ocel_type TEXT);
            CREATE TABLE event_object (ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT);
            CREATE TABLE event_map_type (ocel_type TEXT, ocel_type_map TEXT);
            CREATE TABLE object_map_type (ocel_type TEXT, ocel_type_map TEXT);
            CREATE TABLE object_zaak (ocel_id TEXT, ocel_time TEXT, street TEXT);
            INSERT INTO object_map_type VALUES ('zaak', 'zaak');
        """)
        for step in range(EVENTS_A_CASE):
            connection.execute("INSERT INTO event_map_type VALUES (?, ?)", (f"stap {step}", f"stap{step}"))
            connection.execute(f"CREATE TABLE event_stap{step} (ocel_id TEXT, ocel_time TEXT, note TEXT)")
        for case, street in cases(count):
            connection.execute("INSERT INTO object VALUES (?, 'zaak')", (case,))
            connection.execute("INSERT INTO object_zaak VALUES (?, '2024', ?)", (case, street))
        for own, case, what, at, note in rows(count):
            connection.execute("INSERT INTO event VALUES (?, ?)", (own, what))
            connection.execute("INSERT INTO event_object VALUES (?, ?, 'of')", (own, case))
            table = f"event_{what.replace(' ', '')}"
            connection.execute(f"INSERT INTO {table} VALUES (?, ?, ?)", (own, at, note))


WRITERS: dict[str, tuple[str, Callable[[Path, int], None]]] = {
    "csv": ("log.csv", _csv),
    "xlsx": ("log.xlsx", _xlsx),
    "parquet": ("log.parquet", _parquet),
    "xes": ("log.xes", _xes),
    "xes.gz": ("log.xes.gz", _xes_gz),
    "ocel json": ("log.jsonocel", _ocel_json),
    "ocel xml": ("log.xmlocel", _ocel_xml),
    "ocel sqlite": ("log.sqlite", _ocel_sqlite),
    "sql": ("log.db", _sql),
}
"""Form → the name of its file, and what writes it."""


def source_of(form: str, folder: Path) -> Source:
    """Return the mapping of a log file in `folder`."""
    kind, path = form.split()[0].removesuffix(".gz"), str(folder / WRITERS[form][0])
    parts = {"name": "log", "kind": kind, "zone": "UTC"}
    if kind == "ocel":
        return Source(**parts, path=path, object_type="zaak", keep=("note",))
    if kind == "xes":
        columns = {"case": "case:concept:name", "activity": "concept:name", "completed_at": "time:timestamp"}
        return Source(**parts, path=path, columns=EventColumns(**columns), keep=("note",))
    columns = {"case": "case", "activity": "what", "completed_at": "at", "event_id": "id"}
    where = {"url": f"sqlite:///{path}", "query": "log"} if kind == "sql" else {"path": path}
    return Source(**parts, **where, columns=EventColumns(**columns), keep=("note",))
