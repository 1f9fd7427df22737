"""One sequence, read: a face with names over `mining.structures`, for tests and single sequences.

In: the tokens of a sequence (what each position is, without times) and the journey's parallel pairs.
Out: a `Row` a position, the loops' paths, and how it ends. The rules are those of `mining.reading`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from mining.read_arrays import BOOKED_BY, END, PHASES
from mining.sequences import Sequences
from mining.structures import Structures, read_structures
from mining.tokens import UNKNOWN_STEP, Token, Turn

__all__ = ["Row", "Structure", "Token", "Turn", "read_sequence"]


@dataclass(frozen=True, slots=True)
class Row:
    """What the sequence alone says of one position."""

    phase: Literal["lead", "after", "closed"]
    episode: int
    on_path: bool
    step: str | None = None
    lane: str | None = None
    booked_by: Literal["declared", "inferred", "unknown"] = "unknown"
    visit: int = 0
    loop: int = -1
    """Number of the loop within the sequence; −1 is the direct route."""
    is_self_loop: bool = False
    returns_to: bool = False
    slack_until: int | None = None
    """For a position off the path: the position until which it could have come later."""
    step_visit: int | None = None
    """The visit that the time of a segment on the path belongs to; elsewhere that of the event. Null for none."""


@dataclass(frozen=True)
class Structure:
    """A sequence, read: a row a position, the loops' paths, and how it ends."""

    rows: tuple[Row, ...]
    loops: tuple[tuple[str, ...], ...]
    end: Literal["delivered", "ended", "closed", "open"]
    """How the first episode ends. 'open': by none of delivery, ending and closing."""
    is_open_at_end: bool
    """Whether an episode is running after the last event: one without an end, or one just reopened."""
    open_turn: Turn | None
    visits: tuple[str, ...] = ()
    """The steps of the visits of the first episode."""


def read_sequence(tokens: Sequence[Token], parallel: frozenset[tuple[str, str]], received: Turn | None) -> Structure:
    """Return the structure of one distinct sequence.

    `received` is the turn that `received_at` opens, if the mapping says so. Positions count from 0.
    """
    read = read_structures(Sequences.of([tokens]), parallel, received)
    steps, bounds = read.coded.steps, read.loop_offsets
    return Structure(
        rows=tuple(_row(read, i) for i in range(len(tokens))),
        loops=tuple(
            tuple(UNKNOWN_STEP if s < 0 else steps[s] for s in read.loop_steps[low:high])
            for low, high in pairwise(bounds)
        ),
        end=END[read.ends.end[0]],  # type: ignore[arg-type]
        is_open_at_end=bool(read.ends.is_open[0]),
        open_turn=_open_turn(read),
        visits=tuple(steps[s] for s in read.visited),
    )


def _row(read: Structures, i: int) -> Row:
    p = read.positions
    return Row(
        phase=PHASES[p.phase[i]],  # type: ignore[arg-type]
        episode=int(p.episode[i]),
        on_path=bool(p.on_path[i]),
        step=_named(p.step[i], read.coded.steps),
        lane=_named(p.lane[i], read.coded.lanes),
        booked_by=BOOKED_BY[p.booked_by[i]],  # type: ignore[arg-type]
        visit=int(p.visit[i]),
        loop=int(p.loop[i]),
        is_self_loop=bool(p.is_self_loop[i]),
        returns_to=bool(p.returns_to[i]),
        slack_until=None if p.slack_until[i] < 0 else int(p.slack_until[i]),
        step_visit=None if p.step_visit[i] < 0 else int(p.step_visit[i]),
    )


def _open_turn(read: Structures) -> Turn | None:
    ends = read.ends
    step = _named(ends.turn_step[0], read.coded.steps)
    if step is None:
        return None
    lane = _named(ends.turn_lane[0], read.coded.lanes)
    return Turn(step, lane, bool(ends.turn_is_state[0]), int(ends.turn_opened_at[0]))


def _named(number: int, names: tuple[str, ...]) -> str | None:
    return None if number < 0 else names[number]
