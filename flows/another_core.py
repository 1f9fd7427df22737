"""A second process for what needs no engine: discovery and alignment run there while the findings are taken here."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from mining.submit import Submit


@contextlib.contextmanager
def another_core() -> Iterator[Submit]:
    """Yield a submit function; the process is fresh, since DuckDB's threads do not fork.

    It loads pm4py (2 s) right away, so enter where this process is about to wait for something else.
    """
    with ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn")) as pool:
        pool.submit(_warm_up)
        yield lambda call, *arguments, **named: pool.submit(call, *arguments, **named).result


def _warm_up() -> None:
    """Load what the calls will need; a failure shows where it matters: in the call itself."""
    with contextlib.suppress(ImportError):
        import pm4py  # noqa: F401

        import mining.discovery
        import mining.overlay  # noqa: F401
