"""What becomes of each row of an extract: stored, replaced or already known. By DuckDB, in bounded memory.

Rule owned here: counts are in source records, and the same extract taken in twice brings nothing new. Of rows
with one key within an extract the last one wins; the others were replaced by it where they differ, and were
already known where they do not, or where the winner itself was known already.
"""
# ruff: noqa: S608 - the SQL is made of the layout's own column names and quoted paths; no value of a record is in it

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

from flows.bounded import bounded
from flows.store.clustered import clustered, room_bytes
from flows.store.held import held_folder
from flows.store.layout import Layout, bucket_sql
from flows.store.table_files import Part
from mappings.errors import StoreError

BATCH_ROWS = 100_000
MERGE_ROWS = 1_000_000
"""Rows in one MERGE at most, save where one bucket has more: bounds the memory of a large correction."""

# a start that a source shows no more is not undone: the completion of a stored pair says nothing new
_KNOWN_IN_A_PAIR = """
UPDATE fate SET fate = 'already_known' FROM (
    WITH alone AS (
        SELECT * FROM incoming JOIN fate USING (rn)
        WHERE fate != 'already_known' AND started_at IS NULL AND completed_at IS NOT NULL
    ), pairs AS (
        FROM ({stored}) SEMI JOIN alone USING (source, source_case_id, activity, completed_at)
        WHERE started_at IS NOT NULL
    ), once_more AS (
        SELECT rn FROM alone JOIN pairs USING (source, event_id, source_case_id, activity, completed_at)
    )
    FROM once_more UNION ALL
    SELECT rn FROM (
        SELECT *, row_number() OVER (PARTITION BY source, source_case_id, activity, completed_at ORDER BY rn) AS nth
        FROM alone ANTI JOIN once_more USING (rn)
    ) JOIN (
        SELECT *, row_number() OVER (
            PARTITION BY source, source_case_id, activity, completed_at ORDER BY event_id
        ) AS nth FROM pairs ANTI JOIN incoming USING (source, event_id)
    ) USING (source, source_case_id, activity, completed_at, nth)
) half WHERE half.rn = fate.rn
"""


@dataclass(frozen=True)
class Counts:
    """Source records by what became of them."""

    stored: int = 0
    replaced: int = 0
    already_known: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Add two tables of one source."""
        return Counts(
            self.stored + other.stored,
            self.replaced + other.replaced,
            self.already_known + other.already_known,
        )


@dataclass(frozen=True)
class Change:
    """Rows for one MERGE and the buckets that it touches."""

    buckets: tuple[int, ...]
    sql: str


@contextmanager
def workspace(memory: str, store: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a DuckDB in memory that spills beyond the given bound: beside the store, where it lies on this machine.

    What a killed process spilled there goes with the next one; the machine's own temporary folder may be small.
    """
    aside = TemporaryDirectory(prefix="zaakstroom-") if store is None else _beside(store)
    with aside as spill, bounded(memory, spill) as con:
        yield con


def _beside(store: Path) -> AbstractContextManager[Path]:
    return held_folder(store / "work", f"storing-{secrets.token_hex(4)}")


