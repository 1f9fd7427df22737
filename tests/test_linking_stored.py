"""Links from files to the log: of persons a keyed hash is left, and a later link joins what stood apart."""

from __future__ import annotations

from pathlib import Path

import ibis
import pytest

from flows.mined import mined_log
from flows.sources import extract
from flows.store import EventStore
from mappings.load import load_project
from mining.log import Log
from tests.extracts import rows

KEY = b"a key for tests, of no use elsewhere"
PROJECT = "name: chain\npurpose: test\nlegal_basis: test\n"
CASES = """
name: cases
kind: csv
path: cases.csv
columns: {case: nr, activity: what, completed_at: at}
case: {received_at: ontvangen, closed_at: gesloten, person: bsn, related: hoort_bij}
"""
ADVICE = """
name: advice
kind: csv
path: advice.csv
columns: {case: dossier, chain_case: ref, activity: what, completed_at: at, event_id: id}
"""
EVENT = "{source: cases, to: cases, key: person, within: 30d}"
RELATED = "{source: cases, to: cases, key: related_case}"
REFERENCE = "{source: advice, to: cases}"
HEAD = "nr,what,at,ontvangen,gesloten,bsn,hoort_bij\n"
TWO = (
    HEAD
    + "Z1,melden,2026-01-05T09:00:00,2026-01-05T08:00:00,2026-01-09T10:00:00,123456782,\n"
    + "Z2,melden,2026-01-20T09:00:00,2026-01-20T08:00:00,,0123 456.782,\n"
)


def write(folder: Path, cases: str, advice: str = "dossier,ref,what,at,id\n", *links: str) -> Path:
    mapping = folder / "mapping"
    (mapping / "sources").mkdir(parents=True, exist_ok=True)
    (mapping / "project.yaml").write_text(PROJECT)
    (mapping / "sources" / "1-cases.yaml").write_text(CASES)
    (mapping / "sources" / "2-advice.yaml").write_text(ADVICE)
    (mapping / "chain.yaml").write_text("links:\n" + "".join(f"- {link}\n" for link in links))
    (mapping / "cases.csv").write_text(cases)
    (mapping / "advice.csv").write_text(advice)
    return mapping


def read(folder: Path, mapping: Path) -> Log:
    project = load_project(mapping)
    store = EventStore(folder / "store")
    for source in project.sources:
        store.upsert(extract(source, project, folder / "work", KEY))
    return mined_log(ibis.duckdb.connect(), store, project, store.version(), {})


def chain_of(log: Log) -> dict[str, str]:
    told = log.events.select("source_case_id", "case_id").distinct().to_pyarrow().to_pylist()
    return {row["source_case_id"]: row["case_id"] for row in told}


def test_the_zaken_of_one_persons_life_event_are_one_chain_case(tmp_path: Path) -> None:
    log = read(tmp_path, write(tmp_path, TWO, "dossier,ref,what,at,id\n", EVENT))
    assert chain_of(log) == {"Z1": "Z1", "Z2": "Z1"}


def test_a_chain_case_comes_in_with_its_first_zaak_and_is_closed_when_all_are(tmp_path: Path) -> None:
    log = read(tmp_path, write(tmp_path, TWO, "dossier,ref,what,at,id\n", EVENT))
    (case,) = log.cases.to_pyarrow().to_pylist()
    assert f"{case['received_at']:%d}" == "05"
    assert case["closed_at"] is None


def test_the_id_of_the_person_is_nowhere_in_the_store(tmp_path: Path) -> None:
    read(tmp_path, write(tmp_path, TWO, "dossier,ref,what,at,id\n", EVENT))
    for table in ("events", "cases", "quarantine"):
        assert "123456782" not in str(rows(EventStore(tmp_path / "store"), table))
    files = [f for f in (tmp_path / "store").rglob("*") if f.is_file()]
    assert files
    assert not any(b"123456782" in f.read_bytes() for f in files)


def test_a_related_case_is_part_of_the_chain_case(tmp_path: Path) -> None:
    cases = HEAD + "Z1,melden,2026-01-05T09:00:00,,,,\nZ2,melden,2026-01-20T09:00:00,,,,Z1\n"
    assert chain_of(read(tmp_path, write(tmp_path, cases, "dossier,ref,what,at,id\n", RELATED))) == {
        "Z1": "Z1",
        "Z2": "Z1",
    }


def test_a_reference_that_comes_in_later_joins_the_whole_dossier_and_its_correction_moves_it(tmp_path: Path) -> None:
    head = "dossier,ref,what,at,id\n"
    first = "A1,,gevraagd,2026-01-06T09:00:00,1\n"
    apart = read(tmp_path, write(tmp_path, TWO, head + first, REFERENCE))
    assert chain_of(apart)["A1"] == "advice:A1"
    later = read(tmp_path, write(tmp_path, TWO, head + first + "A1,Z1,bezocht,2026-01-07T09:00:00,2\n", REFERENCE))
    assert chain_of(later)["A1"] == "Z1"
    mended = read(tmp_path, write(tmp_path, TWO, head + first + "A1,Z2,bezocht,2026-01-07T09:00:00,2\n", REFERENCE))
    assert chain_of(mended)["A1"] == "Z2"


@pytest.mark.parametrize("parts", [("1", "2"), ("2", "1")])
def test_what_was_read_together_makes_no_difference_to_the_store(tmp_path: Path, parts: tuple[str, ...]) -> None:
    head = "dossier,ref,what,at,id\n"
    told = {"1": "A1,,gevraagd,2026-01-06T09:00:00,1\n", "2": "A1,Z1,bezocht,2026-01-07T09:00:00,2\n"}
    at_once, by_parts = tmp_path / "at-once", tmp_path / "by-parts"
    read(at_once, write(at_once, TWO, head + told["1"] + told["2"], REFERENCE))
    for part in parts:
        read(by_parts, write(by_parts, TWO, head + told[part], REFERENCE))
    stored = [{row[:4] for row in rows(EventStore(folder / "store"))} for folder in (at_once, by_parts)]
    assert stored[0] == stored[1]


def test_the_linked_log_still_tells_what_each_record_referred_to(tmp_path: Path) -> None:
    told = "dossier,ref,what,at,id\nA1,Z1,bezocht,2026-01-07T09:00:00,2\n"
    log = read(tmp_path, write(tmp_path, TWO, told, REFERENCE))
    said = log.events.filter(log.events.source == "advice").select("case_id", "chain_ref").to_pyarrow().to_pylist()
    assert said == [{"case_id": "Z1", "chain_ref": "Z1"}]
