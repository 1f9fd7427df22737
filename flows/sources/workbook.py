"""XLSX as raw records: read row by row.

What a cell shows as a date becomes ISO text; formulas count by the value they had when saved.

An XLSX file is a zip of XML files, and hostile like either: what it expands to is bounded, and a document
type is refused.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import IO, Any

from flows.sources.files import SourceFile, refuse_bomb, source_files
from flows.sources.records import RawBatch, RowBuffer
from mappings.errors import SourceError
from mappings.source import Source

_PROLOGUE_BYTES = 4096


def read_xlsx(source: Source, folder: Path) -> Iterator[RawBatch]:
    """Yield the records of the workbooks of a source, with the row that each stands on."""
    for file in source_files(source, folder):
        with file.open_seekable() as stream, _explained(file.name), _opened(file, stream) as book:
            name = source.sheet or book.sheetnames[0]
            if name not in book.sheetnames:
                raise _no_such_sheet(source, file, name, book.sheetnames)
            yield from _rows(file, name, book[name])


def _rows(file: SourceFile, sheet: str, cells: Any) -> Iterator[RawBatch]:
    where = f"{file.name} sheet {sheet} row"
    rows = enumerate(cells.iter_rows(values_only=True), start=1)
    names = next((_names(row) for _, row in rows if any(cell is not None for cell in row)), None)
    if names is None:
        raise SourceError(
            f"{file.name} sheet {sheet}", "is empty", "the first row that is filled must name the columns"
        )
    buffer = RowBuffer()
    columns = [name for name in names if name]
    for number, row in rows:
        if any(cell is not None for cell in row) and buffer.add(_record(names, row), number):
            yield buffer.batch(where, file.number, columns)
    yield buffer.batch(where, file.number, columns)


def _names(row: tuple[Any, ...]) -> list[str]:
    names = ["" if cell is None else str(cell) for cell in row]
    return [f"{n} ({i + 1})" if n and names.count(n) > 1 else n for i, n in enumerate(names)]


def _record(names: list[str], row: tuple[Any, ...]) -> dict[str, Any]:
    return {name: cell for name, cell in zip(names, row, strict=False) if name}


def _no_such_sheet(source: Source, file: SourceFile, name: str, sheets: list[str]) -> SourceError:
    close = get_close_matches(name, sheets, n=1)
    hint = f"did you mean '{close[0]}'? " if close else ""
    known = ", ".join(f"'{sheet}'" for sheet in sheets)
    return SourceError(
        file.name,
        f"has no sheet '{name}'",
        f"{hint}The sheets are {known}; correct 'sheet' of source '{source.name}'",
    )


@contextmanager
def _opened(file: SourceFile, stream: IO[bytes]) -> Iterator[Any]:
    from openpyxl import load_workbook

    _refuse_bombs(file, stream)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions that hold no data
        book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        try:
            yield book
        finally:
            book.close()


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
