"""What people read for an activity: its title, else its label, else its name in words."""

from __future__ import annotations

from flows.publish.page_detail import panels
from flows.publish.page_tables import Telling
from flows.publish.page_waiting import again_tables
from flows.publish.svg.scene import Scene
from flows.publish.words import Words
from mappings.project import Project
from mappings.source import ActivityRule, EventColumns, Source
from mining.results.process import Node
from mining.results.rework import Asked
from tests.findings_example import example
from tests.logs import project


def source(name: str, **activities: ActivityRule) -> Source:
    columns = EventColumns(case="case", activity="activity", completed_at="done")
    return Source(
        name=name, kind="csv", path="log.csv", zone="Europe/Amsterdam", columns=columns, activities=activities
    )


def with_sources(*sources: Source) -> Project:
    return project().model_copy(update={"sources": sources})


def test_the_label_of_the_source_is_read_in_the_language_of_the_project() -> None:
    tasks = source("tasks", Onderzoek=ActivityRule(name="investigate"))
    assert with_sources(tasks).activity_titles() == {"investigate": {"nl": "Onderzoek"}}


def test_a_title_goes_before_the_label_language_by_language() -> None:
    tasks = source("tasks", Onderzoek=ActivityRule(name="investigate", title={"en": "Investigation"}))
    assert with_sources(tasks).activity_titles() == {"investigate": {"nl": "Onderzoek", "en": "Investigation"}}


def test_several_labels_of_one_activity_give_it_no_title() -> None:
    rule = ActivityRule(name="intake")
    assert with_sources(source("tasks", Intake=rule, Vooroverleg=rule)).activity_titles() == {}


def test_of_several_sources_the_first_has_it() -> None:
    first = source("tasks", Intake=ActivityRule(name="intake", title="Gesprek"))
    second = source("statuses", Vooraf=ActivityRule(name="intake"))
    assert with_sources(first, second).activity_titles() == {"intake": {"nl": "Gesprek", "en": "Gesprek"}}


def test_a_page_reads_the_title_in_its_own_language_and_else_the_name_in_words() -> None:
    node = Node(
        activity="ask_advice", title={"nl": "Advies vragen"}, step=None, lane=None, events=1, cases=1, starts=1, ends=1
    )
    found = example().model_copy(update={"activities": (node,)})
    assert Scene(found, Words("nl")).activity("ask_advice") == "Advies vragen"
    assert Scene(found, Words("en")).activity("ask_advice") == "Ask advice"


def test_routes_and_questions_to_the_citizen_are_told_by_titles_too() -> None:
    found = example()
    node = next(node for node in found.activities if any(node.activity in v.activities for v in found.variants))
    titled = node.model_copy(update={"title": {"nl": "Gesprek aan tafel", "en": "Talk at the table"}})
    asked = Asked(activity=node.activity, cases=40, times=50, cases_more_than_once=10)
    others = tuple(each for each in found.activities if each.activity != node.activity)
    supplements = found.supplements.model_copy(update={"asked": (asked,)})
    found = found.model_copy(update={"activities": (titled, *others), "supplements": supplements})
    telling = Telling(found, Words("nl"))
    through = [row[0] for panel in panels(telling) for each in panel.tables for row in each.rows if "→" in str(row[0])]
    assert any("Gesprek aan tafel" in str(route) for route in through)
    assert not any(node.activity in str(route).split(" → ") for route in through)
    assert "Gesprek aan tafel" in [row[0] for each in again_tables(telling, []) for row in each.rows]


def test_a_persona_is_told_by_its_name_and_else_by_its_key_in_words() -> None:
    found = example()
    scene = Scene(found, Words("nl"))
    named = scene.design.personas[0] if scene.design and scene.design.personas else None
    assert scene.persona("mevrouw_x") == "mevrouw x"
    if named:
        assert scene.persona(named.persona) == named.name["nl"]
