"""Forgotten cases: gone from every byte that we keep, and kept out afterwards."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.forget import ORDER, forget_cases, forget_copies
from flows.forgotten import ForgottenCases, forgotten_cases
from flows.pseudonym import project_key, pseudonym
from flows.receive import Inbox
from flows.registry import Registry, registry_url
from flows.request import RunRequest
from flows.run import prepare, run
from flows.sources.door import Door
from flows.sources.zgw.copy import Copy
from flows.sources.zgw.kept import as_json
from flows.store import EventStore
from mappings.errors import StoreError
from mappings.project import Project, ProjectFile
from mappings.source import Source
from mining.columns import EVENTS

SOURCE = """
name: log
kind: csv
path: ../log.csv
columns: {case: zaak, activity: wat, completed_at: klaar}
case: {related: hoort_bij}
keep: [verwijst]
"""
ROWS = """zaak,wat,klaar,hoort_bij,verwijst
ZAAK-77123,begin,2026-01-02,,
ZAAK-77123,einde,2026-01-09,,
ZAAK-77123,einde,geen datum,,
ZAAK-88000,begin,2026-01-03,ZAAK-77123,ZAAK-77123
ZAAK-88000,einde,2026-01-05,ZAAK-77123,
"""
ROWS += "".join(f"ZAAK-9{n:04},begin,2026-01-{n:02},,\n" for n in range(1, 31))
GONE = "ZAAK-77123"


def content_of(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Yield every file with its bytes; of Parquet the values, of archives the members."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        yield path, path.read_bytes()
        if path.suffix == ".parquet":
            with duckdb.connect() as con:
                yield path, repr(con.read_parquet(str(path)).fetchall()).encode()
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                yield from ((path, archive.read(name)) for name in archive.namelist())


def naming(folder: Path, *texts: str) -> list[str]:
    return [
        p.relative_to(folder).as_posix()
        for p, content in content_of(folder)
        if any(t.encode() in content for t in texts)
    ]


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    folder = tmp_path / "mapping"
    (folder / "sources").mkdir(parents=True)
    (folder / "project.yaml").write_text("name: small\npurpose: test\nlegal_basis: none\n")
    (folder / "sources" / "log.yaml").write_text(SOURCE)
    (tmp_path / "log.csv").write_text(ROWS)
    return folder


def mined(mapping: Path) -> Any:
    here = mapping.parent
    return run(RunRequest(mapping, here / "out", here / "store", as_of=datetime(2026, 4, 1, tzinfo=UTC)))


def forgotten(mapping: Path, *numbers: str) -> Any:
    here = mapping.parent
    return forget_cases(mapping, numbers, here / "store" / "small", here / "out")


def filled(mapping: Path) -> Path:
    """Fill a store through extraction and store alone: no gate, no page."""
    from flows.recorded import recorded
    from flows.run import extract_all, keep, work_folder

    prepared = prepare(RunRequest(mapping, mapping.parent / "out", mapping.parent / "store"))
    with recorded(prepared) as registry, work_folder(prepared) as work:
        kept = keep(prepared, extract_all(prepared, work, lambda what: None), registry)
    assert all(row.holds for row in kept.reconciliation)
    return prepared.store


def test_a_forgotten_case_is_in_no_byte_and_stays_out(mapping: Path) -> None:
    here = mapping.parent
    first = mined(mapping)
    key = project_key(here / "store" / "small" / "pseudonym.key")
    texts = (GONE, pseudonym(GONE, key))
    assert naming(here / "store", *texts)
    assert naming(here / "out", *texts)
    told = forgotten(mapping, GONE)
    assert (told.cases, told.dossiers, told.rows.events, told.rows.quarantine) == (1, 1, 2, 1)
    assert naming(here / "store", *texts) == []
    assert naming(here / "out", *texts) == []
    assert told.withdrawn == (first.folder.name,)  # its quality page shows the record that was set aside
    again = mined(mapping)
    assert naming(here / "store", *texts) == []
    assert naming(here / "out", *texts) == []
    (row,) = again.findings.reconciliation
    assert row.holds
    assert row.ignored_reasons == {"forgotten": 3}


def test_a_forgetting_that_was_killed_is_ended_by_the_same_command_without_numbers(
    mapping: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = filled(mapping)

    class Killed(BaseException):
        pass

    def killed(*_: Any) -> None:
        raise Killed

    for place in ("flows.forget.forget_published", "flows.forget.forget_copies", "flows.store.events.forget_rows"):
        with monkeypatch.context() as patch:
            patch.setattr(place, killed)
            with pytest.raises(Killed):
                forgotten(mapping, GONE)
        assert (store / ORDER).exists()
        with pytest.raises(StoreError, match="did not come to its end"):
            filled(mapping)
    assert forgotten(mapping).rows.events == 2
    assert naming(store, GONE) == []
    assert forgotten_cases(store, project_key(store / "pseudonym.key")).has("log", GONE)


def test_forgetting_twice_or_what_never_was_does_no_harm(mapping: Path) -> None:
    store = filled(mapping)
    forgotten(mapping, GONE)
    told = forgotten(mapping, GONE, "never-seen-1")
    assert (told.unknown, told.rows.events) == (2, 0)
    assert EventStore(store).version()
    with pytest.raises(StoreError, match="no case is named"):
        forgotten(mapping)


def test_of_a_store_that_is_not_there_nothing_is_called_forgotten(mapping: Path) -> None:
    arguments = ["forget", GONE, "--mapping", str(mapping), "--store", str(mapping.parent / "stroe")]
    done = CliRunner().invoke(app, arguments)
    assert isinstance(done.exception, StoreError)
    assert "nothing was forgotten" in str(done.exception)
    assert not (mapping.parent / "stroe").exists()


def test_who_asked_stands_in_the_registry_and_no_number_does(mapping: Path) -> None:
    store, here = filled(mapping), mapping.parent
    (here / "numbers.txt").write_text(f"{GONE}\n\n")
    arguments = ["forget", "--mapping", mapping, "--file", here / "numbers.txt", "--store", here / "store"]
    done = CliRunner().invoke(app, [str(a) for a in [*arguments, "--out", here / "out", "--by", "archivist"]])
    assert done.exit_code == 0, done.output
    assert "forgotten: 1 cases, 1 dossiers; 0 numbers were not in the store" in done.output
    with Registry.open(registry_url(store)) as registry:
        (noted,) = registry.forgettings("small")
    assert (noted.asked_by, noted.cases, noted.events) == ("archivist", 1, 2)
    assert naming(store, GONE) == []


def test_a_pseudonymised_number_is_forgotten_by_its_own(mapping: Path) -> None:
    (mapping / "sources" / "log.yaml").write_text(SOURCE.replace("keep: [verwijst]", "pseudonymise: [zaak]"))
    store = filled(mapping)
    assert forgotten(mapping, GONE).rows.events == 2
    filled(mapping)
    kept = naming(store, GONE, pseudonym(GONE, project_key(store / "pseudonym.key")))
    assert kept == []


def test_the_list_of_forgotten_cases_holds_no_number_and_needs_the_key(mapping: Path) -> None:
    store = filled(mapping)
    forgotten(mapping, GONE)
    said = json.loads((store / "forgotten.json").read_text())
    assert set(said) == {"check", "hashes", "key", "salt"}
    with pytest.raises(StoreError, match="another ZAAKSTROOM_KEY"):
        forgotten_cases(store, b"quite another key of length")


def test_a_forgotten_case_leaves_the_copy_of_a_zgw_installation(tmp_path: Path) -> None:
    written = Source(name="zgw", kind="zgw", zgw={"root": "https://host.example", "client_id": "c", "secret_env": "S"})
    whole = Project(file=ProjectFile(name="p", purpose="t", legal_basis="t"), folder=tmp_path, sources=(written,))
    path = tmp_path / "readings" / "zgw.zgw.sqlite"
    with Copy(path) as copy, copy.whole():
        rows = [
            ({"uuid": f"u{n}", "zaaktype": "t", "einddatum": None}, "{}", number)
            for n, number in enumerate((GONE, "B"))
        ]
        copy.put_zaken([(kept, f'{{"identificatie": "{number}"}}', number, True) for kept, _, number in rows], "now")
        copy.put("statussen", [("s1", "u0", "t", "2026", None), ("s2", "u1", "t", "2026", None)])
    forget_copies(tmp_path, ForgottenCases().with_cases([("zgw", GONE)]), whole)
    with Copy(path) as copy:
        assert copy.rows("SELECT uuid FROM zaken") == [("u1",)]
        assert copy.rows("SELECT uuid FROM statussen") == [("s2",)]
    assert naming(tmp_path / "readings", GONE) == []


def test_a_forgotten_case_leaves_the_links_of_other_cases_in_the_copy_and_is_known_by_its_id(tmp_path: Path) -> None:
    uuids = [f"5f0c9e1a-0000-4000-8000-00000000000{n}" for n in range(3)]
    links = [
        [["vervolg", f"https://host.example/zaken/api/v1/zaken/{uuid}"] for uuid in uuids if uuid != own]
        for own in uuids
    ]
    path = tmp_path / "readings" / "zgw.zgw.sqlite"
    with Copy(path) as copy, copy.whole():
        rows = [
            ({"uuid": uuid, "zaaktype": "t", "einddatum": None}, as_json({"uuid": uuid, "links": told}), f"Z-{n}", True)
            for n, (uuid, told) in enumerate(zip(uuids, links, strict=True))
        ]
        copy.put_zaken(rows, "now")
    (mapping_of_zgw := tmp_path / "mapping" / "sources").mkdir(parents=True)
    (tmp_path / "mapping" / "project.yaml").write_text("name: small\npurpose: test\nlegal_basis: none\n")
    (mapping_of_zgw / "zgw.yaml").write_text(
        "name: zgw\nkind: zgw\nzgw: {root: 'https://host.example', client_id: c, secret_env: S, notifications: inbox}\n"
    )
    inbox = Inbox(tmp_path / "mapping" / "inbox")
    for uuid in uuids:
        inbox.keep(json.dumps({"kanaal": "zaken", "hoofdObject": f"zaken/{uuid}"}) + "\n")
    store = tmp_path / "store" / "small"
    store.mkdir(parents=True)
    (tmp_path / "readings").rename(store / "readings")
    EventStore(store).upsert(_extract_of_zgw(tmp_path, "Z-0", "Z-1", "Z-2"))
    told = forgotten(tmp_path / "mapping", "Z-0")
    assert (told.dossiers, told.rows.events) == (1, 1)
    with Copy(store / "readings" / "zgw.zgw.sqlite") as copy:
        assert {uuid for (uuid,) in copy.rows("SELECT uuid FROM zaken")} == set(uuids[1:])
    assert naming(store, uuids[0], "Z-0") == []
    assert naming(inbox.folder, uuids[0]) == []
    assert len(naming(inbox.folder, *uuids[1:])) == 1
    door = Door(Source(name="other", kind="csv", path="x", columns={"case": "a", "activity": "b", "completed_at": "c"}))
    door.forgotten = forgotten_cases(store, project_key(store / "pseudonym.key"))
    brought = json.dumps([{"kind": "vervolg", "url": f"https://host.example/zaken/{uuid}"} for uuid in uuids[:2]])
    assert uuids[0] not in door.unnamed(pa.array([brought]))[0].as_py()
    assert uuids[1] in door.unnamed(pa.array([brought]))[0].as_py()
    attributes = [json.dumps({"note": f"with {number}"}) for number in ("Z-0", "Z-1")]
    objects = json.dumps([{"object": "o", "type": "item", "attributes": each} for each in attributes])
    assert "Z-0" not in door.unnamed(pa.array([objects]))[0].as_py()
    assert "Z-1" in door.unnamed(pa.array([objects]))[0].as_py()


def _extract_of_zgw(folder: Path, *numbers: str) -> Any:
    rows = [
        {"event_id": n, "source": "zgw", "source_case_id": n, "case_id": n, "activity": "a", "raw_activity": "a"}
        | {"precision": "day", "seq": 1, "role": "act", "records": 1}
        for n in numbers
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=EVENTS), folder / "events.parquet")
    paths = dict.fromkeys(("cases_path", "attempts_path", "quarantine_path"))
    return SimpleNamespace(source="zgw", events_path=folder / "events.parquet", **paths)


def test_a_number_of_two_sources_must_say_which(tmp_path: Path) -> None:
    folder = tmp_path / "mapping"
    (folder / "sources").mkdir(parents=True)
    (folder / "project.yaml").write_text("name: small\npurpose: test\nlegal_basis: none\n")
    for name in ("log", "partner"):
        columns = "columns: {case: zaak, chain_case: ref, activity: wat, completed_at: klaar}"
        (folder / "sources" / f"{name}.yaml").write_text(f"name: {name}\nkind: csv\npath: ../log.csv\n{columns}\n")
    (folder / "chain.yaml").write_text("links: [{source: partner, to: log}]\n")
    (tmp_path / "log.csv").write_text("zaak,ref,wat,klaar\nZ1,,begin,2026-01-02\nZ1,,einde,2026-01-05\n")
    filled(folder)
    with pytest.raises(StoreError, match="write source:number"):
        forgotten(folder, "Z1")
    told = forgotten(folder, "partner:Z1")
    assert (told.dossiers, told.rows.events) == (1, 2)


def test_a_folder_of_runs_that_is_not_there_is_told(mapping: Path):
    mined(mapping)
    here = mapping.parent
    store = next(p.parent for p in (here / "store", *(here / "store").rglob("*")) if p.name == "pseudonym.key")
    (here / "stores").mkdir()
    store.rename(here / "stores" / "small")
    arguments = ["forget", GONE, "--mapping", mapping, "--store", here / "stores", "--out", here / "elsewhere"]
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    assert f"no runs were found: there is no folder {here / 'elsewhere'}" in done.output
    assert "removed from 0 runs" not in done.output
