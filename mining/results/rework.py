"""Loops, supplements, redo and repeat, handoffs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mining.results.base import Result
from mining.results.legal import LegalDays
from mining.results.times import Amounts, Both

LoopKind = Literal["supplement", "ping_pong", "return"]


class Again(Result):
    """Who did a step that came again: another resource (redo) or the same one (repeat). Never below team level."""

    redo: int
    repeat: int
    not_determinable: int
    """Times of which the resource, before or after, is not recorded."""


class Loop(Result):
    """A loop of steps, with everything that it cost (DESIGN §4, loops)."""

    path: tuple[str, ...]
    """The steps, the first one again at the end: A → B → A."""
    cases: int
    occurrences: int
    elapsed: Amounts
    """Mean per case of the whole cohort, so that direct route + loops = mean lead time."""
    working: Amounts
    elapsed_per_case_seconds: float
    """Mean per case that makes the loop."""
    share_of_cases: float
    crosses_lanes: bool = False
    order_unknown_occurrences: int = 0
    """Times that rest on events whose order no source gives."""
    kind: LoopKind = "return"
    """Of most of its times. 'supplement': the citizen held a part of it. 'ping_pong': A→B→A between two lanes.
    'return': any other. Reopenings are no loops: they stand with the other phases."""
    kinds: dict[LoopKind, int] = Field(default_factory=dict)
    """Kind → times."""
    working_per_case_seconds: float = 0.0
    elapsed_per_time_seconds: float = 0.0
    working_per_time_seconds: float = 0.0
    times_per_case: float = 0.0
    """Mean over the cases that make it."""
    cases_by_times: dict[str, int] = Field(default_factory=dict)
    """How many times → cases."""
    again: Again | None = None
    """Null where by-resource measures are off, or where too few people did the step."""
    legal: LegalDays | None = None
    """The third clock; null where the journey has no norm in it."""


class SelfLoops(Result):
    """Activities repeated within a visit: counted, never popped (DESIGN §4, loops)."""

    times: int = 0
    cases: int = 0
    again: Again | None = None


class Asked(Result):
    """What was asked of the citizen by one activity; more than once in a case is the same question asked again."""

    activity: str
    cases: int
    times: int
    cases_more_than_once: int


class Supplements(Result):
    """Rounds in which the case lay with the citizen again, after another step of its episode."""

    cases: int = 0
    times: int = 0
    cases_more_than_once: int = 0
    times_more_than_once: int = 0
    """Rounds beyond the first of a case."""
    cost: Both | None = None
    """Mean per case of the cohort, of all rounds: part of the lead time, not beside it."""
    cost_more_than_once: Both | None = None
    """The same, of the rounds beyond the first."""
    asked: tuple[Asked, ...] = ()


class Handoff(Result):
    """The holder changes between consecutive on-path segments, both known, in an order that a source gives."""

    level: Literal["team", "department", "organisation"]
    from_: str = Field(alias="from")
    to: str
    count: int
    cases: int
    elapsed_wait_seconds: float
    """Mean wait + unknown time of the receiving segment, per handoff."""
    working_wait_seconds: float
    ping_pongs: int = 0
    """How many of them go back to the lane that handed over just before (A→B→A)."""
    order_unknown: int = 0
    """Handoffs between events whose order no source gives: counted apart, in none of the other figures."""
    elapsed: Amounts = Amounts()
    """Mean of the receiving segment per handoff, by kind."""
    working: Amounts = Amounts()
    ping_pong_elapsed_wait_seconds: float = 0.0
    """Wait + unknown after the handoffs that go back: their sum per case of the cohort."""
    ping_pong_working_wait_seconds: float = 0.0
    legal: LegalDays | None = None
    """The third clock; null where the journey has no norm in it."""


class HandoffLevel(Result):
    """The handoffs of one level together."""

    level: Literal["team", "department", "organisation"]
    count: int
    cases: int
    """Cases with any."""
    share_of_cases: float
    per_case: float
    ping_pongs: int
    ping_pong_cases: int
    elapsed_wait_seconds: float
    """Wait + unknown of the receiving segments: mean per case of the cohort, part of the lead time."""
    working_wait_seconds: float
    ping_pong_elapsed_wait_seconds: float
    ping_pong_working_wait_seconds: float
    unknown_holder: int
    """Transitions between segments of which at least one holder is unknown at this level: no handoff is claimed."""
    order_unknown: int
    """Handoffs between events whose order no source gives: in none of the other figures."""
