"""Extract one source: records in, Parquet files of events, cases, attempts and quarantine out, and every
record accounted for.

The law: read = records of events + already known + replaced + ignored + quarantined. Nothing is written until
all is well.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from flows.forgotten import UNNAMED, ForgottenCases, is_about, written_over
from flows.sources.attributes import MADE, fingerprints, text
from flows.sources.case_rows import case_rows
from flows.sources.case_staging import STAGED_ATTEMPTS, AttemptStaging, CaseStaging
from flows.sources.column_checks import ColumnChecks
from flows.sources.columns import can_correct, event_columns, has_cases_apart, has_ids_twice, number_names
from flows.sources.door import Door
from flows.sources.moments import MomentReader
from flows.sources.outcome import Extract
from flows.sources.readers import Reading
from flows.sources.records import RawBatch, trimmed
from flows.sources.set_aside import rejected, write_set_aside
from flows.sources.settling import Interval, Settling
from flows.sources.staging import STAGED, VOID, EventStaging, prepared
from flows.sources.tables import parquet_writer, write_tables
from mappings.project import Project
from mappings.source import Source
from mining.ahead import ahead
from mining.columns import ATTEMPTS, CASES, EVENTS, QUARANTINE

OUTSIDE = "outside the interval"
_TABLES = ("events", "cases", "attempts", "quarantine", "outdated")
_OUTDATED = pa.schema([("event_id", pa.string()), ("source_case_id", pa.string())])
"""Events that the store is to let go of; with a case, only where they are of that one."""


def extract(
    source: Source,
    project: Project,
    workdir: Path,
    key: bytes,
    interval: tuple[datetime, datetime] | None = None,
    state: Path | None = None,
    forgotten: ForgottenCases | None = None,
    as_of: datetime | None = None,
) -> Extract:
    """Read a source and write its tables under `workdir`/<source>.

    With an interval, events whose completion (or, unfinished, start) lies in [from, to) are kept and the
    others counted as ignored; pairs are made first, so that a start before the interval is not lost. Cases are told
    that have such an event, or whose receipt or end lies there. `state`
    is where a reader keeps what it needs the next time; beside the tables where left out. Deliveries are
    expected up to `as_of`, now where left out. Raises SourceError; then nothing is written but that.
    """
    workdir.mkdir(parents=True, exist_ok=True)
    final = workdir / source.name
    with tempfile.TemporaryDirectory(dir=workdir, prefix=f".{source.name}-") as scratch:
        folder = Path(scratch)
        inside = Interval(*interval) if interval else None
        extraction = _Extraction(source, project, key, folder, inside, state or workdir / "state", as_of)
        extraction.door.forgotten = forgotten or ForgottenCases()
        extraction.stage()
        facts = extraction.settle()
        shutil.rmtree(final, ignore_errors=True)
        final.mkdir()
        for name in _TABLES:
            (folder / f"{name}.parquet").replace(final / f"{name}.parquet")
    paths = {f"{name}_path": final / f"{name}.parquet" for name in _TABLES}
    return Extract(source=source.name, **paths, **facts)


@dataclass
class _Extraction:
    """One extraction under way."""

    source: Source
    project: Project
    key: bytes
    folder: Path
    interval: Interval | None
    state: Path
    as_of: datetime | None = None
    read: int = 0
    passed_over: int = 0
    quarantined: Counter[str] = field(default_factory=Counter)
    _wheres: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.is_attempts = self.source.record == "attempts"
        self.events = None if self.is_attempts else EventStaging(self.source, self.project, self.key)
        self.attempts = AttemptStaging(self.source, self.key) if self.is_attempts else None
        self.cases = CaseStaging(self.source, self.project.file.zone)
        name = self.source.name
        self.door = Door(
            self.source,
            self.key,
            targets=written_over(self.project, name),
            in_place=UNNAMED if self.project.chain.is_apart(name) else None,
            is_about=is_about(self.project, name),
        )
        is_whole, folder = self.interval is None, self.project.folder
        self.reading = Reading(self.source, folder, self.state, self.key, is_whole, self.as_of)
        self.checks = ColumnChecks(self.source, self.reading.told)

    def stage(self) -> None:
        """Write each record to the staged tables or the quarantine. Raises SourceError."""
        staged = STAGED_ATTEMPTS if self.is_attempts else STAGED
        with (
            parquet_writer(self.folder / "staged.parquet", staged) as rows,
            parquet_writer(self.folder / "staged_cases.parquet", self.cases.schema) as cases,
            parquet_writer(self.folder / "void.parquet", VOID) as void,
            parquet_writer(self.folder / "told_quarantine.parquet", QUARANTINE) as quarantine,
        ):
            for tables in ahead(self._batches()):
                for table, writer in zip(tables, (rows, cases, void, quarantine), strict=True):
                    if len(table):
                        writer.write_table(table)
        if self.read > self.passed_over:
            self.checks.check_whole()
        for reader in self._moment_readers():
            reader.check(f"source '{self.source.name}'")

    def _batches(self) -> Iterator[tuple[pa.Table, ...]]:
        # no map: the error of a record then ends the reading in the thread that opened what is read
        for batch in self.reading.batches():
            yield self._staged(batch)

    def _staged(self, batch: RawBatch) -> tuple[pa.Table, pa.Table, pa.Table, pa.Table]:
        self.checks.check(batch)
        read = len(batch.table)
        self.reading.told.note(batch.noted)
        batch = self._numbered(self.door.admit(batch))
        table = prepared(batch, self.source, self.key)
        if (plain := self.door.without_names(batch)) is not batch:
            made = fingerprints(table, self.key)
            batch, table = plain, prepared(plain, self.source, self.key).append_column(MADE, made)
        if batch.is_cases:
            if self.events is not None and can_correct(self.source):
                self.events.read += len(table)  # so that a record has one place among events and cases
            return STAGED.empty_table(), self.cases.stage(batch, table), VOID.empty_table(), QUARANTINE.empty_table()
        self.read += read + len(batch.rejected) + batch.passed_over
        self.passed_over += batch.passed_over
        self._wheres[batch.file] = batch.where
        self.reading.digest(table)
        unread = rejected(self.source, batch)
        if self.attempts is not None:
            rows, refused = self.attempts.stage(batch, table)
            cases, void = self.cases.schema.empty_table(), VOID.empty_table()
        elif self.events is not None:
            rows, void, refused, is_understood = self.events.stage(batch, table)
            cases = self.cases.stage(batch, table, is_understood)
        refused = pa.concat_tables([unread, refused])
        self.quarantined.update(refused.column("reason").to_pylist())
        return rows, cases, void, refused

    def _numbered(self, batch: RawBatch) -> RawBatch:
        return replace(batch, table=trimmed(batch.table, number_names(self.source)))

    def _moment_readers(self) -> list[MomentReader]:
        readers = [*self.cases.readers.values(), *self.cases.terms.readers.values()]
        if self.events is not None:
            readers = [r for r in (self.events.completed, self.events.started) if r is not None] + readers
        if self.attempts is not None:
            readers = [self.attempts.started]
        return readers

    def settle(self) -> dict[str, Any]:
        """Write the final tables and return the facts about them."""
        settling = Settling(
            self.folder,
            self.source.name,
            zone=self._zone(),
            is_linked=not self.is_attempts and event_columns(self.source).chain_case is not None,
            is_apart=not self.is_attempts and self.project.chain.is_apart(self.source.name),
            lists_events_singly=self.source.kind == "xes",
            can_correct=not self.is_attempts and can_correct(self.source),
            interval=self.interval,
        )
        try:
            facts = self._settled_attempts(settling) if self.is_attempts else self._settled_events(settling)
            return facts | {"left": {} if self.interval else dict(self.reading.told.after)}
        finally:
            settling.close()

    def _zone(self) -> str:
        own = None if self.is_attempts else event_columns(self.source).completed_at
        return (own.zone if own else None) or self.source.zone

    def _settled_events(self, settling: Settling) -> dict[str, Any]:
        settling.rank(self.folder / "staged.parquet", self.folder / "void.parquet")
        settling.pair()
        fates, left, facts = settling.fates(), settling.leftovers(), settling.facts()
        write_tables(self.folder / "events.parquet", EVENTS, settling.events())
        said = settling.cases(self.folder / "staged_cases.parquet", self.cases.facts())
        write_tables(self.folder / "cases.parquet", CASES, (case_rows(batch, self.source, self.door) for batch in said))
        write_tables(self.folder / "attempts.parquet", ATTEMPTS, ())
        has_pairs = facts["records"] > facts["events"]
        twins = settling.twins() if event_columns(self.source).lifecycle else ()
        outdated = chain(settling.halves() if has_pairs else (), twins, settling.void())
        write_tables(self.folder / "outdated.parquet", _OUTDATED, outdated)
        write_set_aside(self.folder, self.source, self._wheres, settling.doubles())
        return {
            **self._common(
                settling, fates, {f"lifecycle: {name}": count for name, count in left.items()}, facts["outside"]
            ),
            "events": facts["events"],
            "events_records": facts["records"],
            "unlinked": facts["unlinked"],
            "unpaired_starts": facts["in_hand"],
            "completions_without_start": facts["without_start"] if facts["in_hand"] or has_pairs else 0,
            "day_precision": facts["days"],
            "observed_from": facts["observed_from"],
            "observed_until": self._observed_until(facts["observed_until"]),
        }

    def _observed_until(self, latest: datetime | None) -> datetime | None:
        """Return until when the source was observed, over this and what earlier readings left.

        What a record says of the time to come was not observed: one mistyped year would make any source up to date.
        """
        told = self.reading.told
        before = told.before.get("observed_until")
        known = (told.read_at or latest, datetime.fromisoformat(before) if before else None)
        until = max((at for at in known if at and at <= datetime.now(UTC)), default=None)
        if told.after and until:
            told.after["observed_until"] = until.isoformat()
        return until

    def _settled_attempts(self, settling: Settling) -> dict[str, Any]:
        settling.rank_attempts(self.folder / "staged.parquet")
        fates = settling.fates()
        written = write_tables(self.folder / "attempts.parquet", ATTEMPTS, settling.attempts())
        write_tables(self.folder / "events.parquet", EVENTS, ())
        write_tables(self.folder / "cases.parquet", CASES, ())
        write_tables(self.folder / "outdated.parquet", _OUTDATED, ())
        write_set_aside(self.folder, self.source, self._wheres, settling.doubles())
        first, last = settling.attempts_observed()
        until = self._observed_until(last)
        facts = {"events": written, "events_records": written, "observed_from": first, "observed_until": until}
        return {**self._common(settling, fates, {}, fates.get("kept", 0) - written), **facts}

    def _common(self, settling: Settling, fates: dict[str, int], left: dict[str, int], outside: int) -> dict[str, Any]:
        labels = self.events.labels if self.events else None
        ignored = {f"label: {label}": count for label, count in (labels.ignored if labels else {}).items()}
        ignored |= left | ({OUTSIDE: outside} if outside else {})
        if self.passed_over:
            is_visit = self.source.kind == "matomo"
            ignored["no step of the form" if is_visit else "no object of the case's type"] = self.passed_over
        ignored |= {why: count for why, count in self.door.ignored.items() if count}
        lanes = self.events.lanes if self.events else None
        channels = [s.channels for s in (self.events, self.attempts, self.cases) if s is not None]
        doubles = fates.get("duplicate_id", 0)
        return {
            "read": self.read,
            "known": fates.get("known", 0),
            "replaced": fates.get("replaced", 0),
            "ignored": ignored,
            "quarantined": dict(self.quarantined) | ({"duplicate_id": doubles} if doubles else {}),
            "unmapped_activities": dict(labels.unmapped) if labels else {},
            "unmapped_lanes": dict(lanes.unmapped) if lanes else {},
            "unknown_lanes": dict(lanes.said_unknown) if lanes else {},
            "unmapped_channels": dict(channels[0].unmapped),
            "ambiguous_times": {r.column.column: r.ambiguous for r in self._moment_readers() if r.ambiguous},
            "unreadable": self._unreadable(),
            "day_only_starts": self.events.day_only_starts if self.events else 0,
            "content_hash": self.reading.content_hash(),
            "columns": tuple(self.checks.columns),
            "requests": self.reading.told.requests,
            "notes": self.reading.told.notes | self.door.notes(),
            "corrections_unmet": self._unmet(),
            "withdrawn": self._withdrawn(settling),
            "withdrawn_cases": self._withdrawn_cases(),
            "has_ids_twice": not self.is_attempts and has_ids_twice(self.source),
            "has_halves": not self.is_attempts and event_columns(self.source).lifecycle is not None,
            "has_cases_apart": not self.is_attempts and has_cases_apart(self.source),
            "has_own_numbers": self.project.chain.is_apart(self.source.name),
            "arrivals": self.reading.told.arrivals,
        }

    def _unmet(self) -> tuple[str, ...] | None:
        """Return the corrections that met no record; None where there are none, or not all records were read."""
        is_part = self.source.kind == "sql" and bool(self.reading.told.before)
        return self.door.unmet() if self.source.corrections and not is_part else None

    def _withdrawn(self, settling: Settling) -> tuple[str, ...]:
        """Return the ids under which the store may hold records as they were before they were corrected."""
        wrong = [self._former_keys(self._numbered(batch)) for batch in self.door.wrong if not batch.is_cases]
        corrected = settling.gone(pa.concat_tables(wrong), self.is_attempts) if wrong else ()
        return tuple(f"{self.source.name}:{key}" for key in (*corrected, *self.reading.told.withdrawn))

    def _withdrawn_cases(self) -> tuple[str, ...]:
        """Return the cases of which a record was corrected; an interval does not tell of all that are still there."""
        if self.interval is not None:
            return ()
        name, columns = self.source.name, event_columns(self.source)
        is_apart = self.project.chain.is_apart(name)
        found: set[str | None] = set()
        for batch in map(self._numbered, self.door.wrong):
            table = prepared(batch, self.source, self.key)
            key = self.source.case.case if batch.is_cases and self.source.case.case else columns.case
            numbers, chain = text(table, key), text(table, None if is_apart else columns.chain_case)
            is_own = is_apart or columns.chain_case is not None
            own = pc.binary_join_element_wise(name, numbers, ":") if is_own else numbers
            found.update(own.to_pylist(), chain.to_pylist())
        return tuple(sorted(case for case in found if case is not None))

    def _former_keys(self, batch: RawBatch) -> pa.Table:
        table = prepared(batch, self.source, self.key)
        staging = self.events or self.attempts
        own = staging.own_id(table) if staging else pa.nulls(len(table), pa.string())
        keys = pc.coalesce(own, fingerprints(table, self.key))
        return pa.table({"file": [batch.file] * len(keys), "number": batch.numbers, "key": keys})

    def _unreadable(self) -> dict[str, int]:
        of_records = [self.events.completed] if self.events else [self.attempts.started if self.attempts else None]
        return {r.column.column: r.unreadable for r in self._moment_readers() if r.unreadable and r not in of_records}
