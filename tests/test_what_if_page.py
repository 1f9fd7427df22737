"""What if, on the page: whatever is changed at once, the page tells the ledger's total, or between what it lies."""

from __future__ import annotations

import random
import shutil
from types import SimpleNamespace

import pytest

from flows.simulator.simulate import AS_OF
from mappings.load import load_project
from mining.amounts import SECOND, cohort_booked
from mining.designs import changed_total, journey_facts
from mining.ladder import ladder
from mining.norm_after import shares_within
from mining.norms import norms
from mining.replay import Changed, replayed
from mining.what_if import StepChange, gains, what_if
from tests.findings_example import example
from tests.test_browser import opened  # noqa: F401 its page
from tests.test_demo_truth import DEMO, demo  # noqa: F401 their chain

pytestmark = pytest.mark.browser
SLIDER = '#nl-what-if tr[data-what-if-step="{}"] input[data-change="{}"]'
SMALLEST = 10
TOTAL = """([changes, skips]) => {
  const data = JSON.parse(document.getElementById("what-if-data").textContent);
  return whatIfTotal(data)(new Map(changes), new Set(skips), new Map());
}"""
RUNGS = """([changes, skips]) => {
  const data = JSON.parse(document.getElementById("what-if-data").textContent), rungs = new Map();
  whatIfTotal(data)(new Map(changes), new Set(skips), rungs);
  return [...rungs].map(([step, { low, high }]) => [step, low, high]);
}"""


@pytest.fixture(scope="module")
def told(demo):  # noqa: F811
    """The demo's gains, ladder, and findings that a page can be drawn from."""
    found = gains(demo.ledger, demo.project)
    rungs = ladder(demo.ledger, cohort_booked(demo.ledger), demo.project)
    findings = example(
        ladder=rungs,
        what_if=what_if(found, SMALLEST),
        journeys=journey_facts(demo.project, demo.ledger, rungs, found),
    )
    return SimpleNamespace(found=found, rungs=rungs, findings=findings, project=demo.project)


def drawn_changes(told, seed: int) -> tuple[dict[str, StepChange], list[int]]:
    draw = random.Random(seed)
    steps = draw.sample([r.step for r in told.rungs], 4)
    if seed % 2:
        steps = [*{*steps, "advice", "contribution"}]
    changes = {
        step: StepChange(
            draw.choice((0.0, 0.4, 1.0)), draw.choice((0.7, 1.0, 1.3)), draw.choice((0.05, 0.5, 0.95, 1.2))
        )
        for step in sorted(steps)
    }
    return changes, [n for n in range(8) if draw.random() < 0.25]


def engine_total(told, changes: dict[str, StepChange], skips: list[int]):
    listed = told.findings.what_if.handoffs
    less = {(listed[n].giver, listed[n].taker, listed[n].step) for n in skips}
    everyone = {
        step: StepChange(c.reach, c.visits, c.time, frozenset(h for h in less if h[2] == step))
        for step in {*changes, *(h[2] for h in less)}
        for c in [changes.get(step, StepChange())]
    }
    return told.found.after(everyone)


def as_page(changes: dict[str, StepChange]) -> list[list[object]]:
    return [[step, {"reach": c.reach, "visits": c.visits, "time": c.time}] for step, c in changes.items()]


def test_every_pass_is_in_a_group_that_is_large_enough_to_be_told(told):
    assert told.found.times.passes
    assert told.findings.what_if.untold_passes == 0
    assert all(group.passes >= SMALLEST for group in told.findings.what_if.groups)
    passes = sum(group.passes for group in told.findings.what_if.groups)
    assert passes == sum(len(p.takes) for p in told.found.times.passes)


def test_what_lies_on_the_path_of_the_passes_is_what_the_ledger_booked_there(told):
    unchanged = replayed(told.found.times, Changed())
    rungs = {r.step: r.elapsed.total_seconds for r in told.rungs}
    assert unchanged.total == pytest.approx(sum(rungs.values()), rel=1e-12)
    assert {step: unchanged.rungs[step] for step in rungs} == pytest.approx(rungs)
    for each in told.found.times.passes:
        assert (each.takes >= each.wait).all()
        assert (each.wait[~each.on_path] == 0).all()
    assert replayed(told.found.times, Changed(times=dict.fromkeys(rungs, 0.0))).total == pytest.approx(
        unchanged.rungs.get("unknown", 0.0), abs=1
    )


