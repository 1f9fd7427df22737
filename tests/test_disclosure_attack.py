"""The findings for the team stand up to who solves for what they do not tell, and say nothing false meanwhile."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from lxml import html

from flows.publish.a3 import a3_pdf
from flows.publish.csv_tables import write_tables
from flows.publish.disclosure import disclosed, whole
from flows.publish.disclosure_fields import few_told
from flows.publish.disclosure_ladder import OTHER_STEPS
from flows.publish.disclosure_mark import About, is_few, is_withheld
from flows.publish.page import page
from flows.publish.page_cards import told_cards
from flows.publish.svg.value_stream import value_stream_svg
from flows.simulator.simulate import AS_OF, simulate
from mappings.load import load_project
from mining.findings import Findings
from tests.disclosure_attacker import attack
from tests.findings_example import example
from tests.logs import AS_OF as LATER
from tests.logs import log, project
from tests.mining_run import mined, stored_log

ROOT = Path(__file__).resolve().parents[1]


def simulated(folder: Path, cases: int, seed: int) -> Findings:
    simulate(folder / "data", cases=cases, seed=seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZAAKSTROOM_DEMO_DATA", str(folder / "data"))
        loaded = load_project(ROOT / "mappings" / "demo")
        return mined(stored_log(loaded, folder), loaded, AS_OF)[0]


def rare() -> Findings:
    """80 cases of four steps, in which 1 to 9 take a step, a loop, a handoff or a norm of their own, or are open."""
    lines, received, closed = [], {}, {}
    for n in range(80):
        case = f"Z{n:02}"
        day = n % 9 + 3
        received[case] = str(n % 5)
        path = ["intake", "check", *(["intake"] if n % 4 == 0 else []), "assess"]
        path += ["advise", "assess"] if n < 3 else []
        path += ["appeal"] if 10 <= n < 17 else []
        path += ["check", "assess"] if 20 <= n < 22 else []
        path += ["audit"] if n == 30 else []
        path += [] if n >= 74 else ["decide"]
        for at, step in enumerate(path):
            lane = {"advise": "partner", "audit": "auditor", "intake": "front"}.get(step, "office")
            lines.append(f"{case} {step} {day + 2 * at}T10:{n % 60:02} {lane}")
        if n < 74:
            closed[case] = str(day + 2 * len(path) + 1)
    return mined(log(" | ".join(lines), received=received, closed=closed), project(), LATER)[0]


@pytest.fixture(scope="module", params=[(110, 7), "rare"], ids=str)
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Findings:
    if request.param == "rare":
        return rare()
    return simulated(tmp_path_factory.mktemp("chain"), *request.param)


@pytest.fixture(scope="module")
def team(found: Findings) -> Findings:
    return disclosed(found)


def test_the_whole_findings_give_small_groups_away_to_the_attacker(found: Findings) -> None:
    assert len(attack(found, found)) > 20


def test_the_findings_for_the_team_give_none_away(found: Findings, team: Findings) -> None:
    assert attack(found, team) == []


def test_no_count_of_few_cases_is_told_anywhere(found: Findings, team: Findings) -> None:
    least = found.project.smallest_group
    assert list(few_told(found, least))
    assert list(few_told(team, least)) == []


def test_the_ladders_still_add_up_to_the_lead_time(found: Findings, team: Findings) -> None:
    ladders = [(team.ladder, found.lead_time.elapsed.mean_seconds)]
    ladders += [(part.rungs, part.mean_seconds) for part in (team.ladder_typical, team.ladder_slow) if part]
    for rungs, mean in ladders:
        assert sum(rung.elapsed.total_seconds for rung in rungs) == pytest.approx(mean)
    loops = [loop.elapsed.total_seconds for loop in team.loops]
    rest = team.other_loops.elapsed.total_seconds if team.other_loops else 0.0
    total = team.direct_route.elapsed.total_seconds + sum(loops) + rest
    assert is_withheld(total) or total == pytest.approx(found.lead_time.elapsed.mean_seconds)


def same(before: object, after: object, place: str) -> None:
    """Hold every number that is told, and exactly, against what was found."""
    if isinstance(after, dict) and isinstance(before, dict):
        for key, value in after.items():
            if key not in ("histogram", "spread"):
                same(before.get(key), value, f"{place}.{key}")
    elif isinstance(after, float | int) and not isinstance(after, bool | About) and not is_withheld(after):
        assert after == before or (isinstance(after, float) and after == pytest.approx(before, abs=0.006)), place


def test_what_is_told_is_what_was_found(found: Findings, team: Findings) -> None:
    rows = [(found.lead_time, team.lead_time), (found.cohort, team.cohort), (found.log, team.log)]
    for name, key in (("ladder", "step"), ("steps", "step"), ("loops", "path"), ("norms", "name")):
        before = {getattr(row, key): row for row in getattr(found, name)}
        rows += [(before[getattr(row, key)], row) for row in getattr(team, name) if getattr(row, key) != OTHER_STEPS]
    rows += zip(found.scores, team.scores, strict=True)
    for before, after in rows:
        same(before.model_dump(), after.model_dump(warnings=False), type(after).__name__)


def test_nothing_that_is_made_for_the_team_holds_an_amount_of_few_cases(
    found: Findings, team: Findings, tmp_path: Path
) -> None:
    least = found.project.smallest_group
    secrets = {repr(rung.elapsed.total_seconds) for rung in found.ladder if is_few(rung.cases, least)}
    secrets |= {repr(loop.elapsed.total_seconds) for loop in found.loops if is_few(loop.cases, least)}
    secrets |= {repr(one.elapsed_wait_seconds) for one in found.handoffs if is_few(one.cases, least)}
    secrets |= {repr(one.mean_seconds) for one in found.dfg if is_few(one.cases, least)}
    secrets |= {repr(one.mean_seconds) for one in found.variants if is_few(one.cases, least)}
    for part in (found.ladder_typical, found.ladder_slow):
        secrets |= {repr(r.elapsed.total_seconds) for r in part.rungs if is_few(r.cases, least)} if part else set()
    # round ones stand there for other reasons: a norm, an axis, a width
    secrets = {each for each in secrets - {"None"} if float(each) % 3600 and len(each.replace(".0", "")) > 6}
    told = [page(team), value_stream_svg(team, "nl"), *(file.read_text() for file in write_tables(tmp_path, team))]
    for text in told:
        assert not [each for each in secrets if re.search(rf"(?<![\d.]){re.escape(each)}(?!\d)", text)]
        assert not re.search(r"[\">, ]nan\b", text)


def test_the_page_says_what_is_not_told_and_its_data_is_json(team: Findings) -> None:
    tree = html.fromstring(page(team))
    notices = tree.xpath('//div[@lang="nl"]//ul[@class="notices"]/li')
    assert "minder dan 10 zaken" in notices[0].text_content()
    for data in tree.xpath('//script[@type="application/json"]'):
        json.loads(data.text_content(), parse_constant=lambda name: pytest.fail(name))


def test_the_a3_is_made_of_the_same(team: Findings) -> None:
    assert a3_pdf(team, cards=told_cards(team, "nl")).startswith(b"%PDF")


def test_disclosing_twice_is_as_once(team: Findings) -> None:
    assert disclosed(team) is team


def test_a_log_of_few_cases_shows_no_amount_and_says_so(tmp_path: Path) -> None:
    text = " | ".join(f"Z{n} intake {n} | Z{n} decide {n + 4}" for n in range(7))
    small = mined(log(text, closed={f"Z{n}": str(n + 4) for n in range(7)}), project(), LATER)[0]
    told = disclosed(small)
    assert list(few_told(told, 10)) == []
    tree = html.fromstring(page(told, "nl"))
    assert "minder dan 10 afgeronde zaken" in tree.xpath('//ul[@class="notices"]/li')[0].text_content()
    shown = tree.xpath('//div[@lang="nl"]')[0].text_content()
    assert not re.search(r"\d+,\d\s(dagen|uur|d|u)\b", shown)
    assert not [file for file in write_tables(tmp_path, told) if "345600" in file.read_text()]
    assert a3_pdf(told).startswith(b"%PDF")


def test_beside_almost_all_closed_cases_nothing_over_all_cases_is_told() -> None:
    lines = [f"Z{n:02} intake {n % 3} | Z{n:02} decide {n % 7 + 4}" for n in range(30)]
    lines += [f"Y{n} intake {n}" for n in range(4)]
    closed = {f"Z{n:02}": str(n % 7 + 5) for n in range(30)}
    some = mined(log(" | ".join(lines), closed=closed), project(), LATER)[0]
    assert some.log.cases - some.cohort.cases == 4
    told = disclosed(some)
    assert attack(some, told) == []
    assert list(few_told(told, 10)) == []
    assert not told.dfg
    assert told.lead_time.elapsed.mean_seconds == some.lead_time.elapsed.mean_seconds
    assert page(told)


def test_a_project_that_hides_no_group_is_told_whole() -> None:
    open_ = example().model_copy(update={"project": example().project.model_copy(update={"smallest_group": 1})})
    assert disclosed(open_).loops == open_.loops


def test_the_analyst_is_told_all_groups() -> None:
    assert whole(example()).loops == example().loops
    assert "analist" in whole(example()).notices[0]["nl"]


def test_loops_that_are_not_told_one_by_one_are_not_said_to_be_none(found: Findings, team: Findings) -> None:
    tree = html.fromstring(page(team, "en"))
    said = tree.xpath('//section[@id="en-loops"]')[0].text_content()
    assert ("No loops" in said) == (not found.loops)
