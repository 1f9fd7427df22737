"""A bounded sample of a file, as columns of text: what all guesses rest on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from flows.inspect.form import Form, form_of
from flows.inspect.title import refuse_title
from flows.sources import SOURCES
from flows.sources.files import SourceFile
from flows.sources.object_centric import object_types
from flows.sources.records import RawBatch
from flows.sources.workbook import filled_of, sheets_of
from mappings.errors import SourceError
from mappings.source import EventColumns, Source

SAMPLE_ROWS = 50_000


@dataclass(frozen=True)
class Sample:
    """The first records of a file."""

    path: Path
    form: Form
    columns: dict[str, list[str | None]]
    is_whole: bool
    object_type: str | None = None
    object_types: tuple[str, ...] = ()
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    """Of a workbook with more than one sheet: the one that was read, and all that hold something."""
    hidden: frozenset[str] = frozenset()
    """Those of its sheets that a spreadsheet program does not show."""
    rejected: int = 0
    """Records up to there that have a wrong number of values, and are none of these."""

    @property
    def rows(self) -> int:
        """Return how many records the sample holds."""
        return len(next(iter(self.columns.values()), []))


def read_sample(path: Path) -> Sample:
    """Read at most about SAMPLE_ROWS records; raise SourceError where there are none."""
    form = form_of(path)
    if form.kind == "ocel":
        return _of_objects(path, form)
    sample = _of_sheets(path, form) if form.kind == "xlsx" else _read(path, form)
    if form.kind == "xlsx":
        where = f"{path.name} sheet {sample.sheet}" if sample.sheet else path.name
        refuse_title(where, "row", filled_of(SourceFile(str(path), path.name, 0), sample.sheet))
    if not sample.rows:
        raise SourceError(path.name, "has no records", "ask for an export that holds some")
    return sample


def _read(path: Path, form: Form, *, object_type: str | None = None, sheet: str | None = None) -> Sample:
    tables: list[pa.Table] = []
    is_whole, rejected = True, 0
    for batch in _batches(path, form, object_type, sheet):
        tables.append(batch.table)
        rejected += len(batch.rejected)
        if sum(table.num_rows for table in tables) >= SAMPLE_ROWS:
            is_whole = False
            break
    table = pa.concat_tables(tables, promote_options="default").slice(0, SAMPLE_ROWS) if tables else pa.table({})
    columns = {name: table.column(name).to_pylist() for name in table.column_names}
    return Sample(path, form, columns, is_whole, object_type, sheet=sheet, rejected=rejected)


def _batches(path: Path, form: Form, object_type: str | None, sheet: str | None) -> Iterator[RawBatch]:
    source = Source(
        name="inspect",
        kind=form.kind,
        path=str(path.resolve()),
        delimiter=form.delimiter,
        encoding=form.encoding,
        object_type=object_type,
        sheet=sheet,
        columns=EventColumns(case="?", activity="?"),
    )
    yield from SOURCES[form.kind](source, path.parent)


def _of_objects(path: Path, form: Form) -> Sample:
    """Take the object type that looks most like a case: it touches most events, and each object few of them."""
    types = object_types(SourceFile(str(path), path.name, 0))
    if not types:
        raise SourceError(path.name, "names no object types", "export the log as OCEL 2.0")
    samples = [_read(path, form, object_type=name) for name in types]
    best = max(samples, key=_likeness)
    return replace(best, object_types=types)


def _of_sheets(path: Path, form: Form) -> Sample:
    """Take the sheet with most records: what comes before it is often a word of explanation."""
    sheets, hidden = sheets_of(SourceFile(str(path), path.name, 0))
    filled = tuple(name for name, is_filled in sheets.items() if is_filled)
    if len(sheets) < 2 or not filled:
        return _read(path, form)
    samples = [_read(path, form, sheet=name) for name in filled]
    return replace(max(samples, key=lambda sample: sample.rows), sheets=filled, hidden=hidden)


def _likeness(sample: Sample) -> float:
    cases = len(set(sample.columns.get("ocel:oid", [])))
    events = len(set(sample.columns.get("ocel:eid", [])))
    if not cases or not events:
        return 0.0
    per_case = sample.rows / cases
    shared = sample.rows / events
    return events * min(per_case, 5) / max(1.0, per_case / 20) / shared if per_case > 1 else events / 1000
