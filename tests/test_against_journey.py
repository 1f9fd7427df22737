"""A side against what a journey says: by hand, with the interval of the side alone."""

from __future__ import annotations

import numpy as np
import pytest

from flows.compare_claims import without_claims_against
from mappings.flow import Choice, Optional_, Parallel, Repeat, Sequence
from mining.against_journey import Said, against_journeys, said_of_cases
from mining.comparison import Side
from mining.results.comparison import SideFacts


def side(lead: list[float], reached: list[float]) -> Side:
    columns = {"lead_elapsed": np.array(lead), "rung_elapsed:ask": np.array(lead) / 2, "reach:ask": np.array(reached)}
    return Side("now", columns, np.array(["all"] * len(lead), dtype=object))


def test_a_designed_step_counts_for_the_cases_that_reach_it() -> None:
    # half reach the step: they take 10 there, the design says 4
    found = against_journeys([side([20.0, 0.0] * 30, [1.0, 0.0] * 30)], [Said("designed", 8.0, {"ask": 4.0})])
    lead, ask = found
    assert (lead.measure, lead.value, lead.designed, lead.difference) == ("lead_time", 10.0, 8.0, 2.0)
    assert (ask.measure, ask.value, ask.designed, ask.difference) == ("ask", 5.0, 2.0, 3.0)
    assert ask.claim == "sure"
    assert lead.claim == "not_sure"


def test_a_changed_journey_says_a_mean_per_case() -> None:
    ask = against_journeys([side([20.0, 18.0] * 30, [1.0] * 60)], [Said("future", None, {}, {"ask": 3.0})])[0]
    assert (ask.value, ask.designed, ask.difference, ask.claim) == (9.5, 3.0, 6.5, "sure")
    assert ask.low == pytest.approx(6.5 - 1.96 * 0.5 / np.sqrt(60), abs=0.02)
    assert ask.high == pytest.approx(6.5 + 1.96 * 0.5 / np.sqrt(60), abs=0.02)


def test_below_thirty_cases_nothing_is_claimed_and_a_step_that_nobody_measured_is_left_out() -> None:
    found = against_journeys([side([20.0] * 29, [1.0] * 29)], [Said("designed", 8.0, {"ask": 4.0, "none": 1.0})])
    assert [(each.measure, each.claim, each.low) for each in found] == [
        ("lead_time", "too_few", None),
        ("ask", "too_few", None),
    ]


@pytest.mark.parametrize(
    ("designed", "open_cases", "claim"), [(30.0, 0, "sure"), (30.0, 20, "not_sure"), (10.0, 20, "sure")]
)
def test_shorter_than_designed_is_not_sure_while_many_cases_are_open(
    designed: float, open_cases: int, claim: str
) -> None:
    every = 60 + open_cases
    facts = SideFacts(name="now", run_id="r", cases=60, open_cases=open_cases, open_share=open_cases / every)
    found = against_journeys([side([20.0, 18.0] * 30, [1.0] * 60)], [Said("designed", designed)])
    assert [each.claim for each in found] == ["sure"]
    assert [each.claim for each in without_claims_against(found, [facts])] == [claim]


def test_of_a_step_that_fewer_than_thirty_cases_reached_nothing_is_claimed() -> None:
    now = side([20.0] * 29 + [0.0] * 471, [1.0] * 29 + [0.0] * 471)
    lead, ask = against_journeys([now], [Said("designed", 8.0, {"ask": 4.0})])
    assert (lead.claim, ask.claim, ask.low, ask.p_value) == ("sure", "too_few", None, None)
    enough = against_journeys(
        [side([20.0] * 30 + [0.0] * 470, [1.0] * 30 + [0.0] * 470)], [Said("d", None, {"ask": 4.0})]
    )
    assert enough[0].claim == "sure"


def test_a_skewed_mean_that_is_as_designed_is_seldom_surely_shorter() -> None:
    generator = np.random.default_rng(3)
    drawn = [generator.lognormal(-0.72, 1.2, 40) for _ in range(200)]
    found = [against_journeys([side(list(lead), [1.0] * 40)], [Said("designed", 1.0)])[0] for lead in drawn]
    # exp(-0.72 + 1.2² / 2) = 1: without the spread of each draw, a quarter of them
    assert sum(each.claim == "sure" for each in found) <= 36


def test_a_design_says_of_a_case_what_it_says_of_the_steps_that_the_case_reached() -> None:
    flow = Sequence(
        sequence=(
            "a",
            Optional_(optional="b"),
            Choice(choice=("c", "d")),
            Parallel(parallel=("e", "f")),
            Repeat(repeat="g", redo="h"),
        )
    )
    times = {"a": 1.0, "b": 2.0, "c": 4.0, "d": 8.0, "e": 16.0, "f": 32.0, "g": 64.0, "h": 128.0}
    paths = ["a", "ab", "ac", "acd", "acef", "acdeg", "abdefgh", ""]
    columns = {f"reach:{step}": np.array([float(step in path) for path in paths]) for step in times}
    now = Side("now", {"lead_elapsed": np.full(8, 300.0), **columns}, np.array(["all"] * 8, dtype=object))
    said = said_of_cases(now, Said("designed", 125.0, times, flow=flow))
    assert said is not None
    # of c and d, and of e and f, the longer counts
    assert said.tolist() == [1, 3, 5, 9, 37, 89, 235, 0]
    lead = against_journeys([now], [Said("designed", 125.0, times, flow=flow)])[0]
    assert (lead.designed, lead.difference) == (said.mean(), 300 - said.mean())
