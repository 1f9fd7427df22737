"""The shelf of journeys: each is complete, can be taken, drawn without a log, and mined only once there is one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import html
from typer.testing import CliRunner

from flows.cli import app
from flows.publish.design_page import design_page
from mappings.base import Text
from mappings.check import check
from mappings.errors import MappingError
from mappings.journey import Journey
from mappings.load import load_design, load_project
from mappings.shelf import SHELF, shelf, take

NAMES = [starter.name for starter in shelf()]
AS_OF = datetime(2026, 1, 15, tzinfo=UTC)


@pytest.fixture(scope="module", params=NAMES)
def journey(request: pytest.FixtureRequest) -> Journey:
    _, (journey,) = load_design(SHELF / request.param)
    return journey


def is_in_both(text: Text) -> bool:
    return isinstance(text, dict) and bool(text.get("nl")) and bool(text.get("en"))


@pytest.mark.parametrize("name", NAMES)
def test_a_journey_of_the_shelf_has_no_problem_but_that_it_has_no_log_yet(name: str):
    assert [(p.where, p.severity) for p in check(SHELF / name)] == [("sources/", "warning")]


def test_it_says_who_travels_and_why(journey: Journey):
    assert len(journey.personas) >= 2
    for persona in journey.personas.values():
        assert all(map(is_in_both, (persona.name, persona.goal, persona.need, persona.pain, persona.skill)))
        assert persona.segment
    assert journey.story is not None
    assert all(map(is_in_both, (journey.story.as_a, journey.story.want, journey.story.so_that)))


def test_each_step_has_what_a_blueprint_needs(journey: Journey):
    for step in journey.steps.values():
        assert is_in_both(step.title)
        assert step.emotion is not None
        assert step.phase
        assert is_in_both(step.kpi)
        assert step.designed.process is not None
        assert step.designed.wait is not None
        assert step.activities
    layers = {step.layer for step in journey.steps.values()}
    assert {"citizen", "frontstage", "backstage"} <= layers
    behind = [text for s in journey.steps.values() for text in (s.frontstage, s.backstage, s.partner, s.support)]
    assert sum(map(is_in_both, behind)) >= 3
    assert min(s.emotion or 0 for s in journey.steps.values()) < 0 < max(s.emotion or 0 for s in journey.steps.values())


def test_it_has_touchpoints_that_either_side_begins_and_moments_at_which_the_citizen_decides(journey: Journey):
    touchpoints = [t for step in journey.steps.values() for t in step.touchpoints]
    assert {t.initiator for t in touchpoints} == {"citizen", "organisation"}
    assert all(is_in_both(t.name) for t in touchpoints)
    assert sum(is_in_both(t.decision_moment) for t in touchpoints) >= 2


def test_it_has_a_service_norm_and_says_where_each_norm_is_written(journey: Journey):
    assert "service" in {norm.kind for norm in journey.norms}
    assert all(is_in_both(norm.title) and is_in_both(norm.source) for norm in journey.norms)


def test_it_has_consequences_with_an_owner_on_several_aspects_and_every_way_to_end(journey: Journey):
    consequences = [c for step in journey.steps.values() for c in step.consequences]
    assert len({c.aspect for c in consequences}) >= 5
    assert all(c.owner and is_in_both(c.what) for c in consequences)
    assert journey.delivers
    assert journey.ends_without_delivery
    assert journey.interruptible_by


@pytest.mark.parametrize("name", NAMES)
def test_it_is_drawn_in_both_languages_without_a_log(name: str):
    project, journeys = load_design(SHELF / name)
    page = html.document_fromstring(design_page(project, journeys, AS_OF))
    for language in ("nl", "en"):
        told = page.xpath(f'//div[@data-in="{language}"]')[0]
        boxes = told.xpath(".//*[@data-step]/@data-step")
        assert sorted(boxes) == sorted(journeys[0].steps)
        for norm in journeys[0].norms:
            assert norm.title[language] in told.text_content()


def test_a_journey_is_taken_under_the_name_of_ones_own_folder(tmp_path: Path):
    target = take(NAMES[0], tmp_path / "Onze Verhuizing")
    project, _ = load_design(target)
    assert project.name == "onze-verhuizing"


def test_a_folder_in_use_is_left_alone(tmp_path: Path):
    (tmp_path / "note.txt").write_text("mine", "utf-8")
    with pytest.raises(MappingError, match="is in use"):
        take(NAMES[0], tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["note.txt"]


def test_an_unknown_journey_is_answered_with_what_there_is(tmp_path: Path):
    with pytest.raises(MappingError, match="did you mean 'verhuizen'"):
        take("verhuizn", tmp_path / "own")
    assert not (tmp_path / "own").exists()


def test_it_is_not_mined_before_there_is_a_source(tmp_path: Path):
    target = take(NAMES[0], tmp_path / "own")
    with pytest.raises(MappingError, match=r"holds no source.*journey draw"):
        load_project(target)


def test_the_command_lists_takes_and_draws(tmp_path: Path):
    runner = CliRunner()
    listed = runner.invoke(app, ["journey", "list"]).output
    assert all(name in listed for name in NAMES)
    target = tmp_path / "own"
    assert runner.invoke(app, ["journey", "new", "verhuizen", "--out", str(target)]).exit_code == 0
    assert runner.invoke(app, ["journey", "draw", str(target)]).exit_code == 0
    assert "<svg" in (target / "journey.html").read_text("utf-8")


def test_a_hostile_title_in_a_journey_stays_text(tmp_path: Path):
    target = take("verhuizen", tmp_path / "own")
    file = target / "journeys" / "verhuizen.yaml"
    file.write_text(file.read_text("utf-8").replace("Adres doorgeven", "<script>alert(1)</script>"), "utf-8")
    project, journeys = load_design(target)
    assert "<script>alert(1)" not in design_page(project, journeys, AS_OF)
