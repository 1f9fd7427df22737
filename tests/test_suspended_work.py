"""Suspended work: time in which begun work lay still is wait, not process, and the law stays exact in both clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import ibis
import pytest

from mappings.journey import Journey
from mining.lane_working import in_working_time
from mining.ledger import CLOCKS, KINDS, book
from mining.legal import legal_clock
from mining.legal_amounts import legal_amounts
from tests.logs import AS_OF, hours, log, project, still

LOG = (
    "A intake 1T09:00 | A assess 1T09:00-17:00"  # Tuesday 2 June
    " | B intake 1T09:00 | B check 1T14:00 | B assess 1T10:00-17:00"
    " | C intake 1T09:00 | C assess 3T09:00-12:00"
    " | D intake 1T09:00 | D assess 1T10:00-12:00"
    " | E intake 1 | E assess 4T12:00-16:00"
)
SUSPENDED = {
    1: ["1T11:00-14:00"],
    4: ["1T12:00-13:00", "1T13:30-15:00"],
    6: ["3T09:30-10:00", "3T11:00-11:15"],
    10: ["4T13:00-15:00"],
}


@pytest.fixture(scope="module")
def booked() -> dict[str, dict[str, Any]]:
    """Of each case the segment that ends in the assessment."""
    ledger = book(log(LOG, suspended=SUSPENDED), project(), AS_OF)
    return {s["case_id"]: s for s in ledger.segments.to_pyarrow().to_pylist() if s["activity"] == "assess"}


def parts(segment: dict[str, Any], clock: str = "elapsed") -> dict[str, float]:
    return {kind: hours(segment[f"{clock}_{kind}"]) for kind in KINDS if segment[f"{clock}_{kind}"]}


def test_work_from_nine_to_five_suspended_for_three_hours_is_five_hours_of_process(booked: Any) -> None:
    assert parts(booked["A"]) == {"process": 5, "wait": 3}
    assert parts(booked["A"], "working") == {"process": 5, "wait": 3}


def test_touch_time_leaves_out_when_the_work_lay_still(booked: Any) -> None:
    assert {case: hours(s["touch"]) for case, s in booked.items()} == {"A": 5, "B": 4.5, "C": 2.25, "D": 2, "E": 2}


def test_of_a_suspension_that_begins_in_an_earlier_segment_only_the_own_part_counts(booked: Any) -> None:
    assert parts(booked["B"]) == {"process": 2, "wait": 1}


def test_waiting_before_the_start_and_while_suspended_add_up(booked: Any) -> None:
    assert parts(booked["C"]) == {"wait": 48.75, "process": 2.25}
    assert hours(booked["C"]["elapsed_suspended"]) == 0.75


def test_work_of_another_case_that_was_not_suspended_is_as_it_was(booked: Any) -> None:
    assert parts(booked["D"]) == {"wait": 1, "process": 2}
    assert booked["D"]["elapsed_suspended"] == 0


def test_hours_within_a_day_are_no_days_where_a_case_is_known_by_dates(booked: Any) -> None:
    assert parts(booked["E"]) == {"wait": 72}
    assert parts(booked["E"], "working")["process"] == 2


def test_every_part_adds_up_exactly_in_both_clocks(booked: Any) -> None:
    for segment in booked.values():
        for clock in CLOCKS:
            assert sum(segment[f"{clock}_{kind}"] for kind in KINDS) == segment[f"{clock}_total"]
            assert min(segment[f"{clock}_{kind}"] for kind in KINDS) >= 0


def test_over_a_night_in_which_the_clock_changes_elapsed_time_is_what_was_lived() -> None:
    made = log(
        "A assess 3T00:30-06:00", {"A": "3T00:30"}, start=date(2026, 3, 26), suspended={0: ["3T01:00-04:00"]}
    )  # 29 March has no hour between two and three
    (segment,) = book(made, project(), AS_OF).segments.to_pyarrow().to_pylist()
    assert parts(segment) == {"wait": 2, "process": 2.5}


def test_in_the_legal_clock_and_in_a_calendar_of_its_own_suspended_work_waits_too() -> None:
    made = log("A assess 1T09:00-17:00 | A decide 2T12:00", {"A": "0"}, suspended={0: ["1T11:00-14:00"]})
    events = made.events.mutate(
        started_at=made.events.started_at - ibis.interval(days=10),
        suspended=ibis.ifelse(made.events.started_at.notnull(), still(["0T11:00-1T14:00"]), ibis.null("string")),
    )
    norm = {"name": "legal", "kind": "legal", "clock": "legal", "amount": "8w", "to": "decide"}
    steps = {"assess": {"lane": "team", "layer": "backstage"}, "decide": {"lane": "team", "layer": "backstage"}}
    journey = Journey(name="j", steps=steps, flow={"sequence": ["assess", "decide"]}, delivers=["decide"],
                      norms=[norm], supplement_requests=["ask"])  # fmt: skip
    of = project(journey)
    read = replace(made, events=made.con.create_table("longer", events),
                   cases=made.cases.mutate(received_at=made.cases.received_at - ibis.interval(days=20)))  # fmt: skip
    ledger = book(read, of, AS_OF)
    clock = legal_clock(journey.legal_norm, ledger, read, of, AS_OF)
    # from 12 May to 23 May nobody had begun; of the ten days of work one lay still
    days = legal_amounts(read.con, ledger.booked.filter(ledger.booked.on_path), ledger, clock)
    first = next(row for row in days.to_pyarrow().to_pylist() if row["position"] == 0)
    assert {kind: first[f"legal_{kind}"] for kind in KINDS} == {"wait": 12, "process": 9, "elsewhere": 0, "unknown": 0}
    booked = in_working_time(ledger.segments, ledger.timeline.clocks, ledger.timeline.coded.suspended)
    other = ledger.booked.agg(**{k: ledger.booked[f"working_{k}"].sum() for k in KINDS}).to_pyarrow().to_pylist()
    assert booked.agg(**{k: booked[f"working_{k}"].sum() for k in KINDS}).to_pyarrow().to_pylist() == other
