"""How a legal term was kept: verdicts, days used, suspended and extended, and why not all can be known."""

from __future__ import annotations

from typing import Any

from mappings.journey import Norm
from mining.amounts import rows_of
from mining.legal import LegalClock
from mining.norm_result import norm_result
from mining.results.norms import LegalTerm, NormResult, Reason

SECONDS_A_DAY = 86_400.0

REASONS = {
    "begin_not_known": ("De ontvangst is niet vastgelegd", "The receipt is not recorded"),
    "suspension_undated": ("Opgeschort, maar zonder datums", "Suspended, but without dates"),
    "suspension_contradicts": (
        "Het einde van de opschorting ligt voor het begin",
        "The suspension ends before it begins",
    ),
    "term_not_known": (
        "Aanvulling gevraagd; of en tot wanneer er een termijn was gesteld, is niet vastgelegd",
        "Supplement asked; whether, and until when, a term was set is not recorded",
    ),
    "suspension_not_read": (
        "Een datum of termijn van de opschorting is niet te lezen",
        "A date or term of the suspension cannot be read",
    ),
    "suspensions_not_known": (
        "Het log laat niet zien of en wanneer de termijn is opgeschort",
        "The log does not show whether and when the term was suspended",
    ),
    "extension_not_read": (
        "De lengte van de verlenging is niet te lezen",
        "The length of the extension cannot be read",
    ),
    "law_before": ("De lijst van feestdagen begint later", "The list of holidays begins later"),
    "target_not_known": ("De zaak heeft geen uiterste datum", "The case has no target date"),
}


def legal_result(norm: Norm, clock: LegalClock) -> NormResult:
    """Return how the term was kept over the cases that it applies to; median in days of the legal clock."""
    c = clock.cases
    verdicts = {row["verdict"]: row["n"] for row in rows_of(c.group_by("verdict").agg(n=c.count()))}
    ended = c.filter(c.verdict.isin(["met", "missed"]))
    median = rows_of(ended.agg(m=ended.used.cast("float64").quantile(0.5)))[0]["m"]
    limit = None if clock.length.days is None or norm.target else clock.length.days * SECONDS_A_DAY
    return norm_result(
        norm,
        verdicts,
        limit_seconds=limit,
        median_seconds=None if median is None else median * SECONDS_A_DAY,
        legal=_term(norm, clock),
    )


def _term(norm: Norm, clock: LegalClock) -> LegalTerm:
    c = clock.cases
    row = rows_of(
        c.agg(
            n=c.count(),
            known=c.is_known.sum(),
            used=c.used.mean(),
            counted=c.used.count(),
            suspended_cases=(c.suspended_until_then > 0).sum(),
            suspended=c.suspended_until_then.sum(),
            extended_cases=(c.is_known & (c.extended > 0)).sum(),
            extended=c.extended.sum(where=c.is_known),
            rolled=(c.rolled > 0).sum(where=c.is_known),
            overdue=c.is_overdue.sum(),
            outside=c.is_outside_decrees.sum(),
            certain=(~c.is_known & (c.verdict != "not_determinable")).sum(),
            unknown_open=(~c.is_known & (c.verdict == "open")).sum(),
        )
    )[0]
    known = row["known"] or 0
    return LegalTerm(
        days=None if norm.target else clock.length.days,
        months=None if norm.target else clock.length.months,
        rolls_over=clock.length.rolls_over and norm.target is None,
        rule=norm.rule,
        known_cases=known,
        known_share=known / row["n"] if row["n"] else None,
        decided_all_the_same=row["certain"] or 0,
        days_unknown_open=row["unknown_open"] or 0,
        counted_cases=row["counted"] or 0,
        used_mean_days=row["used"],
        suspended_cases=row["suspended_cases"] or 0,
        suspended_days=row["suspended"] or 0,
        extended_cases=row["extended_cases"] or 0,
        extended_days=row["extended"] or 0,
        rolled_over_cases=row["rolled"] or 0,
        overdue=row["overdue"] or 0,
        ends_outside_decrees=row["outside"] or 0,
        unpaired_answers=clock.facts.unpaired_resumes,
        reasons=_reasons(c),
    )


def _reasons(cases: Any) -> tuple[Reason, ...]:
    unknown = cases.filter(cases.verdict == "not_determinable")
    counted = {row["reason"]: row["n"] for row in rows_of(unknown.group_by("reason").agg(n=unknown.count()))}
    ordered = sorted(counted.items(), key=lambda each: (-each[1], each[0]))
    return tuple(
        Reason(reason=name, said=dict(zip(("nl", "en"), REASONS[name], strict=True)), cases=n) for name, n in ordered
    )
