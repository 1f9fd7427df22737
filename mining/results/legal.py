"""The third clock in the findings: days of the legal term used."""

from __future__ import annotations

from mining.results.base import Result


class LegalDays(Result):
    """Days of the legal term used, as a mean over the cases of the cohort of which they are known.

    The rest of the cohort is not determinable; `share` says how much is. So the parts add up to the legal lead time of
    the same cases, and stand beside the means of the other clocks, which are over all cases.
    """

    cases: int
    """Cases of the cohort of which the days used are known."""
    share: float
    wait_days: float = 0.0
    process_days: float = 0.0
    elsewhere_days: float = 0.0
    unknown_days: float = 0.0
    total_days: float = 0.0
    median_days: float | None = None
    """Over the same cases; of a step, over its visits in them."""
    norm: str
    """The norm whose clock it is: the journey's first in the legal clock."""
