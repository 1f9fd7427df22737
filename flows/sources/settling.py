"""Staged rows to events: duplicates, lifecycle pairs, links between cases, the interval.

DuckDB does it, and spills to disk. The staged records stay in their file: what is told again (`told_again`) and what is
paired (`lifecycle_pairs`) is known by their ordinals, and events are read a stretch of ordinals at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from flows.bounded import bounded
from flows.sources import told_again
from flows.sources.lay_still import UNUSED
from flows.sources.lifecycle_pairs import PAIRED, make_events
from flows.sources.staging import VOID

_MEMORY = "512MB"  # spills beyond it: a log of any size takes about 1 GB in all
_STRETCH = 500_000
"""Rows that are put in order at a time, since what is put in order has to stay in memory."""

_CASE_ID = """
coalesce({table}.chain_ref, link.chain_ref, $source || ':' || {table}.source_case_id)
"""

# by ordinals: what is grouped has to be short to be spilled
_LINK = """
CREATE TEMP TABLE link AS SELECT source_case_id, chain_ref FROM ranked WHERE ordinal IN (
    SELECT max(ordinal) FROM ranked WHERE fate = 'kept' AND chain_ref IS NOT NULL GROUP BY source_case_id)
"""

_EVENTS = """
SELECT $source || ':' || key AS event_id, $source AS source, settled.source_case_id, {case_id} AS case_id,
    activity, raw_activity, started_at, completed_at, suspended, precision, observed_after, seq,
    resource, lane, channel, role, opens_step, opens_lane, opens_until, attributes, records::INTEGER AS
    records, settled.chain_ref FROM settled {join} WHERE {inside} AND {stretch} ORDER BY ordinal
"""

_FACTS = """
SELECT count(*) FILTER ({inside}) AS events,
    coalesce(sum(records) FILTER ({inside}), 0)::BIGINT AS records,
    coalesce(sum(records) FILTER (NOT ({inside})), 0)::BIGINT AS outside,
    count(*) FILTER ({inside} AND completed_at IS NULL) AS in_hand,
    count(*) FILTER ({inside} AND precision = 'day') AS days,
    count(*) FILTER ({inside} AND started_at IS NULL
        AND activity IN (SELECT activity FROM settled WHERE started_at IS NOT NULL)) AS without_start,
    greatest(max(completed_at) FILTER ({inside} AND completed_at <= now()),
        max(started_at) FILTER ({inside} AND started_at <= now())) AS observed_until,
    min(least(completed_at, started_at)) FILTER ({inside}) AS observed_from,
    coalesce(sum(records) FILTER ({inside} AND starts_with({case_id}, $source || ':')), 0)::BIGINT AS unlinked
