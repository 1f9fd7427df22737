"""What if: the gain of a change equals a run of the ledger on events to which the same change was made."""

from __future__ import annotations

import random
from dataclasses import replace
from types import SimpleNamespace

import pyarrow as pa
import pytest

from mappings.flow import Parallel, Sequence
from mappings.journey import Change, Designed, Journey, Norm, Step
from mining.amounts import cohort_booked
from mining.branch_groups import branch_groups
from mining.branch_passes import whole_passes
from mining.designs import changed_total
from mining.ladder import ladder
from mining.ledger import book
from mining.norm_after import shares_within
from mining.norms import norms
from mining.replay import Changed, gained, replayed
from mining.what_if import Gains, StepChange, gains, what_if
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
    return sum(rung.elapsed.total_seconds for rung in ladder(ledger, cohort_booked(ledger), told))


def changed(cases: list[dict[str, int]], step: str, share: float) -> list[dict[str, float]]:
    return [case | {step: case[step] * share} for case in cases]


@pytest.fixture(scope="module")
def run():
    """The cases as they were, booked once: gains, rungs and the mean lead time."""
    cases = durations()
    ledger, told = booked(cases)
    rungs = ladder(ledger, cohort_booked(ledger), told)
    return gains(ledger, told), ledger, rungs, sum(rung.elapsed.total_seconds for rung in rungs)


def after(found: Gains, **changes: StepChange) -> float:
    """The mean lead time after changes that are known exactly."""
    total = found.after(changes).exact
    assert total is not None
    return total


@pytest.mark.parametrize(("step", "share"), [("intake", 0.5), ("decide", 1.5)])
def test_a_step_on_every_path_gives_back_all_that_it_is_cut_by(run, step, share):
    total = after(run[0], **{step: StepChange(time=share)})
    assert total == mean_seconds(changed(durations(), step, share))


