"""Loops and visits of sequences, as plain loops that `mining.compiled` may run compiled (DESIGN §4, loops).

The on-path steps are scanned with a stack; a step that recurs pops everything above it into one loop.
"""

from __future__ import annotations

from mining.read_arrays import (
    ACTIVITY,
    EVENT_STEP,
    EVENT_VISIT,
    LOOP,
    NONE,
    ON_PATH,
    OPENED_AT,
    RETURNS_TO,
    SELF_LOOP,
    STEP,
    STEP_VISIT,
    VISIT,
    Span,
    are_beside,
)
from mining.sequences import Ints


def find_loops(
    rows: Ints,
    span: Span,
    frames: Ints,
    held: Ints,
    done_in: Ints,
    path_steps: Ints,
    path_ends: Ints,
    first_loop: int,
    loops: int,
    path: int,
    stamp: int,
) -> tuple[int, int, int]:
    """Number the visits and loops of a span. A frame is a step and the place in `held` of its first segment.

    `done_in` holds the last visit in which each activity was done, by a stamp that no other visit has. The loops,
    the steps of their paths and the stamps so far go in, those after it come out.
    """
    top, size, visit = -1, 0, 0
    for i in range(span.first, span.last + 1):
        if not rows[i, ON_PATH]:
            continue
        at = _find_frame(frames, top, rows[i, STEP])
        if at < top or at < 0:
            visit, stamp = visit + 1, stamp + 1
        rows[i, VISIT] = visit
        rows[i, SELF_LOOP] = 1 if done_in[rows[i, ACTIVITY]] == stamp else 0
        done_in[rows[i, ACTIVITY]] = stamp
        if 0 <= at < top:
            path = _write_path(frames, at, top, path_steps, path)
            path_ends[loops] = path
            size = _pop(rows, frames, at, held, size, loops - first_loop)
            rows[i, LOOP], rows[i, RETURNS_TO] = loops - first_loop, 1
            loops, top = loops + 1, at
            continue
        if at < 0:
            top += 1
            frames[top, 0], frames[top, 1] = rows[i, STEP], size
        held[size] = i
        size += 1
    return loops, path, stamp


def _find_frame(frames: Ints, top: int, step: int) -> int:
    """Return the frame of this step, or −1. An unknown step is never the same as another."""
    if step >= 0:
        for frame in range(top, -1, -1):
            if frames[frame, 0] == step:
                return frame
    return NONE


def _write_path(frames: Ints, at: int, top: int, path_steps: Ints, path: int) -> int:
    """Write the steps from where it returned to, round to there; return where the next path begins."""
    for frame in range(at, top + 1):
        path_steps[path] = frames[frame, 0]
        path += 1
    path_steps[path] = frames[at, 0]
    return path + 1


def _pop(rows: Ints, frames: Ints, at: int, held: Ints, size: int, number: int) -> int:
    """Give the segments above the frame their loop; return how many segments are left."""
    left = int(frames[at + 1, 1])
    for place in range(left, size):
        rows[held[place], LOOP] = number
    return left


def find_visits(rows: Ints, beside: Ints, span: Span, visited: Ints, first: int, visits: int) -> int:
    """Number the visits of a case in this span; work in a parallel branch does not end a visit.

    A, B, A with B beside A is one visit of A and one of B. `first` is where the visits of the case begin; returns
    the number of visits so far.
    """
    for i in range(span.first, span.last + 1):
        if rows[i, EVENT_STEP] < 0:
            continue
        visit = _going_on(rows[i, EVENT_STEP], beside, visited, first, visits)
        if visit < 0:
            visit = visits
            visited[visits] = rows[i, EVENT_STEP]
            visits += 1
        rows[i, STEP_VISIT] = visit - first
    return visits


def _going_on(step: int, beside: Ints, visited: Ints, first: int, visits: int) -> int:
    """Return the visit of this step that only parallel work came after, or −1."""
    for visit in range(visits - 1, first - 1, -1):
        if visited[visit] == step:
            return visit
        if not are_beside(beside, visited[visit], step):
            break
    return NONE


def give_time_to_visits(rows: Ints, span: Span) -> None:
    """Say of each on-path segment which visit its time belongs to: one of the step that it is booked to.

    That is the visit of its own event, where that is of this step. Else it is the visit in which the turn was opened
    that holds the segment: entering a state begins a visit, and its time comes after. Else it is the visit to come.
    """
    for i in range(span.first, span.last + 1):
        rows[i, EVENT_VISIT] = rows[i, STEP_VISIT]
    before = NONE
    for i in range(span.first, span.last + 1):
        if rows[i, ON_PATH]:
            rows[i, STEP_VISIT] = _timed_visit(rows, i, before)
            before = i
    after = NONE
    for i in range(span.last, span.first - 1, -1):
        if rows[i, ON_PATH]:
            if rows[i, STEP_VISIT] < 0 and after >= 0 and rows[i, STEP] == rows[after, STEP]:
                rows[i, STEP_VISIT] = rows[after, STEP_VISIT]
            after = i


def _timed_visit(rows: Ints, i: int, before: int) -> int:
    """Return the visit, or −1 where it is yet to come or nobody knows the step; `before` is the segment before."""
    step, opener = rows[i, STEP], rows[i, OPENED_AT]
    if step < 0:
        return NONE
    if step == rows[i, EVENT_STEP]:
        return int(rows[i, EVENT_VISIT])
    if before >= 0 and rows[before, STEP] == step:
        return int(rows[before, STEP_VISIT])
    return int(rows[opener, EVENT_VISIT]) if opener >= 0 and rows[opener, EVENT_STEP] == step else NONE
