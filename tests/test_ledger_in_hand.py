"""Work in hand across the end of a phase, and slack in days or in time."""

from __future__ import annotations

from datetime import date

import pytest

from mappings.journey import Journey
from mining.ledger import book
from tests.logs import AS_OF, days, hours, log, project

JOURNEY = Journey(
    name="j",
    steps={s: {"lane": "municipality", "layer": "backstage"} for s in ("municipality", "partner", "decide", "archive")},
    flow={"sequence": [{"parallel": ["municipality", "partner"]}, "decide", "archive"]},
    delivers=["decide"],
)


def test_work_begun_before_the_decision_and_done_after_it_was_in_hand_before_it() -> None:
    text = "Z archive 0T10:00-15:00 | Z decide 0T12:00"
    ledger = book(log(text, received={"Z": "0T09:00"}), project(JOURNEY), AS_OF)
    (decide,) = ledger.segments.filter(ledger.segments.activity == "decide").to_pyarrow().to_pylist()
    assert hours(decide["elapsed_unknown"]) == 1
    assert hours(decide["elapsed_elsewhere"]) == 2


@pytest.mark.parametrize("start", [date(2026, 3, 28), date(2026, 10, 24)])
def test_slack_between_dates_is_whole_days_also_over_a_switch_of_the_clock(start: date) -> None:
    text = "Z partner 1 | Z municipality 2 | Z decide 4"
    ledger = book(log(text, received={"Z": "0"}, start=start), project(JOURNEY), AS_OF)
    (partner,) = ledger.segments.filter(~ledger.segments.on_path).to_pyarrow().to_pylist()
    assert days(partner["slack"]) == 1


def test_slack_between_two_times_is_exact_also_in_a_case_that_holds_a_date() -> None:
    text = "Z partner 1T10:00 | Z municipality 2T09:00 | Z decide 4"
    ledger = book(log(text, received={"Z": "0"}), project(JOURNEY), AS_OF)
    (partner,) = ledger.segments.filter(~ledger.segments.on_path).to_pyarrow().to_pylist()
    assert hours(partner["slack"]) == 23
