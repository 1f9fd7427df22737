"""What the reading of sequences works on: numbered fields of a position, and the arrays that it fills in.

A position is a row of integers in a table of the sequence at hand, so that compiled code passes one array and not
thirty: each array handed to a function costs it more than the work that is done there.
"""

from __future__ import annotations

from typing import NamedTuple

from mining.sequences import Ints

NONE = -1
LEAD, AFTER, CLOSED = 0, 1, 2
DECLARED, INFERRED, UNKNOWN = 0, 1, 2
DELIVERED, ENDED, BY_CLOSING, OPEN = 0, 1, 2, 3
PHASES = ("lead", "after", "closed")
BOOKED_BY = ("declared", "inferred", "unknown")
END = ("delivered", "ended", "closed", "open")

TOKEN_FIELDS = 10
ACTIVITY, EVENT_STEP, EVENT_LANE, IS_AUTOMATIC, OPENS_STEP, OPENS_LANE, OPENS_STATE, DELIVERS, REOPENS, ENDS = range(10)
"""The fields that the token gives, in the order of `Alphabet.tokens`."""
PHASE, EPISODE, ON_PATH, STEP, LANE, BOOKED, VISIT, LOOP, SELF_LOOP, RETURNS_TO, SLACK_UNTIL, STEP_VISIT = range(10, 22)
EVENT_VISIT = 22
"""The fields that reading fills in, in the order of `Positions`."""
OPENED_AT = 23
"""The position that opened the turn that holds the segment: wanted only while its sequence is read."""
FIELDS = 24


class Positions(NamedTuple):
    """What the sequence alone says of each position; −1 stands for none."""

    phase: Ints
    episode: Ints
    on_path: Ints
    step: Ints
    lane: Ints
    booked_by: Ints
    visit: Ints
    loop: Ints
    """Number of the loop within the sequence; −1 is the direct route."""
    is_self_loop: Ints
    returns_to: Ints
    slack_until: Ints
    """For a position off the path: the position until which it could have come later."""
    step_visit: Ints
    """The visit of the case that the time of an on-path segment belongs to; elsewhere that of the event. From 0."""
    event_visit: Ints
    """The visit that the event belongs to, on or off the path and in whatever phase."""


class Ends(NamedTuple):
    """How each sequence ends, and whose turn it is then."""

    end: Ints
    """How the first episode ends."""
    last_end: Ints
    """How the last one ends."""
    is_open: Ints
    """Whether an episode is running after the last event: one without an end, or one just reopened."""
    turn_step: Ints
    turn_lane: Ints
    turn_is_state: Ints
    turn_opened_at: Ints
    loops: Ints
    """Number of its loops."""
    visits: Ints
    """Number of its visits."""


class Steps(NamedTuple):
    """Steps one after another: of the loops' paths, and of the visits; `ends` says where each loop's path ends."""

    path: Ints
    ends: Ints
    visited: Ints


class Span(NamedTuple):
    """A run of positions of one phase, both ends included, and how it ends."""

    phase: int
    episode: int
    first: int
    last: int
    end: int


def are_beside(beside: Ints, a: int, b: int) -> bool:
    """Whether the two steps lie in branches beside each other; no step lies beside none."""
    return a >= 0 and b >= 0 and bool(beside[a, b])
