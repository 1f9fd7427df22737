"""The open time of a calendar until an instant, as a plain function that `mining.compiled` may run compiled."""

from __future__ import annotations

from mining.log import MICROSECONDS_A_DAY
from mining.work_arrays import FIRST_DAY, Pass


def day_of(moment: int, p: Pass) -> int:
    """Return the place in `hours` of the UTC day of a moment; outside the window of the log, that at its edge."""
    return int(min(max(moment // MICROSECONDS_A_DAY - p.now[FIRST_DAY], 0), p.hours.shape[2] - 1))


def opened(calendar: int, kind: int, day: int, moment: int, p: Pass) -> int:
    """Return the open time until a moment of that day, in microseconds."""
    time = p.hours[calendar, kind, day, 0]
    for n in range(1, p.hours.shape[3], 2):
        time += max(min(moment, p.hours[calendar, kind, day, n + 1]) - p.hours[calendar, kind, day, n], 0)
    return int(time)
