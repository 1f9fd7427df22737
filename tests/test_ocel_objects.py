"""Objects beside the case: in, kept, minimised, and out again as they were, whatever form the log came in."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.pseudonym import pseudonym
from flows.recorded import recorded
from flows.request import RunRequest
from flows.run import extract_all, keep, prepare, run, work_folder
from flows.store import EventStore
from mappings.errors import MappingError, QualityStop, SourceError
from mappings.load import load_project
from tests.test_forget import naming

CITIZEN = "111222333"


def obj(own: str, kind: str, *related: tuple[str, str], **attributes: str) -> dict[str, Any]:
    told = [{"name": name, "value": value, "time": "2026-01-01T00:00:00Z"} for name, value in attributes.items()]
    relations = [{"objectId": other, "qualifier": how} for other, how in related]
    return {"id": own, "type": kind, "attributes": told, "relationships": relations}


def event(own: str, kind: str, day: int, *touched: tuple[str, str]) -> dict[str, Any]:
    relations = [{"objectId": other, "qualifier": how} for other, how in touched]
    at = f"2026-01-{day:02}T09:00:00Z"
    return {"id": own, "type": kind, "time": at, "attributes": [], "relationships": relations}


OBJECTS = [
    obj("Z1", "zaak", ("A1", "asks"), soort="wmo"),
    obj("Z2", "zaak", ("Z1", "follows on"), soort="wmo"),
    obj("Z3", "zaak", soort="jeugd"),
    obj("A1", "advies", ("B1", "leads to"), aard="medisch", opmerking="plantq about the neighbour"),
    obj("A9", "advies", ("B1", "leads to"), aard="nobody asked"),
    obj("A8", "advies", ("A9", "follows")),
    obj("B1", "besluit", ("Z1", "decides"), uitkomst="toegekend"),
    obj("B2", "besluit", uitkomst="afgewezen"),
    obj(CITIZEN, "inwoner", ("Z1", "applies"), naam="Plantedname"),
    obj("M1", "meubel", ("Z1", "stands by")),
]
EVENTS = [
    event("e1", "aanvragen", 2, ("Z1", "starts"), (CITIZEN, "by")),
    event("e2", "advies vragen", 5, ("Z1", ""), ("A1", "asked"), ("M1", "on")),
    event("e3", "overleg", 6, ("Z1", "about"), ("Z2", "about too"), ("A1", "of")),
    event("e4", "besluiten", 9, ("Z1", ""), ("B1", "taken")),
    event("e5", "besluiten", 12, ("Z2", ""), ("B2", "taken")),
    event("e6", "afhandelen", 13, ("Z3", "")),
    event("e7", "archiveren", 14, ("B1", "stored")),
    event("e8", "tellen", 15, ("Z3", ""), ("B2", "counted")),
]
LOG = {
    "objectTypes": [
        {"name": kind, "attributes": [{"name": name, "type": "string"} for name in names]}
        for kind, names in {
            "zaak": ["soort"],
            "advies": ["aard", "opmerking"],
            "besluit": ["uitkomst"],
            "inwoner": ["naam"],
            "meubel": [],
        }.items()
    ],
    "eventTypes": [{"name": kind, "attributes": []} for kind in dict.fromkeys(e["type"] for e in EVENTS)],
    "objects": OBJECTS,
    "events": EVENTS,
}
KEPT = """
objects:
  advies: {attributes: [aard]}
  besluit: {attributes: [uitkomst]}
  inwoner: {pseudonymise: true}
