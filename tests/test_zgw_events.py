"""What a ZGW installation tells, as events and cases; and what of it is never kept."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

import pytest

from flows.pseudonym import pseudonym
from mappings.errors import SourceError
from tests.extraction import KEY, Extraction, utc
from tests.zgw_data import PLACE, uuid
from tests.zgw_extraction import Zgw, zgw
from tests.zgw_made import Made, installation
from tests.zgw_server import Application, Fault

Serve = Callable[[Made], AbstractContextManager[Zgw]]


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Serve:
    applications = {"all": Application(), "limited": Application(is_all=False, highest="intern")}
    return lambda made: zgw(tmp_path, monkeypatch, made.data, applications=applications)


def log(read: Extraction) -> list[tuple[str, str, str]]:
    """Return (activity, moment, precision) of each event, in order."""
    events = sorted(read.events, key=lambda e: (e["source_case_id"], e["completed_at"], e["seq"]))
    return [(e["activity"], f"{e['completed_at']:%m-%d %H:%M}", e["precision"]) for e in events]


@pytest.mark.parametrize(
    ("told", "moment", "precision"),
    [
        ("2026-06-16T08:12:13.123456Z", "06-16 08:12", "second"),
        # a client that knows only the date: midnight UTC
        ("2026-06-16T00:00:00Z", "06-15 22:00", "day"),
        ("2026-01-16T00:00:00.000000Z", "01-15 23:00", "day"),
        # a client that sends local midnight
        ("2026-06-15T22:00:00Z", "06-15 22:00", "day"),
        ("2026-01-15T23:00:00Z", "01-15 23:00", "day"),
        ("2026-06-16T00:00:00+02:00", "06-15 22:00", "day"),
        # in winter 22:00 UTC is eleven at night, a time like any other
        ("2026-01-15T22:00:00Z", "01-15 22:00", "second"),
        ("2026-06-16T00:00:00.000001Z", "06-16 00:00", "second"),
    ],
)
def test_a_midnight_is_a_day_and_all_else_a_moment(serve: Serve, told: str, moment: str, precision: str) -> None:
    made = installation()
    made.zaak("Z1", f"Ontvangen {told}")
    with serve(made) as served:
        assert log(served.read()) == [("Ontvangen", moment, precision)]


def test_a_status_of_the_last_hours_of_the_year_9999_is_set_aside(serve: Serve) -> None:
    made = installation()
    made.zaak("Z1", "Ontvangen 2026-03-02T09:00:00Z | Afgerond 9999-12-31T23:00:00Z")
    with serve(made) as served:
        read = served.read()
    assert log(read) == [("Ontvangen", "03-02 09:00", "second")]
    assert read.facts.quarantined == {"completed_at_unreadable": 1}


def test_each_status_opens_the_state_that_it_enters_until_the_next(serve: Serve) -> None:
    made = installation()
    made.zaak("Z1", "Ontvangen 2026-03-02T09:00:00Z | Behandeling 2026-03-04T09:00:00Z")
    with serve(made) as served:
        read = served.read()
    opened = [(e["activity"], e["opens_step"], e["opens_until"], e["role"]) for e in read.events]
    assert opened == [("Ontvangen", "Ontvangen", "next", "act"), ("Behandeling", "Behandeling", "next", "act")]


def test_statuses_of_one_moment_stand_in_the_order_of_their_types(serve: Serve) -> None:
    made = installation()
    made.zaak("Z1", "Wacht 2026-03-02T09:00:00Z | Ontvangen 2026-03-02T09:00:00Z | Behandeling 2026-03-02T09:00:00Z")
    with serve(made) as served:
        read = served.read()
    assert [e["activity"] for e in sorted(read.events, key=lambda e: e["seq"])] == ["Behandeling", "Ontvangen", "Wacht"]


def test_a_case_has_its_dates_its_channel_and_its_outcome(serve: Serve) -> None:
    made = installation()
    fields = {"communicatiekanaalNaam": "Webformulier", "einddatum": "2026-04-01"}
    made.resultaat(made.zaak("Z1", "Afgerond 2026-04-01T09:00:00Z", **fields), "Verleend")
    with serve(made) as served:
        case = served.read().cases["Z1"]
    assert (case["received_at"], case["received_precision"]) == (utc("2026-03-01 23:00"), "day")
    assert (case["closed_at"], case["closed_precision"]) == (utc("2026-03-31 22:00"), "day")
    assert (case["zaaktype"], case["channel"], case["outcome"]) == ("AANVRAAG", "Webformulier", "Verleend")
    assert set(json.loads(case["targets"])) == {"planned_end", "deadline"}


def test_versions_of_a_zaaktype_are_one_zaaktype(serve: Serve) -> None:
    made = installation()
    made.zaak("Z1", "Ontvangen 2026-03-02T09:00:00Z")
    made.zaaktype(beginGeldigheid="2026-01-01")
    made.zaak("Z2", "Ontvangen 2026-03-02T09:00:00Z")
    made.zaaktype("ANDERS")
    made.zaak("Z3", "Ontvangen 2026-03-02T09:00:00Z")
    with serve(made) as served:
        read = served.read(zaaktypen=["AANVRAAG"])
        assert {number: case["zaaktype"] for number, case in read.cases.items()} == {"Z1": "AANVRAAG", "Z2": "AANVRAAG"}
        assert len(read.events) == 2


def test_the_employee_is_a_pseudonym_and_the_unit_the_lane(serve: Serve) -> None:
    made = installation()
    case = made.zaak("Z1", "Ontvangen 2026-03-02T09:00:00Z")
    made.rol(case, "medewerker", identificatie="b.devries", achternaam="GEHEIM")
    made.rol(case, "organisatorische_eenheid", identificatie="VTH", naam="Vergunningen")
    made.rol(case, "medewerker", "initiator", identificatie="a.jansen")
    with serve(made) as served:
        read = served.read()
    assert read.column("resource") == [pseudonym("b.devries", KEY)]
    assert read.column("lane") == ["Vergunningen"]
    assert read.facts.notes["statuses with their employee from: the one handler of the case"] == 1


def test_of_several_handlers_the_last_before_the_status_has_it_and_before_the_first_nobody(serve: Serve) -> None:
    made = installation()
    days = {"Ontvangen": "01", "Behandeling": "03", "Wacht": "09"}
    case = made.zaak("Z1", " | ".join(f"{name} 2026-03-{day}T09:00:00Z" for name, day in days.items()))
    for who, since in (("b.devries", "2026-03-02T09:00:00Z"), ("c.bakker", "2026-03-05T09:00:00Z")):
        made.rol(case, "medewerker", identificatie=who, since=since)
    with serve(made) as served:
        who = served.read().column("resource")
    assert who == [None, pseudonym("b.devries", KEY), pseudonym("c.bakker", KEY)]


def test_moments_of_handlers_and_statuses_are_compared_whatever_their_zone(serve: Serve) -> None:
    made = installation()
    # 20:30 and 21:00 UTC, and the second handler from 20:45
    case = made.zaak("Z1", "Ontvangen 2026-03-02T21:30:00+01:00 | Wacht 2026-03-02T21:00:00Z")
    made.rol(case, "medewerker", identificatie="b.devries", since="2026-03-02T20:15:00Z")
    made.rol(case, "medewerker", identificatie="c.bakker", since="2026-03-02T21:45:00+01:00")
    with serve(made) as served:
        read = served.read()
    assert read.column("activity") == ["Ontvangen", "Wacht"]
    assert read.column("resource") == [pseudonym("b.devries", KEY), pseudonym("c.bakker", KEY)]


def test_who_set_a_status_goes_before_who_has_the_case(serve: Serve) -> None:
    made = installation()
    case = made.zaak("Z1")
    made.rol(case, "medewerker", identificatie="b.devries")
    other = made.rol(case, "medewerker", "initiator", identificatie="c.bakker")
    made.status(case, "Ontvangen", "2026-03-01T09:00:00Z", gezetdoor=other["url"])
    with serve(made) as served:
        assert served.read().column("resource") == [pseudonym("c.bakker", KEY)]


def test_citizens_are_never_asked_for(serve: Serve) -> None:
    made = installation()
    case = made.zaak("Z1", "Ontvangen 2026-03-02T09:00:00Z")
    made.rol(case, "natuurlijk_persoon", "initiator", inpBsn="123456782", geslachtsnaam="GEHEIM")
    with serve(made) as served:
        served.read()
        asked = [each for each in served.server.asked if "rollen" in each]
    assert asked
    assert all("betrokkeneType=medewerker" in each or "betrokkeneType=organisatorische" in each for each in asked)


def test_nothing_that_is_not_listed_is_kept_anywhere(serve: Serve, tmp_path: Path) -> None:
    made = installation()
    fields = {"kenmerken": [{"kenmerk": "123456782", "bron": "BSN"}, {"kenmerk": "WABO1", "bron": "OLO"}]}
    case = made.zaak("Z1", "Ontvangen 2026-03-02T09:00:00Z", **fields)
    made.rol(case, "natuurlijk_persoon", "initiator", inpBsn="123456782", geslachtsnaam="GEHEIM")
    made.rol(case, "medewerker", identificatie="b.devries", achternaam="GEHEIM")
    old = {**case, "opschorting": {"indicatie": False, "reden": ""}}
    new = {**case, "opschorting": {"indicatie": True, "reden": "GEHEIM"}}
    edit = {"actie": "partial_update", "resource": "zaak", "aanmaakdatum": "2026-03-05T10:00:00Z"}
    made.trail(case, {**edit, "gebruikersWeergave": "GEHEIM", "wijzigingen": {"oud": old, "nieuw": new}})
    with serve(made) as served:
        served.read(audit_trail="all", kenmerken=["OLO"])
    kept = b"".join(path.read_bytes() for path in (tmp_path / "work").rglob("*") if path.is_file())
    assert b"WABO1" in kept
    for secret in (b"GEHEIM", b"123456782", b"0612345678", b"b.devries"):
        assert secret not in kept


def test_a_besluit_gives_an_event_a_day(serve: Serve) -> None:
    made = installation()
    case = made.zaak("Z1", "Ontvangen 2026-03-02T09:00:00Z")
    kind = {"url": f"{PLACE}/catalogi/api/v1/besluittypen/{uuid(901)}", "omschrijving": "Vergunning"}
    made.data.add("besluittypen", kind)
    url = f"{PLACE}/besluiten/api/v1/besluiten/{uuid(902)}"
    days = {"datum": "2026-03-20", "verzenddatum": "2026-03-23"}
    made.data.add("besluiten", {"url": url, "zaak": case["url"], "besluittype": kind["url"], **days})
    with serve(made) as served:
        read = served.read(decisions=True)
    assert log(read)[1:] == [
        ("Besluit genomen: Vergunning", "03-19 23:00", "day"),
        ("Besluit verzonden: Vergunning", "03-22 23:00", "day"),
    ]
    assert {e["opens_step"] for e in read.events if e["activity"].startswith("Besluit")} == {None}


def test_a_case_withdrawn_by_its_result_ends_under_that_name(serve: Serve) -> None:
    made = installation()
    for number, result in (("Z1", "Verleend"), ("Z2", "Ingetrokken")):
        made.resultaat(made.zaak(number, "Ontvangen 2026-03-02T09:00:00Z | Afgerond 2026-03-09T09:00:00Z"), result)
    with serve(made) as served:
        read = served.read(ending_results=["Ingetrokken"])
    assert [each[0] for each in log(read)] == ["Ontvangen", "Afgerond", "Ontvangen", "Ingetrokken"]


def test_links_name_the_other_case_and_say_which_were_not_read(serve: Serve) -> None:
    made = installation()
    main = made.zaak("Z1", "Ontvangen 2026-03-02T09:00:00Z")
    elsewhere = {"url": "https://elders.example/zaken/api/v1/zaken/1", "aardRelatie": "vervolg"}
    made.zaak("Z2", "Ontvangen 2026-03-02T09:00:00Z", hoofdzaak=main["url"], relevanteAndereZaken=[elsewhere])
    with serve(made) as served:
        read = served.read(case={"segments": {"links": "links"}})
    links = json.loads(json.loads(read.cases["Z2"]["segments"])["links"])
    assert links == [{"kind": "hoofdzaak", "case": "Z1"}, {"kind": "vervolg", "url": elsewhere["url"]}]
    assert read.facts.notes["links to cases that were not read: hidden, gone, or of another installation"] == 1


def test_two_cases_of_one_number_are_refused_or_told_apart(serve: Serve) -> None:
    made = installation()
    made.zaak("Z1", "Ontvangen 2026-03-02T09:00:00Z")
    made.zaak("Z1", "Ontvangen 2026-03-02T09:00:00Z", bronorganisatie="823288444")
    with serve(made) as served:
        with pytest.raises(SourceError, match=r"1 case numbers stand for more than one.*'Z1'.*case_number"):
            served.read()
        read = served.read(case_number="organisation_and_identificatie")
    assert set(read.cases) == {"002220647:Z1", "823288444:Z1"}


def test_the_audit_trail_dates_suspensions_extensions_and_reassignments(serve: Serve) -> None:
    made = installation()
    case = made.zaak("Z1", "Ontvangen 2026-03-02T09:00:00Z", verlenging={"duur": "P42D", "reden": ""})
    made.trail(case, *_trail(case))
    with serve(made) as served:
        read = served.read(audit_trail="all")
    changes = [(e["activity"], f"{e['completed_at']:%m-%d}", e["observed_after"]) for e in read.events[1:]]
    assert changes == [
        ("Opschorting begonnen", "03-05", None),
        ("Opschorting beëindigd", "03-09", None),
        ("Verlengd", "03-10", None),
        ("Behandelaar gewijzigd", "03-12", None),
        ("Heropend", "03-20", None),
    ]
    found = read.cases["Z1"]
    assert found["suspension_known"] == "dated"
    assert [(s["from"], s["to"]) for s in json.loads(found["suspensions"])] == [("2026-03-05", "2026-03-09")]
    assert [(e["on"], e["days"]) for e in json.loads(found["extensions"])] == [("2026-03-10", 42)]


def _trail(case: dict[str, Any]) -> list[dict[str, Any]]:
    def edit(moment: str, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
        base = {"actie": "partial_update", "resource": "zaak", "aanmaakdatum": f"2026-{moment}T10:00:00.000000Z"}
        return {**base, "wijzigingen": {"oud": {**case, **old}, "nieuw": {**case, **new}}}

    def rol(action: str, moment: str, who: str, own: int) -> dict[str, Any]:
        url = f"http://127.0.0.1:8010/zaken/api/v1/rollen/00000000-0000-4000-8000-{own:012d}"
        kind = {"betrokkeneType": "medewerker", "omschrijvingGeneriek": "behandelaar"}
        body = {"url": url, "zaak": case["url"], **kind, "betrokkeneIdentificatie": {"identificatie": who}}
        edits = {"oud": body, "nieuw": None} if action == "destroy" else {"oud": None, "nieuw": body}
        moment = f"2026-{moment}.000000Z"
        return {"actie": action, "resource": "rol", "resourceUrl": url, "aanmaakdatum": moment, "wijzigingen": edits}

    suspended, running = ({"opschorting": {"indicatie": flag}} for flag in (True, False))
    return [
        rol("create", "03-02T10:00:00", "b.devries", 1),
        edit("03-05", running, suspended),
        edit("03-09", suspended, running),
        edit("03-10", {"verlenging": None}, {"verlenging": {"duur": "P42D"}}),
        rol("destroy", "03-12T10:00:00", "b.devries", 1),
        rol("create", "03-12T10:00:05", "c.bakker", 2),
        edit("03-20", {"einddatum": "2026-03-18"}, {"einddatum": None}),
    ]


def test_without_the_audit_trail_a_suspension_is_known_to_be_and_no_more(serve: Serve) -> None:
    made = installation()
    for number, told in (("Z1", (True, True)), ("Z2", (False, True)), ("Z3", (False, False)), ("Z4", (False, None))):
        suspension = dict(zip(("indicatie", "eerdereOpschorting"), told, strict=True))
        made.zaak(number, "Ontvangen 2026-03-02T09:00:00Z", opschorting=suspension)
    with serve(made) as served:
        cases = served.read().cases
    known = {number: case["suspension_known"] for number, case in cases.items()}
    # Z3 says that there never was one; Z4, of an older version of the standard, does not say
    assert known == {"Z1": "open_only", "Z2": "open_only", "Z3": "dated", "Z4": "open_only"}


def test_a_client_that_may_not_read_audit_trails_goes_on_without_after_one_question(serve: Serve) -> None:
    made = installation(5)
    with serve(made) as served:
        read = served.read("limited", audit_trail="all")
        assert served.server.count("audittrail") == 1
    assert len(read.cases) == 5
    assert any(what.startswith("audit trails refused") and n == 5 for what, n in read.facts.notes.items())


def test_a_client_that_may_not_see_all_says_which_levels_it_saw(serve: Serve) -> None:
    made = installation(3)
    made.zaak("GEHEIM", "Ontvangen 2026-03-02T09:00:00Z", vertrouwelijkheidaanduiding="geheim")
    with serve(made) as served:
        assert len(served.read().cases) == 4
        read = served.read("limited", sweep_every=1)
    assert (len(read.cases), len(read.events)) == (3, 9)
    levels = {what: n for what, n in read.facts.notes.items() if "confidentiality" in what}
    assert levels == {"cases seen with confidentiality openbaar": 3}
    assert read.facts.notes["cases no longer there, or no longer to be seen"] == 1


def test_one_audit_trail_that_may_not_be_seen_keeps_none_of_the_others_back(serve: Serve) -> None:
    made = installation(5)
    with serve(made) as served:
        hidden = max(row.body["uuid"] for row in made.data.rows["zaken"])
        served.server.faults.append(Fault(f"{hidden}/audittrail", status=403, body=b'{"code": "permission_denied"}'))
        notes = served.read(audit_trail="all").facts.notes
        again = served.read(audit_trail="all").facts.notes
    assert (notes["audit trails read"], notes["audit trails of single cases that may not be seen"]) == (4, 1)
    assert again["audit trails read"] == 1


def test_an_audit_trail_that_is_no_list_is_not_taken_for_an_empty_one(serve: Serve) -> None:
    made = installation(1)
    with serve(made) as served:
        served.server.faults.append(Fault("/audittrail", body=b'{"count": 1, "results": [{}]}', times=9))
        with pytest.raises(SourceError, match=r"/audittrail: the audit trail is no list.*audit_trail: none"):
            served.read(audit_trail="all")


def test_half_a_character_and_a_number_beyond_measure_end_no_reading(serve: Serve) -> None:
    made = installation()
    made.data.change("statustypen", made.data.rows["statustypen"][0].body["url"][-36:], volgnummer=10**30)
    case = made.zaak("Z\ud800", "Ontvangen 2026-03-02T09:00:00Z")
    made.rol(case, "medewerker", identificatie="b\ud800")
    with serve(made) as served:
        read = served.read()
    assert (set(read.cases), len(read.events)) == ({"Z?"}, 1)


def test_a_status_that_names_no_case_is_counted(serve: Serve) -> None:
    made = installation(1)
    made.data.change("statussen", made.data.rows["statussen"][0].body["uuid"], zaak=None)
    with serve(made) as served:
        read = served.read()
    assert (len(read.events), read.facts.notes["rows that name no case: statussen"]) == (2, 1)


def test_what_the_server_gets_wrong_is_set_aside_and_counted(serve: Serve) -> None:
    made = installation()
    case = made.zaak("Z1", "Ontvangen 2026-03-02T09:00:00Z")
    made.status(case, "Behandeling", "gisteren")
    hostile = made.status(case, "Wacht", "2026-03-09T09:00:00Z")
    made.data.change("statussen", hostile["uuid"], statustype={"a": 1}, gezetdoor=["x"])
    made.data.add("statussen", {"url": "javascript:alert(1)", "zaak": case["url"]})
    made.zaak("Z2", startdatum=None, opschorting="ja", verlenging=[], kenmerken={"a": "b"}, rollen="x", deelzaken=None)
    with serve(made) as served:
        read = served.read()
    assert len(read.events) == 1
    assert read.facts.quarantined == {"completed_at_unreadable": 1, "activity_missing": 1}
    assert read.facts.notes["rows without an id: statussen"] >= 1
    assert read.facts.notes["cases without any status"] == 1
    assert set(read.cases) == {"Z1", "Z2"}


def test_the_copy_is_sqlite_and_holds_no_more_than_its_tables_say(serve: Serve, tmp_path: Path) -> None:
    with serve(installation(2)) as served:
        served.read()
    with closing(sqlite3.connect(tmp_path / "work" / "state" / "zaken.zgw.sqlite")) as db, db:
        assert db.execute("SELECT count(*) FROM zaken").fetchone() == (2,)
        assert db.execute("SELECT count(*) FROM pages").fetchone() == (0,)
    db.close()
