"""Which differences are not called sure, however many cases there are: a side lacks its slow or its quick ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from flows.compare_runs import PERIODS, CaseTable, ComparedRun
from mining.results.comparison import AgainstJourney, Difference, MeasureComparison, SideFacts

MOST_OPEN = 0.1
"""Share of open cases of a side from which every claim on it is told with a warning; on a period none is made."""
NEARLY_ALL = 0.99
"""The share of the cases that must have had time to end for a period by end to hold slow ones too."""


def is_begun_in(segment: str | None) -> bool:
    """Whether a segment stands for the period in which cases began."""
    return segment in PERIODS and segment.startswith("started_")


def is_ended_in(segment: str | None) -> bool:
    """Whether a segment stands for the period in which cases ended."""
    return segment in PERIODS and segment.startswith("ended_")


def is_cut_short(run: ComparedRun, closed: CaseTable, by: str | None) -> bool:
    """Whether only quick cases can have ended in the period of a side: the log begins too short a time before it."""
    begun, ended, slow = _begun(run), closed.months("ended_month"), run.cases.lead_within(NEARLY_ALL)
    if not is_ended_in(by) or not ended or begun is None or slow is None:
        return False
    return (ended[0] - begun).total_seconds() < slow


def _begun(run: ComparedRun) -> date | None:
    """Return when the first case of a run came in: its day where the log lacks no older case, else its month."""
    months, complete = run.cases.months(), _complete_from(run)
    if not months:
        return None
    return complete if complete is not None and complete.replace(day=1) == months[0] else months[0]


def _complete_from(run: ComparedRun) -> date | None:
    """Return the local day since which no case is missing from the log: that of its first case, where none is."""
    takt, zone = run.findings.takt, ZoneInfo(run.findings.project.zone)
    return None if takt is None else takt.window_from.astimezone(zone).date()


def is_begun_before(run: ComparedRun, closed: CaseTable, by: str | None) -> bool:
    """Whether a side by start holds cases from before the log was complete: of those, the slow ones alone."""
    begun, months, since = run.cases.months(), closed.months(), _complete_from(run)
    if not is_begun_in(by) or since is None or not months:
        return False
    # a log that lacks nothing is complete from its first case on
    return begun[0] < since.replace(day=1) and months[0] < since


def is_run_out(run: ComparedRun, closed: CaseTable, by: str | None) -> bool:
    """Whether a side by end goes on after the last case of the log came in: quick ones cannot have ended in it then.

    So it is with a log of all cases that began in a year, whenever they ended.
    """
    begun, ended = run.cases.months(), closed.months("ended_month")
    return is_ended_in(by) and bool(begun and ended) and ended[-1] > begun[-1]


def without_partial_claims(
    measure: MeasureComparison, facts: Sequence[SideFacts], without_quick: frozenset[str]
) -> MeasureComparison:
    """Call no difference sure with a period of which hardly any but the quick cases have ended, or the slow are known.

    It would be between quick cases and all cases, however many there are; two parts of one period lack the same.
    `without_quick`: the periods of which the log mostly has the slow cases.
    """
    quick = {f.name for f in facts if f.is_cut_short or (is_begun_in(f.segment) and f.open_share > MOST_OPEN)}
    partial = quick | without_quick
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
