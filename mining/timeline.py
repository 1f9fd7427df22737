"""The acting events of each case in order, with their instants, and the distinct sequences (DESIGN §4, order and span).

In: a `Log` and the project. Out: a `Timeline`: rows in order with raised instants, one row a case with origin and
closing, and the distinct token sequences. It owns the order of events and the origin of a case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from ibis import _

from mappings.calendar import Hours
from mappings.project import Project
from mining.clocks import Clocks
from mining.days import days
from mining.log import Log, micros, to_micros
from mining.sequences import Sequences, offsets_of
from mining.tokens import Token

CLOSING = "\x00closed"
_CODE_ROOM = 1 << 20
_TOKEN = ("activity", "lane", "role", "opens_step", "opens_lane", "opens_until")


@ibis.udf.scalar.builtin(name="json_merge_patch")  # type: ignore[untyped-decorator]
def _laid_over(base: str, patch: str) -> str:  # type: ignore[empty-body]
    """DuckDB's own: the object `patch` laid over the object `base`, name by name."""


@dataclass(frozen=True)
class Timeline:
    """Rows: case_id, position, at, started, sequence …; cases: one row a case; sequences: number → tokens."""

    rows: Any
    cases: Any
    sequences: Sequences
    clocks: Clocks
    window: tuple[datetime, datetime]
    """The earliest and the latest instant of the log, as_of included."""
    ends_are_known: bool
    """Whether the log can show at all that a case has ended (by a tag or by closed_at)."""


def timeline(log: Log, project: Project, as_of: datetime) -> Timeline:
    """Order the acting events of every case and find the distinct sequences.

    Cases without any acting event are kept in `cases`. Work in hand (no completion) and contacts cut no time.
    """
    con = log.con
    cases = _table(con, "zs_case", _merged_cases(log, project))
    acting = _table(con, "zs_acting", _acting(log))
    window = _window(acting, cases, as_of)
    clocks = clocks_of(con, project.calendar.reference, window, project.file.zone, "zs_days")
    marked = acting.union(_closings(cases, acting))
    tokens = _table(con, "zs_token", _tokens(marked))
    ordered = _table(con, "zs_ordered", _ordered(marked, tokens, clocks, project))
    traced, sequences = _sequences(con, ordered, tokens, project)
    cases = _table(con, "zs_timeline_case", _with_origin(cases, ordered, traced))
    rows = _table(con, "zs_timeline", _raised(ordered, cases, clocks))
    return Timeline(rows, cases, sequences, clocks, window, _ends_are_known(cases, project))


def _table(con: Any, name: str, expression: Any) -> Any:
    """Compute an expression once, into a temporary table of the engine."""
    return con.create_table(name, expression, temp=True, overwrite=True)


def _merged_cases(log: Log, project: Project) -> Any:
    """One row a case: of each field the value of the first source of the mapping that knows it."""
    names = [s.name for s in project.sources]
    listed = pa.table({"source": names, "source_order": pa.array(range(len(names)), pa.int64())})
    order = log.con.create_table("zs_source", listed, temp=True, overwrite=True)
    known = log.cases.left_join(order, "source").drop("source_right")
    fields = ("zaaktype", "persona", "channel", "outcome", "received_at", "closed_at")
    merged = known.group_by("case_id").agg(
        **{f: known[f].argmin(known.source_order, where=known[f].notnull()) for f in fields},
        **{f: _first_known_names(known, f, len(names)) for f in ("targets", "segments")},
        received_precision=_.received_precision.argmin(_.source_order, where=_.received_at.notnull()),
        closed_precision=_.closed_precision.argmin(_.source_order, where=_.closed_at.notnull()),
    )
    every = log.events.select("case_id").union(log.cases.select("case_id")).distinct()
    joined = every.left_join(merged, "case_id").drop("case_id_right")
    return joined.mutate(received=micros(_.received_at), closed=micros(_.closed_at)).drop("received_at", "closed_at")


def _first_known_names(known: Any, column: str, sources: int) -> Any:
    """A JSON object a case in which each name has the value of the first source that knows that name."""
    objects = [known[column].max(where=known.source_order == n) for n in reversed(range(sources))]
    merged = objects[0]
    for earlier in objects[1:]:
        merged = ibis.coalesce(_laid_over(merged, earlier), merged, earlier)
    return merged


