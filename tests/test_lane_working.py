"""A lane's own calendar: shifts, breaks, closed days, zones and daylight saving; worked example 12 in full."""

from __future__ import annotations

from datetime import date

import pytest

from mappings.calendar import Calendar, Hours
from mappings.journey import Journey
from mining.lane_working import lane_working
from mining.ledger import book
from mining.norms import norms
from mining.results.lanes import LaneWorking
from mining.summed import summed
from tests.logs import AS_OF, hours, log, project
from tests.mining_run import cohort_segments

SPRING = date(2026, 3, 29)
HOUR = 3600
OFFICE = Hours(weekly={day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")})
CLOSED_ON_FRIDAY = Hours(weekly={day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu")})


def worked(text: str, partner: Hours, start: date, received: str = "0T09:00") -> tuple[dict[str, LaneWorking], dict]:
    made = project().model_copy(update={"calendar": Calendar(reference=OFFICE, lanes={"partner": partner})})
    told = log(text, received={"Z": received}, start=start)
    ledger = book(told, made, AS_OF)
    segments = cohort_segments(ledger)
    found = lane_working(told, ledger, made, segments, summed(ledger, segments).segments)
    (case,) = ledger.cases.to_pyarrow().to_pylist()
    return {each.lane: each for each in found}, case


def test_12_from_friday_to_monday_working_8_lane_working_of_the_partner_0_elapsed_72() -> None:
    lanes, case = worked("Z answer 3T09:00 partner", CLOSED_ON_FRIDAY, date(2026, 6, 12))
    assert (hours(case["lead_working"]), hours(case["lead_elapsed"])) == (8, 72)
    assert lanes["partner"].amounts.total_seconds == 0
    assert lanes["partner"].has_own_calendar


def test_only_the_lanes_own_segments_are_in_its_calendar() -> None:
    # Thursday 09:00: the team until Friday 09:00, then the partner until Monday 13:00
    lanes, _ = worked("Z ask 1T09:00 team | Z answer 4T13:00 partner", CLOSED_ON_FRIDAY, date(2026, 6, 11))
    assert lanes["team"].amounts.total_seconds == 8 * HOUR
    assert lanes["partner"].amounts.total_seconds == 4 * HOUR
    assert not lanes["team"].has_own_calendar


@pytest.mark.parametrize(
    ("partner", "worked_hours", "why"),
    [
        (Hours(weekly={"mon": ["08:00-12:00", "12:30-16:30", "18:00-20:00"]}), 10, "several shifts with breaks"),
        (Hours(weekly={"mon": ["00:00-06:00", "22:00-24:00"]}), 8, "a night shift in two parts"),
        (Hours(weekly={"mon": ["09:00-17:00"]}, closed=["2026-06-15"]), 0, "a closed day"),
        (Hours(weekly={"mon": ["09:00-17:00"]}, zone="America/New_York"), 8, "another zone"),
        (Hours(weekly={"tue": ["09:00-17:00"]}), 0, "another weekday"),
    ],
)
def test_a_lane_has_its_own_shifts_closed_days_and_zone(partner: Hours, worked_hours: int, why: str) -> None:
    lanes, _ = worked("Z answer 1T00:00 partner", partner, date(2026, 6, 15), received="0T00:00")
    expected = worked_hours if partner.zone == "Europe/Amsterdam" else 8
    assert lanes["partner"].amounts.total_seconds == expected * HOUR, why


@pytest.mark.parametrize(("day", "length"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_a_lane_that_works_around_the_clock_has_days_of_23_and_25_hours(day: date, length: int) -> None:
    always = Hours(weekly={"sun": ["00:00-24:00"]}, holidays="none")
    lanes, _ = worked("Z answer 2T12:00 partner", always, day, received="0T00:00")
    assert lanes["partner"].amounts.total_seconds == length * HOUR


@pytest.mark.parametrize(
    ("shift", "worked_hours"),
    [("02:30-06:00", 3), ("00:00-02:30", 2), ("02:15-02:45", 0), ("00:00-03:00", 2), ("03:00-06:00", 3)],
)
def test_a_shift_that_begins_or_ends_in_the_skipped_hour_does_so_when_the_clock_is_put_forward(
    shift: str, worked_hours: int
) -> None:
    lanes, _ = worked("Z answer 2T12:00 partner", Hours(weekly={"sun": [shift]}, holidays="none"), SPRING, "0T00:00")
    assert lanes["partner"].amounts.total_seconds == worked_hours * HOUR


def test_wait_and_process_are_split_in_the_lanes_calendar() -> None:
    lanes, _ = worked("Z answer 3T10:00-12:00 partner", CLOSED_ON_FRIDAY, date(2026, 6, 12))
    amounts = lanes["partner"].amounts
    assert (amounts.wait_seconds, amounts.process_seconds, amounts.unknown_seconds) == (HOUR, 2 * HOUR, 0)


def test_a_partners_norm_runs_from_request_to_answer_in_its_calendar_also_off_path() -> None:
    steps = {s: {"lane": "team", "layer": "backstage"} for s in ("ask", "check", "decide")}
    steps["answer"] = {"lane": "partner", "layer": "partner"}
    norm = {
        "name": "advice", "clock": "lane_working", "lane": "partner", "from": "ask", "to": "answer", "amount": "1d",
    }  # fmt: skip
    flow = {"sequence": ["ask", {"parallel": ["answer", "check"]}, "decide"]}
    tree = Journey(name="j", steps=steps, flow=flow, norms=[norm], delivers=["decide"])
    made = project(tree).model_copy(
        update={"calendar": Calendar(reference=OFFICE, lanes={"partner": CLOSED_ON_FRIDAY})}
    )
    text = "Z ask 0T09:00 team | Z answer 4T11:00 partner | Z check 5T12:00 team | Z decide 6T12:00 team"
    told = log(text, received={"Z": "0T08:00"}, start=date(2026, 6, 11))
    ledger = book(told, made, AS_OF)
    assert not ledger.segments.filter(ledger.segments.activity == "answer").to_pyarrow()["on_path"][0].as_py()
    (found,) = norms(ledger, told, made, AS_OF)
    # Thursday 09:00 to Monday 11:00, without the Friday: 8 + 2 hours, over a working day of 8
    assert (found.median_seconds, found.missed, found.limit_seconds) == (10 * HOUR, 1, 8 * HOUR)
