"""Path, turn, visit and loop of one distinct sequence of acting events (DESIGN §4).

In: the tokens of a sequence (what each position is, without times) and the journey's parallel pairs.
Out: a `Row` a position, to be joined back on (sequence, position). It owns the rules that depend on the
sequence alone; every duration is the ledger's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Phase = Literal["lead", "after", "closed"]
BookedBy = Literal["declared", "inferred", "unknown"]


@dataclass(frozen=True, slots=True)
class Token:
    """What an acting event is, apart from when it was. `step` None stands for the closing of the case."""

    activity: str
    step: str | None
    lane: str | None = None
    is_automatic: bool = False
    opens_step: str | None = None
    opens_lane: str | None = None
    opens_state: bool = False
    delivers: bool = False
    reopens: bool = False
    ends: bool = False

    @property
    def is_closing(self) -> bool:
        """Whether this is `closed_at` and not an event."""
        return self.step is None


@dataclass(frozen=True, slots=True)
class Row:
    """What the sequence alone says of one position."""

    phase: Phase
    episode: int
    on_path: bool
    step: str | None = None
    lane: str | None = None
    booked_by: BookedBy = "unknown"
    visit: int = 0
    loop: int = -1
    """Number of the loop within the sequence; −1 is the direct route."""
    is_self_loop: bool = False
    returns_to: bool = False
    slack_until: int | None = None
    """For a position off the path: the position until which it could have come later."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A step and lane that are due, from the position that opened it."""

    step: str
    lane: str | None
    is_state: bool
    opened_at: int


@dataclass(frozen=True, slots=True)
class Handover:
    """The holder changes at the segment that ends at this position."""

    position: int
    level: str
    giver: str
    taker: str
    is_back: bool
    """It goes back to who handed over just before (ping-pong)."""


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


def read_sequence(tokens: Sequence[Token], parallel: frozenset[tuple[str, str]], received: Turn | None) -> Structure:
    """Return the structure of one distinct sequence.

    `received` is the turn that `received_at` opens, if the mapping says so. Positions count from 0.
    """
    spans = tuple(_episodes(tokens))
    rows: list[Row] = [Row("lead", 0, False)] * len(tokens)
    turns = _turns(tokens, received, spans)
    loops: list[tuple[str, ...]] = []
    for span in spans:
        path = _path(tokens, span, parallel)
        held = _book(tokens, span, path, turns, parallel)
        for position, row in zip(range(span.first, span.last + 1), held, strict=True):
            rows[position] = row
        if span.phase == "lead":
            _find_loops(tokens, rows, path, loops)
    first = spans[0] if spans else None
    last = spans[-1] if spans else None
    is_open = last is None or last.phase == "closed" or (last.phase == "lead" and last.end == "open")
    return Structure(
        rows=tuple(rows),
        loops=tuple(loops),
        end=first.end if first else "open",
        is_open_at_end=is_open,
        open_turn=_last(turns[len(tokens)]) if is_open else None,
    )


@dataclass(frozen=True, slots=True)
class Span:
    """A run of positions of one phase, both ends included."""

    phase: Phase
    episode: int
    first: int
    last: int
    end: Literal["delivered", "ended", "closed", "open"] = "open"


def _episodes(tokens: Sequence[Token]) -> Iterator[Span]:
    """Cut the sequence into episodes and what lies between and after them."""
    start, episode = 0, 1
    while start < len(tokens):
        last, end = _end_of_episode(tokens, start)
        yield Span("lead", episode, start, last, end)
        if end == "open":
            return
        reopening = next((i for i in range(last + 1, len(tokens)) if tokens[i].reopens), None)
        if reopening is None:
            if last + 1 < len(tokens):
                yield Span("after", episode, last + 1, len(tokens) - 1)
            return
        yield Span("closed", episode, last + 1, reopening)
        start, episode = reopening + 1, episode + 1


def _end_of_episode(tokens: Sequence[Token], start: int) -> tuple[int, Literal["delivered", "ended", "closed", "open"]]:
    for i in range(start, len(tokens)):
        if tokens[i].delivers:
            return i, "delivered"
        if tokens[i].ends:
            return i, "ended"
        if tokens[i].reopens and any(t.is_closing for t in tokens[start:i]):
            break
    closing = next((i for i in range(start, len(tokens)) if tokens[i].is_closing), None)
    if closing is not None:
        return closing, "closed"
    return len(tokens) - 1, "open"


def _beside(a: str | None, b: str | None, parallel: frozenset[tuple[str, str]]) -> bool:
    return a is not None and b is not None and (a, b) in parallel


def _path(tokens: Sequence[Token], span: Span, parallel: frozenset[tuple[str, str]]) -> list[int]:
    """Walk back from the span's last event over the nearest event that is not in a branch beside it."""
    if span.phase != "lead":
        return list(range(span.first, span.last + 1))
    path = [span.last]
    for i in range(span.last - 1, span.first - 1, -1):
        if not _beside(tokens[i].step, tokens[path[-1]].step, parallel):
            path.append(i)
    return path[::-1]


