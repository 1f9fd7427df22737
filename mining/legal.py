"""The legal clock: cumulative days of the term used, per case (DESIGN §4, clock 3).

In: the ledger's cases, a norm in the legal clock, and what the log says of suspensions and extensions. Out: a
`LegalClock`: one row a case with begin, end, verdict and the reason where it cannot be known, and the amounts of the
ledger's segments in days.

C(t) = days in (begin, min(t, decision)] on which the term did not stand still. It is null where suspensions cannot be
known. Then the end that is known is the earliest possible one, since a suspension only moves it on: a decision before
it has met the term whatever was suspended.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis

from mappings.journey import Norm
from mappings.project import Project
from mining.engine import kept, table_part
from mining.ledger import Ledger
from mining.legal_facts import DATED, NONE, LegalFacts, known_under, legal_facts
from mining.legal_spans import CONTRADICTION, NO_WORD_OF_TERM, UNDATED, UNREAD, LegalSpans, legal_spans
from mining.legal_term import Length, length_of
from mining.legal_verdicts import (
    AT_ONCE,
    BEGIN,
    NO_REASON,
    UNKNOWN_SUSPENSIONS,
    legal_verdicts,
    reason_number,
    ways_to_extend,
)
from mining.log import Log
from mining.norm_spans import norm_spans, target_clocks


@dataclass(frozen=True)
class LegalClock:
    """The clock of one norm.

    cases: case_id, begin_day, end_day, stop_day (decision sent, or ended otherwise; null while it runs), used,
    suspended, extended (days), is_known, reason, verdict, is_overdue, is_outside_decrees. Days are numbers since 1970.
    spans: case_id, first_day, last_day: the days on which the term stood still, disjoint.
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
    con, own = log.con, table_part(norm.name)
    facts = facts or legal_facts(log, project, ledger.timeline.clocks)
    length = length_of(norm, project.law)
    rows = kept(con, f"zs_legal_base_{own}", _in_days(norm, ledger, log, project, as_of))
    spans = legal_spans(con, facts, project.law.awb, norm.rule, _until(rows), own)
    base = _with_knowledge(rows, norm, spans, log, project)
    numbered = kept(con, f"zs_legal_case_{own}", base)
    longer = kept(con, f"zs_legal_longer_{own}", _extensions(facts, project, norm.rule))
    judged = _judged(con, numbered, norm, length, longer, spans, project)
    still = kept(con, f"zs_legal_still_{own}", _before_the_end(judged, spans.spans))
    cases = kept(con, f"zs_legal_{own}", _with_used(judged, still))
    return LegalClock(norm, length, cases, still, facts)


def _in_days(norm: Norm, ledger: Ledger, log: Log, project: Project, as_of: datetime) -> Any:
    """One row a case: the local days of the norm's begin and end, of now and of the target."""
    clocks = ledger.timeline.clocks
    spans = norm_spans(norm, ledger, log, as_of, project)
    far = clocks
    if norm.target is not None:
        spans = kept(log.con, f"zs_legal_from_to_{table_part(norm.name)}", spans)
        far = target_clocks(spans, ledger, log, project, norm.name)
    for moment in ("since", "until", "now", "ended"):
        spans = clocks.with_local(spans, moment)
    spans = far.with_local(spans, "target")
    days = {f"{m}_day": clocks.day(spans[f"{m}_local"]) for m in ("since", "until", "now", "target", "ended")}
    return spans.select("case_id", "is_open", **days)


def _until(rows: Any) -> Any:
    """Return the day of each case up to which its term runs: its decision or ending, or the moment of looking."""
    ended = ibis.ifelse(rows.is_open, ibis.null("int64"), rows.ended_day)
    return rows.select("case_id", at_day=ibis.coalesce(rows.until_day, ended, rows.now_day))


