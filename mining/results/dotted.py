"""The dotted chart: when things were done on cases, by when they were received; counts of bins, never of a case."""

from __future__ import annotations

from datetime import date
from typing import Literal

from mining.results.base import Result


class DottedRow(Result):
    """Cases received from one local day up to and including another."""

    from_on: date
    to_on: date
    cases: int


class DottedCell(Result):
    """The acting events of the cases of one row within one column. Cells without any are left out."""

    row: int
    column: int
    events: int
    cases: int
    """Distinct cases among them; a case may stand in several cells."""
    lane: str | None
    """The lane that did most of those whose lane is known; null where none is."""


class DottedTime(Result):
    """The cells along one measure of time."""

    kind: Literal["since_received", "calendar"]
    """Time since the case was received, or the date."""
    column_seconds: float
    """Width of a column; of a day or more it is counted in whole local days."""
    columns: int
    from_on: date | None = None
    """The first day of the first column, of the calendar."""
    is_open_ended: bool = False
    """Whether the last column holds all that came later still."""
    busiest: int | None = None
    """The column with most events."""
    busiest_events: int = 0
    cells: tuple[DottedCell, ...] = ()


class Dotted(Result):
    """Every acting event of every case whose begin is known, open cases included, binned by received × time."""

    cases: int
    events: int
    row_days: int
    """Days of received dates in a row; rows begin on a Monday."""
    rows: tuple[DottedRow, ...]
    half_seconds: float | None
    """The age within which half of the events fell."""
    since_received: DottedTime
    calendar: DottedTime
