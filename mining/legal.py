"""The legal clock: cumulative days of the term used, per case (DESIGN §4, clock 3).

In: the ledger's cases, a norm in the legal clock, and what the log says of suspensions and extensions. Out: a
`LegalClock`: one row a case with begin, end, verdict and the reason where it cannot be known, and the amounts of the
ledger's segments in days.

C(t) = days in (begin, min(t, decision)] that are not suspended. It is null where suspensions cannot be known. Then
the end that is known is the earliest possible one, since a suspension only moves it on: a decision before it has met
the term whatever was suspended.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from mappings.journey import Norm
from mappings.project import Project
from mining.engine import kept
from mining.ledger import Ledger
from mining.legal_days import LegalDays, date_of, legal_days, number_of
from mining.legal_facts import DATED, NONE, LegalFacts, legal_facts
from mining.legal_spans import UNDATED, LegalSpans, legal_spans
from mining.legal_term import NEVER, Changes, Length, Terms, length_of, terms
from mining.log import Log
from mining.norm_spans import norm_spans, target_clocks

BEGIN, UNKNOWN_SUSPENSIONS, LENGTH, OLD = "begin_not_known", "suspensions_not_known", "extension_not_read", "law_before"
LONG_AGO = -(2**40)


@dataclass(frozen=True)
class LegalClock:
    """The clock of one norm.

    cases: case_id, begin_day, end_day, stop_day (decision sent, or ended otherwise; null while it runs), used,
    suspended, extended (days), is_known, reason, verdict, is_overdue, is_outside_decrees. Days are numbers since 1970.
    spans: case_id, first_day, last_day: the suspended days, disjoint.
    """

    norm: Norm
    length: Length
    cases: Any
    spans: Any
    facts: LegalFacts


def legal_clocks(ledger: Ledger, log: Log, project: Project, as_of: datetime) -> dict[str, LegalClock]:
    """Return the clock of each norm of the journey that runs in the legal clock, by its name."""
    norms = [norm for norm in project.journey.norms if norm.clock == "legal"] if project.journey else []
    if not norms:
        return {}
    facts = legal_facts(log, project, ledger.timeline.clocks)
    return {norm.name: legal_clock(norm, ledger, log, project, as_of, facts) for norm in norms}


def legal_clock(
    norm: Norm, ledger: Ledger, log: Log, project: Project, as_of: datetime, facts: LegalFacts | None = None
) -> LegalClock:
    """Return the legal clock of a norm, over the cases that it applies to.

    Open cases use days up to `as_of`, or up to where the sources were observed. Source: Awb 4:13 to 4:15 and 7:10,
    Algemene termijnenwet.
    """
    con = log.con
    facts = facts or legal_facts(log, project, ledger.timeline.clocks)
    length = length_of(norm, project.law)
    rows = kept(con, f"zs_legal_base_{norm.name}", _in_days(norm, ledger, log, project, as_of))
    now = _now(rows, as_of)
    spans = legal_spans(con, facts, project.law.awb, norm.rule, now, norm.name)
    base = _with_knowledge(rows, facts, spans, log, project)
    numbered = kept(con, f"zs_legal_case_{norm.name}", base)
    judged = _judged(con, numbered, norm, length, facts, spans, project)
    cases = kept(con, f"zs_legal_{norm.name}", judged)
    return LegalClock(norm, length, cases, spans.spans, facts)


def _in_days(norm: Norm, ledger: Ledger, log: Log, project: Project, as_of: datetime) -> Any:
    """One row a case: the local days of the norm's begin and end, of now and of the target."""
    clocks = ledger.timeline.clocks
    spans = norm_spans(norm, ledger, log, as_of, project)
    far = clocks
    if norm.target is not None:
        spans = kept(log.con, f"zs_legal_from_to_{norm.name}", spans)
        far = target_clocks(spans, ledger, log, project, norm.name)
    for moment in ("since", "until", "now", "ended"):
        spans = clocks.with_local(spans, moment)
    spans = far.with_local(spans, "target")
    days = {f"{m}_day": clocks.day(spans[f"{m}_local"]) for m in ("since", "until", "now", "target", "ended")}
    return spans.select("case_id", "is_open", **days)


def _now(rows: Any, as_of: datetime) -> int:
    found = rows.agg(now=rows.now_day.max()).to_pyarrow()["now"][0].as_py()
    return number_of(as_of.date()) if found is None else int(found)


