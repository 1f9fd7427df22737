"""The callback of a subscription to notifications (Notificaties API, NRC 1.0): which cases changed, kept for the runs.

In: POST requests of the notification service, with the header that the subscription names as `auth`. Out: a file a
day in a folder, one JSON object a line: channel, case, resource, action and moment, each only in the form that the
standard gives it; nothing else of a request is kept, or written down in passing. Answered 204 once it is on the disk;
what cannot be kept is answered 500, so that the service sends it again. Without the right header 403, as the service
expects when it tries out a callback.
"""

from __future__ import annotations

import hmac
import json
import os
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flows.listening import bound
from flows.sources.zgw.kept import id_of
from flows.sources.zgw.notifications import file_of
from mappings.errors import ZaakstroomError

VARIABLE = "ZAAKSTROOM_NOTIFICATIONS_AUTH"
"""The whole value of the header, such as `Bearer …`: what the subscription has under `auth`."""
MOST_BYTES = 64 * 1024
LEAST_SECRET = 20
_SECONDS = 20
"""What a sender may take for one request."""
_WORD = re.compile(r"[a-z_]{1,50}")
_KEPT_CHANNELS = ("zaken",)


def line_of(body: Any) -> str | None:
    """Return what is kept of a notification, None where it is about no case. Raises ValueError where it is none."""
    if not isinstance(body, dict) or not all(isinstance(body.get(name), str) for name in _NEEDED):
        raise ValueError("not a notification of the standard")
    case = id_of(urlsplit(body["hoofdObject"]).path)
    if body["kanaal"] not in _KEPT_CHANNELS or case is None:
        return None
    told = {
        "kanaal": body["kanaal"],
        "hoofdObject": f"zaken/{case}",
        "resource": _word(body["resource"]),
        "actie": _word(body["actie"]),
        "aanmaakdatum": datetime.fromisoformat(body["aanmaakdatum"]).isoformat(),
    }
    return json.dumps(told, separators=(",", ":")) + "\n"


_NEEDED = ("kanaal", "hoofdObject", "resource", "actie", "aanmaakdatum")


def _word(text: str) -> str | None:
    return text if _WORD.fullmatch(text) else None


class Inbox:
    """The folder in which notifications are kept, a file a day; one line is written at a time."""

    def __init__(self, folder: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Make the folder where there is none yet. Raises ZaakstroomError where it cannot be written to."""
        self.folder, self._now, self._lock = folder, now, threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / ".trial").write_text("")
            (folder / ".trial").unlink()
        except OSError as error:
            raise ZaakstroomError(str(folder), f"cannot be written to: {error.strerror}", "name another one") from error

    def keep(self, line: str) -> None:
        """Write a line; it is on the disk when this returns. Raises OSError; then nothing of it counts."""
        path = self.folder / file_of(self._now().astimezone(UTC))
        with self._lock:
            is_new = not path.exists()
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                # one write: a reader, or another process, never meets a line within a line
                content = (b"" if _ends_whole(handle) else b"\n") + line.encode()
                if os.write(handle, content) != len(content):
                    raise OSError("the disk is full")
                os.fsync(handle)
            finally:
                os.close(handle)
            if is_new:
                _fsync(self.folder)


def _ends_whole(handle: int) -> bool:
    """Tell whether a file ends with a whole line: one who was killed, or a full disk, may have left half a line."""
    size = os.fstat(handle).st_size
    return size == 0 or os.pread(handle, 1, size - 1) == b"\n"


def _fsync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class _Callback(BaseHTTPRequestHandler):
    """Takes notifications, and nothing else."""

    server_version = "zaakstroom"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = _SECONDS
    inbox: Inbox
    auth: str

    def do_POST(self) -> None:
        """Keep a notification."""
        self._answer(self._taken())

    def do_GET(self) -> None:
        """Refuse: there is nothing to be had here."""
        self.close_connection = True
        self._answer(HTTPStatus.METHOD_NOT_ALLOWED)

    def _taken(self) -> HTTPStatus:
        said = self.headers.get("Authorization") or ""
        if not hmac.compare_digest(said.encode("utf-8", "replace"), self.auth.encode()):
            self.close_connection = True  # its body is not read
            return HTTPStatus.FORBIDDEN
        length = self.headers.get("Content-Length") or ""
        if not length.isascii() or not length.isdigit() or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            return HTTPStatus.LENGTH_REQUIRED
        if int(length) > MOST_BYTES:
            self.close_connection = True
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return self._kept(self.rfile.read(int(length)), int(length))

    def _kept(self, content: bytes, length: int) -> HTTPStatus:
        if len(content) < length:
            self.close_connection = True
            return HTTPStatus.BAD_REQUEST
        try:
            line = line_of(json.loads(content))
        except (ValueError, RecursionError):
            return HTTPStatus.BAD_REQUEST
        try:
            if line is not None:
                self.inbox.keep(line)
        except OSError:
            return HTTPStatus.INTERNAL_SERVER_ERROR
        return HTTPStatus.NO_CONTENT

    def _answer(self, status: HTTPStatus) -> None:
        self.send_response(status)
        if status is not HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", "0")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: a request may hold anything."""


class _Listening(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # a service sends what piled up all at once

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a sender that broke off."""


def receiver(folder: Path, host: str = "127.0.0.1", port: int = 0) -> ThreadingHTTPServer:
    """Return a bound server that keeps notifications in `folder`; port 0 takes a free one. Raises ZaakstroomError."""
    auth = os.environ.get(VARIABLE, "").strip()
    if len(auth) < LEAST_SECRET:
        what = "is not set" if not auth else f"is shorter than {LEAST_SECRET} characters"
        remedy = "set it to what the subscription has under 'auth', such as 'Bearer' and a long random text"
        raise ZaakstroomError(VARIABLE, what, remedy)
    callback = type("Callback", (_Callback,), {"inbox": Inbox(folder), "auth": auth})
    return bound(_Listening, callback, host, port)
