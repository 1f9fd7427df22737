"""The booked rows: each event with what its sequence says of it, and its segment split in both clocks (DESIGN §4).

In: a `Timeline` and the `StructureTables`. Out: an engine table, and a view of it with every column by name. The table
has a row for every event, so it is narrow, since writing costs by the column: small numbers are packed, and what other
columns or tables tell is not in it. It owns the split of a segment into wait, process, elsewhere and unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis

from mining.engine import dropped, kept_as_written, viewed
from mining.event_order import PRECISIONS
from mining.off_path import around_off_path
from mining.packed import Field, fields
from mining.read_arrays import BOOKED_BY, PHASES
from mining.structure_tables import POSITIONS, StructureTables
from mining.suspended import with_suspended
from mining.timeline import Timeline

CLOCKS = ("elapsed", "working")
_MARKS = ("is_event", "is_day", "whole_days", "is_raised", "starts_late", "together", "order_known", "in_cohort")
"""The truth values of a row that its sequence does not tell."""
_CODES = ("precision_code", "token", "resource_code", "channel_code")
"""Its small numbers; −1 stands for none."""
_KEPT = ("case", "position", "sequence", "at", "since", "done", "lane", "booked_step")


@dataclass(frozen=True)
class _Form:
    """What stands in the table, and how the rest is told from that."""

    tables: StructureTables
    codes: tuple[Field, ...]
    """Where truth values and small numbers stand."""
    has_whole_days: bool
    """Whether elapsed amounts are other than the differences of instants."""
    has_starts: bool
    """Whether any start is known: without, all of a segment is free, and what tells of starts is not in the table."""

    @property
    def clocks(self) -> tuple[str, ...]:
        """The clocks of which the amounts stand in the table."""
        return CLOCKS if self.has_whole_days else ("working",)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the table."""
        parts = ("total", "free", "process") if self.has_starts else ("total",)
        amounts = (f"{clock}_{part}" for clock in self.clocks for part in parts)
        starts = ("free", "started") if self.has_starts else ()
        coded = dict.fromkeys(field.column for field in self.codes)
        return (*_KEPT, *starts, *amounts, *coded, *self.tables.packed.columns)


def booked_rows(con: Any, line: Timeline, tables: StructureTables) -> Any:
    """Book the on-path segments, and the events off it; keep them, and return them by name."""
    read = line.coded.with_sequence.join(tables.positions, ["sequence", "position"])
    rows = read.mutate(**tables.packed.taken_from(read)).join(tables.labels, "label")
    form = _Form(tables, _codes(line), line.clocks.has_whole_days, _has_starts(line))
    booked = kept_as_written(con, "zs_booked", _segments(con, _coded(rows, form), line, form))
    # of a million sequences it takes a hundred megabytes
    dropped(con, POSITIONS)
    booked = with_suspended(con, booked, _named(booked, form), line.coded.suspended, line.clocks)
    return viewed(con, "zs_booked_by_name", _amounts(_named(booked, form)))


def _has_starts(line: Timeline) -> bool:
    rows = line.coded.rows
    return bool(rows.filter(rows.started.notnull()).limit(1).count().to_pyarrow().as_py())


def _codes(line: Timeline) -> tuple[Field, ...]:
    """Say where the truth values and small numbers of a row stand."""
    labels = line.coded.labels
    listed = labels.group_by("kind").agg(most=labels.code.max()).to_pyarrow().to_pylist()
    most = {f"{row['kind']}_code": row["most"] for row in listed}
    most |= {"precision_code": len(PRECISIONS), "token": len(line.sequences.tokens)}
    return fields("code", dict.fromkeys(_MARKS, (0, 1, "bool")) | {n: (-1, most.get(n, 0), "int32") for n in _CODES})


def _coded(rows: Any, form: _Form) -> Any:
    """Add the columns that truth values and small numbers stand in."""
    told = rows.mutate(in_cohort=rows.in_closed & ~rows.is_single)
    added: dict[str, Any] = {}
    for field in form.codes:
        value = told[field.name] if field.kind == "bool" else ibis.coalesce(told[field.name].cast("int64"), -1)
        bits = field.put(value)
        added[field.column] = added[field.column] + bits if field.column in added else bits
    return told.mutate(**added)


