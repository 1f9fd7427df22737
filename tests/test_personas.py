"""Personas of a journey: the cases that their segment rules find."""

from __future__ import annotations

import json
from dataclasses import replace

import pyarrow as pa
import pytest

from mappings.journey import Journey
from mining.columns import CASES
from mining.designs import journey_facts
from mining.followed import followed
from mining.ledger import book
from mining.what_if import gains
from tests.logs import AS_OF, JOURNEY, log, project


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
