"""The journey as the mapping tells it."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from mappings.flow import Flow
from mining.results.base import LocalText, Result


class TouchpointFacts(Result):
    """A touchpoint of the design, with the contacts that the log shows in its channel."""

    name: LocalText
    channel: str
    initiator: str
    decision_moment: LocalText
    observable: bool = True


class ConsequenceFacts(Result):
    """A consequence of the blueprint with its owner and state."""

    aspect: str
    what: LocalText
    owner: str
    state: str
    due_on: date | None = None


class JourneyStep(Result):
    """A step of the design as the page draws it."""

    step: str
    title: LocalText
    lane: str
    layer: str
    phase: str = ""
    phase_title: LocalText = Field(default_factory=dict)
    activities: tuple[str, ...]
    touchpoints: tuple[TouchpointFacts, ...] = ()
    designed_process_seconds: float | None = None
    designed_wait_seconds: float | None = None
    value: str = "necessary"
    emotion: int | None = None
    kpi: LocalText = Field(default_factory=dict)
    behind: dict[str, LocalText] = Field(default_factory=dict)
    """Blueprint layer → what happens there."""
    consequences: tuple[ConsequenceFacts, ...] = ()
    parallel_to: tuple[str, ...] = ()


class PersonaFacts(Result):
    """A persona, and its cases: those that fit its rule and none of a persona before it."""

    persona: str = ""
    """Its name in the journey, by which cases and promises call it."""
    name: LocalText
    goal: LocalText
    need: LocalText
    pain: LocalText
    skill: LocalText
    cases: int | None = None
    median_seconds: float | None = None
    timed_cases: int | None = None
    """Of its cases, those with a lead time: the median is over these."""


class JourneyFacts(Result):
    """A journey of the mapping (designed, ideal or future)."""

    name: str
    title: LocalText
    kind: Literal["designed", "ideal", "future"]
    story: dict[str, LocalText] = Field(default_factory=dict)
    """als / wil_ik / zodat."""
    personas: tuple[PersonaFacts, ...] = ()
    steps: tuple[JourneyStep, ...] = ()
    flow: Flow | None = None
    """What comes after, beside or instead of what; null for a journey that only says what it changes."""
    total_seconds: float | None = None
    """Designed time along the path: process + wait, elapsed; for a future journey the ladder with its changes."""
    total_between_seconds: tuple[float, float] | None = None
    """Instead of the total, where more cases are to reach a step that may run beside others: the log cannot tell how
    much of that is hidden behind another branch."""
    rung_seconds: dict[str, float] = Field(default_factory=dict)
    """For a journey that changes another: step → mean per case on the path after the changes, elapsed. They add up to
    the total; empty where that is not exact."""
    within_norms: dict[str, float] = Field(default_factory=dict)
    """Norm from receipt to delivery in elapsed time → the share of its delivered cases that would meet it after the
    changes."""
    changes: tuple[str, ...] = ()
