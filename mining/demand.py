"""Demand and work in hand: takt, arrivals, WIP and Little's law (DESIGN §5, takt; WIP; Little)."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from statistics import median

from mappings.project import Project
from mining.amounts import rows_of, seconds
from mining.days import working_between
from mining.ledger import Ledger
from mining.log import MICROSECONDS_A_DAY, Log, to_micros
from mining.moments import moment_of
from mining.results.stream import Takt, Wip, WipPoint

_WEEK = 7 * MICROSECONDS_A_DAY


def takt(ledger: Ledger, log: Log, project: Project, as_of: datetime) -> Takt | None:
    """Return working time available ÷ cases arriving, from the first origin to the end of what was observed."""
    stays = _stays(ledger)
    if not stays:
        return None
    low, high = moment_of(min(s for s, _ in stays)), moment_of(_until(log, as_of))
    if low is None or high is None or high <= low:
        return None
    available = working_between(project.calendar.reference, low, high)
    weeks = (high - low) / timedelta(weeks=1)
    return Takt(
        arrivals=len(stays),
        arrivals_per_week=len(stays) / weeks,
        takt_seconds=available / 1_000_000 / len(stays),
        window_from=low,
        window_to=high,
    )


def wip(ledger: Ledger, log: Log, as_of: datetime) -> Wip:
    """Return work in hand at as_of and over the window, with the integral that Little's law tests."""
    stays, until = _stays(ledger), _until(log, as_of)
    at_as_of = sum(1 for _, end in stays if end is None)
    low = min((s for s, _ in stays), default=until)
    case_time = sum((until if end is None else min(end, until)) - min(start, until) for start, end in stays)
    integral = _integral(stays, until)
    ages = sorted(until - start for start, end in stays if end is None and start <= until)
    weeks = _by_week(stays, until)
    return Wip(
        at_as_of=at_as_of,
        mean=integral / (until - low) if until > low else 0.0,
        integral_seconds=integral / 1_000_000,
        case_seconds=case_time / 1_000_000,
        age_median_seconds=seconds(_median(ages)),
        is_steady=_is_steady(weeks),
        by_week=weeks,
    )


def _until(log: Log, as_of: datetime) -> int:
    seen = max((to_micros(m) for m in log.observed_until.values()), default=to_micros(as_of))
    return min(seen, to_micros(as_of))


def _stays(ledger: Ledger) -> list[tuple[int, int | None]]:
    """Return origin and end of the first episode of every case with an origin; an open case has no end."""
    c = ledger.cases.filter(ledger.cases.origin.notnull())
    rows = rows_of(c.select("origin", "ends_at", "is_open"))
    return [(r["origin"], None if r["is_open"] else r["ends_at"]) for r in rows]


def _integral(stays: list[tuple[int, int | None]], until: int) -> int:
    """Sweep over arrivals and endings: ∫WIP, computed otherwise than by adding up the cases' own times."""
    changes: Counter[int] = Counter()
    for start, end in stays:
        changes[min(start, until)] += 1
        changes[until if end is None else min(end, until)] -= 1
    total = in_hand = 0
    before: int | None = None
    for moment in sorted(changes):
        total += in_hand * (moment - before) if before is not None else 0
        in_hand += changes[moment]
        before = moment
    return total


def _by_week(stays: list[tuple[int, int | None]], until: int) -> tuple[WipPoint, ...]:
    """Weeks begin on Monday, in UTC."""
    arrived = Counter(_week(start) for start, _ in stays if start <= until)
    closed = Counter(_week(end) for _, end in stays if end is not None and end <= until)
    if not arrived:
        return ()
    points, in_hand = [], 0
    for week in range(min(arrived), _week(until) + 1):
        in_hand += arrived[week] - closed[week]
        monday = date(1970, 1, 5) + timedelta(weeks=week)
        points.append(WipPoint(week=monday, arrived=arrived[week], closed=closed[week], in_hand=in_hand))
    return tuple(points)


def _week(moment: int) -> int:
    return (moment - 4 * MICROSECONDS_A_DAY) // _WEEK


def _is_steady(weeks: tuple[WipPoint, ...]) -> bool | None:
    """Whether the second half of the window holds on average within a quarter of the first half's work."""
    if len(weeks) < 8:
        return None
    half = len(weeks) // 2
    first = sum(p.in_hand for p in weeks[:half]) / half
    second = sum(p.in_hand for p in weeks[half:]) / (len(weeks) - half)
    return first > 0 and abs(second - first) <= 0.25 * first


def _median(values: list[int]) -> float | None:
    return float(median(values)) if values else None
