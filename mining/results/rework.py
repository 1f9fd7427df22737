"""Loops and handoffs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mining.results.base import Result
from mining.results.times import Amounts


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


class Handoff(Result):
    """The holder changes between consecutive on-path segments, both known."""

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
