"""The actual process: directly-follows graph, variants, discovered models."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mining.results.base import LocalText, Result


class Edge(Result):
    """Directly-follows: how often, and how long between the two completions."""

    from_: str = Field(alias="from")
    to: str
    count: int
    cases: int
    mean_seconds: float
    median_seconds: float


class Node(Result):
    """An activity of the process map."""

    activity: str
    title: LocalText = Field(default_factory=dict)
    """What people read for it, by language; where there is none: its name in words."""
    step: str | None
    lane: str | None
    events: int
    cases: int
    starts: int
    ends: int


class Variant(Result):
    """A distinct sequence of acting activities."""

    activities: tuple[str, ...]
    cases: int
    share: float
    mean_seconds: float | None
    median_seconds: float | None
    timed_cases: int | None = None
    """Of its cases, those with a lead time: mean and median are over these."""
    fitness: float | None = None
    """Mean over its cases of their alignment with the journey; null where not all were aligned."""


class ModelQuality(Result):
    """A discovered model and how well it stands for the log."""

    kind: Literal["inductive", "heuristics", "journey"]
    fitness: float | None
    precision: float | None
    simplicity: float | None
    fitness_method: str
    noise_threshold: float | None = None
    process_tree: str | None = None
    bpmn: str | None = None
    """BPMN 2.0 XML with layout."""
    covered_cases: int = 0
    covered_share: float = 0.0
