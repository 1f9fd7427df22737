"""Which days a suspension counts: the grounds of the law applied to what the log says (Awb 4:15, 7:10).

In: `LegalFacts` and a rule of the law. Out: disjoint spans of suspended days a case, and, per case, why they cannot be
known. Two suspensions that overlap count once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import pyarrow as pa

from mappings.law import Statute
from mining.engine import kept
from mining.legal_facts import LegalFacts

UNDATED, NO_WORD_OF_TERM, CONTRADICTION = "suspension_undated", "term_not_known", "suspension_contradicts"
UNREAD = "suspension_not_read"

_LONG_AGO = -(2**40)
_GROUNDS = pa.schema(
    [
        ("ground", pa.string()),
        ("after_first", pa.int64()),
        ("before_last", pa.int64()),
        ("needs_term", pa.bool_()),
    ]
)


@dataclass(frozen=True)
class LegalSpans:
    """Engine tables. `spans`: case_id, first_day, last_day, disjoint. `problems`: case_id, problem, and doubt_day: the
    first day of which it is not known whether it was suspended.

    `requests`: case_id of every request or suspension on a ground of the rule, also those that suspend nothing.
    """

    spans: Any
    problems: Any
    requests: Any


def legal_spans(con: Any, facts: LegalFacts, awb: Statute, rule: str, until: Any, name: str) -> LegalSpans:
    """Return the suspended days under a rule, up to and including the `at_day` that `until` tells of each case.

    That is its decision or ending, or the moment of looking: after it no day is suspended any more, also where nobody
    recorded that a suspension ended. A ground that the rule does not list, or that the law says does not suspend (an
    adviser at home), is no ground. A request without a set term suspends nothing; whether there was one may be
    unknown: then the case has a problem.
    """
    read = _with_days(con, facts, awb, rule, name)
    counts = read.filter(~read.is_without_term & read.problem.isnull())
    counts = counts.join(until, "case_id")
    last = ibis.coalesce(ibis.least(counts.to_last, counts.term_day), counts.to_last, counts.term_day, counts.at_day)
    ended = counts.mutate(last_day=ibis.least(last, counts.at_day))
    ended = ended.filter(ended.last_day >= ended.first_day).select("case_id", "first_day", "last_day")
    spans = kept(con, f"zs_suspended_{name}", _merged(ended))
    doubted = read.filter(read.problem.notnull()).mutate(
        doubt_day=ibis.ifelse(read.problem.isin([UNREAD, NO_WORD_OF_TERM]), read.first_day, _LONG_AGO)
    )
    problems = doubted.group_by("case_id").agg(problem=doubted.problem.min(), doubt_day=doubted.doubt_day.min())
    problems = kept(con, f"zs_legal_problem_{name}", problems)
    return LegalSpans(spans, problems, read.select("case_id").distinct())


def _with_days(con: Any, facts: LegalFacts, awb: Statute, rule: str, name: str) -> Any:
    """Add first day, last day by the answer, and what is wrong."""
    rows = [
        {
            "ground": ground,
            "after_first": int(awb.grounds[ground].first == "day_after"),
            "before_last": int(awb.grounds[ground].last == "day_before"),
            "needs_term": awb.grounds[ground].needs_term,
        }
        for ground in awb.rules[rule].suspended_by
        if awb.grounds[ground].suspends
    ]
    listed = pa.Table.from_pylist(rows, schema=_GROUNDS)
    grounds = kept(con, f"zs_ground_{name}", listed)
    read = facts.spans.join(grounds, "ground")
    by_law = ~read.is_inclusive
    read = read.mutate(
        first_day=read.from_day + ibis.ifelse(by_law, read.after_first, 0),
        to_last=read.to_day - ibis.ifelse(by_law, read.before_last, 0),
        is_without_term=read.needs_term & ibis.coalesce(~read.has_term, False),
    )
    unsaid = read.needs_term & read.has_term.isnull() & ~read.is_recorded
    endless = read.needs_term & ~read.is_recorded & read.to_day.isnull() & read.term_day.isnull()
    problem = ibis.cases(
        (read.from_day.isnull(), UNDATED),
        ((read.to_day < read.from_day) | (read.term_day < read.from_day), CONTRADICTION),
        (read.is_without_term, None),
        # answered before a day could be suspended: whatever was set
        (read.to_last < read.first_day, None),
        (read.is_unread, UNREAD),
        (unsaid | endless, NO_WORD_OF_TERM),
        else_=None,
    )
    return kept(con, f"zs_legal_span_{name}", read.mutate(problem=problem))


def _merged(spans: Any) -> Any:
    """Put together what overlaps or touches, so that no day counts twice."""
    before = ibis.window(group_by="case_id", order_by=["first_day", "last_day"], preceding=(None, 1))
    up_to = ibis.window(group_by="case_id", order_by=["first_day", "last_day"], preceding=(None, 0))
    reach = spans.mutate(reached=spans.last_day.max().over(before))
    apart = ibis.coalesce(reach.first_day > reach.reached + 1, True)
    numbered = reach.mutate(is_new=ibis.ifelse(apart, 1, 0))
    numbered = numbered.mutate(part=numbered.is_new.sum().over(up_to))
    return (
        numbered.group_by(["case_id", "part"])
        .agg(first_day=numbered.first_day.min(), last_day=numbered.last_day.max())
        .drop("part")
    )
