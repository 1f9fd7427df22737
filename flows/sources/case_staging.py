"""What a source says of its cases and attempts: staged a batch at a time, brought together in `settling`."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from flows.sources.attributes import fingerprints, text
from flows.sources.columns import attempt_names, can_correct, event_columns, has_cases_apart
from flows.sources.kept_objects import COLUMN
from flows.sources.labels import PlainLabels
from flows.sources.moments import US_UTC, MomentReader
from flows.sources.records import RawBatch
from flows.sources.staging import quarantined
from flows.sources.suspensions import TermStaging
from mappings.source import Source, TimeColumn

_TEXTS = ("zaaktype", "persona", "channel", "outcome")

STAGED_ATTEMPTS = pa.schema(
    [
        ("ordinal", pa.int64()),
        ("file", pa.int32()),
        ("number", pa.int64()),
        ("own_id", pa.string()),
        ("fingerprint", pa.string()),
        ("started_at", US_UTC),
        ("reached", pa.string()),
        ("stopped", pa.string()),
        ("reason", pa.string()),
        ("channel", pa.string()),
        ("case_id", pa.string()),
    ]
)
"""One record of an attempt."""


@dataclass
class CaseStaging:
    """Stages what the records say of cases: distinct values only, since events repeat their case.

    Where a later record may replace one, each is staged under its own ordinal: it takes back what the former one said.
    """

    source: Source
    zone: str
    """The zone of the project, in which the ledger tells local days."""
    readers: dict[str, MomentReader] = field(init=False)
    channels: PlainLabels = field(init=False)
    terms: TermStaging = field(init=False)
    seen: int = 0

    def __post_init__(self) -> None:
        columns, source = self.source.case, self.source
        self.terms = TermStaging(source, self.zone)
        moments: dict[str, TimeColumn | None] = {
            "received_at": columns.received_at,
            "closed_at": columns.closed_at,
        }
        moments |= {f"target:{name}": column for name, column in columns.targets.items()}
        self.readers = {name: MomentReader(column, source.zone) for name, column in moments.items() if column}
        self.channels = PlainLabels(source.channels, source.unknown_channels, source.channels.values())

    @property
    def schema(self) -> pa.Schema:
        """The staged columns; targets and segments have one each."""
        names = [
            "source_case_id",
            "chain_ref",
            *_TEXTS,
            *self._segments(),
            *self.terms.names,
            *_links(self.source),
            "received_precision",
            "closed_precision",
        ]
        moments = ["received_at", "closed_at", *(f"target:{name}" for name in self.source.case.targets)]
        fields = [
            ("ordinal", pa.int64()),
            ("is_understood", pa.bool_()),
            *((n, pa.string()) for n in names),
            *((n, US_UTC) for n in moments),
        ]
        return pa.schema(fields)

    def facts(self) -> list[str]:
        """Return the staged columns that each say something of a case."""
        about = ("ordinal", "is_understood", "source_case_id", "chain_ref")
        return [name for name in self.schema.names if name not in about]

    def stage(self, batch: RawBatch, table: pa.Table, is_understood: pa.Array | None = None) -> pa.Table:
        """Return what the batch says of cases; `is_understood` tells which records are not quarantined, all if None."""
        raw = self._distinct(batch, table, pa.repeat(True, len(table)) if is_understood is None else is_understood)
        if not len(raw):
            return self.schema.empty_table()
        rows = {
            "ordinal": raw.column("ordinal"),
            "is_understood": raw.column("is_understood"),
            "source_case_id": text(raw, "case"),
            "chain_ref": text(raw, "chain"),
        }
        for name in _TEXTS:
            rows[name] = text(raw, f"text:{name}")
        rows["channel"] = self.channels.meant(rows["channel"])
        for name in (*self._segments(), *_links(self.source)):
            rows[name] = text(raw, name)
        rows |= self._moments(raw) | self.terms.stage(raw)
        return pa.table({name: rows[name] for name in self.schema.names}, schema=self.schema)

    def _distinct(self, batch: RawBatch, table: pa.Table, is_understood: pa.Array) -> pa.Table:
        columns, key = self.source.case, event_columns(self.source)
        wanted: dict[str, str | None] = {
            "case": (columns.case or key.case) if batch.is_cases else key.case,
            "chain": key.chain_case,
            **{f"text:{name}": getattr(columns, name) for name in _TEXTS},
            **{f"segment:{name}": column for name, column in columns.segments.items()},
            **{name: reader.column.column for name, reader in self.readers.items()},
            **self.terms.wanted(),
            **_links(self.source),
        }
        if has_cases_apart(self.source) and not batch.is_cases:
            wanted = {name: wanted[name] for name in ("case", "chain")}
        picked = pa.table({name: text(table, column) for name, column in wanted.items()})
        picked = picked.append_column("is_understood", is_understood)
        ordinal = pa.array(range(self.seen, self.seen + len(table)), pa.int64())
        self.seen += len(table)
        if can_correct(self.source):
            each = picked.append_column("ordinal", ordinal)
            return each.filter(pc.is_valid(each.column("case")))
        last = picked.append_column("ordinal", ordinal).group_by(picked.column_names).aggregate([("ordinal", "max")])
        last = last.rename_columns([*picked.column_names, "ordinal"]).combine_chunks()
        return last.filter(pc.is_valid(last.column("case")))

    def _moments(self, raw: pa.Table) -> dict[str, pa.Array]:
        rows: dict[str, pa.Array] = {}
        for name in ("received_at", "closed_at", *(f"target:{n}" for n in self.source.case.targets)):
            reader = self.readers.get(name)
            if reader is None or name not in raw.column_names:
                rows[name], precision = pa.nulls(len(raw), US_UTC), pa.nulls(len(raw), pa.string())
            else:
                moments = reader.read(text(raw, name))
                fine = "second" if reader.column.precision == "day" else reader.column.precision
                rows[name] = moments.instants
                precision = pc.if_else(pc.is_null(rows[name]), None, pc.if_else(moments.is_day, "day", fine))
            rows[name.removesuffix("_at") + "_precision"] = precision
        return rows

    def _segments(self) -> list[str]:
        return [f"segment:{name}" for name in self.source.case.segments]


def _links(source: Source) -> dict[str, str | None]:
    """Return the columns that link the cases of a source to others, by the name that they have when staged."""
    said = {f"link:{name}": getattr(source.case, name) for name in ("related", "person", "reference")}
    said["link:objects"] = COLUMN if source.objects else None
    return {name: column for name, column in said.items() if column}


@dataclass
class AttemptStaging:
    """Stages the attempts of one source."""

    source: Source
    key: bytes
    started: MomentReader = field(init=False)
    channels: PlainLabels = field(init=False)
    read: int = 0

    def __post_init__(self) -> None:
        if self.source.attempt is None:  # the model refuses such a source
            raise ValueError("a source of attempts needs 'attempt'")
        self.columns = self.source.attempt
        self.started = MomentReader(self.columns.started_at, self.source.zone)
        self.channels = PlainLabels(self.source.channels, self.source.unknown_channels, self.source.channels.values())

    def stage(self, batch: RawBatch, table: pa.Table) -> tuple[pa.Table, pa.Table]:
        """Return the staged attempts of a batch, and the quarantined records."""
        first, self.read = self.read, self.read + len(table)
        columns, length = self.columns, len(table)
        moments = self.started.read(text(table, columns.started_at.column))
        own = self.own_id(table)
        rows = {
            "ordinal": pa.array(range(first, first + length), pa.int64()),
            "file": pa.array([batch.file] * length, pa.int32()),
            "number": batch.numbers.cast(pa.int64()),
            "own_id": own,
            "fingerprint": fingerprints(table, self.key),
            "started_at": moments.instants,
            "reached": text(table, columns.reached),
            "stopped": text(table, columns.stopped),
            "reason": text(table, columns.reason),
            "channel": pc.coalesce(
                self.channels.meant(text(table, columns.channel)), pa.scalar(self.source.channel, pa.string())
            ),
            "case_id": text(table, columns.chain_case),
        }
        why = pc.if_else(moments.is_nonexistent, "started_at_nonexistent", pa.nulls(length, pa.string()))
        why = pc.if_else(moments.is_unreadable, "started_at_unreadable", why)
        why = pc.if_else(pc.is_null(own), "attempt_missing", why)
        staged = pa.table(rows, schema=STAGED_ATTEMPTS).filter(pc.is_null(why))
        return staged, quarantined(self.source, batch, table, why, attempt_names(self.source))

    def own_id(self, table: pa.Table) -> pa.Array:
        """Return the ids of the attempts."""
        return text(table, self.columns.attempt)
