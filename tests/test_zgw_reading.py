"""Readings night after night: what is asked again, what is not, what shifts, and a reading that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from flows.sources.zgw.kept import id_of
from flows.store import EventStore
from mappings.errors import SourceError
from tests.extraction import Extraction, utc
from tests.extracts import rows as stored
from tests.zgw_data import ZgwData
from tests.zgw_extraction import Zgw, later, zgw
from tests.zgw_made import installation
from tests.zgw_server import Fault, Problem

Serve = Callable[..., AbstractContextManager[Zgw]]


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Serve:
    return lambda made, **parts: zgw(tmp_path, monkeypatch, made.data, **parts)


def rows(read: Extraction) -> list[tuple[Any, ...]]:
    return sorted((e["event_id"], e["activity"], str(e["completed_at"])) for e in read.events)


@pytest.mark.parametrize("closed", [20, 200])
def test_one_changed_case_costs_the_same_however_many_are_closed(serve: Serve, closed: int) -> None:
    made = installation(closed)
    case = made.zaak("OPEN", "Ontvangen 2026-03-02T09:00:00Z")
    with serve(made) as served:
        served.read(page_size=50)
        made.status(case, "Behandeling", "2026-03-04T09:00:00Z")
        read = served.read(page_size=50)
        # 4 of the catalogue; open, new and closed cases; the case's statuses, results and two kinds of roles
        assert len(served.server.asked) == 4 + 3 + 4
    assert read.facts.requests == 11
    assert [e["activity"] for e in read.events if e["source_case_id"] == "OPEN"] == ["Ontvangen", "Behandeling"]
    assert len(read.cases) == closed + 1


def test_a_night_without_changes_asks_for_no_case(serve: Serve) -> None:
    with serve(installation(30)) as served:
        first = served.read()
        again = served.read()
        assert len(served.server.asked) == 7
    assert rows(first) == rows(again)


def test_a_case_that_was_closed_is_followed_to_its_end(serve: Serve) -> None:
    made = installation(3)
    case = made.zaak("OPEN", "Ontvangen 2026-03-02T09:00:00Z")
    with serve(made) as served:
        served.read()
        made.status(case, "Afgerond", "2026-03-09T09:00:00Z")
        made.resultaat(case, "Verleend")
        # closed on a date so far back that no filter on dates shows it
        made.data.change("zaken", case["uuid"], einddatum="2026-03-09")
        read = served.read()
        assert served.server.count(f"/zaken/{case['uuid']}") == 1
    assert read.cases["OPEN"]["outcome"] == "Verleend"
    assert read.cases["OPEN"]["closed_at"] == utc("2026-03-08 23:00")
    assert [e["activity"] for e in read.events if e["source_case_id"] == "OPEN"] == ["Ontvangen", "Afgerond"]


def test_a_deleted_case_is_told_no_more_and_counted(serve: Serve) -> None:
    made = installation(3)
    case = made.zaak("OPEN", "Ontvangen 2026-03-02T09:00:00Z")
    with serve(made) as served:
        served.read()
        made.data.remove("zaken", case["uuid"])
        read = served.read()
    assert "OPEN" not in read.cases
    assert read.facts.notes["cases no longer there, or no longer to be seen"] == 1


@pytest.mark.parametrize("body", [b'{"code": "invalid-jwt-signature"}', b"<html>blocked</html>"])
def test_a_refusal_of_the_client_says_nothing_of_the_case_that_was_asked_for(serve: Serve, body: bytes) -> None:
    made = installation(3)
    case = made.zaak("OPEN", "Ontvangen 2026-03-02T09:00:00Z")
    with serve(made) as served:
        served.read()
        made.data.change("zaken", case["uuid"], einddatum="2026-03-09")
        served.server.faults.append(Fault(f"/zaken/{case['uuid']}", status=403, body=body))
        with pytest.raises(SourceError, match="answers 403"):
            served.read()
        assert served.read().cases["OPEN"]["closed_at"] == utc("2026-03-08 23:00")


def test_a_change_between_two_readings_lies_after_the_one_and_not_after_the_other(serve: Serve) -> None:
    made = installation()
    case = made.zaak("Z1", "Ontvangen 2026-03-02T09:00:00Z")
    with serve(made) as served:
        first = served.read().facts.observed_until
        suspension = {"indicatie": True, "eerdereOpschorting": True, "reden": "GEHEIM"}
        made.data.change("zaken", case["uuid"], opschorting=suspension, verlenging={"duur": "P42D", "reden": "x"})
        read = served.read()
        made.data.change("zaken", case["uuid"], opschorting={**suspension, "indicatie": False})
        last = served.read()
    (suspended, extended) = [e for e in read.events if e["activity"] in ("Opschorting begonnen", "Verlengd")]
    assert (suspended["observed_after"], suspended["completed_at"]) == (first, read.facts.observed_until)
    assert (extended["role"], extended["observed_after"]) == ("automatic", first)
    resumed = next(e for e in last.events if e["activity"] == "Opschorting beëindigd")
    assert resumed["observed_after"] == read.facts.observed_until


def test_a_new_handler_is_a_reassignment_at_the_moment_that_the_role_has(serve: Serve) -> None:
    made = installation()
    case = made.zaak("Z1", "Ontvangen 2026-03-02T09:00:00Z")
    role = made.rol(case, "medewerker", identificatie="b.devries")
    with serve(made) as served:
        served.read()
        made.data.remove("rollen", role["uuid"])
        made.rol(case, "medewerker", identificatie="c.bakker", since="2026-01-01T00:00:00Z")
        made.data.change("zaken", case["uuid"], rollen=["changed"])
        read = served.read()
    event = next(e for e in read.events if e["activity"] == "Behandelaar gewijzigd")
    # the role claims to be older than the reading that did not show it
    assert (event["completed_at"], event["observed_after"] is not None) == (read.facts.observed_until, True)


def test_what_the_audit_trail_tells_later_keeps_the_id_of_what_was_seen(serve: Serve) -> None:
    made = installation()
    case = made.zaak("Z1", "Ontvangen 2026-03-02T09:00:00Z")
    with serve(made) as served:
        served.read()
        made.data.change("zaken", case["uuid"], opschorting={"indicatie": True, "eerdereOpschorting": True})
        seen = served.read()
        (event,) = [e for e in seen.events if e["activity"] == "Opschorting begonnen"]
        moment = f"{event['completed_at']:%Y-%m-%dT%H:%M:%S.%fZ}"
        old, new = ({**case, "opschorting": {"indicatie": flag}} for flag in (False, True))
        edits = {"oud": old, "nieuw": new}
        made.trail(case, {"actie": "update", "resource": "zaak", "aanmaakdatum": moment, "wijzigingen": edits})
        told = served.read(audit_trail="all")
    (again,) = [e for e in told.events if e["activity"] == "Opschorting begonnen"]
    assert (again["event_id"], again["observed_after"]) == (event["event_id"], None)


def test_a_full_reading_says_what_the_nights_between_missed(serve: Serve) -> None:
    made = installation(5)
    with serve(made) as served:
        served.read(sweep_every=3)
        # an old closed case is edited: no filter of the standard shows it
        old = made.data.rows["zaken"][0].body
        made.data.change("zaken", old["uuid"], uiterlijkeEinddatumAfdoening="2027-01-01")
        body = made.data.rows["zaken"][1].body
        made.status(body, "Wacht", "2026-01-01T09:00:00Z", indicatieLaatstGezetteStatus=False)
        nights = [served.read(sweep_every=3) for _ in range(3)]
    notes = [{k: n for k, n in night.facts.notes.items() if k.startswith("missed")} for night in nights]
    missed = "missed by the readings since the last full one: "
    assert notes[:2] == [{}, {}]
    assert notes[2] == {f"{missed}zaken": 2, f"{missed}statussen": 1}
    assert len(nights[2].events) == 16


def test_a_night_in_which_nearly_all_changed_is_read_in_bulk(serve: Serve) -> None:
    made = installation(60, einddatum=None)
    with serve(made) as served:
        served.read()
        for row in list(made.data.rows["zaken"]):
            made.status(row.body, "Wacht", "2026-06-02T09:00:00Z")
        read = served.read()
        assert len(served.server.asked) < 30
    assert len(read.events) == 240
    assert not any(what.startswith("missed") for what in read.facts.notes)


def test_a_notification_has_its_case_read_again(serve: Serve, tmp_path: Path) -> None:
    made = installation(3)
    inbox = tmp_path / "notifications.jsonl"
    inbox.write_text("")
    with serve(made) as served:
        served.read(notifications="notifications.jsonl")
        old = made.data.rows["zaken"][0].body
        made.data.change("zaken", old["uuid"], uiterlijkeEinddatumAfdoening="2027-01-01")
        inbox.write_text(f'nonsense\n[1]\n{{"kanaal": "zaken", "hoofdObject": "{old["url"]}"}}\n')
        read = served.read(notifications="notifications.jsonl")
    assert "2026-12-31" in read.cases[old["identificatie"]]["targets"]


def test_missing_notifications_are_no_silence(serve: Serve) -> None:
    with serve(installation(1)) as served:
        served.read()
        with pytest.raises(SourceError, match="there are no notifications"):
            served.read(notifications="nowhere.jsonl")


def test_pages_that_shift_while_they_are_read_lose_nothing(serve: Serve) -> None:
    made = installation(30)
    with serve(made) as served:
        left = [made.data.rows["statussen"][0].body["uuid"]]

        def delete_one(asked: str) -> None:
            # the first status goes when page 3 is asked for: all others move up by one
            if "/statussen" in asked and "page=3" in asked and left:
                made.data.remove("statussen", left.pop())

        served.server.on_request = delete_one
        read = served.read(page_size=20, concurrency=1, deepest_page=50)
    there = {row.body["uuid"] for row in made.data.rows["statussen"]}
    assert there <= {e["event_id"].removeprefix("zaken:") for e in read.events}
    assert not any("in doubt" in what for what in read.facts.notes)


@pytest.mark.parametrize("is_known", [False, True])
def test_a_case_that_slips_over_a_page_bound_is_read_and_not_taken_for_gone(serve: Serve, is_known: bool) -> None:
    made = installation(60)
    with serve(made) as served:
        if is_known:
            served.read(page_size=20, concurrency=1, deepest_page=50)
        first, slips = (made.data.rows["zaken"][n].body for n in (0, 20))
        left = [first["uuid"]]

        def swap_one(asked: str) -> None:
            # one goes and another comes at the end of the list, so that every page tells the same count
            if "/zaken?" in asked and "page=2" in asked and left:
                made.data.remove("zaken", left.pop())
                made.zaak("NEW", "Ontvangen 2026-06-01T09:00:00Z", einddatum="2026-06-02")
                made.data.rows["zaken"].append(made.data.rows["zaken"].pop(0))

        served.server.on_request = swap_one
        read = served.read(page_size=20, concurrency=1, deepest_page=50, sweep_every=1)
    assert not left
    assert {slips["identificatie"], "NEW"} <= set(read.cases)
    assert [e["activity"] for e in read.events if e["source_case_id"] == slips["identificatie"]] == [
        "Ontvangen",
        "Behandeling",
        "Afgerond",
    ]
    note = "cases read singly because no list showed them, though something of theirs was there"
    assert read.facts.notes.get(note, 0) == (0 if is_known else 1)


@pytest.mark.parametrize("is_open", [False, True])
def test_a_number_given_to_another_case_takes_nothing_along_of_the_case_that_is_gone(
    serve: Serve, tmp_path: Path, is_open: bool
) -> None:
    made = installation(3)
    old = made.zaak("Z1", "Ontvangen 2026-03-02T09:00:00Z", einddatum=None if is_open else "2026-03-03")
    store, fresh = EventStore(tmp_path / "store"), EventStore(tmp_path / "fresh")
    with serve(made) as served:
        store.upsert(served.read().facts)
        made.data.remove("zaken", old["uuid"])
        for row in [row for row in made.data.rows["statussen"] if old["uuid"] in row.body["zaak"]]:
            made.data.remove("statussen", row.body["uuid"])
        if is_open:
            store.upsert(served.read().facts)  # which sees that it is gone
        today = f"{later(0):%Y-%m-%d}"
        made.zaak("Z1", f"Behandeling {today}T09:00:00Z", registratiedatum=today)
        read = served.read()
        store.upsert(read.facts)
        store.upsert(served.read(sweep_every=1).facts)
        fresh.upsert(Zgw(served.server, tmp_path / "other").read().facts)
    assert read.facts.notes["cases that are gone, whose number now is that of another case"] == 1
    assert [row[:6] for row in stored(store)] == [row[:6] for row in stored(fresh)]
    assert len(stored(store)) == 10


def test_a_server_that_repeats_and_skips_rows_at_its_page_bounds_is_read_whole(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = installation(20)
    narrowed = ZgwData.narrowed

    def unstable(self: ZgwData, resource: str, query: list[tuple[str, str]]) -> Any:
        """Rows that tie in the server's order come out as it pleases: of every second page one row is another's."""
        found = list(narrowed(self, resource, query))
        if resource == "statussen" and dict(query).get("pageSize") == "20" and dict(query).get("page") == "2":
            found[20] = found[0]
        return found

    monkeypatch.setattr(ZgwData, "narrowed", unstable)
    with serve(made) as served:
        read = served.read(page_size=20, deepest_page=50)
    assert len(read.events) == 60


def test_a_list_that_never_holds_still_is_counted_as_in_doubt(serve: Serve) -> None:
    made = installation(20)
    with serve(made) as served:
        answer = served.server._filtered

        def claims(resource: str, query: Any, who: Any) -> Any:
            found = answer(resource, query, who)
            return found if resource != "resultaten" else [*made.data.rows["zaken"]][:3] * 2

        served.server._filtered = claims
        read = served.read()
    assert read.facts.notes["rows in doubt, the list kept shifting: resultaten"] == 3


def test_deep_lists_are_read_in_narrower_ones(serve: Serve) -> None:
    made = installation(120)
    with serve(made) as served:
        read = served.read(page_size=10, deepest_page=4)
        deep = [each for each in served.server.asked if "page=13" in each]
        assert not deep
        assert served.server.count("startdatum__gte") > 0
        assert served.server.count("statustype=") > 0
    assert (len(read.cases), len(read.events)) == (120, 360)
    assert not any("in doubt" in what for what in read.facts.notes)


def test_a_reading_that_failed_goes_on_at_the_page_where_it_stopped(serve: Serve) -> None:
    made = installation(60)
    with serve(made) as served:
        served.server.faults.append(Fault("/statussen?page=7", status=500, times=99))
        with pytest.raises(SourceError):
            served.read(page_size=10, concurrency=1, tries=1, deepest_page=50)
        whole = len([each for each in served.server.asked if "statussen" in each])
        served.server.faults.clear()
        read = served.read(page_size=10, concurrency=1, deepest_page=50)
        # page 1 again, since it tells how many there are, and those from page 7 on
        assert served.server.count("/statussen") == 18 - whole + 2
    assert len(read.events) == 180


def test_a_mapping_that_asks_for_more_has_all_read_again(serve: Serve) -> None:
    made = installation(3)
    made.data.change("zaken", made.data.rows["zaken"][0].body["uuid"], kenmerken=[{"kenmerk": "W1", "bron": "OLO"}])
    with serve(made) as served:
        served.read()
        read = served.read(kenmerken=["OLO"], case={"segments": {"links": "links"}})
    assert any("W1" in (case["segments"] or "") for case in read.cases.values())


_RUN = """
import sys
from pathlib import Path
from flows.sources import extract
from mappings.source import Source
from tests.extraction import KEY, project
folder, root = Path(sys.argv[1]), sys.argv[2]
asked = {"root": root, "client_id": "all", "secret_env": "ZGW_SECRET", "page_size": 10, "concurrency": 2}
source = Source.model_validate({"name": "zaken", "kind": "zgw", "zgw": asked, "keep": ["soort"]})
extract(source, project(folder, source), folder / "work", KEY)
"""


@pytest.mark.parametrize("after", [6, 12, 18])
def test_a_reading_killed_at_any_request_ends_as_an_undisturbed_one(serve: Serve, tmp_path: Path, after: int) -> None:
    with serve(installation(40)) as served:
        child: list[subprocess.Popen[bytes]] = []

        def kill(asked: str) -> None:
            if len(served.server.asked) >= after and child:
                os.kill(child[0].pid, signal.SIGKILL)

        served.server.on_request = kill
        command = [sys.executable, "-c", _RUN, str(tmp_path), served.server.origin]
        child.append(subprocess.Popen(command, cwd=Path(__file__).parents[1]))
        assert child[0].wait() == -signal.SIGKILL
        child.clear()
        read = served.read(page_size=10)
        undisturbed = Zgw(served.server, tmp_path / "other").read(page_size=10)
    assert rows(read) == rows(undisturbed)
    assert read.cases == undisturbed.cases


def test_ids_are_read_from_urls_and_from_nothing_else() -> None:
    own = "598e7fae-a41e-4e6c-abe8-ce51fdeea012"
    assert id_of(f"http://host/zaken/api/v1/zaken/{own}") == own
    assert [id_of(each) for each in (None, "", "../../etc/passwd", f"{own}?x=1", "1 OR 1=1")] == [None] * 5


def test_statuses_of_a_type_that_the_catalogue_does_not_show_are_read_though_the_list_is_deep(serve: Serve) -> None:
    made = installation(60)
    (hidden,) = (each for name, each in made.types.items() if name.endswith(" Ontvangen"))
    made.data.remove("statustypen", id_of(hidden))
    with serve(made) as served:
        read = served.read(page_size=10, deepest_page=4)
    assert read.facts.read == 180
    note = "lists read page by page, since narrower ones did not hold all: statussen"
    assert read.facts.notes[note] == 1
    assert not any("in doubt" in what for what in read.facts.notes)


def test_a_case_deleted_while_its_details_are_read_is_gone_and_ends_no_reading(serve: Serve) -> None:
    made = installation(40)
    case = made.zaak("OPEN", "Ontvangen 2026-03-02T09:00:00Z")
    with serve(made) as served:
        served.read()
        made.status(case, "Behandeling", "2026-03-04T09:00:00Z")
        answer = served.server._filtered

        def strict(resource: str, query: Any, who: Any) -> Any:
            """Filter by no case that is not there, as a server may that looks its filters up."""
            asked = dict(query).get("zaak", "")
            if asked.endswith(case["uuid"]):
                made.data.remove("zaken", case["uuid"])
                raise Problem(400, "invalid", "Geen geldige zaak", (("zaak", "does-not-exist"),))
            return answer(resource, query, who)

        served.server._filtered = strict
        read = served.read()
    assert "OPEN" not in read.cases
    assert len(read.cases) == 40
    assert read.facts.notes["cases no longer there, or no longer to be seen"] == 1


def test_a_refusal_names_what_was_asked_for(serve: Serve) -> None:
    with serve(installation(3)) as served:
        served.server.faults.append(Fault("/resultaten", status=404, times=99))
        with pytest.raises(SourceError) as raised:
            served.read()
    assert raised.value.where.endswith("/zaken/api/v1/resultaten")


def test_zaaktypen_that_no_case_has_by_their_address_are_noted(serve: Serve) -> None:
    made = installation()
    made.zaak("Z1", "", zaaktype=made.types["newest"])
    made.data.change("zaken", made.data.rows["zaken"][0].body["uuid"], zaaktype="https://elsewhere/zaaktypen/1")
    with serve(made) as served:
        read = served.read(zaaktypen=["AANVRAAG"])
    assert not read.cases
    assert any("no case has a zaaktype that the mapping names" in what for what in read.facts.notes)
