"""How far a source was read: kept once the store has all of it, so that a crash repeats rows and never skips any.

The watermark holds for one mapping of the source and one key of pseudonyms; under another one all is read again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from mappings.errors import SourceError
from mappings.sql import Watermark

_DAY = timedelta(days=1)
_COUNT = 10_000
FUTURE = "rows with a watermark in the future: they are read again every time"


@dataclass
class HighWater:
    """The highest watermark met so far; moments after the reading itself do not count."""

    watermark: Watermark
    zone: str
    read_at: datetime
    value: Any = None
    future: int = 0
    _cap: Any = field(init=False, default=None)

    def meet(self, values: pa.Array | pa.ChunkedArray) -> None:
        """Take in the watermarks of a batch. Raises SourceError where they are neither moments nor numbers."""
        if values.null_count == len(values):
            return
        highest = pc.max(values).as_py()
        cap = self._ceiling(highest)
        if cap is not None and highest > cap:
            late = pc.greater(values, pa.scalar(cap, values.type))
            self.future += pc.sum(late).as_py() or 0
            highest = cap
        self.value = highest if self.value is None else max(self.value, highest)

    def _ceiling(self, value: Any) -> Any:
        if isinstance(value, datetime):
            local = self.read_at.astimezone(ZoneInfo(self.zone))
            return local.astimezone(UTC) if value.tzinfo else local.replace(tzinfo=None)
        if isinstance(value, date):
            return self.read_at.astimezone(ZoneInfo(self.zone)).date()
        if isinstance(value, str):
            as_moment(value, self.watermark.column)
            return self.read_at.astimezone(ZoneInfo(self.zone)).strftime("%Y-%m-%d~")
        return None


def as_moment(text: str, column: str) -> datetime:
    """Return a text as a moment. Raises SourceError where it is none."""
    try:
        return datetime.fromisoformat(text.replace("~", ""))
    except ValueError:
        what = f"the watermark '{column}' holds texts that are no ISO times, such as '{text[:40]}'"
        raise SourceError("watermark", what, "name a column with moments or growing numbers") from None


def since(watermark: Watermark, value: Any) -> Any:
    """Return from where reading begins again: the overlap before the last value."""
    overlap = watermark.overlap
    if isinstance(value, bool) or not isinstance(value, (int, date, str)):
        what = f"the watermark '{watermark.column}' holds values of type {type(value).__name__}"
        raise SourceError("watermark", what, "name a column with moments or growing numbers")
    if isinstance(value, int):
        if isinstance(overlap, timedelta):
            what = f"the watermark '{watermark.column}' counts, and 'overlap' is a duration"
            raise SourceError("watermark", what, "write 'overlap' as a number")
        return value - (_COUNT if overlap is None else overlap)
    if isinstance(overlap, int):
        what = f"the watermark '{watermark.column}' holds moments, and 'overlap' is a number"
        raise SourceError("watermark", what, "write 'overlap' as a duration, such as 1d")
    length = _DAY if overlap is None else overlap
    if isinstance(value, str):
        # texts compare letter by letter: a date alone comes before every time of that day
        return (as_moment(value, watermark.column) - length).date().isoformat()
    if isinstance(value, datetime):
        return value - length
    return value - timedelta(days=ceil(length / _DAY))


def is_behind(value: Any, before: Any) -> bool:
    """Tell whether a watermark lies before a former one; not where the column has another type, or a zone, since."""
    try:
        return bool(value < before)
    except TypeError:
        return False


def written(value: Any) -> dict[str, Any]:
    """Return a watermark as JSON."""
    kind = "int" if isinstance(value, int) else "text" if isinstance(value, str) else "date"
    kind = "moment" if isinstance(value, datetime) else kind
    return {"kind": kind, "value": value if kind in ("int", "text") else value.isoformat()}


def read_back(said: dict[str, Any]) -> Any:
    """Return a watermark from JSON."""
    match said["kind"]:
        case "moment":
            return datetime.fromisoformat(said["value"])
        case "date":
            return date.fromisoformat(said["value"])
    return said["value"]
