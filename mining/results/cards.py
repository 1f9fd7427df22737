"""Improvement cards as they were judged: cases that began before the change against those after, at equal mix."""

from __future__ import annotations

from datetime import date
from typing import Literal

from mining.results.base import LocalText, Result

Reason = Literal[
    "sure",
    "other_way",
    "before_date",
    "too_recent",
    "few_cases",
    "still_open",
    "no_common_mix",
    "not_sure",
    "many_longer",
]


class CardResult(Result):
    """One card with its verdict and the numbers behind it. Seconds, shares, or handoffs per case; null: not known."""

    card: str
    title: LocalText
    we_think: LocalText
    leads_to: LocalText
    owner: str
    journey: str | None = None
    kind: Literal["lead_time", "step", "loop", "handoff", "norm"]
    of: tuple[str, ...]
    measure: LocalText
    """What is measured, in words."""
    unit: Literal["seconds", "share", "count"]
    clock: Literal["elapsed", "working"] | None
    direction: Literal["lower", "higher"]
    started_on: date
    judge_from: date
    counted_to: date
    """Last day of receipt that counts: cases of later days cannot have been followed long enough."""
    followed_days: int
    """So long each case could be followed: by then 95 % of the closed cases before the change had ended."""
    verdict: Literal["worked", "not", "too_early"]
    reason: Reason
    cases_before: int
    cases_after: int
    """Cases on each side that ended within `followed_days`, or all closed ones where more than 10 % of those after
    the change took longer; for a norm those of them that were judged."""
    open_share_before: float
    open_share_after: float
    """Share of the counted cases that are still open, and so in no value."""
    value_before: float | None = None
    value_after: float | None = None
    difference: float | None = None
    """After less before, as measured."""
    equal_mix_difference: float | None = None
    """After less before, as if both had the same mix of zaaktype, persona and channel."""
    equal_mix_low: float | None = None
    equal_mix_high: float | None = None
    equal_mix_p_value: float | None = None
    sign_flips: bool = False
