"""The order of the acting events of every case (DESIGN §4), and the walk along it that tells what stands around each.

In: coded events as `mining.coded_log` makes them, the closings of cases among them. Out: the same in order, and from
those, streamed, one row an event with what it knows of its neighbours, and one row a case. It owns the order of
events; what is told of them is `mining.case_walk`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from mappings.project import Project
from mining import case_walk as cw
from mining.clocks import Clocks
from mining.compiled import fitted
from mining.sequences import Ints

CLOSING = "\x00closed"
"""The source of the closing of a case, which stands among its events."""
PRECISIONS = ("second", "minute", "day")
DAY = PRECISIONS.index("day")
ORDER = ("case", "local_date", "slot", "done", "source_order", "seq", "event_id")
BATCH = 250_000
"""Rows that are walked along at a time; a case is never cut."""

_READ = {
    cw.CASE: "case",
    cw.DATE: "local_date",
    cw.DONE: "done",
    cw.STARTED: "started",
    cw.TOKEN: "token",
    cw.SOURCE: "source_code",
    cw.RESOURCE: "resource_code",
    cw.PRECISION: "precision_code",
    cw.IS_EVENT: "is_event",
    cw.RECEIVED: "received",
    cw.RECEIVED_DAY: "is_received_on",
}
_PASSED = (
    "case", "token", "source_code", "resource_code", "channel_code", "precision_code", "done", "started", "is_event",
    "is_day", "starts_late", "event_id",
)  # fmt: skip
_TOLD = {
    "position": (cw.POSITION, pa.int32()),
    "before_token": (cw.BEFORE_TOKEN, pa.int32()),
    "to_come": (cw.TO_COME, pa.int64()),
    "at": (cw.AT, pa.int64()),
    "since": (cw.SINCE, pa.int64()),
    "gap": (cw.GAP, pa.int64()),
}
_MARKED = {
    "together": cw.TOGETHER,
    "order_known": cw.ORDER_KNOWN,
    "is_raised": cw.IS_RAISED,
    "whole_days": cw.WHOLE_DAYS,
    "is_single": cw.IS_SINGLE,
}
_ENDS = {
    "case": (cw.END_CASE, pa.int32()),
    "length": (cw.LENGTH, pa.int64()),
    "events": (cw.EVENTS, pa.int64()),
    "has_day": (cw.HAS_DAY, pa.bool_()),
    "first_done": (cw.FIRST_DONE, pa.int64()),
    "first_start": (cw.FIRST_START, pa.int64()),
    "last_done": (cw.LAST_DONE, pa.int64()),
    "origin": (cw.ORIGIN, pa.int64()),
}
CASES = pa.schema([*((name, kind) for name, (_, kind) in _ENDS.items()), ("trace", pa.list_(pa.int32()))])
"""What the walk tells of a case; `trace` is its tokens in order."""


def to_be_ordered(coded: Any, clocks: Clocks, project: Project) -> Any:
    """Add what events are ordered by: local date, slot, instant, source order, seq and id."""
    first = [s.name for s in project.sources if s.day_slot == "first"]
    day_slot = ibis.cases((coded.source.isin(first), 0), else_=2) if first else ibis.literal(2)
    is_day = ibis.coalesce(coded.precision_code == DAY, False)
    dated = clocks.with_local(
        coded.mutate(
            is_day=is_day,
            is_event=coded.source != CLOSING,
            slot=ibis.ifelse(is_day, day_slot, 1).cast("int8"),
            starts_late=ibis.coalesce(coded.started > coded.done, False),
        ),
        "done",
    )
    keyed = dated.mutate(
        local_date=clocks.day(dated.done_local).cast("int32"),
        started=ibis.ifelse(dated.starts_late, ibis.null("int64"), dated.started),
    )
    return keyed.select(*dict.fromkeys((*ORDER, *_READ.values(), *_PASSED)))


def rows_schema(given: pa.Schema) -> pa.Schema:
    """Return the columns of a row: those that pass by as they are, and those that the walk tells."""
    passed = [given.field(name) for name in _PASSED]
    told = [pa.field(name, kind) for name, (_, kind) in _TOLD.items()]
    return pa.schema([*passed, *told, *(pa.field(name, pa.bool_()) for name in _MARKED)])


@dataclass(frozen=True)
class Walk:
    """How to walk along cases: `days` as `mining.case_walk` reads them, batch entry in µs, rows there are in all."""

    days: Ints
    within: int
    rows: int

    def along(self, batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[pa.Table, pa.Table]]:
        """Yield rows and cases of each batch of ordered events, whole cases at a time."""
        for batch in whole_cases(batches):
            yield self._walked(batch)

    def _walked(self, batch: pa.Table) -> tuple[pa.Table, pa.Table]:
        size = batch.num_rows
        read = _integers(batch)
        told, marks = np.empty((len(_TOLD), size), np.int64), np.empty((len(_MARKED), size), np.bool_)
        ends = np.empty((len(_ENDS), size), np.int64)
        arrays: tuple[Any, ...] = (read, self.days, told, marks, ends)
        walk = fitted(cw.walk, self.rows)
        if walk is cw.walk:
            # an element of a view is a plain integer, which costs a third of one of numpy's
            arrays = tuple(memoryview(each) for each in arrays)
        cases = walk(arrays[0], arrays[1], self.within, *arrays[2:])
        return _rows(batch, told, marks), _cases(batch, ends[:, :cases])


def whole_cases(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Cut ordered events between cases: what a batch holds of its last case waits for the next one."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        if not batch.num_rows:
            continue
        case = batch["case"].to_numpy()
        cut = int(np.searchsorted(case, case[-1], side="left"))
        is_next = bool(held) and held[-1]["case"][0] != batch["case"][0]
        if cut or is_next:
            yield pa.Table.from_batches([*held, batch.slice(0, cut)]).combine_chunks()
            held = []
        held.append(batch.slice(cut))
    if held:
        yield pa.Table.from_batches(held).combine_chunks()


def _integers(batch: pa.Table) -> Ints:
    read = np.empty((len(_READ), batch.num_rows), np.int64)
    for row, name in _READ.items():
        column = batch[name]
        if column.null_count:
            column = column.cast(pa.int64()).fill_null(cw.NONE)
        read[row] = column.to_numpy()
    return read


def _rows(batch: pa.Table, told: Ints, marks: Ints) -> pa.Table:
    columns = [batch[name] for name in _PASSED]
    columns += [_column(told[row], kind) for row, kind in _TOLD.values()]
    columns += [pa.array(marks[row]) for row in _MARKED.values()]
    return pa.Table.from_arrays(columns, schema=rows_schema(batch.schema))


def _cases(batch: pa.Table, ends: Ints) -> pa.Table:
    columns = [_column(ends[row], kind) for row, kind in _ENDS.values()]
    offsets = np.concatenate([[0], np.cumsum(ends[cw.LENGTH])]).astype(np.int32)
    tokens = batch["token"].combine_chunks()
    columns.append(pa.ListArray.from_arrays(pa.array(offsets), tokens))
    return pa.Table.from_arrays(columns, schema=CASES)


def _column(numbers: Ints, kind: pa.DataType) -> pa.Array:
    """Return integers as a column, nulls where there is none."""
    return pa.array(numbers, mask=numbers == cw.NONE).cast(kind, safe=False)


def days_of(clocks: Clocks) -> Ints:
    """Return the table of days as `mining.case_walk` reads it."""
    names = {
        cw.FIRST_DAY: "day",
        cw.OFFSET_BEFORE: "offset_before",
        cw.OFFSET_AFTER: "offset_after",
        cw.SWITCH_AT: "switch_at",
    }
    table = clocks.days.select(*names.values()).order_by("day").to_pyarrow()
    return np.stack([table[names[row]].to_numpy() for row in sorted(names)]).astype(np.int64)
