"""XES (IEEE 1849) as raw records: one an event, with the attributes of its trace as `case:<key>`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flows.sources.files import Files, SourceFile, source_files
from flows.sources.markup import discard, elements, local_name
from flows.sources.records import RawBatch, RowBuffer
from mappings.errors import SourceError
from mappings.source import Source


def read_xes(source: Source, folder: Path, files: Files = None) -> Iterator[RawBatch]:
    """Yield the events of the XES files of a source, in the order of their traces."""
    for file in source_files(source, folder) if files is None else files:
        yield from _events(file)


def _events(file: SourceFile) -> Iterator[RawBatch]:
    buffer, where = RowBuffer(), f"{file.name} event"
    trace: Any = None
    of_trace: dict[str, Any] = {}
    number = traces = 0
    with file.open() as stream:
        for element in elements(stream, file.name, ("event", "trace", "log")):
            if not element.tag.endswith("event"):
                traces += element.tag.endswith("trace")
                discard(element)
                continue
            if (parent := element.getparent()) is not trace:
                trace, of_trace = parent, _trace_attributes(parent)
            number += 1
            row = of_trace | {child.get("key"): child.get("value") for child in element}
            row.pop(None, None)
            discard(element)
            if buffer.add(row, number):
                yield buffer.batch(where, file.number)
    if not number and not traces:
        raise SourceError(file.name, "holds no XES traces", "check that it is an event log, and 'kind' of the source")
    yield buffer.batch(where, file.number)


def _trace_attributes(trace: Any) -> dict[str, Any]:
    return {
        f"case:{child.get('key')}": child.get("value")
        for child in trace
        if local_name(child) != "event" and child.get("key")
    }
