"""What comes next, made while what came before is used: two steps of a stream on two cores.

In: any iterator. Out: the same, one ahead. Rule owned here: one thing waits at most, so that memory holds one more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(things: Iterable[T]) -> Iterator[T]:
    """Make the next thing in a thread of its own while the one before is used. None is no thing."""
    coming_from = iter(things)
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, coming_from, None)
        while (thing := coming.result()) is not None:
            coming = pool.submit(next, coming_from, None)
            yield thing
