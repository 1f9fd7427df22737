"""What a change of one step, or a handoff less, would take off the lead time."""

from __future__ import annotations

from mining.results.base import LocalText, Result


class StepGain(Result):
    """What cutting the time of a step takes off the mean elapsed lead time of the cohort."""

    step: str
    curve_seconds: tuple[float, ...]
    """Gain per case of the cohort at a cut of 0, 5, 10 … 100 % of the step's time; per case never above its slack."""
    beside: tuple[str, ...] = ()
    """The steps with which its gains depend on each other: together with a change of these no total is given."""
    may_grow: bool = True
    """False: it also ran off the path, where more of it may cost more than the log can tell."""
    is_exact: bool = True
    """False: some of its time lies in branches within branches; then the gain is an upper bound."""


class HandoffGain(Result):
    """What is saved where the recorded wait after a handoff between teams falls away."""

    giver: str
    taker: str
    step: str
    """The step that the wait is booked to."""
    gain_seconds: float
    """Per case of the cohort, never above its slack; time that may be wait or work is not in it."""


class WhatIf(Result):
    """The gains, and what they assume."""

    assumption: LocalText
    steps: tuple[StepGain, ...] = ()
    handoffs: tuple[HandoffGain, ...] = ()
