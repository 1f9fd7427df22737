"""The ledger: every second of lead time, booked once (DESIGN §4).

In: a `Timeline` and the project. Out: a `Ledger` of engine tables: `booked` (one row an acting event or closing,
on or off the path, with its booked amounts in both clocks), `cases`, `loops`, and the `tails` of open cases.
It owns the lead time of a case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import ibis

from mappings.flow import parallel_pairs
from mappings.project import Project
from mining.booking import CLOCKS, booked_rows
from mining.case_parts import between_cases
from mining.engine import declare_labels, kept, make_room
from mining.event_order import PRECISIONS
from mining.log import Log
from mining.off_path import slack_off_path
from mining.open_tails import tails_of
from mining.passings import LEVELS, Passings
from mining.reach import cases_of_sequences
from mining.read_arrays import BOOKED_BY, END, PHASES
from mining.sequences import Ints
from mining.structure_tables import structure_tables
from mining.structures import Structures, read_structures
from mining.timeline import Timeline, timeline, with_label
from mining.tokens import UNKNOWN_STEP, Turn

__all__ = ["CLOCKS", "KINDS", "UNKNOWN", "Ledger", "book", "with_case_id", "with_own"]

KINDS = ("wait", "process", "elsewhere", "unknown")
UNKNOWN = UNKNOWN_STEP


_AT_ONCE = 1_000_000
"""Booked rows that are told with their texts at a time: some hundred megabytes."""


@dataclass(frozen=True)
class Ledger:
    """Engine tables; amounts are int64 microseconds in columns `{clock}_{kind}`.

    booked: case (its number), position, sequence, at, since, free, started, done, phase, episode, on_path, in_cohort,
    step, lane, booked_by, booked_step, visit, loop, loop_path, step_visit, amounts, `{clock}_total`,
    `{clock}_suspended` (the part of wait in which begun work lay still), touch; of the event token, resource_code,
    channel_code, precision, whole_days, is_event, is_day, is_raised, starts_late, order_known, together, is_self_loop,
    returns_to; is_begin and is_finish (the first and the last segment of the first episode), is_whole_visit (its visit
    has no other segment), passing (the number of the handoffs that it begins with, −1 without one). What few read is
    joined where they do.
    event_steps: token, step_of_event (the step that an event is of; null for a closing).
    slack: case, position, slack of the events off the path.
    segments: the same rows with case_id, event_id, slack, source, resource, channel, activity, event_lane,
    step_of_event, role, opens_step, opens_lane, loop_steps, and own, where the work of its own event begins in the
    segment.
    cases: case, case_id, origin, ends_at, lead_{clock}, end, is_open, start_inferred, end_inferred, the case's fields.
    loops: sequence, loop, path. handoffs: passing, level, giver, taker: of each number its handoffs; passings: the
    same for plain loops.
    tails: case_id, step, lane, `{clock}_total` of the open phase.
    """

    booked: Any
    event_steps: Any
    slack: Any
    cases: Any
    loops: Any
    handoffs: Any
    passings: Passings
    tails: Any
    timeline: Timeline
    structures: Structures

    @cached_property
    def cohort_cases(self) -> Ints:
        """How many of the cases with a lead time made each sequence."""
        return cases_of_sequences(self.cases.filter(self.cases.has_lead), self.structures)

    @property
    def segments(self) -> Any:
        """The booked rows with their texts: for small logs. What is large keeps to `booked`, or takes them in parts."""
        return self._told(self.booked)

    def segments_in_parts(self) -> list[Any]:
        """Return the same rows in parts that share no case, each to be read by itself: for exports."""
        return [self._told(part) for part in between_cases(self.booked, _AT_ONCE)]

    def _told(self, booked: Any) -> Any:
        coded, place = self.timeline.coded, ["case", "position"]
        rows = booked.join(coded.rows.select(*place, "event_id", "source_code"), place)
        for kind in ("source", "resource", "channel"):
            rows = with_label(rows, coded, kind)
        rows = rows.left_join(self.slack, place)
        told = coded.tokens.select("token", "activity", "role", "opens_step", "opens_lane", event_lane="lane")
        rows = rows.join(told, "token").join(self.event_steps, "token")
        rows = rows.mutate(is_passed_on=rows.passing >= 0)
        paths = self.loops.select("sequence", "loop", loop_steps=self.loops.path.join(" → "))
        rows = rows.left_join(paths, ["sequence", "loop"])
        return with_case_id(rows, self).select(*_EXPORTED)

    @property
    def case_rows(self) -> Any:
        """One row a case with its begin, its end and what is open of it: for exports, as `segments` are."""
        tails = self.tails.select(
            "case_id", open_step="step", open_lane="lane", **{f"open_{clock}": f"{clock}_total" for clock in CLOCKS}
        )
        return self.cases.left_join(tails, "case_id").select(*_OF_CASE)


_EXPORTED = (
    "case", "position", "sequence", "token", "at", "since", "free", "done", "started", "source", "resource", "channel",
    "precision", "role", "opens_step", "opens_lane", "is_event", "is_day", "whole_days", "is_raised", "starts_late",
    "together", "order_known", "activity", "event_lane", "step_of_event", "phase", "episode", "on_path", "in_cohort",
    "step", "lane", "booked_by", "booked_step", "visit", "loop", "loop_path", "step_visit", "is_self_loop",
    "returns_to", "is_whole_visit", "is_passed_on", "elapsed_elsewhere", "elapsed_process", "working_elsewhere",
    "working_process", "slack", "elapsed_suspended", "working_suspended", "elapsed_wait", "elapsed_unknown",
    "elapsed_total", "working_wait", "working_unknown", "working_total", "touch", "event_id", "case_id", "own",
    "loop_steps",
)  # fmt: skip

_OF_CASE = (
    "case", "case_id", "sequence", "zaaktype", "persona", "channel", "outcome", "segments", "targets", "origin",
    "start_inferred", "end", "ends_at", "end_inferred", "is_open", "has_lead", "whole_days", "lead_elapsed",
    "lead_working", "open_step", "open_lane", "open_elapsed", "open_working",
)  # fmt: skip


def with_case_id(booked: Any, ledger: Ledger) -> Any:
    """Add the texts of the case numbers, and `own`, to booked rows."""
    return with_own(booked.join(ledger.cases.select("case", "case_id"), "case"))


def with_own(booked: Any) -> Any:
    """Add `own`, where the work of its own event begins in the segment; null where no start is known."""
    begun = ibis.least(booked.started, booked["at"])
    own = ibis.greatest(begun, ibis.coalesce(booked.since, begun))
    return booked.mutate(own=ibis.ifelse(booked.started.isnull(), ibis.null("int64"), own))


_CASE_BYTES = 80
"""What arrays take of a case at the most, as measured: while cards are judged; curves take half of it."""
_POSITION_BYTES = 65
"""What arrays take of a position of a distinct sequence: 50 for the whole run, the others while they are counted."""


def book(log: Log, project: Project, as_of: datetime) -> Ledger:
    """Book every case of the log. Open cases are booked up to their last event, with the rest as a tail.

    A case with a single event and no `received_at` has a null lead time. Ties are ordered as DESIGN §4 says, and
    events without a recorded start book unknown time. Source: DESIGN §4.
    """
    line = timeline(log, project, as_of)
    parallel = parallel_pairs(project.journey.flow) if project.journey else frozenset()
    received = _received_turn(project)
    structures = read_structures(line.sequences, parallel, received)
    con = log.con
    make_room(con, int(line.sequences.lengths @ line.sequences.cases), _beside(line))
    declare_labels(con, _labels(line, project, received))
    read = structure_tables(con, structures, project, line.ends_are_known)
    booked = booked_rows(con, line, read)
    slack = slack_off_path(con, line.coded.with_sequence, read.beside, line.clocks)
    cases = kept(con, "zs_ledger_case", _cases(line, read.ends, booked, received))
    tails = kept(con, "zs_tails", tails_of(log, project, line, cases, as_of))
    return Ledger(
        booked, read.event_steps, slack, cases, read.loops, read.handoffs, read.passings, tails, line, structures
    )


def _beside(line: Timeline) -> int:
    """Return how many bytes stand outside of the engine at the most, as arrays."""
    return _CASE_BYTES * int(line.sequences.cases.sum()) + _POSITION_BYTES * len(line.sequences.codes)


def _labels(line: Timeline, project: Project, received: Turn | None) -> set[str]:
    """Return every text that a step, lane, activity, phase, ending or holder can be."""
    known = {UNKNOWN}
    known |= {*BOOKED_BY, *END, *PHASES, *LEVELS}
    texts: set[str | None] = {received.step, received.lane} if received else set()
    texts |= {name for lane in project.file.lanes.values() for name in (lane.department, lane.organisation)}
    journey = project.journey
    steps = journey.step_of_activity() if journey else {}
    for token in line.coded.tokens.to_pyarrow().to_pylist():
        texts |= {token[name] for name in ("activity", "lane", "role", "opens_step", "opens_lane")}
        texts.add(steps.get(token["activity"]))
    known |= {*PRECISIONS, *line.coded.labels.select("label").to_pyarrow()["label"].to_pylist()}
    return known | {text for text in texts if text is not None}


def _received_turn(project: Project) -> Turn | None:
    opens = next((s.received_opens for s in project.sources if s.received_opens), None)
    if opens is None:
        return None
    journey = project.journey
    lane = opens.lane or (journey.steps[opens.step].lane if journey and opens.step in journey.steps else None)
    return Turn(opens.step, lane, opens.until == "next", -1)


def _cases(line: Timeline, ends: Any, booked: Any, received: Turn | None) -> Any:
    """One row a case with the lead time of its first episode, in both clocks; null where it is not known.

    Its segments follow on one another, so that the clocks at its two ends tell their sum (DESIGN §4, law).
    """
    finish = booked.filter(booked.is_finish).select("case", ends_at="at")
    cases = line.cases.left_join(ends, "sequence")
    cases = cases.drop("sequence_right").left_join(finish, "case").drop("case_right")
    for moment in ("origin", "ends_at"):
        cases = line.clocks.with_clocks(cases, moment)
    lead = {clock: cases[f"ends_at_{clock}"] - cases[f"origin_{clock}"] for clock in CLOCKS}
    shown = [f"{moment}_{clock}" for moment in ("origin", "ends_at") for clock in CLOCKS]
    cases = cases.mutate(**{f"booked_{clock}": amount for clock, amount in lead.items()}).drop(*shown)
    if received is not None:
        # a case on which nothing was done yet has no sequence to read its turn from
        due = {"turn_step": ibis.literal(received.step), "turn_lane": ibis.literal(received.lane, "string")}
        cases = cases.mutate(**{name: ibis.ifelse(cases.sequence.isnull(), t, cases[name]) for name, t in due.items()})
    single = (cases.events <= 1) & cases.received.isnull()
    first_open = ibis.coalesce(cases.end, "open") == "open"
    # where the log can show no end, the last acting event is one; a case without any has not ended
    is_unended = ibis.literal(line.ends_are_known) | (cases.events == 0)
    is_open = first_open & is_unended
    cases = cases.mutate(
        is_open=is_open,
        is_running=ibis.coalesce(cases.open_at_end, True) & is_unended,
        end_inferred=first_open & ~is_unended,
        has_lead=~single & ~is_open & cases.ends_at.notnull(),
    )
    return cases.mutate(
        **{f"lead_{c}": ibis.ifelse(cases.has_lead, cases[f"booked_{c}"], ibis.null("int64")) for c in CLOCKS}
    )
