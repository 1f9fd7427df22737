"""A form in Matomo as attempts: how far a visit came, why it stopped, its case; nothing of the visitor."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest

from flows.sources import extract
from flows.sources.matomo import Funnel, read_matomo
from flows.sources.records import Told
from mappings.citizen import Matomo
from mappings.errors import SourceError
from mappings.load import load_project
from mappings.source import Source
from tests.citizen_server import TOKEN, CitizenServer, Row, served

KEY = b"a key for tests, of no use elsewhere"
STEPS = [
    {"name": "start", "url": "/aanvraag/start"},
    {"name": "gegevens", "event": "Formulier/gegevens"},
    {"name": "verzonden", "url": "/aanvraag/bedankt"},
]
BEGUN = 1_767_603_600  # 2026-01-05T09:00:00Z


def page(url: str, second: int = 0) -> Row:
    return {
        "type": "action",
        "url": f"https://x.example{url}",
        "timestamp": BEGUN + second,
        "pageTitle": "Mevr. Jansen",
    }


def event(category: str, action: str, name: str = "", second: int = 0) -> Row:
    told = {"eventCategory": category, "eventAction": action, "eventName": name}
    return {"type": "event", "timestamp": BEGUN + second, **told}


def visit(own: int, *actions: Row, **more: Any) -> Row:
    return {
        "idVisit": own,
        "visitorId": "f1e2d3c4b5a69788",
        "visitIp": "192.0.2.77",
        "city": "Waterdam",
        "serverTimestamp": BEGUN + 900,
        "firstActionTimestamp": BEGUN - 60,
        "actionDetails": list(actions),
        **more,
    }


def attempt(one: Row, **form: Any) -> Row | None:
    return Funnel(Matomo.model_validate({"steps": STEPS, **form}), ZoneInfo("Europe/Amsterdam")).attempt(one)


def test_a_visit_that_reached_the_last_step_went_through() -> None:
    found = attempt(visit(7, page("/aanvraag/start"), event("Formulier", "gegevens"), page("/aanvraag/bedankt", 90)))
    assert found is not None
    assert (found["bereikt"], found["gestopt"], found["reden"]) == ("verzonden", None, None)
    assert found["begonnen"] == "2026-01-05T09:00:00+00:00"


def test_a_visit_that_went_back_has_come_as_far_as_its_furthest_step() -> None:
    actions = (page("/aanvraag/start"), event("Formulier", "gegevens"), page("/aanvraag/start", 30))
    found = attempt(visit(7, *actions, event("Formulier", "fout", "DigiD niet gelukt")), reason="Formulier/fout")
    assert found is not None
    assert (found["bereikt"], found["gestopt"], found["reden"]) == ("gegevens", "gegevens", "DigiD niet gelukt")


def test_a_visit_that_never_came_to_the_form_is_no_attempt() -> None:
    assert attempt(visit(7, page("/afval"))) is None


@pytest.mark.parametrize(
    ("rule", "more", "action"),
    [
        ({"dimension": 3}, {"dimension3": "Z-1"}, page("/")),
        (
            {"variable": "zaak"},
            {"customVariables": {"2": {"customVariableName2": "zaak", "customVariableValue2": "Z-1"}}},
            page("/"),
        ),
        ({"event": "Formulier/zaaknummer"}, {}, event("Formulier", "zaaknummer", "Z-1")),
        ({"url": r"zaak=([A-Z0-9-]+)"}, {}, page("/aanvraag/bedankt?zaak=Z-1")),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) and len(value) == 1 else "",
)
def test_the_number_of_the_case_is_found_where_the_mapping_says(rule: Row, more: Row, action: Row) -> None:
    found = attempt(visit(7, page("/aanvraag/start"), action, **more), reference=rule)
    assert found is not None
    assert found["referentie"] == "Z-1"


def mapping(folder: Path, where: str) -> Source:
    (folder / "sources").mkdir(parents=True, exist_ok=True)
    (folder / "project.yaml").write_text("name: p\npurpose: t\nlegal_basis: t\n")
    said = f"name: form\nkind: matomo\n{where}"
    (folder / "sources" / "form.yaml").write_text(said.replace("STEPS", json.dumps(STEPS)))
    return load_project(folder).sources[0]


def test_an_export_becomes_attempts_without_anything_of_the_visitor(tmp_path: Path) -> None:
    source = mapping(tmp_path, "path: visits.json\nmatomo: {steps: STEPS, reason: Formulier/fout}\n")
    visits = [visit(9_876_501, page("/aanvraag/start")), visit(9_876_502, page("/")), visit(9_876_501, page("/"))]
    (tmp_path / "visits.json").write_text(json.dumps(visits))
    taken = extract(source, load_project(tmp_path), tmp_path / "work", KEY)
    (one,) = pq.read_table(taken.attempts_path).to_pylist()
    assert (one["reached"], one["stopped"], one["channel"]) == ("start", "start", "web")
    assert (taken.read, taken.ignored) == (3, {"no step of the form": 2})
    written = b"".join(f.read_bytes() for f in (tmp_path / "work").rglob("*") if f.is_file())
    told = (b"f1e2d3c4b5a69788", b"192.0.2.77", b"Jansen", b"Waterdam", b"9876501")
    assert not [said for said in told if said in written]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[CitizenServer]:
    monkeypatch.setenv("MATOMO_TOKEN", TOKEN)
    with served(CitizenServer()) as running:
        yield running


def asked(tmp_path: Path, server: CitizenServer) -> tuple[list[Row], Told]:
    reading = f"url: '{server.origin}', site: 3, since: 2026-01-04, token_env: MATOMO_TOKEN, page_size: 10"
    where = f"matomo: {{{reading}, steps: STEPS}}\n"
    source, told = mapping(tmp_path, where), Told()
    batches = list(read_matomo(source, tmp_path, told, lambda: datetime(2026, 1, 6, 12, tzinfo=UTC)))
    return [row for batch in batches for row in batch.table.to_pylist()], told


def test_the_api_is_asked_day_by_day_and_page_by_page_with_the_token_in_no_address(
    tmp_path: Path, server: CitizenServer
) -> None:
    server.visits["2026-01-05"] = [visit(n, page("/aanvraag/start")) for n in range(25)]
    rows, told = asked(tmp_path, server)
    assert len(rows) == 25
    assert told.requests == 5  # an empty day, three pages, an empty day
    assert not [target for target in server.asked if TOKEN in target]


def test_a_refusal_is_told_without_what_the_server_said(
    tmp_path: Path, server: CitizenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATOMO_TOKEN", "a-wrong-token")
    with pytest.raises(SourceError, match="Matomo refuses") as refused:
        asked(tmp_path, server)
    assert "a-wrong-token" not in str(refused.value)


def test_an_export_of_any_size_is_read_visit_by_visit(tmp_path: Path) -> None:
    source = mapping(tmp_path, "path: visits.json\nmatomo: {steps: STEPS}\n")
    with (tmp_path / "visits.json").open("w") as file:
        for number in range(2_000):
            told = json.dumps(visit(number, *(page(f"/aanvraag/start?{'x' * 80}", n) for n in range(20))))
            file.write(f"{',' if number else '['}{told}")
        file.write("]")
    assert (tmp_path / "visits.json").stat().st_size > 7_000_000
    tracemalloc.start()
    try:
        count = sum(len(batch.table) for batch in read_matomo(source, tmp_path, Told()))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 2_000
    assert peak < 4_000_000


@pytest.mark.parametrize(
    ("said", "what"),
    [
        (b'{"result": "error", "message": "no"}', "refuses"),
        (b'{"visits": []}', "no list"),
        (b'[{"idVisit": 1}, {"idVi', "no whole JSON"),
        (b"[1, 2]", "no list"),
    ],
)
def test_an_export_that_is_no_list_of_visits_is_refused(tmp_path: Path, said: bytes, what: str) -> None:
    source = mapping(tmp_path, "path: visits.json\nmatomo: {steps: STEPS}\n")
    (tmp_path / "visits.json").write_bytes(said)
    with pytest.raises(SourceError, match=what):
        list(read_matomo(source, tmp_path, Told()))


def test_an_export_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    source = mapping(tmp_path, "path: visits.json\nmatomo: {steps: STEPS}\n")
    visits = json.dumps([visit(1, page("/aanvraag/start"))])
    (tmp_path / "visits.json").write_bytes(b"\xef\xbb\xbf \n" + visits.encode())
    assert sum(len(batch.table) for batch in read_matomo(source, tmp_path, Told())) == 1
