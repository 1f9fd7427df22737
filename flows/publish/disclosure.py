"""What the page for the team may say of small groups: a count below the mapping's smallest group is not told.

Primary: a group of 1 up to `smallest_group` − 1 is shown as "fewer than n", with none of its times. Complementary:
where the groups of a table add up to a total that is told, one hidden group could be found by subtraction, so the
smallest of the others is hidden too. The analyst's build does not go through this.
"""

from __future__ import annotations

from collections.abc import Sequence

from flows.publish.page_numbers import Numbers
from mining.results.citizen import Conversion


def hidden(counts: Sequence[int | None], smallest: int, is_whole: bool = False) -> tuple[bool, ...]:
    """Return for each group whether it is hidden; `is_whole`: the groups add up to a total that is told."""
    small = [count is not None and 0 < count < smallest for count in counts]
    if is_whole and sum(small) == 1:
        others = [at for at, count in enumerate(counts) if not small[at] and count]
        if others:
            small[min(others, key=lambda at: (counts[at] or 0, at))] = True
    return tuple(small)


def told(numbers: Numbers, count: int | None, smallest: int, is_hidden: bool) -> str:
    """Return a count, or that it is not told: too small, or hidden for the sake of another."""
    if not is_hidden:
        return numbers.count(count)
    if count is not None and count < smallest:
        return numbers.words("fewer_than", n=smallest)
    return numbers.words("not_told")


def few(numbers: Numbers, count: int, smallest: int) -> str:
    """Return a count of its own, in no sum that is told: hidden where it is small."""
    return told(numbers, count, smallest, hidden([count], smallest)[0])


def hidden_stops(one: Conversion, smallest: int) -> tuple[bool, ...]:
    """Return for each reason to stop whether its number of attempts is hidden; together they are a told total."""
    return hidden([stop.attempts for stop in one.stops], smallest, is_whole=True)
