"""A folder of runs on a web address of this machine, for who has no web server.

In: the folder. Out: a server on loopback by default that gives files of that folder alone, never a listing,
never a file that a run keeps for itself (names with a leading dot), and tells browsers to keep nothing.
"""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from flows.listening import bound
from flows.publish.site import write_site

_SITE = {"", "/", "/index.html"}


class _Runs(SimpleHTTPRequestHandler):
    """Files of one folder, read only."""

    server_version = "zaakstroom"
    sys_version = ""
    protocol_version = "HTTP/1.1"

    def send_head(self) -> Any:
        """Refuse what is hidden or outside, and make the page over runs anew where it is asked for."""
        asked = unquote(urlsplit(self.path).path)
        if asked in _SITE:
            write_site(Path(self.directory))
        if any(part.startswith(".") for part in asked.split("/")) or not self._is_inside():
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        return super().send_head()

    def _is_inside(self) -> bool:
        """Whether the file lies in the folder once every link is followed; `latest` is such a link."""
        root = Path(self.directory).resolve()
        return Path(self.translate_path(self.path)).resolve().is_relative_to(root)

    def list_directory(self, path: Any) -> None:
        """No listing: what there is stands on the page over runs."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def end_headers(self) -> None:
        """Add what keeps a page to itself."""
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("X-Frame-Options", "DENY")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: an address may hold a case's name."""


def server(out: Path, host: str = "127.0.0.1", port: int = 0) -> ThreadingHTTPServer:
    """Return a bound server over `out`; port 0 takes a free one. Raises ZaakstroomError where it cannot."""
    write_site(out)
    return bound(ThreadingHTTPServer, partial(_Runs, directory=str(out)), host, port)
