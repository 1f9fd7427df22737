"""Demand and work in hand: takt, arrivals, WIP and Little's law (DESIGN §5, takt; WIP; Little)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import ibis
import numpy as np
import numpy.typing as npt

from mappings.project import Project
from mining.amounts import seconds, whole_sum
from mining.days import working_between
from mining.ledger import Ledger
from mining.log import MICROSECONDS_A_DAY, Log, to_micros
from mining.moments import moment_of
from mining.results.stream import Takt, Wip, WipPoint

_WEEK = 7 * MICROSECONDS_A_DAY
_HOUR = 3_600_000_000
STILL_OPEN = np.iinfo(np.int64).max
Micros = npt.NDArray[np.int64]


def takt(ledger: Ledger, log: Log, project: Project, as_of: datetime) -> Takt | None:
    """Return working time available ÷ cases arriving, from the first origin to the end of what was observed."""
    started = _stays(ledger)[0]
    if not len(started):
        return None
    low, high = moment_of(int(started.min())), moment_of(_until(log, as_of))
    if low is None or high is None or high <= low:
        return None
    available = working_between(project.calendar.reference, low, high)
    weeks = (high - low) / timedelta(weeks=1)
    return Takt(
        arrivals=len(started),
        arrivals_per_week=len(started) / weeks,
        takt_seconds=available / 1_000_000 / len(started),
        window_from=low,
        window_to=high,
    )


def wip(ledger: Ledger, log: Log, as_of: datetime) -> Wip:
    """Return work in hand at as_of and over the window, with the integral that Little's law tests."""
    (started, ended), until = _stays(ledger), _until(log, as_of)
    begun, is_open = np.minimum(started, until), ended == STILL_OPEN
    over = np.minimum(ended, until)
    low = int(started.min()) if len(started) else until
    integral = _integral(begun, over)
    ages = until - started[is_open & (started <= until)]
    weeks = _by_week(started, ended, until)
    return Wip(
        at_as_of=int(is_open.sum()),
        mean=integral / (until - low) if until > low else 0.0,
        integral_seconds=integral / 1_000_000,
        case_seconds=(whole_sum(over) - whole_sum(begun)) / 1_000_000,
        age_median_seconds=seconds(float(np.median(ages)) if len(ages) else None),
        is_steady=_is_steady(weeks),
        by_week=weeks,
    )


def _until(log: Log, as_of: datetime) -> int:
    seen = max((to_micros(m) for m in log.observed_until.values()), default=to_micros(as_of))
    return min(seen, to_micros(as_of))


def _stays(ledger: Ledger) -> tuple[Micros, Micros]:
    """Return origin and end of the first episode of every case with an origin; an open case has a far end."""
    c = ledger.cases.filter(ledger.cases.origin.notnull())
    end = ibis.ifelse(c.is_open, STILL_OPEN, ibis.coalesce(c.ends_at, STILL_OPEN))
    found = c.select("origin", end=end.cast("int64")).to_pyarrow()
    return found["origin"].to_numpy(), found["end"].to_numpy()


def _integral(begun: Micros, over: Micros) -> int:
    """Sweep over arrivals and endings: ∫WIP, computed otherwise than by adding up the cases' own times."""
    moments, changes = np.unique(np.concatenate([begun, over]), return_inverse=True)
    count = len(begun)
    change = np.bincount(changes[:count], minlength=len(moments)) - np.bincount(changes[count:], minlength=len(moments))
    in_hand = np.cumsum(change)[:-1]
    length = np.diff(moments)
    # exact: hours and the rest apart, since microseconds times cases may outgrow 64 bits
    hours, rest = np.divmod(length, _HOUR)
    return _total(in_hand * hours) * _HOUR + _total(in_hand * rest)


def _total(amounts: Micros) -> int:
    """Add up, a few at a time: each is far below 63 bits, all together they may not be."""
    parts = np.add.reduceat(amounts, np.arange(0, len(amounts), 128)) if len(amounts) else amounts
    return sum(parts.tolist())


def _by_week(started: Micros, ended: Micros, until: int) -> tuple[WipPoint, ...]:
    """Weeks begin on Monday, in UTC."""
    arrived, closed = _week(started[started <= until]), _week(ended[ended <= until])
    if not len(arrived):
        return ()
    first, last = int(arrived.min()), _week(until)
    # what ended in the weeks before the first arrival was never in hand
    came = np.bincount(arrived - first, minlength=last - first + 1)
    went = np.bincount(closed[closed >= first] - first, minlength=last - first + 1)
    in_hand = np.cumsum(came - went)
    monday = date(1970, 1, 5) + timedelta(weeks=first)
    return tuple(
        WipPoint(week=monday + timedelta(weeks=n), arrived=int(came[n]), closed=int(went[n]), in_hand=int(in_hand[n]))
        for n in range(len(came))
    )


def _week(moment: Any) -> Any:
    return (moment - 4 * MICROSECONDS_A_DAY) // _WEEK


def _is_steady(weeks: tuple[WipPoint, ...]) -> bool | None:
    """Whether the second half of the window holds on average within a quarter of the first half's work."""
    if len(weeks) < 8:
        return None
    half = len(weeks) // 2
    first = sum(p.in_hand for p in weeks[:half]) / half
    second = sum(p.in_hand for p in weeks[half:]) / (len(weeks) - half)
    return first > 0 and abs(second - first) <= 0.25 * first
