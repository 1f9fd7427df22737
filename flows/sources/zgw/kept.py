"""What is kept of the bodies that the APIs serve, and nothing else: no names, no free text, no citizen.

Whatever arrives is data of others: a field that is missing, or of another type than the standard says, is null.
A body without an id of its own is no record.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flows.pseudonym import pseudonym

Row = tuple[Any, ...]
Body = dict[str, Any]

EMPLOYEE, UNIT = "medewerker", "organisatorische_eenheid"
"""The only kinds of `betrokkene` that are asked for."""


def text(body: Body, name: str) -> str | None:
    """Return a field that is a text with something in it; else null."""
    value = body.get(name)
    return _written(value) if isinstance(value, str) and value.strip() else None


def texts(body: Body, name: str) -> list[str]:
    """Return the texts of a list."""
    value = body.get(name)
    return [_written(each) for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _written(value: str) -> str:
    """Return a text that can be written: JSON may hold half a character (a lone surrogate), which becomes a '?'."""
    return value.encode(errors="replace").decode()


def part(body: Body, name: str) -> Body:
    """Return a field that is an object; empty where it is none."""
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def parts(body: Body, name: str) -> list[Body]:
    """Return the objects of a list."""
    value = body.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def flag(body: Body, name: str) -> bool | None:
    """Return a field that is true or false; else null."""
    value = body.get(name)
    return value if isinstance(value, bool) else None


def id_of(url: str | None) -> str | None:
    """Return the id that a resource's URL ends in; null where it is no UUID."""
    last = (url or "").rstrip("/").rpartition("/")[2]
    try:
        return str(UUID(last))
    except ValueError:
        return None


def own_id(body: Body) -> str | None:
    """Return the id of a resource: its `uuid`, or what its URL ends in."""
    return id_of(text(body, "uuid")) or id_of(text(body, "url"))


@dataclass(frozen=True)
class Keeping:
    """What of each body is kept: by the mapping's lists, and with the project's key for persons."""

    key: bytes = field(repr=False)
    kenmerken: frozenset[str] = frozenset()

    def zaak(self, body: Body) -> Body | None:
        """Return the kept fields of a zaak under the names of the standard."""
        own = own_id(body)
        if own is None:
            return None
        suspension, extension = part(body, "opschorting"), part(body, "verlenging")
        return {
            "uuid": own,
            **{name: text(body, name) for name in _ZAAK_TEXTS},
            "communicatiekanaal": text(body, "communicatiekanaalNaam") or text(body, "communicatiekanaal"),
            "opgeschort": flag(suspension, "indicatie"),
            "eerderOpgeschort": flag(suspension, "eerdereOpschorting"),
            "verlenging": text(extension, "duur"),
            "links": self._links(body),
            "rollen": sorted(texts(body, "rollen")),
        }

    def _links(self, body: Body) -> list[list[str]]:
        """Return [kind, what is meant] of each link to another case."""
        found = [["hoofdzaak", url] for url in [text(body, "hoofdzaak")] if url]
        found += [["deelzaak", url] for url in texts(body, "deelzaken")]
        for name in ("relevanteAndereZaken", "gerelateerdeZaken"):
            for each in parts(body, name):
                if url := text(each, "url"):
                    found.append([text(each, "aardRelatie") or "related", url])
        for each in parts(body, "kenmerken"):
            bron, kenmerk = text(each, "bron"), text(each, "kenmerk")
            if bron in self.kenmerken and kenmerk:
                found.append([f"kenmerk:{bron}", kenmerk])
        return sorted({tuple(each): each for each in found}.values())

    def status(self, body: Body) -> Row | None:
        """Return id, case, statustype, moment, and the role that set it."""
        own, zaak = own_id(body), id_of(text(body, "zaak"))
        if own is None or zaak is None:
            return None
        set_by = id_of(text(body, "gezetdoor"))
        return (own, zaak, text(body, "statustype"), text(body, "datumStatusGezet"), set_by)

    def rol(self, body: Body) -> Row | None:
        """Return id, case, kind, generic name, who, since and until when; null for one who is no employee or unit."""
        own, zaak, kind = own_id(body), id_of(text(body, "zaak")), text(body, "betrokkeneType")
        if own is None or zaak is None or kind not in (EMPLOYEE, UNIT):
            return None
        who = part(body, "betrokkeneIdentificatie")
        return (
            own,
            zaak,
            kind,
            text(body, "omschrijvingGeneriek"),
            self._holder(kind, who, text(body, "betrokkene")),
            text(body, "registratiedatum"),
            text(body, "eindeGeldigheid"),
        )

    def _holder(self, kind: str, who: Body, url: str | None) -> str | None:
        """Return the pseudonym of an employee, or the name of a unit."""
        if kind == UNIT:
            return text(who, "naam") or text(who, "identificatie") or url
        named = text(who, "identificatie") or url
        return pseudonym(named, self.key) if named else None

    def person(self, named: str | None) -> str | None:
        """Return the pseudonym of a user."""
        return pseudonym(named, self.key) if named else None

    def resultaat(self, body: Body) -> Row | None:
        """Return id, case and resultaattype."""
        own, zaak = own_id(body), id_of(text(body, "zaak"))
        return None if own is None or zaak is None else (own, zaak, text(body, "resultaattype"))

    def besluit(self, body: Body) -> Row | None:
        """Return id, case, besluittype, day of the decision, day of sending."""
        own, zaak = own_id(body), id_of(text(body, "zaak"))
        if own is None or zaak is None:
            return None
        return (own, zaak, text(body, "besluittype"), text(body, "datum"), text(body, "verzenddatum"))

    def of(self, resource: str) -> Callable[[Body], Any]:
        """Return what keeps the bodies of a resource."""
        table: dict[str, Callable[[Body], Any]] = {
            "zaken": self.zaak,
            "statussen": self.status,
            "rollen": self.rol,
            "resultaten": self.resultaat,
            "besluiten": self.besluit,
        }
        return table[resource]


_ZAAK_TEXTS = (
    "url",
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
    "laatstGemuteerd",
    "laatstGeopend",
)


def as_json(kept: Body) -> str:
    """Return kept fields as one text that is equal where they are."""
    return json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
