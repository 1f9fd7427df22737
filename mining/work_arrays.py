"""What the pass over the work of each resource works on: numbered fields of a piece of work, and of what it holds.

Everything is a whole number in a few arrays, so that compiled code hands on few of them. Instants and lengths are int64
microseconds.
"""

from __future__ import annotations

from typing import NamedTuple

from mining.sequences import Ints

NEVER = -(2**62)
"""Before every instant; also no number, and no case."""

PIECE_FIELDS = 11
RESOURCE, ACTIVITY, CALENDAR, CASE, STARTED, DONE, SINCE, IS_WAIT, DAYS, STEP, PASSING = range(PIECE_FIELDS)
"""A piece of work. SINCE: when it became available, NEVER off the path. IS_WAIT: whether it is asked why it waited
until STARTED. DAYS: the wait where the case is known by whole days, else −1. STEP and PASSING:
the rows of `causes` that the wait is added to, −1 for none."""

NOW_FIELDS = 13
(
    FIRST_DAY, TOGETHER, OF, BUSY_UNTIL, SPELLS, DOING, RUN_BEGUN, BEGUN_BEFORE, READY, FIRST_CASE, IS_SEVERAL, HELD,
    BATCHES,
) = range(NOW_FIELDS)  # fmt: skip
"""Where the pass stands. Of all work: the first day of `hours`, `together_within`, and the batches so far. Of the
resource OF: until when it was at work, and its spells so far. Of the run: the activity, when it was begun, when that
activity was last begun before, when the last case of its batch had come in, one of those cases, whether there are more,
and how many waits are held until its end."""

BEGIN = 0
OFFSET, END = 1, 2
"""A spell: BEGIN, and for each calendar OFFSET and END, of the hours of the lane and then of both. The open time in
this spell and those before it, at a moment at which the hours show h, is OFFSET + min(h, END)."""

LANE, BOTH, REFERENCE = range(3)
"""Hours: those of a calendar, those at which it and the reference are open, those of the reference."""

POINT_FIELDS = 5
BUSY = 3
"""What a moment shows: the open time until then in each of the hours, and from BUSY on the busy time in two of them."""

CAUSE_FIELDS = 7
(
    ELAPSED_BATCHING, ELAPSED_ABSENT, ELAPSED_QUEUE, WORKING_BATCHING, WORKING_ABSENT, WORKING_QUEUE, BATCHED,
) = range(CAUSE_FIELDS)  # fmt: skip
"""What is added up: the causes in both clocks, and how many waits were for a batch."""


class Pass(NamedTuple):
    """What the pass holds: int64 arrays, each of the fields above, with `last_begun` by activity.

    `hours` is that of `mining.openings`. `spells` are those of one resource, `held` the waits of one run.
    """

    hours: Ints
    now: Ints
    last_begun: Ints
    spells: Ints
    held: Ints
    points: Ints
    causes: Ints


def spell_place(calendar: int, kind: int) -> int:
    """Return where the OFFSET and END of these hours stand in a spell, each less its own number."""
    return 4 * calendar + 2 * kind
