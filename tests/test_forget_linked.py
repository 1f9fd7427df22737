"""A forgotten case in a chain: what hangs on it alone goes with it, and no other zaak does, however it is linked."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ibis
import pytest

from flows.forget import forget_cases
from flows.mined import mined_log
from flows.pseudonym import project_key, pseudonym
from flows.recorded import recorded
from flows.registry import Registry, registry_url
from flows.request import RunRequest
from flows.run import extract_all, keep, prepare, run, work_folder
from flows.store import EventStore
from mappings.load import load_project
from mining.columns import EVENTS
from tests.extracts import rows
from tests.test_forget import naming

COMMON = "kind: csv\nzone: Europe/Amsterdam\n"
SOURCES = {
    "1-zaken": "name: zaken\npath: ../zaken.csv\norganisation: city\nkeep: [verwijst]\n"
    "columns: {case: nr, activity: wat, completed_at: op}\n"
    "case: {person: bsn, related: hoort_bij, reference: uuid, segments: {soort: soort}}\n",
    "2-advice": "name: advice\npath: ../advice.csv\norganisation: agency\n"
    "columns: {case: nr, chain_case: ref, activity: wat, completed_at: op}\n",
    "3-care": "name: care\npath: ../care.csv\norganisation: provider\n"
    "columns: {case: nr, chain_case: ref, activity: wat, completed_at: op}\n",
    "4-calls": "name: calls\npath: ../calls.csv\norganisation: city\n"
    "columns: {case: nr, chain_case: ref, activity: wat, completed_at: op, event_id: nr}\n"
    "activities: {vraag: {name: asks, role: contact}, heel eigen vraag: {name: heel eigen vraag, role: contact}}\n",
    "5-web": "name: web\npath: ../web.csv\nrecord: attempts\norganisation: city\nchannel: web\n"
    "attempt: {attempt: nr, started_at: op, reached: stap, reason: reden, chain_case: ref}\n",
}
LINKS = """
links:
- {source: advice, to: zaken}
- {source: care, to: advice}
- {source: calls, to: zaken, on: reference, unlinked: aside}
- {source: web, to: zaken}
- {source: zaken, to: zaken, key: related_case}
- {source: zaken, to: zaken, key: person, within: 60d}
"""
GONE, OTHER, RELATED, APART = "ZK-71001", "ZK-71002", "ZK-71003", "ZK-71004"
UUID = {number: f"5f0c9e1a-0000-4000-8000-0000000{number[-5:]}" for number in (GONE, OTHER, RELATED, APART)}
LOGS = {
    "zaken": "nr,wat,op,bsn,hoort_bij,uuid,verwijst,soort\n"
    + f"{GONE},begin,2026-01-02T09:00:00,123456782,,{UUID[GONE]},,\n"
    + f"{GONE},heel eigen stap,2026-01-05T09:00:00,123456782,,{UUID[GONE]},,\n"
    + f"{GONE},einde,2026-01-09T09:00:00,123456782,,{UUID[GONE]},,\n"
    + f"{OTHER},begin,2026-01-12T09:00:00,123456782,,{UUID[OTHER]},zie {GONE} van vorige week,samen met {GONE}\n"
    + f"{OTHER},einde,2026-01-19T09:00:00,123456782,,{UUID[OTHER]},,samen met {GONE}\n"
    + f"{RELATED},begin,2026-01-14T09:00:00,,{GONE},{UUID[RELATED]},,\n"
    + f"{RELATED},einde,2026-01-15T09:00:00,,{GONE},{UUID[RELATED]},,\n"
    + f"{APART},begin,2026-01-16T09:00:00,,,{UUID[APART]},,\n"
    + f"{APART},einde,2026-01-18T09:00:00,,,{UUID[APART]},,\n"
    + "".join(
        f"ZK-9{n:04},{what},2026-02-{n + day:02}T09:00:00,,,,,\n"
        for n in range(1, 13)
        for what, day in (("begin", 0), ("einde", 7))
    ),
    "advice": "nr,ref,wat,op\n"
    + f"ADV-81001,{GONE},advies,2026-01-06T09:00:00\nADV-81001,,heel eigen advies,2026-01-07T09:00:00\n"
    + f"ADV-81002,{OTHER},advies,2026-01-13T09:00:00\n"
    + f"ADV-81009,{OTHER},advies,2026-01-13T10:00:00\nADV-81009,{GONE},advies,2026-01-13T11:00:00\n",
    "care": "nr,ref,wat,op\n"
    + "CARE-91001,ADV-81001,zorg,2026-01-08T09:00:00\nCARE-91002,ADV-81002,zorg,2026-01-18T09:00:00\n",
    "calls": "nr,ref,wat,op\n"
    + f"KC-61001,{UUID[GONE]},vraag,2026-01-08T10:00:00\nKC-61003,{UUID[GONE]},heel eigen vraag,2026-01-08T11:00:00\n"
    + f"KC-61002,{UUID[OTHER]},vraag,2026-01-18T10:00:00\n",
    "web": "nr,op,stap,reden,ref\n"
    + f"WEB-51001,2026-01-02T08:00:00,verzonden,heel eigen reden,{GONE}\n"
    + f"WEB-51002,2026-01-12T08:00:00,verzonden,,{OTHER}\n",
}
EVERYTHING = {GONE, "ADV-81001", "CARE-91001", "KC-61001", "KC-61003", UUID[GONE]}
UNIQUE = ("heel eigen stap", "heel eigen advies", "heel eigen vraag", "heel eigen reden")


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    folder = tmp_path / "mapping"
    (folder / "sources").mkdir(parents=True)
    (folder / "project.yaml").write_text("name: small\npurpose: test\nlegal_basis: none\n")
    (folder / "chain.yaml").write_text(LINKS)
    for name, text in SOURCES.items():
        (folder / "sources" / f"{name}.yaml").write_text(COMMON + text)
    for name, text in LOGS.items():
        (tmp_path / f"{name}.csv").write_text(text)
    return folder


def filled(mapping: Path) -> EventStore:
    prepared = prepare(RunRequest(mapping, mapping.parent / "out", mapping.parent / "store"))
    with recorded(prepared) as registry, work_folder(prepared) as work:
        kept = keep(prepared, extract_all(prepared, work, lambda what: None), registry)
    assert all(row.holds for row in kept.reconciliation)
    return EventStore(prepared.store)


def forgotten(mapping: Path, *numbers: str) -> Any:
    return forget_cases(mapping, numbers, mapping.parent / "store" / "small", mapping.parent / "out")


def stored(store: EventStore) -> dict[str, set[str]]:
    """Return source → the numbers that have rows."""
    con = ibis.duckdb.connect()
    tables = store.tables(con)
    told = tables.events.select("source", n="source_case_id").union(tables.attempts.select("source", n="attempt_id"))
    found: dict[str, set[str]] = {}
    for row in told.distinct().to_pyarrow().to_pylist():
        found.setdefault(row["source"], set()).add(row["n"])
    con.disconnect()
    return found


def held_in(store: EventStore) -> list[Any]:
    """Return all rows, of events without the place in what was read, which a record that is left out moves."""
    told = EVENTS.names.index("seq")
    return [
        [row[:told] + row[told + 1 :] if table == "events" else row for row in rows(store, table)]
        for table in ("events", "cases", "attempts")
    ]


def chains(mapping: Path, store: EventStore) -> dict[str, str]:
    con = ibis.duckdb.connect()
    log = mined_log(con, store, load_project(mapping), store.version(), {})
    found = log.events.select("source_case_id", "case_id").distinct().to_pyarrow().to_pylist()
    con.disconnect()
    return {row["source_case_id"]: row["case_id"] for row in found}


@pytest.mark.parametrize("named", [GONE, f"zaken:{GONE}"])
def test_a_zaak_takes_along_what_hangs_on_it_alone_and_no_other_zaak(mapping: Path, named: str) -> None:
    store = filled(mapping)
    before, chain = stored(store), chains(mapping, store)
    assert {chain[n] for n in (GONE, OTHER, RELATED, "ADV-81001", "CARE-91001", "KC-61001", "CARE-91002")} == {GONE}
    assert chain["ADV-81009"] == "advice:ADV-81009"
    told = forgotten(mapping, named)
    assert (told.cases, told.unknown, told.rows.attempts) == (1, 0, 1)
    after = stored(store)
    gone = {n for source, numbers in before.items() for n in numbers - after.get(source, set())}
    assert gone - before["web"] == {GONE, "ADV-81001", "CARE-91001", "KC-61001", "KC-61003"}
    assert len(before["web"]) - len(after["web"]) == 1


def test_the_others_of_the_person_and_the_chain_stay_linked_among_themselves(mapping: Path) -> None:
    store = filled(mapping)
    forgotten(mapping, GONE)
    chain = chains(mapping, store)
    assert {n: chain[n] for n in (OTHER, "ADV-81002", "CARE-91002", "KC-61002")} == dict.fromkeys(
        (OTHER, "ADV-81002", "CARE-91002", "KC-61002"), OTHER
    )
    assert chain[RELATED] == RELATED  # it was of the chain by its relation to the forgotten one alone
    assert chain["ADV-81009"] == "advice:ADV-81009"  # which of its two numbers was right, still nobody knows


def test_what_is_tied_to_another_zaak_of_the_chain_too_stays_with_that_one(mapping: Path) -> None:
    said = LINKS.strip().split("\n")[1:]
    # the links between zaken first: what names two of one chain then fits one case
    ordered = sorted(said, key=lambda line: "source: zaken" not in line)
    (mapping / "chain.yaml").write_text("links:\n" + "\n".join(ordered) + "\n")
    store = filled(mapping)
    assert chains(mapping, store)["ADV-81009"] == GONE
    forgotten(mapping, GONE)
    chain = chains(mapping, store)
    assert {"ADV-81001", "CARE-91001", GONE}.isdisjoint(chain)
    assert chain["ADV-81009"] == "advice:ADV-81009"  # one of its two numbers is not there any more
    assert naming(mapping.parent / "store", GONE) == []


def test_a_zaak_that_does_not_name_the_chain_case_leaves_it(mapping: Path) -> None:
    store = filled(mapping)
    forgotten(mapping, OTHER)
    chain = chains(mapping, store)
    assert not {OTHER, "ADV-81002", "CARE-91002", "KC-61002"} & set(chain)
    assert {chain[n] for n in (GONE, RELATED, "ADV-81001", "CARE-91001", "KC-61001")} == {GONE}
    assert naming(mapping.parent / "store", OTHER, "ADV-81002", "CARE-91002", "KC-61002", UUID[OTHER]) == []


def test_a_dossier_of_a_partner_goes_alone_and_who_names_it_loses_its_number(mapping: Path) -> None:
    store = filled(mapping)
    told = forgotten(mapping, "ADV-81001")
    assert (told.dossiers, told.rows.events, told.rows.scrubbed) == (1, 2, 1)
    assert chains(mapping, store)["CARE-91001"] == "care:CARE-91001"
    assert naming(mapping.parent / "store", "ADV-81001") == []
    held = held_in(store)
    filled(mapping)
    assert held_in(store) == held


def test_a_partners_number_takes_nothing_of_a_like_number_elsewhere(mapping: Path) -> None:
    advice = (mapping.parent / "advice.csv").read_text().replace("ADV-81002", APART)
    (mapping.parent / "advice.csv").write_text(advice)
    (mapping.parent / "care.csv").write_text((mapping.parent / "care.csv").read_text().replace("ADV-81002", APART))
    zaken = (mapping.parent / "zaken.csv").read_text().replace(f",,{UUID[RELATED]}", f",{APART},{UUID[RELATED]}")
    (mapping.parent / "zaken.csv").write_text(zaken.replace(f",{GONE},{UUID[RELATED]}", f",{APART},{UUID[RELATED]}"))
    store = filled(mapping)
    forgotten(mapping, f"advice:{APART}")
    chain = chains(mapping, store)
    assert chain[RELATED] == chain[APART] == RELATED
    assert chain["CARE-91002"] == "care:CARE-91002"


def test_a_number_that_is_not_stored_takes_what_names_it_and_keeps_it_out(mapping: Path) -> None:
    log = (mapping.parent / "advice.csv").read_text()
    (mapping.parent / "advice.csv").write_text(log + "ADV-81005,ZK-70000,advies,2026-01-20T09:00:00\n")
    store = filled(mapping)
    told = forgotten(mapping, "ZK-70000")
    assert (told.unknown, told.dossiers) == (1, 1)
    filled(mapping)
    assert "ADV-81005" not in stored(store)["advice"]


def test_the_next_reading_brings_nothing_back_and_changes_nothing(mapping: Path) -> None:
    store = filled(mapping)
    forgotten(mapping, GONE)
    held = held_in(store)
    later = f"KC-61007,{UUID[GONE]},vraag,2026-02-08T10:00:00\n"
    (mapping.parent / "calls.csv").write_text((mapping.parent / "calls.csv").read_text() + later)
    filled(mapping)
    assert held_in(store) == held
    fresh = mapping.parent / "fresh"
    (fresh / "small").mkdir(parents=True)
    for name in ("forgotten.json", "pseudonym.key"):
        (fresh / "small" / name).write_bytes((mapping.parent / "store" / "small" / name).read_bytes())
    prepared = prepare(RunRequest(mapping, mapping.parent / "out", fresh))
    with recorded(prepared) as registry, work_folder(prepared) as work:
        keep(prepared, extract_all(prepared, work, lambda what: None), registry)
    assert held_in(EventStore(prepared.store)) == held


def test_no_byte_of_store_registry_and_publications_tells_of_it(mapping: Path) -> None:
    here = mapping.parent

    def mined() -> Any:
        return run(RunRequest(mapping, here / "out", here / "store", as_of=datetime(2026, 4, 1, tzinfo=UTC)))

    first = mined()
    key = project_key(here / "store" / "small" / "pseudonym.key")
    texts = (*EVERYTHING, *(pseudonym(text, key) for text in EVERYTHING), *UNIQUE)
    for text in (*EVERYTHING, *UNIQUE):
        assert naming(here / "store", text), text
    assert naming(here / "out", *UNIQUE[:3])
    told = forgotten(mapping, GONE)
    assert told.withdrawn == (first.folder.name,)  # its page shows steps that this case alone had
    assert naming(here / "store", *texts) == []
    assert naming(here / "out", *texts) == []
    with Registry.open(registry_url(here / "store" / "small")) as registry:
        assert registry.forgettings("small") == ()
    again = mined()
    assert naming(here / "store", *texts) == []
    assert naming(here / "out", *texts) == []
    assert all(row.holds for row in again.findings.reconciliation)
    assert again.findings.linking.cases.several_cases == 0