def _with_knowledge(rows: Any, norm: Norm, spans: LegalSpans, log: Log, project: Project) -> Any:
    """Add, per case, the number of why its suspensions cannot be known; NO_REASON where they can."""
    known = rows.left_join(known_under(norm.rule, log, project), "case_id").drop("case_id_right")
    known = known.left_join(spans.problems, "case_id").drop("case_id_right")
    requests = project.journey.supplement_requests if project.journey else ()
    asked = log.events.filter(log.events.activity.isin(requests)) if requests else log.events.filter(False)
    asked = asked.select("case_id").distinct().mutate(is_asked=True)
    known = known.left_join(asked, "case_id").drop("case_id_right")
    # without dates, a case is known to be without suspension only where the log would show a request and shows none
    shows_none = ibis.literal(bool(requests)) & known.is_asked.isnull()
    word = ibis.coalesce(known.known, NONE)
    problems = {name: reason_number(name) for name in (UNDATED, CONTRADICTION, NO_WORD_OF_TERM, UNREAD)}
    reason = ibis.cases(
        (known.since_day.isnull(), reason_number(BEGIN)),
        (known.problem.notnull(), known.problem.cases(*problems.items(), else_=reason_number(UNDATED))),
        (word == DATED, NO_REASON),
        (word == NONE, ibis.ifelse(shows_none, NO_REASON, reason_number(UNKNOWN_SUSPENSIONS))),
        else_=reason_number(UNDATED),
    )
    numbered = known.mutate(reason=reason.cast("int8")).drop("known", "problem", "is_asked")
    return numbered.mutate(n=ibis.row_number().over(order_by=numbered.case_id))


def _extensions(facts: LegalFacts, project: Project, rule: str) -> Any:
    """Return the extensions that the rule knows, each once: those that move an end."""
    longer = facts.extended.filter(facts.extended.way.isin(ways_to_extend(project, rule)))
    return longer.select("case_id", "way", "on_day", "days", "months", "until_day", "nth").distinct()


def _judged(
    con: Any, numbered: Any, norm: Norm, length: Length, longer: Any, spans: LegalSpans, project: Project
) -> Any:
    """Count the terms over arrays, a bounded number of cases at a time, and give each case its verdict."""
    count = int(numbered.count().to_pyarrow().as_py())
    parts = []
    for first in range(0, max(count, 1), AT_ONCE):
        part = numbered.filter(numbered.n.between(first, first + AT_ONCE - 1))
        table = legal_verdicts(part, first, norm, length, longer, spans, project)
        parts.append(kept(con, f"zs_legal_term_{table_part(norm.name)}_{first}", table))
    found = ibis.union(*parts) if len(parts) > 1 else parts[0]
    # what begins after the case had ended never ran
    never_ran = numbered.until_day.isnull() & ~numbered.is_open & (numbered.since_day > numbered.ended_day)
    told = numbered.select("case_id", "n", never_ran=ibis.coalesce(never_ran, False))
    return told.join(found, "n").drop("n")


def _before_the_end(judged: Any, spans: Any) -> Any:
    """Return the suspensions that begin in the term: one that has ended stands still no more."""
    both = spans.join(judged.select("case_id", "end_day"), "case_id")
    return both.filter(both.first_day <= both.end_day).select("case_id", "first_day", "last_day")


def _with_used(judged: Any, spans: Any) -> Any:
    """Add the days used, and the days suspended up to then; null where they cannot be known, or the term never ran."""
    both = judged.join(spans, "case_id")
    first = ibis.greatest(both.first_day, both.begin_day + 1)
    inside = ibis.greatest(ibis.least(both.last_day, both.at_day) - first + 1, 0)
    still = both.select("case_id", inside=inside).group_by("case_id").agg(stood=lambda t: t.inside.sum())
    joined = judged.left_join(still, "case_id").drop("case_id_right")
    stood = ibis.coalesce(joined.stood, 0)
    is_known = joined.reason.isnull()
    has_run = is_known & ~joined.never_ran
    used = ibis.greatest(joined.at_day - joined.begin_day, 0) - stood
    return joined.mutate(
        is_known=is_known,
        used=ibis.ifelse(has_run, used, ibis.null("int64")),
        suspended_until_then=ibis.ifelse(has_run, stood, ibis.null("int64")),
    ).drop("stood", "never_ran")
