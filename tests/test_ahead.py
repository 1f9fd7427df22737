"""What is made ahead is opened, made and closed in one thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from mining.ahead import ahead


@pytest.mark.parametrize("used", [1, 2, 3])
def test_a_generator_is_closed_in_the_thread_that_ran_it_where_its_things_are_used_no_more(used: int) -> None:
    threads: list[int] = []

    def made() -> Iterator[int]:
        threads.append(threading.get_ident())
        try:
            yield from (1, 2, 3)
        finally:
            threads.append(threading.get_ident())

    things = ahead(made())
    assert [next(things) for _ in range(used)] == [1, 2, 3][:used]
    things.close()
    assert len(threads) == 2
    assert len(set(threads)) == 1
