"""A golden run: the built-in chain of 150 cases in a page of text, whose diff a person can read.

When a change is meant, write it anew: ZAAKSTROOM_GOLDEN=write pytest tests/test_golden.py
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.simulator.simulate import AS_OF, simulate
from mappings.load import load_project
from mining.findings import Findings
from tests.mining_run import mined, stored_log

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = Path(__file__).parent / "golden" / "demo.txt"


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    work = tmp_path_factory.mktemp("golden")
    simulate(work / "data", cases=150, seed=7)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZAAKSTROOM_DEMO_DATA", str(work / "data"))
        project = load_project(ROOT / "mappings" / "demo")
        return mined(stored_log(project, work), project, AS_OF)[0]


def days(seconds: float | None) -> str:
    return "     ?" if seconds is None else f"{seconds / 86_400:6.2f}"


def told(findings: Findings) -> Iterator[str]:
    log, elapsed, working = findings.log, findings.lead_time.elapsed, findings.lead_time.working
    yield f"log        {log.cases} cases, {log.events} events, {log.activities} activities, {log.variants} variants"
    yield f"cohort     {findings.cohort.cases} closed, {findings.cohort.open_cases} open"
    yield f"elapsed    mean {days(elapsed.mean_seconds)} median {days(elapsed.median_seconds)} days"
    yield f"working    mean {(working.mean_seconds or 0) / 3600:8.2f} hours"
    yield f"direct     {days(findings.direct_route.elapsed.total_seconds)} days"
    for loop in findings.loops:
        total = days(loop.elapsed.total_seconds)
        yield f"loop       {total} {' > '.join(loop.path)}: {loop.cases} cases, {loop.occurrences} times, {loop.kind}"
    asked = findings.supplements
    yield f"supplement {asked.cases} cases, {asked.times} times, {asked.cases_more_than_once} cases more than once"
    for rung in findings.ladder:
        parts = " ".join(
            f"{kind} {days(getattr(rung.elapsed, kind + '_seconds'))}"
            for kind in ("wait", "process", "elsewhere", "unknown")
        )
        yield f"rung       {days(rung.elapsed.total_seconds)} {rung.step} ({rung.lane}) {parts}"
    for handoff in findings.handoffs:
        if handoff.level == "team":
            yield f"handoff    {handoff.from_} > {handoff.to}: {handoff.count}, {handoff.ping_pongs} back"
    yield from waiting(findings)
    for norm in findings.norms:
        yield f"norm       {norm.name}: {norm.met} met, {norm.missed} missed, {norm.open} open"
    yield from citizen(findings)
    for deviation in findings.overlay.deviations if findings.overlay else ():
        yield f"deviation  {deviation.kind} {deviation.step}: {deviation.cases} cases"
    for model in (*findings.discovery, *(findings.overlay.models if findings.overlay else ())):
        measures = (model.fitness or 0, model.precision or 0, model.simplicity or 0)
        yield "model      {}: fitness {:.2f}, precision {:.2f}, simplicity {:.2f}".format(model.kind, *measures)
    for variant in findings.variants[:3]:
        yield f"variant    {variant.cases} {' > '.join(variant.activities)}"


def citizen(findings: Findings) -> Iterator[str]:
    for channel in findings.conversion:
        came = f"{channel.attempts}, {channel.reached} reached, {channel.switched} switched"
        yield f"attempts   {channel.channel}: {came}"
    for stop in (s for c in findings.conversion for s in c.stops):
        yield f"stop       {stop.stopped} ({stop.reason}): {stop.attempts}"
    counters = findings.contacts.counters
    for point in counters.points:
        yield f"counter    {point.holder} {point.channel}: {point.contacts} contacts, {point.cases} cases"
    met = ", ".join(f"{cases} met {number}" for number, cases in counters.by_number.items())
    yield f"counters   {counters.mean_per_case:.2f} a case: {met}"
    for about in findings.contacts.asked:
        more = f"{about.cases_more_than_once} more than once, {about.cases_by_several} by several"
        yield f"asked      {about.topic['en']}: {about.times} times in {about.cases} cases, {more}"
    for score in findings.scores:
        of = f"n {score.n}" if score.invited is None else f"n {score.n} of {score.invited}"
        yield f"score      {score.kpi} {score.step or '-'}: {score.mean:.2f}, {of}"


def waiting(findings: Findings) -> Iterator[str]:
    for level in findings.handoff_levels:
        apart = f"{level.unknown_holder} of unknown holder, {level.order_unknown} of unknown order"
        yield f"level      {level.level}: {level.count} in {level.cases} cases, {level.ping_pongs} back, {apart}"
    causes = findings.wait_causes
    for cause in ("batching", "queue", "absent", "unexplained", "not_determinable", "wait") if causes else ():
        wait, hours = (getattr(getattr(causes, clock), f"{cause}_seconds") for clock in ("elapsed", "working"))
        yield f"cause      {days(wait)} days, {hours / 3600:7.2f} working hours {cause}"
    if findings.certain_wait:
        yield f"certain    {days(findings.certain_wait.elapsed_seconds)} days"
    yield f"right      {findings.rolled_first_time_right:.4f} rolled, {findings.observed_first_time_right:.4f} observed"


def test_the_built_in_chain_is_found_as_it_was(findings: Findings) -> None:
    text = "\n".join(told(findings)) + "\n"
    if os.environ.get("ZAAKSTROOM_GOLDEN") == "write":
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(text, "utf-8")
    assert text == GOLDEN.read_text("utf-8")


def test_littles_law_holds_over_the_window(findings: Findings) -> None:
    assert findings.wip.integral_seconds == pytest.approx(findings.wip.case_seconds, rel=1e-12)


def test_the_ladders_of_typical_and_slow_cases_add_up(findings: Findings) -> None:
    for ladder in (findings.ladder_typical, findings.ladder_slow):
        assert ladder is not None
        assert sum(r.elapsed.total_seconds for r in ladder.rungs) == pytest.approx(ladder.mean_seconds)
