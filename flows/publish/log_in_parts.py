"""The event log that is handed over, read from where it lies some cases at a time, so that memory is bounded.

In: events and cases (schemas EVENTS and CASES), and the sources in the order of the mapping. Out: rows, those of a case
together and in the order of the ledger; cases stand in the order of their numbers where they are read at once.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from flows.bounded import bounded
from mappings.errors import EngineError

Rows = Path | pa.Table | pa.RecordBatchReader
"""A Parquet file (or a pattern of files), or Arrow data."""
# without a zone, since DuckDB's zoned instants come back through pytz, which costs more than all else here
_EVENTS = """
    WITH known AS ({known})
    SELECT log.* EXCLUDE (attributes, started_at, completed_at, place, goes_first), known.* EXCLUDE (case_id),
        started_at AT TIME ZONE 'UTC' AS started_at, completed_at AT TIME ZONE 'UTC' AS completed_at{further}
    FROM log LEFT JOIN known USING (case_id) WHERE {here} ORDER BY {order}
"""
_BARE = """
    WITH known AS ({known})
    FROM known ANTI JOIN log USING (case_id) ORDER BY case_id
"""
_KNOWN = "SELECT case_id, {columns} FROM told_cases WHERE {here} GROUP BY case_id"
_ORDER = """
    log.case_id, CAST(log.completed_at AT TIME ZONE '{zone}' AS DATE) NULLS LAST,
    if(log.precision = 'day', if(coalesce(goes_first, false), 0, 2), 1), log.completed_at, place NULLS LAST, seq,
    event_id
"""
CASE_TEXTS = ("zaaktype", "persona", "channel", "outcome", "received_precision", "closed_precision")
CASE_TIMES = ("received_at", "closed_at")
OF_CASE = "case."
"""What stands before the name of a column that tells of the case of an event."""
_MEMORY = "512MB"
_PART = 500_000
"""Events that are put in order at a time, all of a case at once: what is put in order has to stay in memory."""


@contextmanager
def workspace(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a DuckDB of bounded memory, which spills beside the folder. An EngineError where it does not get by."""
    aside = tempfile.TemporaryDirectory(dir=folder.parent, prefix=".spill-")
    with aside as spill, bounded(_MEMORY, spill) as connection:
        try:
            yield connection
        except duckdb.OutOfMemoryException as err:
            remedy = "nothing is published; see that the disk has room, or leave XES and OCEL out with --no-logs"
            raise EngineError("export of the event log", f"{_MEMORY} is too little for it", remedy) from err


class LogInParts:
    """The events and cases to be handed over, read from where they lie a part of the cases at a time."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        events: Rows,
        cases: Rows,
        zone: str,
        sources: Sequence[tuple[str, bool]],
    ) -> None:
        self.connection = connection
        connection.execute("CREATE TABLE places (name VARCHAR, goes_first BOOLEAN, place INTEGER)")
        for place, (name, goes_first) in enumerate(sources):
            connection.execute("INSERT INTO places VALUES (?, ?, ?)", [name, goes_first, place])
        columns = named(connection, "unplaced_events", events)
        named(connection, "unplaced_cases", cases)
        joined = "SELECT told.*, places.place, {more} FROM {told} told LEFT JOIN places ON told.source = places.name"
        connection.execute(f"CREATE VIEW log AS {joined.format(told='unplaced_events', more='goes_first')}")
        row = "row_number() OVER () AS nth"
        connection.execute(f"CREATE TABLE told_cases AS {joined.format(told='unplaced_cases', more=row)}")
        self._order = "log.case_id, position" if "position" in columns else _ORDER.format(zone=zone)
        [(rows,)] = connection.sql("SELECT count(*) FROM log").fetchall()
        self._parts = rows // _PART + 1

    def events(self, *further: str) -> Iterator[dict[str, Any]]:
        """Yield the events of every case in their order, each with what is known of its case as `case.…`.

        `further` are columns to be worked out, as a query tells them.
        """
        return self.rows(_EVENTS, order=self._order, further="".join(f", {column}" for column in further))

    def bare_cases(self) -> Iterator[dict[str, Any]]:
        """Yield what is known of each case without events."""
        return self.rows(_BARE)

    def rows(self, query: str, **told: str) -> Iterator[dict[str, Any]]:
        """Yield what a query finds in one part of the cases after the other.

        In the query `{here}` says that a `case_id` is of the part, and `{known}` what is known of its cases.
        """
        cursor = self.connection.cursor()
        for part in range(self._parts):
            here = f"hash(case_id) % {self._parts} = {part}"
            cursor.execute(query.format(here=here, known=_known(here), **told))
            columns = [column[0] for column in cursor.description]
            while rows := cursor.fetchmany(10_000):
                for row in rows:
                    yield dict(zip(columns, row, strict=True))


def _known(here: str) -> str:
    """Say what is known of the cases of a part: of each column the value of the first source that knows one."""
    by = "coalesce(place, 1000000) * 1000000000000 + nth"
    columns = ", ".join(
        f"arg_min({name}{' AT TIME ZONE $$UTC$$' if name in CASE_TIMES else ''}, {by})"
        f' FILTER ({name} IS NOT NULL) AS "{OF_CASE}{name}"'
        for name in (*CASE_TEXTS, *CASE_TIMES)
    )
    return _KNOWN.format(columns=columns, here=here)


def named(connection: duckdb.DuckDBPyConnection, name: str, rows: Rows) -> list[str]:
    """Name rows; what can be read once alone is taken in. Return their columns."""
    if isinstance(rows, Path):
        connection.read_parquet(str(rows)).create_view(name)
    else:
        connection.from_arrow(rows).create(name)
    return [column for (column, *_) in connection.sql(f"DESCRIBE {name}").fetchall()]
