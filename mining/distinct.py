"""Numbering what is distinct: values, and the rows of a ragged array.

The rows are told apart by plain loops that `mining.compiled` may run compiled.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mining.compiled import fitted
from mining.sequences import Ints

_MOST_COUNTED = 1 << 22


class Distinct(NamedTuple):
    """The number of each row, in the order of first appearance, and the first row of each number."""

    numbers: Ints
    firsts: Ints


def distinct_values(values: Ints, room: int) -> tuple[Ints, Ints]:
    """Return the distinct values in their order, and each value as its place among them.

    The values lie below `room`; sorting is for where there might be very many.
    """
    if room > _MOST_COUNTED:
        found, numbers = np.unique(values, return_inverse=True)
        return found, numbers
    occurs = np.zeros(room, np.bool_)
    occurs[values] = True
    place = np.cumsum(occurs, dtype=np.int32) - 1
    return np.flatnonzero(occurs), place[values]


def distinct_rows(values: Ints, offsets: Ints) -> Distinct:
    """Number the distinct rows of `values[offsets[n]:offsets[n + 1]]`."""
    rows = len(offsets) - 1
    found = Distinct(np.empty(rows, np.int64), np.empty(rows, np.int64))
    # one width, since each one more is compiled by itself
    values = values.astype(np.int32, copy=False)
    count = fitted(number_rows, len(values))(values, offsets, found.numbers, found.firsts)
    return Distinct(found.numbers, found.firsts[:count])


def number_rows(values: Ints, offsets: Ints, numbers: Ints, firsts: Ints) -> int:
    """Number the distinct rows of `values[offsets[n]:offsets[n + 1]]`, in the order of their first appearance.

    Fills in the number of each row and the first row of each number, and returns how many are distinct. Exact: rows
    of one place in the table are compared value by value.
    """
    size = 1
    while size < 2 * len(offsets):
        size *= 2
    table = np.full(size, -1, np.int64)
    count = 0
    for n in range(len(offsets) - 1):
        slot = _hash(values, offsets[n], offsets[n + 1]) & (size - 1)
        while table[slot] >= 0 and not _are_same(values, offsets, firsts[table[slot]], n):
            slot = (slot + 1) & (size - 1)
        if table[slot] < 0:
            table[slot] = count
            firsts[count] = n
            count += 1
        numbers[n] = table[slot]
    return count


def _hash(values: Ints, low: int, high: int) -> int:
    """Mix the values into 42 bits, so that no product outgrows 63."""
    mixed = high - low + 1
    for i in range(low, high):
        mixed = ((mixed ^ (mixed >> 17)) * 1000003 + int(values[i]) + 1) & 0x3FFFFFFFFFF
    return int(mixed ^ (mixed >> 21))


def _are_same(values: Ints, offsets: Ints, a: int, b: int) -> bool:
    length = offsets[a + 1] - offsets[a]
    if offsets[b + 1] - offsets[b] != length:
        return False
    for i in range(length):  # noqa: SIM110 compiled code has no generators
        if values[offsets[a] + i] != values[offsets[b] + i]:
            return False
    return True
