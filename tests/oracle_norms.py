"""Norms and the lanes' own hours a second time: plain Python over the oracle's cases, from DESIGN §5 and the measures.

Norms in the legal clock are those of `tests.oracle_legal`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from mappings.base import Days
from mappings.calendar import Hours
from mappings.journey import Norm
from mappings.project import Project
from tests.oracle import Case
from tests.oracle_clocks import Clocks
from tests.oracle_entries import Entry
from tests.oracle_path import clamp

A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Judge:
    """Judges the cases of a project as they were known at a moment."""

    project: Project
    as_of: datetime

    def verdicts(self, norm: Norm, cases: list[Case]) -> Counter[str]:
        """How many cases met the norm, missed it, and so on; a case that it does not apply to is in none."""
        found = Counter(self.verdict(norm, case) for case in cases)
        found.pop(None, None)
        return found

    def verdict(self, norm: Norm, case: Case) -> str | None:
        events = [e for e in case.entries if not e.is_closing]
        if norm.only_with and not any(e.activity == norm.only_with for e in events):
            return None
        begun = next((e for e in events if e.activity == norm.from_), None)
        if norm.from_ != "received" and begun is None:
            return None
        since = begun.at if begun else None if case.start_inferred else case.origin
        target = case.fields["targets"].get(norm.target) if norm.target else None
        reached = since and self.reached(norm, case, begun, since)
        if reached is None and self.is_running(norm, case) and since is not None and since > self.as_of:
            return None
        if since is None or (norm.target and target is None):
            return "not_determinable"
        if reached is None:
            return "open" if self.is_running(norm, case) else "ended_otherwise"
        return "met" if self.is_within(norm, case, since, reached, target) else "missed"

    def reached(self, norm: Norm, case: Case, begun: Entry | None, since: datetime) -> datetime | None:
        """When the norm's end was reached: the delivery of the first episode, or the activity after the begin."""
        if norm.to == "delivered":
            journey = self.project.journey
            ends = ("delivered",) if journey and journey.delivers else ("delivered", "closed")
            last = [e for e in case.entries if e.phase == "lead" and e.episode == 1][-1:]
            found = [e for e in last if case.end in ends]
        else:
            found = [e for e in case.entries if e.activity == norm.to and not (begun is None and e.episode > 1)]
        places = {id(e): n for n, e in enumerate(case.entries)}
        # what one source puts before the begin on the same date is not after it; of two nobody knows
        later = [e for e in found if not begun or places[id(e)] > places[id(begun)] or e.source != begun.source]
        return min((e.at for e in later if e.at >= since), default=None)

    def is_running(self, norm: Norm, case: Case) -> bool:
        """Whether the end may still come; the delivery only in the first episode."""
        if norm.from_ == "received" or norm.to == "delivered" or case.is_open:
            return case.is_open
        last = case.entries[-1]
        return (last.phase == "lead" and not last.ends_episode) or _is_reopened(case, self.project)

    def is_within(self, norm: Norm, case: Case, since: datetime, reached: datetime, target: str | None) -> bool:
        hours = self.hours_of(norm.lane if norm.clock == "lane_working" else None)
        clocks = Clocks(self.project.file.zone, hours)
        if target is not None:
            return clocks.date(reached) <= clocks.date(datetime.fromisoformat(target))
        assert norm.amount is not None
        limit = norm.amount
        if norm.clock != "elapsed" and isinstance(limit, Days):
            limit = limit / A_DAY * _mean_day(hours)
        clock = "elapsed" if norm.clock == "elapsed" else "working"
        return clocks.between(since, reached, clock, case.whole_days) <= limit / timedelta(microseconds=1)

    def hours_of(self, lane: str | None) -> Hours:
        return self.project.calendar.lanes.get(lane or "", self.project.calendar.reference)

    def lane_working(self, cases: list[Case]) -> dict[str, Counter[str]]:
        """What is booked to each lane in the hours of its own calendar, in the first episodes of these cases."""
        held: dict[str, Counter[str]] = defaultdict(Counter)
        for case in cases:
            path = [e for e in case.entries if e.on_path]
            for n, e in enumerate(path):
                if e.phase == "lead" and e.episode == 1 and e.booked[1] is not None:
                    starts = [later.started for later in path[n:] if later.started is not None]
                    held[e.booked[1]].update(self._split(e, starts))
        return held

    def _split(self, e: Entry, starts: list[datetime]) -> dict[str, int]:
        clocks = Clocks(self.project.file.zone, self.hours_of(e.booked[1]))
        free = clamp(min(starts), e.since, e.at) if starts else e.at
        own = None if e.started is None else clamp(e.started, e.since, e.at)
        lain = [clocks.working(clamp(low, own, e.at), clamp(high, own, e.at)) for low, high in e.still] if own else []
        kinds = {"wait": 0, "unknown": 0, "process": clocks.working(own, e.at) - sum(lain) if own else 0}
        kinds["wait" if own else "unknown"] = clocks.working(e.since, free) + sum(lain)
        return kinds | {"elsewhere": clocks.working(free, own or e.at), "segments": 1}


def _is_reopened(case: Case, project: Project) -> bool:
    """A reopening with nothing after it runs at once (decision 17)."""
    journey, last = project.journey, case.entries[-1]
    return bool(journey and last.phase == "closed" and last.activity in journey.reopens)


def _mean_day(hours: Hours) -> timedelta:
    lengths = [sum(s.end - s.start for s in shifts) for shifts in hours.weekly.values() if shifts]
    return timedelta(minutes=sum(lengths) / len(lengths)) if lengths else timedelta(hours=8)
