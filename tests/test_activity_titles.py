"""What people read for an activity: its title, else its label, else its name in words."""

from __future__ import annotations

from flows.publish.svg.scene import Scene
from flows.publish.words import Words
from mappings.project import Project
from mappings.source import ActivityRule, EventColumns, Source
from mining.results.process import Node
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
