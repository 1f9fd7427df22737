"""The client of the ZGW APIs: tokens, faults, hostile answers, and what it tells an administrator."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from flows.sources.zgw import client as zgw_client
from flows.sources.zgw import token as zgw_token
from flows.sources.zgw.answers import refusal
from flows.sources.zgw.token import Token
from mappings.errors import SourceError
from tests.zgw_extraction import Zgw, zgw
from tests.zgw_made import installation
from tests.zgw_server import SECRET, Application, Fault

FIVE = 5


@pytest.fixture
def five(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    applications = {"all": Application(), "blind": Application(is_all=False, scopes=("zaken.lezen",))}
    with zgw(tmp_path, monkeypatch, installation(FIVE).data, applications=applications) as served:
        yield served


def test_a_token_is_made_anew_in_time_and_follows_the_clock_of_the_server() -> None:
    import jwt

    now = [1_000_000.0]
    token = Token("all", "x" * 32, "zaakstroom", wall_clock=lambda: now[0])

    def issued() -> int:
        claims = jwt.decode(token.header().removeprefix("Bearer "), options={"verify_signature": False})
        return int(claims["iat"])

    first = issued()
    assert first < now[0]
    now[0] += zgw_token.FRESH_SECONDS - 1
    assert issued() == first
    now[0] += 2
    assert issued() > first
    token.follow(now[0] - 7_200)
    assert issued() < now[0] - 7_200


@pytest.mark.parametrize("ahead", [-7_200, 7_200])
def test_a_server_whose_clock_differs_by_hours_is_read_all_the_same(five, ahead: int) -> None:
    five.server.clock = lambda: time.time() + ahead
    assert len(five.read().cases) == FIVE


@pytest.mark.parametrize(
    "fault",
    [
        Fault("/statussen", status=500, times=2),
        Fault("/statussen", status=429, retry_after="0"),
        Fault("/statussen", status=429, retry_after="Wed, 21 Oct 2015 07:28:00 GMT"),
        Fault("/statussen", status=429, retry_after="Wed, 21 Oct 99999999999999999999 07:28:00 GMT"),
        Fault("/statussen", status=429, retry_after="²"),
        Fault("/zaken/api/v1/zaken", status=503),
        Fault("/statussen", is_cut=True),
        Fault("/statussen", body=b'{"count": 5, "results": [', times=2),
    ],
    ids=str,
)
def test_a_passing_fault_costs_requests_but_no_record(five, fault: Fault) -> None:
    five.server.faults.append(fault)
    read = five.read()
    assert (len(read.cases), len(read.events)) == (FIVE, 3 * FIVE)
    assert sum(n for what, n in read.facts.notes.items() if what.startswith("requests sent again")) >= 1
    assert read.facts.requests == len(five.server.asked)


def test_a_server_that_asks_for_patience_gets_it(five) -> None:
    waits: list[float] = []
    addresses = {"zaken": five.server.origin + "/zaken/api/v1"}
    client = zgw_client.Client(addresses, Token("all", SECRET, "u"), sleep=waits.append)
    five.server.faults.append(Fault("/zaken", status=429, retry_after="17"))
    assert client.get("zaken", "/zaken")["count"] == FIVE
    client.close()
    assert max(waits) == pytest.approx(17, abs=1)


def test_a_slow_answer_is_asked_for_again(five) -> None:
    five.server.faults.append(Fault("/resultaten", seconds=0.6))
    assert len(five.read(timeout_seconds=0.25).cases) == FIVE


def test_a_lasting_fault_ends_the_run_with_advice(five) -> None:
    five.server.faults.append(Fault("/statussen", status=500, times=99))
    with pytest.raises(SourceError, match=r"answers 500.*run again; what was read is kept"):
        five.read()


def test_no_answer_at_all_ends_the_run_with_advice(five) -> None:
    with pytest.raises(SourceError, match=r"no answer after 2 tries.*check the address"):
        five.read(root="http://127.0.0.1:9", tries=2)


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"client": "nobody"}, "invalid-client-identifier.*have an application made"),
        ({"client": "blind"}, "permission_denied.*scope catalogi.lezen"),
        ({"zaaktypen": ["NIETS"]}, "no zaaktype NIETS"),
        ({"root": None, "catalogi": "{origin}/elders/api/v1", "zaken": "{origin}/zaken/api/v1"}, "404"),
    ],
)
def test_a_refusal_says_what_to_do(five, parts: dict[str, object], told: str) -> None:
    filled = {k: v.format(origin=five.server.origin) if isinstance(v, str) else v for k, v in parts.items()}
    with pytest.raises(SourceError, match=told):
        five.read(**filled)


def test_a_wrong_secret_says_so_and_is_in_no_message(five, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZGW_SECRET", "another secret of more than thirty-two")
    with pytest.raises(SourceError, match=r"invalid-jwt-signature.*the secret is not the one") as error:
        five.read()
    assert "another secret" not in str(error.value)


def test_a_missing_secret_names_the_variable(five, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZGW_SECRET")
    with pytest.raises(SourceError, match=r"ZGW_SECRET is not set"):
        five.read()


def test_pages_at_another_host_are_refused_and_never_asked_for(five) -> None:
    five.server.page_rows, five.server.next_host = 2, "http://evil.example"
    with pytest.raises(SourceError, match=r"another host: 'evil.example'"):
        five.read(page_size=None)


def _saying(served: Zgw, monkeypatch: pytest.MonkeyPatch, **said: object) -> None:
    """Have the pages of statussen say something else beside their rows; a next page only where there is one."""
    page = served.server._page

    def other(path: str, rows: Any, query: Any) -> bytes:
        told = json.loads(page(path, rows, query))
        if path.endswith("/statussen"):
            told |= {k: v for k, v in said.items() if k != "next" or told["next"]}
        return json.dumps(told).encode()

    monkeypatch.setattr(served.server, "_page", other)


@pytest.mark.parametrize("count", [0, 2, 3, 10**30])
def test_a_count_that_is_too_small_or_none_leaves_out_no_row(five, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    five.server.page_rows = 2
    _saying(five, monkeypatch, count=count)
    read = five.read(page_size=None)
    assert len(read.events) == 3 * FIVE
    assert not any("in doubt" in what or "singly" in what for what in read.facts.notes)


def test_a_next_page_that_is_no_address_is_refused(five, monkeypatch: pytest.MonkeyPatch) -> None:
    five.server.page_rows = 2
    _saying(five, monkeypatch, next="http://[nowhere")
    with pytest.raises(SourceError, match="next page at another host"):
        five.read(page_size=None)


def test_a_server_that_gives_one_page_for_ever_is_refused(five, monkeypatch: pytest.MonkeyPatch) -> None:
    five.server.page_rows = 2
    _saying(five, monkeypatch, count=None)
    page = five.server._page

    def first(path: str, rows: Any, query: Any) -> bytes:
        return page(path, rows, [] if path.endswith("/statussen") else query)

    monkeypatch.setattr(five.server, "_page", first)
    with pytest.raises(SourceError, match=r"/statussen: pages 1 and 2 hold the same rows.*'page'"):
        five.read(page_size=None)


def test_a_server_without_page_size_is_read_by_its_own_pages(five) -> None:
    five.server.takes_page_size, five.server.page_rows = False, 2
    read = five.read()
    assert (len(read.cases), len(read.events)) == (FIVE, 3 * FIVE)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<html>log in</html>", "no JSON"),
        (b"[1, 2" + b"[" * 100_000, "no answer"),
        (b'"text"', "no list"),
        (b'{"count": "many", "results": {"a": 1}}', "no list"),
    ],
)
def test_an_answer_that_is_no_list_is_refused(five, body: bytes, told: str) -> None:
    five.server.faults.append(Fault("/zaken/api/v1/zaken", body=body, times=99))
    with pytest.raises(SourceError, match=told):
        five.read(tries=2)


def test_an_endless_answer_is_cut_off(five, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zgw_client, "MOST_BYTES", 100_000)
    five.server.faults.append(Fault("/zaken/api/v1/zaken", body=b" " * 200_000))
    with pytest.raises(SourceError, match=r"larger than"):
        five.read()


def test_a_redirect_is_not_followed_with_a_token(five) -> None:
    five.server.faults.append(Fault("/zaaktypen", status=302, times=99))
    with pytest.raises(SourceError, match=r"302.*address of the API itself"):
        five.read()
    assert five.server.count("/zaaktypen") == 1


def test_no_more_requests_are_under_way_than_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zgw(tmp_path, monkeypatch, installation(60).data, latency_seconds=0.005) as served:
        served.read(page_size=10, concurrency=3)
        assert 1 < served.server.most_at_once <= 3


def test_what_a_server_says_of_persons_in_an_error_is_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "zaak van 111222333, annie.planted@example.nl, 06-12345678, NL91ABNA0417164300 is ongeldig"
    body = json.dumps({"code": "invalid", "detail": said}).encode()
    with zgw(tmp_path, monkeypatch, installation(1).data) as served:
        served.server.faults.append(Fault("/zaken/api/v1/zaken", status=400, body=body))
        with pytest.raises(SourceError, match="zaak van …, …, …, … is ongeldig"):
            served.read()


def test_a_number_that_a_server_writes_is_hidden_wherever_its_text_is_cut() -> None:
    told = refusal(400, {"detail": "x" * 293 + " 0612345678"})
    assert "06123" not in told.detail


def test_a_token_that_a_server_repeats_in_an_error_is_hidden() -> None:
    token = Token("all", SECRET, "u").header()
    assert refusal(400, {"detail": f"wrong: {token} it is"}).detail == "wrong: Bearer … it is"


def test_a_token_that_is_refused_halfway_without_a_code_is_made_anew(five) -> None:
    five.server.faults.append(Fault("/statussen", status=401, body=b'{"detail": "expired"}'))
    read = five.read()
    assert len(read.events) == 3 * FIVE
    assert read.facts.notes["requests sent again: the token's clock"] == 1


def test_credentials_that_are_refused_for_good_are_told_as_such(five) -> None:
    five.server.faults.append(Fault("/statussen", status=401, body=b"<html>", times=9))
    with pytest.raises(SourceError, match=r"answers 401; .*check 'client_id' and the secret"):
        five.read()


def test_a_secret_that_a_server_repeats_in_an_error_is_hidden() -> None:
    said = refusal(403, {"detail": f"wrong: {SECRET}!", "code": SECRET}, secret=SECRET)
    assert (said.detail, said.code) == ("wrong: …!", "…")
