"""Put this folder on PYTHONPATH, and a Python process reaches loopback only.

Each attempt at anything else is refused, and written to the file that `LOOPBACK_ONLY_LOG` names: libraries that
report to their makers swallow the refusal, so that only the file shows it.
"""

import os
import sys

_LOOPBACK = ("127.", "::1", "localhost")


def _host_of(event, args):
    if event == "socket.getaddrinfo":
        return args[0]
    if event in ("socket.connect", "socket.sendto"):
        address = args[1]
        return address[0] if isinstance(address, tuple) else None
    return None


def _watch(event, args):
    host = _host_of(event, args)
    if isinstance(host, bytes):
        host = host.decode()
    # a null or empty host is this machine; a path is a Unix socket
    if not host or host.startswith(_LOOPBACK) or host in ("0.0.0.0", "::"):
        return
    with open(os.environ["LOOPBACK_ONLY_LOG"], "a") as log:  # noqa: PTH123
        log.write(f"{event} {host} {sys.argv[:3]}\n")
    raise ConnectionRefusedError(f"this process reaches loopback only, not {host}")


sys.addaudithook(_watch)
