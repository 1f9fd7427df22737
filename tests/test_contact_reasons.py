"""Contacts by why, repeat contacts, and scores by step with n and response: beside each other, never averaged."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pyarrow as pa

from mappings.journey import Journey
from mining.citizen import contacts
from mining.columns import EVENTS
from mining.ledger import book
from mining.log import Log
from mining.scores import scores
from tests.logs import AS_OF, log, project

JOURNEY = Journey.model_validate(
    {
        "name": "j",
        "flow": {"sequence": ["intake", "decide"]},
        "steps": {
            "intake": {"activities": ["intake"], "lane": "municipality", "layer": "backstage"},
            "decide": {"activities": ["decide", "survey_decision"], "lane": "municipality", "layer": "backstage"},
        },
    }
)
CONTACT = {"asks": {"role": "contact"}, "objects": {"role": "contact"}}
SURVEY = {"survey_decision": {"role": "survey"}, "survey_end": {"role": "survey"}}


def told(of: Log, *said: dict[str, str] | None) -> Log:
    """Put attributes on the events, by their number."""
    rows = of.events.order_by("event_id").to_pyarrow().to_pylist()
    for row, each in zip(rows, said, strict=True):
        row["attributes"] = None if each is None else json.dumps(each)
    return replace(of, events=of.con.create_table("told", pa.Table.from_pylist(rows, schema=EVENTS)))


def test_contacts_are_told_by_reason_and_those_soon_after_another_are_repeats() -> None:
    found = log(
        "Z1 intake 1T09:00 | Z1 asks 2T09:00 | Z1 asks 3T09:00 | Z1 objects 15T09:00 | Z1 decide 20T09:00"
        " | Z2 intake 1T09:00 | Z2 asks 3T10:00 | Z2 decide 9T09:00",
        rules=CONTACT,
    )
    ledger = book(found, project(), AS_OF)
    said = contacts(found, ledger, project())
    assert [(r.activity, r.contacts, r.cases, r.repeats) for r in said.reasons] == [
        ("asks", 3, 2, 1),
        ("objects", 1, 1, 0),
    ]
    assert said.repeats == 1


def test_a_reason_is_read_as_people_call_it() -> None:
    mapping = project(activities={"Vraag over voortgang": {"name": "asks", "role": "contact"}})
    found = log("Z1 intake 1T09:00 | Z1 asks 2T09:00 | Z1 decide 20T09:00", rules=CONTACT)
    (why,) = contacts(found, book(found, mapping, AS_OF), mapping).reasons
    assert why.title["nl"] == "Vraag over voortgang"


def test_within_how_many_days_a_contact_is_a_repeat_is_the_mappings_to_say() -> None:
    found = log("Z1 intake 1T09:00 | Z1 asks 2T09:00 | Z1 objects 14T09:00 | Z1 decide 20T09:00", rules=CONTACT)
    mapping = project()
    wider = mapping.model_copy(update={"file": mapping.file.model_copy(update={"repeat_within": timedelta(14)})})
    assert contacts(found, book(found, mapping, AS_OF), mapping).repeats == 0
    assert contacts(found, book(found, wider, AS_OF), wider).repeats == 1


def test_whose_initiative_a_contact_was_is_counted_where_it_is_known() -> None:
    found = told(
        log(
            "Z1 intake 1T09:00 | Z1 asks 2T09:00 | Z1 asks 12T09:00 | Z1 asks 22T09:00 | Z1 decide 30T09:00",
            rules=CONTACT,
        ),
        None,
        {"initiatief": "klant"},
        {"initiatief": "gemeente"},
        None,
        None,
    )
    (why,) = contacts(found, book(found, project(), AS_OF), project()).reasons
    assert (why.by_citizen, why.initiator_known, why.contacts) == (1, 2, 3)


def test_a_survey_has_n_and_response_by_step_and_the_end_of_the_journey_apart() -> None:
    mapping = project(JOURNEY, keep=("ces", "nps"))
    found = told(
        log(
            "Z1 intake 1T09:00 | Z1 decide 2T09:00 | Z1 survey_decision 3T09:00 | Z1 survey_end 4T09:00"
            " | Z2 intake 1T09:00 | Z2 decide 2T09:00 | Z2 survey_decision 3T09:00 | Z2 survey_end 4T09:00",
            rules=SURVEY,
        ),
        None,
        None,
        {"ces": "2"},
        {"nps": "9"},
        None,
        None,
        None,
        {"nps": "3"},
    )
    said = {(s.kpi, s.step): (s.mean, s.n, s.invited, s.response_rate, s.net) for s in scores(found, mapping)}
    assert said[("CES", "decide")] == (2.0, 1, 2, 0.5, None)
    assert said[("NPS", None)] == (6.0, 2, 2, 1.0, 0.0)


def test_an_answer_that_is_no_number_or_off_the_scale_of_nps_is_none() -> None:
    lines = " | ".join(f"Z{n} intake 1T09:00 | Z{n} survey_end 2T09:00" for n in range(4))
    answers = ({"nps": "9", "ces": "nan"}, {"nps": "99", "ces": "3"}, {"nps": "NaN"}, {"nps": "-1", "ces": "inf"})
    attributes = [each for answer in answers for each in (None, answer)]
    said = {
        s.kpi: s for s in scores(told(log(lines, rules=SURVEY), *attributes), project(JOURNEY, keep=("ces", "nps")))
    }
    assert (said["NPS"].mean, said["NPS"].n, said["NPS"].net, said["NPS"].invited) == (9.0, 1, 100.0, 4)
    assert (said["CES"].mean, said["CES"].n) == (3.0, 1)


def test_an_answer_with_a_decimal_comma_counts() -> None:
    lines = "Z1 intake 1T09:00 | Z1 survey_end 2T09:00 | Z2 intake 1T09:00 | Z2 survey_end 2T09:00"
    answered = told(log(lines, rules=SURVEY), None, {"ces": "3,5"}, None, {"ces": "4"})
    (said,) = scores(answered, project(JOURNEY, keep=("ces",)))
    assert (said.mean, said.n, said.response_rate) == (3.75, 2, 1.0)


def test_a_survey_neither_cuts_time_nor_is_a_contact() -> None:
    asked = log("Z1 intake 1T09:00 | Z1 decide 2T09:00 | Z1 survey_end 9T09:00", rules=SURVEY)
    plain = log("Z1 intake 1T09:00 | Z1 decide 2T09:00")
    ledgers = [book(one, project(), AS_OF) for one in (asked, plain)]
    lead = [each.cases.select("case_id", "origin", "ends_at").to_pyarrow().to_pylist() for each in ledgers]
    assert lead[0] == lead[1]
    assert contacts(asked, ledgers[0], project()).contacts == 0


def test_scores_that_contacts_carry_have_no_response_rate() -> None:
    found = told(
        log("Z1 intake 1T09:00 | Z1 asks 2T09:00 | Z1 decide 3T09:00", rules=CONTACT), None, {"ces": "4"}, None
    )
    (said,) = scores(found, project(keep=("ces",)))
    assert (said.mean, said.n, said.invited, said.response_rate) == (4.0, 1, None, None)
