"""The ledger: every second of lead time, booked once (DESIGN §4).

In: a `Timeline` and the project. Out: a `Ledger` of engine tables: `booked` (one row an acting event or closing,
on or off the path, with its booked amounts in both clocks), `cases`, `loops`, and the `tails` of open cases.
It owns the split of a segment into wait, process, elsewhere and unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import ibis
import pyarrow as pa

from mappings.flow import followers, parallel_pairs
from mappings.project import Project
from mining.engine import declare_labels, kept, labelled
from mining.event_order import PRECISIONS
from mining.log import Log, to_micros
from mining.off_path import around_off_path
from mining.passings import LEVELS, Passings
from mining.reach import cases_of_sequences
from mining.read_arrays import BOOKED_BY, END, OPEN, PHASES
from mining.sequences import Ints
from mining.structure_tables import POSITIONS, StructureTables, structure_tables
from mining.structures import Structures, read_structures
from mining.suspended import with_suspended
from mining.timeline import Timeline, timeline
from mining.tokens import UNKNOWN_STEP, Turn

CLOCKS = ("elapsed", "working")
KINDS = ("wait", "process", "elsewhere", "unknown")
UNKNOWN = UNKNOWN_STEP


@dataclass(frozen=True)
class Ledger:
    """Engine tables; amounts are int64 microseconds in columns `{clock}_{kind}`.

    booked: case (its number), position, sequence, activity, at, since, free, started, done, phase, episode, on_path,
    in_cohort, step, lane, booked_by, booked_step, visit, loop, loop_path, step_visit,
    amounts, `{clock}_total`, `{clock}_suspended` (the part of wait in which begun work lay still), touch, slack,
    order_known,
    together; of the event source, resource, channel, precision, role, event_lane, step_of_event, opens_step,
    opens_lane, is_event, is_day, is_self_loop, returns_to; is_whole_visit (its visit has no
    other segment), passing (the number of the handoffs that it begins with, −1 without one).
    segments: the same with case_id and event_id, and own, where the work of its own event begins in the segment.
    cases: case, case_id, origin, ends_at, lead_{clock}, end, is_open, start_inferred, end_inferred, the case's fields.
    loops: sequence, loop, path. handoffs: sequence, position, level, giver, taker, is_back;
    passings: the same by number.
    tails: case_id, step, lane, `{clock}_total` of the open phase.
    """

    booked: Any
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
        """The booked rows with their texts: for exports and small logs. What is large keeps to `booked`."""
        coded = self.timeline.coded
        rows = self.booked.join(coded.rows.select("case", "position", "event_id"), ["case", "position"])
        return with_case_id(rows, self)


def with_case_id(booked: Any, ledger: Ledger) -> Any:
    """Add the texts of the case numbers, and `own`, to booked rows."""
    return with_own(booked.join(ledger.cases.select("case", "case_id"), "case"))


def with_own(booked: Any) -> Any:
    """Add `own`, where the work of its own event begins in the segment; null where no start is known."""
    return booked.mutate(own=_clamp(booked.started, booked.since, booked["at"]))


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
    declare_labels(con, _labels(line, project, received))
    read = structure_tables(con, structures, project)
    structure = _structure(con, read, line)
    booked = kept(con, "zs_booked", _booked(con, line, structure))
    booked = _amounts(with_suspended(con, booked, line.coded.suspended, line.clocks))
    cases = kept(con, "zs_ledger_case", _cases(line, read.ends, booked, received))
    tails = kept(con, "zs_tails", _tails(log, project, line, cases, as_of))
    return Ledger(booked, cases, read.loops, read.handoffs, read.passings, tails, line, structures)


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


def _structure(con: Any, tables: StructureTables, line: Timeline) -> Any:
    """What a sequence says of each position, and whether its segment is of an ended first episode."""
    read = tables.positions
    is_closed = (read.end_code != OPEN) | ~ibis.literal(line.ends_are_known)
    named = kept(con, "zs_labelled", read.mutate(in_closed=read.in_first & is_closed).drop("in_first", "end_code"))
    # the same by numbers: of a million sequences it takes half a gigabyte
    con.drop_table(POSITIONS)
    return named


def _booked(con: Any, line: Timeline, structure: Any) -> Any:
    """Join the rows with what their sequence says, and book them: the on-path segments, and the events off it."""
    rows = line.coded.with_sequence.drop("event_id").join(structure, ["sequence", "position"])
    rows = rows.mutate(in_cohort=rows.in_closed & ~rows.is_single).drop("in_closed", "is_single")
    rows = _with_labels(con, rows, line)
    has_any = structure.filter(structure.has_off_path).limit(1).count().to_pyarrow().as_py()
    if not has_any:
        return _segments(rows, line).select(*_KEPT, *_PARTS, slack=ibis.null("int64"))
    beside = around_off_path(con, line, structure)
    rows = rows.left_join(beside, ["case", "position"], rname="{name}_beside")
    moved = {name: ibis.ifelse(rows.has_off_path, rows[f"{name}_beside"], rows[name]) for name in ("since", "to_come")}
    return _without_off_path(_segments(rows.mutate(**moved), line))


_OF_TOKEN = ("activity", "event_lane", "role", "opens_step", "opens_lane")


def _with_labels(con: Any, rows: Any, line: Timeline) -> Any:
    """Add what the event is, from tables of a few rows."""
    coded = line.coded
    tokens = coded.tokens.select("token", "activity", "role", "opens_step", "opens_lane", event_lane="lane")
    rows = rows.join(labelled(con, "zs_token_label", tokens, _OF_TOKEN), "token")
    for kind in ("source", "resource", "channel"):
        named = coded.labels.filter(coded.labels.kind == kind).select(**{kind: "label", f"{kind}_code": "code"})
        named = labelled(con, f"zs_{kind}_label", named, (kind,))
        rows = rows.left_join(named, f"{kind}_code").drop(f"{kind}_code_right")
    numbers = pa.array(range(len(PRECISIONS)), pa.int8())
    precisions = pa.table({"precision_code": numbers, "precision": pa.array(PRECISIONS)})
    precisions = labelled(con, "zs_precision_label", precisions, ("precision",))
    return rows.left_join(precisions, "precision_code").drop("precision_code_right")


def _segments(rows: Any, line: Timeline) -> Any:
    """Book the on-path segments: (previous instant, own instant], split at the earliest known start to come."""
    clamped = rows.mutate(
        free=ibis.coalesce(_clamp(rows.to_come, rows.since, rows["at"]), rows["at"]),
        own=_clamp(rows.started, rows.since, rows["at"]),
    )
    timed = clamped
    for moment in ("since", "free", "own", "at"):
        timed = line.clocks.with_clocks(timed, moment)
    parts: dict[str, Any] = {}
    for clock in CLOCKS:
        since, free, own, at = (timed[f"{m}_{clock}"] for m in ("since", "free", "own", "at"))
        known = timed.own.notnull()
        parts |= {
            f"{clock}_free": free - since,
            f"{clock}_elsewhere": ibis.ifelse(known, own, at) - free,
            f"{clock}_process": ibis.ifelse(known, at - own, 0),
        }
    return timed.mutate(**parts)


def _without_off_path(timed: Any) -> Any:
    """Let the events off the path book no time; they keep their slack. Touch time stands beside."""
    null, zero = ibis.null("int64"), ibis.literal(0, "int64")
    booked = {name: ibis.ifelse(timed.on_path, timed[name], null) for name in ("since", "free")}
    booked |= {name: ibis.ifelse(timed.on_path, timed[name], zero) for name in _PARTS}
    return timed.mutate(**booked).select(*_KEPT, *_PARTS, "slack")


_PARTS = tuple(f"{clock}_{part}" for clock in CLOCKS for part in ("free", "elsewhere", "process"))
_KEPT = (
    "case", "position", "sequence", "token", "at", "since", "free", "done", "started", "source", "resource",
    "channel", "precision", "role", "opens_step", "opens_lane", "is_event", "is_day", "whole_days",
    "is_raised", "starts_late", "together", "order_known",
    "activity", "event_lane", "step_of_event", "phase", "episode", "on_path", "in_cohort", "step", "lane", "booked_by",
    "booked_step", "visit", "loop", "loop_path", "step_visit", "is_self_loop", "returns_to",
    "is_whole_visit", "passing",
)  # fmt: skip


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


def _clamp(moment: Any, low: Any, high: Any) -> Any:
    """Return the moment within [low, high]; null stays null."""
    within = ibis.ifelse(moment < low, low, ibis.ifelse(moment > high, high, moment))
    return ibis.ifelse(moment.isnull(), ibis.null("int64"), within)


def _cases(line: Timeline, ends: Any, booked: Any, received: Turn | None) -> Any:
    """One row a case with the lead time of its first episode, in both clocks; null where it is not known."""
    first = booked.filter(booked.on_path & (booked.phase == "lead") & (booked.episode == 1))
    lead = first.group_by("case").agg(
        **{f"booked_{clock}": first[f"{clock}_total"].sum() for clock in CLOCKS}, ends_at=first["at"].max()
    )
    cases = line.cases.left_join(ends, "sequence")
    cases = cases.drop("sequence_right").left_join(lead, "case").drop("case_right")
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


def _tails(log: Log, project: Project, line: Timeline, cases: Any, as_of: datetime) -> Any:
    """The open phase: from the last event to as_of, or to what the source of the open turn has observed."""
    tails = cases.filter(cases.is_running)
    step, lane = _only_next_step(project)
    tails = tails.mutate(
        tail_step=ibis.coalesce(tails.turn_step, tails.last_step.cases(*step.items(), else_=None) if step else None),
        tail_lane=ibis.ifelse(
            tails.turn_step.notnull(),
            tails.turn_lane,
            tails.last_step.cases(*lane.items(), else_=None) if lane else ibis.null("string"),
        ),
        since=ibis.coalesce(tails.last_at, tails.origin),
    )
    limit = to_micros(as_of)
    seen = {name: min(limit, to_micros(moment)) for name, moment in _observed_by_lane(log, project).items()}
    every = min([limit, max((to_micros(m) for m in log.observed_until.values()), default=limit)])
    until = tails.tail_lane.cases(*seen.items(), else_=every) if seen else ibis.literal(every)
    tails = tails.mutate(until=ibis.greatest(until, tails.since))
    for moment in ("since", "until"):
        tails = line.clocks.with_clocks(tails, moment)
    return tails.select(
        "case_id",
        step="tail_step",
        lane="tail_lane",
        since="since",
        until="until",
        **{f"{c}_total": tails[f"until_{c}"] - tails[f"since_{c}"] for c in CLOCKS},
    )


def _observed_by_lane(log: Log, project: Project) -> dict[str, datetime]:
    """Return until when each lane was observed: the latest of the sources that record that lane's work."""
    seen: dict[str, datetime] = {}
    for source in project.sources:
        until = log.observed_until.get(source.name)
        if until is None:
            continue
        rules = {rule.lane for rule in source.activities.values() if rule.lane}
        for lane in {source.lane, *source.lanes.values(), *rules} - {None}:
            seen[str(lane)] = max(until, seen.get(str(lane), until))
    return seen


def _only_next_step(project: Project) -> tuple[dict[str, str], dict[str, str]]:
    """Return step → the journey's only possible next step, and its lane; where several are possible, nothing."""
    journey = project.journey
    if journey is None or journey.flow is None:
        return {}, {}
    following = followers(journey.flow)
    # after the last step comes the end, which is no step: what follows it is unknown
    only = {step: next(iter(after)) for step, after in following.items() if len(after) == 1 and "" not in after}
    return only, {step: journey.steps[after].lane for step, after in only.items()}
