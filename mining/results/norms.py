"""Norms: met, missed, open, at risk, not determinable."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mining.results.base import LocalText, Result


class Reason(Result):
    """Why the verdict of cases is not determinable."""

    reason: str
    said: LocalText
    cases: int


class LegalTerm(Result):
    """What stands behind a norm in the legal clock. Days are whole local days."""

    days: int | None
    """The length of the term; null where it is set in months, or each case has its own target date."""
    months: int | None = None
    rolls_over: bool
    """Whether the Algemene termijnenwet moves an end on a Saturday, Sunday or holiday."""
    rule: str
    known_cases: int
    """Cases whose days used are known. The other figures are over these, unless they say otherwise."""
    known_share: float | None
    decided_all_the_same: int = 0
    """Cases with a verdict though their days used are not known: it holds whatever was suspended."""
    days_unknown_open: int = 0
    """Of those, the open ones: no chance can be told of them, so they are among `at_risk_unknown`."""
    counted_cases: int = 0
    """Of the known cases, those of which days were counted: not those that had ended before the norm's first event."""
    used_mean_days: float | None = None
    """Over the counted cases."""
    suspended_cases: int = 0
    suspended_days: int = 0
    """Σ days suspended up to the decision, the ending, or the moment of looking; none of what began after the end."""
    extended_cases: int = 0
    extended_days: int = 0
    rolled_over_cases: int = 0
    overdue: int = 0
    """Open cases whose term has ended."""
    ends_outside_decrees: int = 0
    """Of all cases, those whose term ends in a year of which the days put on a par by royal decree are not listed."""
    unpaired_answers: int = 0
    """Answers that no request was waiting for: they ended no suspension."""
    reasons: tuple[Reason, ...] = ()
    """Why the verdicts that are not determinable are not; adds up to `not_determinable`."""


class NormBin(Result):
    """Cases that took more than from and at most to, in the norm's clock; open ones stand at their age."""

    from_seconds: float
    to_seconds: float
    met: int
    missed: int
    open: int
    at_risk: int
    """Of the open ones."""
    at_risk_unknown: int
    """Of the open ones, those of which it cannot be told."""


class NormSpread(Result):
    """How long the cases of a norm took, judged and open ones on one axis; the norm's line lies on an edge."""

    axis: Literal["age", "past_own_end"]
    """Time taken, or time past each case's own end (its target date, or a term of its own length): early is below 0."""
    bins: tuple[NormBin, ...]
    has_longer: bool = False
    """Whether the last bin also holds cases beyond its end."""
    has_shorter: bool = False
    """Whether the first bin also holds cases before its begin."""
    left_out: int = 0
    """Cases that are judged or open, of which it is not known how long they took, or that were not followed."""


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
    only_with: str | None = None
    """The activity without which it does not apply to a case; null: it applies to all."""
    limit_seconds: float | None = None
    """Null where each case has its own target date."""
    target: str | None = None
    source: LocalText
    met: int
    missed: int
    open: int
    at_risk: int
    """Of the open ones, those whose chance of reaching the end in time is below one half among like cases
    (Aalen–Johansen), in the norm's own clock."""
    at_risk_unknown: int = 0
    """Of the open ones, those of which that cannot be told: too few like cases, none as old, or, of a legal term, the
    days used are not known."""
    ended_otherwise: int = 0
    """Ended without what the norm waits for, such as a withdrawal: neither met nor missed."""
    not_determinable: int
    met_share: float | None
    """met ÷ (met + missed)."""
    median_seconds: float | None = None
    legal: LegalTerm | None = None
    """For a norm in the legal clock."""
    spread: NormSpread | None = None
    """How long its cases took, in its own clock."""

    @property
    def is_whole(self) -> bool:
        """Whether it speaks of the whole lead time of every case, so that it may stand beside it."""
        return (self.from_, self.to, self.lane, self.only_with) == ("received", "delivered", None, None)
