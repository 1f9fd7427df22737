"""What the oracle books on: acting events and closings as plain Python objects, in the order of DESIGN §4."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations, pairwise
from typing import Any

from mappings.project import Project
from tests.oracle_clocks import Clocks, to_moment

LAST = 10**9
"""A closing stands behind every event of its moment, whatever source it came from."""


@dataclass
class Entry:
    """An acting event, or the closing of the case, with all that is booked on it."""

    event_id: str
    source: str | None
    activity: str | None
    step: str | None
    lane: str | None
    resource: str | None
    role: str
    opens: tuple[str | None, str | None, str | None]
    started: datetime | None
    done: datetime
    still: list[tuple[datetime, datetime]]
    is_day: bool
    slot: int
    source_order: int
    seq: int
    starts_late: bool = False
    order_known: bool = True
    together: bool = False
    at: datetime = datetime.min
    is_same_day: bool = True
    since: datetime = datetime.min
    phase: str = ""
    ends_episode: bool = False
    episode: int = 0
    on_path: bool = True
    booked: tuple[str | None, str | None, str] = (None, None, "unknown")
    visit: int = 0
    loop: tuple[str | None, ...] | None = None
    loop_number: int = -1
    is_self_loop: bool = False
    returns_to: bool = False
    slack: int | None = None
    amounts: dict[str, int] = field(default_factory=dict)

    @property
    def is_raised(self) -> bool:
        """Whether the event lies before its predecessor or the origin; a date only where its whole day does."""
        is_before = self.at > self.done and not self.is_closing
        return is_before and not (self.is_day and self.is_same_day)

    @property
    def is_closing(self) -> bool:
        return self.role == "closing"


def entries_of(case: dict[str, Any], events: list[dict[str, Any]], project: Project, clocks: Clocks) -> list[Entry]:
    """The acting events of a case and its closing, in order, with what the order itself says of them."""
    steps = project.journey.step_of_activity() if project.journey else {}
    acting = [e for e in events if e["role"] in ("act", "automatic") and e["completed_at"] is not None]
    entries = [_entry(e, project, steps) for e in acting]
    if case["closed_at"] is not None:
        is_day = case["closed_precision"] == "day"
        closing = Entry("closed", None, None, None, None, None, "closing", (None, None, None), None, case["closed_at"],
                        [], is_day, 2 if is_day else 1, LAST, LAST)  # fmt: skip
        entries.append(closing)
    entries.sort(key=lambda e: (clocks.date(e.done), e.slot, e.done, e.source_order, e.seq, e.event_id))
    _mark_pairs([e for e in entries if not e.is_closing], project, clocks)
    return entries


def _entry(e: dict[str, Any], project: Project, steps: dict[str, str]) -> Entry:
    names = [s.name for s in project.sources]
    order = names.index(e["source"])
    is_day = e["precision"] == "day"
    day_slot = 0 if project.sources[order].day_slot == "first" else 2
    is_late = e["started_at"] is not None and e["started_at"] > e["completed_at"]
    return Entry(
        event_id=e["event_id"],
        source=e["source"],
        activity=e["activity"],
        step=steps.get(e["activity"], e["activity"]),
        lane=e["lane"],
        resource=e["resource"],
        role=e["role"],
        opens=(e["opens_step"], e["opens_lane"], e["opens_until"]),
        started=None if is_late else e["started_at"],
        done=e["completed_at"],
        still=[]
        if e["suspended"] is None or is_late
        else [(to_moment(low), to_moment(high)) for low, high in json.loads(e["suspended"])],
        is_day=is_day,
        slot=day_slot if is_day else 1,
        source_order=order,
        seq=e["seq"],
        starts_late=is_late,
    )


def _mark_pairs(acting: list[Entry], project: Project, clocks: Clocks) -> None:
    """Batch entry, of consecutive acting events; and order that no source gives, of all of one date."""
    for one, other in combinations(acting, 2):
        is_same_date = clocks.date(one.done) == clocks.date(other.done)
        if is_same_date and one.source != other.source and (one.is_day or other.is_day):
            other.order_known = False
    for one, other in pairwise(acting):
        is_one_person = one.resource is not None and one.resource == other.resource
        is_precise = not one.is_day and not other.is_day
        if is_precise and is_one_person and other.done - one.done <= project.file.together_within:
            one.together = other.together = True