@pytest.mark.parametrize(("step", "share"), [("advice", 0.0), ("visit", 0.5), ("check", 0.95), ("visit", 1.5)])
def test_of_branches_beside_each_other_the_longest_counts(run, step, share):
    total = after(run[0], **{step: StepChange(time=share)})
    assert total == pytest.approx(mean_seconds(changed(durations(), step, share)), abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_a_joint_change_of_all_steps_is_what_a_run_of_the_ledger_on_the_changed_events_gives(run, seed):
    draw = random.Random(seed)
    shares = {step: draw.choice((0.0, 0.25, 0.5, 0.75, 1.0, 1.25)) for step in STEPS}
    cases = [{step: case[step] * shares[step] for step in STEPS} for case in durations()]
    total = after(run[0], **{step: StepChange(time=share) for step, share in shares.items()})
    assert total == pytest.approx(mean_seconds(cases), abs=1e-6)


def test_the_rungs_after_a_change_are_those_of_the_ledger_on_the_changed_events(run):
    cases = changed(changed(durations(), "advice", 0.25), "check", 0.5)
    ledger, told = booked(cases)
    expected = {r.step: r.elapsed.total_seconds for r in ladder(ledger, cohort_booked(ledger), told)}
    found = run[0].after({"advice": StepChange(time=0.25), "check": StepChange(time=0.5)}).rungs
    assert {step: seconds for step, seconds in found.items() if seconds} == pytest.approx(expected)


def test_cases_that_skip_a_step_are_like_the_others():
    cases = durations()
    twice = [case for case in cases for _ in range(2)]
    halved = [case | {"advice": 0.0} if n % 2 else case for n, case in enumerate(twice)]
    total = after(gains(*booked(twice)), advice=StepChange(reach=0.5))
    assert total == pytest.approx(mean_seconds(halved), abs=1e-6)


def test_cases_that_skip_two_steps_do_so_independently_also_in_branches_beside_each_other(run):
    mixed = []
    for case in durations():
        for n in range(4):
            mixed.append(case | ({"advice": 0.0} if n % 2 else {}) | ({"check": 0.0} if n < 2 else {}))
    total = after(run[0], advice=StepChange(reach=0.5), check=StepChange(reach=0.5))
    assert total == pytest.approx(mean_seconds(mixed), abs=1e-6)


def test_more_cases_in_a_step_beside_others_may_be_hidden_or_not_so_the_total_is_bounded(run):
    found, _, _, mean = run
    total = found.after({"check": StepChange(reach=1.5)})
    checks = sum(case["check"] for case in durations()) / len(durations()) * HOUR
    assert (total.low, total.high) == pytest.approx((mean, mean + checks / 2))
    assert total.exact is None


def test_the_curve_in_the_findings_says_the_same_as_the_ledger_at_every_twentieth(run):
    found, _, _, mean = run
    for step in what_if(found, 10).steps:
        expected = [mean - after(found, **{step.step: StepChange(time=1 - n / 20)}) for n in range(21)]
        assert step.curve_seconds == pytest.approx(expected)
        assert step.in_branches == (step.step in ("advice", "visit", "check"))


def test_what_a_step_takes_now_counts_its_visits_off_the_path_too(run):
    cases = durations()
    for step in what_if(run[0], 10).steps:
        assert (step.reach, step.visits) == (1, 1)
        assert step.per_visit_seconds == pytest.approx(sum(c[step.step] for c in cases) / len(cases) * HOUR)


def future(*changes: Change) -> Journey:
    return Journey(name="future", kind="future", changes_journey="designed", changes=changes)


def test_the_total_of_a_future_journey_equals_a_run_on_the_changed_events(run):
    cases = durations()
    found, _, rungs, _ = run
    told = future(
        Change(step="check", skip=True),
        Change(step="advice", designed=Designed(process="4h", wait="2h")),
        Change(step="intake", designed=Designed(wait="24h")),
    )
    now = {step: sum(case[step] for case in cases) / len(cases) for step in STEPS}
    scaled = changed(changed(changed(cases, "check", 0.0), "intake", 24 / now["intake"]), "advice", 6 / now["advice"])
    assert changed_total(told, rungs, found).exact == pytest.approx(mean_seconds(scaled), abs=60)


def nested(cases: list[dict[str, float]]):
    """Book cases with a report that waits for advice and visit beside each other, and a check beside all three."""
    inner = Sequence(sequence=(Parallel(parallel=("advice", "visit")), "report"))
    steps = ("intake", "advice", "visit", "report", "check", "decide")
    made = Journey(
        name="designed",
        steps={step: Step(lane="team", layer="backstage", activities=(step,)) for step in steps},
        flow=Sequence(sequence=("intake", Parallel(parallel=(inner, "check")), "decide")),
        delivers=("decide",),
    )
    out = []
    for n, takes in enumerate(cases):
        at = {"intake": takes["intake"]}
        for step in ("advice", "visit", "check"):
            at[step] = at["intake"] + takes[step]
        at["report"] = max(at["advice"], at["visit"]) + takes["report"]
        at["decide"] = max(at["report"], at["check"]) + takes["decide"]
        told = {step: round(at[step] * 60) for step in steps}
        out += [f"Z{n} {s} {m // 1440}T{m // 60 % 24:02d}:{m % 60:02d} team" for s, m in told.items()]
    mapping = project(made)
    read = log(" | ".join(out), received={f"Z{n}": "0T00:00" for n in range(len(cases))})
    return book(read, mapping, AS_OF), mapping


@pytest.mark.parametrize("seed", [1, 2])
def test_branches_within_branches_are_run_through_again_too(seed):
    draw = random.Random(seed)
    steps = ("intake", "advice", "visit", "report", "check", "decide")
    cases = [{step: draw.randint(2, 40) * 2 for step in steps} for _ in range(30)]
    shares = {step: draw.choice((0.25, 0.5, 1.0, 1.5)) for step in steps}
    total = after(gains(*nested(cases)), **{step: StepChange(time=share) for step, share in shares.items()})
    ledger, _ = nested([{step: case[step] * shares[step] for step in steps} for case in cases])
    mean = sum(row["lead_elapsed"] for row in ledger.cases.to_pyarrow().to_pylist()) / len(cases) / 1e6
    assert total == pytest.approx(mean, abs=1e-6)


def waits(cases: int = 30) -> list[dict[str, int]]:
    """Whole days of wait before each step; advice (back office) runs beside the check (another), never for as long."""
    draw = random.Random(7)
    found = []
    while len(found) < cases:
        case = {step: draw.randint(1, 9) for step in ("advice", "check", "decide")}
        if case["advice"] != case["check"]:
            found.append(case)
    return found


def handed_over(cases: list[dict[str, int]]):
    """Book the cases: the front office takes in, both others answer it; each works an hour after its wait."""
    out = []
    for n, wait in enumerate(cases):
        on = {"advice": wait["advice"], "check": wait["check"]}
        decided = max(on.values()) + wait["decide"]
        out.append(f"Z{n} intake 0T08:00-09:00 front | Z{n} advice {on['advice']}T09:00-10:00 back")
        out.append(f"Z{n} check {on['check']}T09:00-10:00 other | Z{n} decide {decided}T10:00-11:00 front")
    told = project(journey())
    read = log(" | ".join(out), received={f"Z{n}": "0T08:00" for n in range(len(cases))})
    return book(read, told, AS_OF), told


def test_what_a_change_gains_is_the_difference_of_the_two_totals(run):
    times = run[0].times
    some = Changed(times={"check": 1.5}, reach={"advice": 0.5}), Changed(times={"advice": 0.3, "decide": 0.0})
    for changed in (*some, *(Changed(skipped=frozenset({handing})) for handing in times.handoffs)):
        difference = replayed(times, Changed()).total - replayed(times, changed).total
        assert gained(times, changed) == pytest.approx(difference, abs=1e-6)


def test_a_step_is_counted_on_and_off_the_path(run):
    found, ledger = run[:2]
    rows = [r for r in ledger.segments.to_pyarrow().to_pylist() if r["phase"] == "lead" and r["episode"] == 1]
    assert not all(row["on_path"] for row in rows)
    for step, now in found.times.now.items():
        on = {(r["case"], r["visit"]) for r in rows if r["on_path"] and r["booked_step"] == step}
        off = {(r["case"], r["step_visit"]) for r in rows if not r["on_path"] and r["step_of_event"] == step}
        assert (now.cases, now.visits) == (len({case for case, _ in on | off}), len(on) + len(off))


@pytest.mark.parametrize("skipped", [("back",), ("other",), ("back", "other")])
def test_a_skipped_handoff_in_branches_is_what_a_run_without_its_wait_gives(skipped):
    cases = waits()
    found = gains(*handed_over(cases))
    lanes = {"back": "advice", "other": "check"}
    changes = {lanes[lane]: StepChange(without=frozenset({("front", lane, lanes[lane])})) for lane in skipped}
    longest = [max(("advice", "check"), key=lambda step: case[step]) for case in cases]
    without = [
        case | ({at: 0} if at in changes else {}) for case, at in zip(cases, longest, strict=True)
    ]  # a handoff is one between segments on the path, so only there a wait falls away
    ledger, _ = handed_over(without)
    mean = sum(row["lead_elapsed"] for row in ledger.cases.to_pyarrow().to_pylist()) / len(cases) / 1e6
    assert found.after(changes).exact == pytest.approx(mean, abs=1e-6)
    if len(skipped) == 1:
        listed = {h.taker: h.gain_seconds for h in what_if(found, 1).handoffs}
        assert listed[skipped[0]] == pytest.approx(replayed(found.times, Changed()).total - mean, abs=1e-6)


def test_a_handoff_gives_back_its_recorded_wait_and_no_time_that_may_be_work():
    told = project(journey())
    text = "Z1 intake 0T08:00-09:00 front | Z1 advice 0T12:00-13:00 back | Z1 decide 0T15:00 front"
    ledger = book(log(text, received={"Z1": "0T08:00"}), told, AS_OF)
    (found,) = what_if(gains(ledger, told), 1).handoffs
    assert (found.giver, found.taker, found.step) == ("front", "back", "advice")
    assert found.gain_seconds == 3 * HOUR


def test_passes_are_whole_wherever_a_batch_of_their_events_ends():
    draw = random.Random(7)
    wide = [2, 3, 5, 1]
    rows = [
        (kind, run, place)
        for run, kind in enumerate(sorted(draw.choices(range(4), k=60)))
        for place in range(wide[kind])
    ]
    table = pa.table(dict(zip(("kind", "run", "place"), zip(*rows, strict=True), strict=True)))
    for size in (1, 2, 7, 1000):
        found: dict[int, list[dict[str, int]]] = {}
        for kind, part in whole_passes(table.to_batches(size), wide):
            assert part["place"].to_pylist() == list(range(wide[kind])) * (len(part) // wide[kind])
            assert len(part) <= size + wide[kind]
            found.setdefault(kind, []).extend(part.to_pylist())
        assert [row for kind in sorted(found) for row in found[kind]] == table.to_pylist()


def test_passes_held_apart_say_what_they_say_together(run):
    found = run[0]
    apart = tuple(each.among(first, first + 7) for each in found.times.passes for first in range(0, 42, 7))
    times = replace(found.times, passes=tuple(each for each in apart if len(each.case)))
    assert len(times.passes) > len(found.times.passes)
    some = Changed(times={"advice": 0.5, "check": 0.25}, reach={"visit": 0.5}, skipped=frozenset(times.handoffs[:1]))
    assert replayed(times, some) == replayed(found.times, some)
    assert gained(times, some) == gained(found.times, some)
    places = {n: n for n in range(len(times.handoffs))}
    assert branch_groups(times, places, 3) == branch_groups(found.times, places, 3)


def test_the_share_within_a_norm_is_the_same_however_many_cases_are_run_through_at_a_time(run, monkeypatch):
    found, ledger, *_ = run
    norm = SimpleNamespace(name="service", is_whole=True, clock="elapsed", limit_seconds=150 * HOUR)
    some = Changed(
        times={"advice": 0.5, "intake": 0.5}, reach={"visit": 0.5}, skipped=frozenset(found.times.handoffs[:1])
    )
    whole = shares_within(ledger, found.times, some, (norm,))
    assert 0.1 < whole["service"] < 0.9
    monkeypatch.setattr("mining.norm_after.AT_ONCE", 7)
    assert shares_within(ledger, found.times, some, (norm,)) == whole


def test_a_norm_is_kept_after_a_skipped_handoff_by_the_cases_that_keep_it_without_its_wait():
    cases = waits()
    ledger, told = handed_over(cases)
    times, limit = gains(ledger, told).times, 14 * 24 * HOUR
    norm = SimpleNamespace(name="service", is_whole=True, clock="elapsed", limit_seconds=limit)
    (handing,) = (h for h in times.handoffs if h[2] == "decide" and h[0] == "back")
    without, _ = handed_over([case | ({"decide": 0} if case["advice"] > case["check"] else {}) for case in cases])
    share = Changed(skipped=frozenset({handing}))
    leads = [row["lead_elapsed"] / 1e6 for row in without.cases.to_pyarrow().to_pylist()]
    kept = sum(lead <= limit for lead in leads) / len(leads)
    assert shares_within(ledger, times, Changed(), (norm,))["service"] < kept < 1
    assert shares_within(ledger, times, share, (norm,)) == {"service": pytest.approx(kept)}


def test_cases_that_no_norm_judges_since_their_receipt_is_not_known_are_in_no_share_within_it():
    told = project(journey(norms=[Norm(name="service", amount="5d")]))
    text = " | ".join(f"Z{n} intake 1 | Z{n} advice {n + 2} | Z{n} decide {n + 3}" for n in range(12))
    lines = log(text, received={f"Z{n}": "0" for n in range(4)})
    ledger = book(lines, told, AS_OF)
    (norm,) = norms(ledger, lines, told, AS_OF)
    assert (norm.met, norm.missed, norm.not_determinable) == (3, 1, 8)
    assert shares_within(ledger, gains(ledger, told).times, Changed(), (norm,)) == {"service": norm.met_share}
