"""Extract one source: records in, Parquet files of events, cases, attempts and quarantine out, and every
record accounted for.

The law: read = records of events + already known + replaced + ignored + quarantined. Nothing is written until
all is well.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from flows.forgotten import UNNAMED, ForgottenCases, is_about, written_over
from flows.sources.attributes import MADE, fingerprints
from flows.sources.case_rows import case_rows
from flows.sources.case_staging import STAGED_ATTEMPTS, AttemptStaging, CaseStaging
from flows.sources.columnar import read_parquet
from flows.sources.columns import attempt_names, case_names, event_columns, event_names, require, same_columns
from flows.sources.delimited import read_csv
from flows.sources.deliveries import taken
from flows.sources.door import Door
from flows.sources.files import Files, source_files
from flows.sources.leftover import left_before
from flows.sources.moments import MomentReader
from flows.sources.object_centric import read_ocel
from flows.sources.outcome import Extract
from flows.sources.records import RawBatch, Reader, Told
from flows.sources.settling import Interval, Settling
from flows.sources.sql import read_sql
from flows.sources.staging import STAGED, EventStaging, prepared
from flows.sources.tables import parquet_writer, write_tables
from flows.sources.workbook import read_xlsx
from flows.sources.xes import read_xes
from mappings.citizen import CONTACT_KINDS, LIVE_KINDS
from mappings.project import Project
from mappings.source import Source
from mining.columns import ATTEMPTS, CASES, EVENTS, QUARANTINE

SOURCES: dict[str, Reader] = {
    "csv": read_csv,
    "xlsx": read_xlsx,
    "parquet": read_parquet,
    "xes": read_xes,
    "ocel": read_ocel,
    "sql": read_sql,
}
"""Kind → what reads it."""

OUTSIDE = "outside the interval"


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
    others counted as ignored; pairs are made first, so that a start before the interval is not lost. `state`
    is where a reader keeps what it needs the next time; beside the tables where left out. Deliveries are
    expected up to `as_of`, now where left out. Raises SourceError; then nothing is written but that.
    """
    workdir.mkdir(parents=True, exist_ok=True)
    final = workdir / source.name
    with tempfile.TemporaryDirectory(dir=workdir, prefix=f".{source.name}-") as scratch:
        folder = Path(scratch)
        inside = Interval(*interval) if interval else None
        extraction = _Extraction(source, project, key, folder, inside, state or workdir / "state")
        extraction.as_of = as_of
        extraction.door.forgotten = forgotten or ForgottenCases()
        extraction.stage()
        facts = extraction.settle()
        shutil.rmtree(final, ignore_errors=True)
        final.mkdir()
        for name in ("events", "cases", "attempts", "quarantine"):
            (folder / f"{name}.parquet").replace(final / f"{name}.parquet")
    paths = {f"{name}_path": final / f"{name}.parquet" for name in ("events", "cases", "attempts", "quarantine")}
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
    columns: dict[str, None] = field(default_factory=dict)
    told: Told = field(default_factory=Told)
    schema: list[str] | None = None
    """The columns of the files of a delivery."""
    files: Files = None
    """The files that were read, where they were chosen; None for all of the source."""
    _wheres: dict[int, str] = field(default_factory=dict)
    _checked: set[tuple[int, bool]] = field(default_factory=set)
    _compared: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.is_attempts = self.source.record == "attempts"
        self.events = None if self.is_attempts else EventStaging(self.source, self.project, self.key)
        self.attempts = AttemptStaging(self.source, self.key) if self.is_attempts else None
        self.cases = CaseStaging(self.source)
        name = self.source.name
        self.door = Door(
            self.source,
            self.key,
            targets=written_over(self.project, name),
            in_place=UNNAMED if self.project.chain.is_apart(name) else None,
            is_about=is_about(self.project, name),
        )
        self.digest = hashlib.sha256()

    def stage(self) -> None:
        """Write each record to the staged tables or the quarantine. Raises SourceError."""
        staged = STAGED_ATTEMPTS if self.is_attempts else STAGED
        with (
            parquet_writer(self.folder / "staged.parquet", staged) as rows,
            parquet_writer(self.folder / "staged_cases.parquet", self.cases.schema) as cases,
            parquet_writer(self.folder / "told_quarantine.parquet", QUARANTINE) as quarantine,
        ):
            for batch in self._batches():
                self._check_columns(batch)
                for table, writer in zip(self._staged(batch), (rows, cases, quarantine), strict=True):
                    if len(table):
                        writer.write_table(table)
        self._check_whole()

    def _batches(self) -> Iterator[RawBatch]:
        if self.source.kind == "zgw":
            from flows.sources.zgw import read_zgw

            return read_zgw(self.source, self.project.folder, self.state, self.key, self.told)
        if self.source.kind in CONTACT_KINDS:
            from flows.sources.contacts import read_contacts

            return read_contacts(self.source, self.told)
        if self.source.kind == "matomo":
            from flows.sources.matomo import read_matomo

            return read_matomo(self.source, self.project.folder, self.told)
        if self.source.kind == "sql":
            # an interval is read whole, and says nothing about how far the source was read
            if self.interval is None:
                self.told.before = left_before(self.state, self.source, self.key)
            return read_sql(self.source, self.project.folder, self.told)
        if self.source.deliveries is not None:
            return self._delivered()
        return SOURCES[self.source.kind](self.source, self.project.folder)

    def _delivered(self) -> Iterator[RawBatch]:
        self.told.before = left_before(self.state, self.source, self.key)
        with taken(self.source, self.project.folder, self.told, self.as_of) as files:
            self.files = files
            yield from SOURCES[self.source.kind](self.source, self.project.folder, files)

    def _staged(self, batch: RawBatch) -> tuple[pa.Table, pa.Table, pa.Table]:
        read = len(batch.table)
        self.told.note(batch.noted)
        batch = self.door.admit(batch)
        table = prepared(batch, self.source, self.key)
        if (plain := self.door.without_names(batch)) is not batch:
            made = fingerprints(table, self.key)
            batch, table = plain, prepared(plain, self.source, self.key).append_column(MADE, made)
        if batch.is_cases:
            return STAGED.empty_table(), self.cases.stage(batch, table), QUARANTINE.empty_table()
        self.read += read + len(batch.rejected) + batch.passed_over
        self.passed_over += batch.passed_over
        self._wheres[batch.file] = batch.where
        if self.source.kind in LIVE_KINDS or not self.source.path:
            self._digest(table)
        rejected = self._rejected(batch)
        if self.attempts is not None:
            rows, refused = self.attempts.stage(batch, table)
            cases = self.cases.schema.empty_table()
        elif self.events is not None:
            rows, refused = self.events.stage(batch, table)
            cases = self.cases.stage(batch, table)
        refused = pa.concat_tables([rejected, refused])
        self.quarantined.update(refused.column("reason").to_pylist())
        return rows, cases, refused

    def _digest(self, table: pa.Table) -> None:
        for part in table.to_batches():
            self.digest.update(part.serialize())

    def _rejected(self, batch: RawBatch) -> pa.Table:
        rows = [
            {
                "source": self.source.name,
                "record": r.record,
                "reason": r.reason,
                "detail": r.detail,
                "content": None,
            }
            for r in batch.rejected
        ]
        return pa.Table.from_pylist(rows, schema=QUARANTINE)

    def _check_columns(self, batch: RawBatch) -> None:
        self.columns.update(dict.fromkeys(batch.table.column_names))
        if self.source.deliveries is not None:
            self._check_schema(batch)
        if self.source.kind in ("xes", "ocel") or (batch.file, batch.is_cases) in self._checked:
            return
        self._checked.add((batch.file, batch.is_cases))
        wanted = case_names(self.source) if batch.is_cases else self._wanted()
        require(self.source, wanted, batch.table.column_names, batch.where.rpartition(" ")[0])

    def _check_schema(self, batch: RawBatch) -> None:
        if self.source.kind in ("xes", "ocel") or batch.file in self._compared:
            return
        self._compared.add(batch.file)
        former = self.told.before.get("columns") if self.schema is None else self.schema
        self.schema = same_columns(self.source, former, batch.table.column_names, batch.where.rpartition(" ")[0])
        self.told.after["columns"] = self.schema

    def _wanted(self) -> list[str]:
        return attempt_names(self.source) if self.is_attempts else event_names(self.source)

    def _check_whole(self) -> None:
        """Check what can only be known at the end: columns of formats without a header, and columns of times."""
        where = f"source '{self.source.name}'"
        if self.source.kind in ("xes", "ocel") and self.read > self.passed_over:
            require(self.source, self._wanted(), self.columns, where)
        for reader in self._moment_readers():
            reader.check(where)

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
            is_linked=not self.is_attempts and event_columns(self.source).chain_case is not None,
            is_apart=not self.is_attempts and self.project.chain.is_apart(self.source.name),
            lists_events_singly=self.source.kind == "xes",
            interval=self.interval,
        )
        try:
            facts = self._settled_attempts(settling) if self.is_attempts else self._settled_events(settling)
            return facts | {"left": {} if self.interval else dict(self.told.after)}
        finally:
            settling.close()

    def _settled_events(self, settling: Settling) -> dict[str, Any]:
        settling.rank(self.folder / "staged.parquet")
        settling.pair()
        fates, left, facts = settling.fates(), settling.leftovers(), settling.facts()
        write_tables(self.folder / "events.parquet", EVENTS, settling.events())
        columns = [name for name in self.cases.schema.names if name not in ("ordinal", "source_case_id", "chain_ref")]
        said = settling.cases(self.folder / "staged_cases.parquet", columns)
        write_tables(self.folder / "cases.parquet", CASES, (case_rows(batch, self.source, self.door) for batch in said))
        write_tables(self.folder / "attempts.parquet", ATTEMPTS, ())
        self._write_quarantine(settling)
        has_starts = facts["in_hand"] or facts["records"] > facts["events"]
        return {
            **self._common(fates, {f"lifecycle: {name}": count for name, count in left.items()}, facts["outside"]),
            "events": facts["events"],
            "events_records": facts["records"],
            "unlinked": facts["unlinked"],
            "unpaired_starts": facts["in_hand"],
            "completions_without_start": facts["without_start"] if has_starts else 0,
            "day_precision": facts["days"],
            "observed_from": facts["observed_from"],
            "observed_until": self._observed_until(facts["observed_until"]),
        }

    def _observed_until(self, latest: datetime | None) -> datetime | None:
        """Return until when the source was observed, over this and what earlier readings left."""
        told, before = self.told.read_at or latest, self.told.before.get("observed_until")
        known = [at for at in (told, datetime.fromisoformat(before) if before else None) if at is not None]
        if self.told.after and known:
            self.told.after["observed_until"] = max(known).isoformat()
        return max(known, default=None)

    def _settled_attempts(self, settling: Settling) -> dict[str, Any]:
        settling.rank_attempts(self.folder / "staged.parquet")
        fates = settling.fates()
        written = write_tables(self.folder / "attempts.parquet", ATTEMPTS, settling.attempts())
        write_tables(self.folder / "events.parquet", EVENTS, ())
        write_tables(self.folder / "cases.parquet", CASES, ())
        self._write_quarantine(settling)
        first, last = settling.attempts_observed()
        until = self._observed_until(last)
        facts = {"events": written, "events_records": written, "observed_from": first, "observed_until": until}
        return {**self._common(fates, {}, fates.get("kept", 0) - written), **facts}

    def _common(self, fates: dict[str, int], left: dict[str, int], outside: int) -> dict[str, Any]:
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
            "content_hash": self._content_hash(),
            "columns": tuple(self.columns),
            "requests": self.told.requests,
            "notes": self.told.notes | self.door.notes(),
            "corrections_unmet": self._unmet(),
            "withdrawn": self._withdrawn(),
            "arrivals": self.told.arrivals,
        }

    def _unmet(self) -> tuple[str, ...] | None:
        """Return the corrections that met no record; None where there are none, or not all records were read."""
        is_part = self.source.kind == "sql" and bool(self.told.before)
        return self.door.unmet() if self.source.corrections and not is_part else None

    def _withdrawn(self) -> tuple[str, ...]:
        """Return the ids under which the store may hold events as they were before they were corrected."""
        if self.events is None:
            return ()
        found: dict[str, None] = {}
        for batch in self.door.wrong:
            table = prepared(batch, self.source, self.key)
            own, made = self.events.own_id(table), fingerprints(table, self.key)
            found.update(dict.fromkeys(f"{self.source.name}:{key}" for key in pc.coalesce(own, made).to_pylist()))
        return tuple(found)

    def _unreadable(self) -> dict[str, int]:
        of_records = [self.events.completed] if self.events else [self.attempts.started if self.attempts else None]
        return {r.column.column: r.unreadable for r in self._moment_readers() if r.unreadable and r not in of_records}

    def _content_hash(self) -> str:
        if self.source.kind not in LIVE_KINDS and self.source.path:
            for file in source_files(self.source, self.project.folder) if self.files is None else self.files:
                if file.member is None or file.number == 0:
                    self.digest.update(file.sha256().encode())
        return self.digest.hexdigest()

    def _write_quarantine(self, settling: Settling) -> None:
        def set_aside() -> Iterator[pa.Table]:
            with pq.ParquetFile(self.folder / "told_quarantine.parquet") as told:
                yield from (pa.Table.from_batches([batch]) for batch in told.iter_batches())
            yield self._doubles(settling.doubles())

        write_tables(self.folder / "quarantine.parquet", QUARANTINE, set_aside())

    def _doubles(self, doubles: pa.Table) -> pa.Table:
        what = "another record of the same file has this id and says otherwise; the last one counts: "
        rows = [
            {
                "source": self.source.name,
                "record": f"{self._wheres[row['file']]} {row['number']}",
                "reason": "duplicate_id",
                "detail": f"{what}{row['own_id']}",
                "content": None,
            }
            for row in doubles.to_pylist()
        ]
        return pa.Table.from_pylist(rows, schema=QUARANTINE)
