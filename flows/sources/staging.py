"""Raw records to staged rows: times resolved, labels looked up, persons pseudonymised, what cannot be an
event set apart.

Staged rows are still one a record. Duplicates, lifecycle pairs and links between cases need all of them at
once, so those are settled afterwards, out of core (`settling`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from flows.pseudonym import person_hashes, pseudonyms
from flows.sources.attributes import fingerprints, json_objects, text
from flows.sources.columns import can_correct, event_columns, event_names, has_order
from flows.sources.kept_objects import hashed
from flows.sources.labels import ActivityLabels, PlainLabels
from flows.sources.moments import US_UTC, MomentReader, Moments
from flows.sources.records import RawBatch
from mappings.project import Project
from mappings.source import Source, TimeColumn
from mining.columns import QUARANTINE

STAGED = pa.schema(
    [
        ("ordinal", pa.int64()),
        ("file", pa.int32()),
        ("number", pa.int64()),
        ("own_id", pa.string()),
        ("fingerprint", pa.string()),
        ("source_case_id", pa.string()),
        ("chain_ref", pa.string()),
        ("raw_activity", pa.string()),
        ("activity", pa.string()),
        ("started_at", US_UTC),
        ("completed_at", US_UTC),
        ("observed_after", US_UTC),
        ("precision", pa.string()),
        ("transition", pa.string()),
        ("instance", pa.string()),
        ("seq", pa.int64()),
        ("resource", pa.string()),
        ("lane", pa.string()),
        ("channel", pa.string()),
        ("role", pa.string()),
        ("opens_step", pa.string()),
        ("opens_lane", pa.string()),
        ("opens_until", pa.string()),
        ("attributes", pa.string()),
    ]
)
"""A record that can become an event, or half of one."""
VOID = pa.schema([("ordinal", pa.int64()), ("file", pa.int32()), ("own_id", pa.string()), ("half", pa.string())])
"""A record that the mapping ignores: it becomes none, but may replace one that did."""
_AFTER_ALL_NUMBERS = 2 * 10**18

TRANSITIONS = {
    "complete": "complete",
    "start": "start",
    "schedule": "schedule",
    "assign": "assign",
    "reassign": "reassign",
    "suspend": "suspend",
    "resume": "resume",
    "withdraw": "withdraw",
    "abort": "abort",
    "ate_abort": "abort",
    "pi_abort": "abort",
    "skip": "skip",
    "autoskip": "skip",
    "manualskip": "skip",
}
"""The lifecycle transitions of the XES standard, in lower case, as they are told apart here."""


def prepared(batch: RawBatch, source: Source, key: bytes) -> pa.Table:
    """Return the records of a batch with the columns under `pseudonymise` hashed, and the resource and objects too."""
    table = batch.table
    names = [name for name in source.pseudonymise if name != "resource"]
    resource = source.columns.resource if source.columns else None
    if resource and (not source.resource_is_pseudonym or "resource" in source.pseudonymise):
        names.append(resource)
    for name in dict.fromkeys(names):
        if name in table.column_names:
            at = table.column_names.index(name)
            table = table.set_column(at, name, pseudonyms(table.column(name), key))
    person = source.case.person
    if person and person in table.column_names and person not in names:
        at = table.column_names.index(person)
        table = table.set_column(at, person, person_hashes(table.column(person), key))
    return hashed(table, source, key)


@dataclass
class EventStaging:
    """Stages the event records of one source, batch after batch, and counts."""

    source: Source
    project: Project
    key: bytes
    read: int = 0
    labels: ActivityLabels = field(init=False)
    lanes: PlainLabels = field(init=False)
    channels: PlainLabels = field(init=False)
    completed: MomentReader | None = field(init=False)
    started: MomentReader | None = field(init=False)
    observed_after: MomentReader | None = field(init=False)
    day_only_starts: int = 0

    def __post_init__(self) -> None:
        source, columns = self.source, event_columns(self.source)
        self.labels = ActivityLabels(source, self.project)
        self.lanes = PlainLabels(source.lanes, source.unknown_lanes, self.project.file.lanes)
        self.channels = PlainLabels(source.channels, source.unknown_channels, source.channels.values())
        self.completed = _moment_reader(columns.completed_at, source)
        self.started = _moment_reader(columns.started_at, source)
        self.observed_after = _moment_reader(columns.observed_after, source)

    def stage(self, batch: RawBatch, table: pa.Table) -> tuple[pa.Table, pa.Table, pa.Table, pa.Array]:
        """Return the staged rows of a batch, the void and the quarantined records, and which records are not the last.
        Counts what the mapping ignores.
        """
        first, self.read = self.read, self.read + len(table)
        if not len(table):
            return STAGED.empty_table(), VOID.empty_table(), QUARANTINE.empty_table(), pa.array([], pa.bool_())
        columns = event_columns(self.source)
        label = text(table, columns.activity)
        is_ignored = pc.fill_null(self.labels.is_ignored(label), False)
        rows = self._rows(batch, table, first, label)
        reason = pc.if_else(is_ignored, None, rows.pop("reason"))
        keep = pc.and_(pc.is_null(reason), pc.invert(is_ignored))
        self.labels.count_unmapped(label.filter(keep))
        staged = pa.table({name: rows[name] for name in STAGED.names}, schema=STAGED).filter(keep)
        return staged, self._void(rows, is_ignored), self._quarantined(batch, table, reason), pc.is_null(reason)

    def _void(self, rows: dict[str, pa.Array], is_ignored: pa.Array) -> pa.Table:
        if not can_correct(self.source):
            return VOID.empty_table()
        half = pc.fill_null(rows["transition"], "complete")
        is_void = pc.and_(pc.is_valid(rows["own_id"]), is_ignored)
        return pa.table({n: half if n == "half" else rows[n] for n in VOID.names}, schema=VOID).filter(is_void)

    def _rows(self, batch: RawBatch, table: pa.Table, first: int, label: pa.Array) -> dict[str, pa.Array]:
        columns, length = event_columns(self.source), len(table)
        ordinal = pa.array(range(first, first + length), pa.int64())
        place = ordinal if has_order(self.source) else pa.repeat(0, length)
        completed, started = self._moments(self.completed, table), self._moments(self.started, table)
        transition, is_odd = self._transition(table)
        meant = self.labels.meant(label)
        case = text(table, columns.case)
        return {
            "ordinal": ordinal,
            "file": pa.array([batch.file] * length, pa.int32()),
            "number": batch.numbers.cast(pa.int64()),
            "own_id": self.own_id(table),
            "fingerprint": fingerprints(table, self.key),
            "source_case_id": case,
            "chain_ref": text(table, columns.chain_case),
            "raw_activity": label,
            **self._times(completed, started),
            "observed_after": self._moments(self.observed_after, table).instants,
            "transition": transition,
            "instance": text(table, columns.lifecycle_instance),
            "seq": place if columns.seq is None else _whole_numbers(text(table, columns.seq), place),
            "resource": text(table, columns.resource),
            **self._holders(table, meant),
            **{name: meant[name] for name in ("activity", "role", "opens_step", "opens_lane", "opens_until")},
            "attributes": json_objects({name: text(table, name) for name in self.source.keep}, length),
            "reason": self._reason(case, label, completed, started, is_odd),
        }

    def own_id(self, table: pa.Table) -> pa.Array:
        """Return the ids that the source gives its events; null where it gives none."""
        columns = event_columns(self.source)
        own, case = text(table, columns.event_id), text(table, columns.case)
        # one event of an object-centric log gives a row for each case that it touches
        return pc.binary_join_element_wise(own, case, "@") if self.source.kind == "ocel" else own

    def _moments(self, reader: MomentReader | None, table: pa.Table) -> Moments:
        if reader is None:
            nothing, never = pa.nulls(len(table), US_UTC), pa.repeat(False, len(table))
            return Moments(nothing, never, never, never)
        return reader.read(text(table, reader.column.column))

    def _times(self, completed: Moments, started: Moments) -> dict[str, pa.Array]:
        is_done = pc.is_valid(completed.instants)
        # a start of which only the day is known says nothing about the hours before a completion
        is_lost = pc.and_(pc.and_(is_done, pc.invert(completed.is_day)), started.is_day)
        self.day_only_starts += pc.sum(is_lost).as_py() or 0
        starts = pc.if_else(is_lost, None, started.instants)
        if self.started is not None:
            starts = self.started.at_midnight(starts, pc.and_(is_done, completed.is_day))
        is_day = pc.if_else(is_done, completed.is_day, started.is_day)
        declared = self.completed or self.started
        fine = "second" if declared is None or declared.column.precision == "day" else declared.column.precision
        return {
            "started_at": starts,
            "completed_at": completed.instants,
            "precision": pc.if_else(is_day, "day", fine),
        }

    def _transition(self, table: pa.Table) -> tuple[pa.Array, pa.Array]:
        """Return the lifecycle transition, null where the source has none, and where it is no known one."""
        values = pc.utf8_lower(pc.utf8_trim_whitespace(text(table, event_columns(self.source).lifecycle)))
        encoded = values.dictionary_encode()
        known = pa.array([TRANSITIONS.get(value) for value in encoded.dictionary.to_pylist()], pa.string())
        meant = known.take(encoded.indices)
        return meant, pc.and_(pc.is_valid(values), pc.is_null(meant))

    def _holders(self, table: pa.Table, meant: dict[str, pa.Array]) -> dict[str, pa.Array]:
        columns, source = event_columns(self.source), self.source
        lane, channel = (
            self.lanes.meant(text(table, columns.lane)),
            self.channels.meant(text(table, columns.channel)),
        )
        return {
            "lane": pc.coalesce(
                meant["rule_lane"], lane, pa.scalar(None if columns.lane else source.lane, pa.string())
            ),
            "channel": pc.coalesce(meant["rule_channel"], channel, pa.scalar(source.channel, pa.string())),
        }

    def _reason(
        self, case: pa.Array, label: pa.Array, completed: Moments, started: Moments, is_odd: pa.Array
    ) -> pa.Array:
        nothing = pc.and_(pc.is_null(completed.instants), pc.is_null(started.instants))
        checks = [
            (pc.is_null(case), "case_missing"),
            (pc.is_null(label), "activity_missing"),
            # no file that is exported can hold it, and names of our own begin with it
            (pc.match_substring(label, "\0"), "activity_unreadable"),
            (completed.is_unreadable, "completed_at_unreadable"),
            (completed.is_nonexistent, "completed_at_nonexistent"),
            (pc.and_(nothing, started.is_unreadable), "started_at_unreadable"),
            (pc.and_(nothing, started.is_nonexistent), "started_at_nonexistent"),
            (nothing, "time_missing"),
            (is_odd, "lifecycle_unknown"),
        ]
        return reduce(
            lambda later, check: pc.if_else(check[0], check[1], later),
            reversed(checks),
            pa.nulls(len(case), pa.string()),
        )

    def _quarantined(self, batch: RawBatch, table: pa.Table, reason: pa.Array) -> pa.Table:
        return quarantined(self.source, batch, table, reason, event_names(self.source))


def quarantined(source: Source, batch: RawBatch, table: pa.Table, reason: pa.Array, names: list[str]) -> pa.Table:
    """Return the records that have a reason, with the columns that the mapping names as JSON."""
    is_out = pc.is_valid(reason)
    if not pc.any(is_out).as_py():
        return QUARANTINE.empty_table()
    out, why, numbers = table.filter(is_out), reason.filter(is_out), batch.numbers.filter(is_out)
    content = json_objects({name: text(out, name) for name in names if name in out.column_names}, len(out))
    record = pc.binary_join_element_wise(batch.where, numbers.cast(pa.string()), " ")
    rows: dict[str, Any] = {
        "source": pa.array([source.name] * len(out), pa.string()),
        "record": record,
        "reason": why,
        "detail": pa.nulls(len(out), pa.string()),
        "content": content,
    }
    return pa.table(rows, schema=QUARANTINE)


def _moment_reader(column: TimeColumn | None, source: Source) -> MomentReader | None:
    return None if column is None else MomentReader(column, source.zone)


def _whole_numbers(values: pa.Array, otherwise: pa.Array) -> pa.Array:
    # a column with gaps is often written with decimals: 1.0, 2.0; three noughts may as well be those of a thousand
    plain = pc.replace_substring_regex(pc.utf8_trim_whitespace(values), r"[.,](0{1,2}|0{4,})$", "")
    is_number = pc.fill_null(pc.match_substring_regex(plain, r"^-?\d{1,18}$"), False)
    # a number of the source and the place in its file are two scales: what has no number goes after all that have one
    return pc.coalesce(pc.if_else(is_number, plain, None).cast(pa.int64()), pc.add(otherwise, _AFTER_ALL_NUMBERS))
