"""Contacts from Klantinteracties and Contactmomenten: what is kept, of which case, and that nothing of a person is."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pyarrow.parquet as pq
import pytest

from flows.sources import Extract, extract
from flows.sources.contacts import read_contacts
from flows.sources.records import Told
from mappings.errors import SourceError
from mappings.load import load_project
from tests.citizen_server import TOKEN, CitizenServer, Row, served

KEY = b"a key for tests, of no use elsewhere"
PERSON = ("Jansen", "123456782", "jansen@example.org", "0612345678", "Mijn buurvrouw Jansen")


def contact(own: str, subject: str = "Vraag over voortgang", **more: Any) -> Row:
    return {
        "uuid": own,
        "url": f"http://x/klantinteracties/api/v1/klantcontacten/{own}",
        "gingOverOnderwerpobjecten": [],
        "hadBetrokkenActoren": [],
        "hadBetrokkenen": [],
        "leiddeTotInterneTaken": [],
        "omvatteBijlagen": [],
        "kanaal": "telefoon",
        "onderwerp": subject,
        "inhoud": "Mijn buurvrouw Jansen, BSN 123456782, belt op 0612345678",
        "taal": "nld",
        "vertrouwelijk": False,
        "plaatsgevondenOp": "2026-01-05T10:15:00+01:00",
        **more,
    }


def about(own: str, case: str, kind: str = "zaak") -> Row:
    return {
        "uuid": f"o-{own}-{case}",
        "url": f"http://x/onderwerpobjecten/o-{own}-{case}",
        "klantcontact": {"uuid": own, "url": f"http://x/klantcontacten/{own}"},
        "onderwerpobjectidentificator": {
            "objectId": case,
            "codeObjecttype": kind,
            "codeRegister": "open-zaak",
            "codeSoortObjectId": "uuid",
        },
    }


def party(own: str, started: bool) -> Row:
    return {
        "uuid": f"b-{own}",
        "url": f"http://x/betrokkenen/b-{own}",
        "hadKlantcontact": {"uuid": own, "url": f"http://x/klantcontacten/{own}"},
        "rol": "klant",
        "initiator": started,
        "volledigeNaam": "P. Jansen",
        "digitaleAdressen": [{"adres": "jansen@example.org"}],
    }


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[CitizenServer]:
    monkeypatch.setenv("CONTACT_TOKEN", TOKEN)
    with served(CitizenServer()) as running:
        running.lists = {"klantcontacten": [], "onderwerpobjecten": [], "betrokkenen": []}
        yield running


def read(folder: Path, server: CitizenServer, kind: str = "klantinteracties", more: str = "") -> Extract:
    mapping = folder / "mapping"
    (mapping / "sources").mkdir(parents=True, exist_ok=True)
    (mapping / "project.yaml").write_text("name: p\npurpose: t\nlegal_basis: t\n")
    (mapping / "chain.yaml").write_text("links:\n- {source: contacts, to: zaken, on: reference, unlinked: aside}\n")
    (mapping / "sources" / "zaken.yaml").write_text(
        "name: zaken\nkind: csv\npath: z.csv\ncolumns: {case: nr, activity: a, completed_at: t}\n"
    )
    (mapping / "sources" / "contacts.yaml").write_text(
        f"name: contacts\nkind: {kind}\ncontacts: {{url: '{server.origin}/api/v1', token_env: CONTACT_TOKEN}}\n"
        "channels: {telefoon: phone}\nactivities: {Vraag over voortgang: asks_progress}\n" + more
    )
    project = load_project(mapping)
    source = next(s for s in project.sources if s.name == "contacts")
    return extract(source, project, folder / "work", KEY)


def events(taken: Extract) -> list[Row]:
    return pq.read_table(taken.events_path).to_pylist()


def test_a_contact_is_an_event_with_channel_initiator_case_and_a_listed_subject(
    tmp_path: Path, server: CitizenServer
) -> None:
    server.lists |= {
        "klantcontacten": [contact("k1")],
        "onderwerpobjecten": [about("k1", "uuid-1")],
        "betrokkenen": [party("k1", True)],
    }
    (event,) = events(read(tmp_path, server))
    assert (event["activity"], event["role"], event["channel"]) == ("asks_progress", "contact", "phone")
    assert (event["source_case_id"], event["chain_ref"]) == ("k1", "uuid-1")
    assert f"{event['completed_at']:%H:%M}" == "09:15"
    assert json.loads(event["attributes"]) == {"initiatief": "klant"}


def test_nothing_of_a_person_is_kept_and_a_subject_that_is_not_listed_is_not_either(
    tmp_path: Path, server: CitizenServer
) -> None:
    server.lists |= {"klantcontacten": [contact("k1", "Mijn buurvrouw Jansen")], "betrokkenen": [party("k1", True)]}
    taken = read(tmp_path, server)
    assert [e["activity"] for e in events(taken)] == ["contact"]
    assert taken.notes["contacts without a subject that the mapping lists"] == 1
    written = b"".join(f.read_bytes() for f in (tmp_path / "work").rglob("*") if f.is_file())
    assert not [said for said in PERSON if said.encode() in written]


def test_pages_are_asked_for_by_number_and_a_link_to_another_host_is_never_followed(
    tmp_path: Path, server: CitizenServer
) -> None:
    server.lists["klantcontacten"] = [contact(f"k{n}") for n in range(5)]
    assert len(events(read(tmp_path, server))) == 5
    assert sum("/klantcontacten?" in asked for asked in server.asked) == 3


def test_a_contact_about_two_cases_is_a_record_of_each_and_another_object_is_no_case(
    tmp_path: Path, server: CitizenServer
) -> None:
    server.lists |= {
        "klantcontacten": [contact("k1"), contact("k2")],
        "onderwerpobjecten": [about("k1", "u1"), about("k1", "u2"), about("k2", "a1", "adres")],
    }
    taken = read(tmp_path, server)
    assert sorted((e["source_case_id"], e["chain_ref"]) for e in events(taken)) == [
        ("k1:u1", "u1"),
        ("k1:u2", "u2"),
        ("k2", None),
    ]
    assert taken.notes["contacts about more than one case, a record for each"] == 1
    assert taken.notes["contacts about no case"] == 1


def test_a_server_that_is_busy_is_asked_again_and_one_that_refuses_is_told_plainly(
    tmp_path: Path, server: CitizenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    server.lists["klantcontacten"] = [contact("k1")]
    server.faults = [503]
    assert read(tmp_path, server).notes["requests sent again: answer 503"] == 1
    monkeypatch.setenv("CONTACT_TOKEN", "another")
    with pytest.raises(SourceError, match="check the token") as refused:
        read(tmp_path, server)
    assert "another" not in str(refused.value)


def test_the_older_api_has_initiator_and_case_but_no_subject(tmp_path: Path, server: CitizenServer) -> None:
    url = "http://x/contactmomenten/api/v1/contactmomenten/c1"
    server.lists = {
        "contactmomenten": [
            {
                "url": url,
                "bronorganisatie": "002220647",
                "registratiedatum": "2026-01-05T10:15:00Z",
                "kanaal": "telefoon",
                "tekst": "Mijn buurvrouw Jansen",
                "initiatiefnemer": "gemeente",
            }
        ],
        "objectcontactmomenten": [
            {"url": "http://x/o/1", "contactmoment": url, "object": "http://x/zaken/u1", "objectType": "zaak"}
        ],
    }
    (event,) = events(read(tmp_path, server, "contactmomenten"))
    assert (event["activity"], event["chain_ref"], event["role"]) == ("contact", "u1", "contact")
    assert json.loads(event["attributes"]) == {"initiatief": "gemeente"}


def test_a_source_of_contacts_without_a_link_in_the_chain_is_refused(tmp_path: Path) -> None:
    from mappings.check import check

    (tmp_path / "sources").mkdir()
    (tmp_path / "project.yaml").write_text("name: p\npurpose: t\nlegal_basis: t\n")
    (tmp_path / "sources" / "contacts.yaml").write_text(
        "name: contacts\nkind: klantinteracties\ncontacts: {url: 'http://x/api/v1', token_env: CONTACT_TOKEN}\n"
    )
    assert any("chain.yaml" in str(problem) and "contacts" in str(problem) for problem in check(tmp_path))


class Endless:
    """A client whose lists are made page by page, as many rows as asked, and held nowhere."""

    addresses: ClassVar[dict[str, str]] = {"api": "http://x/api/v1"}

    def __init__(self, pages: int, shifts: int = 0) -> None:
        self.pages, self.shifts = pages, shifts
        self.requests: dict[str, int] = {"api": 0}
        self.tried_again: dict[str, int] = {}

    def get(self, service: str, path: str, query: tuple[tuple[str, str], ...], what: str) -> Row:
        self.requests["api"] += 1
        first = (int(query[0][1]) - 1) * 100
        if path == "/klantcontacten" and first and self.shifts:
            self.shifts -= 1
            first -= 1  # a row came in before: the last one of the page before comes again
        make = {
            "klantcontacten": lambda n: contact(f"k{n}"),
            "onderwerpobjecten": lambda n: about(f"k{n}", f"u{n}"),
            "betrokkenen": lambda n: party(f"k{n}", n % 2 == 0),
        }[path.removeprefix("/")]
        rows = [make(n) for n in range(first, first + 100)]
        more = "more" if query[0][1] != str(self.pages) else None
        return {"count": self.pages * 100, "next": more, "results": rows}

    def close(self) -> None:
        pass


def reading(folder: Path, monkeypatch: pytest.MonkeyPatch, client: Endless) -> tuple[int, Told]:
    monkeypatch.setattr("flows.sources.contacts._client", lambda api, where: client)
    (folder / "sources").mkdir()
    (folder / "project.yaml").write_text("name: p\npurpose: t\nlegal_basis: t\n")
    (folder / "chain.yaml").write_text("links:\n- {source: contacts, to: zaken, on: reference, unlinked: aside}\n")
    (folder / "sources" / "zaken.yaml").write_text(
        "name: zaken\nkind: csv\npath: z.csv\ncolumns: {case: nr, activity: a, completed_at: t}\n"
    )
    (folder / "sources" / "contacts.yaml").write_text(
        "name: contacts\nkind: klantinteracties\ncontacts: {url: 'http://x/api/v1', token_env: CONTACT_TOKEN}\n"
        "activities: {Vraag over voortgang: asks_progress}\n"
    )
    (source,) = (s for s in load_project(folder).sources if s.name == "contacts")
    told = Told()
    return sum(len(batch.table) for batch in read_contacts(source, told)), told


def test_lists_of_any_length_are_nowhere_whole_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.sources.records.BATCH_ROWS", 1_000)
    tracemalloc.start()
    try:
        count, told = reading(tmp_path, monkeypatch, Endless(pages=150))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 15_000
    assert told.requests == 3 * 150
    assert peak < 6_000_000


def test_a_list_that_shifts_is_read_again_and_each_row_counts_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count, told = reading(tmp_path, monkeypatch, Endless(pages=3, shifts=1))
    assert count == 300
    assert told.requests == 3 * 3 + 3
    assert not [note for note in told.notes if "in doubt" in note]
