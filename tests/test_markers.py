"""Markers in every field that is not listed, of every kind of source: after a run through Prefect they are nowhere.

One run reads a ZGW installation (audit trails, roles, decisions), a database, deliveries of a partner, contacts by two
APIs, visits and a survey; then a second night. All that is left is searched byte by byte: store, copy, registry,
pages, exports, Prefect's database with its artifacts and logs, and what was said.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from flows.recorded import recorded
from flows.request import RunRequest
from flows.run import extract_all, keep, prepare, work_folder
from tests.citizen_server import TOKEN, CitizenServer, served
from tests.markers import MARK, SAID, leaking, plant, planted
from tests.prefect_server import ROOT, PrefectServer, prefect_server
from tests.test_contacts_sources import about, contact, party
from tests.test_matomo import BEGUN, STEPS, event, page, visit
from tests.zgw_data import PLACE, ZgwData
from tests.zgw_made import Made
from tests.zgw_server import SECRET, ZgwServer, serving

CASES = 12
COLUMNS = "columns: {case: zaak, activity: wat, completed_at: klaar, chain_case: zaak}"
SOURCES = {
    "1-zaken": """
name: zaken
kind: zgw
zgw: {root: "ZGW", client_id: all, secret_block: zgw-secret, decisions: true, audit_trail: all, page_size: 50}
""",
    "2-register": f"name: register\nkind: sql\nurl: sqlite:///FOLDER/register.db\nquery: log\n{COLUMNS}",
    "3-partner": f"name: partner\nkind: csv\npath: FOLDER/in/*.csv\ndeliveries: {{}}\n{COLUMNS}",
    "4-contacts": """
name: contacts
kind: klantinteracties
contacts: {url: "CITIZEN/api/v1", token_env: CONTACT_TOKEN}
activities: {Vraag over voortgang: asks_progress}
""",
    "5-moments": """
name: moments
kind: contactmomenten
contacts: {url: "CITIZEN/api/v1", token_env: CONTACT_TOKEN}
""",
    "6-form": f"""
