"""What is told beside the amounts: how much is known, what came after, links, cards, quality, the law's clock.

In: the findings. Out: their fields without small groups, and without what is that of a single case.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flows.publish.disclosure_citizen import whole_of
from flows.publish.disclosure_links import linking
from flows.publish.disclosure_mark import NOT_TOLD, Withheld, is_few, part, share
from flows.publish.disclosure_steps import wider
from mining.findings import Findings
from mining.results.cards import CardResult
from mining.results.legal import LegalDays
from mining.results.quality import Quality
from mining.results.stream import Takt
from mining.results.times import LeadTime, LeadTimes, OtherPhases

NO_TAKT = dict.fromkeys(("arrivals", "arrivals_per_week", "takt_seconds"), NOT_TOLD)
_CARD = (
    "value_before", "value_after", "difference", "equal_mix_difference", "equal_mix_low", "equal_mix_high",
    "equal_mix_p_value",
)  # fmt: skip


def rest(findings: Findings, least: int) -> dict[str, Any]:
    """Return the fields that stand by themselves."""
    cases = findings.cohort.cases
    known = findings.knowledge
    counts = {
        name: part(getattr(known, name), cases if name.endswith("_cases") else None, least)
        for name, field in type(known).model_fields.items()
        if name.endswith("_cases")
    }
    loops = findings.self_loops
    again = {"times": part(loops.times, None, least), "cases": part(loops.cases, cases, least)}
    if is_few(loops.cases, least):
        again |= {"times": NOT_TOLD}
    if loops.again is not None:
        again["again"] = loops.again.model_copy(update=whole_of(loops.again.model_dump(), least))
    return {
        "lead_time": _lead_times(findings.lead_time, least),
        "knowledge": known.model_copy(update=counts),
        "self_loops": loops.model_copy(update=again),
        "other_phases": _other_phases(findings.other_phases, cases, findings.cohort.open_cases, least),
        "cards": tuple(_card(one, least) for one in findings.cards),
        "takt": _takt(findings.takt, findings.log.cases, least),
        "linking": linking(findings.linking, least),
        "quality": without_examples(findings.quality),
    }


def _lead_times(times: LeadTimes, least: int) -> LeadTimes:
    legal = times.legal
    cases = times.elapsed.cases
    if legal is not None and is_few(cases - legal.cases, least):
        legal = legal.model_copy(
            update={"cases": Withheld(above=cases - least), "share": share(legal.share, cases, least)}
        )
    return LeadTimes.model_construct(
        elapsed=_lead(times.elapsed, least), working=_lead(times.working, least), legal=legal
    )


def _lead(lead: LeadTime, least: int) -> LeadTime:
    """Return a lead time without its shortest and longest, which are those of single cases."""
    bins = wider(lead.histogram, least)
    told: dict[str, Any] = {"min_seconds": NOT_TOLD, "max_seconds": NOT_TOLD, "histogram": bins}
    return lead.model_copy(update=told)


def _other_phases(found: OtherPhases, cases: int, open_: int, least: int) -> OtherPhases:
    told: dict[str, Any] = {
        "later_episodes": part(found.later_episodes, None, least),
        "later_episodes_cases": part(found.later_episodes_cases, cases, least),
    }
    if is_few(found.later_episodes_cases, least):
        told |= dict.fromkeys(("later_episodes", "closed_mean_seconds", "later_episodes_mean_seconds"), NOT_TOLD)
    if is_few(found.later_episodes - found.later_episodes_cases, least):
        told["later_episodes_cases"] = NOT_TOLD
    if is_few(open_, least):
        told["open_mean_seconds"] = NOT_TOLD
    return found.model_copy(update=told)


def _card(card: CardResult, least: int) -> CardResult:
    """Return a card; where one side is of few cases, neither side is counted and nothing is compared."""
    sides = ("before", "after")
    few = [side for side in sides if is_few(getattr(card, f"cases_{side}"), least)]
    told: dict[str, Any] = {}
    for side in sides:
        told[f"open_share_{side}"] = _open_share(card, side, least)
    if few:
        told |= {f"cases_{side}": Withheld(below=least) if side in few else NOT_TOLD for side in sides}
        told |= {name: NOT_TOLD for name in _CARD[2:] if getattr(card, name) is not None}
        told |= {f"value_{side}": NOT_TOLD for side in few if getattr(card, f"value_{side}") is not None}
    elif card.unit == "share":
        told |= {f"value_{side}": _share_of(card, side, least) for side in sides}
        if any(told[f"value_{side}"] is not getattr(card, f"value_{side}") for side in sides):
            told["difference"] = NOT_TOLD
    return card.model_copy(update=told)


def _open_share(card: CardResult, side: str, least: int) -> Any:
    """Return which part of the counted cases is still open; the closed ones are those that are told."""
    value, closed_cases = getattr(card, f"open_share_{side}"), getattr(card, f"cases_{side}")
    open_ = round(closed_cases * value / (1 - value)) if value < 1 else 0
    return Withheld(below=least / (closed_cases + least)) if is_few(open_, least) and closed_cases else value


def _share_of(card: CardResult, side: str, least: int) -> Any:
    return share(getattr(card, f"value_{side}"), getattr(card, f"cases_{side}"), least)


def _takt(found: Takt | None, cases: int, least: int) -> Takt | None:
    """Return the takt; not where few cases began outside of its window."""
    if found is None or not is_few(cases - found.arrivals, least):
        return found
    return found.model_copy(update=NO_TAKT)


def without_examples(quality: Quality) -> Quality:
    """Return the verdicts without examples: these name single cases and events."""
    sources = tuple(
        source.model_copy(
            update={"measures": tuple(one.model_copy(update={"examples": ()}) for one in source.measures)}
        )
        for source in quality.sources
    )
    return quality.model_copy(update={"sources": sources})


def is_legal_told(legal: LegalDays | None, cases: int, groups: Sequence[int], least: int) -> bool:
    """Tell whether the law's clock may be told of groups of so many cases each.

    It is known of a part of the cases alone; how many of a group are in that part is not counted, so that a group has
    to be large enough even if all the others were in it.
    """
    if legal is None or legal.cases < least:
        return False
    unknown = cases - legal.cases
    return all(size - unknown >= least for size in groups)
