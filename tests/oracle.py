"""The ledger a second time: slow, obvious, and written from DESIGN §4 alone, to hold against the engine's.

Plain Python over rows as dicts, one case at a time. It shares no code with `mining`; readings that DESIGN leaves open
are those of `docs/decisions.md`, and are named where they are used.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mappings.flow import followers
from mappings.project import Project
from mappings.source import Source
from tests.oracle_clocks import Clocks
from tests.oracle_entries import Entry, entries_of
from tests.oracle_loops import Handoff, find_loops, handoffs
from tests.oracle_merge import merged
from tests.oracle_path import split, walk
from tests.oracle_phases import Phases, cut, name_of_end
from tests.oracle_turns import Turn, book_turns

CLOCKS = ("elapsed", "working")


@dataclass(frozen=True)
class Tail:
    """The open time of a case; the amounts are null where nothing says when the case began."""

    step: str | None
    lane: str | None
    elapsed: int | None
    working: int | None


@dataclass
class Case:
    """What the oracle says of one case."""

    fields: dict[str, Any]
    entries: list[Entry] = field(default_factory=list)
    origin: datetime | None = None
    end: str | None = None
    ends_at: datetime | None = None
    lead: dict[str, int | None] = field(default_factory=lambda: dict.fromkeys(CLOCKS))
    is_open: bool = True
    start_inferred: bool = True
    end_inferred: bool = False
    whole_days: bool = False
    handoffs: list[Handoff] = field(default_factory=list)
    tail: Tail | None = None
    has_turn: bool = False


@dataclass(frozen=True)
class Oracle:
    """Books cases one at a time."""

    project: Project
    as_of: datetime
    observed_until: dict[str, datetime]
    ends_are_known: bool

    @property
    def clocks(self) -> Clocks:
        return Clocks(self.project.file.zone, self.project.calendar.reference)

    def case(self, fields: dict[str, Any], events: list[dict[str, Any]]) -> Case:
        """Book one case."""
        entries = entries_of(fields, events, self.project, self.clocks)
        acting = [e for e in entries if not e.is_closing]
        received = fields["received_at"]
        moments = [m for e in acting or entries for m in (e.done, e.started) if m]
        origin = received or min(moments, default=None)
        if origin is None:
            turn = self._received_turn()
            return Case(fields, tail=Tail(turn and turn.step, turn and turn.lane, None, None))
        _raise(entries, origin, self.clocks)
        case = Case(fields, entries, origin, start_inferred=received is None)
        case.whole_days = any(e.is_day for e in entries) or fields["received_precision"] == "day"
        journey = self.project.journey
        phases = cut(entries, origin, journey, self.ends_are_known)
        self._book(case, phases)
        first_episode = [e for e in entries if e.phase == "lead" and e.episode == 1]
        if first_episode:
            case.end, case.ends_at = "open", first_episode[-1].at
        if phases.end is not None:
            case.is_open = False
            case.end = name_of_end(phases.end, journey)
            case.end_inferred = case.end == "open"
            if received is not None or len(acting) > 1:
                case.lead = {c: self.clocks.between(origin, phases.end.at, c, case.whole_days) for c in CLOCKS}
        return case

    def _book(self, case: Case, phases: Phases) -> None:
        assert case.origin is not None
        flow = self.project.journey.flow if self.project.journey else None
        for group in phases.groups:
            walk(group, flow, self.clocks)
        turn = book_turns(phases.groups, self._received_turn(), flow)
        split(phases.groups, self.clocks, case.whole_days)
        for group in (g for g in phases.groups if g.phase == "lead"):
            path = [e for e in group.entries if e.on_path]
            find_loops(path)
            case.handoffs = sorted([*case.handoffs, *handoffs(path, self.project)])
        case.has_turn = turn is not None
        if phases.is_running and case.origin <= self.as_of:
            case.tail = self._tail(case, turn)

    def _received_turn(self) -> Turn | None:
        opens = next((s.received_opens for s in self.project.sources if s.received_opens), None)
        if opens is None:
            return None
        return Turn(opens.step, opens.lane or self._lane_of(opens.step), opens.until == "next", -1)

    def _lane_of(self, step: str) -> str | None:
        journey = self.project.journey
        return journey.steps[step].lane if journey and step in journey.steps else None

    def _tail(self, case: Case, turn: Turn | None) -> Tail:
        """The time since the last event of an open case: to the open turn, else to the only possible next step."""
        since = case.entries[-1].at if case.entries else case.origin
        assert since is not None
        step = lane = None
        if turn is not None:
            step, lane = turn.step, turn.lane
        elif case.entries and self.project.journey:
            possible = followers(self.project.journey.flow).get(case.entries[-1].step or "", frozenset())
            if len(possible) == 1 and "" not in possible:  # decision 20
                (step,) = possible
                lane = self._lane_of(step)
        until = max(since, self._seen_until(lane))
        return Tail(step, lane, *(self.clocks.between(since, until, c, case.whole_days) for c in CLOCKS))

    def _seen_until(self, lane: str | None) -> datetime:
        """Decision 28: the latest reading of the sources that record the lane's work, else of any source."""
        names = [s.name for s in self.project.sources if lane is not None and lane in _lanes_of(s)]
        seen = [self.observed_until[n] for n in names if n in self.observed_until] or list(self.observed_until.values())
        return min([self.as_of, *([max(seen)] if seen else [])])


def _lanes_of(source: Source) -> set[str | None]:
    return {source.lane, *source.lanes.values(), *(rule.lane for rule in source.activities.values())}


def _raise(entries: list[Entry], origin: datetime, clocks: Clocks) -> None:
    """Raise each instant to its predecessor's where smaller."""
    low = origin
    for e in entries:
        e.at = low = max(low, e.done)
        e.is_same_day = clocks.date(e.at) == clocks.date(e.done)


def book_all(
    events: list[dict[str, Any]],
    cases: list[dict[str, Any]],
    project: Project,
    as_of: datetime,
    observed_until: dict[str, datetime],
) -> dict[str, Case]:
    """Book every case of a log given as rows, one row a case and source."""
    by_case: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in events:
        by_case[event["case_id"]].append(event)
    journey = project.journey
    tags = bool(journey and (journey.delivers or journey.ends_without_delivery))
    known = tags or any(c["closed_at"] is not None for c in cases)
    oracle = Oracle(project, as_of, observed_until, known)
    fields = merged(cases, [s.name for s in project.sources])
    return {case: oracle.case(row, by_case[case]) for case, row in fields.items()}