class Incoming:
    """The rows of one table of an extract, a view on its Parquet file.

    Memory holds row numbers, and of hashes or rows what `room_bytes` allows.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, layout: Layout, path: Path, left: str = "NULL") -> None:
        """Look at the file: how many rows, how many keys. `left` is SQL for the case that a row `s` leaves as `i`."""
        self.con = con
        self.layout = layout
        self.path = path
        self.left = left
        columns = ", ".join(layout.columns.names)
        try:
            con.execute(
                f"CREATE OR REPLACE TEMP VIEW incoming AS SELECT {columns},"
                f" {bucket_sql(layout.bucket_of)} AS bucket,"
                f" file_row_number AS rn, {layout.records} AS counted"
                f" FROM read_parquet({literal(str(path))}, file_row_number=true)"
            )
            self.rows, self.keys = self._sizes()
        except duckdb.Error as err:
            what = f"the extract is not a table of {layout.name}: {str(err).splitlines()[0]}"
            raise StoreError(str(path), what, "extract the source again") from err
        self.winners = "incoming" if self.rows == self.keys else "incoming SEMI JOIN winner USING (rn)"

    def _sizes(self) -> tuple[int, int]:
        """Count rows and keys; where two rows have one key, name the winners."""
        rows = int(self.con.sql("SELECT count(*) FROM incoming").fetchall()[0][0])
        if not self._has_like_hashes(rows):
            return rows, rows
        self.con.execute(
            "CREATE OR REPLACE TEMP TABLE winner AS SELECT max(rn) AS rn"
            f" FROM incoming GROUP BY {', '.join(self.layout.key)}"
        )
        return rows, int(self.con.sql("SELECT count(*) FROM winner").fetchall()[0][0])

    def _has_like_hashes(self, rows: int) -> bool:
        """Say whether two keys have one hash: where none have, no two keys are alike, and whole numbers told it.

        As many passes as the memory asks for, each over its share of the hashes.
        """
        passes = -(-rows * 16 // room_bytes(self.con))
        for n in range(passes):
            hashed = f"SELECT hash({', '.join(self.layout.key)}) AS h FROM incoming WHERE h % {passes} = {n}"
            hashes = self.con.sql(hashed).fetchnumpy()["h"]
            hashes.sort()
            if (hashes[1:] == hashes[:-1]).any():
                return True
        return False

    def first_load(self) -> Counts:
        """Count for a store that has no such table yet."""
        if self.rows == self.keys:
            return self._sums("SELECT 'stored', sum(counted) FROM incoming")
        self._fates("NULL::INTEGER", "false", "")
        return self._counts()

    def against(self, stored: str, *, in_halves: bool = False) -> Counts:
        """Count against what is stored (an SQL relation), and remember which rows change it.

        `in_halves`: starts and completions are records of their own.
        """
        same = " AND ".join(f"s.{k} IS NOT DISTINCT FROM i.{k}" for k in self.layout.key)
        self._fates("s.bucket", self._equal("i", "s"), f"LEFT JOIN ({stored}) s ON {same}")
        if in_halves:
            self.con.execute(_KNOWN_IN_A_PAIR.format(stored=stored))
        return self._counts()

    def moves(self) -> bool:
        """Say whether a stored row leaves its case."""
        return bool(self.con.sql("SELECT 1 FROM fate WHERE left_case IS NOT NULL LIMIT 1").fetchall())

    def moved(self) -> tuple[str, str]:
        """Return SQL for the cases that stored rows leave, and for the ids of those rows."""
        of = "FROM incoming JOIN fate USING (rn) WHERE left_case IS NOT NULL"
        return f"SELECT left_case {of}", f"SELECT {self.layout.key[-1]} {of}"

    def only_adds(self) -> bool:
        """Say whether there are new rows and nothing that is stored changes: they need no MERGE."""
        fates = {fate for (fate,) in self.con.sql("SELECT DISTINCT fate FROM fate").fetchall()}
        return "stored" in fates and "replaced" not in fates

    def changes(self) -> Iterator[Change]:
        """Give what has to be merged: first the rows that moved to another bucket, then the others."""
        moved = "was IS NOT NULL AND was <> bucket"
        pairs = self.con.sql(f"SELECT DISTINCT unnest([bucket, was]) FROM fate WHERE {moved}").fetchall()
        if pairs:
            yield Change(tuple(sorted(b for (b,) in pairs)), self._changed(moved) + " UNION ALL " + self._gone(moved))
        for buckets in self._groups(f"fate <> 'already_known' AND NOT coalesce({moved}, false)"):
            here = f"bucket IN ({', '.join(map(str, buckets))}) AND NOT coalesce({moved}, false)"
            yield Change(buckets, self._changed(here))

    def all_rows(self) -> Iterator[Part]:
        """Give the winning rows, clustered by bucket and case."""
        return self._but("WHERE false" if self.rows == self.keys else "ANTI JOIN winner USING (rn)")

    def new_rows(self) -> Iterator[Part]:
        """Give the winning rows that were not stored before, clustered too."""
        return self._but("ANTI JOIN (SELECT rn FROM fate WHERE fate = 'stored') USING (rn)")

    def _but(self, left_out: str) -> Iterator[Part]:
        without = self.con.sql(f"SELECT rn FROM incoming {left_out}").fetchnumpy()["rn"]
        return clustered(self.con, self.layout, self.path, without)

    def read(self, sql: str) -> pa.RecordBatchReader:
        """Stream a result in bounded batches."""
        return self.con.sql(sql).to_arrow_reader(BATCH_ROWS)

    def _fates(self, was: str, equal: str, join: str) -> None:
        self.con.execute(
            f"CREATE OR REPLACE TEMP TABLE fate AS SELECT i.rn, i.bucket, {was} AS was, i.counted,"
            f" CASE WHEN {was} IS NULL THEN 'stored' WHEN {equal} THEN 'already_known' ELSE 'replaced' END"
            f" AS fate, {self.left if join else 'NULL'}::VARCHAR AS left_case"
            f" FROM (SELECT * FROM {self.winners}) i {join}"
        )

    def _counts(self) -> Counts:
        winners = self._sums("SELECT fate, sum(counted) FROM fate GROUP BY fate")
        return winners if self.rows == self.keys else winners + self._overtaken()

    def _overtaken(self) -> Counts:
        """Count the rows that a later row of the same extract overtook."""
        same = " AND ".join(f"w.{k} IS NOT DISTINCT FROM i.{k}" for k in self.layout.key)
        known = f"w.fate = 'already_known' OR ({self._equal('i', 'w')})"
        return self._sums(
            f"SELECT CASE WHEN {known} THEN 'already_known' ELSE 'replaced' END AS fate, sum(i.counted)"
            " FROM (SELECT * FROM incoming ANTI JOIN winner USING (rn)) i"
            f" JOIN (SELECT incoming.*, fate FROM incoming JOIN fate USING (rn)) w ON {same} GROUP BY 1"
        )

    def _equal(self, left: str, right: str) -> str:
        same = (f"{left}.{c} IS NOT DISTINCT FROM {right}.{c}" for c in self.layout.values)
        return " AND ".join(same) or "true"

    def _sums(self, sql: str) -> Counts:
        return Counts(**{str(fate): int(n) for fate, n in self.con.sql(sql).fetchall()})

    def _groups(self, where: str) -> Iterator[tuple[int, ...]]:
        """Put buckets together until their changed rows fill one MERGE."""
        group: list[int] = []
        size = 0
        for bucket, n in self.con.sql(
            f"SELECT bucket, count(*) FROM fate WHERE {where} GROUP BY 1 ORDER BY 1"
        ).fetchall():
            if group and size + n > MERGE_ROWS:
                yield tuple(group)
                group, size = [], 0
            group.append(bucket)
            size += n
        if group:
            yield tuple(group)

    def _changed(self, where: str) -> str:
        columns = ", ".join(self.layout.names)
        return (
            f"SELECT {columns}, false AS gone FROM incoming SEMI JOIN"
            f" (SELECT rn FROM fate WHERE fate <> 'already_known' AND {where}) f USING (rn)"
        )

    def _gone(self, where: str) -> str:
        columns = ", ".join(f"f.was AS {c}" if c == "bucket" else f"i.{c}" for c in self.layout.names)
        return (
            f"SELECT {columns}, true AS gone FROM incoming i JOIN (SELECT rn, was FROM fate WHERE {where}) f USING (rn)"
        )


def stored_sql(layout: Layout, uris: list[str]) -> str:
    """Return the stored rows as SQL; every column is typed, also in an empty table and in older files."""
    empty = ", ".join(f"NULL::{_TYPES[str(field.type)]} AS {field.name}" for field in layout.schema)
    nothing = f"SELECT {empty} WHERE false"
    if not uris:
        return nothing
    files = ", ".join(literal(uri) for uri in uris)
    return f"{nothing} UNION ALL BY NAME SELECT * FROM read_parquet([{files}], union_by_name=true)"


_TYPES = {
    "string": "VARCHAR",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "timestamp[us, tz=UTC]": "TIMESTAMPTZ",
}


def literal(value: str) -> str:
    """Quote a text for SQL."""
    return "'" + value.replace("'", "''") + "'"
