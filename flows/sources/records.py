"""Raw records: what every reader yields, whatever the kind of file.

All values are text; empty is null, nothing is guessed.

So a case number that reads "NA" or "007" stays what it is, but for blanks around it (`trimmed`), and one normaliser
serves all kinds of source.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from mappings.source import Source
from mining.quality_reading import LateDelivery

BATCH_ROWS = 50_000


@dataclass(frozen=True)
class Rejected:
    """A record that the reader itself could not take apart."""

    record: str
    reason: str
    detail: str


def trimmed(table: pa.Table, names: Sequence[str]) -> pa.Table:
    """Return a table without the blanks around the values of these columns; what is blank is null.

    A column of fixed width, or a number typed with a space after it, is no other case.
    """
    for name in set(names) & set(table.column_names):
        plain = pc.utf8_trim_whitespace(table.column(name))
        plain = pc.if_else(pc.equal(plain, ""), None, plain)
        table = table.set_column(table.column_names.index(name), name, plain)
    return table


def told_apart(names: Iterable[str]) -> list[str]:
    """Return the columns as a mapping can name them: without blanks around them, and doubles with their place."""
    bare = [name.strip() for name in names]
    count = Counter(bare)
    return [f"{name} ({place})".strip() if count[name] > 1 else name for place, name in enumerate(bare, 1)]


@dataclass(frozen=True)
class RawBatch:
    """At most about 50,000 records of one file or query, as text columns."""

    table: pa.Table
    where: str
    """What a record's number stands behind: 'receipt.csv line'."""
    numbers: pa.Array
    """int64, one a record: line, row or event in the file."""
    file: int = 0
    rejected: tuple[Rejected, ...] = ()
    passed_over: int = 0
    """Records that say nothing about the cases of this source, such as OCEL events without an object of its
    type.
    """
    is_cases: bool = False
    """The records describe cases, not events."""
    noted: Mapping[str, int] = field(default_factory=dict)
    """What was noted beside the records → how often."""


class Reader(Protocol):
    """Reads one source as batches of raw records; `folder` is what relative paths start from."""

    def __call__(self, source: Source, folder: Path) -> Iterator[RawBatch]:
        """Yield the records in the order of the source."""


@dataclass
class Told:
    """What a reader says of its reading, beside the records."""

    read_at: datetime | None = None
    """When the reading of a living system began: until then its cases were observed."""
    requests: int = 0
    notes: dict[str, int] = field(default_factory=dict)
    """What was noted → how often."""
    before: Mapping[str, Any] = field(default_factory=dict)
    """What the last reading left for this one; empty where all is to be read."""
    after: dict[str, Any] = field(default_factory=dict)
    """What this reading leaves for the next one, once the store has all of it."""
    arrivals: tuple[LateDelivery, ...] | None = None
    """Expected deliveries that are missing or late; None where none is expected."""
    withdrawn: list[str] = field(default_factory=list)
    """Ids of events that are no more, such as of a case whose number was given to another."""

    def note(self, counts: Mapping[str, int]) -> None:
        """Add counts."""
        for what, count in counts.items():
            if count:
                self.notes[what] = self.notes.get(what, 0) + count


@dataclass
class RowBuffer:
    """Gathers rows of unlike keys into one table of text columns."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    def add(self, row: dict[str, Any], number: int) -> bool:
        """Keep a row; true when the batch is full."""
        self.rows.append(row)
        self.numbers.append(number)
        return len(self.rows) >= BATCH_ROWS

    def batch(self, where: str, file: int = 0, columns: Sequence[str] = (), passed_over: int = 0) -> RawBatch:
        """Return what was gathered, and start afresh."""
        names = dict.fromkeys(columns)
        for row in self.rows:
            names.update(dict.fromkeys(row))
        table = pa.table({name: text_column([row.get(name) for row in self.rows]) for name in names})
        numbers = pa.array(self.numbers, pa.int64())
        self.rows, self.numbers = [], []
        return RawBatch(table, where, numbers, file, passed_over=passed_over)


def text_column(values: list[Any]) -> pa.Array:
    """Return values as text, null where there is none."""
    try:
        plain = pa.array(values, pa.string())
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return pa.array([as_text(value) for value in values], pa.string())
    return pa.array([v or None for v in values], pa.string()) if "" in values else plain


def as_text(value: Any) -> str | None:
    """Return one cell as text: whole numbers without a point, moments as ISO 8601; null what is empty or no number."""
    if value is None or value == "" or (isinstance(value, float | Decimal) and value != value):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return str(value)
