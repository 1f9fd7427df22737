"""A server with contacts and visits for tests: Klantinteracties, Contactmomenten and Matomo on a free loopback port."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "a-token-for-tests"
Row = dict[str, Any]


@dataclass
class CitizenServer:
    """What it has, and what was asked of it."""

    lists: dict[str, list[Row]] = field(default_factory=dict)
    visits: dict[str, list[Row]] = field(default_factory=dict)
    """Day → visits."""
    faults: list[int] = field(default_factory=list)
    """Answers that the next requests get instead."""
    asked: list[str] = field(default_factory=list)
    page_rows: int = 2
    origin: str = ""

    def answer(self, method: str, target: str, headers: Any, content: bytes) -> tuple[int, Any]:
        """Answer one request."""
        self.asked.append(target)
        if self.faults:
            return self.faults.pop(0), {"code": "busy"}
        url = urlsplit(target)
        if url.path == "/index.php":
            return 200, self._matomo(method, {k: v[0] for k, v in parse_qs(content.decode()).items()})
        if headers.get("Authorization") != f"Token {TOKEN}":
            return 401, {"code": "authentication_failed"}
        name = url.path.rpartition("/")[2]
        if name not in self.lists:
            return 404, {"code": "not_found"}
        page = int(parse_qs(url.query)["page"][0])
        rows, start = self.lists[name], (page - 1) * self.page_rows
        shown = rows[start : start + self.page_rows]
        more = "http://elsewhere.example/next" if start + self.page_rows < len(rows) else None
        return 200, {"count": len(rows), "next": more, "previous": None, "results": shown}

    def _matomo(self, method: str, form: dict[str, str]) -> Any:
        if method != "POST" or form.get("token_auth") != TOKEN:
            return {"result": "error", "message": f"unable to view, token {form.get('token_auth')}"}
        visits, start = self.visits.get(form["date"], []), int(form["filter_offset"])
        return visits[start : start + int(form["filter_limit"])]


@contextmanager
def served(server: CitizenServer) -> Iterator[CitizenServer]:
    """Serve it until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, body = server.answer(self.command, self.path, self.headers, content)
            told = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(told)))
            self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(told)

        do_POST = do_GET

        def log_message(self, *said: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.origin = f"http://127.0.0.1:{http.server_address[1]}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
