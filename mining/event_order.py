"""The order of the acting events of every case (DESIGN §4), and the walk along it that tells what stands around each.

In: coded events as `mining.coded_log` makes them, the closings of cases among them, each case in one piece. Out: the
same in order, and from those, streamed, one row an event with what it knows of its neighbours, and one row a case. The
order is `mining.case_order`'s, but for names, which are put in order here; what is told of events `mining.case_walk`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mining import case_walk as cw
from mining.case_order import put_in_order
from mining.compiled import fitted
from mining.sequences import Ints

CLOSING = "\x00closed"
"""The source of the closing of a case, which stands among its events."""
PRECISIONS = ("second", "minute", "day")
DAY = PRECISIONS.index("day")
BATCH = 250_000
"""Rows that are walked along at a time; a case is never cut."""

_READ = {
    cw.CASE: "case",
    cw.DONE: "done",
    cw.STARTED: "started",
    cw.TOKEN: "token",
    cw.SOURCE: "source_code",
    cw.SEQ: "seq",
    cw.RESOURCE: "resource_code",
    cw.PRECISION: "precision_code",
    cw.RECEIVED: "received",
    cw.RECEIVED_DAY: "is_received_on",
}
_PASSED = (
    "case", "token", "source_code", "resource_code", "channel_code", "precision_code", "done", "started", "starts_late",
    "event_id",
)  # fmt: skip
COLUMNS = (*_PASSED, "seq", "received", "is_received_on")
"""What is read of coded events."""
_TOLD = {
    "position": (cw.POSITION, pa.int32()),
    "before_token": (cw.BEFORE_TOKEN, pa.int32()),
    "to_come": (cw.TO_COME, pa.int64()),
    "at": (cw.AT, pa.int64()),
    "since": (cw.SINCE, pa.int64()),
    "gap": (cw.GAP, pa.int64()),
}
_MARKED = ("together", "order_known", "is_raised", "whole_days", "is_single")
"""In the order of the marks of `mining.case_walk`."""
_IS = ("is_event", "is_day")
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
CASES = pa.schema([*((name, kind) for name, (_, kind) in _ENDS.items()), ("trace", pa.binary())])
"""What the walk tells of a case; `trace` is its tokens in order, of `trace_type`."""


def to_be_walked(coded: Any) -> Any:
    """Return what is read of the events; a start after its completion is none."""
    late = coded.mutate(starts_late=ibis.coalesce(coded.started > coded.done, False))
    known = late.mutate(started=ibis.ifelse(late.starts_late, ibis.null("int64"), late.started))
    return known.select(*COLUMNS)


def trace_type(tokens: int) -> Any:
    """Return the type of a token in a trace, as narrow as so many tokens allow.

    A trace sorts by its bytes as its tokens do, and is sooner sorted, grouped and joined than a list.
    """
    return np.dtype(">u1" if tokens <= 1 << 8 else ">u2" if tokens <= 1 << 16 else ">u4")


def rows_schema(given: pa.Schema) -> pa.Schema:
    """Return the columns of a row: those that pass by as they are, and those that the walk tells."""
    passed = [given.field(name) for name in _PASSED]
    told = [pa.field(name, kind) for name, (_, kind) in _TOLD.items()]
    return pa.schema([*passed, *told, *(pa.field(name, pa.bool_()) for name in (*_IS, *_MARKED))])


@dataclass(frozen=True)
class Walk:
    """How to walk along cases."""

    days: Ints
    """The days of the log, as `mining.case_walk` reads them."""
    within: int
    """Events of one resource so near to each other are batch entry, in µs."""
    sources: Ints
    """What `mining.case_order` knows of each source, by its code."""
    closing: int
    """The code of the source of closings."""
    tokens: int
    """How many distinct ones there are."""
    rows: int
    """How many there are in all."""

    def along(self, batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[pa.Table, pa.Table]]:
        """Yield rows and cases of each batch of events, whole cases at a time; each case comes in one piece."""
        for batch in whole_cases(batches):
            yield self._walked(batch)

    def _walked(self, batch: pa.Table) -> tuple[pa.Table, pa.Table]:
        batch, read = self._in_order(batch)
        size = batch.num_rows
        told, marks = np.empty((len(_TOLD), size), np.int64), np.empty((len(_MARKED), size), np.bool_)
        ends = np.empty((len(_ENDS), size), np.int64)
        cases = self._run(cw.walk, read, self.days, self.within, told, marks, ends)
        read_is = [read[cw.IS_EVENT] == 1, read[cw.PRECISION] == DAY]
        traces = _traces(batch["token"].to_numpy().astype(trace_type(self.tokens)), ends[cw.LENGTH, :cases])
        return _rows(batch, told, [*read_is, *marks]), _cases(ends[:, :cases], traces)

    def _in_order(self, batch: pa.Table) -> tuple[pa.Table, Ints]:
        read = _integers(batch)
        read[cw.IS_EVENT] = read[cw.SOURCE] != self.closing
        keys, places, spare = np.empty((3, batch.num_rows), np.int64)
        like = np.empty(batch.num_rows, np.bool_)
        if self._run(put_in_order, read, self.days, self.sources, keys, places, spare, like):
            _put_in_order_of_names(batch["event_id"], like, places)
        moved = np.flatnonzero(places != np.arange(len(places)))
        if not len(moved):
            return batch, read
        read[:, moved] = read[:, places[moved]]
        # what is read of a case stays where it is: no event leaves its own
        events = batch.select(_PASSED[1:]).take(pa.array(places)).combine_chunks()
        return events.add_column(0, "case", batch["case"]), read

    def _run(self, loop: Callable[..., int], *given: Any) -> int:
        """Run a loop compiled; or, for few rows, as it stands: an element of a view costs a third of numpy's."""
        run = fitted(loop, self.rows)
        if run is not loop:
            return run(*given)
        views: Callable[[Any], Any] = memoryview
        return loop(*(views(each) if isinstance(each, np.ndarray) else each for each in given))


