"""Whose turn it is, as plain loops that `mining.compiled` may run compiled (DESIGN §4, whose turn).

An open turn is a row of four numbers: step, lane, whether it is a state, and the position that opened it.
"""

from __future__ import annotations

from mining.read_arrays import (
    BOOKED,
    DECLARED,
    EVENT_LANE,
    EVENT_STEP,
    INFERRED,
    IS_AUTOMATIC,
    LANE,
    LEAD,
    NONE,
    ON_PATH,
    OPEN,
    OPENED_AT,
    OPENS_LANE,
    OPENS_STATE,
    OPENS_STEP,
    SLACK_UNTIL,
    STEP,
    UNKNOWN,
    VISIT,
    Span,
    are_beside,
)
from mining.sequences import Ints


def receive(received: Ints, turns: Ints) -> int:
    """Open the turn that receipt opens, if any; return the number of open turns."""
    if received[0] < 0:
        return 0
    turns[0, 0], turns[0, 1], turns[0, 2], turns[0, 3] = received[0], received[1], received[2], NONE
    return 1


def book(rows: Ints, beside: Ints, span: Span, turns: Ints, count: int) -> int:
    """Say for each position of the span whose segment ends there: by a turn, by its own event, or unknown.

    Returns the number of turns that are open after it.
    """
    previous, holder = span.first - 1, NONE
    for i in range(span.first, span.last + 1):
        rows[i, BOOKED], rows[i, VISIT] = UNKNOWN, 0
        if rows[i, ON_PATH]:
            turn = _turn_for(rows[i, EVENT_STEP], beside, turns, count, previous) if count else NONE
            _hold(rows, i, turns, turn, holder)
            previous = i
            holder = rows[i, LANE] if rows[i, LANE] >= 0 else holder
        else:
            rows[i, SLACK_UNTIL] = _slack_until(rows, beside, i, span)
        is_end = i == span.last and span.phase == LEAD and span.end != OPEN
        if count or rows[i, OPENS_STEP] >= 0:
            count = _after_event(rows, i, is_end, turns, count)
    return count


def _turn_for(step: int, beside: Ints, turns: Ints, count: int, previous: int) -> int:
    """Return the last opened turn that held the whole segment and is not in a branch beside its event."""
    for turn in range(count - 1, -1, -1):
        if turns[turn, 3] <= previous and not are_beside(beside, turns[turn, 0], step):
            return turn
    return NONE


def _hold(rows: Ints, i: int, turns: Ints, turn: int, holder: int) -> None:
    """Book the segment to the turn, else to the event; entering a state, or the closing, claims no time before it."""
    if turn >= 0:
        rows[i, STEP], rows[i, LANE] = turns[turn, 0], turns[turn, 1]
        rows[i, BOOKED], rows[i, OPENED_AT] = DECLARED if turns[turn, 1] >= 0 else UNKNOWN, turns[turn, 3]
    elif rows[i, EVENT_STEP] >= 0 and not rows[i, OPENS_STATE]:
        is_holders = rows[i, IS_AUTOMATIC] and holder >= 0
        rows[i, STEP], rows[i, LANE] = rows[i, EVENT_STEP], holder if is_holders else rows[i, EVENT_LANE]
        rows[i, BOOKED] = INFERRED if rows[i, LANE] >= 0 else UNKNOWN


def _slack_until(rows: Ints, beside: Ints, position: int, span: Span) -> int:
    """Return the last on-path position beside this one, before the branches join."""
    until = position
    for i in range(position + 1, span.last + 1):
        if rows[i, ON_PATH]:
            if not are_beside(beside, rows[i, EVENT_STEP], rows[position, EVENT_STEP]):
                break
            until = i
    return until


def _after_event(rows: Ints, i: int, is_end: bool, turns: Ints, count: int) -> int:
    """Close the turns whose work the event does, all of them at the end of an episode, and open its own."""
    opens = rows[i, OPENS_STEP] >= 0
    kept = 0
    for turn in range(count):
        is_closed = is_end or (opens and turns[turn, 2] == 1) or _does(rows, i, turns, turn)
        if not is_closed:
            for field in range(4):
                turns[kept, field] = turns[turn, field]
            kept += 1
    if opens:
        turns[kept, 0], turns[kept, 1] = rows[i, OPENS_STEP], rows[i, OPENS_LANE]
        turns[kept, 2], turns[kept, 3] = rows[i, OPENS_STATE], i
        kept += 1
    return kept


def _does(rows: Ints, i: int, turns: Ints, turn: int) -> bool:
    """Whether the event does the work of the turn. Work by the system hands nothing over, a closing does none."""
    if turns[turn, 2] == 1 or rows[i, EVENT_STEP] < 0:
        return False
    if rows[i, EVENT_STEP] == turns[turn, 0]:
        return True
    lane = rows[i, EVENT_LANE]
    return bool(lane >= 0 and lane == turns[turn, 1] and not rows[i, IS_AUTOMATIC])
