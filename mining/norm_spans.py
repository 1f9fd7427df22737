"""From where to where a norm runs in each case: its begin, its end where it was reached, and its target (DESIGN §5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import ibis

from mappings.journey import Norm
from mappings.project import Project
from mining.clocks import Clocks, clocks_of
from mining.coded_log import CodedLog
from mining.engine import table_part
from mining.json_told import text_under
from mining.ledger import Ledger
from mining.log import Log, micros, to_micros
from mining.moments import moment_of

_FAR = timedelta(days=30 * 365)
_NOWHERE = {"begun_position": -1, "begun_source": -1}
"""Where the receipt stands among the events of a case: before all of them."""


def norm_spans(norm: Norm, ledger: Ledger, log: Log, as_of: datetime, project: Project) -> Any:
    """One row a case that the norm applies to: since, until (null while not reached), ended, is_open, target, now.

    A norm from receipt looks at the first episode and what follows it up to a reopening; one from an activity to
    another is open as long as the case runs. What begins after the delivery never reaches it. Events off the path count
    too: a partner's answer is an answer. Instants in microseconds.
    """
    coded = ledger.timeline.coded
    cases = ledger.cases
    if norm.only_with is not None:
        cases = cases.semi_join(_events_of(norm.only_with, coded), "case")
    if norm.from_ == "received":
        spans = cases.mutate(since=cases.received, still_open=cases.is_open, **_NOWHERE)
    else:
        begun = _events_of(norm.from_, coded)
        place = {"begun_position": begun.position.min(), "begun_source": begun.source_code.argmin(begun.position)}
        first = begun.group_by("case").agg(since=begun["at"].min(), **place)
        # the delivery is that of the first episode: once that has ended, nothing is awaited any more
        running = cases.is_open if norm.to == "delivered" else cases.is_running
        spans = cases.mutate(still_open=running).inner_join(first, "case")
    spans = _with_until(norm, spans, ledger, project)
    # what was received, or begun, after the moment of looking is not under way then; an end after it is known
    is_under_way = spans.still_open & spans.until.isnull()
    spans = spans.filter(~(is_under_way & ibis.coalesce(spans.since > to_micros(as_of), False)))
    seen = _seen(norm, log, project, as_of)
    return spans.select(
        "case_id",
        "whole_days",
        "since",
        "until",
        is_open=spans.still_open,
        ended=spans.ends_at,
        target=_target(spans, norm),
        now=ibis.literal(seen, "int64"),
    )


def _seen(norm: Norm, log: Log, project: Project, as_of: datetime) -> int:
    """Return until when the end of the norm was watched for: by the sources that can show it, at most `as_of`.

    Where no mapping says which source shows it, by the one that was observed the shortest.
    """
    return min([to_micros(as_of), *watched(norm, project, {n: to_micros(m) for n, m in log.observed_until.items()})])


def watched(norm: Norm, project: Project, read: Mapping[str, int]) -> list[int]:
    """Return until when the sources that can show the norm's end were read; of all where no mapping says which can."""
    journey = project.journey
    ends = (*journey.delivers, *journey.ends_without_delivery) if norm.to == "delivered" and journey else (norm.to,)
    shown = {s.name for s in project.sources if any(rule.name in ends for rule in s.activities.values())}
    return [moment for name, moment in read.items() if name in shown or not shown]


def _with_until(norm: Norm, spans: Any, ledger: Ledger, project: Project) -> Any:
    if norm.to == "delivered":
        delivers = bool(project.journey and project.journey.delivers)
        is_later: Any = ibis.literal(True)
        if norm.from_ != "received":
            spans = _with_delivery(spans, ledger)
            is_later = ibis.coalesce(_comes_after(spans, spans.ends_at), False)
        reached = (spans.end == "delivered") | ((spans.end == "closed") & ibis.literal(not delivers))
        reached = reached & is_later
        return spans.mutate(until=ibis.ifelse(reached, spans.ends_at, ibis.null("int64")))
    ends = _events_of(norm.to, ledger.timeline.coded)
    if norm.from_ == "received" and project.journey and project.journey.reopens:
        # what is done again after a reopening is no answer to the receipt
        first = ledger.booked.filter(ledger.booked.episode == 1).select("case", "position")
        ends = ends.semi_join(first, ["case", "position"])
    joined = spans.select("case", "since", *_NOWHERE).inner_join(
        ends.select("case", "position", "source_code", reached_at="at"), "case"
    )
    joined = joined.filter(_comes_after(joined, joined.reached_at))
    return spans.left_join(joined.group_by("case").agg(until=joined.reached_at.min()), "case")


def _with_delivery(spans: Any, ledger: Ledger) -> Any:
    """Add position and source of the event that ended the first episode of each case."""
    lead = ledger.booked.filter((ledger.booked.phase == "lead") & (ledger.booked.episode == 1))
    last = lead.group_by("case").agg(position=lead.position.max())
    sources = ledger.timeline.coded.rows.select("case", "position", "source_code")
    return spans.left_join(last.join(sources, ["case", "position"]), "case").drop("case_right")


def _comes_after(spans: Any, moment: Any) -> Any:
    """Tell whether what stands at `position` comes after the norm's begin.

    What one source puts before it on the same date does not; of two sources nobody knows.
    """
    is_later = (spans.position > spans.begun_position) | (spans.source_code != spans.begun_source)
    return (moment >= spans.since) & is_later


def _events_of(activity: str, coded: CodedLog) -> Any:
    """The acting events of an activity, by the numbers of its tokens; a closing is none."""
    return coded.rows.filter(coded.rows.is_event).semi_join(
        coded.tokens.filter(coded.tokens.activity == activity), "token"
    )


def _target(spans: Any, norm: Norm) -> Any:
    if norm.target is None:
        return ibis.null("int64")
    text = text_under(spans.targets, norm.target)
    return micros(text.cast("timestamp('UTC')"))


def target_clocks(spans: Any, ledger: Ledger, log: Log, project: Project, name: str) -> Clocks:
    """Return clocks that know the local day of every target: many lie after all that the log holds, or before it.

    A target more than thirty years away from the log is a slip of the pen; no day of it is known.
    """
    row = spans.agg(low=spans.target.min(), high=spans.target.max()).to_pyarrow().to_pylist()[0]
    low, high = ledger.timeline.window
    if row["low"] is None or (to_micros(low) <= row["low"] and row["high"] <= to_micros(high)):
        return ledger.timeline.clocks
    first = moment_of(max(to_micros(low - _FAR), min(to_micros(low), row["low"]))) or low
    last = moment_of(min(to_micros(high + _FAR), max(to_micros(high), row["high"]))) or high
    return clocks_of(
        log.con, project.calendar.reference, (first, last), project.file.zone, f"zs_days_target_{table_part(name)}"
    )
