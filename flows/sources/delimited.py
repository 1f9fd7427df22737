"""CSV as raw records: streamed by Arrow, every column as text.

A record with too many or too few values is rejected, not bent.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from flows.sources.files import Files, SourceFile, source_files
from flows.sources.packed import CountedStream
from flows.sources.records import BATCH_ROWS, RawBatch, Rejected, told_apart
from mappings.errors import SourceError
from mappings.source import Source

BLOCK_BYTES = 8 * 2**20
_HEADER_BYTES = 2**18


def read_csv(source: Source, folder: Path, files: Files = None) -> Iterator[RawBatch]:
    """Yield the records of the CSV files of a source, with the line that each begins on."""
    for file in source_files(source, folder) if files is None else files:
        with file.open() as stream:
            yield from _batches(source, file, stream)


def _batches(source: Source, file: SourceFile, stream: CountedStream) -> Iterator[RawBatch]:
    header = _header(source, file, stream)
    yield _empty(file, header)
    lines = _Lines(file, header)
    with _explained(source, file):
        try:
            reader = arrow_csv.open_csv(stream, **_options(source, header, lines))
        except pa.ArrowInvalid as error:
            if "straddling" in str(error) and not stream.read(1):
                return  # a header and nothing after it
            raise
        for batch in reader:
            yield from lines.located(pa.Table.from_batches([batch]))
    yield RawBatch(
        _empty(file, header).table, lines.where, pa.array([], pa.int64()), file.number, lines.take_last_rejected()
    )


def _options(source: Source, header: list[str], lines: _Lines) -> dict[str, object]:
    return {
        # one thread: only then does Arrow say which record it rejects
        "read_options": arrow_csv.ReadOptions(
            use_threads=False,
            block_size=BLOCK_BYTES,
            encoding=source.encoding,
            column_names=header,
            skip_rows_after_names=1,
        ),
        "parse_options": arrow_csv.ParseOptions(
            delimiter=source.delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=lines.reject,
        ),
        "convert_options": arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(header, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    }


def _header(source: Source, file: SourceFile, stream: CountedStream) -> list[str]:
    with _explained(source, file):
        text = stream.peek(_HEADER_BYTES).decode(source.encoding, errors="replace").lstrip("\ufeff")
        if "\0" in text.partition("\n")[0]:
            raise _not_text(source, file)
        names = next(csv.reader(io.StringIO(text, newline=""), delimiter=source.delimiter), [])
    if not any(name.strip() for name in names):
        raise SourceError(
            f"{file.name} line 1",
            "there are no column names",
            "the first line of a CSV file must name its columns",
        )
    return told_apart(names)


def _empty(file: SourceFile, header: list[str]) -> RawBatch:
    table = pa.table({name: pa.array([], pa.string()) for name in header})
    return RawBatch(table, f"{file.name} line", pa.array([], pa.int64()), file.number)


class _Lines:
    """Counts lines while Arrow counts records: quoted values hold line ends, and rejected records are not
    seen.
    """

    def __init__(self, file: SourceFile, header: list[str]) -> None:
        self.where = f"{file.name} line"
        self._file = file
        self._record = 1 + sum(name.count("\n") for name in header)
        self._rejected: dict[int, tuple[int, str]] = {}
        self._fresh: list[Rejected] = []
        self._shift = 0

    def reject(self, row: arrow_csv.InvalidRow) -> str:
        """Note a record that has not as many values as there are columns."""
        detail = f"expected {row.expected_columns} values, found {row.actual_columns}"
        self._rejected[row.number] = (row.text.count("\n"), detail)
        return "skip"

    def located(self, table: pa.Table) -> Iterator[RawBatch]:
        """Yield the records of a block with their lines; empty lines are no records."""
        numbers = self._numbered(table)
        is_empty = _all_null(table)
        table, numbers = table.filter(pc.invert(is_empty)), numbers.filter(pc.invert(is_empty))
        for start in range(0, len(table), BATCH_ROWS):
            rows = slice(start, BATCH_ROWS)
            yield RawBatch(
                table.slice(rows.start, rows.stop),
                self.where,
                numbers.slice(rows.start, rows.stop),
                self._file.number,
                self.take_rejected(),
            )

    def take_rejected(self) -> tuple[Rejected, ...]:
        """Return the rejected records up to here; Arrow parses ahead, so later ones may be known already."""
        taken, self._fresh = tuple(self._fresh), []
        return taken

    def take_last_rejected(self) -> tuple[Rejected, ...]:
        """Return the rejected records that no other record follows."""
        for number, (newlines, detail) in sorted(self._rejected.items()):
            self._note(number + self._shift, detail)
            self._shift += newlines
        return self.take_rejected()

    def _note(self, line: int, detail: str) -> None:
        self._fresh.append(Rejected(f"{self.where} {line}", "wrong_number_of_values", detail))

    def _numbered(self, table: pa.Table) -> pa.Array:
        inside = _line_ends(table)
        if not self._rejected and inside is None:
            first = self._record + 1
            self._record += len(table)
            return pa.array(range(first, first + len(table)), pa.int64())
        return pa.array(self._step_by_step(inside.to_pylist() if inside is not None else [0] * len(table)), pa.int64())

    def _step_by_step(self, inside: list[int]) -> list[int]:
        numbers = []
        for line_ends in inside:
            self._record += 1
            while (self._record - self._shift) in self._rejected:
                newlines, detail = self._rejected.pop(self._record - self._shift)
                self._note(self._record, detail)
                self._record += 1 + newlines
                self._shift += newlines
            numbers.append(self._record)
            self._record += line_ends
            self._shift += line_ends
        return numbers


def _line_ends(table: pa.Table) -> pa.Array | None:
    """Return how many line ends the values of each record hold; null where none holds any."""
    total = None
    for column in table.columns:
        count = pc.fill_null(pc.count_substring(column, "\n"), 0)
        if pc.sum(count).as_py():
            total = count if total is None else pc.add(total, count)
    return total


def _all_null(table: pa.Table) -> pa.Array:
    nothing = pc.is_null(table.column(0))
    for column in table.columns[1:]:
        nothing = pc.and_(nothing, pc.is_null(column))
    return nothing


@contextmanager
def _explained(source: Source, file: SourceFile) -> Iterator[None]:
    try:
        yield
    except LookupError as error:
        raise SourceError(
            file.name, f"'{source.encoding}' is no known encoding", "write one such as utf-8 or windows-1252"
        ) from error
    except (pa.ArrowException, UnicodeError, csv.Error) as error:
        raise _unreadable(source, file, error) from error


def _not_text(source: Source, file: SourceFile) -> SourceError:
    """Return the error for NUL characters among the column names: every other one, where text is UTF-16."""
    remedy = f"set 'encoding: utf-16' of source '{source.name}' if it is text written so, as Excel's 'Unicode text' is"
    return SourceError(f"{file.name} line 1", f"is not written in {source.encoding}: it holds NUL characters", remedy)


def _unreadable(source: Source, file: SourceFile, error: Exception) -> SourceError:
    said = str(error)
    if isinstance(error, UnicodeError) or "UTF8" in said or "codec" in said:
        remedy = f"set 'encoding' of source '{source.name}'; Dutch exports are often windows-1252"
        return SourceError(file.name, f"is not written in {source.encoding}", remedy)
    if "straddling" in said:
        remedy = f"check 'delimiter' of source '{source.name}' and the quotes in the file"
        return SourceError(file.name, f"has a record of more than {BLOCK_BYTES // 2**20} MiB", remedy)
    return SourceError(
        file.name,
        f"is not a CSV file that can be read: {said}",
        f"check 'delimiter' of source '{source.name}'",
    )
