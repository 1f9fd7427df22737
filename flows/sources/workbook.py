"""XLSX as raw records: read row by row, with the texts of the workbook on disk; memory does not grow with it.

What a cell shows as a date becomes ISO text; formulas count by the value they had when saved; one without a
value is refused.

An XLSX file is a zip of XML files, and hostile like either: what it expands to is bounded, and a document
type is refused.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import IO, Any

from flows.sources.columns import attempt_names, event_names
from flows.sources.files import Files, SourceFile, source_files
from flows.sources.markup import discard, elements
from flows.sources.packed import refuse_bomb
from flows.sources.records import RawBatch, RowBuffer, told_apart
from flows.sources.shared_strings import SharedStrings, string_text
from mappings.errors import SourceError
from mappings.source import Source

_PROLOGUE_BYTES = 4096
_WHOLE_BYTES = 32 * 2**20


class _Uncalculated:
    """Stands for the value of a formula that was written and never calculated."""

    def __str__(self) -> str:
        return ""


UNCALCULATED = _Uncalculated()


def read_xlsx(source: Source, folder: Path, files: Files = None) -> Iterator[RawBatch]:
    """Yield the records of the workbooks of a source, with the row that each stands on."""
    for file in source_files(source, folder) if files is None else files:
        with file.open_seekable() as stream, _explained(file.name), Workbook.opened(file, stream) as book:
            sheet = source.sheet or book.first
            if sheet not in book.sheets:
                raise _no_such_sheet(source, file, sheet, list(book.sheets))
            yield from _records(file, sheet, book.rows(sheet), _read_names(source))


def sheets_of(file: SourceFile) -> tuple[dict[str, bool], frozenset[str]]:
    """Return the sheets of a workbook in its order with whether each holds anything, and those that are hidden."""
    with file.open_seekable() as stream, _explained(file.name), Workbook.opened(file, stream) as book:
        return {sheet: next(book.rows(sheet), None) is not None for sheet in book.sheets}, book.hidden


def filled_of(file: SourceFile, sheet: str | None) -> Iterator[tuple[int, int]]:
    """Yield the rows of a sheet, the first that is shown where left out, and how many cells of each are filled."""
    with file.open_seekable() as stream, _explained(file.name), Workbook.opened(file, stream) as book:
        for number, row in book.rows(sheet or book.first):
            yield number, sum(cell is not None for cell in row)


def _records(
    file: SourceFile, sheet: str, rows: Iterator[tuple[int, list[Any]]], wanted: list[str]
) -> Iterator[RawBatch]:
    where = f"{file.name} sheet {sheet} row"
    names = next((_names(row) for _, row in rows), None)
    if names is None:
        raise SourceError(
            f"{file.name} sheet {sheet}", "is empty", "the first row that is filled must name the columns"
        )
    buffer = RowBuffer()
    columns = [name for name in names if name]
    for number, row in rows:
        record = _record(names, row)
        if UNCALCULATED in row:
            record = _calculated(record, wanted, f"{where} {number}")
        if buffer.add(record, number):
            yield buffer.batch(where, file.number, columns)
    yield buffer.batch(where, file.number, columns)


def _names(row: list[Any]) -> list[str]:
    names = ["" if cell is None else str(cell).strip() for cell in row]
    return [told if name else "" for name, told in zip(names, told_apart(names), strict=True)]


def _record(names: list[str], row: list[Any]) -> dict[str, Any]:
    return {name: cell for name, cell in zip(names, row, strict=False) if name}


def _calculated(record: dict[str, Any], wanted: list[str], where: str) -> dict[str, Any]:
    """Return a record without its formulas that have no value. Raises SourceError where the mapping reads one."""
    names = [name for name, cell in record.items() if cell is UNCALCULATED]
    for name in names:
        if name in wanted:
            what = f"the formula in column '{name}' was never calculated, so it has no value"
            raise SourceError(where, what, "open the workbook in a spreadsheet program and save it again")
    return record | dict.fromkeys(names)


def _read_names(source: Source) -> list[str]:
    return attempt_names(source) if source.record == "attempts" else event_names(source)


def _no_such_sheet(source: Source, file: SourceFile, name: str, sheets: list[str]) -> SourceError:
    close = get_close_matches(name, sheets, n=1)
    hint = f"did you mean '{close[0]}'? " if close else ""
    known = ", ".join(f"'{sheet}'" for sheet in sheets)
    return SourceError(
        file.name,
        f"has no sheet '{name}'",
        f"{hint}The sheets are {known}; correct 'sheet' of source '{source.name}'",
    )


@dataclass(frozen=True)
class Workbook:
    """An opened workbook: its sheets by name, and its texts on disk."""

    file: SourceFile
    reader: Any
    sheets: dict[str, str]
    """Sheet → its part of the zip file, in the order of the workbook."""
    shared: SharedStrings
    hidden: frozenset[str]
    """The sheets that a spreadsheet program does not show."""

    @classmethod
    @contextmanager
    def opened(cls, file: SourceFile, stream: IO[bytes]) -> Iterator[Workbook]:
        """Open a workbook. Raises SourceError for one that is meant to harm."""
        from openpyxl.reader.excel import ExcelReader
        from openpyxl.styles.stylesheet import apply_stylesheet

        _refuse_bombs(file, stream)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions that hold no data
            reader = ExcelReader(stream, read_only=True, data_only=True, keep_links=False)
            with _Parts(stream) as reader.archive:
                reader.read_manifest()
                reader.read_workbook()
                apply_stylesheet(reader.archive, reader.wb)
                with SharedStrings.kept(_shared_texts(file, reader)) as shared:
                    yield cls(file, reader, _sheets(reader), shared, _hidden(reader))

    @property
    def first(self) -> str:
        """The first sheet that is shown."""
        return next((sheet for sheet in self.sheets if sheet not in self.hidden), next(iter(self.sheets)))

    def rows(self, sheet: str) -> Iterator[tuple[int, list[Any]]]:
        """Yield the rows of a sheet that hold something, with their numbers."""
        from flows.sources.sheet import SheetRows

        with self.reader.archive.open(self.sheets[sheet]) as part:
            yield from SheetRows(self.reader.wb, self.shared).read(part, f"{self.file.name} sheet {sheet}")


class _Parts(zipfile.ZipFile):
    """The parts of a workbook; those that are read whole (styles, the list of sheets) are small."""

    def read(self, name: Any, pwd: bytes | None = None) -> bytes:
        """Return a part. Raises SourceError for one that would fill the memory."""
        info = self.getinfo(name)
        if info.file_size > _WHOLE_BYTES:
            what = f"has {info.file_size // 2**20} MiB in {info.filename}, which no workbook needs"
            raise SourceError(str(info.filename), what, "copy its rows to a new workbook, or save it as CSV")
        return super().read(name, pwd)


def _sheets(reader: Any) -> dict[str, str]:
    return {
        sheet.name.strip(): relation.target
        for sheet, relation in reader.parser.find_sheets()
        if relation.target in reader.valid_files and "chartsheet" not in relation.Type
    }


def _hidden(reader: Any) -> frozenset[str]:
    return frozenset(sheet.name.strip() for sheet, _ in reader.parser.find_sheets() if sheet.state != "visible")


def _shared_texts(file: SourceFile, reader: Any) -> Iterator[str]:
    from openpyxl.xml.constants import SHARED_STRINGS

    part = reader.package.find(SHARED_STRINGS)
    if part is None:
        return
    with reader.archive.open(part.PartName[1:]) as stream:
        for element in elements(stream, f"{file.name} {part.PartName[1:]}", ("si",)):
            yield string_text(element)
            discard(element)


def _refuse_bombs(file: SourceFile, stream: IO[bytes]) -> None:
    with zipfile.ZipFile(stream) as archive:
        members = archive.infolist()
        refuse_bomb(file.name, sum(m.file_size for m in members), sum(m.compress_size for m in members))
        for member in members:
            with archive.open(member) as part:
                # without the zero bytes UTF-16 reads like the rest
                prologue = part.read(_PROLOGUE_BYTES).replace(b"\0", b"")
            if b"<!DOCTYPE" in prologue or b"<!ENTITY" in prologue:
                raise SourceError(
                    file.name,
                    f"declares XML entities in {member.filename}",
                    "no workbook needs them: do not trust this file",
                )
    stream.seek(0)


@contextmanager
def _explained(name: str) -> Iterator[None]:
    try:
        yield
    except SourceError:
        raise
    except Exception as error:  # openpyxl lets out whatever its parsers raise
        raise SourceError(
            name, f"is not an XLSX file that can be read: {error}", "save it again as .xlsx, or check 'kind'"
        ) from error
