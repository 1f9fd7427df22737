"""The reading of sequences, as plain loops over integer arrays (DESIGN §4: span and path).

In: an `Alphabet`, the codes of all sequences and their offsets. Out: positions, ends and steps, filled in. With
`mining.turns` and `mining.loop_stack` it owns the rules that depend on the sequence alone; every duration is the
ledger's. `mining.compiled` runs this very source compiled where sequences are many, so it keeps to what numba takes:
numbers, arrays and named tuples.
"""

from __future__ import annotations

import numpy as np

from mining.loop_stack import find_loops, find_visits, give_time_to_visits
from mining.read_arrays import (
    ACTIVITY,
    AFTER,
    BY_CLOSING,
    CLOSED,
    DELIVERED,
    DELIVERS,
    ENDED,
    ENDS,
    EPISODE,
    EVENT_STEP,
    FIELDS,
    LEAD,
    NONE,
    ON_PATH,
    OPEN,
    PHASE,
    REOPENS,
    TOKEN_FIELDS,
    Ends,
    Positions,
    Span,
    Steps,
    are_beside,
)
from mining.sequences import Alphabet, Ints
from mining.turns import book, receive


def read_all(
    alphabet: Alphabet, codes: Ints, offsets: Ints, longest: int, positions: Positions, ends: Ends, steps: Steps
) -> tuple[int, int, int]:
    """Read every sequence; return how many loops, steps of loops' paths and visits there are in all."""
    tokens, beside, received = alphabet.tokens, alphabet.beside, alphabet.received
    rows = np.empty((longest + 1, FIELDS), np.int64)
    turns = np.empty((longest + 2, 4), np.int64)
    frames = np.empty((longest + 2, 2), np.int64)
    held = np.empty(longest + 1, np.int64)
    done_in = np.zeros(_most(tokens) + 1, np.int64)
    loops, path, visits, stamp = 0, 0, 0, 0
    for n in range(len(offsets) - 1):
        low, length = int(offsets[n]), int(offsets[n + 1] - offsets[n])
        first_loop, first_visit, first_end, last_end = loops, visits, OPEN, OPEN
        _clear(tokens, codes, low, length, rows)
        open_turns, is_open = receive(received, turns), True
        start, episode, is_after_episode = 0, 1, False
        while start < length:
            span = _next_span(rows, start, length, episode, is_after_episode)
            first_end = span.end if start == 0 else first_end
            _mark_path(rows, beside, span)
            open_turns = book(rows, beside, span, turns, open_turns)
            if span.phase == LEAD:
                found = find_loops(
                    rows, span, frames, held, done_in, steps.path, steps.ends, first_loop, loops, path, stamp
                )
                loops, path, stamp = found
            if span.phase == LEAD:
                last_end = span.end
            if span.phase == LEAD or last_end != ENDED:
                visits = find_visits(rows, beside, span, steps.visited, first_visit, visits)
            elif span.phase == CLOSED:
                # what follows an ending without delivery is not laid over the journey, up to what reopens the case
                reopening = Span(CLOSED, span.episode, span.last, span.last, span.end)
                visits = find_visits(rows, beside, reopening, steps.visited, first_visit, visits)
            give_time_to_visits(rows, span)
            is_after_episode = span.phase == LEAD
            is_open = span.phase == CLOSED or (span.phase == LEAD and span.end == OPEN)
            episode += 1 if span.phase == CLOSED else 0
            start = span.last + 1
        _keep(rows, low, length, positions)
        _end(n, first_end, is_open, open_turns, turns, ends)
        ends.last_end[n] = last_end
        ends.loops[n] = loops - first_loop
        ends.visits[n] = visits - first_visit
    return loops, path, visits


def _most(tokens: Ints) -> int:
    most = 0
    for code in range(len(tokens)):
        most = max(most, int(tokens[code, ACTIVITY]))
    return most


def _clear(tokens: Ints, codes: Ints, low: int, length: int, rows: Ints) -> None:
    """Set out the tokens of a sequence, with nothing read of them yet."""
    for i in range(length):
        for field in range(TOKEN_FIELDS):
            rows[i, field] = tokens[codes[low + i], field]
        for field in range(TOKEN_FIELDS, FIELDS):
            rows[i, field] = NONE


def _keep(rows: Ints, low: int, length: int, positions: Positions) -> None:
    """Write down what was read of a sequence."""
    phase, episode, on_path, step, lane, booked, visit, loop, self_loop, returns_to, slack, timed, own = positions
    for i in range(length):
        phase[low + i] = rows[i, 10]
        episode[low + i] = rows[i, 11]
        on_path[low + i] = rows[i, 12] == 1
        step[low + i] = rows[i, 13]
        lane[low + i] = rows[i, 14]
        booked[low + i] = rows[i, 15]
        visit[low + i] = rows[i, 16]
        loop[low + i] = rows[i, 17]
        self_loop[low + i] = rows[i, 18] == 1
        returns_to[low + i] = rows[i, 19] == 1
        slack[low + i] = rows[i, 20]
        timed[low + i] = rows[i, 21]
        own[low + i] = rows[i, 22]


def _end(n: int, end: int, is_open: bool, count: int, turns: Ints, ends: Ends) -> None:
    ends.end[n] = end
    ends.is_open[n] = is_open
    has_turn = is_open and count > 0
    last = max(count - 1, 0)
    ends.turn_step[n] = turns[last, 0] if has_turn else NONE
    ends.turn_lane[n] = turns[last, 1] if has_turn else NONE
    ends.turn_is_state[n] = has_turn and turns[last, 2] == 1
    ends.turn_opened_at[n] = turns[last, 3] if has_turn else NONE


def _next_span(rows: Ints, start: int, length: int, episode: int, is_after_episode: bool) -> Span:
    """Return the span that begins here: an episode, or what lies between it and a reopening, or after it."""
    if not is_after_episode:
        last, end = _end_of_episode(rows, start, length)
        return Span(LEAD, episode, start, last, end)
    for i in range(start, length):
        if rows[i, REOPENS]:
            return Span(CLOSED, episode, start, i, OPEN)
    return Span(AFTER, episode, start, length - 1, OPEN)


def _end_of_episode(rows: Ints, start: int, length: int) -> tuple[int, int]:
    """Return where an episode ends and how: by a delivery or ending, else by the closing, else not at all."""
    closing = NONE
    for i in range(start, length):
        if rows[i, DELIVERS]:
            return i, DELIVERED
        if rows[i, ENDS]:
            return i, ENDED
        if rows[i, REOPENS] and closing >= 0:
            break
        if rows[i, EVENT_STEP] < 0 and closing < 0:
            closing = i
    if closing >= 0:
        return closing, BY_CLOSING
    return length - 1, OPEN


def _mark_path(rows: Ints, beside: Ints, span: Span) -> None:
    """Walk back from the span's last event over the nearest event that is not in a branch beside it."""
    after = rows[span.last, EVENT_STEP]
    for i in range(span.last, span.first - 1, -1):
        rows[i, PHASE] = span.phase
        rows[i, EPISODE] = span.episode
        step = rows[i, EVENT_STEP]
        is_on = i == span.last or span.phase != LEAD or not are_beside(beside, step, after)
        rows[i, ON_PATH] = 1 if is_on else 0
        after = step if is_on else after