def _named(booked: Any, form: _Form) -> Any:
    """Take what is packed out of the rows, and add what other columns tell; off the path there is no segment."""
    told = form.tables.packed.taken_from(booked) | {field.name: field.taken_from(booked) for field in form.codes}
    told |= {name: ibis.ifelse(told[name] < 0, ibis.null("int32"), told[name]) for name in _CODES}
    told |= {"phase": _text(told["phase"], PHASES), "booked_by": _text(told["booked_by"], BOOKED_BY)}
    told["precision"] = _text(told.pop("precision_code"), PRECISIONS)
    told["step"] = ibis.ifelse(told.pop("has_step"), booked.booked_step, ibis.null(booked.booked_step.type()))
    del told["label"]
    packed = {*form.tables.packed.columns, *(field.column for field in form.codes)}
    named = booked.mutate(**told, **_split(booked, form)).drop(*packed)
    if form.tables.beside is None:
        return named
    null = ibis.null("int64")
    return named.mutate(**{name: ibis.ifelse(named.on_path, named[name], null) for name in ("since", "free")})


def _text(number: Any, names: tuple[str, ...]) -> Any:
    return number.cases(*enumerate(names), else_=None)


def _split(booked: Any, form: _Form) -> dict[str, Any]:
    """Tell the amounts that are not in the table: in elapsed time mostly the differences of instants."""
    since, at, zero = booked.since, booked["at"], ibis.literal(0, "int64")
    told: dict[str, Any] = {}
    if not form.has_starts:
        told |= {"free": at, "started": ibis.null("int64")}
    if not form.has_whole_days:
        told["elapsed_total"] = at - since
        if form.has_starts:
            own = _within(booked.started, booked)
            told |= {"elapsed_free": booked.free - since, "elapsed_process": at - own}
    if not form.has_starts:
        for clock in CLOCKS:
            total = told[f"{clock}_total"] if f"{clock}_total" in told else booked[f"{clock}_total"]
            told |= {f"{clock}_free": total, f"{clock}_process": zero}
    return told


def _segments(con: Any, rows: Any, line: Timeline, form: _Form) -> Any:
    """Book the on-path segments: (previous instant, own instant], split at the earliest known start to come.

    An event off the path books no time: its segment is none, and what the clocks tell of it is nothing.
    """
    if form.tables.beside is not None:
        rows = around_off_path(con, rows, line.coded.with_sequence, form.tables.beside)
        is_moved = rows.moved_since.notnull()
        since = ibis.ifelse(is_moved, rows.moved_since, ibis.ifelse(rows.on_path, rows.since, rows["at"]))
        rows = rows.mutate(since=since, to_come=ibis.ifelse(is_moved, rows.moved_to_come, rows.to_come))
    moments: tuple[str, ...] = ("since", "at")
    if form.has_starts:
        rows = rows.mutate(free=_within(rows.to_come, rows), own=_within(rows.started, rows))
        moments = (*moments, "free", "own")
    timed = line.clocks.with_known_clocks(rows, moments)
    parts: dict[str, Any] = {}
    for clock in form.clocks:
        shown = {moment: timed[f"{moment}_{clock}"] for moment in moments}
        parts[f"{clock}_total"] = shown["at"] - shown["since"]
        if form.has_starts:
            parts |= {f"{clock}_free": shown["free"] - shown["since"], f"{clock}_process": shown["at"] - shown["own"]}
    return timed.select(**{name: parts[name] if name in parts else timed[name] for name in form.columns})


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
        total, free, process = (booked[f"{clock}_{part}"] for part in ("total", "free", "process"))
        still = booked[f"{clock}_suspended"]
        amounts |= {
            f"{clock}_wait": ibis.ifelse(known, free + still, 0),
            f"{clock}_process": process - still,
            f"{clock}_elsewhere": total - free - process,
            f"{clock}_unknown": ibis.ifelse(known, 0, free),
        }
    touch = booked.done - booked.started - booked.touch_suspended
    return booked.mutate(**amounts, touch=touch).drop("touch_suspended", *(f"{clock}_free" for clock in CLOCKS))