def _with_knowledge(rows: Any, facts: LegalFacts, spans: LegalSpans, log: Log, project: Project) -> Any:
    """Add, per case, why its suspensions cannot be known; null where they can."""
    known = rows.left_join(facts.known, "case_id").drop("case_id_right")
    known = known.left_join(spans.problems, "case_id").drop("case_id_right")
    requests = project.journey.supplement_requests if project.journey else ()
    asked = log.events.filter(log.events.activity.isin(requests)) if requests else log.events.filter(False)
    asked = asked.select("case_id").distinct().mutate(is_asked=True)
    known = known.left_join(asked, "case_id").drop("case_id_right")
    # without dates, a case is known to be without suspension only where the log would show a request and shows none
    shows_none = ibis.literal(bool(requests)) & known.is_asked.isnull()
    word = ibis.coalesce(known.known, NONE)
    reason = ibis.cases(
        (known.since_day.isnull(), BEGIN),
        (known.problem.notnull(), known.problem),
        (word == DATED, None),
        (word == NONE, ibis.ifelse(shows_none, ibis.null("string"), UNKNOWN_SUSPENSIONS)),
        else_=UNDATED,
    )
    numbered = known.mutate(reason=reason).drop("known", "problem", "is_asked")
    return numbered.mutate(n=ibis.row_number().over(order_by=numbered.case_id))


def _judged(
    con: Any, numbered: Any, norm: Norm, length: Length, facts: LegalFacts, spans: LegalSpans, project: Project
) -> Any:
    """Count the terms over whole arrays, and give each case its verdict."""
    rows = numbered.order_by("n").drop("case_id").to_pyarrow()
    table = _counted(rows, numbered, norm, length, facts, spans, project) if len(rows) else _TERMS.empty_table()
    found = kept(con, f"zs_legal_term_{norm.name}", table)
    judged = numbered.select("case_id", "n").join(found, "n").drop("n")
    return _with_used(judged, spans.spans)


def _counted(
    rows: pa.Table, numbered: Any, norm: Norm, length: Length, facts: LegalFacts, spans: LegalSpans, project: Project
) -> pa.Table:
    """Return the term and the verdict of each of these cases, in the order of their numbers."""
    since, until, now, target, ended = (
        _numbers(rows, f"{m}_day") for m in ("since", "until", "now", "target", "ended")
    )
    has_begin = since != LONG_AGO
    origin = np.where(has_begin, since, now)
    days = _days_table(project, np.concatenate([origin, now]), length)
    changes, unread = _changes(numbered, facts, spans, project, norm.rule)
    counted = terms(origin, length, changes, days, _short(project))
    end = np.where(target != LONG_AGO, target, counted.end) if norm.target else counted.end
    reason = _reasons(rows, norm, counted, unread, target, project)
    is_open = rows["is_open"].to_numpy(zero_copy_only=False)
    stop = np.where(until != LONG_AGO, until, np.where(is_open, LONG_AGO, np.maximum(ended, counted.begin)))
    at = np.where(stop != LONG_AGO, stop, np.maximum(now, counted.begin))
    verdict = _verdict(reason, until, at, end, is_open, norm)
    table = {
        "n": np.arange(len(rows)),
        "begin_day": counted.begin,
        "end_day": end,
        "stop_day": pa.array(stop, mask=stop == LONG_AGO),
        "at_day": at,
        "suspended": counted.suspended,
        "extended": counted.extended,
        "rolled": counted.rolled,
        "reason": pa.array(reason, pa.string()),
        "verdict": pa.array(verdict, pa.string()),
        "is_overdue": (until == LONG_AGO) & is_open & (at > end) & (verdict != "not_determinable"),
        "is_outside_decrees": _is_outside(end, project),
    }
    return pa.table(table, schema=_TERMS)


_TERMS = pa.schema(
    [
        ("n", pa.int64()),
        ("begin_day", pa.int64()),
        ("end_day", pa.int64()),
        ("stop_day", pa.int64()),
        ("at_day", pa.int64()),
        ("suspended", pa.int64()),
        ("extended", pa.int64()),
        ("rolled", pa.int64()),
        ("reason", pa.string()),
        ("verdict", pa.string()),
        ("is_overdue", pa.bool_()),
        ("is_outside_decrees", pa.bool_()),
    ]
)


def _numbers(rows: pa.Table, name: str) -> Any:
    return rows[name].fill_null(LONG_AGO).to_numpy().astype(np.int64)


def _days_table(project: Project, days: Any, length: Length) -> LegalDays:
    """Return the table of days, with room for the term, its extensions and a margin."""
    room = 2 * ((length.days or 0) + 31 * (length.months or 0) + (length.begins_after or 0)) + 3660
    first = max(int(days.min()), number_of(date(1900, 1, 1)))
    last = min(int(days.max()) + room, number_of(date(2200, 1, 1)))
    return legal_days(project.law.termijnenwet, date_of(first), date_of(last))