def _acting(log: Log) -> Any:
    e = log.events
    return e.filter(e.role != "contact", e.completed_at.notnull()).select(
        "case_id", "event_id", "source", "resource", "channel", "precision", "seq", *_TOKEN,
        done=micros(e.completed_at),
        started=micros(e.started_at),
    )  # fmt: skip


def _closings(cases: Any, acting: Any) -> Any:
    """The closing of a case stands among its events, as one that no activity shows."""
    closed = cases.filter(_.closed.notnull())
    columns = {name: ibis.null().cast(dtype) for name, dtype in acting.schema().items()}
    columns |= {
        "case_id": closed.case_id,
        "event_id": closed.case_id,
        "source": ibis.literal(CLOSING),
        "activity": ibis.literal(CLOSING),
        "role": ibis.literal("act"),
        "precision": closed.closed_precision,
        "seq": ibis.literal(0, "int64"),
        "done": closed.closed,
    }
    return closed.select(**{name: columns[name] for name in acting.columns})


def _window(acting: Any, cases: Any, as_of: datetime) -> tuple[datetime, datetime]:
    bounds = acting.agg(low=_.done.min(), low_start=_.started.min(), high=_.done.max(), high_start=_.started.max())
    case_bounds = cases.agg(
        low=_.received.min(), low_closed=_.closed.min(), high=_.closed.max(), high_received=_.received.max()
    )
    found = [v for t in (bounds, case_bounds) for v in t.to_pyarrow().to_pylist()[0].values() if v is not None]
    found.append(to_micros(as_of))
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + timedelta(microseconds=min(found)), epoch + timedelta(microseconds=max(found))


def clocks_of(con: Any, hours: Hours, window: tuple[datetime, datetime], zone: str, name: str) -> Clocks:
    """Return the clocks of one calendar over the window of the log."""
    table = days(hours, *window, zone)
    return Clocks(con.create_table(name, table.table, temp=True, overwrite=True), table.shifts)


def _tokens(marked: Any) -> Any:
    distinct = marked.select(*_TOKEN).distinct()
    return distinct.mutate(code=ibis.row_number().over(order_by=[distinct[c] for c in _TOKEN]))


def _ordered(marked: Any, tokens: Any, clocks: Clocks, project: Project) -> Any:
    """Number the events of a case by local date, slot, instant, source order, seq and id."""
    same = [marked[c].identical_to(tokens[c]) for c in _TOKEN]
    coded = marked.join(tokens, same, rname="{name}_token").drop([f"{c}_token" for c in _TOKEN])
    coded = clocks.with_local(coded, "done")
    order = {s.name: n for n, s in enumerate(project.sources)}
    first = [s.name for s in project.sources if s.day_slot == "first"]
    day_slot = ibis.cases((coded.source.isin(first), 0), else_=2) if first else ibis.literal(2)
    keyed = coded.mutate(
        local_date=clocks.day(coded.done_local),
        slot=ibis.cases((coded.precision == "day", day_slot), else_=1),
        source_order=coded.source.cases(*order.items(), else_=len(order)) if order else ibis.literal(0),
    )
    window = ibis.window(
        group_by="case_id",
        order_by=["local_date", "slot", "done", "source_order", "seq", "event_id"],
    )
    return keyed.mutate(position=ibis.row_number().over(window))


def _sequences(con: Any, ordered: Any, tokens: Any, project: Project) -> tuple[Any, Sequences]:
    """Return case → number of its sequence, and the sequences, most frequent first."""
    traces = ordered.group_by("case_id").agg(
        trace=(ordered.position * _CODE_ROOM + ordered.code).collect(), length=_.count()
    )
    traces = _table(con, "zs_trace", traces.mutate(trace=_.trace.sort()))
    distinct = traces.group_by("trace").agg(cases=_.count())
    distinct = distinct.mutate(sequence=ibis.row_number().over(order_by=[ibis.desc("cases"), distinct.trace]))
    distinct = _table(con, "zs_sequence", distinct)
    read = tuple(_token(row, project) for row in tokens.order_by("code").to_pyarrow().to_pylist())
    sequences = _coded_sequences(read, distinct.order_by("sequence").select("trace", "cases").to_pyarrow())
    numbered = traces.join(distinct, "trace").select("case_id", "sequence", "length")
    return _table(con, "zs_traced", numbered), sequences


