"""The rows of one worksheet, read element by element.

openpyxl knows what a cell means (number, date, error, text, formula by its saved value); the walk over the
rows is ours, since its own keeps something of each row that it has passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from openpyxl.worksheet._reader import WorkSheetParser

from flows.sources.markup import discard, elements, local_name
from flows.sources.shared_strings import SharedStrings

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

    def read(self, stream: IO[bytes], name: str) -> Iterator[tuple[int, list[Any]]]:
        """Yield the rows of a worksheet; a row without a number follows the one before it."""
        for element in elements(stream, name, _MANY):
            if local_name(element) == "row":
                number, cells = self._parser.parse_row(element)
                if any(cell["value"] is not None for cell in cells):
                    yield number, _values(cells)
            discard(element)


class _Cells(WorkSheetParser):
    def parse_row(self, row: Any) -> tuple[int, list[dict[str, Any]]]:
        """Return the cells of a row, and nothing kept of its height or form."""
        number = row.get("r")
        self.row_counter = int(float(number)) if number else self.row_counter + 1
        self.col_counter = 0
        return self.row_counter, [self.parse_cell(cell) for cell in row if local_name(cell) == "c"]


def _values(cells: list[dict[str, Any]]) -> list[Any]:
    values: list[Any] = [None] * max(cell["column"] for cell in cells)
    for cell in cells:
        values[cell["column"] - 1] = cell["value"]
    return values
