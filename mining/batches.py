"""Batches: cases that one resource let gather and then did in one go (Martin, Pufahl, Mannhardt 2021).

A run is consecutive work of one activity, each piece begun no later than `together_within` after what came before it
was done. Of a run the batch is the pieces of at least two cases that were all available when the run began, and had
become available since the resource last began that activity before: whatever lay there longer was passed over, which
is a queue and no batch. A piece off the path has no moment of becoming available, and is in no batch. Plain functions
over integer arrays that `mining.compiled` may run compiled.
"""

from __future__ import annotations

from mining.work_arrays import (
    BEGUN_BEFORE,
    BUSY_UNTIL,
    DOING,
    FIRST_CASE,
    HELD,
    IS_SEVERAL,
    NEVER,
    READY,
    RUN_BEGUN,
    TOGETHER,
    Pass,
)


def goes_on(activity: int, started: int, p: Pass) -> bool:
    """Tell whether a piece of work belongs to the run at hand; asked before the piece itself counts as work."""
    return bool(activity == p.now[DOING] and started <= p.now[BUSY_UNTIL] + p.now[TOGETHER])


def begin_run(activity: int, started: int, p: Pass) -> None:
    """Begin a run of an activity."""
    p.now[DOING], p.now[RUN_BEGUN], p.now[BEGUN_BEFORE] = activity, started, p.last_begun[activity]
    p.now[READY], p.now[FIRST_CASE], p.now[IS_SEVERAL], p.now[HELD] = NEVER, NEVER, 0, 0


def joins_batch(case: int, since: int, p: Pass) -> bool:
    """Take a piece of the run into its batch, where it is of it."""
    if since == NEVER or since > p.now[RUN_BEGUN] or since < p.now[BEGUN_BEFORE]:
        return False
    p.now[READY] = max(p.now[READY], since)
    if p.now[FIRST_CASE] == NEVER:
        p.now[FIRST_CASE] = case
    elif p.now[FIRST_CASE] != case:
        p.now[IS_SEVERAL] = 1
    return True