def _turns(tokens: Sequence[Token], received: Turn | None, spans: tuple[Span, ...]) -> list[tuple[Turn, ...]]:
    """Return the turns that are open before each position, in the order in which they were opened."""
    ends = {span.last for span in spans if span.phase == "lead" and span.end != "open"}
    is_open: tuple[Turn, ...] = (received,) if received else ()
    before = []
    for i, token in enumerate(tokens):
        before.append(is_open)
        if not token.is_closing:
            is_open = tuple(turn for turn in is_open if not _closes(token, turn))
        if i in ends:
            is_open = ()
        if token.opens_step is not None:
            kept = tuple(turn for turn in is_open if not turn.is_state)
            is_open = (*kept, Turn(token.opens_step, token.opens_lane, token.opens_state, i))
    before.append(is_open)
    return before


def _closes(token: Token, turn: Turn) -> bool:
    """Whether the event does the work of the turn. Work by the system hands nothing over."""
    if turn.is_state:
        return False
    return token.step == turn.step or (token.lane is not None and token.lane == turn.lane and not token.is_automatic)


def _last(turns: tuple[Turn, ...]) -> Turn | None:
    return turns[-1] if turns else None


def _book(
    tokens: Sequence[Token],
    span: Span,
    path: list[int],
    turns: list[tuple[Turn, ...]],
    parallel: frozenset[tuple[str, str]],
) -> list[Row]:
    """Say for each position of the span whose segment ends there: by a turn, by its own event, or unknown."""
    on_path = set(path)
    previous = span.first - 1
    holder: str | None = None
    rows = []
    for i in range(span.first, span.last + 1):
        row = Row(span.phase, span.episode, i in on_path)
        if i in on_path:
            row = _holder(tokens[i], row, _turn_for(tokens[i], turns[i], previous, parallel), holder)
            previous, holder = i, row.lane or holder
        else:
            row = replace(row, slack_until=_slack_until(tokens, i, path, parallel))
        rows.append(row)
    return rows


def _turn_for(
    token: Token, is_open: tuple[Turn, ...], previous: int, parallel: frozenset[tuple[str, str]]
) -> Turn | None:
    """Return the last opened turn that held the whole segment and is not in a branch beside its event."""
    held = [t for t in is_open if t.opened_at <= previous and not _beside(t.step, token.step, parallel)]
    return held[-1] if held else None


def _holder(token: Token, row: Row, turn: Turn | None, previous_holder: str | None) -> Row:
    if turn is not None:
        return replace(row, step=turn.step, lane=turn.lane, booked_by="declared" if turn.lane else "unknown")
    if token.is_closing or token.opens_state:
        return row
    lane = (previous_holder or token.lane) if token.is_automatic else token.lane
    return replace(row, step=token.step, lane=lane, booked_by="inferred" if lane else "unknown")


def _slack_until(tokens: Sequence[Token], position: int, path: list[int], parallel: frozenset[tuple[str, str]]) -> int:
    """Return the last on-path position beside this one, before the branches join."""
    until = position
    for i in path:
        if i > position:
            if not _beside(tokens[i].step, tokens[position].step, parallel):
                break
            until = i
    return until


@dataclass(slots=True)
class _Frame:
    step: str | None
    segments: list[int]


def _find_loops(tokens: Sequence[Token], rows: list[Row], path: list[int], loops: list[tuple[str, ...]]) -> None:
    """Scan the on-path steps with a stack; a step that recurs pops everything above it into one loop."""
    stack: list[_Frame] = []
    visit = 0
    done: set[str] = set()
    for i in path:
        step = rows[i].step
        if stack and step is not None and stack[-1].step == step:
            repeated = tokens[i].activity in done
            done.add(tokens[i].activity)
            rows[i] = replace(rows[i], visit=visit, is_self_loop=repeated)
            stack[-1].segments.append(i)
            continue
        visit += 1
        done = {tokens[i].activity}
        rows[i] = replace(rows[i], visit=visit)
        at = next((n for n, frame in enumerate(stack) if step is not None and frame.step == step), None)
        if at is None:
            stack.append(_Frame(step, [i]))
            continue
        above = stack[at + 1 :]
        del stack[at + 1 :]
        number = len(loops)
        loops.append(tuple(s or "unknown" for s in (step, *(frame.step for frame in above), step)))
        for position in (*(p for frame in above for p in frame.segments), i):
            rows[position] = replace(rows[position], loop=number)
        rows[i] = replace(rows[i], returns_to=True)


def handovers(
    tokens: Sequence[Token], rows: Sequence[Row], level: str, name_of: Mapping[str, str | None]
) -> Iterator[Handover]:
    """Yield where the holder changes between consecutive on-path segments of one episode, both known.

    `name_of` gives a lane's name at the level (team, department, organisation); a lane that it does not know
    keeps its own name at team level by the caller's choice. Automatic events hand nothing over.
    """
    previous: tuple[int, str | None] | None = None
    handed: tuple[str, str] | None = None
    for i, row in enumerate(rows):
        if row.phase != "lead":
            previous = handed = None
            continue
        if not row.on_path or (tokens[i].is_automatic and row.booked_by != "declared"):
            continue
        holder = name_of.get(row.lane, None) if row.lane else None
        if previous and previous[0] == row.episode and previous[1] and holder and previous[1] != holder:
            yield Handover(i, level, previous[1], holder, handed == (holder, previous[1]))
            handed = (previous[1], holder)
        previous = (row.episode, holder)
