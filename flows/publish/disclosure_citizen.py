"""The citizen's side for the team: attempts, contacts, questions asked again, scores; none of few.

In: the findings. Out: the fields that hold them. Attempts and contacts are counted as they are: one citizen may stand
behind several, so a group of few of them is a group of few cases for sure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flows.publish.disclosure_ladder import no_amount, together
from flows.publish.disclosure_lines import Key, Line, closed
from flows.publish.disclosure_mark import NOT_TOLD, Withheld, cases_beside, is_few, is_withheld, part, said
from flows.publish.disclosure_steps import summed
from mining.findings import Findings
from mining.results.citizen import (
    AskedAbout,
    ContactReason,
    Contacts,
    ContactsAt,
    Conversion,
    Counters,
    Score,
    SilenceAt,
)
from mining.results.rework import Asked, Supplements

_NOT_PLACED = "not placed"


def citizen(findings: Findings, least: int) -> dict[str, Any]:
    """Return the fields about the citizen."""
    cases = findings.cohort.cases
    return {
        "conversion": tuple(_conversion(one, least) for one in findings.conversion if one.attempts >= least),
        "contacts": _contacts(findings.contacts, cases, least),
        "scores": tuple(_score(one, least) for one in findings.scores),
        "supplements": _supplements(findings.supplements, least),
    }


def whole_of(counts: Mapping[str, int], least: int) -> dict[str, Any]:
    """Return counts that add up to a told whole, those that would give a small one away not told."""
    away = closed(dict(counts), [Line(tuple(counts))], least)
    return {name: said(count, name in away, least) for name, count in counts.items()}


def _conversion(one: Conversion, least: int) -> Conversion:
    counts: dict[Key, int] = {name: getattr(one, name) for name in ("reached", "switched", "stopped")}
    lines = [Line(tuple(counts)), Line(tuple(("stage", name) for name, _ in one.stages))]
    counts |= {("stop", n): stop.attempts for n, stop in enumerate(one.stops)}
    counts |= {("to", channel): n for channel, n in one.switched_to.items()}
    counts |= {("stage", name): n for name, n in one.stages}
    lines += [Line(parts, whole) for parts, whole in _below(one, counts)]
    away = closed(counts, lines, least)
    names = ("reached", "switched", "stopped")
    told: dict[str, Any] = {name: said(getattr(one, name), name in away, least) for name in names}
    stops = [
        stop.model_copy(update={"attempts": said(stop.attempts, ("stop", n) in away, least)})
        for n, stop in enumerate(one.stops)
    ]
    to = {channel: said(n, ("to", channel) in away, least) for channel, n in one.switched_to.items()}
    recent = part(one.may_still_switch, one.stopped, least)
    told["may_still_switch"] = NOT_TOLD if is_withheld(told["stopped"]) else recent
    stages = tuple((name, said(n, ("stage", name) in away, least)) for name, n in one.stages)
    return one.model_copy(update=told | {"stops": tuple(stops), "switched_to": to, "stages": stages})


def _below(one: Conversion, counts: dict[Key, int]) -> list[tuple[tuple[Key, ...], Key]]:
    """Return what adds up to what: the reasons to stop to the attempts that stopped, those that switched among them."""
    stops = tuple(("stop", n) for n in range(len(one.stops)))
    counts["with reason"] = sum(stop.attempts for stop in one.stops)
    lines: list[tuple[tuple[Key, ...], Key]] = [(stops, "with reason")] if stops else []
    for ended in (("stopped",), ("stopped", "switched")):
        if stops and sum(getattr(one, name) for name in ended) == counts["with reason"]:
            lines.append((ended, "with reason"))
    if one.switched_to and sum(one.switched_to.values()) == one.switched:
        lines.append((tuple(("to", channel) for channel in one.switched_to), "switched"))
    return [*lines, *_stages_told_twice(one)]


def _stages_told_twice(one: Conversion) -> Iterator[tuple[tuple[Key, ...], Key]]:
    """Yield what tells a stage of the form once more: the stops there, or what went through."""
    for name, count in one.stages:
        there = [(n, stop.attempts) for n, stop in enumerate(one.stops) if stop.stopped == name]
        if there and sum(attempts for _, attempts in there) == count:
            yield tuple(("stop", n) for n, _ in there), ("stage", name)
        if count == one.reached:
            yield (("stage", name),), "reached"


def _contacts(found: Contacts, cases: int, least: int) -> Contacts:
    with_contact = part(cases_beside(found.cases_with_contact, found.contacts, least), cases, least)
    told: dict[str, Any] = {
        "contacts": part(found.contacts, None, least),
        "cases_with_contact": with_contact,
        "by_channel": whole_of(found.by_channel, least),
        "not_placed": said(found.not_placed, _NOT_PLACED in _steps_away(found, least), least),
        "silence_max_seconds": None if found.silence_max_seconds is None else NOT_TOLD,
        **_reasons(found, least),
        "at_steps": _at_steps(found, least),
        "silence_steps": _silences(found, least),
        "counters": _counters(found.counters, least),
        "asked": tuple(_about(one, least) for one in found.asked if one.cases >= least),
    }
    if is_few(found.cases_with_contact, least):
        told |= {
            "contacts": NOT_TOLD,
            "mean_per_case": NOT_TOLD,
            "by_channel": dict.fromkeys(found.by_channel, NOT_TOLD),
        }
    return found.model_copy(update=told)


def _reasons(found: Contacts, least: int) -> dict[str, Any]:
    """Return the reasons of enough cases, and how many contacts were repeats; what is left out is told by no sum."""
    counts: dict[Key, int] = {one.activity: one.contacts for one in found.reasons}
    groups: dict[Key, int] = {one.activity: one.cases for one in found.reasons}
    away = closed(counts, [Line(tuple(counts), overlaps=True)], least, groups=groups)
    reasons = tuple(_reason(one, least) for one in found.reasons if one.activity not in away)
    told = sum(one.repeats for one in reasons if not is_withheld(one.repeats))
    repeats = part(found.repeats, found.contacts, least)
    return {"reasons": reasons, "repeats": repeats if not reasons or told == found.repeats else NOT_TOLD}


def _reason(one: ContactReason, least: int) -> ContactReason:
    told: dict[str, Any] = {
        "cases": cases_beside(one.cases, one.contacts, least),
        "repeats": part(one.repeats, one.contacts, least),
        "initiator_known": part(one.initiator_known, one.contacts, least),
    }
    if one.by_citizen is not None:
        told["by_citizen"] = part(one.by_citizen, one.initiator_known, least)
    return one.model_copy(update=told)


def _at_steps(found: Contacts, least: int) -> tuple[ContactsAt, ...]:
    """Return the contacts by step; a row of few is left out, with one that hides it from the sum of all contacts."""
    away = _steps_away(found, least)
    return tuple(_at(one, least) for one in found.at_steps if one.step not in away)


def _steps_away(found: Contacts, least: int) -> frozenset[Key]:
    counts: dict[Key, int] = {one.step: one.contacts for one in found.at_steps}
    groups: dict[Key, int] = {one.step: one.cases for one in found.at_steps}
    if found.not_placed:
        counts[_NOT_PLACED] = groups[_NOT_PLACED] = found.not_placed
    return closed(counts, [Line(tuple(counts), overlaps=True)], least, groups=groups)


def _at(one: ContactsAt, least: int) -> ContactsAt:
    names = ("waiting", "in_hand", "citizens_turn")
    counts = {name: getattr(one, name) for name in names}
    rest = one.contacts - sum(counts.values())
    told = whole_of(counts | ({"rest": rest} if rest > 0 else {}), least)
    told.pop("rest", None)
    return one.model_copy(update=told | {"cases": cases_beside(one.cases, one.contacts, least)})


def _counters(found: Counters, least: int) -> Counters:
    """Return the counters of enough cases; those left out are told by no sum, nor which case met most."""
    counts: dict[Key, int] = {(one.holder, one.channel): one.contacts for one in found.points}
    groups: dict[Key, int] = {(one.holder, one.channel): one.cases for one in found.points}
    away = closed(counts, [Line(tuple(counts), overlaps=True)], least, groups=groups)
    points = tuple(
        one.model_copy(update={"cases": cases_beside(one.cases, one.contacts, least)})
        for one in found.points
        if (one.holder, one.channel) not in away
    )
    told: dict[str, Any] = {"points": points, "by_number": whole_of(found.by_number, least)}
    # with the mean, a count that is not told could be found from the others
    if any(is_few(count, least) for count in found.by_number.values()):
        told["mean_per_case"] = NOT_TOLD
    if found.most is not None:
        told["most"] = NOT_TOLD
    return found.model_copy(update=told)


def _about(one: AskedAbout, least: int) -> AskedAbout:
    again = part(one.cases_more_than_once, one.cases, least)
    times = one.times if again is one.cases_more_than_once and not is_few(one.times - one.cases, least) else NOT_TOLD
    several = part(one.cases_by_several, one.cases_more_than_once, least)
    return one.model_copy(update={"cases_more_than_once": again, "times": times, "cases_by_several": several})


def _silences(found: Contacts, least: int) -> tuple[SilenceAt, ...]:
    sizes = {one.step: one.cases for one in found.silence_steps}
    away = together(sizes, {one.step: (one.mean_seconds,) for one in found.silence_steps}, least)
    rows = summed(found.silence_steps, lambda one: one.step in away, SilenceAt)
    return tuple(
        one.model_copy(update={"cases": NOT_TOLD}) if n >= len(sizes) - len(away) else one for n, one in enumerate(rows)
    )


def _score(one: Score, least: int) -> Score:
    told: dict[str, Any] = {"cases": cases_beside(one.cases, one.n, least), "n": part(one.n, one.invited, least)}
    if told["n"] is not one.n:
        told["response_rate"] = None if one.response_rate is None else NOT_TOLD
    if is_few(one.cases, least) or is_few(one.n, least):
        told |= {"mean": NOT_TOLD, "net": None if one.net is None else NOT_TOLD, "n": Withheld(below=least)}
        told["cases"] = Withheld(below=least)
    if is_few(one.invited, least):
        told |= {"invited": Withheld(below=least), "response_rate": NOT_TOLD}
    return one.model_copy(update=told)


def _supplements(found: Supplements, least: int) -> Supplements:
    counts: dict[Key, int] = {one.activity: one.times for one in found.asked}
    groups: dict[Key, int] = {one.activity: one.cases for one in found.asked}
    away = closed(counts, [Line(tuple(counts), overlaps=True)], least, groups=groups)
    told: dict[str, Any] = {"asked": tuple(_asked(one, least) for one in found.asked if one.activity not in away)}
    names = ("cases", "times", "cases_more_than_once", "times_more_than_once")
    if is_few(found.cases, least):
        told |= dict.fromkeys(names, NOT_TOLD) | {"cases": Withheld(below=least)}
        return found.model_copy(update=told | {"cost": no_amount(), "cost_more_than_once": no_amount()})
    more = (found.cases_more_than_once, found.cases - found.cases_more_than_once)
    if any(is_few(n, least) for n in more) or is_few(found.times_more_than_once - more[0], least):
        told |= dict.fromkeys(names[1:], NOT_TOLD)
        told["cases_more_than_once"] = part(more[0], found.cases, least)
        told["cost_more_than_once"] = no_amount() if is_few(more[0], least) else found.cost_more_than_once
    return found.model_copy(update=told)


def _asked(one: Asked, least: int) -> Asked:
    again = part(one.cases_more_than_once, one.cases, least)
    times = one.times if again is one.cases_more_than_once and not is_few(one.times - one.cases, least) else NOT_TOLD
    return one.model_copy(update={"cases_more_than_once": again, "times": times})
