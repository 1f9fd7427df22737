"""A second process for what needs no engine: discovery runs there while the findings are taken here."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any


@contextlib.contextmanager
def another_core() -> Iterator[Callable[..., Callable[[], Any]]]:
    """Yield a submit function as `mining.mine.Submit`; the process is fresh, since DuckDB's threads do not fork."""
    with ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield lambda call, *arguments, **named: pool.submit(call, *arguments, **named).result
