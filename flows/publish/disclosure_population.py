"""What is told of all cases of the log: how many are open, how norms are kept, how soon cases end, month by month.

In: the findings, and which counts are hidden. Out: the fields that hold them, with every share and time that rests on
a hidden count, or would give it back, not told either.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import floor
from typing import Any

from flows.publish.disclosure_counts import ENDS, NORM, NOT_FOLLOWED, OPEN, UNOBSERVED
from flows.publish.disclosure_lines import Key
from flows.publish.disclosure_mark import NOT_TOLD, Withheld, about, is_few, part, said, timed
from flows.publish.disclosure_norms import told_bins
from mining.findings import Findings
from mining.results.drift import Change, Drift, DriftMonth
from mining.results.journey import JourneyFacts, PersonaFacts
from mining.results.norms import LegalTerm, NormResult, NormSpread
from mining.results.stream import Wip
from mining.results.survival import Ages, CurvePoint, NormMonth, OpenEnds, Promise, Reached, Survival

_WEEK = 7 * 86400.0
Hidden = frozenset[Key]


def population(findings: Findings, hidden: Hidden, least: int) -> dict[str, Any]:
    """Return the fields that speak of all cases."""
    is_open_hidden = OPEN in hidden
    few = Withheld(below=least) if is_few(findings.log.open_cases, least) else NOT_TOLD
    log = {"open_cases": few} if is_open_hidden else {}
    cohort = {"open_cases": few, "open_share": NOT_TOLD} if is_open_hidden else {}
    without = {"without_lead_time": said(findings.log.without_lead_time, ("log", "without") in hidden, least)}
    return {
        "log": findings.log.model_copy(update=log | without),
        "cohort": findings.cohort.model_copy(update=cohort),
        "wip": _wip(findings.wip, hidden, least),
        "norms": tuple(_norm(norm, at, hidden, least) for at, norm in enumerate(findings.norms)),
        "norm_months": tuple(_norm_months(findings, hidden, least)),
        "open_ends": _ends(findings.open_ends, hidden, least),
        "drift": _drift(findings.drift, hidden, least),
    }


def wip_of(step: str, count: int, hidden: Hidden, least: int) -> Any:
    """Return how many cases stand in a step."""
    return said(count, ("wip", step) in hidden, least)


def _wip(wip: Wip, hidden: Hidden, least: int) -> Wip:
    told: dict[str, Any] = {"at_as_of": said(wip.at_as_of, OPEN in hidden, least)}
    if is_few(wip.at_as_of, least):
        told["age_median_seconds"] = NOT_TOLD
    # rounded, since weeks and months end on other days: their sums would tell of the few days between
    counts = ("arrived", "closed", "in_hand")
    weeks = tuple(
        one.model_copy(update={name: about(getattr(one, name), least) for name in counts}) for one in wip.by_week
    )
    return wip.model_copy(update=told | {"by_week": weeks})


def _norm(norm: NormResult, at: int, hidden: Hidden, least: int) -> NormResult:
    names = (*NORM, "at_risk", "at_risk_unknown")
    told: dict[str, Any] = {name: said(getattr(norm, name), ("norm", at, name) in hidden, least) for name in names}
    judged = norm.met + norm.missed
    told["met_share"] = _met_share(norm.met_share, norm.met, norm.missed, told, least)
    if judged < least:
        told["median_seconds"] = NOT_TOLD
    if norm.spread is not None:
        told["spread"] = _spread(norm.spread, least)
    if norm.legal is not None:
        told["legal"] = _term(norm.legal, at, judged, hidden, least)
    return norm.model_copy(update=told)


def _spread(spread: NormSpread, least: int) -> NormSpread:
    """Return the distribution with rounded counts: its bins add up to what is told of the norm."""
    return spread.model_copy(update={"bins": told_bins(spread, least), "left_out": part(spread.left_out, None, least)})


def _met_share(value: float | None, met: int, missed: int, told: dict[str, Any], least: int) -> Any:
    """Return the share that was met; where one of the two is a small group, a bound by the other alone."""
    if value is None or (told["met"] == met and told["missed"] == missed):
        return value
    if is_few(missed, least) and told["met"] == met:
        return Withheld(above=met / (met + least))
    if is_few(met, least) and told["missed"] == missed:
        return Withheld(below=least / (missed + least))
    return NOT_TOLD


def _term(term: LegalTerm, at: int, judged: int, hidden: Hidden, least: int) -> LegalTerm:
    plain = ("decided_all_the_same", "rolled_over_cases", "overdue", "ends_outside_decrees", "unpaired_answers")
    told: dict[str, Any] = {name: part(getattr(term, name), None, least) for name in plain}
    told["days_unknown_open"] = part(term.days_unknown_open, term.decided_all_the_same, least)
    told["known_cases"] = part(term.known_cases, None, least)
    told["counted_cases"] = part(term.counted_cases, term.known_cases, least)
    if ("norm", at, "not_determinable") in hidden or is_few(term.known_cases, least):
        told |= {"known_cases": NOT_TOLD, "counted_cases": NOT_TOLD, "known_share": NOT_TOLD}
    if is_few(term.counted_cases, least):
        told["used_mean_days"] = NOT_TOLD
    for name in ("suspended", "extended"):
        if is_few(getattr(term, f"{name}_cases"), least):
            told |= {f"{name}_cases": Withheld(below=least), f"{name}_days": NOT_TOLD}
    reasons = tuple(
        one.model_copy(update={"cases": said(one.cases, ("norm", at, "reason", n) in hidden, least)})
        for n, one in enumerate(term.reasons)
    )
    return term.model_copy(update=told | {"reasons": reasons})


def _norm_months(findings: Findings, hidden: Hidden, least: int) -> list[NormMonth]:
    """Return the months of enough cases, with what may be told of each."""
    places = {norm.name: at for at, norm in enumerate(findings.norms)}
    out = []
    for one in findings.norm_months:
        key = ("month", places[one.norm], one.by, one.month)
        if is_few(one.cases, least):
            continue
        told = {name: said(getattr(one, name), (*key, name) in hidden, least) for name in ("met", "missed", "open")}
        told["met_share"] = _met_share(one.met_share, one.met, one.missed, told, least)
        if any((*key, name) in hidden for name in ("met", "missed", "open")) or _tells_few_late(one, least):
            told |= dict.fromkeys(("met_at_least", "met_at_most"), NOT_TOLD)
        if (*key, "open") in hidden:
            told["open_share"] = NOT_TOLD
        if (*key, "all") in hidden:
            told |= {"cases": NOT_TOLD, "open_share": NOT_TOLD}
        out.append(one.model_copy(update=told))
    return out


def _tells_few_late(one: NormMonth, least: int) -> bool:
    """Whether the highest share possible would tell of few open cases that their time is up, or that it is not."""
    if one.met_at_most is None:
        return False
    in_time = round(one.met_at_most * (one.met + one.missed + one.open)) - one.met
    return is_few(in_time, least) or is_few(one.open - in_time, least)


def _ends(found: OpenEnds | None, hidden: Hidden, least: int) -> OpenEnds | None:
    if found is None:
        return None
    counts = ("entered_late", "ends_inferred")
    curves = tuple(_survival(one, hidden, least) for one in found.survival if one.cases >= least)
    promises = tuple(_promise(one, hidden) for one in found.promises if one.cases >= least)
    ages = tuple(told for one in found.ages if (told := _ages(one, hidden, least)) is not None)
    gone = len({(one.group, one.value) for one in found.survival if one.cases < least})
    told: dict[str, Any] = {name: part(getattr(found, name), None, least) for name in counts}
    cells: dict[str, Key] = {"not_followed": NOT_FOLLOWED, "ended_unobserved": UNOBSERVED}
    cells["cases"] = ("group", "all", "", "all")
    told |= {name: said(getattr(found, name), cell in hidden, least) for name, cell in cells.items()}
    return found.model_copy(
        update=told
        | {"survival": curves, "promises": promises, "ages": ages, "groups_left_out": found.groups_left_out + gone}
    )


def _survival(one: Survival, hidden: Hidden, least: int) -> Survival:
    key = ("group", one.group, one.value)
    told: dict[str, Any] = {name: said(getattr(one, name), (*key, name) in hidden, least) for name in ENDS}
    if (*key, "all") in hidden:
        told["cases"] = NOT_TOLD
    told["entered_late"] = part(one.entered_late, None, least)
    told["to_any_end"] = tuple(map(_reached, one.to_any_end))
    told["to_decision"] = tuple(map(_reached, one.to_decision))
    # how cases ended: a share of the curve would tell how few there are
    few = [name for name in ENDS[1:] if is_few(getattr(one, name), least)]
    told["curve"] = _curve(one.curve, one.cases, least, few)
    told["curve_steps"] = len(told["curve"])
    return one.model_copy(update=told)


def _reached(one: Reached) -> Reached:
    """Return a percentile; how far the longest case was followed is said in whole weeks."""
    least = one.at_least_seconds
    if least is None:
        return one
    return one.model_copy(update={"at_least_seconds": floor(least / _WEEK) * _WEEK if least >= _WEEK else NOT_TOLD})


def _curve(points: Sequence[CurvePoint], cases: int, least: int, few: list[str]) -> tuple[CurvePoint, ...]:
    """Return the curve while enough cases are followed, in steps of at least as many; shares of few ends not told."""
    out: list[CurvePoint] = []
    for point in points:
        if point.at_risk < least:
            break
        if not out or out[-1].at_risk - point.at_risk >= least:
            out.append(point.model_copy(update=dict.fromkeys((f"{name}_share" for name in few), NOT_TOLD)))
    return tuple(out) if cases >= least else ()


def _promise(one: Promise, hidden: Hidden) -> Promise:
    return one.model_copy(update={"cases": NOT_TOLD}) if ("group", one.group, one.value, "all") in hidden else one


def _ages(one: Ages, hidden: Hidden, least: int) -> Ages | None:
    """Return the ages of the open cases in a step; none where these are few or hidden. The oldest is one case."""
    if one.cases < least or (OPEN if one.step is None else ("wip", one.step)) in hidden:
        return None
    older = said(one.older_than_typical, ("older", one.step) in hidden, least)
    return one.model_copy(update={"max_seconds": NOT_TOLD, "older_than_typical": older})


def _drift(found: Drift | None, hidden: Hidden, least: int) -> Drift | None:
    if found is None:
        return None
    months = tuple(_drift_month(one, hidden, least) for one in found.months if not is_few(one.cases, least))
    changes = tuple(one for one in found.changes if _is_sure_large(one, least))
    return found.model_copy(update={"months": months, "changes": changes})


def _drift_month(one: DriftMonth, hidden: Hidden, least: int) -> DriftMonth:
    told: dict[str, Any] = {"open": said(one.open, ("drift", one.month, "open") in hidden, least)}
    if told["open"] is not one.open:
        told["open_share"] = NOT_TOLD
    if ("drift", one.month, "all") in hidden:
        told |= {"cases": NOT_TOLD, "open_share": NOT_TOLD}
    reached = {name: _reached(getattr(one, name)) for name in ("median", "p90")}
    return one.model_copy(update=told | reached)


def _is_sure_large(change: Change, least: int) -> bool:
    """Tell whether a change rests on enough on both sides, also on those that did otherwise."""
    sides = ((change.before, change.cases_before), (change.after, change.cases_after))
    if change.series == "lead_time":
        return all(cases >= least for _, cases in sides)
    found = [(round((value or 0.0) * cases), cases) for value, cases in sides]
    return not any(is_few(n, least) or is_few(cases - n, least) or cases < least for n, cases in found)


def personas(journey: JourneyFacts, hidden: Hidden, least: int) -> JourneyFacts:
    """Return a journey with what may be told of its personas."""
    told = tuple(_persona(one, ("persona", journey.name, at), hidden, least) for at, one in enumerate(journey.personas))
    return journey.model_copy(update={"personas": told})


def _persona(one: PersonaFacts, key: Key, hidden: Hidden, least: int) -> PersonaFacts:
    if one.cases is None:
        return one
    told = timed(one, least)
    if key in hidden:
        told["cases"] = said(one.cases, is_hidden=True, least=least)
    return one.model_copy(update=told)
