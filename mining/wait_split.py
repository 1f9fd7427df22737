"""The split of each wait by cause: a pass over the work of one resource after another, as it was begun.

In: pieces of work in the order of resource, begin, end, case and position, a part of them at a time. Out: the causes,
added up. It owns the split (docs/measures.md, why it waited); plain loops over integer arrays that `mining.compiled`
may run compiled. Of the past it holds the spells of one resource, and the waits of one batch until the last piece of
that run has told when the batch was complete.
"""

from __future__ import annotations

from mining.batches import begin_run, goes_on, joins_batch
from mining.busy import at_work, busy_time, spell_at
from mining.open_time import day_of, opened
from mining.sequences import Ints
from mining.work_arrays import (
    ACTIVITY,
    BATCHED,
    BATCHES,
    BOTH,
    BUSY,
    BUSY_UNTIL,
    CALENDAR,
    CASE,
    DAYS,
    DOING,
    DONE,
    ELAPSED_ABSENT,
    ELAPSED_BATCHING,
    ELAPSED_QUEUE,
    HELD,
    IS_SEVERAL,
    IS_WAIT,
    LANE,
    NEVER,
    OF,
    PASSING,
    READY,
    REFERENCE,
    RESOURCE,
    SINCE,
    SPELLS,
    STARTED,
    STEP,
    WORKING_ABSENT,
    WORKING_BATCHING,
    WORKING_QUEUE,
    Pass,
)

_SINCE, _READY, _FREE = range(3)


def take_in(pieces: Ints, p: Pass) -> None:
    """Take in the next pieces of work, and add the causes of their waits, those that are held for a batch apart."""
    for i in range(pieces.shape[0]):
        if pieces[i, RESOURCE] != p.now[OF]:
            end_run(p)
            _begin_resource(pieces[i, RESOURCE], p)
        activity, started = pieces[i, ACTIVITY], pieces[i, STARTED]
        if not goes_on(activity, started, p):
            end_run(p)
            begin_run(activity, started, p)
        p.last_begun[activity] = started
        at_work(started, pieces[i, DONE], p)
        is_of_batch = joins_batch(pieces[i, CASE], pieces[i, SINCE], p)
        if pieces[i, IS_WAIT] and is_of_batch:
            for field in range(pieces.shape[1]):
                p.held[p.now[HELD], field] = pieces[i, field]
            p.now[HELD] += 1
        elif pieces[i, IS_WAIT]:
            _add(pieces, i, pieces[i, SINCE], p)


def _begin_resource(resource: int, p: Pass) -> None:
    p.now[OF], p.now[BUSY_UNTIL], p.now[SPELLS], p.now[DOING] = resource, NEVER, 0, NEVER
    for activity in range(len(p.last_begun)):
        p.last_begun[activity] = NEVER


def end_run(p: Pass) -> None:
    """Add the waits that were held, now that it is known whether they are a batch and when its last case came in."""
    is_any = False
    for n in range(p.now[HELD]):
        is_any |= _add(p.held, n, p.now[READY] if p.now[IS_SEVERAL] else p.held[n, SINCE], p)
    p.now[BATCHES] += 1 if is_any else 0
    p.now[HELD] = 0


def _add(pieces: Ints, i: int, ready: int, p: Pass) -> bool:
    """Split a wait: gathering a batch first, then closing hours, then other work, then what nothing explains.

    `ready` is when the batch was complete. Returns whether the wait was for a batch: not where the lane was closed or
    the resource at work all the time that it gathered.
    """
    since, free, calendar = pieces[i, SINCE], pieces[i, STARTED], pieces[i, CALENDAR]
    _show(_SINCE, since, calendar, p)
    _show(_FREE, free, calendar, p)
    begin, at = _SINCE, since
    if ready > since:
        _show(_READY, ready, calendar, p)
        if _spent(_SINCE, _READY, LANE, p) > _spent(_SINCE, _READY, BUSY + LANE, p):
            begin, at = _READY, ready
    absent, queue = free - at - _spent(begin, _FREE, LANE, p), _spent(begin, _FREE, BUSY + LANE, p)
    elapsed = _in_days(at - since, absent, queue, free - since, pieces[i, DAYS])
    for field in (STEP, PASSING):
        if pieces[i, field] >= 0:
            _add_to(pieces[i, field], begin, elapsed, p)
    return begin == _READY


def _in_days(batching: int, absent: int, queue: int, whole: int, days: int) -> tuple[int, int, int]:
    """In a case that is known by whole days, divide the days of the wait in proportion to its exact time."""
    if days < 0:
        return batching, absent, queue
    share = days / whole
    batching = min(_rounded(batching * share), days)
    absent = min(_rounded(absent * share), days - batching)
    return batching, absent, min(_rounded(queue * share), days - batching - absent)


def _rounded(amount: float) -> int:
    """Return the nearest whole number; a half goes up."""
    whole = int(amount)
    return whole + 1 if amount - whole >= 0.5 else whole


def _add_to(key: int, begin: int, elapsed: tuple[int, int, int], p: Pass) -> None:
    both = _spent(begin, _FREE, BOTH, p)
    p.causes[key, ELAPSED_BATCHING] += elapsed[0]
    p.causes[key, ELAPSED_ABSENT] += elapsed[1]
    p.causes[key, ELAPSED_QUEUE] += elapsed[2]
    p.causes[key, WORKING_BATCHING] += _spent(_SINCE, begin, REFERENCE, p)
    p.causes[key, WORKING_ABSENT] += _spent(begin, _FREE, REFERENCE, p) - both
    p.causes[key, WORKING_QUEUE] += _spent(begin, _FREE, BUSY + BOTH, p)
    p.causes[key, BATCHED] += 1 if begin == _READY else 0


def _show(point: int, moment: int, calendar: int, p: Pass) -> None:
    """Write down what a moment shows: the open and the busy time until then."""
    n, day = spell_at(moment, p), day_of(moment, p)
    for kind in range(REFERENCE + 1):
        if calendar == 0 and kind > LANE:
            # all hours of the reference calendar are one
            p.points[point, kind] = p.points[point, LANE]
            p.points[point, BUSY + BOTH] = p.points[point, BUSY + LANE]
        else:
            p.points[point, kind] = opened(calendar, kind, day, moment, p)
            if kind <= BOTH:
                p.points[point, BUSY + kind] = busy_time(n, moment, p.points[point, kind], calendar, kind, p)


def _spent(from_: int, to: int, field: int, p: Pass) -> int:
    return int(p.points[to, field] - p.points[from_, field])
