"""Drift: changes that were put in are found in their week, and a steady process raises no alarm."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from mappings.journey import Journey
from mining.change_points import Series, splits
from mining.drift import _followed_by_week, drift, expected_ends
from mining.followed import followed
from mining.ledger import book
from mining.results.drift import Drift
from mining.survival import FROM_START, Spans, curve
from tests.logs import AS_OF, START, log, project
from tests.oracle_found import rows

JOURNEY = Journey(
    name="j",
    steps={name: {"lane": "municipality", "layer": "backstage"} for name in ("intake", "ask", "check", "decide")},
    flow={"sequence": ["intake", {"choice": ["ask", "check"]}, "decide"]},
    delivers=["decide"],
)
WEEKS = 40


def weekly(shares: list[float], cases: int, seed: int) -> Series:
    """Return a series of shares, drawn for `cases` a week."""
    drawn = np.random.default_rng(seed).binomial(cases, shares).astype(float)
    mean = drawn.sum() / cases / len(shares)
    return Series(drawn, np.full(len(shares), float(cases)), mean * (1 - mean))


def process(seed: int, changed: int | None, asked: tuple[float, float], days: tuple[float, float]) -> Drift:
    """Return the drift of 15 cases a week; from week `changed` on they are asked, and take, the second of the pair."""
    generator = np.random.default_rng(seed)
    parts, horizon = [], 7 * WEEKS
    for n in range(WEEKS * 15):
        day = int(generator.integers(0, horizon))
        after = changed is not None and day >= 7 * changed
        middle = "ask" if generator.random() < asked[after] else "check"
        length = max(2, round(generator.gamma(4, days[after] / 4)))
        events = [(day, "intake"), (day + 1, middle), (day + length, "decide")]
        parts += [f"Z{n} {name} {at}" for at, name in events if at <= horizon]
    lines = log(" | ".join(parts), observed_until=str(horizon))
    as_of = datetime.combine(START, datetime.min.time(), UTC) + timedelta(horizon + 1)
    ledger = book(lines, project(JOURNEY), as_of)
    return drift(ledger, followed(ledger, lines, project(JOURNEY), as_of))


def test_a_jump_in_a_share_is_found_in_its_week() -> None:
    found = splits([weekly([0.3] * 20 + [0.7] * 20, 20, 1)])
    assert [(split.series, split.week) for split in found] == [(0, 20)]


def test_two_jumps_are_both_found() -> None:
    found = splits([weekly([0.2] * 20 + [0.8] * 20 + [0.4] * 20, 30, 2)])
    assert [split.week for split in found] == [20, 40]


def test_a_hundred_steady_series_raise_hardly_an_alarm() -> None:
    alarms = [
        split for seed in range(20) for split in splits([weekly([0.4] * 52, 12, 100 * seed + n) for n in range(5)])
    ]
    # one in a hundred logs is expected to raise one
    assert len(alarms) <= 1


def test_cases_of_one_week_that_go_the_same_way_raise_no_alarm() -> None:
    # each week all cases go one way: permuting cases would see changes everywhere
    generator = np.random.default_rng(5)
    sums = 30.0 * (generator.random(52) < 0.5)
    assert splits([Series(sums, np.full(52, 30.0), 0.25)]) == []


def test_eleven_weeks_are_too_few_to_be_sure() -> None:
    assert splits([weekly([0.0] * 5 + [1.0] * 6, 50, 3)]) == []


def test_thirty_cases_are_needed_on_either_side() -> None:
    assert splits([weekly([0.0] * 10 + [1.0] * 10, 2, 4)]) == []
    assert len(splits([weekly([0.0] * 10 + [1.0] * 10, 3, 4)])) == 1


def test_expected_ends_add_up_to_the_ends_that_there_were() -> None:
    generator = np.random.default_rng(7)
    exits = generator.integers(1, 50, 300)
    spans = Spans(
        np.where(generator.random(300) < 0.2, exits // 2, FROM_START),
        exits,
        generator.integers(0, 3, 300).astype(np.int8),
    )
    assert expected_ends(spans, curve(spans)).sum() == pytest.approx((spans.kind != 0).sum())


def test_expected_ends_go_on_after_an_age_at_which_all_who_had_entered_ended() -> None:
    # one case is followed from the start and ends; the others enter later, and have ages of their own to end at
    exits, entries = np.array([2, 5, 6, 9, 9]), np.array([FROM_START, 3, 3, 3, 3])
    spans = Spans(entries, exits, np.ones(5, np.int8))
    assert expected_ends(spans, curve(spans)).sum() == pytest.approx(5)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_steady_process_shows_no_change(seed: int) -> None:
    told = process(seed, None, (0.4, 0.4), (20, 20))
    assert told.is_determinable
    assert told.series_tested >= 2
    assert told.changes == ()


def test_a_longer_lead_time_is_found_in_the_month_in_which_it_began() -> None:
    told = process(4, 22, (0.4, 0.4), (15, 30))
    first = told.changes[0]
    began = START + timedelta(7 * 22)
    assert first.series == "lead_time"
    assert abs((first.week - began).days) <= 14
    assert first.before is not None
    assert first.after is not None
    assert first.before < 18 * 86_400 < 24 * 86_400 < first.after
    assert {change.series for change in told.changes} == {"lead_time"}


def test_what_happened_on_a_monday_of_which_the_date_alone_is_known_counts_in_its_own_week() -> None:
    monday = 7 + (7 - START.weekday()) % 7
    days = [(monday + n, START + timedelta(monday + n)) for n in range(-1, 8)]
    ledger = book(log(" | ".join(f"Z{n} a {n} | Z{n} b {n + 1}" for n, _ in days)), project(), AS_OF)
    counted: dict[int, int] = {}
    for _, day in days:
        week = (day - date(1970, 1, 5)).days // 7
        counted[week] = counted.get(week, 0) + 1
    found = rows(_followed_by_week(ledger, ["a", "b"], (None, 1 << 60)))
    assert {row["week"]: row["n"] for row in found} == counted
    assert sorted(counted.values()) == [1, 1, 7]


def test_another_route_is_found_in_its_week_and_leaves_the_lead_time_alone() -> None:
    told = process(5, 20, (0.2, 0.7), (20, 20))
    assert [(c.series, c.from_) for c in told.changes] == [("follows", "intake")]
    change = told.changes[0]
    assert abs((change.week - START - timedelta(140)).days) <= 7
    shares = {"ask": (0.2, 0.7), "check": (0.8, 0.3)}[change.to or ""]
    assert (change.before, change.after) == (pytest.approx(shares[0], abs=0.08), pytest.approx(shares[1], abs=0.08))


def test_months_count_open_cases_and_say_where_the_curve_stops() -> None:
    told = process(1, None, (0.4, 0.4), (20, 20))
    assert sum(month.cases for month in told.months) == WEEKS * 15
    last = told.months[-1]
    assert last.open > 0
    assert last.p90.seconds is None
    assert last.p90.at_least_seconds is not None
    assert told.months[0].month == date(2026, 6, 1)


def test_a_month_before_the_records_began_has_no_median_since_only_its_slow_cases_are_known() -> None:
    # every case takes 5 or 65 days; of the first month those are known that were open at day 60
    length = [5 if n % 2 else 65 for n in range(240)]
    known = [n for n in range(240) if n // 2 + length[n] > 60]
    rows = " | ".join(
        [f"R{n} intake {n // 2}" for n in range(120, 124)] + [f"Z{n} decide {n // 2 + length[n]}" for n in known]
    )
    received = {f"Z{n}": str(n // 2) for n in known} | {f"R{n}": str(n // 2) for n in range(120, 124)}
    lines = log(rows, received=received)
    ledger = book(lines, project(JOURNEY), AS_OF)
    months = drift(ledger, followed(ledger, lines, project(JOURNEY), AS_OF)).months
    assert [m.is_enough for m in months[:1]] == [False]
    assert months[0].cases >= 30
    assert months[0].median.seconds is not None
    assert months[0].median.seconds > 60 * 86_400
