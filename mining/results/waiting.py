"""Why cases waited, and how much of the unknown time was certainly waiting."""

from __future__ import annotations

from typing import Literal

from mining.results.base import LocalText, Result


class CauseAmounts(Result):
    """Recorded wait by cause; the five add up to `wait_seconds`, exactly."""

    batching_seconds: float = 0.0
    queue_seconds: float = 0.0
    absent_seconds: float = 0.0
    unexplained_seconds: float = 0.0
    not_determinable_seconds: float = 0.0
    wait_seconds: float = 0.0


class WaitCause(Result):
    """The causes of the waits before one step, or after one handoff between teams."""

    scope: Literal["step", "handoff", "few_people"]
    """'few_people': the rows that rest on too few people to be shown apart, together."""
    step: str | None = None
    from_lane: str | None = None
    to_lane: str | None = None
    segments: int
    """Segments with recorded wait."""
    determined_segments: int
    cases: int | None
    """Null for rows that are told together."""
    elapsed: CauseAmounts
    """Mean per case of the cohort, so that the steps together give the recorded wait."""
    working: CauseAmounts
    determined_share: float | None
    """Share of the elapsed wait of which the cause could be determined; null without any wait."""


class NotDetermined(Result):
    """Why the cause of a part of the wait could not be determined."""

    reason: Literal["no_resource", "dates_only", "other_work_first", "suspended"]
    """No resource recorded; known by date only; other work on the case ended the wait."""
    segments: int
    elapsed_seconds: float
    working_seconds: float
    """Mean per case of the cohort."""


class WaitCauses(Result):
    """Why it waited, after the published decomposition of waiting time (docs/measures.md)."""

    is_determinable: bool
    why_not: Literal["off", "no_starts", "no_resources", "few_people"] | None = None
    """'off': the mapping does not switch by-resource measures on (DESIGN §8)."""
    elapsed: CauseAmounts = CauseAmounts()
    """Mean per case of the cohort."""
    working: CauseAmounts = CauseAmounts()
    determined_share_elapsed: float = 0.0
    """Share of the recorded wait of which the cause could be determined."""
    determined_share_working: float = 0.0
    determined_share_of_all_elapsed: float = 0.0
    """The same of wait + unknown: time of which nobody recorded whether it was wait has no cause either."""
    determined_share_of_all_working: float = 0.0
    batches: int = 0
    batched_segments: int = 0
    not_determined: tuple[NotDetermined, ...] = ()
    rows: tuple[WaitCause, ...] = ()


class CertainWaitStep(Result):
    """The certain wait of one step: mean per case of the cohort."""

    step: str
    elapsed_seconds: float
    working_seconds: float
    of_unknown_elapsed_seconds: float
    """The part of it that lies in time of which nobody recorded whether it was wait or work."""
    of_unknown_working_seconds: float


class CertainWait(Result):
    """Lower bound of the waiting: recorded wait, and of the unknown time what no working day can hold."""

    assumption: LocalText
    elapsed_seconds: float
    """Mean per case of the cohort."""
    working_seconds: float
    of_unknown_elapsed_seconds: float
    of_unknown_working_seconds: float
    share_elapsed: float | None
    """Of the lead time."""
    share_working: float | None
    steps: tuple[CertainWaitStep, ...] = ()
