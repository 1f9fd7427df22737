"""Measures over cases: how much of the lead time the log shows at all, and which cases are incomplete."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import ibis

from mining.amounts import rows_of
from mining.quality_reading import (
    ExtractFacts,
    Reading,
    Readings,
    both,
    counted,
    not_determinable,
    one_row,
    seconds,
    share,
)

USUAL_START = 0.02
"""An activity that at least this share of the cases begins with is a usual first one."""


def case_readings(bounded: Any, cases: Any, facts: ExtractFacts) -> Readings:
    """Return the measures that look at one case at a time.

    `cases` has one row a case of this source; a case without any event counts as incomplete.
    """
    spans = bounded.group_by("case_id").aggregate(
        first_at=ibis.least(bounded.started_at.min(), bounded["at"].min()),
        last_at=bounded["at"].max(),
        n=bounded.count(),
        first_activity=bounded.activity.argmin(bounded["at"]),
    )
    return _incomplete(spans, cases, facts) | _coverage(spans, cases) | {"unusual_start": _starts(spans)}


def _incomplete(spans: Any, cases: Any, facts: ExtractFacts) -> Readings:
    logged = one_row(spans.aggregate(n=spans.count(), single=spans.count(where=spans.n == 1)))
    known = one_row(
        cases.aggregate(
            n=cases.count(),
            received=cases.count(where=cases.received_at.isnull()),
            closed=cases.count(where=cases.closed_at.isnull()),
            turned=cases.count(where=cases.closed_end < cases.received_at),
            dated=cases.count(where=cases.closed_at.notnull() & cases.received_at.notnull()),
        )
    )
    silent = one_row(cases.anti_join(spans, "case_id").aggregate(n=lambda t: t.count()))["n"]
    readings = {
        "single_event_cases": share(logged["single"], logged["n"]),
        "cases_without_events": share(silent, known["n"]),
        "closed_before_received": share(known["turned"], known["dated"]),
    }
    for name, column in (("received_missing", "received_at"), ("closed_missing", "closed_at")):
        filled = known["n"] and facts.fills(column)
        readings[name] = share(known[column.removesuffix("_at")], known["n"]) if filled else _no_column(column)
    return readings


def _no_column(column: str) -> Reading:
    return not_determinable(f"de bron geeft geen {column} van zaken", f"the source gives no {column} of cases")


def _coverage(spans: Any, cases: Any) -> Readings:
    """Return which part of the time between receipt and closing lies before, after and outside the log."""
    dated = cases.filter(cases.closed_at > cases.received_at).join(spans, "case_id")
    start, end = seconds(dated.received_at), seconds(dated.closed_at)
    first = ibis.greatest(start, ibis.least(end, seconds(dated.first_at)))
    last = ibis.greatest(start, ibis.least(end, seconds(dated.last_at)))
    sums = one_row(
        dated.aggregate(
            n=dated.count(), total=(end - start).sum(), before=(first - start).sum(), after=(end - last).sum()
        )
    )
    if not sums["total"]:
        why = not_determinable(
            "geen zaak heeft een ontvangst én een afsluiting", "no case has both a receipt and a closing"
        )
        return dict.fromkeys(("lead_time_uncovered", "lead_time_before_log", "lead_time_after_log"), why)
    return {
        name: _part(amount, sums)
        for name, amount in (
            ("lead_time_uncovered", sums["before"] + sums["after"]),
            ("lead_time_before_log", sums["before"]),
            ("lead_time_after_log", sums["after"]),
        )
    }


def _part(amount: float, sums: dict[str, Any]) -> Reading:
    days, whole, n = amount / 86400 / sums["n"], sums["total"] / 86400 / sums["n"], sums["n"]
    dutch = f"{n:,}".replace(",", ".")
    return Reading(
        amount / sums["total"],
        both(
            f"gemiddeld {days:.1f} van {whole:.1f} dagen per zaak".replace(".", ",")
            + f", over {dutch} zaken met ontvangst en afsluiting",
            f"on average {days:.1f} of {whole:.1f} days a case, over {n:,} cases with receipt and closing",
        ),
    )


def _starts(spans: Any) -> Reading:
    found = rows_of(spans.group_by("first_activity").aggregate(n=spans.count()))
    starts = {row["first_activity"]: row["n"] for row in found if row["first_activity"] is not None}
    total = sum(starts.values())
    odd = {name: n for name, n in starts.items() if n < USUAL_START * total}
    return share(sum(odd.values()), total, examples=counted(odd))


def freshness(facts: ExtractFacts, as_of: datetime) -> Reading:
    """Return the days between the last moment that the source observed and `as_of`."""
    if facts.observed_until is None:
        return not_determinable(
            "de bron zegt niet tot wanneer zij is bekeken",
            "the source does not say until when it was observed",
        )
    days = (as_of - facts.observed_until).total_seconds() / 86400
    # a date alone is local midnight, which in UTC is the day before
    until = f"{facts.observed_until.astimezone(ZoneInfo(facts.zone)):%Y-%m-%d %H:%M}"
    return Reading(max(0.0, days), both(f"waargenomen tot {until}", f"observed until {until}"))
