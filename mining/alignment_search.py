"""The cheapest way through a sequence and a net at once: Dijkstra's search over marking and place in the sequence.

In: a net, the labels of a sequence, what each one-sided move costs. Out: the moves. A state is done when it comes up,
and only it: pm4py's own searches also leave out a marking that was reached further on in the sequence at the same
cost, although from there the model may have to make moves that the visits in between would have matched.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mining.petri_net import Net

_LOOK_EVERY = 256
"""So many states between two looks at the clock."""
_MATCH, _LOG, _MODEL = 0, 1, 2
"""The kinds of move, in the order in which equally cheap ones are tried."""


class Step(NamedTuple):
    """A transition: the places it takes from and gives to, a bit each. No place of these nets ever holds two."""

    name: str
    label: str | None
    takes: int
    gives: int


@dataclass(frozen=True)
class Walk:
    """A net as numbers; its steps stand in the order of the journey."""

    steps: tuple[Step, ...]
    begin: int
    end: int

    @classmethod
    def of(cls, net: Net) -> Walk:
        """Number the places of a net."""
        bit = {place: 1 << n for n, place in enumerate(net.net.places)}
        steps = (
            Step(t.name, t.label, sum(bit[a.source] for a in t.in_arcs), sum(bit[a.target] for a in t.out_arcs))
            for t in net.net.transitions
        )
        return cls(tuple(steps), sum(bit[p] for p in net.initial), sum(bit[p] for p in net.final))


class _State(NamedTuple):
    """Orders the search: the cheapest first, of these the furthest in the sequence, then by kind, length and age."""

    cost: int
    left: int
    kind: int
    length: int
    age: int
    marking: int
    step: Step | None
    before: _State | None


Moves = list[tuple[str | None, Step | None]]
"""A label of the sequence, a step of the net, or both."""


def cheapest(
    walk: Walk,
    labels: Sequence[str],
    in_log: Sequence[int],
    in_model: Mapping[str, int],
    is_late: Callable[[], bool],
) -> Moves | None:
    """Return the moves of least cost; null where it got late. `in_log` costs a label, `in_model` a step by its name."""
    waiting = [_State(0, len(labels), _MATCH, 0, 0, walk.begin, None, None)]
    done: set[tuple[int, int]] = set()
    order = sorted(walk.steps, key=lambda step: in_model[step.name])
    age = 0
    while waiting:
        state = heapq.heappop(waiting)
        here = (state.marking, state.left)
        if here in done:
            continue
        done.add(here)
        if here == (walk.end, 0):
            return _moves(state, labels)
        if len(done) % _LOOK_EVERY == 0 and is_late():
            return None
        label = labels[-state.left] if state.left else None
        for step in order:
            if state.marking & step.takes != step.takes:
                continue
            age += 1
            marking = (state.marking & ~step.takes) | step.gives
            # what can be matched now is never better left to a later visit
            is_match = label is not None and step.label == label
            cost = state.cost if is_match else state.cost + in_model[step.name]
            kind, left = (_MATCH, state.left - 1) if is_match else (_MODEL, state.left)
            if (marking, left) not in done:
                heapq.heappush(waiting, _State(cost, left, kind, state.length + 1, age, marking, step, state))
        if state.left and (state.marking, state.left - 1) not in done:
            age += 1
            cost = state.cost + in_log[-state.left]
            heapq.heappush(
                waiting, _State(cost, state.left - 1, _LOG, state.length + 1, age, state.marking, None, state)
            )
    return None


def _moves(state: _State, labels: Sequence[str]) -> Moves:
    moves: Moves = []
    while state.before is not None:
        label = None if state.kind == _MODEL else labels[-state.before.left]
        moves.append((label, state.step))
        state = state.before
    return moves[::-1]
