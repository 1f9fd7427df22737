"""One writer at a time on a store in a local folder; the lock ends with its process, also a killed one.

A store behind a URL has no such lock: there Delta's own commit protocol decides, and the loser looks again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mappings.errors import StoreError

try:
    import fcntl
except ImportError:  # Windows: Delta's commit protocol alone
    fcntl = None

PAUSE_SECONDS = 0.05


@contextmanager
def one_writer(folder: Path | None, patience_seconds: float) -> Iterator[None]:
    """Hold the store for writing; a StoreError where another process keeps it longer than that."""
    if folder is None or fcntl is None:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".writing").open("a") as handle:
        _wait(handle.fileno(), folder, patience_seconds)
        yield


def _wait(handle: int, folder: Path, patience_seconds: float) -> None:
    until = time.monotonic() + patience_seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as err:
            if time.monotonic() >= until:
                raise StoreError(
                    str(folder),
                    f"another process has been writing to this store for {patience_seconds:.0f} s",
                    "wait until that run has ended, then run again",
                ) from err
            time.sleep(PAUSE_SECONDS)
        else:
            return