name: form
kind: matomo
matomo: {{url: "CITIZEN", token_env: CONTACT_TOKEN, site: 1, since: "2026-01-05", steps: {json.dumps(STEPS)}}}
""",
    "7-survey": "name: survey\nkind: xlsx\npath: FOLDER/survey.xlsx\nkeep: [ces]\n" + COLUMNS,
}
THRESHOLDS = "thresholds: {freshness: {warn: 10000, stop: 10001}}\n"


@dataclass(frozen=True)
class Left:
    """What a run left behind, and what it said."""

    folder: Path
    said: str
    server: PrefectServer


def _installation() -> ZgwData:
    made = Made()
    made.zaaktype()
    made.data.add(
        "besluittypen",
        {"url": f"{PLACE}/catalogi/api/v1/besluittypen/{made._next()}", "omschrijving": "Vergunning", "zaaktypen": []},
    )
    for n in range(1, CASES + 1):
        zaak = made.zaak(f"Z{n:03}", f"Ontvangen 2026-03-{n:02}T09:00:00Z | Behandeling 2026-04-{n:02}T09:00:00Z")
        made.status(zaak, "Afgerond", f"2026-05-{n:02}T09:00:00Z")
        made.rol(zaak, "medewerker", identificatie="plantq-medewerker")
        made.rol(zaak, "organisatorische_eenheid", naam="Team Vergunningen", identificatie="T1")
        made.rol(zaak, "natuurlijk_persoon", "initiator", inpBsn="111222333")
        made.resultaat(zaak, "Verleend")
        besluit = {"zaak": zaak["url"], "besluittype": f"{PLACE}/b", "datum": "2026-05-01", "verzenddatum": None}
        made.data.add("besluiten", {"url": f"{PLACE}/besluiten/api/v1/besluiten/{made._next()}", **besluit})
        made.trail(zaak, *_trail(zaak))
    plant(made.data)
    return made.data


def _trail(zaak: dict[str, Any]) -> list[dict[str, Any]]:
    at = {"resource": "zaak", "resourceUrl": zaak["url"]}
    held = {**zaak, "opschorting": {"indicatie": True, "eerdereOpschorting": False, "reden": ""}}
    rol = {"url": zaak["url"].replace("zaken/", "rollen/"), "zaak": zaak["url"], "betrokkeneType": "medewerker"}
    rol |= {"omschrijvingGeneriek": "behandelaar", "betrokkeneIdentificatie": {"identificatie": "plantq-ander"}}
    return [
        {**at, "actie": "create", "aanmaakdatum": "2026-03-01T10:00:00Z", "wijzigingen": {"oud": None, "nieuw": zaak}},
        {**at, "actie": "update", "aanmaakdatum": "2026-03-09T10:00:00Z", "wijzigingen": {"oud": zaak, "nieuw": held}},
        {
            "resource": "rol",
            "resourceUrl": rol["url"],
            "actie": "create",
            "aanmaakdatum": "2026-03-10T10:00:00Z",
            "wijzigingen": {"oud": None, "nieuw": rol},
        },
    ]


def _citizen() -> CitizenServer:
    server = CitizenServer()
    kept = ("uuid", "url", "kanaal", "plaatsgevondenOp", "onderwerp")
    mentioned = planted(contact("k2", f"Over {MARK}"), (*kept[:4],))
    server.lists = {
        "klantcontacten": [planted(contact("k1"), kept), mentioned],
        "onderwerpobjecten": [
            planted(about("k1", "Z001"), ("uuid", "url", "klantcontact", "onderwerpobjectidentificator"))
        ],
        "betrokkenen": [planted(party("k1", True), ("uuid", "url", "rol", "initiator", "hadKlantcontact"))],
        "contactmomenten": [
            {"url": "http://x/m1", "registratiedatum": "2026-02-01T10:00:00Z", "kanaal": "balie", "tekst": MARK}
            | {"onderwerpLinks": [MARK], "medewerkerIdentificatie": {"achternaam": MARK}, "klant": MARK}
        ],
        "objectcontactmomenten": [
            {"url": "http://x/o1", "contactmoment": "http://x/m1", "object": "http://x/Z002", "objectType": "zaak"}
        ],
    }
    actions = (page("/aanvraag/start"), event("Formulier", "gegevens", MARK), page(f"/bedankt?bsn={SAID[1]}"))
    kept = ("idVisit", "serverTimestamp", "firstActionTimestamp", "actionDetails")
    server.visits = {"2026-01-05": [planted(visit(n, *actions, dimension1=MARK), kept) for n in range(1, 6)]}
    assert BEGUN
    return server


def _rows() -> list[dict[str, str]]:
    rows = [
        {"zaak": f"Z{n:03}", "wat": what, "klaar": f"2026-03-{n + more:02}T10:00:00Z", "ces": "5"}
        for n in range(1, CASES + 1)
        for what, more in (("advies gevraagd", 0), ("advies gegeven", 9))
    ]
    broken = {"zaak": "Z001", "wat": "advies gegeven", "klaar": "op een dag", "ces": "5"}
    return [row | {"bsn": SAID[1], "opmerking": MARK.replace(",", ";")} for row in (*rows, broken)]


def _files(folder: Path) -> None:
    from openpyxl import Workbook

    rows = _rows()
    (folder / "in").mkdir()
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    (folder / "in" / "advies.csv").write_text("\n".join(lines) + "\n")
    os.utime(folder / "in" / "advies.csv", (1_600_000_000, 1_600_000_000))
    with closing(sqlite3.connect(folder / "register.db")) as con, con:
        con.execute(f"CREATE TABLE log ({', '.join(rows[0])})")
        con.executemany("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)", [tuple(row.values()) for row in rows])
    con.close()
    book = Workbook()
    assert book.active is not None
    for row in (list(rows[0]), *(list(row.values()) for row in rows)):
        book.active.append(row)
    book.save(folder / "survey.xlsx")


def _mapping(folder: Path, zgw: str, citizen: str) -> Path:
    mapping = folder / "mapping"
    (mapping / "sources").mkdir(parents=True)
    (mapping / "project.yaml").write_text("name: markers\npurpose: test\nlegal_basis: none\n")
    links = "".join(f"- {{source: {name}, to: zaken}}\n" for name in ("register", "partner", "contacts", "moments"))
    (mapping / "chain.yaml").write_text(f"links:\n{links}- {{source: survey, to: zaken}}\n")
    for name, text in SOURCES.items():
        told = text.replace("ZGW", zgw).replace("CITIZEN", citizen).replace("FOLDER", str(folder))
        (mapping / "sources" / f"{name}.yaml").write_text(told + "\n" + THRESHOLDS)
    return mapping


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Left]:
    read, kept = tmp_path_factory.mktemp("read"), tmp_path_factory.mktemp("left")
    _files(read)
    (kept / "prefect").mkdir()
    with prefect_server(kept / "prefect") as prefect, serving(ZgwServer(_installation())) as zgw:
        with served(_citizen()) as citizen:
            _keep_secret(prefect)
            mapping = _mapping(read, zgw.origin, citizen.origin)
            said = _run(prefect, mapping, kept)
            zgw.data.change("zaken", zgw.data.rows["zaken"][0].body["uuid"], einddatum="2026-06-01", toelichting=MARK)
            _next_night(mapping, kept)
        yield Left(kept, said, prefect)


def _keep_secret(prefect: PrefectServer) -> None:
    code = "import sys; from prefect.blocks.system import Secret; Secret(value=sys.argv[1]).save('zgw-secret')"
    subprocess.run([sys.executable, "-c", code, SECRET], env=prefect.environment, check=True, capture_output=True)


def _run(prefect: PrefectServer, mapping: Path, kept: Path) -> str:
    asked = ["run", str(mapping), "--out", str(kept / "out"), "--store", str(kept / "store")]
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", *asked],
        cwd=ROOT,
        env=prefect.environment | {"CONTACT_TOKEN": TOKEN},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def _next_night(mapping: Path, kept: Path) -> None:
    """Read and store once more, without Prefect."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZGW_SECRET", SECRET)
        patch.setenv("CONTACT_TOKEN", TOKEN)
        source = mapping / "sources" / "1-zaken.yaml"
        source.write_text(source.read_text().replace("secret_block: zgw-secret", "secret_env: ZGW_SECRET"))
        prepared = prepare(RunRequest(mapping, kept / "out", kept / "store"))
        with recorded(prepared) as registry, work_folder(prepared) as work:
            keep(prepared, extract_all(prepared, work, lambda what: None), registry)


