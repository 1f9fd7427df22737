"""The open time of cases: after a reopening, past the last step, and where nothing says when they began."""

from __future__ import annotations

from datetime import UTC, datetime

from mappings.journey import Journey
from mining.lead_time import other_phases
from mining.ledger import book
from tests.logs import days, log, project

JOURNEY = Journey(
    name="j",
    steps={s: {"lane": "municipality", "layer": "backstage"} for s in ("intake", "decide")},
    flow={"sequence": ["intake", "decide"]},
    delivers=["decide"],
    reopens=["reopen"],
)
DAY_20 = datetime(2026, 6, 20, 22, tzinfo=UTC)


def test_a_reopened_case_is_open_also_when_nothing_was_done_since() -> None:
    ledger = book(log("Z decide 3 | Z reopen 5", received={"Z": "0"}), project(JOURNEY), DAY_20)
    (tail,) = ledger.tails.to_pyarrow().to_pylist()
    assert days(tail["elapsed_total"]) == 15


def test_an_episode_that_ended_counts_also_when_the_case_was_reopened_after_it() -> None:
    text = "Z decide 3 | Z reopen 5 | Z decide 9 | Z reopen 11"
    ledger = book(log(text, received={"Z": "0"}), project(JOURNEY), DAY_20)
    phases = other_phases(ledger, 1)
    assert (phases.later_episodes, phases.later_episodes_mean_seconds) == (1, 4 * 86_400)


def test_an_episode_that_is_still_running_is_not_counted_among_the_ended() -> None:
    text = "Z decide 3 | Z reopen 5 | Z decide 9 | Z reopen 11 | Z intake 12"
    ledger = book(log(text, received={"Z": "0"}), project(JOURNEY), DAY_20)
    phases = other_phases(ledger, 1)
    assert (phases.later_episodes, phases.later_episodes_mean_seconds) == (1, 4 * 86_400)


def test_a_case_of_which_nothing_says_when_it_began_does_not_shorten_the_mean_open_time() -> None:
    text = "Z intake 3 | Y call 4"
    rules = {"call": {"role": "contact"}}
    ledger = book(log(text, rules=rules), project(JOURNEY), DAY_20)
    assert other_phases(ledger, 0).open_mean_seconds == 17 * 86_400


def test_after_the_last_step_of_the_journey_it_is_unknown_what_an_open_case_waits_for() -> None:
    journey = JOURNEY.model_copy(update={"delivers": ("publish",)})
    ledger = book(log("Z decide 3", received={"Z": "0"}), project(journey), DAY_20)
    (tail,) = ledger.tails.to_pyarrow().to_pylist()
    assert (tail["step"], tail["lane"]) == (None, None)
