"""The callback for notifications: what it lets in, what it keeps of it, and that the next run takes up each once."""

from __future__ import annotations

import http.client
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.receive import MOST_BYTES, VARIABLE, Inbox, receiver
from flows.sources.zgw.notifications import Inbox as Read
from flows.sources.zgw.notifications import marks_of
from mappings.errors import SourceError, ZaakstroomError
from tests.markers import MARK
from tests.zgw_extraction import Zgw, zgw
from tests.zgw_made import Made, installation

AUTH = "Bearer a-long-random-text-for-tests"
CASE = "6f6c2b6e-8e7f-4d6b-9a52-0d5d2b8c7f11"
Serve = Callable[[Made], AbstractContextManager[Zgw]]


def notification(case: str = CASE, **more: Any) -> dict[str, Any]:
    return {
        "kanaal": "zaken",
        "hoofdObject": f"https://openzaak.example/zaken/api/v1/zaken/{case}",
        "resource": "status",
        "resourceUrl": "https://openzaak.example/zaken/api/v1/statussen/1",
        "actie": "create",
        "aanmaakdatum": "2026-06-02T09:00:00Z",
        "kenmerken": {"bronorganisatie": "002220647", "omschrijving": MARK},
        **more,
    }


@dataclass
class Callback:
    """A callback that listens, and what lies in its folder."""

    folder: Path
    port: int

    def post(self, body: Any = None, content: bytes | None = None, auth: str | None = AUTH, **headers: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = content if content is not None else json.dumps(notification() if body is None else body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        said = {"Content-Type": "application/json", **({"Authorization": auth} if auth else {}), **named}
        try:
            connection.request("POST", "/", sent, said)
            return connection.getresponse().status
        finally:
            connection.close()

    @property
    def lines(self) -> list[dict[str, Any]]:
        files = sorted(self.folder.glob("*.jsonl"))
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]


@contextmanager
def listening(folder: Path) -> Iterator[Callback]:
    with receiver(folder) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield Callback(folder, server.server_port)
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def callback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callback]:
    monkeypatch.setenv(VARIABLE, AUTH)
    with listening(tmp_path / "inbox") as running:
        yield running


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Serve:
    return lambda made: zgw(tmp_path, monkeypatch, made.data)


def test_a_notification_is_answered_204_and_of_it_the_case_the_act_and_the_moment_are_kept(callback: Callback) -> None:
    assert callback.post() == 204
    assert callback.lines == [
        {
            "kanaal": "zaken",
            "hoofdObject": f"zaken/{CASE}",
            "resource": "status",
            "actie": "create",
            "aanmaakdatum": "2026-06-02T09:00:00+00:00",
        }
    ]


def test_without_the_header_of_the_subscription_the_answer_is_403_as_the_service_tries_out(callback: Callback) -> None:
    assert [callback.post(auth=wrong) for wrong in (None, "Bearer", AUTH + "x", "Bearer é")] == [403] * 4
    assert callback.lines == []


def test_the_trial_of_a_new_subscription_is_answered_204_and_not_kept(callback: Callback) -> None:
    trial = notification(kanaal="test", hoofdObject="http://some.hoofdobject.nl/", resource="some_resource")
    assert callback.post(trial) == 204
    assert callback.post(notification(kanaal="documenten")) == 204
    assert callback.lines == []


def test_what_was_planted_in_a_notification_is_in_no_byte(callback: Callback) -> None:
    planted = {"resource": MARK, "actie": MARK, "resourceUrl": MARK}
    host = f"https://plantq.example/{MARK}/zaken/{CASE}?bsn=111222333"
    assert callback.post(notification(**planted, hoofdObject=host)) == 204
    (kept,) = callback.folder.glob("*.jsonl")
    assert b"plantq" not in kept.read_bytes()
    assert b"111222333" not in kept.read_bytes()
    assert callback.lines[0]["hoofdObject"] == f"zaken/{CASE}"


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[1]", b'"text"', b"[" * 60_000, b"\xff\xfe", b'{"kanaal": "zaken"}'],
    ids=["empty", "cut", "list", "text", "deep", "bytes", "partial"],
)
def test_what_is_no_notification_is_answered_400(callback: Callback, content: bytes) -> None:
    assert callback.post(content=content) == 400
    assert callback.lines == []


def test_a_moment_that_is_none_is_answered_400(callback: Callback) -> None:
    assert callback.post(notification(aanmaakdatum=MARK)) == 400


def test_a_body_too_large_or_of_unknown_length_is_not_read(callback: Callback) -> None:
    assert callback.post(content=b"x" * (MOST_BYTES + 1)) == 413
    assert callback.post(Transfer_Encoding="chunked") == 411
    assert callback.post(Content_Length="-1") == 411
    assert callback.lines == []


def test_there_is_nothing_to_be_had(callback: Callback) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", callback.port, timeout=20)
    connection.request("GET", "/notifications-2026-06-02.jsonl", headers={"Authorization": AUTH})
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (405, b"")
    connection.close()


