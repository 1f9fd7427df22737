"""Markers for tests: in every field that an API serves but those that may be kept, and where they are found.

`KEPT` says what the reader may keep of each resource of the ZGW APIs, by the names of the standard: it is written
apart from the reader, so that a field that the reader begins to keep is noticed.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.test_forget import content_of
from tests.zgw_data import Row, ZgwData

SAID = ("plantq", "111222333", "annie.planted@example.nl", "0612345678", "NL91ABNA0417164300")
"""What no file may hold."""
MARK = "plantq mevrouw Plantedname, BSN 111222333, annie.planted@example.nl, 0612345678, NL91ABNA0417164300"

_OWN = {"url", "uuid"}
KEPT: dict[str, set[str]] = {
    "zaken": {
        *_OWN,
        "identificatie",
        "bronorganisatie",
        "zaaktype",
        "registratiedatum",
        "startdatum",
        "einddatum",
        "einddatumGepland",
        "uiterlijkeEinddatumAfdoening",
        "vertrouwelijkheidaanduiding",
        "status",
        "resultaat",
        "rollen",
        "laatstGemuteerd",
        "laatstGeopend",
        "communicatiekanaal",
        "communicatiekanaalNaam",
        "opschorting.indicatie",
        "opschorting.eerdereOpschorting",
        "verlenging.duur",
        "hoofdzaak",
        "deelzaken",
        "relevanteAndereZaken.url",
        "relevanteAndereZaken.aardRelatie",
        "gerelateerdeZaken",
    },
    "statussen": {*_OWN, "zaak", "statustype", "datumStatusGezet", "gezetdoor", "indicatieLaatstGezetteStatus"},
    "rollen": {
        *_OWN,
        "zaak",
        "betrokkeneType",
        "roltype",
        "omschrijvingGeneriek",
        "registratiedatum",
        "eindeGeldigheid",
    },
    "resultaten": {*_OWN, "zaak", "resultaattype"},
    "besluiten": {*_OWN, "zaak", "besluittype", "datum", "verzenddatum"},
    "zaaktypen": {*_OWN, "identificatie", "omschrijving"},
    "statustypen": {*_OWN, "zaaktype", "omschrijving", "volgnummer", "isEindstatus"},
    "resultaattypen": {*_OWN, "zaaktype", "omschrijving"},
    "roltypen": {*_OWN, "zaaktype", "omschrijvingGeneriek"},
    "besluittypen": {*_OWN, "zaaktype", "omschrijving"},
}
_TRAIL = {"uuid", "bron", "resultaat", "actie", "resource", "resourceUrl", "aanmaakdatum"}
OTHERS: dict[str, dict[str, Any]] = {
    "zaken": {
        "zaakgeometrie": {"type": "Point", "coordinates": [4.9, 52.37]},
        "opdrachtgevendeOrganisatie": "",
        "productenOfDiensten": [""],
        "kenmerken": [{"bron": "", "kenmerk": ""}],
        "eigenschappen": [""],
        "processobject": {"datumkenmerk": "", "identificatie": "", "objecttype": "", "registratie": ""},
        "opschorting": {"indicatie": False, "eerdereOpschorting": False, "reden": ""},
        "verlenging": {"reden": "", "duur": "P10D"},
        "_expand": {"rollen": [{"betrokkeneIdentificatie": {"inpBsn": ""}}]},
    },
    "rollen": {
        "afwijkendeNaamBetrokkene": "",
        "betrokkene": "",
        "omschrijving": "",
        "roltoelichting": "",
        "contactpersoonRol": {"emailadres": "", "functie": "", "telefoonnummer": "", "naam": ""},
        "authenticatieContext": {"source": "digid", "levelOfAssurance": ""},
        "betrokkeneIdentificatie": {
            "identificatie": "",
            "inpBsn": "",
            "anpIdentificatie": "",
            "achternaam": "",
            "voorletters": "",
            "geslachtsnaam": "",
            "geboortedatum": "",
            "verblijfsadres": {"aoaPostcode": "", "wplWoonplaatsNaam": ""},
        },
    },
    "statussen": {"statustoelichting": ""},
    "resultaten": {"toelichting": ""},
    "besluiten": {"identificatie": "", "toelichting": "", "bestuursorgaan": "", "publicatiedatum": ""},
    "zaaktypen": {"toelichting": "", "doel": "", "trefwoorden": [""], "verantwoordelijke": ""},
    "statustypen": {"statustekst": "", "toelichting": ""},
    "resultaattypen": {"toelichting": ""},
    "roltypen": {"omschrijving": ""},
    "besluittypen": {"toelichting": ""},
}
"""Fields of the standard that small test bodies leave out."""
TRAIL_OTHERS = {"applicatieWeergave": "", "gebruikersWeergave": "", "toelichting": "", "resourceWeergave": ""}


def planted(body: Any, kept: Iterable[str] = (), path: str = "") -> Any:
    """Return a body with the marker in every text, and beside them, but where it may be kept."""
    allowed = set(kept)
    if path and path in allowed:
        return body
    if isinstance(body, dict):
        inside = {name: planted(value, allowed, f"{path}.{name}".lstrip(".")) for name, value in body.items()}
        return {**inside, "nietInDeStandaard": MARK}
    if isinstance(body, list):
        return [planted(each, allowed, path) for each in body]
    return f"{path} {MARK}" if body is None or isinstance(body, str) else body


def plant(data: ZgwData) -> None:
    """Put the marker in all that an installation serves: each resource, and the bodies in the audit trails."""
    for resource, kept in KEPT.items():
        data.rows[resource] = [Row(_whole(resource, row.body, kept)) for row in data.rows[resource]]
    data.trails = {zaak: [_entry(each) for each in entries] for zaak, entries in data.trails.items()}


def _whole(resource: str, body: dict[str, Any], kept: set[str]) -> dict[str, Any]:
    others = OTHERS.get(resource, {})
    named = {name: {**value, **(body.get(name) or {})} for name, value in others.items() if isinstance(value, dict)}
    found: dict[str, Any] = planted({**others, **body, **named}, {*kept, *_unit(resource, body)})
    return found


def _unit(resource: str, body: dict[str, Any]) -> set[str]:
    """The name of an organisational unit is the lane; that of a person is never kept."""
    is_unit = resource == "rollen" and body.get("betrokkeneType") == "organisatorische_eenheid"
    return {"betrokkeneIdentificatie.naam", "betrokkeneIdentificatie.identificatie"} if is_unit else set()


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    resource = {"zaak": "zaken", "status": "statussen", "rol": "rollen", "resultaat": "resultaten"}[entry["resource"]]
    edits = {
        side: None if body is None else _whole(resource, body, KEPT[resource])
        for side, body in entry["wijzigingen"].items()
    }
    whole: dict[str, Any] = planted({**TRAIL_OTHERS, **entry}, {*_TRAIL, "wijzigingen"})
    return {**whole, "wijzigingen": edits}


def leaking(folder: Path, *more: str) -> list[str]:
    """Return the files that hold a marker, and which; also within Parquet and archives."""
    return [
        f"{path.relative_to(folder).as_posix()}: {said}"
        for path, content in content_of(folder)
        for said in (*SAID, *more)
        if said.encode() in content
    ]
