"""What if: the gain of a change equals a run of the ledger on events to which the same change was made."""

from __future__ import annotations

import random

import pytest

from mappings.flow import Parallel, Sequence
from mappings.journey import Change, Designed, Journey, Step
from mining.amounts import cohort_booked
from mining.designs import changed_total
from mining.ladder import ladder
from mining.ledger import book
from mining.what_if import gains, what_if
from tests.logs import AS_OF, log, project

STEPS = ("intake", "advice", "visit", "check", "decide")
HOUR = 3600.0


def journey(**changed: object) -> Journey:
    """Intake, then advice followed by a visit beside a check, then the decision."""
    branches = Parallel(parallel=(Sequence(sequence=("advice", "visit")), "check"))
    return Journey(
        name="designed",
        steps={step: Step(lane="team", layer="backstage", activities=(step,)) for step in STEPS},
        flow=Sequence(sequence=("intake", branches, "decide")),
        delivers=("decide",),
        **changed,
    )


def durations(seed: int = 4, cases: int = 40) -> list[dict[str, int]]:
    """Whole hours that each step of a case takes; which branch ends last differs from case to case."""
    draw = random.Random(seed)
    return [{step: draw.randint(2, 60) * 2 for step in STEPS} for _ in range(cases)]


def events(cases: list[dict[str, float]]) -> str:
    """Carry out the cases: each step begins as soon as what it waits for is done. A step of None is not done."""
    out = []
    for n, takes in enumerate(cases):
        at = {"intake": takes["intake"]}
        at["advice"] = at["intake"] + takes["advice"]
        at["visit"] = at["advice"] + takes["visit"]
        at["check"] = at["intake"] + takes["check"]
        at["decide"] = max(at["visit"], at["check"]) + takes["decide"]
        for step in STEPS:
            minutes = round(at[step] * 60)
            out.append(f"Z{n} {step} {minutes // 1440}T{minutes // 60 % 24:02d}:{minutes % 60:02d} team")
    return " | ".join(out)


def booked(cases: list[dict[str, float]], designed: Journey | None = None):
    told = project(designed or journey())
    text = events(cases)
    read = log(text, received={f"Z{n}": "0T00:00" for n in range(len(cases))})
    ledger = book(read, told, AS_OF)
    return ledger, told


def mean_seconds(cases: list[dict[str, float]]) -> float:
    ledger, told = booked(cases)
    return sum(rung.elapsed.total_seconds for rung in ladder(cohort_booked(ledger), told, len(cases)))


def changed(cases: list[dict[str, int]], step: str, share: float) -> list[dict[str, float]]:
    return [case | {step: case[step] * share} for case in cases]


@pytest.fixture(scope="module")
def run():
    """The cases as they were, booked once: gains, rungs and the mean lead time."""
    cases = durations()
    ledger, told = booked(cases)
    rungs = ladder(cohort_booked(ledger), told, len(cases))
    return gains(ledger, told), ledger, rungs, sum(rung.elapsed.total_seconds for rung in rungs)


@pytest.mark.parametrize(("step", "share"), [("intake", 0.5), ("decide", 1.5)])
def test_a_step_on_every_path_gives_back_all_that_it_is_cut_by(run, step, share):
    found, _, _, mean = run
    assert mean - found.after(step, time=share) == pytest.approx(mean_seconds(changed(durations(), step, share)), abs=1)


@pytest.mark.parametrize(("step", "share"), [("advice", 0.0), ("visit", 0.5), ("check", 0.95), ("check", 0.0)])
def test_the_gain_of_a_step_beside_others_is_capped_by_their_slack(run, step, share):
    found, _, _, mean = run
    assert mean - found.after(step, time=share) == pytest.approx(mean_seconds(changed(durations(), step, share)), abs=1)
    assert found.capped_totals[step] > 0


def test_cases_that_skip_a_step_are_like_the_others():
    cases = durations()
    twice = [case for case in cases for _ in range(2)]
    halved = [case | {"advice": 0.0} if n % 2 else case for n, case in enumerate(twice)]
    gain = gains(*booked(twice)).after("advice", reach=0.5)
    assert gain is not None
    assert mean_seconds(twice) - gain == pytest.approx(mean_seconds(halved), abs=60)


def test_more_of_a_step_that_also_ran_off_the_path_has_no_known_cost(run):
    assert run[0].after("check", time=1.5) is None


def test_the_curve_in_the_findings_says_the_same_as_the_ledger_at_every_twentieth(run):
    found, ledger, _, _ = run
    for step in what_if(found, ledger).steps:
        expected = [found.at(step.step, n / 20) for n in range(21)]
        assert step.curve_seconds == pytest.approx(expected)
        assert step.may_grow == (step.step in ("intake", "decide"))
        assert step.is_exact


def test_the_total_of_a_future_journey_equals_a_run_on_the_changed_events(run):
    cases = durations()
    found, _, rungs, _ = run
    future = Journey(
        name="future",
        kind="future",
        changes_journey="designed",
        changes=(Change(step="advice", skip=True), Change(step="intake", designed=Designed(wait="24h"))),
    )
    total = changed_total(future, rungs, found)
    intake = next(rung for rung in rungs if rung.step == "intake").elapsed_per_visit_seconds
    scaled = changed(changed(cases, "advice", 0.0), "intake", 24 * HOUR / intake)
    assert total == pytest.approx(mean_seconds(scaled), abs=60)


def test_changes_of_two_steps_in_branches_beside_each_other_have_no_total(run):
    found, _, rungs, _ = run
    changes = (Change(step="advice", skip=True), Change(step="check", skip=True))
    future = Journey(name="future", kind="future", changes_journey="designed", changes=changes)
    assert changed_total(future, rungs, found) is None


def test_a_handoff_gives_back_its_recorded_wait_and_no_time_that_may_be_work():
    told = project(journey())
    text = "Z1 intake 0T08:00-09:00 front | Z1 advice 0T12:00-13:00 back | Z1 decide 0T15:00 front"
    ledger = book(log(text, received={"Z1": "0T08:00"}), told, AS_OF)
    (found,) = what_if(gains(ledger, told), ledger).handoffs
    assert (found.giver, found.taker, found.step) == ("front", "back", "advice")
    assert found.gain_seconds == 3 * HOUR
