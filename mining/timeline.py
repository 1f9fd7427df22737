"""The coded log with the clocks of the run and the distinct sequences: what the ledger is booked from.

In: a `Log` and the project. Out: a `Timeline`. The order of events is `mining.event_order`'s, the origin of a case
`mining.case_walk`'s.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from mappings.project import Project
from mining.clocks import Clocks, clocks_of
from mining.coded_log import CodedLog, code_log
from mining.event_order import CLOSING, PRECISIONS, trace_type
from mining.log import Log, to_micros
from mining.sequences import Ints, Sequences, offsets_of
from mining.tokens import Token

__all__ = ["CLOSING", "Timeline", "clocks_of", "sequences_of", "timeline"]


@dataclass(frozen=True)
class Timeline:
    """Rows: case_id, position, at, started …; cases: one row a case; sequences: number → tokens."""

    coded: CodedLog
    cases: Any
    sequences: Sequences
    clocks: Clocks
    window: tuple[datetime, datetime]
    """The earliest and the latest instant of the log, as_of included."""
    ends_are_known: bool
    """Whether the log can show at all that a case has ended (by a tag or by closed_at)."""

    @property
    def rows(self) -> Any:
        """The events in order with their texts: for small results and logs; what is large keeps to `coded.rows`."""
        tokens = self.coded.tokens.select("token", "activity", "lane", "role")
        return with_texts(self.coded.rows.join(tokens, "token"), self.coded)


def with_texts(rows: Any, coded: CodedLog) -> Any:
    """Add case_id, source, resource, channel and precision as texts to rows that have their codes."""
    rows = rows.join(coded.cases.select("case", "case_id"), "case")
    for kind in ("source", "resource", "channel"):
        rows = with_label(rows, coded, kind)
    return rows.mutate(precision=rows.precision_code.cases(*enumerate(PRECISIONS), else_=None))


def with_label(rows: Any, coded: CodedLog, kind: str) -> Any:
    """Add the source, resource or channel that rows have the code of; null where it is not known."""
    labels = coded.labels.filter(coded.labels.kind == kind).select(**{kind: "label", f"{kind}_code": "code"})
    return rows.left_join(labels, f"{kind}_code").drop(f"{kind}_code_right")


def timeline(log: Log, project: Project, as_of: datetime) -> Timeline:
    """Take the coded log, as the store keeps it or coded now, with the clocks up to `as_of`."""
    coded = log.coded or code_log(log, project)
    window = _window(coded, as_of)
    clocks = clocks_of(log.con, project.calendar.reference, window, project.file.zone, "zs_days")
    has_whole_days = bool(coded.cases.agg(any=coded.cases.whole_days.any()).to_pyarrow()["any"][0].as_py())
    clocks = replace(clocks, has_whole_days=has_whole_days)
    sequences = sequences_of(coded, project)
    return Timeline(coded, coded.cases, sequences, clocks, window, _ends_are_known(coded.cases, project))


def _window(coded: CodedLog, as_of: datetime) -> tuple[datetime, datetime]:
    found = [*(coded.bounds or ()), to_micros(as_of)]
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + timedelta(microseconds=min(found)), epoch + timedelta(microseconds=max(found))


def sequences_of(coded: CodedLog, project: Project) -> Sequences:
    """Return the distinct sequences by number."""
    tokens = tuple(_token(row, project) for row in coded.tokens.order_by("token").to_pyarrow().to_pylist())
    listed = coded.sequences.select("sequence", "trace", "cases").to_pyarrow()
    numbers = listed["sequence"].to_numpy()
    # a store keeps them in their order, and to sort them costs as much as to read them
    is_in_order = len(numbers) == 0 or bool((numbers[1:] > numbers[:-1]).all())
    return _coded_sequences(tokens, listed if is_in_order else listed.sort_by("sequence"))


def _coded_sequences(tokens: tuple[Token, ...], listed: pa.Table) -> Sequences:
    """Take the codes out of the traces, without an object a position."""
    found = [_codes(chunk, trace_type(len(tokens))) for chunk in listed["trace"].chunks]
    return Sequences(
        tokens=tokens,
        codes=np.concatenate([np.empty(0, np.int32), *(codes for codes, _ in found)]),
        offsets=offsets_of(np.concatenate([np.empty(0, np.int64), *(lengths for _, lengths in found)])),
        cases=listed["cases"].to_numpy().astype(np.int64),
    )


def _codes(traces: pa.BinaryArray, kind: Any) -> tuple[Ints, Ints]:
    """Return the codes of traces, one after another, and the length of each."""
    _, starts, data = traces.buffers()
    starts = np.frombuffer(starts, np.int32)[traces.offset : traces.offset + len(traces) + 1]
    codes = np.frombuffer(data or b"", np.uint8)[starts[0] : starts[-1]].view(kind)
    return codes.astype(np.int32), np.diff(starts) // kind.itemsize


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


def _ends_are_known(cases: Any, project: Project) -> bool:
    journey = project.journey
    tagged = bool(journey and (journey.delivers or journey.ends_without_delivery))
    return tagged or bool(cases.agg(n=cases.closed.count()).to_pyarrow()["n"][0].as_py())
