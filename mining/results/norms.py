"""Norms: met, missed, open, at risk, not determinable."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mining.results.base import LocalText, Result


class NormResult(Result):
    """How a norm was kept. A service norm and a legal term are never one number."""

    name: str
    title: LocalText
    kind: Literal["service", "legal"]
    clock: Literal["elapsed", "working", "lane_working", "legal"]
    from_: str = Field(default="received", alias="from")
    to: str = "delivered"
    """'received', 'delivered', or the activity from or to which it runs."""
    lane: str | None = None
    limit_seconds: float | None = None
    """Null where each case has its own target date."""
    target: str | None = None
    source: LocalText
    met: int
    missed: int
    open: int
    at_risk: int
    """Of the open ones, those that have used more than half of the limit, or whose target date has passed:
    a plain rule."""
    ended_otherwise: int = 0
    """Ended without what the norm waits for, such as a withdrawal: neither met nor missed."""
    not_determinable: int
    met_share: float | None
    """met ÷ (met + missed)."""
    median_seconds: float | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it speaks of the whole lead time, so that it may stand beside it."""
        return (self.from_, self.to, self.lane) == ("received", "delivered", None)