FROM settled {join}
"""

# a store may still hold these by themselves, from before the start was told
_HALVES = """
SELECT DISTINCT $source || ':' || r.key AS event_id, NULL::VARCHAR AS source_case_id
FROM (FROM settled WHERE {inside}) w JOIN ranked r ON r.ordinal = w.ordinal WHERE r.key != w.key
"""
# or these: two halves with one id, told apart from before they were a pair; of another case such an id is its own
_TWINS = """
SELECT $source || ':' || key AS event_id, source_case_id FROM (
    SELECT key || '-' || unnest(range(2, least(count(*), 4) + 1)) AS key, min(source_case_id) AS source_case_id
    FROM ranked WHERE own_id IS NOT NULL GROUP BY ranked.key HAVING min(half) != max(half)
) ANTI JOIN settled USING (key)
"""
# or these, as they were before they became no event
_VOID = """
SELECT DISTINCT $source || ':' || key AS event_id, NULL::VARCHAR AS source_case_id FROM last_void
WHERE key NOT IN (SELECT key FROM ranked WHERE fate = 'kept' AND hash(key) IN (SELECT hash(key) FROM last_void))
"""

_LEFT = """
SELECT half, count(*) FROM ranked WHERE fate = 'kept' AND half NOT IN {paired} {unused} GROUP BY 1
"""

_CASES = """
WITH said AS (SELECT {case_id} AS case_id, c.* FROM staged_cases c {join} {standing})
SELECT case_id, {last} FROM said WHERE hash(case_id) % {parts} = {part} {inside} GROUP BY case_id
HAVING bool_or(is_understood) OR count(received_at) + count(closed_at) > 0 ORDER BY min(ordinal)
"""
# of a source that can correct, a record has one ordinal in both tables
_STANDING = "WHERE c.ordinal NOT IN (SELECT ordinal FROM ranked WHERE fate = 'replaced')"
# a receipt or an end may be all that happened to a case in the interval
_CASES_INSIDE = """AND source_case_id IN (
    SELECT source_case_id FROM settled WHERE {inside}
    UNION ALL SELECT source_case_id FROM said WHERE {received} OR {closed}
)"""

_ATTEMPTS = """
SELECT $source || ':' || key AS attempt_id, $source AS source, started_at, reached, stopped, reason, channel, case_id
FROM ranked WHERE fate = 'kept' AND {inside} AND {stretch} ORDER BY ordinal
"""
_ATTEMPTS_OBSERVED = """
SELECT min(started_at) AS a, max(started_at) FILTER (started_at <= now()) AS b FROM ranked
WHERE fate = 'kept' AND {inside}
"""

_CORRECTED = """
SELECT DISTINCT corrected.key FROM corrected ANTI JOIN (
    SELECT file, number FROM ranked SEMI JOIN (FROM {table} WHERE NOT {inside}) USING (key) WHERE fate = 'kept'
) USING (file, number)
"""


@dataclass(frozen=True)
class Interval:
    """From (inclusive) to (exclusive): the instants whose events are wanted."""

    from_at: datetime
    to_at: datetime


@dataclass
class Settling:
    """Settles the staged rows of one source. One connection; the temporary files lie in `folder`."""

    folder: Path
    source: str
    zone: str
    """In which zone the days of its records are told."""
    is_linked: bool
    """The source has a reference to the chain case."""
    is_apart: bool = False
    """The chain says how its dossiers are linked: then each record stands for itself, and cases keep their own
    number, so that what is stored does not hang on what was read together."""
    lists_events_singly: bool = False
    can_correct: bool = False
    """Its later records may replace earlier ones; these then say nothing of their case any more."""
    interval: Interval | None = None
    connection: duckdb.DuckDBPyConnection = field(init=False)
    has_suspensions: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self.connection = bounded(_MEMORY, self.folder / "spill")

    def rank(self, staged: Path, void: Path) -> None:
        """Tell the records to keep from those that are known, replaced, or share their id with another."""
        self._view("told", staged)
        self._view("void", void)
        told_again.rank(self.connection, told_again.EVENTS_SINGLY if self.lists_events_singly else told_again.EVENTS)

    def rank_attempts(self, staged: Path) -> None:
        """Do the same for attempts, which have neither lifecycle nor order."""
        self._view("told", staged)
        self.connection.register("void", VOID.empty_table())
        told_again.rank(self.connection, told_again.ATTEMPTS)

    def fates(self) -> dict[str, int]:
        """Return fate → records: kept, known, replaced, duplicate_id."""
        return self._counts("SELECT fate, count(*) FROM ranked GROUP BY 1")

    def doubles(self) -> pa.Table:
        """Return file, number and id of the records that share their id with a later one of the same file."""
        query = "SELECT file, number, own_id FROM ranked WHERE fate = 'duplicate_id' ORDER BY ordinal"
        return self.connection.sql(query).to_arrow_table()

    def pair(self) -> None:
        """Make events of the kept records: pairs where the source has a lifecycle, else one each."""
        self.has_suspensions = make_events(self.connection, self.zone)
        self.connection.execute(_LINK)

    def leftovers(self) -> dict[str, int]:
        """Return transition → records that became no part of an event."""
        used = "SELECT coalesce(sum(records), 0)::BIGINT FROM settled"
        left = self._counts(_LEFT.format(paired=PAIRED, unused=UNUSED if self.has_suspensions else ""))
        alone = self._one("SELECT count(*) FROM ranked WHERE fate = 'kept'") - sum(left.values()) - self._one(used)
        return left | ({"withdraw or abort without a start": alone} if alone else {})

    def facts(self) -> dict[str, Any]:
        """Return counts over the events inside the interval, and the records outside."""
        inside = self._inside()
        query = _FACTS.format(inside=inside, case_id=self._case_id("settled"), join=self._join("settled"))
        (row,) = self._relation(query).to_arrow_table().to_pylist()
        return dict(row) | ({} if self.is_linked else {"unlinked": 0})

    def gone(self, corrected: pa.Table, is_attempts: bool) -> list[str]:
        """Return the former keys of corrected records (file, number, key) but of those that lie outside the interval:
        they come with their own interval, and are not to be lost until then.
        """
        self.connection.register("corrected", corrected)
        table, instant = ("ranked", ("started_at",)) if is_attempts else ("settled", ())
        query = _CORRECTED.format(table=table, inside=self._inside(*instant))
        return [key for (key,) in self._relation(query).fetchall()]

    def events(self) -> Iterator[pa.RecordBatch]:
        """Yield the events inside the interval, in the order of the source."""
        of = {"case_id": self._case_id("settled"), "join": self._join("settled"), "inside": self._inside()}
        for stretch in self._stretches():
            yield from self._relation(_EVENTS.format(**of, stretch=stretch)).to_arrow_reader(50_000)

    def halves(self) -> Iterator[pa.RecordBatch]:
        """Yield the ids of completions that are now part of an event with the id of its start."""
        yield from self._relation(_HALVES.format(inside=self._inside())).to_arrow_reader(50_000)

    def twins(self) -> Iterator[pa.RecordBatch]:
        """Yield the ids that halves with one id may once have had, and have no more."""
        yield from self._relation(_TWINS).to_arrow_reader(50_000)

    def void(self) -> Iterator[pa.RecordBatch]:
        """Yield the ids of records that are no event any more."""
        yield from self._relation(_VOID).to_arrow_reader(50_000)

    def cases(self, staged: Path, columns: list[str]) -> Iterator[pa.RecordBatch]:
        """Yield one row a case of all that is said of it: of each column the last value that is known.

        What is brought together has to stay in memory, so that many cases are taken in parts, of which each has the
        order of the source.
        """
        self._view("staged_cases", staged)
        of: dict[str, Any] = {
            "case_id": self._case_id("c"),
            "join": self._join("c"),
            "last": ", ".join(f"{_said(c)} FILTER ({_quoted(c)} IS NOT NULL) AS {_quoted(c)}" for c in columns),
            "standing": _STANDING if self.can_correct else "",
            "inside": "" if self.interval is None else self._cases_inside(),
            "parts": self._one("SELECT count(*) FROM staged_cases") // _STRETCH + 1,
        }
        for part in range(of["parts"]):
            yield from self._relation(_CASES.format(**of, part=part)).to_arrow_reader(50_000)

    def _cases_inside(self) -> str:
        own = {"received": self._inside("received_at"), "closed": self._inside("closed_at")}
        return _CASES_INSIDE.format(inside=self._inside(), **own)

    def attempts(self) -> Iterator[pa.RecordBatch]:
        """Yield the attempts that were kept and lie inside the interval."""
        for stretch in self._stretches():
            query = _ATTEMPTS.format(inside=self._inside("started_at"), stretch=stretch)
            yield from self._relation(query).to_arrow_reader(50_000)

    def attempts_observed(self) -> tuple[datetime | None, datetime | None]:
        """Return the first and the last instant of the attempts."""
        (row,) = (
            self._relation(_ATTEMPTS_OBSERVED.format(inside=self._inside("started_at"))).to_arrow_table().to_pylist()
        )
        return row["a"], row["b"]

    def close(self) -> None:
        """Let go of the memory and the spilled files."""
        self.connection.close()

    def _case_id(self, table: str) -> str:
        if self.is_apart:
            own = f"$source || ':' || {table}.source_case_id"
            return f"coalesce({table}.chain_ref, {own})" if self.is_linked and table == "settled" else own
        return _CASE_ID.format(table=table).strip() if self.is_linked else f"{table}.source_case_id"

    def _join(self, table: str) -> str:
        if not self.is_linked or self.is_apart:
            return ""
        return f"LEFT JOIN link ON {table}.source_case_id = link.source_case_id"

    def _inside(self, instant: str = "coalesce(completed_at, started_at)") -> str:
        if self.interval is None:
            return "TRUE"
        return f"coalesce({instant} >= $from_at AND {instant} < $to_at, FALSE)"

    def _stretches(self) -> Iterator[str]:
        """Yield conditions that each let a stretch of the records through, one after another."""
        last = self._one("SELECT coalesce(max(ordinal), -1) FROM told")
        for begin in range(0, last + 1, _STRETCH):
            yield f"ordinal >= {begin} AND ordinal < {begin + _STRETCH}"

    def _relation(self, query: str) -> Any:
        known = {"source": self.source}
        if self.interval is not None:
            known |= {"from_at": self.interval.from_at, "to_at": self.interval.to_at}
        return self.connection.sql(query, params={name: value for name, value in known.items() if f"${name}" in query})

    def _view(self, name: str, path: Path) -> None:
        quoted = str(path).replace("'", "''")
        self.connection.execute(f"CREATE TEMP VIEW {name} AS FROM read_parquet('{quoted}')")

    def _counts(self, query: str) -> dict[str, int]:
        return dict(self.connection.sql(query).fetchall())

    def _one(self, query: str) -> int:
        ((count,),) = self.connection.sql(query).fetchall()
        return int(count)


def _said(column: str) -> str:
    """Return what counts of a column of a case: the last value; of suspensions, extensions and links all of them."""
    if column.startswith(("suspension:", "extension:", "link:")):
        return f"list({_quoted(column)} ORDER BY ordinal)"
    return f"max_by({_quoted(column)}, ordinal)"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
