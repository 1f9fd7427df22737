"""The exchanges recorded with an Open Zaak 1.30, served again and read by the client: the right events.

And the test server held against them and against the OpenAPI files: what it answers is what such a server does.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from flows.pseudonym import pseudonym
from flows.sources.zgw.token import Token
from tests.extraction import KEY, utc
from tests.markers import leaking, plant
from tests.zgw_data import PLACE, recorded, recorded_exchanges
from tests.zgw_extraction import Zgw, zgw
from tests.zgw_server import SECRET, Application

pytestmark = pytest.mark.realdata
FILE = Path("open-zaak-recorded") / "exchanges.jsonl.gz"


@pytest.fixture
def installation(realdata: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    applications = {"all": Application(), "limited": Application(is_all=False, highest="zaakvertrouwelijk")}
    with zgw(tmp_path, monkeypatch, recorded(realdata / FILE), applications=applications) as served:
        yield served


def test_all_cases_and_statuses_come_in(installation: Zgw) -> None:
    read = installation.read()
    assert (len(read.cases), len(read.events)) == (201, 886)
    assert Counter(read.column("activity")) == {
        "Ontvangen": 202,
        "Ontvankelijkheid getoetst": 226,
        "In behandeling": 176,
        "Besluit genomen": 141,
        "Afgerond": 141,
    }
    assert Counter(case["outcome"] for case in read.cases.values()) == {
        None: 60,
        "Verleend": 96,
        "Geweigerd": 31,
        "Ingetrokken": 14,
    }
    assert {case["zaaktype"] for case in read.cases.values()} == {"OMGV-01"}


def test_each_status_is_the_event_that_was_recorded(installation: Zgw, realdata: Path) -> None:
    events = {e["event_id"].removeprefix("zaken:"): e for e in installation.read().events}
    told = [row.body for row in recorded(realdata / FILE).rows["statussen"]]
    assert set(events) == {body["uuid"] for body in told}
    for body in told:
        moment = body["datumStatusGezet"].removesuffix("Z")
        event = events[body["uuid"]]
        is_day = moment[11:19] == "00:00:00" or event["completed_at"].strftime("%H:%M:%S") in ("22:00:00", "23:00:00")
        assert event["precision"] == ("day" if is_day else "second")
        if not is_day:
            assert event["completed_at"] == utc(moment)
    assert Counter(e["precision"] for e in events.values())["day"] >= 173


def test_the_handlers_are_the_two_employees_and_no_citizen_is_kept(installation: Zgw, tmp_path: Path) -> None:
    read = installation.read()
    assert set(read.column("resource")) <= {pseudonym("b.devries", KEY), pseudonym("c.bakker", KEY), None}
    kept = b"".join(path.read_bytes() for path in (tmp_path / "work").rglob("*") if path.is_file())
    for secret in (b"Testpersoon", b"b.devries", b"Bakker", b"Dakkapel", b"Wacht op aanvulling"):
        assert secret not in kept


def test_markers_in_every_other_field_of_the_recorded_bodies_are_in_no_byte(
    realdata: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = recorded(realdata / FILE)
    plant(data)
    assert all(b"plantq" in row.content for name in ("zaken", "statussen", "rollen") for row in data.rows[name])
    with zgw(tmp_path, monkeypatch, data) as served:
        read = served.read(audit_trail="all", decisions=True)
    assert (len(read.cases), read.facts.quarantined) == (201, {})
    assert len(read.events) >= 886
    assert leaking(tmp_path) == []


def test_the_sixty_audit_trails_date_suspensions_and_extensions(installation: Zgw) -> None:
    read = installation.read(audit_trail="all")
    changes = Counter(e["activity"] for e in read.events if '"soort": "wijziging"' in e["attributes"])
    assert changes == {"Opschorting begonnen": 3, "Verlengd": 4}
    assert installation.server.count("audittrail") == 201
    assert read.facts.notes["audit trails read"] == 201


def test_the_limited_client_sees_what_it_saw(installation: Zgw) -> None:
    read = installation.read("limited")
    assert (len(read.cases), len(read.events)) == (159, 700)


def test_the_server_answers_as_the_recorded_one_did(installation: Zgw, realdata: Path) -> None:
    """Status, code, count and ids of each recorded exchange; `expand` alone is not served."""
    origin = installation.server.origin
    for each in recorded_exchanges(realdata / FILE):
        asked, answer = each["request"], each["response"]
        if "expand" in asked["path"] or asked["client"] is None:
            continue
        is_wrong = (answer["body"] or {}).get("code") == "invalid-jwt-signature" if answer["status"] >= 400 else False
        status, body = _asked(origin, asked, "another secret" * 3 if is_wrong else SECRET)
        assert (status, _gist(body)) == (answer["status"], _gist(_moved(answer["body"], origin))), asked["path"]


def _asked(origin: str, asked: dict[str, Any], secret: str) -> tuple[int, Any]:
    token = Token(asked["client"], secret, "test").header()
    content = asked["body"].encode() if asked["body"] else None
    path = asked["path"].replace(PLACE, origin).replace("http%3A%2F%2F127.0.0.1%3A8010", origin.replace(":", "%3A"))
    request = urllib.request.Request(origin + path, content, {**asked["headers"], "Authorization": token})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def _moved(body: Any, origin: str) -> Any:
    return json.loads(json.dumps(body).replace(PLACE, origin))


def _gist(body: Any) -> Any:
    if isinstance(body, list):
        return [each["uuid"] for each in body]
    if "results" in body:
        following = urlsplit(body["next"] or "")
        # rows that tie in an order come as the database pleases
        return body["count"], sorted(r["url"] for r in body["results"]), sorted(following.query.split("&"))
    return body.get("code"), [(p["name"], p["code"]) for p in body.get("invalidParams", [])]


SPECS = {"zaken": "openzaak-1.30.0-zaken.yaml", "catalogi": "openzaak-1.30.0-catalogi.yaml"}
LISTS = {"zaken": ("zaken", "statussen", "rollen", "resultaten"), "catalogi": ("zaaktypen", "statustypen")}


@pytest.mark.parametrize(("component", "resource"), [(c, r) for c, names in LISTS.items() for r in names])
def test_what_the_server_answers_is_as_the_specification_says(
    installation: Zgw, specs: Path, component: str, resource: str
) -> None:
    spec = _spec(specs, component)
    answers = spec["paths"][f"/{resource}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    asked = {"path": f"/{component}/api/v1/{resource}", "headers": {"Accept-Crs": "EPSG:4326"}, "client": "all"}
    status, body = _asked(installation.server.origin, {**asked, "body": None}, SECRET)
    assert status == 200
    # the real server too leaves empty what its specification says is never so
    found = _flat(_validator(spec, answers).iter_errors(body))
    # and its kinds of roles are alike, so that one fits two of them
    wrong = [e for e in found if e.instance not in ("", None) and e.validator != "oneOf"]
    assert not wrong, [(list(e.absolute_path), e.message[:200]) for e in wrong[:5]]


@pytest.mark.parametrize("component", list(SPECS))
def test_the_client_asks_for_nothing_that_the_specification_does_not_have(
    installation: Zgw, specs: Path, component: str
) -> None:
    spec = _spec(specs, component)
    installation.read(page_size=20, deepest_page=2, zaaktypen=["OMGV-01"])
    first = [each for each in installation.server.asked if f"/{component}/api/v1/" in each]
    installation.server.data.change("zaken", "80d4102a-d510-4820-82f9-6771823716a6", registratiedatum="2026-11-20")
    installation.read(page_size=20, deepest_page=2, zaaktypen=["OMGV-01"])
    for each in [*first, *(a for a in installation.server.asked if f"/{component}/api/v1/" in a)]:
        url = urlsplit(each.removeprefix("GET "))
        path = url.path.removeprefix(f"/{component}/api/v1")
        known = spec["paths"].get(path) or spec["paths"]["/zaken/{uuid}"]
        parameters = {p["name"] for p in known["get"]["parameters"]}
        assert {pair.partition("=")[0] for pair in filter(None, url.query.split("&"))} <= parameters, each


def _spec(specs: Path, component: str) -> dict[str, Any]:
    text = (specs / SPECS[component]).read_text("utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return loaded


def _flat(errors: Any) -> Any:
    """Yield the errors at the bottom: of alternatives those of each."""
    for error in errors:
        yield from _flat(error.context) if error.context else [error]


def _validator(spec: dict[str, Any], schema: dict[str, Any]) -> Any:
    import jsonschema

    def plain(part: Any) -> Any:
        """Return a schema of OpenAPI 3.0 as JSON Schema: `nullable` is a type of its own there."""
        if isinstance(part, list):
            return [plain(each) for each in part]
        if not isinstance(part, dict):
            return part
        made = {name: plain(value) for name, value in part.items() if name not in ("nullable", "discriminator")}
        return {"anyOf": [made, {"type": "null"}]} if part.get("nullable") is True else made

    # a bare type would forbid what its own enum or format allows to be empty
    root = {"components": plain(spec["components"]), **plain(schema)}
    return jsonschema.Draft202012Validator(root)
