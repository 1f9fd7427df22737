"""Drift: lead time month by month with open cases counted, and where the process changed.

Changes are sought in two kinds of weekly series: how soon cases end, by the week in which they began, and which
activity comes next after another, by the week of the first of the two.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from mining.amounts import rows_of
from mining.change_points import ALARM_RATE, LEAST_SERIES, PERMUTATIONS, Series, splits
from mining.decided import ENOUGH, reached
from mining.engine import kept
from mining.followed import Followed
from mining.ledger import Ledger
from mining.results.drift import Change, Drift, DriftMonth
from mining.sample import Floats
from mining.survival import OPEN, Curve, Spans, curve, from_start

_EPOCH = date(1970, 1, 1)
_MONDAY = 4
"""Days since 1970 of the first Monday."""
_SETTLED = 0.99
"""An activity is looked at up to the moment after which this share of what comes next would be known."""


def drift(ledger: Ledger, cases: Followed) -> Drift:
    """Return months and sure changes; below twelve weeks, or 30 observations on a side, nothing is sure."""
    if not len(cases):
        return Drift()
    lead = _lead_series(cases)
    follows, names, first_week, too_small = _follows_series(ledger, cases)
    found = splits([lead, *follows])
    changes = [
        *_lead_changes(cases, [(s.week, s.p_value) for s in found if s.series == 0]),
        *(
            change
            for n, series in enumerate(follows)
            for change in _share_changes(
                series, names[n], first_week[n], [(s.week, s.p_value) for s in found if s.series == n + 1]
            )
        ),
    ]
    is_long = len(lead.sums) >= LEAST_SERIES
    return Drift(
        months=_months(cases),
        changes=tuple(sorted(changes, key=lambda c: (c.series != "lead_time", c.week, c.from_ or "", c.to or ""))),
        is_determinable=is_long,
        series_tested=len(follows) + is_long,
        series_too_small=too_small + (not is_long),
        permutations=PERMUTATIONS,
        false_discovery_rate=ALARM_RATE,
    )


def _months(cases: Followed) -> tuple[DriftMonth, ...]:
    spans, first = cases.spans["elapsed"], int(cases.started_day.min())
    days = np.arange(first, int(cases.started_day.max()) + 1).astype("datetime64[D]")
    of_day = days.astype("datetime64[M]").astype(np.int32)
    numbers = of_day[cases.started_day - first]
    found = []
    for month in np.unique(of_day):
        own = spans.where(numbers == month)
        if not len(own):
            continue
        still_open, whole = int((own.kind == OPEN).sum()), curve(own)
        found.append(
            DriftMonth(
                month=np.datetime64(int(month), "M").astype("datetime64[D]").astype(date),
                cases=len(own),
                open=still_open,
                open_share=still_open / len(own),
                median=reached(whole, 0.5),
                p90=reached(whole, 0.9),
                is_enough=from_start(own) >= ENOUGH,
            )
        )
    return tuple(found)


def _weeks(cases: Followed) -> npt.NDArray[np.int32]:
    return (cases.started_day - _MONDAY) // 7


def _lead_series(cases: Followed) -> Series:
    """Return ended less expected, by the week in which cases began: above zero they end sooner than the others.

    Expected is the cumulative hazard of all cases over the ages at which the case was followed, so that open cases
    count for as long as they were seen (martingale residuals: Barlow & Prentice 1988).
    """
    weeks = _weeks(cases)
    weeks -= weeks.min()
    residual = expected_ends(cases.spans["elapsed"], cases.curve)
    np.subtract(cases.spans["elapsed"].kind != OPEN, residual, out=residual)
    length = int(weeks.max()) + 1
    return Series(
        np.bincount(weeks, weights=residual, minlength=length).astype(np.float64),
        np.bincount(weeks, minlength=length).astype(np.float64),
        float(residual.var()),
    )


def expected_ends(spans: Spans, whole: Curve) -> Floats:
    """Return how many ends each case would have had by the hazard of all (Nelson–Aalen), over its own ages."""
    found = whole.expected_at(spans.exit)
    found -= whole.expected_at(spans.entry[:1] if spans.is_one_entry else spans.entry)
    return found


def _lead_changes(cases: Followed, found: list[tuple[int, float]]) -> list[Change]:
    if not found:
        return []
    weeks = _weeks(cases)
    first, spans = int(weeks.min()), cases.spans["elapsed"]
    bounds = [first, *(first + week for week, _ in found), int(weeks.max()) + 1]
    told = []
    for low, high in pairwise(bounds):
        part = spans.where((weeks >= low) & (weeks < high))
        told.append((reached(curve(part), 0.5).seconds if from_start(part) >= ENOUGH else None, len(part)))
    return [
        _change("lead_time", first + week, p, (before[0], after[0]), (before[1], after[1]))
        for (week, p), (before, after) in zip(found, pairwise(told), strict=True)
    ]


def _follows_series(ledger: Ledger, cases: Followed) -> tuple[list[Series], list[tuple[str, str]], list[int], int]:
    """Return the shares of what comes next, the pairs, their first weeks, and how many pairs were too small."""
    counts: dict[str, dict[str, dict[int, int]]] = {}
    activities = _numbered(ledger)
    for row in rows_of(_followed_by_week(ledger, activities, (cases.complete_from, cases.until))):
        before, after = (activities[row[name]] for name in ("before", "after"))
        counts.setdefault(before, {}).setdefault(after, {})[row["week"]] = row["n"]
    series, names, first_weeks, too_small = [], [], [], 0
    for activity, after in sorted(counts.items()):
        every: dict[int, int] = {}
        for by_week in after.values():
            for week, n in by_week.items():
                every[week] = every.get(week, 0) + n
        first, last, total = min(every), max(every), sum(every.values())
        listed = sorted(after, key=lambda name: (-sum(after[name].values()), name))
        # of two that share all there is, the one says what the other does
        for name in listed[:1] if len(listed) == 2 else listed:
            own = sum(after[name].values())
            if min(own, total - own) < ENOUGH or last - first + 1 < LEAST_SERIES:
                too_small += len(listed) > 1
                continue
            weeks = range(first, last + 1)
            sums = np.array([after[name].get(week, 0) for week in weeks], np.float64)
            numbers = np.array([every.get(week, 0) for week in weeks], np.float64)
            series.append(Series(sums, numbers, own / total * (1 - own / total)))
            names.append((activity, name))
            first_weeks.append(first)
    return series, names, first_weeks, too_small


def _numbered(ledger: Ledger) -> list[str]:
    return sorted({*ledger.timeline.coded.tokens.select("activity").to_pyarrow()["activity"].to_pylist()})


def _followed_by_week(ledger: Ledger, activities: list[str], window: tuple[int | None, int]) -> Any:
    """One row an activity (before), the next one (after) and week, with how often; of both the place in `activities`.

    Weeks are local: a date without a time stands at local midnight, which in UTC is the evening before.
    What is too recent for its successor to be known is left out, or the last weeks would show the fast ones alone; and
    so is what came before the window, where the log begins with open cases: what slow ones did.
    Grouped by texts, DuckDB would let go of the values of a quantile where memory is short, and take them in anew.
    """
    coded = ledger.timeline.coded
    rows = coded.rows.filter(coded.rows.is_event, coded.rows.before_token.notnull())
    rows = rows.select("token", "before_token", "gap", at=rows["at"] - rows.gap)
    tokens = coded.tokens.select("token", "activity").to_pyarrow()
    numbers = pa.array([activities.index(name) for name in tokens["activity"].to_pylist()], pa.int32())
    of_token = kept(rows.get_backend(), "zs_drift_activity", pa.table({"token": tokens["token"], "after": numbers}))
    pairs = rows.join(of_token, "token").join(of_token.select(before="after", before_token="token"), "before_token")  # noqa: S106 a column of codes
    delay = pairs.group_by("before").agg(delay=pairs.gap.cast("float64").quantile(_SETTLED))
    known = pairs.join(delay, "before")
    since, until = window
    known = known.filter(known["at"] + known.delay <= until)
    known = known if since is None else known.filter(known["at"] >= since)
    clocks = ledger.timeline.clocks
    dated = clocks.with_local(known, "at")
    day = clocks.day(dated.at_local) - _MONDAY
    dated = dated.mutate(week=(day - ((day % 7) + 7) % 7) // 7)
    return dated.group_by(["before", "after", "week"]).agg(n=dated.count())


def _share_changes(
    series: Series, name: tuple[str, str], first_week: int, found: list[tuple[int, float]]
) -> list[Change]:
    bounds = [0, *(week for week, _ in found), len(series.sums)]
    parts = [series.part(low, high) for low, high in pairwise(bounds)]
    counts = [int(part.counts.sum()) for part in parts]
    shares = [float(part.sums.sum() / part.counts.sum()) for part in parts]
    return [
        _change("follows", first_week + week, p, (shares[n], shares[n + 1]), (counts[n], counts[n + 1]), name)
        for n, (week, p) in enumerate(found)
    ]


def _change(
    series: str,
    week: int,
    p: float,
    levels: tuple[float | None, float | None],
    cases: tuple[int, int],
    name: tuple[str, str] | tuple[None, None] = (None, None),
) -> Change:
    monday = _EPOCH + timedelta(7 * week + _MONDAY)
    return Change(
        series=series,
        from_=name[0],
        to=name[1],
        week=monday,
        # the month in which most of that week lies
        month=(monday + timedelta(3)).replace(day=1),
        before=levels[0],
        after=levels[1],
        cases_before=cases[0],
        cases_after=cases[1],
        p_value=p,
    )
