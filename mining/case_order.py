"""The order of the events of each case, as plain loops that `mining.compiled` may run compiled (DESIGN §4, order).

In: the table of integers that `mining.case_walk` reads, each case in one piece and its events in any order. Out: which
event stands where. It owns local dates and slots, and the order by what is a number: source order and `seq` after the
instant. Events that are alike in all of this are marked, since only their names, which are texts, tell them apart.
"""

from __future__ import annotations

from mining.case_walk import CASE, DATE, DAY, DONE, NONE, PRECISION, SEQ, SOURCE, local_date
from mining.sequences import Ints

PLACE, IS_FIRST = range(2)
"""What is known of each source, by its code: its place in the mapping, and whether its dates go before the times of
that day."""


def put_in_order(read: Ints, days: Ints, sources: Ints, keys: Ints, places: Ints, spare: Ints, like: Ints) -> int:
    """Tell the local dates, in `places` which event stands where, and in `like` which is like the one before it.

    Slot 1 is for known times, 2 for a date alone, 0 where its source says that it comes first. Returns how many events
    are like the one before them; they stand as they came.
    """
    size, start, alike = read.shape[1], 0, 0
    for i in range(size):
        date, slot = local_date(read[DONE, i], days), 1
        if read[PRECISION, i] == DAY:
            slot = 0 if read[SOURCE, i] != NONE and sources[IS_FIRST, read[SOURCE, i]] else 2
        read[DATE, i], keys[i], places[i], like[i] = date, 4 * date + slot, i, False
    while start < size:
        stop = start + 1
        while stop < size and read[CASE, stop] == read[CASE, start]:
            stop += 1
        sort_case(read, sources, keys, places, spare, start, stop)
        for i in range(start + 1, stop):
            if not is_before(read, sources, keys, places[i - 1], places[i]):
                like[i] = True
                alike += 1
        start = stop
    return alike


def sort_case(read: Ints, sources: Ints, keys: Ints, places: Ints, spare: Ints, start: int, stop: int) -> None:
    """Merge neighbours, twice as many each time: what is in order is looked at and left."""
    width = 1
    while width < stop - start:
        for low in range(start, stop - width, 2 * width):
            merge(read, sources, keys, places, spare, low, low + width, min(low + 2 * width, stop))
        width *= 2


def merge(read: Ints, sources: Ints, keys: Ints, places: Ints, spare: Ints, low: int, middle: int, high: int) -> None:
    """Merge two neighbours that are in order; of events that are alike those of the left one go first."""
    if not is_before(read, sources, keys, places[middle], places[middle - 1]):
        return
    for i in range(low, middle):
        spare[i] = places[i]
    left, right, to = low, middle, low
    while left < middle:
        if right < high and is_before(read, sources, keys, places[right], spare[left]):
            places[to] = places[right]
            right += 1
        else:
            places[to] = spare[left]
            left += 1
        to += 1


def is_before(read: Ints, sources: Ints, keys: Ints, one: int, other: int) -> bool:
    """Tell whether an event goes before another one of its case; an unknown source goes last."""
    if keys[one] != keys[other]:
        return bool(keys[one] < keys[other])
    if read[DONE, one] != read[DONE, other]:
        return bool(read[DONE, one] < read[DONE, other])
    if read[SOURCE, one] != read[SOURCE, other]:
        if read[SOURCE, one] == NONE or read[SOURCE, other] == NONE:
            return bool(read[SOURCE, other] == NONE)
        if sources[PLACE, read[SOURCE, one]] != sources[PLACE, read[SOURCE, other]]:
            return bool(sources[PLACE, read[SOURCE, one]] < sources[PLACE, read[SOURCE, other]])
    return bool(read[SEQ, one] < read[SEQ, other])
