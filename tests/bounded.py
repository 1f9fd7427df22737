"""What a computation holds outside the engine at its most: bytes of arrays and objects, and of what it reads out.

Counted, not measured on the process, so that it is the same each time.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pyarrow as pa
from ibis.backends.duckdb import Backend


def held_by(work: Callable[[], object]) -> int:
    """Return the most bytes that Python and numpy held at once, and those of the largest table read at once.

    The work is done twice, since the first time holds what is imported and remembered.
    """
    work()
    read_out = Backend.to_pyarrow
    largest = 0

    def counted(backend: Backend, *given: Any, **named: Any) -> Any:
        nonlocal largest
        found = read_out(backend, *given, **named)
        largest = max(largest, found.nbytes if isinstance(found, pa.Table) else 0)
        return found

    tracemalloc.start(1)
    try:
        with patch.object(Backend, "to_pyarrow", counted):
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            work()
            return tracemalloc.get_traced_memory()[1] - before + largest
    finally:
        tracemalloc.stop()
