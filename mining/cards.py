"""Improvement cards: did it work, did it not, or is it too early to say (DESIGN §5, comparison).

Cases that came in before `started_on` stand against those from that day on, in the one measure of the card, at equal
mix of zaaktype, persona and channel. So that the young side is not made of its quick cases alone, only days of receipt
count from which cases could be followed until 95 % of those before the change had ended, and a side of which more
than 5 % is open then gives no verdict. A verdict needs 30 closed cases a side and a difference that is sure at a
false discovery rate of 10 % over all cards of the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np

from mappings.card import Card
from mappings.project import Project
from mining.case_amounts import ARROW, CaseAmounts, case_amounts
from mining.comparison import Measure, Side, compare
from mining.decided import ENOUGH
from mining.ladder import both_languages
from mining.ledger import Ledger
from mining.log import MICROSECONDS_A_DAY
from mining.results.base import LocalText
from mining.results.cards import CardResult, Reason
from mining.results.comparison import Difference, Table
from mining.sample import Floats
from mining.sure import discoveries

FOLLOWED_SHARE = 0.95
MOST_OPEN = 0.05
_EPOCH = date(1970, 1, 1)
_TABLES: dict[str, Table] = {
    "lead_time": "lead_time",
    "step": "rungs",
    "loop": "loops",
    "handoff": "handoffs",
    "norm": "norms",
}
_KINDS = {"step": "rung", "loop": "loop", "handoff": "handoff", "norm": "norm"}
Verdict = Literal["worked", "not", "too_early"]


@dataclass(frozen=True)
class _Cases:
    """All cases of the run with a place each: local day of receipt, whether open, lead time in µs, stratum."""

    day: Any
    is_open: Any
    lead: dict[str, Floats]
    strata: Any
    place: dict[int, int]
    kept: CaseAmounts
    today: int


@dataclass(frozen=True)
class _Judged:
    """A card with its two sides compared, before anything is sure."""

    card: Card
    measure: Measure
    found: Difference
    values: dict[str, float | None]
    open_shares: tuple[float, float]
    counted_to: int
    followed_days: int


def judged_cards(ledger: Ledger, project: Project, as_of: datetime) -> tuple[CardResult, ...]:
    """Return each card of the project with its verdict. Norms must have been judged in this run before."""
    if not project.cards:
        return ()
    cases = _cases(ledger, project, as_of)
    told = [_judged(card, cases, project) for card in project.cards]
    sure = discoveries([each.found.equal_mix_p_value for each in told])
    return tuple(_result(each, is_sure, cases.today) for each, is_sure in zip(told, sure, strict=True))


def _cases(ledger: Ledger, project: Project, as_of: datetime) -> _Cases:
    kept = case_amounts(ledger, project)
    origins = ledger.timeline.clocks.with_local(ledger.cases.select("case_id", "origin"), "origin")
    days = origins.join(kept.keys, "case_id").select("number", "origin_local").to_pyarrow()
    facts = kept.facts.to_pyarrow()
    place = {number: n for n, number in enumerate(facts["number"].to_pylist())}
    day = np.zeros(len(place), np.int64)
    day[[place[number] for number in days["number"].to_pylist()]] = (
        days["origin_local"].to_numpy() // MICROSECONDS_A_DAY
    )
    fields = [facts[name].to_pylist() for name in ("zaaktype", "persona", "channel")]
    strata = [" · ".join("?" if v is None else str(v) for v in row) for row in zip(*fields, strict=True)]
    return _Cases(
        day=day,
        is_open=facts["is_open"].to_numpy(zero_copy_only=False).astype(np.bool_),
        lead={c: facts[f"lead_{c}"].to_numpy(zero_copy_only=False).astype(np.float64) for c in ("elapsed", "working")},
        strata=np.array(strata, dtype=object),
        place=place,
        kept=kept,
        today=(as_of.astimezone(ZoneInfo(project.file.zone)).date() - _EPOCH).days,
    )


def _judged(card: Card, cases: _Cases, project: Project) -> _Judged:
    started = (card.started_on - _EPOCH).days
    before, closed = cases.day < started, ~cases.is_open
    ended = cases.lead["elapsed"][before & closed]
    followed = int(np.ceil(np.quantile(ended, FOLLOWED_SHARE) / MICROSECONDS_A_DAY)) if len(ended) else 0
    last = cases.today - followed - 1
    counted = cases.day <= last
    measure, column = _measure(card, project), _column(card, cases)
    sides = []
    shares = []
    for name, chosen in (("before", counted & before), ("after", counted & ~before)):
        sides.append(Side(name, {"amount": column[chosen & closed]}, cases.strata[chosen & closed]))
        shares.append(float(cases.is_open[chosen].mean()) if chosen.any() else 0.0)
    compared = compare(sides, [measure])[0]
    return _Judged(card, measure, compared.differences[0], compared.values, (shares[0], shares[1]), last, followed)


def _measure(card: Card, project: Project) -> Measure:
    kind, measure = card.measure.kind, card.measure
    unit: Literal["seconds", "share", "count"] = {"norm": "share", "handoff": "count"}.get(kind, "seconds")  # type: ignore[assignment]
    clock = measure.clock if unit == "seconds" else None
    return Measure(_TABLES[kind], ARROW.join(measure.path), _title(card, project), "amount", "mean", unit, clock)


def _title(card: Card, project: Project) -> LocalText:
    """Return what is measured in words: the titles of steps and norm as the journey has them."""
    journey, path = project.journey, card.measure.path
    if card.measure.kind == "lead_time":
        return {"nl": "Doorlooptijd", "en": "Lead time"}
    if card.measure.kind == "handoff":
        return {
            "nl": f"Overdrachten per zaak ({path[0]})",
            "en": f"Handoffs per case ({path[0]})",
        }
    titles: dict[str, LocalText] = {}
    if journey is not None:
        titles = {name: both_languages(step.title or name) for name, step in journey.steps.items()}
        if card.measure.kind == "norm":
            titles |= {norm.name: both_languages(norm.title or norm.name) for norm in journey.norms}
    found = [titles.get(name, {"nl": name, "en": name}) for name in path]
    return {
        language: ARROW.join(each.get(language) or next(iter(each.values())) for each in found)
        for language in ("nl", "en")
    }


def _column(card: Card, cases: _Cases) -> Floats:
    """Return the amount of each case: seconds, handoffs, or 1 and 0 for a norm met and missed; NaN where not judged."""
    measure = card.measure
    if measure.kind == "lead_time":
        return cases.lead[measure.clock] / 1_000_000
    amounts = cases.kept.amounts
    chosen = amounts.filter((amounts.kind == _KINDS[measure.kind]) & (amounts.name == ARROW.join(measure.path)))
    rows = chosen.group_by("number").agg(amount=chosen[measure.clock].sum()).to_pyarrow()
    column = np.full(len(cases.day), np.nan if measure.kind == "norm" else 0.0)
    places = [cases.place[number] for number in rows["number"].to_pylist()]
    column[places] = rows["amount"].to_numpy(zero_copy_only=False).astype(np.float64)
    return column / 1_000_000 if measure.kind in ("step", "loop") else column


def _result(told: _Judged, is_sure: bool, today: int) -> CardResult:
    card, found = told.card, told.found
    verdict, reason = _verdict(told, is_sure, today)
    return CardResult(
        card=card.name,
        title=both_languages(card.title),
        we_think=both_languages(card.we_think),
        leads_to=both_languages(card.leads_to),
        owner=card.owner,
        journey=card.journey,
        kind=card.measure.kind,
        of=card.measure.path,
        measure=told.measure.title,
        unit=told.measure.unit,
        clock=told.measure.clock,
        direction=card.measure.direction,
        started_on=card.started_on,
        judge_from=card.judge_from,
        counted_to=_EPOCH + timedelta(told.counted_to),
        followed_days=told.followed_days,
        verdict=verdict,
        reason=reason,
        cases_before=found.reference_cases,
        cases_after=found.cases,
        open_share_before=told.open_shares[0],
        open_share_after=told.open_shares[1],
        value_before=told.values["before"],
        value_after=told.values["after"],
        difference=found.difference,
        equal_mix_difference=found.equal_mix_difference,
        equal_mix_low=found.equal_mix_low,
        equal_mix_high=found.equal_mix_high,
        equal_mix_p_value=found.equal_mix_p_value,
        sign_flips=found.sign_flips,
    )


def _verdict(told: _Judged, is_sure: bool, today: int) -> tuple[Verdict, Reason]:
    """Return the verdict and what it rests on; the first thing that stands in the way is named."""
    card, found = told.card, told.found
    started = (card.started_on - _EPOCH).days
    hindrances: Sequence[tuple[bool, Reason]] = (
        (today < (card.judge_from - _EPOCH).days, "before_date"),
        (told.counted_to < started, "too_recent"),
        (min(found.cases, found.reference_cases) < ENOUGH, "few_cases"),
        (max(told.open_shares) > MOST_OPEN, "still_open"),
        (found.equal_mix_difference is None, "no_common_mix"),
        (not is_sure, "not_sure"),
    )
    for is_so, reason in hindrances:
        if is_so:
            return "too_early", reason
    is_lower = (found.equal_mix_difference or 0.0) < 0
    return ("worked", "sure") if is_lower == (card.measure.direction == "lower") else ("not", "other_way")
