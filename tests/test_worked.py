"""Process time: what was worked on a step per visit, in working hours, from recorded starts alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa

from mappings.journey import Journey
from mining.columns import EVENTS
from mining.ledger import book
from mining.log import Log
from mining.steps import steps
from mining.visits import visits_of
from tests.logs import AS_OF, log, project
from tests.mining_run import cohort_segments

JOURNEY = Journey(
    name="j",
    steps={
        "intake": {"lane": "desk", "layer": "backstage"},
        "assess": {"lane": "team", "layer": "backstage", "activities": ["assess", "weigh"]},
        "advice": {"lane": "partner", "layer": "partner"},
    },
    flow={"sequence": ["intake", {"parallel": ["assess", "advice"]}]},
)


def hours_of(text: str, **more: Any) -> dict[str, float | None]:
    """Return by step the median hours worked per visit. Monday is day 0; the office opens from nine to five."""
    return hours_in(log(text, **more))


def hours_in(made: Log) -> dict[str, float | None]:
    told = project(JOURNEY)
    ledger = book(made, told, AS_OF)
    boxes = steps(ledger, visits_of(cohort_segments(ledger)), told, dict.fromkeys(JOURNEY.steps))
    seconds = {box.step: box.process_median_seconds for box in boxes}
    return {step: None if found is None else found / 3600 for step, found in seconds.items()}


def test_hours_outside_those_of_the_office_were_not_worked() -> None:
    found = hours_of("Z intake 0T09:00 | Z assess 0T15:00-21:00")
    assert (found["intake"], found["assess"]) == (None, 2)


def test_the_work_of_one_visit_is_taken_together_and_that_of_two_is_not() -> None:
    together = "Z intake 0T09:00-10:00 | Z assess 0T10:00-11:00 | Z weigh 0T13:00-15:00"
    assert hours_of(together)["assess"] == 3
    assert hours_of(f"{together} | Z intake 1T09:00-10:00 | Z assess 1T10:00-11:00")["assess"] == 2


def test_work_in_a_branch_beside_it_does_not_part_the_work_of_a_visit() -> None:
    found = hours_of("Z intake 0T09:00-10:00 | Z assess 0T10:00-11:00 | Z advice 0T11:00-12:00 | Z weigh 0T13:00-15:00")
    assert (found["assess"], found["advice"]) == (3, 1)


def test_work_of_a_day_says_nothing_of_hours() -> None:
    made = log("Z intake 0T09:00-10:00 | Z assess 1T10:00-11:00")
    rows = [row | {"precision": "day"} for row in made.events.to_pyarrow().to_pylist()]
    dated = made.con.create_table("dated", pa.Table.from_pylist(rows, schema=EVENTS))
    assert hours_in(replace(made, events=dated)) == {"intake": None, "assess": None, "advice": None}


def test_what_lay_still_was_not_worked_on() -> None:
    text = "Z intake 0T09:00-16:00 | Z assess 1T10:00-11:00"
    assert hours_of(text, suspended={0: ["0T10:00-12:00"]})["intake"] == 5


def test_of_a_log_in_which_nothing_has_a_start_nobody_knows_how_long_was_worked() -> None:
    text = "A intake 0T09:00 desk | A assess 1T10:00 team | B intake 2T09:00 desk"
    assert hours_of(text) == {"intake": None, "assess": None, "advice": None}
