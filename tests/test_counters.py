"""Counters met on a journey, and the same information asked twice, by whichever source, holder or channel."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from mappings.project import Project
from mappings.source import Source
from mining.citizen import contacts
from mining.columns import ATTEMPTS, EVENTS
from mining.ledger import book
from mining.log import Log
from mining.results.citizen import Contacts
from mining.scores import scores
from tests.logs import AS_OF, log, project

RULES = {"asks": {"role": "contact"}, "wants_income": {"role": "contact"}, "survey_end": {"role": "survey"}}


def by_channel(of: Log, *channels: str | None) -> Log:
    """Give the contacts their channel, in the order of the events; the rest has none."""
    rows = of.events.order_by("event_id").to_pyarrow().to_pylist()
    told = iter(channels)
    for row in rows:
        row["channel"] = next(told) if row["role"] == "contact" else None
    return replace(of, events=of.con.create_table("by_channel", pa.Table.from_pylist(rows, schema=EVENTS)))


def said(found: Log, mapping: Project) -> Contacts:
    return contacts(found, book(found, mapping, AS_OF), mapping)


CALLS = (
    "Z1 intake 1T09:00 desk | Z1 asks 2T09:00 desk | Z1 asks 3T09:00 desk | Z1 asks 4T09:00 team | Z1 decide 9T09:00"
    " | Z2 intake 1T09:00 desk | Z2 asks 3T10:00 - | Z2 decide 9T09:00 | Z3 intake 1T09:00 | Z3 decide 9T09:00"
)


def test_a_counter_is_a_holder_and_a_channel_and_cases_without_any_count_too() -> None:
    found = said(by_channel(log(CALLS, rules=RULES), "phone", "counter", "phone", "phone"), project()).counters
    assert [(p.holder, p.channel, p.contacts, p.cases) for p in found.points] == [
        ("desk", "counter", 1, 1),
        ("desk", "phone", 1, 1),
        ("team", "phone", 1, 1),
        ("test", "phone", 1, 1),
    ]
    assert (found.by_number, found.most) == ({"0": 1, "1": 1, "3": 1}, 3)
    assert found.mean_per_case == 4 / 3


def test_a_contact_by_an_unknown_channel_is_listed_and_is_no_counter_of_its_own() -> None:
    found = said(by_channel(log(CALLS, rules=RULES), "phone", None, "phone", "phone"), project()).counters
    assert ("desk", "unknown", 1) in [(p.holder, p.channel, p.contacts) for p in found.points]
    assert found.most == 2


def test_a_visit_to_the_form_is_a_counter_where_it_belongs_to_a_case() -> None:
    rows = [
        {"attempt_id": "1", "source": "form", "reached": "sent", "channel": "web", "case_id": "Z3"},
        {"attempt_id": "2", "source": "form", "reached": "start", "channel": "web", "case_id": None},
    ]
    plain = by_channel(log(CALLS, rules=RULES), "phone", "counter", "phone", "phone")
    visited = replace(plain, attempts=plain.con.create_table("tries", pa.Table.from_pylist(rows, schema=ATTEMPTS)))
    form = Source(
        name="form",
        kind="csv",
        path="f.csv",
        record="attempts",
        attempt={"attempt": "a", "reached": "b", "started_at": "c"},
    )
    mapping = project()
    both = mapping.model_copy(update={"sources": (*mapping.sources, form)})
    found = said(visited, both).counters
    assert [(p.contacts, p.cases) for p in found.points if (p.holder, p.channel) == ("form", "web")] == [(1, 1)]
    assert found.by_number == {"1": 2, "3": 1}


def test_no_contact_known_is_no_counter_counted() -> None:
    found = said(log("Z1 intake 1T09:00 | Z1 decide 2T09:00"), project()).counters
    assert (found.points, found.mean_per_case) == ((), None)


def asking(**rules: dict[str, object]) -> Project:
    activities = {name: {"name": name, **rule} for name, rule in rules.items()}
    return project(activities=activities)


INCOME = {"asks": {"nl": "inkomen", "en": "income"}}


def test_the_same_information_is_asked_twice_by_whichever_activity_or_contact_the_mapping_says() -> None:
    mapping = asking(request={**INCOME}, wants_income={**INCOME, "role": "contact"}, recheck={"asks": "adres"})
    found = said(
        log(
            "Z1 intake 1T09:00 desk | Z1 request 2T09:00 desk | Z1 wants_income 3T09:00 team | Z1 decide 9T09:00 team"
            " | Z2 intake 1T09:00 desk | Z2 request 2T09:00 desk | Z2 request 4T09:00 desk | Z2 decide 9T09:00 team"
            " | Z3 intake 1T09:00 desk | Z3 request 2T09:00 desk | Z3 recheck 3T09:00 team | Z3 decide 9T09:00 team",
            rules=RULES,
        ),
        mapping,
    ).asked
    assert [(a.topic["nl"], a.cases, a.times, a.cases_more_than_once, a.cases_by_several) for a in found] == [
        ("inkomen", 3, 5, 2, 1),
        ("adres", 1, 1, 0, 0),
    ]


def test_a_subject_is_the_same_however_its_languages_are_written_and_may_hold_any_sign() -> None:
    mapping = asking(request={"asks": "{adres}"}, recheck={"asks": {"en": "{adres}", "nl": "{adres}"}})
    found = said(log("Z1 request 2T09:00 desk | Z1 recheck 3T09:00 team | Z1 decide 9T09:00 team"), mapping).asked
    assert [(a.topic, a.times) for a in found] == [({"nl": "{adres}", "en": "{adres}"}, 2)]


def test_labels_of_one_activity_ask_each_for_what_the_mapping_says_of_it() -> None:
    rules = {"Inkomen": {"name": "request", "asks": "inkomen"}, "Adres": {"name": "request", "asks": "adres"}}
    made = log("Z1 request 2T09:00 | Z1 request 3T09:00 | Z1 request 4T09:00 | Z1 decide 9T09:00")
    rows = made.events.order_by("event_id").to_pyarrow().to_pylist()
    for row, label in zip(rows, ("Inkomen", "Adres ", "Adres"), strict=False):
        row["raw_activity"] = label
    relabelled = replace(made, events=made.con.create_table("relabelled", pa.Table.from_pylist(rows, schema=EVENTS)))
    found = said(relabelled, project(activities=rules)).asked
    assert [(a.topic["nl"], a.times, a.cases_more_than_once) for a in found] == [("adres", 2, 1), ("inkomen", 1, 0)]


def test_what_the_mapping_does_not_say_is_asked_is_not_guessed() -> None:
    assert said(log(CALLS, rules=RULES), project()).asked == ()


def test_an_emotion_outside_its_scale_is_no_answer() -> None:
    mapping = project(keep=("emotion",))
    asked = log(" | ".join(f"Z{n} decide 1T09:00 | Z{n} survey_end 2T09:00" for n in range(3)), rules=RULES)
    rows = asked.events.order_by("event_id").to_pyarrow().to_pylist()
    for row, value in zip((r for r in rows if r["role"] == "survey"), ("-2", "5", "1"), strict=True):
        row["attributes"] = f'{{"emotion": "{value}"}}'
    (score,) = scores(replace(asked, events=asked.con.create_table("t", pa.Table.from_pylist(rows, EVENTS))), mapping)
    assert (score.kpi, score.step, score.mean, score.n, score.invited) == ("EMOTION", None, -0.5, 2, 3)
