"""Personas of a journey: the cases that their segment rules find."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from mappings.journey import Journey
from mining.columns import CASES
from mining.designs import journey_facts
from mining.followed import followed
from mining.ledger import book
from mining.variants import variants
from mining.what_if import gains
from tests.logs import AS_OF, JOURNEY, log, project


def _counted(personas: dict[str, dict[str, Any]], **cases: dict[str, str]) -> tuple[dict[str, Any], dict[str, int]]:
    """Return the cases of each persona as the journey tells them, and as the curves over them do."""
    mapped = project(Journey.model_validate(JOURNEY.model_dump(by_alias=True) | {"personas": personas}))
    made = log(" | ".join(f"{case} intake 1 | {case} decide 3" for case in cases), received=dict.fromkeys(cases, "0"))
    rows = [row | cases[row["case_id"]] for row in made.cases.to_pyarrow().to_pylist()]
    made = replace(made, cases=made.con.create_table("told", pa.Table.from_pylist(rows, schema=CASES)))
    ledger = book(made, mapped, AS_OF)
    (facts,) = journey_facts(mapped, ledger, (), gains(ledger, mapped))
    curves = followed(ledger, made, mapped, AS_OF).labels["persona"].counts()
    return {p.persona: p.cases for p in facts.personas}, curves


def test_a_case_that_fits_two_personas_is_counted_for_the_first_as_in_the_curves() -> None:
    personas = {
        "foreign": {"name": "Foreign", "segment": {"channel": "post"}},
        "carer": {"name": "Carer", "segment": {"zaaktype": "care"}},
        "nobody": {"name": "Nobody", "segment": {"zaaktype": "none"}},
    }
    both = {"channel": "post", "zaaktype": "care"}
    told, curves = _counted(personas, Z1=both, Z2=both, Z3={"channel": "desk", "zaaktype": "care"})
    assert told == {"foreign": 2, "carer": 1, "nobody": 0}
    assert curves == {"foreign": 2, "carer": 1}


def test_a_persona_without_a_rule_has_the_cases_that_name_it() -> None:
    told, curves = _counted({"carer": {"name": "Carer"}, "other": {"name": "Other"}}, Z1={"persona": "carer"}, Z2={})
    assert told == {"carer": 1, "other": None}
    assert curves == {"carer": 1}


# names of the ledger's own columns, one of a number, one of a text
@pytest.mark.parametrize("segment", ["district", "origin", "end"])
def test_a_segment_may_be_called_as_anything(segment: str) -> None:
    persona = {"foreign": {"name": "Foreign", "segment": {segment: "abroad"}}}
    mapped = project(Journey.model_validate(JOURNEY.model_dump(by_alias=True) | {"personas": persona}))
    made = log("Z1 intake 1 | Z1 decide 5 | Z2 intake 1 | Z2 decide 3", received={"Z1": "0", "Z2": "0"})
    rows = made.cases.order_by("case_id").to_pyarrow().to_pylist()
    rows[0]["segments"] = json.dumps({segment: "abroad"})
    made = replace(made, cases=made.con.create_table("told", pa.Table.from_pylist(rows, schema=CASES)))
    ledger = book(made, mapped, AS_OF)
    (facts,) = journey_facts(mapped, ledger, (), gains(ledger, mapped))
    assert [(p.persona, p.cases, p.median_seconds) for p in facts.personas] == [("foreign", 1, 5 * 86_400.0)]
    assert followed(ledger, made, mapped, AS_OF).labels["persona"].counts() == {"foreign": 1}


def test_times_of_personas_and_orders_say_over_how_many_of_their_cases_they_are() -> None:
    persona = {"all": {"name": "All", "segment": {"channel": "web"}}}
    mapped = project(Journey.model_validate(JOURNEY.model_dump(by_alias=True) | {"personas": persona, "delivers": []}))
    lines = "Z1 intake 1 | Z1 decide 5 | Z2 intake 1 | Z2 decide 3 | Z3 intake 1 | Z3 decide 4"
    dates = {"received": {"Z1": "0", "Z2": "0", "Z3": "0"}, "closed": {"Z1": "5", "Z2": "3"}}
    made = log(lines, **dates)
    rows = [row | {"channel": "web"} for row in made.cases.to_pyarrow().to_pylist()]
    made = replace(made, cases=made.con.create_table("told", pa.Table.from_pylist(rows, schema=CASES)))
    ledger = book(made, mapped, AS_OF)
    (facts,) = journey_facts(mapped, ledger, (), gains(ledger, mapped))
    assert [(p.cases, p.timed_cases, p.median_seconds) for p in facts.personas] == [(3, 2, 4 * 86_400.0)]
    ((order,), _) = variants(ledger)
    assert (order.cases, order.timed_cases, order.mean_seconds) == (3, 2, 4 * 86_400.0)
