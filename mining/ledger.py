"""The ledger: every second of lead time, booked once (DESIGN §4).

In: a `Timeline` and the project. Out: a `Ledger` of engine tables: `segments` (one row an acting event or closing,
on or off the path, with its booked amounts in both clocks), `cases`, `loops`, and the `tails` of open cases.
It owns the split of a segment into wait, process, elsewhere and unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis

from mappings.flow import followers, parallel_pairs
from mappings.project import Project
from mining.log import Log, to_micros
from mining.structure_tables import structure_tables
from mining.structures import Structures, read_structures
from mining.timeline import CLOSING, Timeline, timeline
from mining.tokens import UNKNOWN_STEP, Turn

CLOCKS = ("elapsed", "working")
KINDS = ("wait", "process", "elsewhere", "unknown")
UNKNOWN = UNKNOWN_STEP


@dataclass(frozen=True)
class Ledger:
    """Engine tables; amounts are int64 microseconds in columns `{clock}_{kind}`.

    segments: case_id, position, event_id, activity, at, phase, episode, on_path, step, lane, booked_by, visit, loop,
    amounts, `{clock}_total`, touch, slack, order_known, together; its instants since, free, own, at, started, done;
    and of the event resource, event_lane, role, precision, step_of_event, opens_step, opens_lane, is_self_loop,
    returns_to, whole_days, booked_step, sequence.
    cases: case_id, origin, ends_at, lead_{clock}, end, is_open, start_inferred, end_inferred, and the case's fields.
    loops: sequence, loop, path. handoffs: sequence, position, level, giver, taker, is_back.
    tails: case_id, step, lane, `{clock}_total` of the open phase.
    """

    segments: Any
    cases: Any
    loops: Any
    handoffs: Any
    tails: Any
    timeline: Timeline
    structures: Structures


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
    read = structure_tables(con, structures, project)
    rows = _marked(line, read.positions, project)
    on_path = con.create_table("zs_on_path", _segments(rows, line), temp=True, overwrite=True)
    segments = con.create_table("zs_segments", _with_off_path(rows, on_path, line), temp=True, overwrite=True)
    cases = con.create_table("zs_ledger_case", _cases(line, read.ends, segments, received), temp=True, overwrite=True)
    tails = con.create_table("zs_tails", _tails(log, project, line, cases, as_of), temp=True, overwrite=True)
    return Ledger(segments, cases, read.loops, read.handoffs, tails, line, structures)


def _received_turn(project: Project) -> Turn | None:
    opens = next((s.received_opens for s in project.sources if s.received_opens), None)
    if opens is None:
        return None
    journey = project.journey
    lane = opens.lane or (journey.steps[opens.step].lane if journey and opens.step in journey.steps else None)
    return Turn(opens.step, lane, opens.until == "next", -1)


def _marked(line: Timeline, structure: Any, project: Project) -> Any:
    """The timeline with its structure; batch entry and unknown order are facts of times, so they are found here."""
    rows = line.rows.rename(event_lane="lane").join(structure, ["sequence", "position"])
    rows = rows.drop([c for c in rows.columns if c.endswith("_right")])
    rows = rows.mutate(is_event=rows.activity != CLOSING)
    # a closing is no event: the events on either side of it are consecutive
    by_case = ibis.window(group_by=["case_id", "is_event"], order_by="position")
    together = int(project.file.together_within.total_seconds() * 1_000_000)
    before_resource, before_at = rows.resource.lag().over(by_case), rows.done.lag().over(by_case)
    before_date, before_source = rows.local_date.lag().over(by_case), rows.source.lag().over(by_case)
    before_precision = rows.precision.lag().over(by_case)
    both_precise = (rows.precision != "day") & (before_precision != "day")
    same_moment = both_precise & (rows.resource == before_resource) & (rows.done - before_at <= together)
    unordered = (
        (rows.local_date == before_date)
        & (rows.source != before_source)
        & ((rows.precision == "day") | (before_precision == "day"))
    )
    marked = rows.mutate(
        with_before=ibis.coalesce(rows.is_event & same_moment, False),
        order_known=~ibis.coalesce(rows.is_event & unordered, False),
    )
    with_next = ibis.coalesce(marked.with_before.lead().over(by_case), False)
    return marked.mutate(together=marked.with_before | with_next).drop("with_before", "is_event")


def _segments(rows: Any, line: Timeline) -> Any:
    """Book the on-path segments: (previous instant, own instant], split at the earliest known start to come."""
    path = rows.filter(rows.on_path)
    by_case = ibis.window(group_by="case_id", order_by="position")
    # work begun before the phase ended was in hand in it, also where it was completed in the next one
    to_come = ibis.window(group_by="case_id", order_by="position", preceding=0, following=None)
    path = path.mutate(
        since=ibis.coalesce(path.at.lag().over(by_case), path.origin),
        next_start=path.started.min().over(to_come),
    )
    clamped = path.mutate(
        free=ibis.coalesce(_clamp(path.next_start, path.since, path.at), path.at),
        own=_clamp(path.started, path.since, path.at),
    )
    timed = clamped
    for moment in ("since", "free", "own", "at"):
        timed = line.clocks.with_clocks(timed, moment)
    amounts: dict[str, Any] = {}
    for clock in CLOCKS:
        since, free, own, at = (timed[f"{m}_{clock}"] for m in ("since", "free", "own", "at"))
        known = timed.own.notnull()
        amounts |= {
            f"{clock}_wait": ibis.ifelse(known, free - since, 0),
            f"{clock}_process": ibis.ifelse(known, at - own, 0),
            f"{clock}_elsewhere": ibis.ifelse(known, own - free, at - free),
            f"{clock}_unknown": ibis.ifelse(known, 0, free - since),
            f"{clock}_total": at - since,
        }
    return timed.mutate(**amounts).drop(
        [f"{m}_{c}" for m in ("since", "free", "own", "at") for c in CLOCKS] + ["next_start"]
    )


def _clamp(moment: Any, low: Any, high: Any) -> Any:
    """Return the moment within [low, high]; null stays null."""
    within = ibis.ifelse(moment < low, low, ibis.ifelse(moment > high, high, moment))
    return ibis.ifelse(moment.isnull(), ibis.null("int64"), within)


def _with_off_path(rows: Any, on_path: Any, line: Timeline) -> Any:
    """Add the events off the path: they book no time and keep their slack. Touch time stands beside."""
    until = rows.select(case_id="case_id", slack_until="position", slack_at="at", slack_precision="precision")
    off = rows.filter(~rows.on_path).left_join(until, ["case_id", "slack_until"])
    off = off.drop([c for c in off.columns if c.endswith("_right")])
    # slack is never summed, so its own two ends say whether it is known by dates only, not those of the case
    by_dates = (off.precision == "day") & (off.slack_precision == "day")
    off = off.mutate(case_days=off.whole_days, whole_days=by_dates)
    for moment in ("at", "slack_at"):
        off = line.clocks.with_clocks(off, moment)
    off = off.mutate(slack=off.slack_at_elapsed - off.at_elapsed, whole_days=off.case_days)
    zero = {f"{c}_{k}": ibis.literal(0, "int64") for c in CLOCKS for k in (*KINDS, "total")}
    null = ibis.null("int64")
    off = off.mutate(since=null, free=null, own=null, **zero)
    on = on_path.mutate(slack=null)
    every = on.union(off.select(*on.columns))
    return every.mutate(
        touch=every.done - every.started,
        booked_step=ibis.coalesce(every.step, UNKNOWN),
    )


def _cases(line: Timeline, ends: Any, segments: Any, received: Turn | None) -> Any:
    """One row a case with the lead time of its first episode, in both clocks; null where it is not known."""
    booked = segments.filter(segments.on_path & (segments.phase == "lead") & (segments.episode == 1))
    lead = booked.group_by("case_id").agg(
        **{f"booked_{clock}": booked[f"{clock}_total"].sum() for clock in CLOCKS}, ends_at=booked["at"].max()
    )
    cases = line.cases.left_join(ends, "sequence")
    cases = cases.drop("sequence_right").left_join(lead, "case_id").drop("case_id_right")
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
    running = cases.filter(cases.is_running)
    step, lane = _only_next_step(project)
    last = line.rows.group_by("case_id").agg(last_at=line.rows["at"].max())
    tails = running.left_join(last, "case_id").drop("case_id_right")
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
