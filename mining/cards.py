"""Improvement cards: did it work, did it not, or is it too early to say (DESIGN §5, comparison).

Cases that came in before `started_on` stand against those from that day on, in the one measure of the card, at equal
mix of zaaktype, persona and channel. So that the young side is not made of its quick cases alone, only days of receipt
count from which cases could be followed until 95 % of those before the change had ended, and on both sides only the
cases that ended within that time: of the old side the slow ones are closed by now, of the young one they are not.
Where far more cases after the change took longer, all closed ones stand against each other: that can only flatter the
change, so it can show that it did not work and never that it did. A side of which more than 5 % is open gives no
verdict. A verdict needs 30 closed cases a side and a difference that is sure at a false discovery rate of 10 % over
all cards of the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from mappings.card import Card
from mappings.project import Project
from mining.amounts import rows_of
from mining.case_amounts import ARROW, amounts_of, numbered_cases
from mining.column_arrays import arrays_of
from mining.comparison import Measure, Side, compare
from mining.decided import ENOUGH
from mining.engine import kept
from mining.ladder import both_languages
from mining.ledger import Ledger
from mining.log import MICROSECONDS_A_DAY
from mining.moments import moment_of
from mining.results.base import LocalText
from mining.results.cards import CardResult, Reason
from mining.results.comparison import Difference, Table
from mining.sample import Floats
from mining.sequences import Ints
from mining.sure import discoveries

FOLLOWED_SHARE = 0.95
MOST_OPEN = 0.05
MOST_LONGER = 0.1
"""Twice the share of the closed cases before the change that took longer than the days followed."""
_EPOCH = date(1970, 1, 1)
_MIX = ("zaaktype", "persona", "channel")
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
    """All cases of the run, in the order of their numbers: the engine's table, and of it what every card asks for.

    day: local day of receipt; lead: elapsed lead time in µs, NaN where open; stratum: a number.
    """

    ledger: Ledger
    numbered: Any
    day: npt.NDArray[np.int32]
    is_open: npt.NDArray[np.bool_]
    lead: Floats
    stratum: npt.NDArray[np.int32]
    today: int
    seen_on: int
    """The day up to which the ends of cases were observed."""
    complete_after: int
    """The last day of receipt of which cases may be missing: of those that came in by then the log may have the slow
    ones alone."""


@dataclass(frozen=True)
class _Judged:
    """A card with its two sides compared, before anything is sure."""

    card: Card
    measure: Measure
    found: Difference
    values: dict[str, float | None]
    open_shares: tuple[float, float]
    longer_after: float
    """Share of the counted cases after the change that did not end within the days followed."""
    counted_to: int
    followed_days: int


def judged_cards(
    ledger: Ledger, project: Project, as_of: datetime, until: int | None = None, since: int | None = None
) -> tuple[CardResult, ...]:
    """Return each card of the project with its verdict. Norms must have been judged in this run before.

    `until`: the instant up to which ends of cases were observed, where that is before `as_of`. `since`: the one since
    which no case is missing (`mining.complete`), where the log begins with open cases; older cases do not count.
    """
    if not project.cards:
        return ()
    cases = _cases(ledger, project, as_of, until, since)
    told = [_judged(card, cases, project) for card in project.cards]
    sure = discoveries([each.found.equal_mix_p_value for each in told])
    return tuple(_result(each, is_sure, cases.today) for each, is_sure in zip(told, sure, strict=True))


def _cases(ledger: Ledger, project: Project, as_of: datetime, until: int | None, since: int | None) -> _Cases:
    complete = moment_of(since)
    numbered = numbered_cases(ledger, project)
    rows = _with_stratum(numbered)
    told = {"day": rows.started_day.cast("int32"), "lead": rows.lead_elapsed.cast("float64")}
    return _Cases(
        ledger=ledger,
        numbered=numbered,
        **_in_order(rows.select("number", "is_open", "stratum", **told)),
        today=_day_of(as_of, project),
        seen_on=_day_of(min(as_of, moment_of(until) or as_of), project),
        complete_after=np.iinfo(np.int32).min if complete is None else _day_of(complete, project),
    )


def _in_order(rows: Any) -> dict[str, Ints]:
    """Read the columns of all cases, in order of their numbers: each is put where it stands, nothing is sorted."""
    read = arrays_of(rows)
    number = read.pop("number")
    for name in read:
        column = np.empty_like(read[name])
        column[number] = read[name]
        read[name] = column
    return read


def _day_of(moment: datetime, project: Project) -> int:
    return (moment.astimezone(ZoneInfo(project.file.zone)).date() - _EPOCH).days


def _with_stratum(numbered: Any) -> Any:
    """Add the number of the part of the mix that each case is of; a field that is unknown stands as '?'."""
    known = numbered.mutate(**{name: ibis.coalesce(numbered[name].cast("string"), "?") for name in _MIX})
    listed = rows_of(known.select(*_MIX).distinct())
    listed.sort(key=lambda row: " · ".join(row[name] for name in _MIX))
    table = pa.table({name: pa.array([row[name] for row in listed], pa.string()) for name in _MIX})
    strata = table.append_column("stratum", pa.array(range(len(listed)), pa.int32()))
    return known.join(kept(numbered.get_backend(), "zs_card_stratum", strata), list(_MIX))


def _judged(card: Card, cases: _Cases, project: Project) -> _Judged:
    started = (card.started_on - _EPOCH).days
    before, closed = cases.day < started, ~cases.is_open
    is_whole = cases.day > cases.complete_after
    ended = cases.lead[before & closed & is_whole]
    followed = int(np.ceil(np.quantile(ended, FOLLOWED_SHARE) / MICROSECONDS_A_DAY)) if len(ended) else 0
    within = cases.lead <= followed * MICROSECONDS_A_DAY
    last = cases.seen_on - followed - 1
    counted = is_whole & (cases.day <= last)
    after = counted & ~before
    longer = float(1 - within[after].mean()) if after.any() else 0.0
    taken = closed if longer > MOST_LONGER else within
    measure, column = _measure(card, project), _column(card, cases)
    sides = []
    shares = []
    for name, chosen in (("before", counted & before), ("after", after)):
        sides.append(Side(name, {"amount": column[chosen & taken]}, cases.stratum[chosen & taken]))
        shares.append(float(cases.is_open[chosen].mean()) if chosen.any() else 0.0)
    compared = compare(sides, [measure])[0]
    return _Judged(
        card=card,
        measure=measure,
        found=compared.differences[0],
        values=compared.values,
        open_shares=(shares[0], shares[1]),
        longer_after=longer,
        counted_to=last,
        followed_days=followed,
    )


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
    measure, numbered = card.measure, cases.numbered
    if measure.kind == "lead_time":
        rows = numbered.select("number", amount=numbered[f"lead_{measure.clock}"])
    else:
        amounts = amounts_of(cases.ledger, numbered, _KINDS[measure.kind], ARROW.join(measure.path))
        if amounts is None:
            return np.full(len(cases.day), np.nan)
        amounts = amounts.select("number", amount=measure.clock)
        rows = numbered.select("number").left_join(amounts, "number")
        missing = ibis.null("int64") if measure.kind == "norm" else 0
        rows = rows.mutate(amount=ibis.coalesce(rows.amount, missing))
    # a cast here, since an integer column with nulls is a column of floats only in part of the engines
    column: Floats = _in_order(rows.select("number", amount=rows.amount.cast("float64")))["amount"]
    if measure.kind not in ("norm", "handoff"):
        column /= 1_000_000
    return column


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
        (found.equal_mix_claim == "too_few", "few_cases"),
        (not is_sure, "not_sure"),
    )
    for is_so, reason in hindrances:
        if is_so:
            return "too_early", reason
    is_lower = (found.equal_mix_difference or 0.0) < 0
    if is_lower != (card.measure.direction == "lower"):
        return "not", "other_way"
    return ("too_early", "many_longer") if told.longer_after > MOST_LONGER else ("worked", "sure")