def whole_cases(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Cut events between cases: what a batch holds of its last case waits for the next one."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        if not batch.num_rows:
            continue
        case = batch["case"].to_numpy()
        others = np.flatnonzero(case != case[-1])
        cut = int(others[-1]) + 1 if len(others) else 0
        is_next = bool(held) and held[-1]["case"][0] != batch["case"][0]
        if cut or is_next:
            yield pa.Table.from_batches([*held, batch.slice(0, cut)]).combine_chunks()
            held = []
        held.append(batch.slice(cut))
    if held:
        yield pa.Table.from_batches(held).combine_chunks()


def _put_in_order_of_names(names: Any, like: Ints, places: Ints) -> None:
    """Put events that are alike in all else in the order of their names; `like` marks those like the one before."""
    alike = np.flatnonzero(like | np.append(like[1:], False))
    told = {"group": np.cumsum(~like)[alike], "name": names.take(pa.array(places[alike]))}
    order = pc.sort_indices(pa.table(told), [("group", "ascending"), ("name", "ascending")])
    places[alike] = places[alike][order.to_numpy()]


def _integers(batch: pa.Table) -> Ints:
    read = np.empty((cw.COLUMNS, batch.num_rows), np.int64)
    for row, name in _READ.items():
        column = batch[name]
        if column.null_count:
            column = column.cast(pa.int64()).fill_null(cw.NONE)
        read[row] = column.to_numpy()
    return read


def _rows(batch: pa.Table, told: Ints, marks: list[Ints]) -> pa.Table:
    columns = [batch[name] for name in _PASSED]
    columns += [_column(told[row], kind) for row, kind in _TOLD.values()]
    columns += [pa.array(mark) for mark in marks]
    return pa.Table.from_arrays(columns, schema=rows_schema(batch.schema))


def _cases(ends: Ints, traces: pa.Array) -> pa.Table:
    columns = [_column(ends[row], kind) for row, kind in _ENDS.values()]
    return pa.Table.from_arrays([*columns, traces], schema=CASES)


def _traces(tokens: Ints, lengths: Ints) -> pa.Array:
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32) * np.int32(tokens.itemsize)
    buffers = [None, pa.py_buffer(starts), pa.py_buffer(tokens)]
    return pa.Array.from_buffers(pa.binary(), len(lengths), buffers)


def _column(numbers: Ints, kind: pa.DataType) -> pa.Array:
    """Return integers as a column, nulls where there is none."""
    return pa.array(numbers, mask=numbers == cw.NONE).cast(kind, safe=False)
