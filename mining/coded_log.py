"""The coded log: the acting events of every case in order, as integers (DESIGN §4, order and span).

In: a `Log` and the project. Out: a `CodedLog` of engine tables: rows numbered by case and position, with codes for what
repeats, int64 microseconds, and all that looks back or ahead in the case already on the row, so that the ledger is
booked row by row. It depends on events, cases and mapping, never on `as_of`: a store may keep it for as long as those
three stay the same. It owns the codes; the order is `mining.event_order`'s, and the rest `mining.case_walk`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from ibis import _

from mappings.project import Project
from mining.ahead import ahead
from mining.columns import BUCKET_COLUMN, NOT_ACTING
from mining.days import offsets
from mining.engine import dropped, growing_table, in_parts, kept, micros
from mining.event_order import BATCH, CASES, CLOSING, COLUMNS, PRECISIONS, Walk, rows_schema, to_be_walked
from mining.json_told import laid_over
from mining.log import Log
from mining.suspended import intervals

PART_ROWS = 2_000_000
"""What is coded at once at most, of a log that is laid in buckets: some 80 bytes a row outside of the engine."""
TOKEN = ("activity", "lane", "role", "opens_step", "opens_lane", "opens_until")


@dataclass(frozen=True)
class CodedLog:
    """Engine tables; instants are int64 microseconds, null where unknown.

    rows: case, position, token, source_code, resource_code, channel_code, precision_code, done, started, at,
    since (where the segment begins if every event is on the path), before_token and gap (the event before, and the time
    since it; null where there is none), to_come (the earliest start from here on), and
    is_event, is_day, whole_days, is_single, is_raised, starts_late, together, order_known, event_id.
    cases: case, case_id, the case's fields, received, closed, origin, last_at, events, sequence, length.
    tokens: token (its code) and what an event is. sequences: sequence, trace (its tokens as bytes,
    of `event_order.trace_type`), cases.
    labels: kind, code, label of sources, resources and channels.
    suspended: case, position, low, high: when work lay still between its start and its completion.
    """

    rows: Any
    cases: Any
    tokens: Any
    sequences: Any
    labels: Any
    suspended: Any
    bounds: tuple[int, int] | None
    """The earliest and the latest instant, in microseconds; null for a log without any."""

    @property
    def with_sequence(self) -> Any:
        """The rows with the sequence of their case, which is known when the last row is."""
        return self.rows.join(self.cases.select("case", "sequence"), "case")


def code_log(log: Log, project: Project, keep: Callable[[str, Any], Any] | None = None) -> CodedLog:
    """Order the acting events of every case and code them.

    Cases without any acting event are kept in `cases`. Work in hand (no completion) and contacts cut no time.
    `keep` takes each finished table away and returns where it is read from; otherwise they stay in the engine.
    """
    con = log.con
    keep = keep or (lambda name, table: kept(con, f"zs_coded_{name}", table))
    log = replace(log, events=_nullable(log.events), cases=_nullable(log.cases))
    cases = kept(con, "zs_case", _numbered(_merged_cases(log, project)))
    has_closings = bool(cases.agg(n=cases.closed.count()).to_pyarrow()["n"][0].as_py())
    acting = _acting(log)
    marked = acting.union(_closings(cases, acting)) if has_closings else acting
    summed = kept(con, "zs_told", _summed(marked))
    bounds = _bounds(summed, cases)
    tokens = keep("tokens", _numbered_tokens(summed))
    labels = keep("labels", _labels(log, project))
    walk = _walk(project, labels, bounds, summed)
    parts = [_coded(*part, tokens, labels) for part in _parts(log, marked, cases)]
    rows, seen = _walked(con, [to_be_walked(part) for part in parts], walk, keep)
    sequences = keep("sequences", _distinct(seen))
    cases = keep("cases", _with_origin(cases, seen, sequences))
    suspended = keep("suspended", intervals(log.events, rows))
    dropped(con, "zs_seen")
    return CodedLog(rows, cases, tokens, sequences, labels, suspended, bounds)


def _nullable(table: Any) -> Any:
    """Forget which columns are declared never to be null: unions take only what is declared alike."""
    declared = {n: t for n, t in table.schema().items() if not t.nullable}
    return table.mutate(**{n: ibis.coalesce(table[n], ibis.null(t.copy(nullable=True))) for n, t in declared.items()})


def _merged_cases(log: Log, project: Project) -> Any:
    """One row a case: of each field the value of the first source of the mapping that knows it."""
    names = [s.name for s in project.sources]
    listed = pa.table({"source": names, "source_order": pa.array(range(len(names)), pa.int64())})
    known = log.cases.left_join(kept(log.con, "zs_source", listed), "source").drop("source_right")
    fields = ("zaaktype", "persona", "channel", "outcome", "received_at", "closed_at")
    merged = known.group_by("case_id").agg(
        **{f: known[f].argmin(known.source_order, where=known[f].notnull()) for f in fields},
        **{f: _first_known_names(known, f, len(names)) for f in ("targets", "segments")},
        received_precision=_.received_precision.argmin(_.source_order, where=_.received_at.notnull()),
        closed_precision=_.closed_precision.argmin(_.source_order, where=_.closed_at.notnull()),
    )
    joined = _every_case(log).left_join(merged, "case_id").drop("case_id_right")
    return joined.mutate(received=micros(_.received_at), closed=micros(_.closed_at)).drop("received_at", "closed_at")


def _every_case(log: Log) -> Any:
    """The number of every case, and its bucket where events tell theirs: one without any stands in the first."""
    if BUCKET_COLUMN not in log.events.columns:
        return log.events.select("case_id").union(log.cases.select("case_id")).distinct()
    own = log.events.group_by("case_id").agg(bucket=_.bucket.max())
    others = log.cases.select("case_id", bucket=ibis.literal(0, "int32"))
    return own.union(others).group_by("case_id").agg(bucket=_.bucket.max())


def _parts(log: Log, marked: Any, cases: Any) -> list[tuple[Any, Any]]:
    """Cut events and cases between buckets, where the log has any, into parts that share no case."""
    if BUCKET_COLUMN not in log.events.columns:
        return [(marked, cases)]
    found = log.events.group_by(BUCKET_COLUMN).agg(n=_.count()).order_by(BUCKET_COLUMN).to_pyarrow()
    part = np.cumsum(found["n"].to_numpy()) // PART_ROWS
    ends = [-1, *(int(found[BUCKET_COLUMN].to_numpy()[part == n][-1]) for n in np.unique(part))]
    return [(_within(marked, *own), _within(cases, *own)) for own in pairwise(ends)]


def _within(table: Any, after: int, to: int) -> Any:
    return table.filter(table.bucket > after, table.bucket <= to).drop(BUCKET_COLUMN)


def _first_known_names(known: Any, column: str, sources: int) -> Any:
    """A JSON object a case in which each name has the value of the first source that knows that name."""
    objects = [known[column].max(where=known.source_order == n) for n in reversed(range(sources))]
    merged = objects[0]
    for earlier in objects[1:]:
        merged = ibis.coalesce(laid_over(merged, earlier), merged, earlier)
    return merged


def _numbered(cases: Any) -> Any:
    return cases.mutate(case=ibis.row_number().over(order_by=cases.case_id).cast("int32"))


def _acting(log: Log) -> Any:
    e = log.events
    laid = [name for name in e.columns if name == BUCKET_COLUMN]
    return e.filter(~e.role.isin(NOT_ACTING), e.completed_at.notnull()).select(
        "case_id", "event_id", "source", "resource", "channel", "precision", "seq", *TOKEN, *laid,
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
    if BUCKET_COLUMN in columns:
        columns[BUCKET_COLUMN] = closed.bucket
    return closed.select(**{name: columns[name] for name in acting.columns})


def _summed(marked: Any) -> Any:
    """Return the distinct tokens, with their events and the earliest and latest instants of those."""
    m = marked
    return m.group_by(TOKEN).agg(
        low=m.done.min(), low_start=m.started.min(), high=m.done.max(), high_start=m.started.max(), events=m.count()
    )


def _bounds(summed: Any, cases: Any) -> tuple[int, int] | None:
    """Return the earliest and the latest instant of events and cases."""
    of_cases = cases.agg(
        low=_.received.min(), low_closed=_.closed.min(), high=_.closed.max(), high_received=_.received.max()
    )
    told = [*summed.drop(*TOKEN, "events").to_pyarrow().to_pylist(), *of_cases.to_pyarrow().to_pylist()]
    found = [moment for row in told for moment in row.values() if moment is not None]
    return (min(found), max(found)) if found else None


def _moments(bounds: tuple[int, int] | None) -> tuple[datetime, datetime]:
    low, high = bounds or (0, 0)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + timedelta(microseconds=low), epoch + timedelta(microseconds=high)


def _numbered_tokens(summed: Any) -> Any:
    number = ibis.row_number().over(order_by=[summed[c] for c in TOKEN])
    return summed.select(*TOKEN, token=number.cast("int32"))


def _walk(project: Project, labels: Any, bounds: tuple[int, int] | None, summed: Any) -> Walk:
    events = summed.select("events").to_pyarrow()["events"].to_pylist()
    sources = labels.filter(labels.kind == "source").order_by("code").to_pyarrow().to_pylist()
    first = {s.name for s in project.sources if s.day_slot == "first"}
    return Walk(
        days=np.array(offsets(*_moments(bounds), project.file.zone), np.int64).T.copy(),
        within=int(project.file.together_within.total_seconds() * 1_000_000),
        sources=np.array([[s["place"], s["label"] in first] for s in sources], np.int64).T.copy(),
        closing=next(s["code"] for s in sources if s["label"] == CLOSING),
        tokens=len(events),
        rows=sum(events),
    )


def _labels(log: Log, project: Project) -> Any:
    """Number sources (those of the mapping first, in its order), resources and channels."""
    listed = {s.name: n for n, s in enumerate(project.sources)}
    e = log.events
    parts = []
    for kind in ("source", "resource", "channel"):
        found = e.filter(e[kind].notnull()).select(label=e[kind]).distinct()
        if kind == "source":
            closing = kept(log.con, "zs_closing", pa.table({"label": [CLOSING]}))
            found = found.union(closing).distinct()
        place = found.label.cases(*listed.items(), else_=len(listed)) if kind == "source" else ibis.literal(0)
        found = found.mutate(kind=ibis.literal(kind), place=place)
        number = ibis.row_number().over(order_by=[found.place, found.label])
        parts.append(found.select("kind", "label", "place", code=number.cast("int32")))
    return parts[0].union(parts[1]).union(parts[2])


def _coded(marked: Any, cases: Any, tokens: Any, labels: Any) -> Any:
    """Replace the texts of each event by numbers."""
    same = [marked[c].identical_to(tokens[c]) for c in TOKEN]
    coded = marked.join(tokens, same, rname="{name}_token").drop([*TOKEN, *(f"{c}_token" for c in TOKEN)])
    of_case = cases.select("case_id", "case", "received", is_received_on=cases.received_precision == "day")
    coded = coded.join(of_case.mutate(is_received_on=of_case.is_received_on.fill_null(False)), "case_id")
    coded = coded.drop("case_id")
    for kind in ("source", "resource", "channel"):
        of_kind = labels.filter(labels.kind == kind)
        codes = of_kind.select(**{kind: of_kind.label, f"{kind}_code": of_kind.code})
        coded = coded.left_join(codes, kind).drop(f"{kind}_right")
    precision = coded.precision.cases(*((name, n) for n, name in enumerate(PRECISIONS)), else_=None)
    return coded.mutate(precision_code=precision.cast("int8")).drop("precision", "resource", "channel")


def _walked(con: Any, parts: list[Any], walk: Walk, keep: Callable[[str, Any], Any]) -> tuple[Any, Any]:
    """Walk along every case: its rows, and what they come to for the case."""
    seen = growing_table(con, "zs_seen", CASES)
    coded = in_parts(con, parts, "case", BATCH, COLUMNS)

    def rows() -> Iterator[pa.RecordBatch]:
        for part, ends in walk.along(ahead(coded)):
            seen.add(ends)
            yield from part.to_batches()

    kept_rows = keep("rows", pa.RecordBatchReader.from_batches(rows_schema(coded.schema), rows()))
    return kept_rows, seen.table()


def _distinct(seen: Any) -> Any:
    """Number the distinct sequences, most frequent first."""
    distinct = seen.group_by("trace").agg(cases=_.count())
    number = ibis.row_number().over(order_by=[ibis.desc("cases"), distinct.trace])
    return distinct.mutate(sequence=number.cast("int32"))


def _with_origin(cases: Any, seen: Any, sequences: Any) -> Any:
    """Add what the walk tells of each case; one without any event begins where it was received."""
    numbered = seen.join(sequences.drop("cases"), "trace").drop("trace")
    of_log = cases.select(*(name for name in cases.columns if name != BUCKET_COLUMN))
    joined = of_log.left_join(numbered, "case").drop("case_right")
    return joined.mutate(
        origin=ibis.coalesce(_.origin, _.received),
        start_inferred=_.received.isnull(),
        whole_days=ibis.coalesce(_.has_day, False) | ibis.coalesce(_.received_precision == "day", False),
        events=_.events.fill_null(0),
    ).mutate(last_at=ibis.greatest(_.last_done, _.origin))
