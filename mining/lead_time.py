"""Lead time: the first episode of each closed case, in both clocks, and how much of it is known.

Quantiles are linear between order statistics (type 7). Open cases are in no mean here; the cohort states their share.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import ibis

from mining.amounts import SECOND, both, mean, rows_of, seconds, sums
from mining.engine import kept
from mining.ledger import CLOCKS, KINDS, Ledger
from mining.log import to_micros
from mining.moments import moment_of
from mining.results.run import Cohort, LogFacts
from mining.results.times import Both, HistogramBin, Knowledge, LeadTime, LeadTimes, OtherPhases

_BINS = 24
_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, *(1440 * days for days in (1, 2, 3, 7, 14, 28)))
_WIDTHS = tuple(minutes * 60 * SECOND for minutes in _MINUTES)
"""Round widths of a bin: minutes, hours, days, weeks."""
_HOLDERS = (("declared", "declared"), ("inferred", "inferred"), ("unknown", "unknown_holder"))


def log_facts(ledger: Ledger, events: Any) -> LogFacts:
    """Count cases, events (contacts included), activities and variants of acting events."""
    total = rows_of(
        events.agg(
            n=events.count(),
            activities=events.activity.nunique(),
            first=events.completed_at.min(),
            last=events.completed_at.max(),
        )
    )[0]
    cases = rows_of(
        ledger.cases.agg(
            n=ledger.cases.count(),
            is_open=ledger.cases.is_open.sum(),
            without=(~ledger.cases.has_lead & ~ledger.cases.is_open).sum(),
        )
    )[0]
    return LogFacts(
        cases=cases["n"],
        events=total["n"],
        activities=total["activities"],
        variants=len(ledger.structures.traces.variants.firsts),
        first_at=total["first"],
        last_at=total["last"],
        closed_cases=cases["n"] - (cases["is_open"] or 0),
        open_cases=cases["is_open"] or 0,
        without_lead_time=cases["without"] or 0,
    )


def cohort(ledger: Ledger, as_of: datetime) -> Cohort:
    """Name the cases that ladder and lead time speak of: those whose first episode has ended.

    Beside them stand the open ones; what was received after `as_of` was not open then.
    """
    c = ledger.cases
    was_received = ibis.coalesce(c.origin <= to_micros(as_of), True)
    row = rows_of(
        c.agg(
            cases=c.has_lead.sum(),
            is_open=(c.is_open & was_received).sum(),
            low=c.ends_at.min(where=c.has_lead),
            high=c.ends_at.max(where=c.has_lead),
        )
    )[0]
    closed, still_open = row["cases"] or 0, row["is_open"] or 0
    return Cohort(
        kind="closed_in",
        from_=moment_of(row["low"]),
        to=moment_of(row["high"]),
        cases=closed,
        open_cases=still_open,
        open_share=still_open / (closed + still_open) if closed + still_open else 0.0,
    )


def lead_times(ledger: Ledger, segments: Any) -> LeadTimes:
    """Return mean, percentiles and distribution of the lead time in both clocks."""
    booked = rows_of(segments.agg(**sums(segments)))[0]
    return LeadTimes(**{clock: _lead_time(ledger, clock, booked) for clock in CLOCKS})


def _lead_time(ledger: Ledger, clock: str, booked: dict[str, Any]) -> LeadTime:
    cases = ledger.cases.filter(ledger.cases.has_lead)
    lead = cases[f"lead_{clock}"]
    shares = {"p10": 0.1, "p25": 0.25, "median": 0.5, "p75": 0.75, "p90": 0.9}
    quantiles = {name: lead.cast("float64").quantile(q) for name, q in shares.items()}
    row = rows_of(cases.agg(n=lead.count(), total=lead.sum(), low=lead.min(), high=lead.max(), **quantiles))[0]
    n = row["n"]
    if not n:
        return LeadTime(cases=0, mean_seconds=None, median_seconds=None)
    return LeadTime(
        cases=n,
        mean_seconds=row["total"] / n / SECOND,
        min_seconds=seconds(row["low"]),
        max_seconds=seconds(row["high"]),
        **{f"{name}_seconds": seconds(row[name]) for name in shares},
        amounts=mean(booked, clock, n),
        histogram=_histogram(cases, f"lead_{clock}", row["low"], row["high"]),
    )


def _histogram(cases: Any, column: str, low: int, high: int) -> tuple[HistogramBin, ...]:
    """Return cases by lead time in bins of a round width from a round edge on, which tell of no single case."""
    width = next((each for each in _WIDTHS if each * _BINS > high - low), _widest(high - low))
    first = low // width * width
    binned = cases.mutate(bin=(cases[column] - first) // width)
    counted = {r["bin"]: r["n"] for r in rows_of(binned.group_by("bin").agg(n=binned.count()))}
    last = max(counted, default=0)
    return tuple(
        HistogramBin(
            from_seconds=(first + n * width) / SECOND,
            to_seconds=(first + (n + 1) * width) / SECOND,
            cases=counted.get(n, 0),
        )
        for n in range(last + 1)
    )


def _widest(spread: int) -> int:
    """Return the width for lead times of years: whole fours of weeks."""
    return (spread // _BINS // _WIDTHS[-1] + 1) * _WIDTHS[-1]


def direct_route(segments: Any, cases: int) -> Both:
    """Return the mean time outside every loop: lead time = direct route + Σ loops."""
    direct = segments.filter(segments.loop == -1)
    return both(rows_of(direct.agg(**sums(direct))), cases)


def knowledge(ledger: Ledger, segments: Any, held: Any) -> Knowledge:
    """Say how much of the lead time has a known holder, a known kind, and is covered by the log at all.

    `held` are the summed segments.
    """
    by_holder = held.group_by("booked_by").agg(**sums(held), before=held.before.sum(), length=held.length.sum())
    holders = {row.pop("booked_by"): row for row in rows_of(by_holder)}
    names = ("before", "length", "elapsed_total", *(f"elapsed_{kind}" for kind in KINDS))
    total = {name: sum(row[name] or 0 for row in holders.values()) for name in names}
    whole = total["elapsed_total"]
    covered = _coverage(ledger, segments, total["before"], total["length"])

    def share(part: int | None) -> float:
        return (part or 0) / whole if whole else 0.0

    return Knowledge(
        **{f"{name}_share": share(holders[by]["elapsed_total"] if by in holders else 0) for by, name in _HOLDERS},
        wait_share=share(total["elapsed_wait"]),
        process_share=share(total["elapsed_process"]),
        elsewhere_share=share(total["elapsed_elsewhere"]),
        unknown_time_share=share(total["elapsed_unknown"]),
        before_first_share=covered["before"] or 0.0,
        after_last_share=covered["after"] or 0.0,
        recorded_share=covered["recorded"] or 0.0,
        recorded_span_median_seconds=seconds(covered["span"]),
        **_counts(ledger),
    )


def _coverage(ledger: Ledger, segments: Any, before: int, whole: int) -> dict[str, float | None]:
    """Before the first recorded work and after the last event of the episode, on exact instants; the rest is recorded.

    A date without a time counts from its midnight here, since the share is about days, not hours. Where events
    were recorded after the closing, the time up to the closing lies between recorded events.
    """
    rows = ledger.booked.filter(ledger.booked.is_event)
    spans = rows.group_by("case").agg(last_done=rows.done.max(), span=rows.done.max() - rows.done.min())
    spans = kept(ledger.booked.get_backend(), "zs_recorded_spans", spans)
    closing = segments.filter(~segments.is_event, ~segments.is_begin).select("case", "at", "since").join(spans, "case")
    closing = closing.filter(closing.last_done <= closing["at"])
    after = rows_of(closing.agg(after=(closing["at"] - closing.since).sum()))[0]["after"] or 0
    shares = {"before": before / whole if whole else 0.0, "after": after / whole if whole else 0.0}
    span = rows_of(spans.agg(m=spans.span.cast("float64").quantile(0.5)))[0]["m"]
    return shares | {"recorded": 1 - shares["before"] - shares["after"] if whole else 0.0, "span": span}


def _counts(ledger: Ledger) -> dict[str, Any]:
    s = ledger.booked.filter(ledger.booked.is_event)
    c = ledger.cases
    row = rows_of(
        s.agg(
            events=s.count(),
            day=(s.is_day).sum(),
            together=s.together.sum(),
            unordered=(~s.order_known).sum(),
            raised=s.is_raised.sum(),
            late=s.starts_late.sum(),
            started=s.started.notnull().sum(),
        )
    )[0]
    cases = rows_of(
        c.agg(
            day=c.whole_days.sum(),
            start=(c.start_inferred & c.has_lead).sum(),
            end=(c.end_inferred & c.has_lead).sum(),
        )
    )[0]
    return {
        "events": row["events"],
        "day_precision_events": row["day"] or 0,
        "day_precision_cases": cases["day"] or 0,
        "recorded_together_events": row["together"] or 0,
        "order_unknown_events": row["unordered"] or 0,
        "raised_events": row["raised"] or 0,
        "start_after_completion_events": row["late"] or 0,
        "start_inferred_cases": cases["start"] or 0,
        "end_inferred_cases": cases["end"] or 0,
        "starts_known_share": (row["started"] or 0) / row["events"] if row["events"] else 0.0,
    }


def other_phases(ledger: Ledger, cases: int) -> OtherPhases:
    """Sum up what lies after delivery, between delivery and reopening, in later episodes, and open."""
    s = ledger.booked.join(ledger.cases.select("case", "has_lead", "is_running"), "case")
    s = s.filter(s.on_path & s.has_lead)
    phases = {
        r["phase"]: r["t"] for r in rows_of(s.group_by("phase").agg(t=s.elapsed_total.sum())) if r["phase"] != "lead"
    }
    reopened = (s.phase == "closed").any().over(ibis.window(group_by=["case", "episode"]))
    later = s.mutate(is_reopened=reopened)
    found = _later(later.filter((later.phase == "lead") & (later.episode > 1)))
    tails = ledger.tails
    tail = rows_of(tails.agg(n=tails.elapsed_total.count(), t=tails.elapsed_total.sum()))[0]
    return OtherPhases(
        after_mean_seconds=(phases.get("after") or 0) / cases / SECOND if cases else 0.0,
        closed_mean_seconds=(phases.get("closed") or 0) / cases / SECOND if cases else 0.0,
        later_episodes=found["n"],
        later_episodes_cases=found["cases"],
        later_episodes_mean_seconds=found["t"] / found["n"] / SECOND if found["n"] else None,
        open_mean_seconds=(tail["t"] or 0) / tail["n"] / SECOND if tail["n"] else None,
    )


def _later(later: Any) -> dict[str, int]:
    """Count the later episodes that have ended: of a running case those that were followed by a reopening."""
    later = later.filter(~later.is_running | later.is_reopened)
    by = later.group_by(["case", "episode"]).agg(t=later.elapsed_total.sum())
    row = rows_of(by.agg(n=by.count(), cases=by.case.nunique(), t=by.t.sum()))[0]
    return {name: row[name] or 0 for name in ("n", "cases", "t")}
