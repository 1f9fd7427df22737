"""The rows of one worksheet, read element by element.

A date that is shown without a time of day stays a date: openpyxl makes it a moment at midnight.

openpyxl knows what a cell means (number, date, error, text, formula by its saved value); the walk over the
rows is ours, since its own keeps something of each row that it has passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from typing import IO, Any

from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE, is_datetime
from openpyxl.worksheet._reader import FORMULA_TAG, WorkSheetParser

from flows.sources.markup import discard, elements, local_name
from flows.sources.shared_strings import SharedStrings, unescaped
from flows.sources.workbook import UNCALCULATED

# what a sheet may hold as many of as it has rows
_MANY = ("row", "hyperlink", "mergeCell", "conditionalFormatting", "brk", "dataValidation", "protectedRange")


class SheetRows:
    """The rows of a worksheet that hold something: (row number, values from column A on)."""

    def __init__(self, book: Any, shared: SharedStrings) -> None:
        """Read cells as `book` says: its epoch, and which of its styles are dates."""
        self._parser = _Cells(
            None,
            shared,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        self._days = {style for style in book._date_formats if is_datetime(_number_format(book, style)) == "date"}

    def read(self, stream: IO[bytes], name: str) -> Iterator[tuple[int, list[Any]]]:
        """Yield the rows of a worksheet; a row without a number follows the one before it."""
        for element in elements(stream, name, _MANY):
            if local_name(element) == "row":
                number, cells = self._parser.parse_row(element)
                if any(cell["value"] is not None for cell in cells):
                    yield number, _values(cells, self._days)
            discard(element)


class _Cells(WorkSheetParser):
    def parse_row(self, row: Any) -> tuple[int, list[dict[str, Any]]]:
        """Return the cells of a row, and nothing kept of its height or form."""
        number = row.get("r")
        self.row_counter = int(float(number)) if number else self.row_counter + 1
        self.col_counter = 0
        return self.row_counter, [self.parse_cell(cell) for cell in row if local_name(cell) == "c"]

    def parse_cell(self, element: Any) -> dict[str, Any]:
        """Return a cell; a formula that gave an empty text has a type, one that was never calculated has none."""
        cell = super().parse_cell(element)
        if cell["value"] is None and element.get("t") is None and element.find(FORMULA_TAG) is not None:
            cell["value"] = UNCALCULATED
        return cell


def _number_format(book: Any, style: int) -> str:
    number = book._cell_styles[style].numFmtId
    if number >= BUILTIN_FORMATS_MAX_SIZE:
        return str(book._number_formats[number - BUILTIN_FORMATS_MAX_SIZE])
    return str(BUILTIN_FORMATS.get(number, "General"))


def _values(cells: list[dict[str, Any]], days: set[int]) -> list[Any]:
    values: list[Any] = [None] * max(cell["column"] for cell in cells)
    for cell in cells:
        # an error, such as that of a number that was looked up and not found, is no value
        value = None if cell["data_type"] == "e" else cell["value"]
        if isinstance(value, str):
            value = unescaped(value)
        elif isinstance(value, datetime) and value.time() == time() and cell["style_id"] in days:
            value = value.date()
        values[cell["column"] - 1] = value
    return values
