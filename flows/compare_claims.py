"""Which differences are not called sure, however many cases there are: a side lacks its slow or its quick ones."""

from __future__ import annotations

from collections.abc import Sequence

from mining.results.comparison import AgainstJourney, Difference, MeasureComparison, SideFacts

MOST_OPEN = 0.1
"""Share of open cases of a side from which every claim on it is told with a warning; on a period none is made."""


def is_begun_in(segment: str) -> bool:
    """Whether a segment stands for the period in which cases began."""
    return segment.startswith("started_")


def without_partial_claims(
    measure: MeasureComparison, facts: Sequence[SideFacts], begun_before: frozenset[str]
) -> MeasureComparison:
    """Call no difference sure with a period of which hardly any but the quick cases have ended, or the slow are known.

    It would be between quick cases and all cases, however many there are; two parts of one period lack the same.
    `begun_before`: the periods of which the log lacks the cases that had ended when it began.
    """
    quick = {f.name for f in facts if f.is_cut_short or (is_begun_in(f.segment) and f.open_share > MOST_OPEN)}
    partial = quick | begun_before
    return measure.model_copy(
        update={"differences": tuple(_unsure(d) if {d.side, d.reference} & partial else d for d in measure.differences)}
    )


def _unsure(found: Difference) -> Difference:
    claims = ("claim", "equal_mix_claim")
    return found.model_copy(update={name: "not_sure" for name in claims if getattr(found, name) == "sure"})


def without_claims_against(
    against: tuple[AgainstJourney, ...], facts: Sequence[SideFacts]
) -> tuple[AgainstJourney, ...]:
    """Call no side surely shorter than a journey says while many of its cases are open, or it was cut short.

    That those which ended took longer is true all the same: what is open takes longer still.
    """
    quick = {f.name for f in facts if f.is_cut_short or f.open_share > MOST_OPEN}
    return tuple(
        each.model_copy(update={"claim": "not_sure"})
        if each.claim == "sure" and each.difference < 0 and each.side in quick
        else each
        for each in against
    )
