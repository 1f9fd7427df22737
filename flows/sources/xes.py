"""XES (IEEE 1849) as raw records: one an event, with the attributes of its trace as `case:<key>`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
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
        yield from _events(source, file)


def _events(source: Source, file: SourceFile) -> Iterator[RawBatch]:
    buffer, where = RowBuffer(), f"{file.name} event"
    bare = _BareTraces(source, file)
    trace: Any = None
    of_trace: dict[str, Any] = {}
    number = traces = 0
    with file.open() as stream:
        for element in elements(stream, file.name, ("event", "trace", "log")):
            if not element.tag.endswith("event"):
                is_trace = local_name(element) == "trace"
                traces += is_trace
                if is_trace and element is not trace:
                    yield from bare.add(_trace_attributes(element), traces)
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
    yield bare.batch()


class _BareTraces:
    """Traces without events: each tells of its case where it tells its receipt or its end. They are counted."""

    def __init__(self, source: Source, file: SourceFile) -> None:
        self._file, self._buffer, self._count = file, RowBuffer(), 0
        self._ends = [column.column for column in (source.case.received_at, source.case.closed_at) if column]

    def add(self, attributes: dict[str, Any], number: int) -> Iterator[RawBatch]:
        """Take one in; yield what was gathered, once that is a batch."""
        self._count += 1
        if any(attributes.get(name) for name in self._ends) and self._buffer.add(attributes, number):
            yield self.batch()

    def batch(self) -> RawBatch:
        """Return what was gathered, and the number of such traces since the last time."""
        noted, self._count = {"traces without events": self._count}, 0
        return replace(self._buffer.batch(f"{self._file.name} trace", self._file.number), is_cases=True, noted=noted)


def _trace_attributes(trace: Any) -> dict[str, Any]:
    return {
        f"case:{child.get('key')}": child.get("value")
        for child in trace
        if local_name(child) != "event" and child.get("key")
    }
