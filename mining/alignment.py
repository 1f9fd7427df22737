"""The cheapest alignment of a step sequence with a flow, with a fixed tie-break.

A move on the log alone and a move on a visible step of the model alone each cost 1; a step that no log can
show costs nothing. Among equally cheap alignments the one that matches the earlier visit wins, so that the
later one is the repetition; what is left is settled by the order of the journey (van der Aalst,
Adriansyah, van Dongen 2012).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import NamedTuple

from mappings.flow import Flow, steps_of
from mining.alignment_search import Moves, Walk, cheapest
from mining.petri_net import END, petri_net, prefix_net
from mining.process_tree import least_steps


class Move(NamedTuple):
    """One move: position in the sequence (null: model alone) and step in the model (null: log alone)."""

    position: int | None
    step: str | None


@dataclass(frozen=True)
class Alignment:
    """The moves of one sequence, their cost, and fitness = 1 - cost / (cost of matching nothing)."""

    moves: tuple[Move, ...]
    cost: int
    fitness: float


class Aligner:
    """Aligns step sequences with one flow."""

    def __init__(self, flow: Flow, unobservable: Collection[str] = ()) -> None:
        self.steps = frozenset(steps_of(flow))
        self._unobservable = frozenset(unobservable)
        self._shortest = least_steps(flow, self._unobservable)
        self._walks = {False: Walk.of(petri_net(flow)), True: Walk.of(prefix_net(flow))}

    def align(
        self, steps: tuple[str, ...], *, may_stop: bool, is_late: Callable[[], bool] = lambda: False
    ) -> Alignment | None:
        """Return the alignment, or null where it got late before it was found.

        Steps that the flow does not have are allowed: they get no move and cost nothing. With `may_stop`
        (open, withdrawn) what is due after the last step is not asked for.
        """
        positions = [i for i, step in enumerate(steps) if step in self.steps]
        labels = [steps[i] for i in positions] + ([END] if may_stop else [])
        found = _search(self._walks[may_stop], labels, self._unobservable, is_late)
        if found is None:
            return None
        moves = _moves(found, positions)
        cost = sum(self._costs(move) for move in moves)
        worst = len(positions) + (0 if may_stop else self._shortest)
        return Alignment(moves, cost, 1.0 - cost / worst if worst else 1.0)

    def _costs(self, move: Move) -> bool:
        if move.position is None:
            return move.step not in self._unobservable
        return move.step is None


def _search(walk: Walk, labels: list[str], unobservable: frozenset[str], is_late: Callable[[], bool]) -> Moves | None:
    size = len(labels)
    # an unmatched visit weighs more than all later ones together, and a move more than all visits
    unit = 2 ** (size + 1)
    in_log = [unit + 2 ** (size - i) for i in range(size)]
    never = 2 * unit * (size + len(walk.steps) + 1)
    if labels and labels[-1] == END:
        in_log[-1] = never
    in_model = {step.name: _model_cost(step.label, unit, never, unobservable) for step in walk.steps}
    return cheapest(walk, labels, in_log, in_model, is_late)


def _model_cost(label: str | None, unit: int, never: int, unobservable: frozenset[str]) -> int:
    if label == END:
        return never
    return 0 if label is None or label in unobservable else unit


def _moves(found: Moves, positions: list[int]) -> tuple[Move, ...]:
    moves: list[Move] = []
    remaining = iter(positions)
    for in_log, in_model in found:
        label = None if in_model is None else in_model.label
        if END in (in_log, label) or in_log is None is label:
            continue
        moves.append(Move(None if in_log is None else next(remaining), label))
    return tuple(moves)
