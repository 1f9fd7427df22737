"""Work in hand by week: the same as a sweep over every arrival and ending, however many cases there are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.clocks import clocks_of
from mining.demand import wip
from mining.results.stream import Wip
from tests.bounded import held_by
from tests.logs import project

HOUR = 3_600_000_000
AS_OF = datetime(1970, 3, 1, 12, tzinfo=UTC)
UNTIL = round(AS_OF.timestamp()) * 1_000_000


def measured(stays: list[tuple[int | None, int | None]]) -> Wip:
    """Return the work in hand of cases by origin and end in microseconds; null for none and for open ones."""
    columns = {
        "origin": pa.array([origin for origin, _ in stays], pa.int64()),
        "ends_at": pa.array([end for _, end in stays], pa.int64()),
        "is_open": pa.array([end is None for _, end in stays], pa.bool_()),
    }
    return wip_of(ibis.memtable(pa.table(columns)))


def wip_of(cases: Any, zone: str = "UTC") -> Wip:
    plain = project()
    mapping = plain.model_copy(update={"file": plain.file.model_copy(update={"zone": zone})})
    window = (AS_OF - timedelta(days=120), AS_OF + timedelta(days=60))
    clocks = clocks_of(cases.get_backend(), mapping.calendar.reference, window, zone, "days")
    ledger: Any = SimpleNamespace(cases=cases, timeline=SimpleNamespace(clocks=clocks))
    log: Any = SimpleNamespace(observed_until={})
    return wip(ledger, log, mapping, AS_OF)


def test_a_case_that_came_in_on_a_monday_counts_in_the_week_of_that_monday() -> None:
    # the Monday of 2 February 1970 begins at 23 hours UTC on Sunday
    zone = "Europe/Amsterdam"
    monday = round(datetime(1970, 2, 2, tzinfo=ZoneInfo(zone)).timestamp()) * 1_000_000
    columns = {
        "origin": [monday, monday - 1, monday],
        "ends_at": [None, monday + 7 * 24 * HOUR, monday],
        "is_open": [True, False, False],
    }
    found = wip_of(ibis.memtable(pa.table(columns)), zone).by_week
    told = [(p.week.isoformat(), p.arrived, p.closed, p.in_hand) for p in found]
    assert told[:3] == [("1970-01-26", 1, 0, 1), ("1970-02-02", 2, 1, 2), ("1970-02-09", 0, 1, 1)]


moments = st.integers(-40 * 24, 80 * 24).map(lambda hours: hours * HOUR + hours % 7)


@given(st.lists(st.tuples(st.none() | moments, st.none() | moments), max_size=30))
@settings(max_examples=20, deadline=None)
def test_it_is_that_of_a_sweep_from_moment_to_moment(stays: list[tuple[int | None, int | None]]) -> None:
    found = measured(stays)
    known = [(origin, end) for origin, end in stays if origin is not None]
    steps = [(min(origin, UNTIL), 1) for origin, _ in known]
    steps += [(UNTIL if end is None else min(end, UNTIL), -1) for _, end in known]
    total = in_hand = 0
    for (at, change), (then, _) in pairwise([*sorted(steps), (UNTIL, 0)]):
        in_hand += change
        total += in_hand * (then - at)
    assert found.integral_seconds == found.case_seconds == total / 1_000_000
    assert found.at_as_of == sum(origin <= UNTIL and (end is None or end > UNTIL) for origin, end in known)
    ages = [UNTIL - origin for origin, end in known if origin <= UNTIL and (end is None or end > UNTIL)]
    assert found.age_median_seconds == (pytest.approx(np.median(ages) / 1_000_000) if ages else None)
    for point in found.by_week:
        low = round(datetime.combine(point.week, datetime.min.time(), UTC).timestamp()) * 1_000_000
        high = low + round(timedelta(weeks=1) / timedelta(microseconds=1))
        assert point.arrived == sum(low <= origin < high and origin <= UNTIL for origin, _ in known)
        assert point.closed == sum(end is not None and low <= end < high and end <= UNTIL for _, end in known)


def test_of_ten_times_as_many_cases_no_more_is_held() -> None:
    def held(count: int) -> int:
        n = np.arange(count)
        ends = pa.array(n * 37 % 1400 * HOUR + 90 * HOUR, mask=n % 9 == 0)
        columns = {"origin": n * 13 % 1300 * HOUR, "ends_at": ends, "is_open": n % 9 == 0}
        table = pa.table(columns)
        cases = ibis.duckdb.connect().create_table("cases", table)
        return held_by(lambda: wip_of(cases))

    assert held(100_000) < 1.5 * held(10_000)
