"""OCEL 2.0 (JSON, XML, SQLite) as raw records: one an event and object of the case's type.

An event that touches n such objects gives n records; one that touches none is counted as passed over.
The object's attributes, as they stand last, are columns `case:<name>`. The log is read twice, its objects first;
memory does not grow with it. Objects of the types under `objects` are kept apart: after the events comes a record a
case that tells which of them its events touch, and how they are related.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from flows.sources.files import Files, SourceFile, source_files
from flows.sources.kept_objects import CASE, COLUMN, written
from flows.sources.markup import discard, elements, local_name
from flows.sources.ocel_objects import CaseObjects, OcelEvent, OcelObject
from flows.sources.ocel_sqlite import SqliteOcel
from flows.sources.records import RawBatch, RowBuffer
from mappings.errors import SourceError
from mappings.source import EventColumns, Source, TimeColumn

OCEL_COLUMNS = EventColumns(
    case="ocel:oid",
    activity="ocel:activity",
    completed_at=TimeColumn(column="ocel:timestamp", zone="UTC"),
    event_id="ocel:eid",
)
"""The columns of an OCEL record, for a mapping that does not say which is what.

Times without an offset are UTC.
"""

_LOOKED_UP_TOGETHER = 500
_BASE = ("ocel:eid", "ocel:activity", "ocel:timestamp", "ocel:oid", "ocel:qualifier")


def read_ocel(source: Source, folder: Path, files: Files = None) -> Iterator[RawBatch]:
    """Yield a record an event and object of `object_type`.

    Raises SourceError where no object is of that type.
    """
    for file in source_files(source, folder) if files is None else files:
        try:
            yield from _records(source, file)
        except (KeyError, IndexError, TypeError, AttributeError, UnicodeError) as error:
            raise SourceError(
                file.name, f"is not OCEL 2.0: {error} is missing", "export the log as OCEL 2.0"
            ) from error


def object_types(file: SourceFile) -> tuple[str, ...]:
    """Return the object types that a log declares, in its order. Raises SourceError where it is not OCEL 2.0."""
    start = _start(file)
    if _is_sqlite(start):
        with file.local() as path, SqliteOcel.opened(path, file.name) as log:
            return log.object_types()
    types = _xml_types(file) if _is_xml(start) else _json_items(file, "objectTypes.item")
    return tuple(dict.fromkeys(str(item.get("name")) for item in types))


def _xml_types(file: SourceFile) -> Iterator[dict[str, Any]]:
    with file.open() as stream:
        for element in elements(stream, file.name, ("object-type", "object", "event")):
            if local_name(element) == "object-type":
                yield dict(element.attrib)
            discard(element)


def _start(file: SourceFile) -> bytes:
    with file.open() as stream:
        return stream.peek(64)


def _is_sqlite(start: bytes) -> bool:
    return start.startswith(b"SQLite format 3")


def _is_xml(start: bytes) -> bool:
    return start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _records(source: Source, file: SourceFile) -> Iterator[RawBatch]:
    start = _start(file)
    if _is_sqlite(start):
        with file.local() as path, SqliteOcel.opened(path, file.name) as log:
            yield from _joined(source, file, log.objects(), log.events(), log.relations() if source.objects else ())
    elif _is_xml(start):
        yield from _joined(source, file, _xml_objects(file), _xml_events(file))
    else:
        yield from _joined(source, file, _json_objects(file), _json_events(file))


def _joined(
    source: Source,
    file: SourceFile,
    objects: Iterator[OcelObject],
    events: Iterator[OcelEvent],
    relations: Iterable[tuple[str, str, str]] = (),
) -> Iterator[RawBatch]:
    buffer, where, passed_over = RowBuffer(), f"{file.name} event", 0
    with CaseObjects.gathered(source.object_type, objects, source.objects) as cases:
        if not cases.count or cases.missing():
            raise _no_such_type(source, file, cases)
        cases.relate(relations)
        for number, event, touched in _touching(events, cases):
            passed_over += not touched
            if event.type not in source.ignored:
                cases.touch(event, {oid: qualifier for oid, (qualifier, _) in touched.items()})
            for oid, (qualifier, attributes) in touched.items():
                base = dict(zip(_BASE, (event.id, event.type, event.time, oid, qualifier), strict=True))
                if buffer.add(attributes | event.attributes | base, number):
                    yield buffer.batch(where, file.number, _BASE)
        yield buffer.batch(where, file.number, _BASE, passed_over)
        yield from _beside(file, cases)


def _beside(file: SourceFile, cases: CaseObjects) -> Iterator[RawBatch]:
    """Yield what each case tells of the objects beside it."""
    buffer, where = RowBuffer(), f"{file.name} case"
    for number, (case, entries) in enumerate(cases.told(), start=1):
        if buffer.add({CASE: case, COLUMN: written(entries)}, number):
            yield replace(buffer.batch(where, file.number), is_cases=True)
    noted = {"objects of kept types that stand beside no case, not kept": cases.alone()}
    yield replace(buffer.batch(where, file.number, (CASE, COLUMN)), is_cases=True, noted=noted)


def _touching(
    events: Iterator[OcelEvent], cases: CaseObjects
) -> Iterator[tuple[int, OcelEvent, dict[str, tuple[str, dict[str, Any]]]]]:
    """Yield each event with its number and the cases that it touches: id → qualifier and attributes."""
    numbered = enumerate(events, start=1)
    while batch := list(islice(numbered, _LOOKED_UP_TOGETHER)):
        known = cases.attributes(oid for _, event in batch for oid, _ in event.objects)
        for number, event in batch:
            yield number, event, {oid: (qualifier, known[oid]) for oid, qualifier in event.objects if oid in known}


def _no_such_type(source: Source, file: SourceFile, cases: CaseObjects) -> SourceError:
    where, wanted = "object_type", f"has no object of type '{source.object_type}'"
    if source.object_type is None:
        wanted = "needs 'object_type': which object is the case"
    elif cases.count:
        where, wanted = "objects", f"has no object of type {', '.join(map(repr, cases.missing()))}"
    known = ", ".join(f"'{name}'" for name in sorted(cases.types)) or "none"
    return SourceError(file.name, wanted, f"write under '{where}' of source '{source.name}' one of {known}")


def _json_items(file: SourceFile, path: str) -> Iterator[dict[str, Any]]:
    import ijson

    with file.open() as stream:
        try:
            yield from ijson.items(stream, path, use_float=True)
        except (ijson.JSONError, UnicodeError) as error:
            raise SourceError(
                file.name,
                # what follows quotes the record
                f"is not whole JSON: {str(error).partition(chr(10))[0]}",
                "it is cut off or damaged; ask for the file again",
            ) from error


def _json_objects(file: SourceFile) -> Iterator[OcelObject]:
    for item in _json_items(file, "objects.item"):
        related = [(str(r["objectId"]), r.get("qualifier", "")) for r in item.get("relationships", ())]
        yield OcelObject(str(item["id"]), item["type"], _last_known(item.get("attributes", ())), related)


def _json_events(file: SourceFile) -> Iterator[OcelEvent]:
    for item in _json_items(file, "events.item"):
        attributes = {a["name"]: a.get("value") for a in item.get("attributes", ())}
        objects = [(str(r["objectId"]), r.get("qualifier", "")) for r in item.get("relationships", ())]
        yield OcelEvent(item["id"], item["type"], item["time"], attributes, objects)


def _last_known(values: Any) -> dict[str, Any]:
    ordered = sorted(values, key=lambda value: str(value.get("time", "")))
    return {value["name"]: value.get("value") for value in ordered}


def _xml_objects(file: SourceFile) -> Iterator[OcelObject]:
    with file.open() as stream:
        for element in elements(stream, file.name, ("object", "event")):
            if local_name(element) == "object" and element.get("id"):
                values = [
                    {"name": a.get("name"), "time": a.get("time"), "value": a.text}
                    for a in element.iterfind("{*}attributes/{*}attribute")
                ]
                yield OcelObject(element.get("id"), element.get("type"), _last_known(values), _xml_related(element))
            if element.get("id"):
                discard(element)


def _xml_events(file: SourceFile) -> Iterator[OcelEvent]:
    with file.open() as stream:
        for element in elements(stream, file.name, ("object", "event")):
            if local_name(element) == "event":
                yield _xml_event(element)
            if element.get("id"):
                discard(element)


def _xml_event(element: Any) -> OcelEvent:
    attributes = {a.get("name"): a.text for a in element.iterfind("{*}attributes/{*}attribute")}
    related = _xml_related(element)
    return OcelEvent(element.get("id"), element.get("type"), element.get("time"), attributes, related)


def _xml_related(element: Any) -> list[tuple[str, str]]:
    related = [*element.iterfind("{*}objects/{*}relationship"), *element.iterfind("{*}objects/{*}object")]
    return [(r.get("object-id"), r.get("qualifier", "")) for r in related]
