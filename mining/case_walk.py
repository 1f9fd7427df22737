"""What looks along a case, as plain loops that `mining.compiled` may run compiled (DESIGN §4, order and span).

In: a table of integers, a row for each of the columns below and a column an event, the cases one after another and each
in its order. Out: the same for what an event knows of those around it, for what holds of it, and for the case. It owns
the raising of instants, the origin of a case, batch entry, and what makes an order unknown.
"""

from __future__ import annotations

from mining.log import MICROSECONDS_A_DAY
from mining.sequences import Ints

NONE = -(1 << 63)
"""Null, where a column has any."""
SEVERAL = NONE + 1
"""More sources than one."""
DAY = 2
"""The number of day precision in `mining.event_order.PRECISIONS`."""
COLUMNS = 12
CASE, DATE, DONE, STARTED, TOKEN, SOURCE, SEQ, RESOURCE, PRECISION, IS_EVENT, RECEIVED, RECEIVED_DAY = range(COLUMNS)
"""What is read of an event; the last two are its case's."""
POSITION, BEFORE_TOKEN, TO_COME, AT, SINCE, GAP = range(6)
"""What is told of it."""
TOGETHER, ORDER_KNOWN, IS_RAISED, WHOLE_DAYS, IS_SINGLE = range(5)
"""What is marked."""
END_CASE, LENGTH, EVENTS, HAS_DAY, FIRST_DONE, FIRST_START, LAST_DONE, ORIGIN = range(8)
"""What is told of a case."""
FIRST_DAY, OFFSET_BEFORE, OFFSET_AFTER, SWITCH_AT = range(4)
"""What is known of each day, from the first on: its number, and the zone's offset before and after a switch."""


def walk(read: Ints, days: Ints, within: int, told: Ints, marks: Ints, ends: Ints) -> int:
    """Fill `told`, `marks` and `ends` (a column a case), and return the number of cases."""
    size, cases, start = read.shape[1], 0, 0
    while start < size:
        stop = start + 1
        while stop < size and read[CASE, stop] == read[CASE, start]:
            stop += 1
        end_case(read, start, stop, ends, cases)
        look_ahead(read, start, stop, told)
        look_back(read, start, stop, ends[ORIGIN, cases], told)
        mark_around(read, start, stop, within, marks)
        mark_case(read, start, stop, days, told, ends, cases, marks)
        start, cases = stop, cases + 1
    return cases


def end_case(read: Ints, start: int, stop: int, ends: Ints, case: int) -> None:
    """Sum a case up. Its origin is received_at; where unknown the earliest instant, of a start or a completion."""
    events, has_day, first_done, first_start, last_done = 0, 0, NONE, NONE, NONE
    for i in range(start, stop):
        done, begun = read[DONE, i], read[STARTED, i]
        last_done = max(last_done, done)
        if read[PRECISION, i] == DAY:
            has_day = 1
        if not read[IS_EVENT, i]:
            continue
        events += 1
        if first_done == NONE or done < first_done:
            first_done = done
        if begun != NONE and (first_start == NONE or begun < first_start):
            first_start = begun
    # without any event there is the closing alone
    earliest = last_done if first_done == NONE else first_done
    if first_start != NONE:
        earliest = min(earliest, first_start)
    received = read[RECEIVED, start]
    ends[END_CASE, case], ends[LENGTH, case] = read[CASE, start], stop - start
    ends[EVENTS, case], ends[HAS_DAY, case] = events, has_day
    ends[FIRST_DONE, case], ends[FIRST_START, case], ends[LAST_DONE, case] = first_done, first_start, last_done
    ends[ORIGIN, case] = earliest if received == NONE else received


def look_ahead(read: Ints, start: int, stop: int, told: Ints) -> None:
    """Tell the earliest start from here on."""
    to_come = NONE
    for i in range(stop - 1, start - 1, -1):
        begun = read[STARTED, i]
        if begun != NONE and (to_come == NONE or begun < to_come):
            to_come = begun
        told[TO_COME, i] = to_come