ignored: [tellen]
case: {segments: {soort: "case:soort"}}
"""


def _written(folder: Path) -> Path:
    path = folder / "log.json"
    path.write_text(json.dumps(LOG))
    return path


def _json(folder: Path) -> Path:
    return _written(folder)


def _xml(folder: Path) -> Path:
    import pm4py

    pm4py.write_ocel2_xml(pm4py.read_ocel2_json(str(_written(folder))), str(folder / "log.xml"))
    return folder / "log.xml"


def _sqlite(folder: Path) -> Path:
    import pm4py

    pm4py.write_ocel2_sqlite(pm4py.read_ocel2_json(str(_written(folder))), str(folder / "log.sqlite"))
    return folder / "log.sqlite"


FORMS: dict[str, Callable[[Path], Path]] = {"json": _json, "xml": _xml, "sqlite": _sqlite}


def mapped(folder: Path, path: Path, more: str = KEPT, *others: tuple[str, str]) -> Path:
    mapping = folder / "mapping"
    (mapping / "sources").mkdir(parents=True)
    (mapping / "project.yaml").write_text("name: objects\npurpose: test\nlegal_basis: none\n")
    told = f"name: log\nkind: ocel\npath: {path}\nobject_type: zaak\n{more}\n"
    (mapping / "sources" / "1-log.yaml").write_text(told)
    for name, text in others:
        (mapping / name).write_text(text)
    return mapping


def exported(mapping: Path) -> Path:
    here = mapping.parent
    return run(RunRequest(mapping, here / "out", here / "store")).folder / "export" / "log.ocel.json"


def stored(mapping: Path) -> dict[str, int]:
    """Read and store; return what was noted."""
    here = mapping.parent
    prepared = prepare(RunRequest(mapping, here / "out", here / "store"))
    with recorded(prepared) as registry, work_folder(prepared) as work:
        kept = keep(prepared, extract_all(prepared, work, lambda what: None), registry)
    return dict(kept.extracts[0].notes) | {"stored": kept.reconciliation[0].stored}


def beside(folder: Path) -> dict[str, list[dict[str, str]]]:
    """Return what the store has beside each case."""
    sql = EventStore(folder / "store" / "objects").sql("cases")
    rows = duckdb.sql(f"SELECT case_id, objects FROM ({sql}) WHERE objects IS NOT NULL").fetchall()
    return {case: json.loads(text) for case, text in rows}


@pytest.fixture(scope="module")
def back(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("back")
    return exported(mapped(folder, _json(folder)))


def test_the_three_forms_of_the_standard_tell_the_same(tmp_path: Path) -> None:
    told = {}
    for name, form in FORMS.items():
        (tmp_path / name).mkdir()
        stored(mapped(tmp_path / name, form(tmp_path / name)))
        # pm4py, which wrote the other forms, leaves out objects that no event touches, and qualifiers that are empty
        told[name] = {
            case: [e for e in entries if "A9" not in e.values()] for case, entries in beside(tmp_path / name).items()
        }
    key = {name: (tmp_path / name / "store" / "objects" / "pseudonym.key").read_bytes().strip() for name in FORMS}
    plain = {name: json.dumps(each).replace(pseudonym(CITIZEN, key[name]), "CITIZEN") for name, each in told.items()}
    assert len(told["json"]["Z1"]) > 10
    as_sets = {n: {c: sorted(map(str, es)) for c, es in json.loads(t).items()} for n, t in plain.items()}
    assert as_sets["json"] == as_sets["xml"] == as_sets["sqlite"]


def test_pm4py_reads_back_the_same_objects_types_and_relations(back: Path) -> None:
    import pm4py

    log = pm4py.read_ocel2(str(back))
    own = {row["ocel:oid"]: row["ocel:type"] for _, row in log.objects.iterrows()}
    (citizen,) = [oid for oid, kind in own.items() if kind == "inwoner"]
    assert own == {"Z1": "zaak", "Z2": "zaak", "Z3": "zaak", "A1": "advies", "B1": "besluit", "B2": "besluit"} | {
        citizen: "inwoner"
    }
    touched = {(r["ocel:eid"], r["ocel:oid"], r["ocel:qualifier"] or "") for _, r in log.relations.iterrows()}
    assert {each for each in touched if each[1] != citizen} == {
        ("e1", "Z1", "starts"),
        ("e2", "Z1", ""),
        ("e2", "A1", "asked"),
        ("e3", "Z1", "about"),
        ("e3", "Z2", "about too"),
        ("e3", "A1", "of"),
        ("e4", "Z1", ""),
        ("e4", "B1", "taken"),
        ("e5", "Z2", ""),
        ("e5", "B2", "taken"),
        ("e6", "Z3", ""),
    }
    assert ("e1", citizen, "by") in touched
    related = {(r["ocel:oid"], r["ocel:oid_2"], r["ocel:qualifier"]) for _, r in log.o2o.iterrows()}
    assert related == {
        ("Z1", "A1", "asks"),
        ("Z2", "Z1", "follows on"),
        ("A1", "B1", "leads to"),
        ("B1", "Z1", "decides"),
        (citizen, "Z1", "applies"),
    }
    assert Counter(log.events["ocel:activity"])["overleg"] == 1
    assert len(log.events) == 6


def test_only_listed_attributes_come_back(back: Path) -> None:
    told = {each["id"]: each for each in json.loads(back.read_text())["objects"]}
    assert [(a["name"], a["value"]) for a in told["A1"]["attributes"]] == [("aard", "medisch")]
    assert [(a["name"], a["value"]) for a in told["B1"]["attributes"]] == [("uitkomst", "toegekend")]


def test_what_is_not_listed_and_the_number_of_a_person_are_in_no_byte(back: Path) -> None:
    here = back.parents[3]
    for folder in (here / "store", here / "out"):
        assert naming(folder, "Z1")
        assert naming(folder, "plantq", "Plantedname", CITIZEN, "meubel") == []


def test_what_no_case_touches_stands_with_what_it_is_related_to_and_the_rest_is_counted(tmp_path: Path) -> None:
    noted = stored(mapped(tmp_path, _json(tmp_path)))
    assert noted["objects of kept types that stand beside no case, not kept"] == 1
    told = beside(tmp_path)
    assert {case: "A9" in str(entries) for case, entries in told.items()} == {"Z1": True, "Z2": False}
    ends = {"from": "A9", "from_type": "advies", "to": "B1", "to_type": "besluit", "qualifier": "leads to"}
    assert ends in told["Z1"]
    assert "A8" not in str(told)


def test_the_same_log_again_changes_nothing_and_a_new_relation_does(tmp_path: Path) -> None:
    mapping = mapped(tmp_path, _json(tmp_path))
    assert stored(mapping)["stored"] == 7
    store = tmp_path / "store" / "objects" / "cases" / "_delta_log"
    before = len(list(store.iterdir()))
    assert stored(mapping)["stored"] == 0
    assert len(list(store.iterdir())) == before
    other = json.loads(json.dumps(LOG))
    other["objects"][2]["relationships"] = [{"objectId": "B2", "qualifier": "decided by"}]
    (tmp_path / "log.json").write_text(json.dumps(other))
    stored(mapping)
    assert naming(tmp_path / "store", "decided by")


def test_personal_data_in_an_object_stops_before_the_store(tmp_path: Path) -> None:
    more = KEPT.replace("inwoner: {pseudonymise: true}", "inwoner: {}")
    with pytest.raises(QualityStop, match="objects: BSN"):
        stored(mapped(tmp_path, _json(tmp_path), more))
    assert naming(tmp_path / "store", CITIZEN) == []


def test_the_number_of_a_case_is_hashed_in_relations_too(tmp_path: Path) -> None:
    stored(mapped(tmp_path, _json(tmp_path), KEPT + 'pseudonymise: ["ocel:oid"]'))
    assert naming(tmp_path / "store", '"Z1"', '"Z2"', "@Z1") == []
    told = beside(tmp_path)
    assert {entry["case"] for entries in told.values() for entry in entries if "case" in entry} == set(told)
    ends = {
        e[end] for entries in told.values() for e in entries for end in ("from", "to") if e.get(f"{end}_type") == "zaak"
    }
    assert ends == set(told)


def test_a_case_that_is_forgotten_goes_out_of_the_relations_of_others_and_stays_out(tmp_path: Path) -> None:
    from flows.forget import forget_cases

    mapping = mapped(tmp_path, _json(tmp_path))
    stored(mapping)
    assert naming(tmp_path / "store", "follows on")
    forget_cases(mapping, ["Z1"], tmp_path / "store" / "objects", tmp_path / "out")
    for _ in range(2):
        assert naming(tmp_path / "store", "Z2", "B2")
        assert naming(tmp_path / "store", "Z1", "B1", "toegekend", "follows on") == []
        stored(mapping)


def test_in_a_chain_the_objects_stand_beside_zaken_and_dossiers(tmp_path: Path) -> None:
    advice = "name: advice\nkind: csv\npath: ../advice.csv\n"
    advice += "columns: {case: dossier, chain_case: zaak, activity: wat, completed_at: klaar}\n"
    (tmp_path / "advice.csv").write_text("dossier,zaak,wat,klaar\nD1,Z1,keuren,2026-01-07T09:00:00Z\n")
    links = ("chain.yaml", "links:\n- {source: advice, to: log}\n")
    mapping = mapped(tmp_path, _json(tmp_path), KEPT, ("sources/2-advice.yaml", advice), links)
    log = json.loads(exported(mapping).read_text())
    objects = {each["id"]: each for each in log["objects"]}
    assert objects["log:B1"]["type"] == "besluit"
    assert {"objectId": "log:Z1", "qualifier": "decides"} in objects["log:B1"]["relationships"]
    assert {"objectId": "log:A1", "qualifier": "asks"} in objects["log:Z1"]["relationships"]
    assert {"objectId": "zaak:Z1", "qualifier": "part of"} in objects["log:Z1"]["relationships"]
    decided = next(e for e in log["events"] if e["id"] == "log:e4@Z1")
    assert {"objectId": "log:B1", "qualifier": "taken"} in decided["relationships"]
    told = [r["objectId"] for row in (*log["objects"], *log["events"]) for r in row["relationships"]]
    assert set(told) <= set(objects)


def test_a_type_that_the_log_does_not_have_is_said_with_those_it_has(tmp_path: Path) -> None:
    mapping = mapped(tmp_path, _json(tmp_path), "objects: {dossier: {}}")
    with pytest.raises(SourceError, match=r"no object of type 'dossier'; write under 'objects' .* 'advies', 'besluit'"):
        stored(mapping)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("objects: {zaak: {}}", "'zaak' is the case"),
        ("objects: {advies: {keep: [x]}}", "keep"),
        ('objects: {advies: {}}\ncolumns: {case: "case:soort", activity: "ocel:activity"}', "case: ocel:oid"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(tmp_path: Path, more: str, said: str) -> None:
    with pytest.raises(MappingError, match=said):
        load_project(mapped(tmp_path, _json(tmp_path), more))


@pytest.mark.realdata
def test_the_real_log_of_orders_comes_in_whole(realdata: Path, tmp_path: Path) -> None:
    types = "objects: {items: {attributes: [price]}, packages: {}, customers: {}}"
    mapping = mapped(tmp_path, realdata / "ocel" / "order-management.sqlite", types)
    source = mapping / "sources" / "1-log.yaml"
    source.write_text(source.read_text().replace("object_type: zaak", "object_type: orders"))
    noted = stored(mapping)
    assert "objects of kept types that stand beside no case, not kept" not in noted
    told = [each for entries in beside(tmp_path).values() for each in entries]
    assert Counter(
        kind for _, kind in {(e["object"], e["type"]) for e in told if "object" in e and "event" not in e}
    ) == {
        "items": 7670,
        "packages": 320,
        "customers": 3,
    }
    related = {(e["from"], e["to"], e["qualifier"]) for e in told if "to" in e}
    assert Counter(how for _, _, how in related) == {"comprises": 7670, "contains": 7670, "places": 2000}