def test_the_total_of_any_joint_change_lies_within_what_the_page_says(told, opened):  # noqa: F811
    tab = opened(told.findings)
    widths = []
    for seed in range(40):
        changes, skips = drawn_changes(told, seed)
        total = engine_total(told, changes, skips)
        shown = tab.evaluate(TOTAL, [as_page(changes), skips])
        assert shown["low"] <= total.low + 1, seed
        assert total.high <= shown["high"] + 1, seed
        widths.append((shown["high"] - shown["low"]) / total.low)
        rungs = tab.evaluate(RUNGS, [as_page(changes), skips])
        for step, low, high in rungs:
            assert low - 1 <= total.rungs.get(step, 0.0) <= high + 1, (seed, step)
    assert sorted(widths)[len(widths) // 2] < 0.02
    assert max(widths) < 0.12


def test_a_step_changed_alone_and_what_lies_outside_branches_has_one_exact_total(told, opened):  # noqa: F811
    tab = opened(told.findings)
    for changes in (
        {"advice": StepChange(reach=0.4, time=0.35)},
        {"contribution": StepChange(time=0.0), "care_start": StepChange(0.5, 0.9, 0.85)},
        {"intake": StepChange(0.5, 0.9, 0.85), "supplement": StepChange(reach=0.2)},
    ):
        total = engine_total(told, changes, []).exact
        shown = tab.evaluate(TOTAL, [as_page(changes), []])
        assert (shown["low"], shown["high"]) == pytest.approx((total, total), abs=1e-3)


def test_nothing_changed_is_the_total_of_now(told, opened):  # noqa: F811
    shown = opened(told.findings).evaluate(TOTAL, [[], []])
    mean = sum(r.elapsed.total_seconds for r in told.rungs)
    assert (shown["low"], shown["high"]) == pytest.approx((mean, mean))


def test_what_is_saved_loads_as_a_journey_of_the_mapping_and_has_the_total_of_the_page(told, opened, tmp_path):  # noqa: F811
    tab = opened(told.findings)
    tab.locator("#nl-what-if > summary").click()
    for step, kind, percent in (("advice", "time", 50), ("contribution", "time", 40), ("investigation", "reach", 80)):
        tab.locator(SLIDER.format(step, kind)).fill(str(percent))
    # the page may still move under a mouse while totals are drawn anew
    skip = tab.locator('#nl-what-if input[data-skip="1"]')
    skip.press("Space")
    assert skip.is_checked()
    output = tab.locator("#nl-what-if output")
    low, high = (float(output.get_attribute(f"data-{name}")) for name in ("seconds", "most"))
    with tab.expect_download() as saving:
        tab.locator("#nl-what-if [data-what-if-save]").click()
    folder = tmp_path / "demo"
    shutil.copytree(DEMO, folder)
    saving.value.save_as(folder / "journeys" / "what_if.yaml")
    saved = next(j for j in load_project(folder).journeys if j.name == "what_if")
    total = changed_total(saved, told.rungs, told.found).exact
    assert low - 2 <= total <= high + 2
    assert not tab.complaints


def test_the_share_within_a_norm_after_a_change_is_that_of_the_cases_run_through_again(told, demo):  # noqa: F811
    limit = 42 * 86_400
    (norm,) = (n for n in norms(demo.ledger, demo.log, demo.project, AS_OF) if n.name == "service")
    times = told.found.times
    assert shares_within(demo.ledger, times, Changed(), (norm,)) == {"service": pytest.approx(norm.met_share)}
    everything = Changed(times=dict.fromkeys(times.steps, 0.5))
    delivered = demo.ledger.cases.filter(demo.ledger.cases.has_lead, demo.ledger.cases.end == "delivered")
    leads = delivered.to_pyarrow()["lead_elapsed"].to_pylist()
    halved = sum(lead / 2 <= limit * SECOND for lead in leads) / len(leads)
    assert shares_within(demo.ledger, times, everything, (norm,)) == {"service": pytest.approx(halved)}
    facts = {j.name: j for j in journey_facts(demo.project, demo.ledger, told.rungs, told.found, (norm,))}
    assert norm.met_share < facts["future"].within_norms["service"] < 1
    kept = Changed(reach={"advice": 0.5, "supplement": 0.5})
    gone = [
        shares_within(demo.ledger, times, Changed(times=dict.fromkeys(some, 0.0)), (norm,))["service"]
        for some in ((), ("advice",), ("supplement",), ("advice", "supplement"))
    ]
    assert shares_within(demo.ledger, times, kept, (norm,)) == {"service": pytest.approx(sum(gone) / 4)}
