"""A bounded sample of a file, as columns of text: what all guesses rest on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from flows.inspect.form import Form, form_of
from flows.sources import SOURCES
from flows.sources.files import SourceFile
from flows.sources.object_centric import object_types
from flows.sources.records import RawBatch
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
    sample = _read(path, form, None)
    if not sample.rows:
        raise SourceError(path.name, "has no records", "ask for an export that holds some")
    return sample


def _read(path: Path, form: Form, object_type: str | None) -> Sample:
    tables: list[pa.Table] = []
    is_whole, rejected = True, 0
    for batch in _batches(path, form, object_type):
        tables.append(batch.table)
        rejected += len(batch.rejected)
        if sum(table.num_rows for table in tables) >= SAMPLE_ROWS:
            is_whole = False
            break
    table = pa.concat_tables(tables, promote_options="default").slice(0, SAMPLE_ROWS) if tables else pa.table({})
    columns = {name: table.column(name).to_pylist() for name in table.column_names}
    return Sample(path, form, columns, is_whole, object_type, rejected=rejected)


def _batches(path: Path, form: Form, object_type: str | None) -> Iterator[RawBatch]:
    source = Source(
        name="inspect",
        kind=form.kind,
        path=str(path.resolve()),
        delimiter=form.delimiter,
        encoding=form.encoding,
        object_type=object_type,
        columns=EventColumns(case="?", activity="?"),
    )
    yield from SOURCES[form.kind](source, path.parent)


def _of_objects(path: Path, form: Form) -> Sample:
    """Take the object type that looks most like a case: it touches most events, and each object few of them."""
    types = object_types(SourceFile(str(path), path.name, 0))
    if not types:
        raise SourceError(path.name, "names no object types", "export the log as OCEL 2.0")
    samples = [_read(path, form, name) for name in types]
    best = max(samples, key=_likeness)
    return Sample(path, form, best.columns, best.is_whole, best.object_type, types, best.rejected)


def _likeness(sample: Sample) -> float:
    cases = len(set(sample.columns.get("ocel:oid", [])))
    events = len(set(sample.columns.get("ocel:eid", [])))
    if not cases or not events:
        return 0.0
    per_case = sample.rows / cases
    shared = sample.rows / events
    return events * min(per_case, 5) / max(1.0, per_case / 20) / shared if per_case > 1 else events / 1000
