"""The ledger a second time: slow, obvious, and written from DESIGN §4 alone, to hold against the engine's.

Plain Python over rows as dicts, one case at a time. It shares no code with `mining`; readings that DESIGN leaves open
are those of `docs/decisions.md`, and are named where they are used.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from mappings.flow import Parallel, branches_of, followers, steps_of
from mappings.journey import Journey

ZONE = ZoneInfo("Europe/Amsterdam")
A_DAY = 86_400_000_000
UNKNOWN = None
HOLIDAYS = {  # Algemene termijnenwet, article 3, with the days put on a par with them
    *(date(2026, m, d) for m, d in ((1, 1), (4, 3), (4, 6), (4, 27), (5, 5), (5, 14), (5, 25), (12, 25), (12, 26))),
    *(date(2027, m, d) for m, d in ((1, 1), (3, 26), (3, 29), (4, 27), (5, 5), (5, 6), (5, 17), (12, 25), (12, 26))),
}


@dataclass
class Entry:
    """An acting event, or the closing of the case, with all that is booked on it."""

    event_id: str
    activity: str | None
    step: str | None
    lane: str | None
    role: str
    opens: tuple[str | None, str | None, str | None]
    started: datetime | None
    done: datetime
    is_day: bool
    seq: int
    at: datetime = datetime.min
    phase: str = ""
    ends_episode: bool = False
    episode: int = 0
    on_path: bool = True
    booked: tuple[str | None, str | None, str] = (UNKNOWN, UNKNOWN, "unknown")
    visit: int = 0
    loop: tuple[str | None, ...] | None = None
    loop_number: int = -1
    slack: int | None = None
    amounts: dict[str, int] = field(default_factory=dict)


@dataclass
class Turn:
    """Who is due: opened by the event at `position` of the case."""

    step: str | None
    lane: str | None
    is_state: bool
    position: int


@dataclass
class Case:
    """What the oracle says of one case."""

    entries: list[Entry]
    lead: dict[str, int] | None
    is_open: bool
    start_inferred: bool
    handoffs: list[tuple[str, str, str, bool]]
    tail: tuple[str | None, str | None, int | None, int | None] | None
    """Step, lane and time in both clocks; the times are null where nothing says when the case began."""


def micros(span: timedelta) -> int:
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def local(moment: datetime) -> datetime:
    return moment.astimezone(ZONE)


def elapsed(moment: datetime, whole_days: bool) -> int:
    """The elapsed clock; decision 1: a case with any day-precision end is counted in local dates."""
    if whole_days:
        return local(moment).date().toordinal() * A_DAY
    return micros(moment - datetime(1970, 1, 1, tzinfo=UTC))


def working_between(low: datetime, high: datetime) -> int:
    """Working time from one instant to another, day by day: Monday to Friday, 09 to 17, no holidays."""
    total = timedelta(0)
    day = local(low).date()
    while day <= local(high).date():
        if day.weekday() < 5 and day not in HOLIDAYS:
            opens = datetime(day.year, day.month, day.day, 9, tzinfo=ZONE).astimezone(UTC)
            closes = datetime(day.year, day.month, day.day, 17, tzinfo=ZONE).astimezone(UTC)
            total += max(timedelta(0), min(high, closes) - max(low, opens))
        day += timedelta(1)
    return micros(total)


def between(low: datetime, high: datetime, clock: str, whole_days: bool) -> int:
    if clock == "elapsed":
        return elapsed(high, whole_days) - elapsed(low, whole_days)
    return working_between(low, high)


def clamp(value: datetime, low: datetime, high: datetime) -> datetime:
    return max(low, min(value, high))


class Oracle:
    """Books cases one at a time for one journey."""

    def __init__(self, journey: Journey, as_of: datetime) -> None:
        self.journey = journey
        self.as_of = as_of
        self.step_of = journey.step_of_activity()

    def beside(self, a: str | None, b: str | None) -> bool:
        """Two steps are in different branches where their lowest common node is `parallel`."""
        node: Any = self.journey.flow
        if a is None or b is None or not {a, b} <= set(steps_of(node)):
            return False
        while not isinstance(node, str):
            both = [n for n in branches_of(node) if {a, b} <= set(steps_of(n))]
            if not both:
                return isinstance(node, Parallel)
            node = both[0]
        return False

    def case(self, case: dict, events: list[dict]) -> Case:
        """Book one case."""
        acting = [self.entry(e) for e in events if e["role"] != "contact" and e["completed_at"] is not None]
        entries = list(acting)
        if case.get("closed_at"):
            is_day = case["closed_precision"] == "day"
            entries.append(
                Entry("closed", None, None, None, "closing", (None, None, None), None, case["closed_at"], is_day, 10**9)
            )
        entries.sort(key=lambda e: (local(e.done).date(), 2 if e.is_day else 1, e.done, e.seq, e.event_id))
        whole_days = any(e.is_day for e in entries) or case.get("received_precision") == "day"
        received = case.get("received_at")
        moments = [m for e in acting or entries for m in (e.done, e.started) if m]
        origin = received or min(moments, default=None)
        if origin is None:
            return Case([], None, True, True, [], (None, None, None, None))
        low = origin
        for e in entries:
            e.at = low = max(low, e.done)
        groups, first_end, is_running = self.phases(entries, origin)
        for _, phase, group in groups:
            if phase == "lead":
                self.walk(group)
        tail_turn = self.book_turns(entries, groups)
        self.split(entries, groups, whole_days)
        for _, phase, group in groups:
            if phase == "lead":
                self.find_loops([e for e in group if e.on_path])
        lead = None
        if first_end is not None and (received is not None or len(acting) > 1):
            lead = {c: between(origin, first_end.at, c, whole_days) for c in ("elapsed", "working")}
        tail = self.tail(entries, tail_turn, origin, whole_days) if is_running else None
        return Case(entries, lead, first_end is None, received is None, self.handoffs(groups), tail)

    def entry(self, e: dict) -> Entry:
        started = e["started_at"]
        if started is not None and started > e["completed_at"]:
            started = None
        return Entry(
            e["event_id"],
            e["activity"],
            self.step_of.get(e["activity"], e["activity"]),
            e["lane"],
            e["role"],
            (e["opens_step"], e["opens_lane"], e["opens_until"]),
            started,
            e["completed_at"],
            e["precision"] == "day",
            e["seq"],
        )

    def is_end(self, e: Entry) -> bool:
        return e.activity in (*self.journey.delivers, *self.journey.ends_without_delivery)

    def phases(self, entries: list[Entry], origin: datetime) -> tuple[list, Entry | None, bool]:
        """Cut into phases: (start, phase, entries); return also the first end, and whether an episode still runs."""
        groups: list[tuple[datetime, str, list[Entry]]] = []
        rest, start, episode = entries, origin, 1
        first_end: Entry | None = None
        while True:
            end = self.end_of(rest)
            cut = len(rest) if end is None else end + 1
            group, rest = rest[:cut], rest[cut:]
            for e in group:
                e.phase, e.episode = "lead", episode
            groups.append((start, "lead", group))
            if episode == 1:
                first_end = group[-1] if end is not None else None
            if end is None:
                return groups, first_end, True
            group[-1].ends_episode = True
            again = next((i for i, e in enumerate(rest) if e.activity in self.journey.reopens), None)
            cut = len(rest) if again is None else again + 1
            start = group[-1].at
            group, rest = rest[:cut], rest[cut:]
            for e in group:
                e.phase, e.episode = "after" if again is None else "closed", episode
            groups.append((start, "after" if again is None else "closed", group))
            if again is None:
                return groups, first_end, False
            start, episode = group[-1].at, episode + 1

    def end_of(self, rest: list[Entry]) -> int | None:
        """Where the episode ends: at its delivery or ending; without one before a reopening, at the closing."""
        tag = next((i for i, e in enumerate(rest) if self.is_end(e)), None)
        closing = next((i for i, e in enumerate(rest) if e.role == "closing"), None)
        if closing is None or tag is None or tag < closing:
            return closing if tag is None else tag
        reopened = any(e.activity in self.journey.reopens for e in rest[closing:tag])
        return closing if reopened else tag

    def walk(self, group: list[Entry]) -> None:
        """Walk back from the last event of the episode; what is passed over is off the path."""
        if not group:
            return
        walked = group[-1]
        for e in reversed(group[:-1]):
            e.on_path = not self.beside(e.step, walked.step)
            walked = e if e.on_path else walked
        for i, e in enumerate(group):
            if not e.on_path:
                e.slack = self.slack(e, [o for o in group[i:] if o.on_path])

    def slack(self, e: Entry, later: list[Entry]) -> int:
        """Decision 6: until the last parallel on-path event before the join."""
        until = e
        for o in later:
            if not self.beside(o.step, e.step):
                break
            until = o
        by_dates = e.is_day and until.is_day  # decision 16
        return elapsed(until.at, by_dates) - elapsed(e.at, by_dates)

    def book_turns(self, entries: list[Entry], groups: list) -> Turn | None:
        """Book every on-path segment to whose turn it is; return the turn open at the end."""
        position = {id(e): i for i, e in enumerate(entries)}
        turns: list[Turn] = []
        for _, _, group in groups:
            before = position[id(group[0])] - 1 if group else -1
            holder: str | None = None
            for e in group:
                if e.on_path:
                    e.booked = self.booking(e, [t for t in turns if t.position <= before], holder)
                    holder = e.booked[1] or holder
                    before = position[id(e)]
                turns = [t for t in turns if not self.does(e, t)]
                if e.ends_episode:
                    turns = []
                if e.opens[0] or e.opens[1]:
                    turns = [t for t in turns if not t.is_state]
                    turns.append(Turn(e.opens[0], e.opens[1], e.opens[2] == "next", position[id(e)]))
        return turns[-1] if turns else None

    def does(self, e: Entry, turn: Turn) -> bool:
        """An event of the turn's step or lane does its work; an automatic one never changes the holder by its lane."""
        if turn.is_state or e.role == "closing":
            return False
        return e.step == turn.step or (e.lane is not None and e.lane == turn.lane and e.role != "automatic")

    def booking(self, e: Entry, turns: list[Turn], holder: str | None) -> tuple[str | None, str | None, str]:
        """Step, lane and booked_by of the segment that ends with `e`."""
        holding = [t for t in turns if not self.beside(t.step, e.step)]  # decision 3
        if holding:
            return holding[-1].step, holding[-1].lane, "declared"
        if e.role == "closing" or e.opens[2] == "next":
            return UNKNOWN, UNKNOWN, "unknown"
        lane = e.lane
        if e.role == "automatic" and holder is not None:
            lane = holder  # decision 8
        return e.step, lane, "unknown" if lane is None else "inferred"

    def split(self, entries: list[Entry], groups: list, whole_days: bool) -> None:
        """Wait, process, elsewhere and unknown of each on-path segment, in both clocks."""
        on_path = [e for e in entries if e.on_path]
        for start, _, group in groups:
            low = start
            for e in (e for e in group if e.on_path):
                later = on_path[[id(o) for o in on_path].index(id(e)) :]
                starts = [o.started for o in later if o.started is not None]
                free = clamp(min(starts), low, e.at) if starts else e.at
                for clock in ("elapsed", "working"):

                    def amount(a: datetime, b: datetime, clock: str = clock) -> int:
                        return between(a, b, clock, whole_days)

                    kinds = dict.fromkeys(("wait", "process", "elsewhere", "unknown"), 0)
                    if e.started is not None:
                        own = clamp(e.started, low, e.at)
                        kinds["wait"] = amount(low, free)
                        kinds["elsewhere"] = amount(free, own)
                        kinds["process"] = amount(own, e.at)
                    else:
                        kinds["unknown"] = amount(low, free)
                        kinds["elsewhere"] = amount(free, e.at)
                    e.amounts |= {f"{clock}_{kind}": value for kind, value in kinds.items()}
                low = e.at

    def find_loops(self, path: list[Entry]) -> None:
        """Scan with a stack of visits; a step that recurs takes all above it and the returning segment into a loop."""
        stack: list[tuple[str | None, list[Entry]]] = []
        visit, loops = 0, 0
        last: str | None = None
        for n, e in enumerate(path):
            step = e.booked[0]
            if n and step is not None and step == last:
                e.visit = visit
                stack[-1][1].append(e)
                continue
            visit += 1
            e.visit, last = visit, step
            found = [i for i, (s, _) in enumerate(stack) if s == step and step is not None]
            if not found:
                stack.append((step, [e]))
                continue
            above = stack[found[0] + 1 :]
            loops += 1
            path_of_loop = (step, *(s for s, _ in above), step)
            for member in [*(m for _, members in above for m in members), e]:
                member.loop, member.loop_number = path_of_loop, loops
            del stack[found[0] + 1 :]

    def handoffs(self, groups: list) -> list[tuple[str, str, str, bool]]:
        """The holder changes between consecutive on-path segments of an episode, both known, automatic skipped."""
        made: list[tuple[str, str, str, bool]] = []
        for _, phase, group in groups:
            if phase != "lead":
                continue
            path = [e for e in group if e.on_path and (e.role != "automatic" or e.booked[2] == "declared")]
            previous: tuple[str, str] | None = None
            for one, other in pairwise(path):
                giver, taker = one.booked[1], other.booked[1]
                if giver is None or taker is None or giver == taker:
                    continue
                made.append((other.event_id, giver, taker, previous == (taker, giver)))
                previous = (giver, taker)
        return made

    def tail(
        self, entries: list[Entry], turn: Turn | None, origin: datetime, whole_days: bool
    ) -> tuple[str | None, str | None, int, int]:
        """The time since the last event of an open case: to the open turn, else to the only possible next step."""
        since = entries[-1].at if entries else origin
        until = max(since, self.as_of)
        step = lane = None
        if turn is not None:
            step, lane = turn.step, turn.lane
        elif entries:
            possible = followers(self.journey.flow).get(entries[-1].step or "", frozenset())
            if len(possible) == 1 and "" not in possible:
                (step,) = possible
                lane = self.journey.steps[step].lane
        return (
            step,
            lane,
            between(since, until, "elapsed", whole_days),
            between(since, until, "working", whole_days),
        )


def book_all(events: list[dict], cases: list[dict], journey: Journey, as_of: datetime) -> dict[str, Case]:
    """Book every case of a log given as rows."""
    oracle = Oracle(journey, as_of)
    return {c["case_id"]: oracle.case(c, [e for e in events if e["case_id"] == c["case_id"]]) for c in cases}
