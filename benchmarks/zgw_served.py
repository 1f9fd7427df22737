"""A large ZGW installation that is computed: it costs no memory, and waits as a real one does.

So long a page, and longer the deeper the page; so many requests at once. It runs in a process of its own.
"""

from __future__ import annotations

import json
import multiprocessing
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

PER_CASE = 6
FIRST = date(2020, 1, 1)
DAYS = 2_000
CLOSED = 0.9


class Installation:
    """So many cases of six statuses; case n started on day n × DAYS / cases."""

    def __init__(self, cases: int, origin: str) -> None:
        self.closed = int(cases * CLOSED)
        self.closed_since_first = 0
        self.cases, self.zaken, self.catalogi = cases, f"{origin}/zaken/api/v1", f"{origin}/catalogi/api/v1"

    def listed(self, resource_name: str, query: dict[str, str]) -> tuple[int, Any]:
        """Return how many rows a list has, and what writes the row at a place."""
        if resource_name == "zaken":
            return self._zaken(query)
        if resource_name == "statussen":
            return self._statussen(query)
        if resource_name == "resultaten":
            return self._of_case(query, self.closed + self.closed_since_first, self._resultaat)
        if resource_name == "rollen":
            return self._of_case(query, self.cases if query.get("betrokkeneType") == "medewerker" else 0, self._rol)
        rows = self._types().get(resource_name, [])
        return len(rows), lambda place: json.dumps(rows[place])

    def close(self, path: str) -> None:
        """Close so many of the oldest open cases, as /close/NUMBER says: the changes of the nights."""
        self.closed_since_first = int(path.rpartition("/")[2])

    def _of_case(self, query: dict[str, str], count: int, row: Any) -> tuple[int, Any]:
        if "zaak" not in query:
            return count, row
        n = _case_in(query)
        return int(n < count), lambda place: row(n)

    def _types(self) -> dict[str, list[dict[str, Any]]]:
        of = {"zaaktype": f"{self.catalogi}/zaaktypen/{_id(1, 9)}"}
        return {
            "zaaktypen": [{"url": of["zaaktype"], "identificatie": "B1", "omschrijving": "Aanvraag"}],
            "statustypen": [
                {"url": self._type(i), **of, "omschrijving": f"Status {i}", "volgnummer": i, "isEindstatus": i == 6}
                for i in range(1, PER_CASE + 1)
            ],
            "resultaattypen": [
                {"url": f"{self.catalogi}/resultaattypen/{_id(1, 8)}", **of, "omschrijving": "Verleend"}
            ],
            "roltypen": [{"url": f"{self.catalogi}/roltypen/{_id(1, 7)}", **of, "omschrijvingGeneriek": "behandelaar"}],
        }

    def _type(self, number: int) -> str:
        return f"{self.catalogi}/statustypen/{_id(number, 6)}"

    def _zaken(self, query: dict[str, str]) -> tuple[int, Any]:
        low, high = 0, self.cases
        if "startdatum__gte" in query:
            low = self._first_of(query["startdatum__gte"])
        if "startdatum__lt" in query:
            high = self._first_of(query["startdatum__lt"])
        if query.get("einddatum__isnull") == "true":
            low = self.closed + self.closed_since_first
        if "registratiedatum__gt" in query:
            low = high
        if "einddatum__gt" in query:
            low, high = self.closed, self.closed + self.closed_since_first
        newest_first = query.get("ordering") != "startdatum"
        return max(0, high - low), lambda place: self._zaak(high - 1 - place if newest_first else low + place)

    def _first_of(self, day: str) -> int:
        days = (date.fromisoformat(day) - FIRST).days
        return min(self.cases, max(0, -(-days * self.cases // DAYS)))

    def _zaak(self, n: int) -> str:
        started, is_closed = FIRST + timedelta(n * DAYS // self.cases), n < self.closed + self.closed_since_first
        return _ZAAK % {
            "url": f"{self.zaken}/zaken/{_id(n, 1)}",
            "uuid": _id(n, 1),
            "n": n,
            "zaaktype": f"{self.catalogi}/zaaktypen/{_id(1, 9)}",
            "start": started,
            "end": f'"{started + timedelta(40)}"' if is_closed else "null",
            "status": f"{self.zaken}/statussen/{_id(n * PER_CASE + 5, 2)}",
            "result": f'"{self.zaken}/resultaten/{_id(n, 3)}"' if is_closed else "null",
            "rol": f"{self.zaken}/rollen/{_id(n, 4)}",
        }

    def _statussen(self, query: dict[str, str]) -> tuple[int, Any]:
        if "zaak" in query:
            n = _case_in(query)
            return PER_CASE, lambda place: self._status(n, place)
        if "statustype" in query:
            i = int(query["statustype"].rpartition("-")[2]) - 1
            count = self.cases
            if "indicatieLaatstGezetteStatus" in query:
                count = self.cases if (query["indicatieLaatstGezetteStatus"] == "true") == (i == 5) else 0
            return count, lambda place: self._status(self.cases - 1 - place, i)
        last = self.cases * PER_CASE - 1
        return last + 1, lambda place: self._status(*divmod(last - place, PER_CASE))

    def _status(self, n: int, i: int) -> str:
        moment = f"{FIRST + timedelta(n * DAYS // self.cases + 7 * i)}T09:{n % 60:02d}:{i:02d}.000000Z"
        own = _id(n * PER_CASE + i, 2)
        return _STATUS % (
            f"{self.zaken}/statussen/{own}",
            own,
            f"{self.zaken}/zaken/{_id(n, 1)}",
            self._type(i + 1),
            moment,
        )

    def _resultaat(self, n: int) -> str:
        own = _id(n, 3)
        body = {"url": f"{self.zaken}/resultaten/{own}", "uuid": own, "zaak": f"{self.zaken}/zaken/{_id(n, 1)}"}
        return json.dumps({**body, "resultaattype": f"{self.catalogi}/resultaattypen/{_id(1, 8)}", "toelichting": ""})

    def _rol(self, n: int) -> str:
        own = _id(n, 4)
        return _ROL % (f"{self.zaken}/rollen/{own}", own, f"{self.zaken}/zaken/{_id(n, 1)}", n % 50)


def _case_in(query: dict[str, str]) -> int:
    return int(query["zaak"].rpartition("-")[2])


def _id(number: int, kind: int) -> str:
    return f"{kind:08d}-0000-4000-8000-{number:012d}"


_ZAAK = """{"url": "%(url)s", "uuid": "%(uuid)s", "identificatie": "ZAAK-%(n)09d", "bronorganisatie": "002220647",
"omschrijving": "Aanvraag", "toelichting": "", "zaaktype": "%(zaaktype)s", "registratiedatum": "%(start)s",
"verantwoordelijkeOrganisatie": "002220647", "startdatum": "%(start)s", "einddatum": %(end)s,
"einddatumGepland": "%(start)s", "uiterlijkeEinddatumAfdoening": "%(start)s", "publicatiedatum": null,
"laatstGemuteerd": "2026-01-01T00:00:00.000000Z", "laatstGeopend": null, "communicatiekanaal": "",
"communicatiekanaalNaam": "", "productenOfDiensten": [], "vertrouwelijkheidaanduiding": "openbaar",
"betalingsindicatie": "", "betalingsindicatieWeergave": "", "laatsteBetaaldatum": null, "zaakgeometrie": null,
"verlenging": null, "opschorting": {"indicatie": false, "eerdereOpschorting": false, "reden": ""},
"selectielijstklasse": "", "hoofdzaak": null, "deelzaken": [], "relevanteAndereZaken": [], "gerelateerdeZaken": [],
"eigenschappen": [], "rollen": ["%(rol)s"], "status": "%(status)s", "zaakinformatieobjecten": [],
"zaakobjecten": [], "kenmerken": [], "archiefnominatie": null, "archiefstatus": "nog_te_archiveren",
"archiefactiedatum": null, "resultaat": %(result)s, "opdrachtgevendeOrganisatie": "", "processobjectaard": "",
"startdatumBewaartermijn": null, "processobject": {"datumkenmerk": "", "identificatie": "", "objecttype": "",
"registratie": ""}, "_expand": {}}"""
_STATUS = """{"url": "%s", "uuid": "%s", "zaak": "%s", "statustype": "%s", "datumStatusGezet": "%s",
"statustoelichting": "", "indicatieLaatstGezetteStatus": false, "gezetdoor": null, "zaakinformatieobjecten": []}"""
_ROL = """{"url": "%s", "uuid": "%s", "zaak": "%s", "betrokkene": "", "betrokkeneType": "medewerker",
"roltype": "", "omschrijving": "Behandelaar", "omschrijvingGeneriek": "behandelaar", "roltoelichting": "",
"registratiedatum": "2026-01-01T00:00:00.000000Z", "betrokkeneIdentificatie": {"identificatie": "medewerker-%d"}}"""


def _serve(cases: int, seconds: float, deep_seconds: float, workers: int, port: Any) -> None:
    """Serve until the process is ended; `deep_seconds` is what a row further down the list costs."""
    at_once = threading.Semaphore(workers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            url, begun = urlsplit(self.path), time.monotonic()
            with at_once:
                content, first = _page(installation, url.path, dict(parse_qsl(url.query)))
                time.sleep(max(0.0, seconds + deep_seconds * first - (time.monotonic() - begun)))
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            installation.close(self.path)
            self.send_response(204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        installation = Installation(cases, f"http://127.0.0.1:{listening.server_port}")
        port.send(listening.server_port)
        listening.serve_forever()


@contextmanager
def serving(cases: int, seconds: float, deep_seconds: float, workers: int) -> Iterator[str]:
    """Serve an installation in a process of its own; give its address."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=_serve, args=(cases, seconds, deep_seconds, workers, theirs), daemon=True)
    server.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        server.kill()
        server.join()


def _page(installation: Installation, path: str, query: dict[str, str]) -> tuple[bytes, int]:
    count, row = installation.listed(path.rpartition("/")[2], query)
    size, number = min(int(query.get("pageSize", "100")), 500), int(query.get("page", "1"))
    first = (number - 1) * size
    rows = ", ".join(row(place) for place in range(first, min(count, first + size)))
    following = f'"?page={number + 1}"' if first + size < count else "null"
    return f'{{"count": {count}, "next": {following}, "previous": null, "results": [{rows}]}}'.encode(), first
