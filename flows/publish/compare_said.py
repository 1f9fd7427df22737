"""What a comparison says in sentences: what changed, whether that is sure, and what it rests on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flows.compare_claims import MOST_OPEN
from flows.publish.page_tables import Clocked, Said
from flows.publish.svg.compared import CLOCKS, Telling, began, shown
from mining.results.comparison import Difference, MeasureComparison


def by_clock(telling: Telling, tell: Callable[[Telling], str], name: str) -> Said:
    """Return what `tell` says in both clocks, or once where both say the same."""
    each = [replace(telling, clock=clock, name=f"{name}-{telling.words.language}-{clock}") for clock in CLOCKS]
    told = [tell(one) for one in each]
    return told[0] if told[0] == told[1] else Clocked(*told)


def headline(telling: Telling) -> Said:
    """Return the first sentence: what changed, and whether that is sure."""
    if not telling.comparison.sides[1:]:
        return " ".join(beside_journeys(telling)) or telling.words(
            "cmp_alone", side=began(telling.side(telling.comparison.sides[0].name))
        )
    if len(telling.comparison.sides) > 2:
        return by_clock(telling, _many, "h")
    return by_clock(telling, lambda one: lead_sentence(one, one.lead.differences[0]), "h")


def _many(telling: Telling) -> str:
    """With more than two sides: of how many the lead time surely differs, and the largest difference that can be told.

    One that is sure goes before one that is not.
    """
    found, most = telling.lead.differences, _foremost(telling.lead)
    count = sum(shown(d).claim == "sure" for d in found)
    filled = {"count": count, "others": len(found), "reference": telling.side(telling.comparison.sides[0].name)}
    said = telling.words("cmp_many" if count else "cmp_many_none", **filled)
    return f"{said} {lead_sentence(telling, most)}" if most else said


def _foremost(lead: MeasureComparison) -> Difference | None:
    """Return the difference that the first sentences speak of; null where nothing can be said of any."""
    told = [d for d in lead.differences if shown(d).value is not None and shown(d).claim != "too_few"]
    return max(told, key=lambda d: (shown(d).claim == "sure", abs(shown(d).value or 0.0)), default=None)


def lead_sentence(telling: Telling, found: Difference) -> str:
    """Return what became of the lead time of one side, and whether that is sure."""
    words, told, lead = telling.words, shown(found), telling.lead
    filled: dict[str, Any] = {
        "side": telling.side(found.side),
        "reference": telling.side(found.reference),
        "before": telling.numbers.long(found.reference_value, telling.clock),
        "after": telling.numbers.long(found.value, telling.clock),
    }
    if told.value is None:
        return words("cmp_lead_unknown", **filled)
    if told.claim == "too_few":
        few = words("cmp_lead_few", enough=telling.comparison.enough_cases, **filled)
        return few.replace("  ", " ")
    size = telling.numbers.long(abs(told.value), telling.clock)
    said = words(f"cmp_lead_{told.claim}", size=size, direction=telling.direction(lead, told.value), **filled)
    return said + (" " + words("cmp_lead_flips") if found.sign_flips else "")


def basis(telling: Telling) -> Said:
    """Return what the first sentence rests on: the mix, the values as measured, the interval; empty without a claim."""
    if not telling.comparison.sides[1:]:
        return ""
    return by_clock(telling, _basis, "b")


def _basis(telling: Telling) -> str:
    words, lead = telling.words, telling.lead
    found = _foremost(lead)
    if found is None:
        return ""
    told = shown(found)
    values = {
        "before": telling.numbers.long(found.reference_value, telling.clock),
        "after": telling.numbers.long(found.value, telling.clock),
    }
    said = words(f"cmp_basis_{'raw' if told.is_raw else 'mix'}", **values)
    between = words("cmp_lead_between", interval=telling.interval(lead, told.low, told.high))
    return f"{said} {between}{open_said(telling, found)}"


def open_said(telling: Telling, found: Difference) -> str:
    """Return a warning where only the quick cases of a side are closed: many are open, or the log begins too late."""
    sides = [s for s in telling.comparison.sides if s.name in (found.side, found.reference)]
    said = [
        telling.words("cmp_still_open", side=telling.side(s.name), share=telling.numbers.share(s.open_share))
        for s in sides
        if s.open_share > MOST_OPEN
    ]
    said += [telling.words("cmp_cut_short", side=telling.side(s.name)) for s in sides if s.is_cut_short]
    return "".join(f" {each}" for each in said)


def beside_journeys(telling: Telling) -> list[str]:
    """Return a sentence a side and journey on the whole lead time, in the citizen's clock."""
    journeys = telling.comparison.journeys
    titles = {journey.name: telling.words.of(journey.title, journey.name) for journey in journeys}
    of_steps = {j.name: telling.words("cmp_of_steps_reached") for j in journeys if j.main_route_seconds is not None}
    return [
        telling.words(
            f"cmp_against_{each.claim}",
            side=began(telling.side(each.side)),
            journey=titles.get(each.journey, each.journey),
            of=of_steps.get(each.journey, ""),
            size=telling.numbers.long(abs(each.difference)),
            direction=telling.words("cmp_time_up" if each.difference > 0 else "cmp_time_down"),
            says=telling.numbers.long(each.designed),
            measured=telling.numbers.long(each.value),
        )
        for each in telling.comparison.against
        if each.table == "lead_time"
    ] + _within(telling)


def _within(telling: Telling) -> list[str]:
    """Return a sentence a changed journey and norm: the share of cases that it would bring within it."""
    norms = {m.measure: m for m in telling.measures("norms")}
    reference = telling.comparison.sides[0].name
    return [
        telling.words(
            "cmp_within",
            journey=telling.words.of(journey.title, journey.name),
            share=telling.numbers.share(share),
            now=telling.numbers.share(norms[norm].values.get(reference)),
            norm=telling.words.of(norms[norm].title, norm),
            side=telling.side(reference),
        )
        for journey in telling.comparison.journeys
        for norm, share in journey.within_norms.items()
        if norm in norms
    ]


def surely(telling: Telling, side: str) -> str:
    """Return which steps, loops, handoffs and norms surely changed, the largest first, and how many are not sure."""
    found: list[tuple[float, MeasureComparison, Difference]] = []
    open_ = 0
    for measure in telling.measures("rungs", "loops", "reach", "handoffs", "norms"):
        for d in (each for each in measure.differences if each.side == side):
            told = shown(d)
            if told.claim == "sure" and told.value:
                found.append((abs(told.value), measure, d))
            else:
                open_ += told.claim == "not_sure"
    by_kind = [
        [(m, d) for _, m, d in sorted(found, key=lambda each: -each[0]) if m.table == kind]
        for kind in ("rungs", "loops", "reach", "handoffs", "norms")
    ]
    named = [f"{_named(telling, m)} {telling.said(m, shown(d))[:-2]}" for each in by_kind for m, d in each[:3]]
    rest = len(found) - len(named)
    filled = {"side": telling.side(side), "named": "; ".join(named), "open": open_, "rest": rest}
    if not found:
        return telling.words("cmp_surely_none" if open_ else "cmp_surely_few", **filled)
    said = telling.words("cmp_surely", **filled)
    warning = open_said(telling, next(d for d in telling.lead.differences if d.side == side))
    return said + (" " + telling.words("cmp_surely_rest", **filled) if rest else "") + warning


def _named(telling: Telling, measure: MeasureComparison) -> str:
    prefix = f"{telling.words('cmp_group_reach')}: " if measure.table == "reach" else ""
    return prefix + telling.title(measure)
