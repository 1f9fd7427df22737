"""The overlay of whole logs: ends and reopenings, channels and lanes, and the effect of a deviation in days."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from mappings.journey import Journey
from mining.columns import EVENTS
from mining.laid_over import laid_over
from mining.ledger import book
from mining.submit import AtOnce
from tests.logs import AS_OF, log, project
from tests.mining_run import cohort_segments
from tests.test_overlay import found, journey


def deviations_of(text: str, designed: Journey, **log_of: object) -> set[tuple[str, str, int, int]]:
    by_team = " | ".join(f"{event.strip()} team" for event in text.split("|"))
    ledger = book(log(by_team, **log_of), project(designed), AS_OF)
    overlay, _ = laid_over(ledger, cohort_segments(ledger), project(designed), (), 1, lambda: 0.0, AtOnce())()
    return found(overlay)


def test_a_case_counts_once_however_many_channels_that_no_touchpoint_has_it_came_through() -> None:
    made = log("X intake 1 | X intake 2 | X intake 3 | X decide 4 | Y intake 1 | Y decide 4 | Z intake 1 | Z decide 2")
    channels = {
        "e0000": "phone",
        "e0001": "web",
        "e0002": "letter",
        "e0003": "phone",
        "e0004": "letter",
        "e0006": "web",
    }
    rows = [row | {"channel": channels.get(row["event_id"])} for row in made.events.to_pyarrow().to_pylist()]
    events = made.con.create_table("by_channel", pa.Table.from_pylist(rows, schema=EVENTS))
    designed = journey(steps={"intake": {"touchpoints": [{"channel": "web"}]}})
    ledger = book(replace(made, events=events), project(designed), AS_OF)
    overlay, _ = laid_over(ledger, cohort_segments(ledger), project(designed), (), 3, lambda: 0.0, AtOnce())()
    assert {each for each in found(overlay) if each[0] == "wrong_channel"} == {("wrong_channel", "intake", 2, 3)}


AND_AFTER = {"sequence": ["intake", "assess", "decide", "archive"]}
AFTER = journey(AND_AFTER, names=("intake", "assess", "decide", "archive"), delivers=["decide"], reopens=["intake"])


def test_what_is_designed_after_the_delivery_and_was_done_is_not_skipped() -> None:
    assert deviations_of("Z1 intake 1 | Z1 assess 2 | Z1 decide 3 | Z1 archive 9", AFTER) == set()


def test_what_is_designed_after_the_delivery_may_still_come_until_the_case_is_closed() -> None:
    done = "Z1 intake 1 | Z1 assess 2 | Z1 decide 3"
    hidden = {"received": {"Z1": "0"}}
    also = " | Z2 intake 1 | Z2 assess 2 | Z2 decide 3 | Z2 archive 4"
    assert deviations_of(done + also, AFTER, **hidden) == set()
    assert deviations_of(done + also, AFTER, closed={"Z1": "30"}) == {("skipped", "archive", 1, 1)}


def test_what_was_left_out_before_the_delivery_is_skipped_whatever_may_still_come() -> None:
    beside = " | Z2 intake 1 | Z2 assess 2 | Z2 decide 3 | Z2 archive 9"
    assert deviations_of("Z1 intake 1 | Z1 decide 3" + beside, AFTER) == {("skipped", "assess", 1, 1)}


def test_work_of_a_reopened_case_is_laid_over_the_journey_too() -> None:
    text = "Z1 intake 1 | Z1 assess 2 | Z1 decide 3 | Z1 archive 4 | Z1 intake 9 | Z1 decide 12"
    assert ("repeated", "decide", 1, 1) in deviations_of(text, AFTER)


def test_what_is_due_after_a_reopening_may_still_come_while_the_case_runs() -> None:
    beside = " | Y intake 1 | Y assess 2 | Y decide 3 | Y archive 4"
    closed = {"Z": "4", "Y": "5"}
    running = "Z intake 1 | Z assess 2 | Z objection 9 | Z assess 12"
    by_closing = journey(AND_AFTER, names=("intake", "assess", "decide", "archive"), reopens=["objection"])
    assert deviations_of(running + beside, by_closing, closed=closed) == {("repeated", "assess", 1, 1)}
    delivering = AFTER.model_copy(update={"reopens": ("objection",)})
    decided = "Z intake 1 | Z assess 2 | Z decide 3 | Z objection 9 | Z assess 12"
    assert deviations_of(decided + beside, delivering, closed=closed) == {("repeated", "assess", 1, 1)}
    again = deviations_of(f"{decided} | Z decide 13{beside}", delivering, closed=closed)
    assert ("skipped", "archive", 1, 1) in again


def test_what_follows_a_withdrawal_is_no_longer_the_journey() -> None:
    designed = journey(AND_AFTER, names=("intake", "assess", "decide", "archive"), ends_without_delivery=["withdraw"])
    beside = " | Z2 intake 1 | Z2 assess 2 | Z2 decide 3 | Z2 archive 9"
    assert deviations_of("Z1 intake 1 | Z1 withdraw 2 | Z1 archive 3" + beside, designed) == set()


def test_a_reopening_after_a_withdrawal_is_of_the_journey_again() -> None:
    again = {"optional": {"sequence": ["objection", "assess"]}}
    names = ("intake", "objection", "assess", "decide")
    ends = {"delivers": ["decide"], "ends_without_delivery": ["withdraw"], "reopens": ["objection"]}
    designed = journey({"sequence": ["intake", again, "decide"]}, names=names, **ends)
    text = "Z intake 1 | Z withdraw 2 | Z assess 3 | Z objection 4 | Z assess 5 | Z decide 6"
    assert deviations_of(text, designed, closed={"Z": "7"}) == set()


STATES = {
    "assessing": {"opens": ("assess", "team", "next")},
    "asking": {"opens": ("ask", "citizen", "next")},
    "request": {"opens": ("ask", "citizen", "done")},
}
ASKED = journey(
    {"sequence": [{"repeat": "intake", "redo": "ask"}, "assess", "decide"]},
    names=("intake", "assess", "ask", "decide"),
    steps={
        "assess": {"activities": ["assess", "assessing", "request"]},
        "ask": {"activities": ["asking", "answer"], "lane": "citizen"},
    },
    delivers=["decide"],
    reopens=["objection"],
)


def test_what_a_system_does_by_itself_is_done_in_no_wrong_lane() -> None:
    rules = {"assess": {"role": "automatic"}}
    lines = log("Z intake 1 partner | Z assess 2 partner | Z decide 3 team", rules=rules, received={"Z": "0"})
    ledger = book(lines, project(ASKED), AS_OF)
    overlay, _ = laid_over(ledger, cohort_segments(ledger), project(ASKED), (), 1, lambda: 0.0, AtOnce())()
    wrong = [(d.step, d.lane, d.cases) for d in overlay.deviations if d.kind == "wrong_lane"]
    assert wrong == [("intake", "partner", 1)]


def effects_of(text: str, **log_of: object) -> dict[tuple[str, str], float]:
    """Return the days a case of each deviation."""
    ledger = book(log(text, rules=STATES, received={"Z": "0T00:00"}, **log_of), project(ASKED), AS_OF)
    overlay, _ = laid_over(ledger, cohort_segments(ledger), project(ASKED), (), 1, lambda: 0.0, AtOnce())()
    return {(d.kind, d.step): d.elapsed_seconds / 86_400 for d in overlay.deviations if d.elapsed_seconds is not None}


def test_the_effect_of_a_state_is_the_time_in_it_and_not_that_before_it() -> None:
    """Intake 1 day, assessed for 2, with the citizen for 3, assessed again for 10."""
    states = "Z intake 1T00:00 team | Z assessing 1T00:00 team | Z asking 3T00:00 team | Z assessing 6T00:00 team"
    states += " | Z decide 16T00:00 team"
    assert effects_of(states) == {("inserted", "ask"): 3, ("repeated", "assess"): 10, ("wrong_lane", "ask"): 0}


def test_the_effect_of_what_was_inserted_while_somebody_else_was_due_is_not_the_time_of_that_turn() -> None:
    """Intake on the way does not take the days of the citizen; of the turn, all counts where it is closed at last."""
    asked = "Z intake 1T00:00 team | Z assess 2T00:00 team | Z request 2T00:00 team | Z intake 5T00:00 team"
    assert effects_of(asked + " | Z answer 7T00:00 citizen | Z decide 8T00:00 team") == {
        ("inserted", "ask"): 5,
        ("repeated", "intake"): 0,
    }
