"""The legal clock as it can be followed: what each term was counted from, case by case (docs/following.md).

In: the tables that the clocks of a run were kept in. Out: tables beside the ledger: the terms, what moved them, and
the days of the term that each segment used. Days are numbers since 1970.
"""

from __future__ import annotations

from typing import Any

import ibis

from mappings.journey import Norm
from mappings.project import Project
from mining.engine import kept_before, table_part
from mining.ledger import KINDS, Ledger
from mining.legal_verdicts import BEGIN, NO_TARGET

LEGAL_CASES, LEGAL_CHANGES, LEGAL_SEGMENTS = "legal_cases", "legal_changes", "legal_segments"


def legal_followed(con: Any, ledger: Ledger, project: Project) -> dict[str, Any]:
    """Return the tables of this run by name; none where the journey has no norm in the legal clock.

    `legal_cases`: a row a norm and case that it applies to. `legal_changes`: a row a suspension (whole days, disjoint)
    or extension. `legal_segments`: the segments of the cohort in days of the journey's first such norm, of the cases
    of which they are known.
    """
    journey = project.journey
    norms = [norm for norm in journey.norms if norm.clock == "legal"] if journey else []
    if journey is None or journey.legal_norm is None:
        return {}
    numbers = ledger.cases.select("case", "case_id")
    amounts = kept_before(con, f"zs_legal_amounts_{table_part(journey.legal_norm.name)}")
    kinds = [f"legal_{kind}" for kind in (*KINDS, "total")]
    return {
        LEGAL_CASES: _union([_cases(con, norm, numbers) for norm in norms]),
        LEGAL_CHANGES: _union([part for norm in norms for part in _changes(con, norm, numbers)]),
        LEGAL_SEGMENTS: amounts.select(
            "case", "position", norm=ibis.literal(journey.legal_norm.name), **{k: k for k in kinds}
        ),
    }


def _cases(con: Any, norm: Norm, numbers: Any) -> Any:
    """Return the terms; what was not known of the begin or the target is null, and so is the end then."""
    own = table_part(norm.name)
    told = kept_before(con, f"zs_legal_case_{own}").select("case_id", "since_day")
    rows = kept_before(con, f"zs_legal_{own}").join(told, "case_id").join(numbers, "case_id")
    has_begin, has_end = (
        rows.since_day.notnull(),
        ~ibis.coalesce(rows.reason.cast("string"), "").isin([BEGIN, NO_TARGET]),
    )
    nothing = ibis.null("int64")
    return rows.select(
        "case",
        "case_id",
        "since_day",
        norm=ibis.literal(norm.name),
        begin_day=ibis.ifelse(has_begin, rows.begin_day, nothing),
        end_day=ibis.ifelse(has_begin & has_end, rows.end_day, nothing),
        **{
            name: rows[name]
            for name in ("stop_day", "at_day", "suspended", "extended", "rolled", "used", "suspended_until_then")
        },
        verdict=rows.verdict.cast("string"),
        reason=rows.reason.cast("string"),
        is_overdue=rows.is_overdue,
    )


def _changes(con: Any, norm: Norm, numbers: Any) -> tuple[Any, Any]:
    """Return the suspensions and the extensions that the rule of the norm knows, in one form."""
    own, name = table_part(norm.name), ibis.literal(norm.name)
    spans = kept_before(con, f"zs_suspended_{own}").join(numbers, "case_id")
    longer = kept_before(con, f"zs_legal_longer_{own}").join(numbers, "case_id")
    still = {
        "first_day": spans.first_day,
        "last_day": spans.last_day,
        "days": spans.last_day - spans.first_day + 1,
        "months": ibis.null("int64"),
    }
    by = {"first_day": longer.on_day, "last_day": longer.until_day, "days": longer.days, "months": longer.months}
    return tuple(
        table.select(
            "case",
            "case_id",
            norm=name,
            kind=ibis.literal(kind),
            **{n: what.cast("int64") for n, what in days.items()},
            way=way,
        )
        for table, kind, days, way in (
            (spans, "suspension", still, ibis.null("string")),
            (longer, "extension", by, longer.way),
        )
    )


def _union(parts: list[Any]) -> Any:
    return ibis.union(*parts) if len(parts) > 1 else parts[0]
