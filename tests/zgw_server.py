"""A ZGW server for tests: HTTP on a free loopback port, as Open Zaak 1.30 does it, with faults on command."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import jwt

from tests.zgw_data import LEVELS, Row, ZgwData

SECRET = "a secret for tests of thirty-two characters"
MOST_ROWS = 500
_COMPONENTS = ("/zaken/api/v1/", "/catalogi/api/v1/", "/besluiten/api/v1/")


@dataclass(frozen=True)
class Application:
    """Whom the server knows, and what they may see."""

    secret: str = SECRET
    is_all: bool = True
    scopes: tuple[str, ...] = ("zaken.lezen", "catalogi.lezen", "besluiten.lezen")
    highest: str = "zeer_geheim"


@dataclass
class Fault:
    """What goes wrong with the next `times` requests whose path and query hold `of`."""

    of: str
    status: int = 0
    times: int = 1
    retry_after: str | None = None
    is_cut: bool = False
    seconds: float = 0.0
    body: bytes | None = None


@dataclass(eq=False)
class Problem(Exception):
    status: int
    code: str
    detail: str = ""
    invalid: tuple[tuple[str, str], ...] = ()


@dataclass
class ZgwServer:
    """The data, who may see what, and what was asked."""

    data: ZgwData
    applications: dict[str, Application] = field(default_factory=lambda: {"all": Application()})
    takes_page_size: bool = True
    page_rows: int = 100
    latency_seconds: float = 0.0
    clock: Callable[[], float] = time.time
    faults: list[Fault] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    on_request: Callable[[str], None] = lambda asked: None
    next_host: str | None = None
    origin: str = ""
    most_at_once: int = 0
    _at_once: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, of: str) -> int:
        """How many requests held a text."""
        return sum(of in each for each in self.asked)

    def answer(self, method: str, target: str, headers: Any, content: bytes) -> tuple[int, bytes]:
        """Answer a request as Open Zaak does."""
        url = urlsplit(target)
        try:
            application = self._application(headers.get("Authorization"))
            return 200, self._served(method, url.path, parse_qsl(url.query, True), headers, content, application)
        except Problem as wrong:
            return wrong.status, json.dumps(_told(wrong)).encode()

    def _application(self, header: str | None) -> Application:
        if not header:
            raise Problem(403, "permission_denied", "Je hebt geen toestemming om deze actie uit te voeren.")
        try:
            token = header.removeprefix("Bearer ")
            claims = jwt.decode(token, options={"verify_signature": False})
        except jwt.PyJWTError:
            raise Problem(403, "jwt-decode-error") from None
        if "client_id" not in claims:
            raise Problem(403, "missing-client-identifier")
        if claims["client_id"] not in self.applications:
            raise Problem(403, "invalid-client-identifier")
        application = self.applications[claims["client_id"]]
        try:
            jwt.decode(token, application.secret, algorithms=["HS256"], options={"verify_iat": False})
        except jwt.PyJWTError:
            raise Problem(403, "invalid-jwt-signature", "Client credentials zijn niet geldig") from None
        if "iat" not in claims:
            raise Problem(403, "jwt-missing-iat-claim")
        if self.clock() - claims["iat"] > 3600:
            raise Problem(403, "jwt-expired", "Het JWT is verlopen")
        if claims["iat"] > self.clock() + 1:
            raise Problem(403, "jwt-decode-error", "The token is not yet valid (iat)")
        return application

    def _served(
        self, method: str, path: str, query: list[tuple[str, str]], headers: Any, content: bytes, who: Application
    ) -> bytes:
        if not path.startswith(_COMPONENTS):
            raise Problem(404, "not_found", "Niet gevonden.")
        _, component, _, _, resource, *rest = path.split("/")
        if not who.is_all and f"{component}.lezen" not in who.scopes:
            raise Problem(403, "permission_denied")
        if resource == "zaken" and rest[1:] != ["audittrail"]:
            _check_crs(headers)
        if rest == ["_zoek"] and method == "POST":
            wanted = set(json.loads(content)["uuid__in"])
            rows = [row for row in self._visible("zaken", who) if row.body["uuid"] in wanted]
            return self._page(path, rows, query)
        if rest[1:] == ["audittrail"]:
            return self._trail(rest[0], who)
        if rest:
            found = [row for row in self._visible(resource, who) if row.body["url"].endswith(rest[0])]
            if not found:
                raise Problem(404, "not_found", "Niet gevonden.")
            return found[0].content
        return self._page(path, self._filtered(resource, query, who), query)

    def _trail(self, uuid: str, who: Application) -> bytes:
        if not who.is_all:
            raise Problem(403, "permission_denied")
        if uuid not in self.data.trails:
            raise Problem(404, "not_found")
        return json.dumps(self.data.trails[uuid]).encode()

    def _visible(self, resource: str, who: Application) -> list[Row]:
        rows = self.data.rows[resource]
        if who.is_all or resource not in ("zaken", "statussen", "rollen", "resultaten", "besluiten"):
            return rows
        highest = LEVELS.index(who.highest)
        return [row for row in rows if LEVELS.index(self.data.level(resource, row)) <= highest]

    def _filtered(self, resource: str, query: list[tuple[str, str]], who: Application) -> list[Row]:
        known = self.data.filters(resource)
        paging = {"page", "pageSize", "status"} if self.takes_page_size else {"page", "status"}
        if unknown := sorted({name for name, _ in query} - set(known) - paging):
            told = f"Onbekende query parameters: {', '.join(unknown)}"
            raise Problem(400, "invalid", told, tuple(("nonFieldErrors", "unknown-parameters") for _ in unknown))
        rows = self.data.narrowed(resource, query) if who.is_all else self._visible(resource, who)
        for name, value in query:
            if name in known and name != "ordering":
                rows = known[name](rows, value)
        return next((known[n](rows, v) for n, v in query if n == "ordering"), rows)

    def _page(self, path: str, rows: list[Row], query: list[tuple[str, str]]) -> bytes:
        asked = dict(query)
        size = min(int(asked.get("pageSize", self.page_rows)), MOST_ROWS)
        number, first = int(asked.get("page", "1")), (int(asked.get("page", "1")) - 1) * size
        if number < 1 or (first >= len(rows) and number > 1):
            raise Problem(404, "not_found", "Ongeldige pagina.")
        others = "&".join(f"{name}={value}" for name, value in query if name != "page")
        host = self.next_host or self.origin
        following = f"{host}{path}?page={number + 1}{'&' + others if others else ''}"
        has_next = first + size < len(rows)
        head = {"count": len(rows), "next": following if has_next else None, "previous": None}
        listed = b", ".join(row.content for row in rows[first : first + size])
        return json.dumps(head).encode()[:-1] + b', "results": [' + listed + b"]}"

    def faulty(self, target: str) -> Fault | None:
        """Return the fault that this request meets."""
        with self._lock:
            for fault in self.faults:
                if fault.of in target and fault.times > 0:
                    fault.times -= 1
                    return fault
        return None

    @contextmanager
    def noted(self, asked: str) -> Iterator[None]:
        """Note a request, and how many there are at once."""
        with self._lock:
            self.asked.append(asked)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            self.on_request(asked)
            yield
        finally:
            with self._lock:
                self._at_once -= 1


def _check_crs(headers: Any) -> None:
    crs = headers.get("Accept-Crs")
    if crs is None:
        raise Problem(412, "precondition_failed", "'Accept-Crs' header ontbreekt")
    if crs != "EPSG:4326":
        raise Problem(406, "not_acceptable")


def _told(wrong: Problem) -> dict[str, Any]:
    return {
        "type": "http://server/ref/fouten/",
        "code": wrong.code,
        "title": wrong.detail,
        "status": wrong.status,
        "detail": wrong.detail,
        "instance": f"urn:uuid:{uuid4()}",
        **(
            {"invalidParams": [{"name": n, "code": c, "reason": wrong.detail} for n, c in wrong.invalid]}
            if wrong.invalid
            else {}
        ),
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    zgw: ZgwServer

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        content = self.rfile.read(length)
        with self.zgw.noted(f"{self.command} {self.path}"):
            self._answered(content)

    do_POST = do_GET

    def _answered(self, content: bytes) -> None:
        if self.zgw.latency_seconds:
            time.sleep(self.zgw.latency_seconds)
        fault = self.zgw.faulty(self.path)
        if fault is not None and fault.seconds:
            time.sleep(fault.seconds)
        if fault is not None and (fault.status or fault.body is not None):
            body = fault.body if fault.body is not None else json.dumps({"code": "error", "detail": "stuk"}).encode()
            self._send(fault.status or 200, body, {"Retry-After": fault.retry_after} if fault.retry_after else {})
            return
        status, body = self.zgw.answer(self.command, self.path, self.headers, content)
        if fault is not None and fault.is_cut:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
            return
        self._send(status, body, {})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string(self.zgw.clock() if timestamp is None else timestamp)

    def log_message(self, *args: Any) -> None:
        pass


class _Listening(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that was killed, or that cut its connection


@contextmanager
def serving(server: ZgwServer) -> Iterator[ZgwServer]:
    """Serve on a free loopback port; the data then name that port."""
    handler = type("Handler", (_Handler,), {"zgw": server})
    with _Listening(("127.0.0.1", 0), handler) as listening:
        server.origin = f"http://127.0.0.1:{listening.server_port}"
        server.data.move_to(server.origin)
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()
