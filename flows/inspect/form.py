"""What kind of file this is, told by its first bytes, not its name; delimiter and encoding of a CSV."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from flows.inspect.title import filled_cells, refuse_title
from flows.sources.files import contents
from mappings.errors import SourceError
from mappings.source import SourceKind

HEAD_BYTES = 256_000
_DELIMITERS = ",;\t|"
_OCEL_KEYS = ("objectTypes", "eventTypes", "objects", "events")
_OF_CATALOGUE = "ZaakType.json"
_FLATTEN = "write it out as a CSV file with an event a line"


@dataclass(frozen=True)
class Form:
    """How a file is to be read."""

    kind: SourceKind
    delimiter: str = ","
    encoding: str = "utf-8"


def form_of(path: Path) -> Form:
    """Return the form of a file; raise SourceError where it is none that can be read."""
    head = _head(path)
    if not head.strip():
        raise SourceError(path.name, "is empty", "ask for the export again")
    if head.startswith(b"PAR1"):
        return Form("parquet")
    if head.startswith(b"SQLite format 3"):
        return Form("ocel")
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        what = "is a workbook of the old form (.xls), or one with a password"
        raise SourceError(path.name, what, "save it as .xlsx, without a password")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(path)
    return _text(head, path.name)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as raw:
            if raw.read(2) == b"\x1f\x8b":
                with gzip.open(path) as stream:
                    return stream.read(HEAD_BYTES)
            raw.seek(0)
            return raw.read(HEAD_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(str(path), f"cannot be read ({error})", "check the path and the file") from None


def _zipped(path: Path) -> Form:
    try:
        with zipfile.ZipFile(path) as archive:
            if "xl/workbook.xml" in archive.namelist():
                return Form("xlsx")
            names = contents(archive)
            if any(name.rpartition("/")[2] == _OF_CATALOGUE for name in names):
                what = "is the export of a ZGW catalogue: case types, and no events"
                raise SourceError(path.name, what, f"begin with 'zaakstroom init --catalogue {path.name}'")
            inner = next(iter(names), None)
            if inner is None:
                raise SourceError(path.name, "is an empty zip file", "ask for the export again")
            with archive.open(inner) as stream:
                return _text(stream.read(HEAD_BYTES), f"{path.name}/{inner}")
    except (zipfile.BadZipFile, OSError, zlib.error, RuntimeError, NotImplementedError) as error:
        raise SourceError(path.name, f"cannot be unpacked ({error})", "ask for the export again") from None


def _text(head: bytes, name: str) -> Form:
    encoding = _encoding(head)
    text = head.decode(encoding, errors="replace").lstrip("\ufeff \t\r\n")
    if text.startswith("<"):
        return Form(_kind_of_xml(text, name))
    if text.startswith("{") and any(f'"{key}"' in text for key in _OCEL_KEYS):
        return Form("ocel")
    if re.match(r"[\[{]\s*[\[{\"]", text):
        raise SourceError(name, "is JSON, but not OCEL 2.0", f"{_FLATTEN}, with the number of its case on every line")
    if "\x00" in text:
        raise SourceError(name, "is of no kind that can be read", "use CSV, XLSX, Parquet, XES or OCEL 2.0")
    as_written = head.decode(encoding, errors="replace").lstrip("\ufeff")
    firsts = [next(iter(filled_cells(as_written, delimiter)), (1, 0))[1] for delimiter in _DELIMITERS]
    # a header may be one cell to a delimiter that stands only within values, such as a decimal comma
    for delimiter in _DELIMITERS if max(firsts) <= 1 else ():
        refuse_title(name, "line", filled_cells(as_written, delimiter))
    return Form("csv", _delimiter(text, name), encoding)


def _kind_of_xml(text: str, name: str) -> SourceKind:
    if "<log" not in text:
        is_page = "<html" in text[:2000].lower() or "<table" in text[:2000].lower()
        what = "is a web page, whatever its name says" if is_page else "is XML, but neither XES nor OCEL 2.0"
        remedy = "open it in a spreadsheet program and save it as .xlsx" if is_page else _FLATTEN
        raise SourceError(name, what, remedy)
    return "ocel" if "<object-types" in text or "<objects" in text else "xes"


def _encoding(head: bytes) -> str:
    """UTF-8 where it decodes; a sample may cut a character in two, so the last bytes do not count."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return "utf-8" if error.start > len(head) - 4 else "cp1252"
    return "utf-8"


def _delimiter(text: str, name: str) -> str:
    """Return the delimiter that gives most columns, equally many on most lines."""
    whole = text if len(text) < HEAD_BYTES // 4 else text[: text.rfind("\n") + 1]
    best, most = "", 1
    for delimiter in _DELIMITERS:
        widths = _widths(whole, delimiter)
        alike = widths.count(widths[0]) / len(widths) if widths else 0
        if alike >= 0.9 and widths[0] > most:
            best, most = delimiter, widths[0]
    if not best:
        _refuse_other_width(whole, name)
        raise SourceError(name, "has no columns that can be told apart", "save it as CSV with a header line")
    return best


def _refuse_other_width(text: str, name: str) -> None:
    """Raise SourceError where the lines below the first are alike, and have another number of values."""
    for delimiter in _DELIMITERS:
        first, *others = _widths(text, delimiter) or [0]
        most = max(set(others), key=others.count, default=0)
        if min(first, most) > 1 and others.count(most) >= 0.9 * len(others):
            what = f"its first line has {first} values, and the others have {most}"
            raise SourceError(
                name, what, f"give each column one name, and end the lines alike with or without '{delimiter}'"
            )


def _widths(text: str, delimiter: str) -> list[int]:
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        return [len(row) for row, _ in zip(rows, range(200), strict=False) if row]
    except csv.Error:
        return []
