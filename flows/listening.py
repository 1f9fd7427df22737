"""A server on an address of this machine: what `serve` and `receive` do alike.

In: the kind of server, what answers, and where. Out: it bound to that address, or why it cannot listen there.
"""

from __future__ import annotations

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from mappings.errors import ZaakstroomError


def bound(
    kind: type[ThreadingHTTPServer], answering: Callable[..., BaseHTTPRequestHandler], host: str, port: int
) -> ThreadingHTTPServer:
    """Return a bound server; port 0 takes a free one. Raises ZaakstroomError where it cannot."""
    try:
        return kind((host, port), answering)
    except OSError as error:
        remedy = "name another one with --port, or 0 for a free one"
        raise ZaakstroomError(f"{host}:{port}", f"cannot listen there: {error.strerror}", remedy) from error