def test_many_at_once_are_each_a_line_of_their_own(callback: Callback) -> None:
    threads = [threading.Thread(target=callback.post) for _ in range(20)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(callback.lines) == 20


def test_what_cannot_be_kept_is_answered_500_so_that_it_comes_again(
    callback: Callback, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    assert callback.post() == 500


def test_half_a_line_that_a_crash_left_spoils_no_other(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    inbox.keep('{"n": 1}\n')
    (file,) = tmp_path.glob("*.jsonl")
    file.write_text('{"n": 1}\n{"n": ')
    inbox.keep('{"n": 3}\n')
    assert file.read_text() == '{"n": 1}\n{"n": \n{"n": 3}\n'


@pytest.mark.parametrize("auth", ["", "Bearer kort"])
def test_it_does_not_start_without_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, auth: str) -> None:
    monkeypatch.setenv(VARIABLE, auth)
    with pytest.raises(ZaakstroomError, match=VARIABLE):
        receiver(tmp_path)


def test_a_case_that_is_notified_is_read_again_in_the_next_run_and_only_once(
    callback: Callback, serve: Serve, tmp_path: Path
) -> None:
    made = installation(5)
    with serve(made) as served:
        served.read(notifications="inbox")
        zaak = made.data.rows["zaken"][0].body
        made.status(zaak, "Wacht", "2026-03-01T09:00:00Z")
        made.data.change("zaken", zaak["uuid"], status=zaak["status"])  # put in between: the case does not show it
        assert callback.post(notification(zaak["uuid"], aanmaakdatum="2020-01-01T00:00:00Z")) == 204
        read = served.read(notifications="inbox")
        assert read.facts.notes["cases named by notifications"] == 1
        assert len(read.events) == 16
        again = served.read(notifications="inbox")
        assert "cases named by notifications" not in again.facts.notes
        assert served.server.count(f"/zaken/{zaak['uuid']}") == 0


def test_what_comes_while_a_run_reads_is_for_the_next_one(callback: Callback, serve: Serve) -> None:
    made = installation(3)
    with serve(made) as served:
        served.read(notifications="inbox")
        zaak = made.data.rows["zaken"][0].body
        came: list[int] = []

        def notify(asked: str) -> None:
            if not came:
                came.append(callback.post(notification(zaak["uuid"])))

        served.server.on_request = notify
        first = served.read(notifications="inbox")
        served.server.on_request = lambda asked: None
        assert came == [204]
        assert "cases named by notifications" not in first.facts.notes
        assert served.read(notifications="inbox").facts.notes["cases named by notifications"] == 1


def test_what_a_broken_off_run_had_taken_up_is_taken_up_again(callback: Callback, serve: Serve) -> None:
    made = installation(3)
    with serve(made) as served:
        served.read(notifications="inbox")
        zaak = made.data.rows["zaken"][0].body
        callback.post(notification(zaak["uuid"]))
        served.server.on_request = _break_at(zaak["uuid"])
        with pytest.raises(SourceError, match="no answer"):
            served.read(notifications="inbox", tries=1)
        served.server.on_request = lambda asked: None
        assert served.read(notifications="inbox").facts.notes["cases named by notifications"] == 1


def _break_at(uuid: str) -> Callable[[str], None]:
    def fault(asked: str) -> None:
        if uuid in asked:
            raise RuntimeError("broken off")

    return fault


def test_of_an_inbox_that_is_new_in_the_mapping_only_what_was_made_since_the_last_run_is_taken_up(
    callback: Callback, serve: Serve
) -> None:
    made = installation(3)
    with serve(made) as served:
        served.read()
        old, new = (made.data.rows["zaken"][n].body["uuid"] for n in (0, 1))
        callback.post(notification(old, aanmaakdatum="2020-01-01T00:00:00Z"))
        callback.post(notification(new, aanmaakdatum="2200-01-01T00:00:00Z"))
        assert served.read(notifications="inbox").facts.notes["cases named by notifications"] == 1
        assert served.server.count(f"/zaken/{new}") == 1


def test_lines_are_taken_up_by_their_place_and_half_a_line_waits(tmp_path: Path) -> None:
    file = tmp_path / "n.jsonl"
    line = json.dumps(notification())
    file.write_text(f"{line}\n{line[:20]}")
    first = Read({"n.jsonl": file}).marks()
    assert first["n.jsonl"][0] == len(line) + 1
    other = json.dumps(notification("11111111-1111-4111-8111-111111111111"))
    file.write_text(f"{line}\n{other}\n")
    inbox = Read({"n.jsonl": file})
    kept = marks_of(json.dumps(first))
    assert inbox.cases(kept, inbox.marks(), "2026-01-01T00:00:00+00:00") == ["11111111-1111-4111-8111-111111111111"]
    assert inbox.cases({}, inbox.marks(), "2026-01-01T00:00:00+00:00")[0] == CASE


def test_a_file_that_another_took_the_place_of_is_read_from_its_beginning(tmp_path: Path) -> None:
    file = tmp_path / "n.jsonl"
    file.write_text("{}\n")
    before = Read({"n.jsonl": file}).marks()
    file.write_text(json.dumps(notification()) + "\n")
    inbox = Read({"n.jsonl": file})
    assert inbox.cases(before, inbox.marks(), "2026-01-01T00:00:00+00:00") == [CASE]


@pytest.mark.realdata
def test_the_fields_that_are_needed_are_those_of_the_standard(specs: Path) -> None:
    spec = yaml.safe_load((specs / "vng-nrc-1.0.1.yaml").read_text("utf-8"))
    message = spec["components"]["schemas"]["Message"]
    assert set(notification()) == set(message["properties"])
    assert {"kanaal", "hoofdObject", "resource", "actie", "aanmaakdatum"} <= set(message["required"])