def look_back(read: Ints, start: int, stop: int, origin: int, told: Ints) -> None:
    """Raise an instant to its predecessor's where smaller, and to the origin; tell the event before.

    The closing of a case is no event before: the gap is counted from the instant before that.
    """
    raised = still_earlier = NONE
    before = -1
    for i in range(start, stop):
        since = max(raised, origin)
        at = max(since, read[DONE, i])
        told[POSITION, i], told[AT, i], told[SINCE, i] = i - start, at, since
        told[BEFORE_TOKEN, i] = told[GAP, i] = NONE
        if before >= 0:
            told[BEFORE_TOKEN, i] = read[TOKEN, before]
            told[GAP, i] = at - max(raised if read[IS_EVENT, i - 1] else still_earlier, origin)
        if read[IS_EVENT, i]:
            before = i
        still_earlier, raised = raised, max(raised, read[DONE, i])


def mark_around(read: Ints, start: int, stop: int, within: int, marks: Ints) -> None:
    """Mark batch entry, and events of one date whose order no source gives; a closing is no neighbour.

    Of an event and every earlier one of its date the order counts, not that of neighbours alone: where a source tells
    two events after one of another source, that one may as well lie between them or after both.
    """
    before = -1
    # of the events of this date so far: the source of all, and that of those known by their date alone
    date, source, dated = NONE, NONE, NONE
    for i in range(start, stop):
        marks[TOGETHER, i], marks[ORDER_KNOWN, i] = False, True
        if not read[IS_EVENT, i]:
            continue
        if before >= 0 and are_together(read, before, i, within):
            marks[TOGETHER, before] = marks[TOGETHER, i] = True
        before = i
        own = read[SOURCE, i]
        if read[DATE, i] != date:
            date, source, dated = read[DATE, i], NONE, NONE
        if own == NONE:
            continue
        is_day = read[PRECISION, i] == DAY
        others = source if is_day else dated
        marks[ORDER_KNOWN, i] = others in (NONE, own)
        source = one_or_several(source, own)
        if is_day:
            dated = one_or_several(dated, own)


def one_or_several(so_far: int, source: int) -> int:
    """Return the source of events so far with one more of `source`; SEVERAL where they are of more than one."""
    return source if so_far in (NONE, source) else SEVERAL


def are_together(read: Ints, one: int, next_: int, within: int) -> bool:
    """Tell whether two neighbours are by one known resource at known times, close to each other."""
    if read[PRECISION, one] == DAY or read[PRECISION, next_] == DAY:
        return False
    if read[PRECISION, one] == NONE or read[PRECISION, next_] == NONE or read[RESOURCE, next_] == NONE:
        return False
    return bool(read[RESOURCE, one] == read[RESOURCE, next_] and read[DONE, next_] - read[DONE, one] <= within)


def mark_case(read: Ints, start: int, stop: int, days: Ints, told: Ints, ends: Ints, case: int, marks: Ints) -> None:
    """Mark what holds of the whole case, and the raised events.

    A date stands at its midnight after the times of that day, so it counts as raised only where it lies before the
    date of the origin.
    """
    begun_on = local_date(ends[ORIGIN, case], days)
    whole_days = bool(ends[HAS_DAY, case] or read[RECEIVED_DAY, start])
    is_single = bool(ends[EVENTS, case] <= 1 and read[RECEIVED, start] == NONE)
    for i in range(start, stop):
        is_earlier = read[PRECISION, i] != DAY or read[DATE, i] < begun_on
        marks[IS_RAISED, i] = bool(read[IS_EVENT, i] and is_earlier and told[AT, i] > read[DONE, i])
        marks[WHOLE_DAYS, i], marks[IS_SINGLE, i] = whole_days, is_single


def local_date(moment: int, days: Ints) -> int:
    """Return the local date of an instant, in days since 1970."""
    n = moment // MICROSECONDS_A_DAY - days[FIRST_DAY, 0]
    offset = days[OFFSET_BEFORE, n] if moment < days[SWITCH_AT, n] else days[OFFSET_AFTER, n]
    date: int = (moment + offset) // MICROSECONDS_A_DAY
    return date