def _coded_sequences(tokens: tuple[Token, ...], listed: pa.Table) -> Sequences:
    """Take the codes out of the traces, without an object a position."""
    chunks = listed["trace"].chunks
    codes = [(chunk.flatten().to_numpy(zero_copy_only=False) % _CODE_ROOM).astype(np.int32) for chunk in chunks]
    lengths = [np.diff(chunk.offsets.to_numpy()) for chunk in chunks]
    return Sequences(
        tokens=tokens,
        codes=np.concatenate([np.empty(0, np.int32), *codes]),
        offsets=offsets_of(np.concatenate([np.empty(0, np.int64), *lengths])),
        cases=listed["cases"].to_numpy().astype(np.int64),
    )


def _token(row: dict[str, Any], project: Project) -> Token:
    journey = project.journey
    activity = row["activity"]
    if activity == CLOSING:
        return Token(activity, None)
    steps = journey.step_of_activity() if journey else {}
    return Token(
        activity=activity,
        step=steps.get(activity, activity),
        lane=row["lane"],
        is_automatic=row["role"] == "automatic",
        opens_step=row["opens_step"],
        opens_lane=row["opens_lane"],
        opens_state=row["opens_until"] == "next",
        delivers=bool(journey and activity in journey.delivers),
        reopens=bool(journey and activity in journey.reopens),
        ends=bool(journey and activity in journey.ends_without_delivery),
    )


def _with_origin(cases: Any, ordered: Any, traced: Any) -> Any:
    """The origin is received_at; where unknown the earliest instant, of a start or a completion."""
    is_event = ordered.activity != CLOSING
    start = ordered.started.min(where=is_event & (ordered.started <= ordered.done))
    seen = ordered.group_by("case_id").agg(
        first_done=ordered.done.min(where=is_event),
        first_start=start,
        events=is_event.sum(),
        has_day=(ordered.precision == "day").any(),
    )
    joined = cases.left_join(seen, "case_id").drop("case_id_right")
    joined = joined.left_join(traced, "case_id").drop("case_id_right")
    return joined.mutate(
        origin=ibis.coalesce(
            _.received, ibis.least(_.first_done, ibis.coalesce(_.first_start, _.first_done)), _.closed
        ),
        start_inferred=_.received.isnull(),
        whole_days=ibis.coalesce(_.has_day, False) | ibis.coalesce(_.received_precision == "day", False),
        events=_.events.fill_null(0),
    )


def _raised(ordered: Any, cases: Any, clocks: Clocks) -> Any:
    """Raise an instant to its predecessor's where smaller; a recorded start after its completion is none.

    A date stands at its midnight after the times of that day, so it counts as raised only where it lies before the
    date of the origin.
    """
    begun = clocks.with_local(cases.select("case_id", "origin", "whole_days", "sequence"), "origin")
    begun = begun.mutate(origin_date=clocks.day(begun.origin_local)).drop("origin_local")
    joined = ordered.join(begun, "case_id")
    joined = joined.drop([c for c in joined.columns if c.endswith("_right")])
    window = ibis.window(group_by="case_id", order_by="position", preceding=(None, 0))
    raised = joined.mutate(at=ibis.greatest(joined.done.max().over(window), joined.origin))
    late = raised.started > raised.done
    is_earlier = (raised.precision != "day") | (raised.local_date < raised.origin_date)
    return raised.mutate(
        is_raised=(raised.at > raised.done) & is_earlier & (raised.activity != CLOSING),
        starts_late=ibis.coalesce(late, False),
        started=ibis.ifelse(late, ibis.null("int64"), raised.started),
    ).drop("origin_date")


def _ends_are_known(cases: Any, project: Project) -> bool:
    journey = project.journey
    tagged = bool(journey and (journey.delivers or journey.ends_without_delivery))
    return tagged or bool(cases.agg(n=_.closed.count()).to_pyarrow()["n"][0].as_py())
