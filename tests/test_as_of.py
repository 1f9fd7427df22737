"""A moment of looking before the last records: work in hand is as at that moment."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mappings.journey import Journey
from mining.findings import Findings
from mining.ledger import book
from mining.norms import norms
from tests.logs import log, project
from tests.mining_run import mined

JOURNEY = Journey(
    name="j",
    steps={s: {"lane": "municipality", "layer": "backstage"} for s in ("intake", "decide")},
    flow={"sequence": ["intake", "decide"]},
    delivers=["decide"],
    norms=[{"name": "service", "amount": "9d"}],
)
TEXT = "A intake 3 | B intake 3 | B decide 30 | C intake 25 | D decide 40 | E decide 5 | F intake 26"
RECEIVED = {"A": "0", "B": "0", "C": "24", "D": "24", "E": "0", "F": "25"}


@pytest.fixture(scope="module")
def on_day_10() -> Findings:
    """A and B are in hand on day 10; C, D and F come later, E was done before."""
    as_of = datetime(2026, 6, 10, 22, tzinfo=UTC)
    return mined(log(TEXT, received=RECEIVED), project(JOURNEY), as_of)[0]


def test_what_came_in_after_the_moment_is_not_in_hand_and_what_ended_after_it_is(on_day_10: Findings) -> None:
    assert on_day_10.wip.at_as_of == 2
    assert on_day_10.wip.by_week[-1].in_hand == 2


def test_what_came_in_after_the_moment_is_not_among_the_open_cases(on_day_10: Findings) -> None:
    assert on_day_10.cohort.open_cases == 1
    assert sum(step.wip for step in on_day_10.steps) == 1


def test_what_came_in_after_the_moment_is_followed_by_no_curve_and_no_norm(on_day_10: Findings) -> None:
    assert on_day_10.open_ends is not None
    assert {group.cases for group in on_day_10.open_ends.survival if group.group == "all"} == {3}
    (norm,) = on_day_10.norms
    assert norm.open == 1


def test_what_reached_the_end_of_a_norm_after_the_moment_counts_whether_its_case_is_open_or_not() -> None:
    # of an end after the moment ladder and norms know; what merely began after it is not under way then
    norm = {"name": "step", "from": "intake", "to": "check", "amount": "9d"}
    journey = Journey.model_validate(JOURNEY.model_dump(by_alias=True) | {"norms": [norm]})
    text = "G intake 20 | G check 22 | H intake 20 | H check 22 | H decide 30 | I intake 20 | J intake 9"
    lines = log(text, received=dict.fromkeys("GHIJ", "0"))
    as_of = datetime(2026, 6, 10, 22, tzinfo=UTC)
    (found,) = norms(book(lines, project(journey), as_of), lines, project(journey), as_of)
    assert (found.met, found.missed, found.open, found.ended_otherwise) == (2, 0, 1, 0)
