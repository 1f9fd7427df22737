"""Where the header of a table seems to stand lower than its first line, below a title."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from itertools import islice

from mappings.errors import SourceError

_LOOKED_AT = 50


def refuse_title(where: str, unit: str, rows: Iterable[tuple[int, int]]) -> None:
    """Raise SourceError where the first row has one value at most, or stands over two columns with each as merged cells
    do, and those below have more. `rows` holds the number of each row with how many of its cells are filled.
    """
    seen = list(islice(rows, _LOOKED_AT))
    widths = Counter(filled for _, filled in seen if filled)
    width = max(widths, key=lambda filled: (widths[filled], filled), default=0)
    header = next((number for number, filled in seen if filled >= max(width, 3)), 1)
    if width > 2 and seen[0][1] <= max(1, width // 2) and header > 1:
        what = f"the header seems to stand lower, in {unit} {header}: what stands above it names no columns"
        raise SourceError(where, what, f"take out what stands above {unit} {header}, and save the file again")


def filled_cells(text: str, delimiter: str) -> Iterable[tuple[int, int]]:
    """Yield the line of each record of a CSV, and how many of its values are filled; none where it cannot be read."""
    reader, begins = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1
    try:
        for row in reader:
            yield begins, sum(bool(cell.strip()) for cell in row)
            begins = reader.line_num + 1
    except csv.Error:
        return