def test_the_run_read_every_source(left: Left) -> None:
    (findings,) = {f.read_text() for f in (left.folder / "out").glob("latest/findings.json")}
    told = json.loads(findings)
    assert {row["source"] for row in told["reconciliation"]} == {name.partition("-")[2] for name in SOURCES}
    assert all(row["stored"] + row["already_known"] + row["replaced"] > 0 for row in told["reconciliation"])


def test_no_file_that_is_left_holds_a_marker(left: Left) -> None:
    names = {path.name for path in left.folder.rglob("*")}
    assert {"prefect.db", "server.log", "registry.sqlite", "zaken.zgw.sqlite", "findings.json"} <= names
    assert leaking(left.folder) == []


def test_nothing_that_was_said_holds_a_marker(left: Left) -> None:
    assert [each for each in SAID if each in left.said] == []


def test_artifacts_and_logs_of_prefect_hold_no_marker(left: Left) -> None:
    artifacts = left.server.asked("/artifacts/filter")
    logs = left.server.asked("/logs/filter")
    assert artifacts
    assert logs
    assert [each for each in SAID if each in json.dumps([artifacts, logs])] == []


def test_the_secret_comes_out_of_its_block_and_is_in_no_file_and_no_word(left: Left) -> None:
    assert leaking(left.folder, SECRET, TOKEN) == []
    assert SECRET not in left.said
    assert TOKEN not in left.said
    blocks = left.server.asked("/block_documents/filter")
    assert SECRET not in json.dumps(blocks)


def test_a_block_that_is_not_there_is_said_with_what_to_do(left: Left, tmp_path: Path) -> None:
    mapping = _mapping(tmp_path, "http://127.0.0.1:9", "http://127.0.0.1:9")
    for other in (mapping / "sources").glob("[2-7]*.yaml"):
        other.unlink()
    (mapping / "chain.yaml").unlink()
    source = mapping / "sources" / "1-zaken.yaml"
    source.write_text(source.read_text().replace("zgw-secret", "other"))
    asked = [sys.executable, "-m", "flows.cli", "run", str(mapping), "--store", str(tmp_path / "store")]
    environment = left.server.environment | {"CONTACT_TOKEN": TOKEN}
    done = subprocess.run(asked, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    assert "the Prefect block 'other' cannot be read" in " ".join((done.stdout + done.stderr).split())


def test_the_markers_are_served(left: Left) -> None:
    """Or the others would prove nothing."""
    with serving(ZgwServer(_installation())) as server:
        for resource in ("zaken", "statussen", "rollen", "resultaten", "statustypen"):
            rows = server.data.rows[resource]
            assert rows
            assert all(row.content.count(b"plantq") >= 2 for row in rows), resource
        assert "plantq" in json.dumps(server.data.trails)
    with served(_citizen()) as citizen:
        asked = httpx.get(f"{citizen.origin}/api/v1/klantcontacten?page=1", headers={"Authorization": f"Token {TOKEN}"})
        assert asked.text.count("plantq") >= 2