def _short(project: Project) -> tuple[int, int]:
    short = project.law.termijnenwet.short_terms
    return short.from_days, short.working_days


def _changes(numbered: Any, facts: LegalFacts, spans: LegalSpans, project: Project, rule: str) -> tuple[Changes, Any]:
    """Return the changes of all terms, and the cases with an extension whose length cannot be read."""
    index = numbered.select("case_id", "n")
    still = spans.spans.join(index, "case_id").select("n", "first_day", "last_day").to_pyarrow()
    awb = project.law.awb
    ways = [way for way in awb.rules[rule].extended_by if awb.extensions[way].extends]
    longer = facts.extended.filter(facts.extended.way.isin(ways)).join(index, "case_id")
    longer = longer.select("n", "on_day", "days", "until_day").distinct().to_pyarrow()
    unread = longer.filter(pa.compute.and_(longer["days"].is_null(), longer["until_day"].is_null()))["n"].to_numpy()
    count, more = len(still), len(longer)
    days = longer["days"].fill_null(0).to_numpy()
    return Changes(
        case=np.concatenate([still["n"].to_numpy(), longer["n"].to_numpy()]),
        at=np.concatenate([still["first_day"].to_numpy(), longer["on_day"].fill_null(LONG_AGO).to_numpy()]),
        last=np.concatenate([still["last_day"].to_numpy(), longer["until_day"].fill_null(int(NEVER)).to_numpy()]),
        days=np.concatenate([np.zeros(count, np.int64), days]),
        is_suspension=np.concatenate([np.ones(count, bool), np.zeros(more, bool)]),
    ), unread


def _reasons(rows: pa.Table, norm: Norm, counted: Terms, unread: Any, target: Any, project: Project) -> Any:
    """Return why the clock of a case cannot be known; None where it can."""
    reason = np.array(rows["reason"].to_pylist(), dtype=object)
    early = number_of(date(project.law.termijnenwet.known_from_year, 1, 1))
    found = np.where((reason == None) & (counted.end < early), OLD, reason)  # noqa: E711 - elementwise
    has_unread = np.zeros(len(rows), bool)
    has_unread[unread] = True
    found = np.where((found == None) & has_unread, LENGTH, found)  # noqa: E711 - elementwise
    if norm.target is not None:
        found = np.where(target == LONG_AGO, "target_not_known", found)
    return found


def _verdict(reason: Any, until: Any, at: Any, end: Any, is_open: Any, norm: Norm) -> Any:
    """Met and missed by the last day of the term. Without knowledge only what holds in any case is said."""
    reached, within = until != LONG_AGO, at <= end
    known = np.select([reached & within, reached, is_open], ["met", "missed", "open"], "ended_otherwise")
    has_end = ~np.isin(reason, [BEGIN, LENGTH, OLD, "target_not_known"])
    certain = has_end & (within | (~reached & ~is_open))
    # the case's own target date is an end that somebody computed, suspensions included
    is_known = np.array([each is None for each in reason]) | (has_end & (norm.target is not None))
    return np.where(is_known | certain, known, "not_determinable").astype(object)


def _is_outside(end: Any, project: Project) -> Any:
    """Say of each end whether it lies outside the years of which the royal decrees are in the list."""
    law = project.law.termijnenwet
    first, last = number_of(date(law.decrees_from_year, 1, 1)), number_of(date(law.decrees_to_year, 12, 31))
    return (end < first) | (end > last)


def _with_used(judged: Any, spans: Any) -> Any:
    """Add the days used, and the days suspended up to then; null where they cannot be known."""
    both = judged.join(spans, "case_id")
    first = ibis.greatest(both.first_day, both.begin_day + 1)
    inside = ibis.greatest(ibis.least(both.last_day, both.at_day) - first + 1, 0)
    still = both.select("case_id", inside=inside).group_by("case_id").agg(stood=lambda t: t.inside.sum())
    joined = judged.left_join(still, "case_id").drop("case_id_right")
    stood = ibis.coalesce(joined.stood, 0)
    is_known = joined.reason.isnull()
    used = ibis.greatest(joined.at_day - joined.begin_day, 0) - stood
    return joined.mutate(
        is_known=is_known,
        used=ibis.ifelse(is_known, used, ibis.null("int64")),
        suspended_until_then=ibis.ifelse(is_known, stood, ibis.null("int64")),
    ).drop("stood")
