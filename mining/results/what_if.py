"""What a change of steps, or a handoff less, would take off the lead time: all that a page needs to tell it at once."""

from __future__ import annotations

from mining.results.base import LocalText, Result


class StepGain(Result):
    """A step as it is now, on and off the path, and what cutting its time alone takes off the mean lead time."""

    step: str
    curve_seconds: tuple[float, ...]
    """Gain per case of the cohort at a cut of 0, 5, 10 … 100 % of the step's time, exact for each case."""
    straight_seconds: float | None = None
    """Mean per case of its time outside branches, where times are simply added; null where all of it is."""
    in_branches: bool = False
    """Some of its time lies in branches beside others: there only the longest branch counts."""
    reach: float | None = None
    """Share of the cases that reach it, on or off the path; null where that is as on the ladder."""
    visits: float | None = None
    """Visits per case that reaches it, on and off the path."""
    per_visit_seconds: float | None = None
    """Mean time of a visit, on and off the path: what a changed time is a share of."""


class HandoffGain(Result):
    """What is saved where the recorded wait after a handoff between teams falls away."""

    giver: str
    taker: str
    step: str
    """The step that the wait is booked to."""
    gain_seconds: float
    """Per case of the cohort; in branches only what the longest one gives back. Time that may be wait or work is not
    in it."""
    straight_seconds: float | None = None
    """Per case of the cohort, the part outside branches; null where all of it is."""


class BranchPiece(Result):
    """The time of a step in one branch: its mean over the group, and bounds that hold for every pass of it."""

    step: str
    handoff: int | None = None
    """Where it is the recorded wait after a handoff: its place in `WhatIf.handoffs`."""
    mean_seconds: float
    low_seconds: float
    high_seconds: float


class Branch(Result):
    """One branch of a group of passes."""

    pieces: tuple[BranchPiece, ...]
    gap_low_seconds: float = 0.0
    """How much sooner than the longest branch it ends now, at least: zero for the longest, which is the first."""
    gap_high_seconds: float = 0.0


class BranchGroup(Result):
    """Passes through branches beside each other that look alike; never fewer than the smallest group to be told."""

    passes: int
    branches: tuple[Branch, ...]


class WhatIf(Result):
    """The gains, and what they assume."""

    assumption: LocalText
    steps: tuple[StepGain, ...] = ()
    handoffs: tuple[HandoffGain, ...] = ()
    cases: int = 0
    """Cases of the cohort, which every mean is per."""
    groups: tuple[BranchGroup, ...] = ()
    """The passes through branches, grouped: a joint change of several branches is bounded by them, never estimated."""
    untold_passes: int = 0
    """Passes in no group, since they are too few to be told, or have more branches than can be: of a change of their
    steps only `curve_seconds` tells the gain."""
