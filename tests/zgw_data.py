"""What a ZGW test server serves: bodies as Open Zaak 1.30 writes them, made or recorded, with the filters on them."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

LEVELS = (
    "openbaar",
    "beperkt_openbaar",
    "intern",
    "zaakvertrouwelijk",
    "vertrouwelijk",
    "confidentieel",
    "geheim",
    "zeer_geheim",
)
RESOURCES = ("zaken", "statussen", "rollen", "resultaten", "besluiten")
CATALOGUE = ("catalogussen", "zaaktypen", "statustypen", "resultaattypen", "roltypen", "besluittypen", "eigenschappen")
PLACE = "http://127.0.0.1:8010"


@dataclass
class Row:
    """One resource, written once."""

    body: dict[str, Any]
    content: bytes = b""

    def __post_init__(self) -> None:
        self.content = json.dumps(self.body).encode()


Filter = Callable[[list[Row], str], list[Row]]


class WrongFilter(Exception):
    """A filter value that the server does not take."""


@dataclass
class ZgwData:
    """Everything a server has."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in (*RESOURCES, *CATALOGUE)})
    trails: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    place: str = PLACE
    _by: dict[tuple[str, str], dict[str, list[Row]]] = field(default_factory=dict)

    def move_to(self, origin: str) -> None:
        """Let all URLs name the server that serves them."""
        if origin == self.place:
            return
        old, new = self.place, origin
        for name, rows in self.rows.items():
            self.rows[name] = [Row(json.loads(row.content.decode().replace(old, new))) for row in rows]
        self.trails = json.loads(json.dumps(self.trails).replace(old, new))
        self.place = origin
        self._by.clear()

    def add(self, resource: str, body: dict[str, Any], at: int | None = None) -> dict[str, Any]:
        """Add a resource; newest first, as the server lists them."""
        self.rows[resource].insert(0 if at is None else at, Row(body))
        self._by.clear()
        return body

    def change(self, resource: str, uuid: str, **fields: Any) -> dict[str, Any]:
        """Change fields of a resource."""
        for i, row in enumerate(self.rows[resource]):
            if row.body["url"].endswith(uuid):
                self.rows[resource][i] = Row({**row.body, **fields})
                self._by.clear()
                return self.rows[resource][i].body
        raise KeyError(uuid)

    def remove(self, resource: str, uuid: str) -> None:
        """Take a resource away."""
        self.rows[resource] = [row for row in self.rows[resource] if not row.body["url"].endswith(uuid)]
        self._by.clear()

    def level(self, resource: str, row: Row) -> str:
        """Return how confidential a resource is: as its case."""
        url = row.body["url"] if resource == "zaken" else row.body["zaak"]
        return str(self.index("zaken", "url")[url][0].body["vertrouwelijkheidaanduiding"])

    def index(self, resource: str, name: str) -> dict[str, list[Row]]:
        """Return the rows by the value of a field."""
        if (resource, name) not in self._by:
            found: dict[str, list[Row]] = {}
            for row in self.rows[resource]:
                found.setdefault(str(row.body.get(name)), []).append(row)
            self._by[resource, name] = found
        return self._by[resource, name]

    def narrowed(self, resource: str, query: list[tuple[str, str]]) -> list[Row]:
        """Return the rows that one equality filter of the query leaves, by index."""
        for name, value in query:
            if name in ("zaak", "statustype", "roltype", "resultaattype") or (
                name == "zaaktype" and resource != "zaken"
            ):
                return self.index(resource, name).get(value, [])
        return self.rows[resource]

    def filters(self, resource: str) -> dict[str, Filter]:
        """Return the filters that a resource has."""
        table: dict[str, dict[str, Filter]] = {
            "zaken": {
                "zaaktype": self._known("zaaktypen", _equal("zaaktype")),
                "identificatie": _equal("identificatie"),
                "bronorganisatie": _equal("bronorganisatie"),
                "einddatum__isnull": lambda rows, v: [
                    r for r in rows if (r.body["einddatum"] is None) == (v == "true")
                ],
                **{f"startdatum__{op}": _compared("startdatum", op) for op in ("gt", "gte", "lt", "lte")},
                **{f"{n}__{op}": _compared(n, op) for n in ("registratiedatum", "einddatum") for op in ("gt", "lt")},
                "ordering": _ordered,
                "expand": lambda rows, v: rows,
            },
            "statussen": {
                "zaak": _equal("zaak"),
                "statustype": self._known("statustypen", _equal("statustype")),
                "indicatieLaatstGezetteStatus": lambda rows, v: [
                    r for r in rows if r.body["indicatieLaatstGezetteStatus"] == (v == "true")
                ],
            },
            "rollen": {n: _equal(n) for n in ("zaak", "roltype", "betrokkeneType", "omschrijvingGeneriek")},
            "resultaten": {n: _equal(n) for n in ("zaak", "resultaattype")},
            "besluiten": {n: _equal(n) for n in ("zaak", "besluittype")},
            "zaaktypen": {n: _equal(n) for n in ("identificatie", "catalogus")},
        }
        return table.get(resource, {"zaaktype": _equal("zaaktype")})

    def _known(self, of: str, filter_: Filter) -> Filter:
        def check(rows: list[Row], value: str) -> list[Row]:
            from tests.zgw_server import Problem

            if value not in self.index(of, "url"):
                raise Problem(500, "error", "Er is een serverfout opgetreden.")
            return filter_(rows, value)

        return check


def _equal(name: str) -> Filter:
    return lambda rows, value: [row for row in rows if row.body.get(name) == value]


def _compared(name: str, op: str) -> Filter:
    def check(rows: list[Row], value: str) -> list[Row]:
        from tests.zgw_server import Problem

        try:
            date.fromisoformat(value)
        except ValueError:
            raise Problem(400, "invalid", "Ongeldige invoer.", ((f"{name}__{op}", "invalid"),)) from None
        by = {"gt": str.__gt__, "gte": str.__ge__, "lt": str.__lt__, "lte": str.__le__}[op]
        return [row for row in rows if row.body[name] is not None and by(row.body[name], value)]

    return check


def _ordered(rows: list[Row], value: str) -> list[Row]:
    name = value.lstrip("-")
    return sorted(rows, key=lambda row: row.body[name] or "", reverse=value.startswith("-"))


def recorded(exchanges: Path) -> ZgwData:
    """Return what a recorded installation served to the client that may read everything."""
    data = ZgwData()
    for each in recorded_exchanges(exchanges):
        asked, body = each["request"], each["response"]["body"]
        url = urlsplit(asked["path"])
        resource = url.path.split("/")[4]
        if asked["client"] != "all" or each["response"]["status"] != 200:
            continue
        if url.path.endswith("audittrail"):
            data.trails[url.path.split("/")[-2]] = body
        elif not url.query or re.fullmatch(r"page=\d+", url.query):
            data.rows[resource] += [Row(row) for row in body["results"]]
    return data


def recorded_exchanges(exchanges: Path) -> list[dict[str, Any]]:
    """Return all exchanges."""
    with gzip.open(exchanges, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def uuid(number: int, kind: int = 0) -> str:
    """Return the id of the numbered resource of a kind."""
    return str(UUID(int=(kind << 96) | (4 << 76) | (8 << 60) | number))
