"""What comes next, made while what came before is used: two steps of a stream on two cores.

In: any iterator. Out: the same, one ahead. Rule owned here: one thing waits at most, so that memory holds one more.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(things: Iterable[T]) -> Iterator[T]:
    """Make the next thing in a thread of its own while the one before is used. None is no thing.

    Where the use fails, a generator is closed in that thread too: a database is not let go of from another.
    """
    coming_from = iter(things)
    with ThreadPoolExecutor(1) as pool:
        try:
            coming = pool.submit(next, coming_from, None)
            while (thing := coming.result()) is not None:
                coming = pool.submit(next, coming_from, None)
                yield thing
        finally:
            if isinstance(coming_from, Generator):
                pool.submit(coming_from.close).result()
