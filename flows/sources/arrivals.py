"""Whether the deliveries that are expected have come: each that is missing or late, with its date.

With a date in the names, each period since the first is looked at. Without one only the last that was due: a file that
came after the one before was due, and by now.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date, timedelta

from mappings.deliveries import Expected
from mining.quality_reading import LateDelivery

_DAY = timedelta(days=1)


def arrivals(expected: Expected, come: Mapping[date, date], today: date, is_dated: bool) -> tuple[LateDelivery, ...]:
    """Return what is missing or late, oldest first. `come` says of each date or month delivered when it arrived."""
    if not is_dated:
        return _last_due(expected, sorted(come.values()), today)
    first = expected.since or min(come, default=None)
    if first is None:
        return ()
    arrived: dict[date, date] = {}
    for on, at in come.items():
        period = begin(expected, on)
        arrived[period] = min(at, arrived.get(period, at))
    told: list[LateDelivery] = []
    period, last = begin(expected, first), expected.until or today
    while due(expected, period) < today and period <= last:
        told += _judged(period, due(expected, period), arrived.get(period))
        period = following(expected, period)
    return tuple(told)


def _judged(period: date, by: date, at: date | None) -> list[LateDelivery]:
    return [LateDelivery(period, by, at)] if at is None or at > by else []


def _last_due(expected: Expected, arrived: list[date], today: date) -> tuple[LateDelivery, ...]:
    period = begin(expected, today)
    while due(expected, period) >= today:
        period = begin(expected, period - _DAY)
    by, former = due(expected, period), due(expected, begin(expected, period - _DAY))
    if period < begin(expected, expected.since or period) or period > (expected.until or period):
        return ()
    since = [at for at in arrived if at > former]
    return tuple(_judged(period, by, since[0] if since else None))


def begin(expected: Expected, on: date) -> date:
    """Return the first day of the period that a date lies in."""
    match expected.every:
        case "day":
            return on
        case "week":
            return on - timedelta(days=on.weekday())
    return on.replace(day=1)


def following(expected: Expected, period: date) -> date:
    """Return the first day of the next period."""
    match expected.every:
        case "day":
            return period + _DAY
        case "week":
            return period + timedelta(days=7)
    return (period + timedelta(days=31)).replace(day=1)


def due(expected: Expected, period: date) -> date:
    """Return the day by whose end the delivery about a period must be there."""
    after = following(expected, period)
    match expected.every:
        case "day":
            return period + timedelta(days=expected.by)
        case "week":
            return after + timedelta(days=expected.by - 1)
    return after.replace(day=min(expected.by, calendar.monthrange(after.year, after.month)[1]))
