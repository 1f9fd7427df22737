"""The booked rows: each event with what its sequence says of it, and its segment split in both clocks (DESIGN §4).

In: a `Timeline` and the `StructureTables`. Out: an engine table, and a view of it with every column by name. The table
has a row for every event, so it is narrow: small numbers are packed, and what other columns tell is not in it.
It owns the split of a segment into wait, process, elsewhere and unknown.
"""

from __future__ import annotations

from typing import Any

import ibis
import pyarrow as pa

from mining.engine import dropped, kept_as_written, labelled, viewed
from mining.event_order import PRECISIONS
from mining.off_path import around_off_path
from mining.structure_tables import POSITIONS, StructureTables
from mining.suspended import with_suspended
from mining.timeline import Timeline

CLOCKS = ("elapsed", "working")
_MARKS = ("is_event", "is_day", "whole_days", "is_raised", "starts_late", "together", "order_known", "in_cohort")
"""The truth values of a row, a bit each of `marks`; above them stands the precision, from 1."""
_PRECISION = len(_MARKS)
_PARTS = tuple(f"{clock}_{part}" for clock in CLOCKS for part in ("free", "elsewhere", "process"))
_KEPT = (
    "case", "position", "sequence", "token", "at", "since", "free", "done", "started", "resource", "channel", "marks",
    "activity", "event_lane", "step_of_event", "phase", "lane", "booked_by", "booked_step", *_PARTS,
)  # fmt: skip


def booked_rows(con: Any, line: Timeline, tables: StructureTables) -> Any:
    """Book the on-path segments, and the events off it; keep them, and return them by name."""
    read = line.coded.with_sequence.join(tables.positions, ["sequence", "position"])
    rows = _with_labels(con, read.mutate(**tables.packed.taken_from(read)), line, tables)
    booked = kept_as_written(con, "zs_booked", _segments(con, _marked(rows), line, tables))
    # of a million sequences it takes a hundred megabytes
    dropped(con, POSITIONS)
    booked = with_suspended(con, booked, _named(booked, tables), line.coded.suspended, line.clocks)
    return viewed(con, "zs_booked_by_name", _amounts(_named(booked, tables)))


def _with_labels(con: Any, rows: Any, line: Timeline, tables: StructureTables) -> Any:
    """Add names from tables of a few rows, in which every row finds one: what is unknown is a name too."""
    coded = line.coded
    tokens = coded.tokens.select("token", "activity", event_lane="lane")
    tokens = labelled(con, "zs_token_label", tokens, ("activity", "event_lane"))
    rows = rows.join(tables.labels, "label").join(tokens, "token")
    labels = coded.labels.to_pyarrow()
    for kind in ("resource", "channel"):
        of_kind = labels.filter(pa.compute.equal(labels["kind"], kind))
        codes = pa.concat_arrays([*of_kind["code"].cast(pa.int32()).chunks, pa.array([-1], pa.int32())])
        names = pa.concat_arrays([*of_kind["label"].cast(pa.string()).chunks, pa.array([None], pa.string())])
        named = labelled(con, f"zs_{kind}_label", pa.table({f"{kind}_known": codes, kind: names}), (kind,))
        rows = rows.mutate(**{f"{kind}_known": ibis.coalesce(rows[f"{kind}_code"], -1)}).join(named, f"{kind}_known")
    return rows


def _marked(rows: Any) -> Any:
    """Add `marks`."""
    marked = rows.mutate(in_cohort=rows.in_closed & ~rows.is_single)
    marks = ibis.coalesce(rows.precision_code.cast("int32") + 1, 0) * (1 << _PRECISION)
    for n, name in enumerate(_MARKS):
        marks = marks + ibis.ifelse(marked[name], 1 << n, 0)
    return marked.mutate(marks=marks.cast("int32"))


def _named(booked: Any, tables: StructureTables) -> Any:
    """Take what is packed out of the rows."""
    marks = {name: (booked.marks & (1 << n)) != 0 for n, name in enumerate(_MARKS)}
    precision = (booked.marks >> _PRECISION).cases(*((n, name) for n, name in enumerate(PRECISIONS, 1)), else_=None)
    told = tables.packed.taken_from(booked)
    step = ibis.ifelse(told.pop("has_step"), booked.booked_step, ibis.null(booked.booked_step.type()))
    del told["label"]
    packed = ("marks", *tables.packed.columns)
    return booked.mutate(**marks, **told, precision=precision, step=step).drop(*packed)


def _segments(con: Any, rows: Any, line: Timeline, tables: StructureTables) -> Any:
    """Book the on-path segments: (previous instant, own instant], split at the earliest known start to come.

    An event off the path books no time: its segment is none, and what the clocks tell of it is nothing.
    """
    since, to_come = rows.since, rows.to_come
    if tables.beside is not None:
        rows = around_off_path(con, rows, line.coded.with_sequence, tables.beside)
        is_moved = rows.moved_since.notnull()
        since = ibis.ifelse(is_moved, rows.moved_since, ibis.ifelse(rows.on_path, rows.since, rows["at"]))
        to_come = ibis.ifelse(is_moved, rows.moved_to_come, rows.to_come)
    clamped = rows.mutate(since=since, to_come=to_come)
    clamped = clamped.mutate(
        **{m: _within(clamped[of], clamped) for m, of in (("free", "to_come"), ("own", "started"))}
    )
    timed = line.clocks.with_known_clocks(clamped, ("since", "free", "own", "at"))
    parts: dict[str, Any] = {}
    for clock in CLOCKS:
        since, free, own, at = (timed[f"{m}_{clock}"] for m in ("since", "free", "own", "at"))
        parts |= {f"{clock}_free": free - since, f"{clock}_elsewhere": own - free, f"{clock}_process": at - own}
    columns = {name: timed[name] for name in (*_KEPT, *tables.packed.columns) if name not in parts} | parts
    if tables.beside is not None:
        null = ibis.null("int64")
        columns |= {name: ibis.ifelse(timed.on_path, timed[name], null) for name in ("since", "free")}
    return timed.select(**columns)


def _within(moment: Any, rows: Any) -> Any:
    """Return the moment within the segment; its end where the moment is not known."""
    before_end = ibis.ifelse(moment < rows["at"], moment, rows["at"])
    return ibis.ifelse(moment < rows.since, rows.since, before_end)


def _amounts(booked: Any) -> Any:
    """Name what was free before the own start: wait where that start is known, unknown where it is not.

    Begun work that was suspended waits, it is not in process; neither is that time touch time.
    """
    known = booked.started.notnull()
    amounts: dict[str, Any] = {}
    for clock in CLOCKS:
        free, elsewhere, process = (booked[f"{clock}_{part}"] for part in ("free", "elsewhere", "process"))
        still = booked[f"{clock}_suspended"]
        amounts |= {
            f"{clock}_wait": ibis.ifelse(known, free + still, 0),
            f"{clock}_process": process - still,
            f"{clock}_unknown": ibis.ifelse(known, 0, free),
            f"{clock}_total": free + elsewhere + process,
        }
    touch = booked.done - booked.started - booked.touch_suspended
    return booked.mutate(**amounts, touch=touch).drop("touch_suspended", *(f"{clock}_free" for clock in CLOCKS))
