"""A small installation made in a test: zaaktypen and cases written as text beside the assertion."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.zgw_data import PLACE, ZgwData, uuid

_CATALOGI = f"{PLACE}/catalogi/api/v1"
STATUSES = ("Afgerond*", "Behandeling", "Ontvangen", "Wacht")
"""In the order of `volgnummer`, which follows the alphabet; the last status is starred."""


@dataclass
class Made:
    """Data under construction; every resource gets the next number."""

    data: ZgwData = field(default_factory=ZgwData)
    number: int = 0
    types: dict[str, str] = field(default_factory=dict)

    def _next(self) -> str:
        self.number += 1
        return uuid(self.number)

    def zaaktype(self, identificatie: str = "AANVRAAG", statuses: tuple[str, ...] = STATUSES, **fields: Any) -> str:
        """Add a version of a zaaktype with its types; return its URL."""
        url = f"{_CATALOGI}/zaaktypen/{self._next()}"
        plain = {
            "omschrijving": "Aanvraag",
            "doorlooptijd": "P56D",
            "servicenorm": None,
            "beginGeldigheid": "2024-01-01",
        }
        self.data.add("zaaktypen", {"url": url, "identificatie": identificatie, **plain, **fields})
        for place, name in enumerate(statuses, start=1):
            is_last = name.endswith("*")
            parts = {"omschrijving": name.rstrip("*"), "volgnummer": 99 if is_last else place, "isEindstatus": is_last}
            self._type("statustypen", url, name.rstrip("*"), **parts)
        for name in ("Verleend", "Ingetrokken"):
            self._type("resultaattypen", url, name, omschrijving=name)
        for name in ("behandelaar", "initiator"):
            self._type("roltypen", url, name, omschrijving=name.title(), omschrijvingGeneriek=name)
        self.types["newest"] = url
        return url

    def _type(self, resource: str, zaaktype: str, name: str, **fields: Any) -> None:
        url = f"{_CATALOGI}/{resource}/{self._next()}"
        self.data.add(resource, {"url": url, "zaaktype": zaaktype, **fields})
        self.types[f"{zaaktype} {name}"] = url

    def zaak(self, identificatie: str, statuses: str = "", **fields: Any) -> dict[str, Any]:
        """Add a case; statuses are 'name moment', separated by '|'."""
        zaaktype, own = fields.pop("zaaktype", None) or self.types["newest"], self._next()
        zaaktype = zaaktype.replace(PLACE, self.data.place)
        body = {
            "url": f"{self.data.place}/zaken/api/v1/zaken/{own}",
            "uuid": own,
            "identificatie": identificatie,
            "bronorganisatie": "002220647",
            "omschrijving": "Dakkapel van mevrouw GEHEIM",
            "toelichting": "bel GEHEIM op 0612345678",
            "zaaktype": zaaktype,
            "registratiedatum": "2026-03-03",
            "verantwoordelijkeOrganisatie": "002220647",
            "startdatum": "2026-03-02",
            "einddatum": None,
            "einddatumGepland": "2026-04-13",
            "uiterlijkeEinddatumAfdoening": "2026-04-27",
            "laatstGemuteerd": "2026-03-03T10:00:00.000000Z",
            "communicatiekanaal": "",
            "communicatiekanaalNaam": "",
            "vertrouwelijkheidaanduiding": "openbaar",
            "verlenging": None,
            "opschorting": {"indicatie": False, "eerdereOpschorting": False, "reden": ""},
            "hoofdzaak": None,
            "deelzaken": [],
            "relevanteAndereZaken": [],
            "rollen": [],
            "status": None,
            "kenmerken": [],
            "resultaat": None,
            **fields,
        }
        self.data.add("zaken", body)
        for part in filter(str.strip, statuses.split("|")):
            name, moment = part.split()
            self.status(body, name, moment)
        return body

    def status(self, zaak: dict[str, Any], name: str, moment: str, **fields: Any) -> dict[str, Any]:
        """Add a status, which becomes the current one."""
        own, place = self._next(), self.data.place
        body = {
            "url": f"{place}/zaken/api/v1/statussen/{own}",
            "uuid": own,
            "zaak": zaak["url"].replace(PLACE, place),
            "statustype": self.types[f"{zaak['zaaktype'].replace(place, PLACE)} {name}"].replace(PLACE, place),
            "datumStatusGezet": moment,
            "statustoelichting": "GEHEIM",
            "indicatieLaatstGezetteStatus": True,
            "gezetdoor": None,
            **fields,
        }
        self.data.add("statussen", body)
        self.data.change("zaken", zaak["uuid"], status=body["url"])
        return body

    def rol(self, zaak: dict[str, Any], kind: str, generic: str = "behandelaar", **who: Any) -> dict[str, Any]:
        """Add a role."""
        own, place = self._next(), self.data.place
        body = {
            "url": f"{place}/zaken/api/v1/rollen/{own}",
            "uuid": own,
            "zaak": zaak["url"].replace(PLACE, place),
            "betrokkene": "",
            "betrokkeneType": kind,
            "roltype": self.types[f"{zaak['zaaktype'].replace(place, PLACE)} {generic}"].replace(PLACE, place),
            "omschrijvingGeneriek": generic,
            "registratiedatum": who.pop("since", "2026-03-02T08:00:00.000000Z"),
            "betrokkeneIdentificatie": who,
        }
        return self.data.add("rollen", body)

    def resultaat(self, zaak: dict[str, Any], name: str) -> dict[str, Any]:
        """Give a case its result."""
        own, place = self._next(), self.data.place
        body = {
            "url": f"{place}/zaken/api/v1/resultaten/{own}",
            "uuid": own,
            "zaak": zaak["url"].replace(PLACE, place),
            "resultaattype": self.types[f"{zaak['zaaktype'].replace(place, PLACE)} {name}"].replace(PLACE, place),
            "toelichting": "GEHEIM",
        }
        self.data.change("zaken", zaak["uuid"], resultaat=body["url"])
        return self.data.add("resultaten", body)

    def trail(self, zaak: dict[str, Any], *entries: dict[str, Any]) -> None:
        """Give a case its audit trail."""
        whole = [
            {"uuid": self._next(), "bron": "ZRC", "resultaat": 200, "gebruikersId": "b.devries", **entry}
            for entry in entries
        ]
        self.data.trails[zaak["uuid"]] = whole


def installation(cases: int = 0, **fields: Any) -> Made:
    """Return an installation with one zaaktype and some closed cases of three statuses."""
    made = Made()
    made.zaaktype()
    for n in range(1, cases + 1):
        day = f"2026-{1 + n % 5:02d}-{1 + n % 27:02d}"
        statuses = " | ".join(f"{name} {day}T{9 + i:02d}:00:00.000000Z" for i, name in enumerate(_ROUTE))
        closed = {"einddatum": "2026-06-01", "startdatum": day, "registratiedatum": day}
        made.zaak(f"Z{n:05d}", statuses, **{**closed, **fields})
    return made


_ROUTE = ("Ontvangen", "Behandeling", "Afgerond")
