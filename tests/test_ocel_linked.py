"""Linked cases as OCEL 2.0: zaak, dossiers, decisions and contacts apart, with qualified relations; read back."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from flows.publish import log_in_parts
from flows.publish.exports import write_exports
from mappings.source import Source
from mining.columns import CASES, EVENTS
from tests.bounded import held_by
from tests.extraction import read
from tests.findings_example import example as example_findings

TIES = [
    {"source": "advice", "number": "A1", "to": "cases", "to_number": "Z1", "key": "reference", "kind": "reference",
     "sure": "stated", "case_id": "Z1"},
    {"source": "cases", "number": "Z2", "to": "cases", "to_number": "Z1", "key": "related_case", "kind": "hoofdzaak",
     "sure": "stated", "case_id": "Z1"},
    {"source": "cases", "number": "Z9", "to": "cases", "to_number": "Z1", "key": "related_case", "kind": "hoofdzaak",
     "sure": "stated", "case_id": "Z1"},
]  # fmt: skip


def event(own: str, source_name: str, number: str, activity: str, hour: int, **more: Any) -> dict[str, Any]:
    return dict.fromkeys(EVENTS.names) | {
        "event_id": own,
        "source": source_name,
        "source_case_id": number,
        "case_id": "Z1",
        "activity": activity,
        "raw_activity": activity,
        "completed_at": datetime(2026, 1, 5, hour, tzinfo=UTC),
        "precision": "second",
        "seq": hour,
        "role": "act",
        "records": 1,
        **more,
    }


LOG = [
    event("e1", "cases", "Z1", "intake", 9),
    event("e2", "cases", "Z2", "intake", 10),
    event("e3", "advice", "A1", "advise", 11),
    event("e4", "contacts", "Z1", "asks_progress", 12, role="contact", channel="phone"),
    event("e5", "cases", "Z1", "decide", 13),
    event("b1:decided", "cases", "Z1", "besluit", 14, raw_activity="Besluit genomen: Vergunning"),
    event("b1:sent", "cases", "Z1", "verzonden", 15, raw_activity="Besluit verzonden: Vergunning"),
]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ocel")
    case = dict.fromkeys(CASES.names) | {"case_id": "Z1", "source": "cases", "zaaktype": "Wmo"}
    events, cases = pa.Table.from_pylist(LOG, EVENTS), pa.Table.from_pylist([case], CASES)
    ties = pa.Table.from_pylist(TIES)
    write_exports(folder, events, cases, None, example_findings(), None, ties, {("cases", "decide")})
    return folder / "log.ocel.json"


def objects(exported: Path) -> dict[str, dict[str, Any]]:
    return {each["id"]: each for each in json.loads(exported.read_text(encoding="utf-8"))["objects"]}


def relations(exported: Path, own: str) -> set[tuple[str, str]]:
    return {(each["objectId"], each["qualifier"]) for each in objects(exported)[own]["relationships"]}


def test_zaak_dossiers_decisions_and_contacts_are_objects_of_their_own(exported: Path) -> None:
    assert {own: each["type"] for own, each in objects(exported).items()} == {
        "zaak:Z1": "zaak",
        "cases:Z1": "dossier cases",
        "cases:Z2": "dossier cases",
        "advice:A1": "dossier advice",
        "contacts:Z1": "dossier contacts",
        "contact:e4": "contact",
        "decision:e5": "decision",
        "decision:b1": "decision",
    }


def test_each_link_is_a_relation_that_says_how_it_was_made_and_how_sure(exported: Path) -> None:
    assert relations(exported, "advice:A1") == {
        ("zaak:Z1", "part of"),
        ("cases:Z1", "linked by reference (stated)"),
    }
    assert ("cases:Z1", "linked by related_case hoofdzaak (stated)") in relations(exported, "cases:Z2")


def test_a_decision_and_a_contact_are_related_to_their_case(exported: Path) -> None:
    assert relations(exported, "decision:b1") == {("zaak:Z1", "decides"), ("cases:Z1", "recorded in")}
    assert relations(exported, "contact:e4") == {("zaak:Z1", "about"), ("contacts:Z1", "recorded in")}


def test_every_relation_is_to_an_object_that_is_there(exported: Path) -> None:
    known, log = objects(exported), json.loads(exported.read_text(encoding="utf-8"))
    told = [each["objectId"] for row in (*log["objects"], *log["events"]) for each in row["relationships"]]
    assert set(told) <= set(known)


def test_pm4py_reads_it_back_with_objects_and_relations(exported: Path) -> None:
    import pm4py

    log = pm4py.read_ocel2(str(exported))
    assert Counter(log.objects["ocel:type"]) == Counter(each["type"] for each in objects(exported).values())
    assert len(log.events) == len(LOG)
    between = {(row["ocel:oid"], row["ocel:oid_2"]): row["ocel:qualifier"] for _, row in log.o2o.iterrows()}
    assert between["advice:A1", "cases:Z1"] == "linked by reference (stated)"
    assert between["decision:e5", "zaak:Z1"] == "decides"


def test_our_own_reader_gives_the_same_events_of_the_zaak(exported: Path, tmp_path: Path) -> None:
    ours = Source(name="ocel", kind="ocel", path=str(exported), object_type="zaak")
    taken = read(tmp_path, ours)
    found = {(row["activity"], row["completed_at"], row["source_case_id"]) for row in taken.events}
    assert found == {(each["activity"], each["completed_at"], "zaak:Z1") for each in LOG}


def test_nothing_is_held_of_a_case_that_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_in_parts, "_PART", 100)

    def held(cases: int) -> int:
        rows = [
            {**event(f"{own}-{n}", source_name, f"{source_name}{n}", "advise", 9, role=role), "case_id": f"Z{n}"}
            for n in range(cases)
            for own, source_name, role in (("e", "cases", "act"), ("c", "cases", "contact"), ("a", "advice", "act"))
        ]
        ties = [{**TIES[0], "number": f"advice{n}", "to_number": f"cases{n}"} for n in range(cases)]
        case = dict.fromkeys(CASES.names) | {"source": "cases"}
        known = pa.Table.from_pylist([{**case, "case_id": f"Z{n}"} for n in range(cases)], CASES)
        events, tied = pa.Table.from_pylist(rows, EVENTS), pa.Table.from_pylist(ties)
        held = held_by(lambda: write_exports(tmp_path, events, known, None, example_findings(), None, tied))
        assert sum(len(each["relationships"]) for each in objects(tmp_path / "log.ocel.json").values()) == 5 * cases
        return held

    assert held(1200) - held(300) < 900 * 30
