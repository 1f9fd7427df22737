"""The cheapest alignment of a step sequence with a flow, with a fixed tie-break.

A move on the log alone and a move on a visible step of the model alone each cost 1; a step that no log can
show costs nothing. Among equally cheap alignments the one that matches the earlier visit wins, so that the
later one is the repetition; what is left is settled by the order of the journey (van der Aalst,
Adriansyah, van Dongen 2012).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

from mappings.flow import Flow, steps_of
from mining.petri_net import END, Net, petri_net, prefix_net
from mining.process_tree import least_steps

_SKIP = ">>"


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
        self._shortest = least_steps(flow)
        self._nets = {False: petri_net(flow), True: prefix_net(flow)}

    def align(self, steps: tuple[str, ...], *, may_stop: bool, within_seconds: float = 60.0) -> Alignment | None:
        """Return the alignment, or null where it was not found in time.

        Steps that the flow does not have are allowed: they get no move and cost nothing. With `may_stop`
        (open, withdrawn) what is due after the last step is not asked for.
        """
        positions = [i for i, step in enumerate(steps) if step in self.steps]
        labels = [steps[i] for i in positions] + ([END] if may_stop else [])
        found = _search(self._nets[may_stop], labels, self._unobservable, within_seconds)
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


def _search(
    net: Net, labels: list[str], unobservable: frozenset[str], within_seconds: float
) -> list[tuple[str, str | None]] | None:
    from pm4py.algo.conformance.alignments.petri_net.variants import dijkstra_less_memory as dijkstra
    from pm4py.objects.log.obj import Event, Trace

    size = len(labels)
    unit = (size + 1) * (size + 2)  # more than all tie-breaks together, so they never outweigh a move
    in_log = {i: unit + size - i for i in range(size)}
    if labels and labels[-1] == END:
        in_log[size - 1] = unit * (size + 1) * 100
    in_model = {t: _model_cost(t.label, unit, unobservable) for t in net.net.transitions}
    parameters: dict[Any, Any] = {
        dijkstra.Parameters.PARAM_TRACE_COST_FUNCTION: in_log,
        dijkstra.Parameters.PARAM_MODEL_COST_FUNCTION: in_model,
        dijkstra.Parameters.PARAM_STD_SYNC_COST: 0,
        dijkstra.Parameters.PARAM_MAX_ALIGN_TIME_TRACE: within_seconds,
    }
    trace = Trace([Event({"concept:name": label}) for label in labels])
    result = dijkstra.apply(trace, net.net, net.initial, net.final, parameters=parameters)
    return None if result is None else result["alignment"]


def _model_cost(label: str | None, unit: int, unobservable: frozenset[str]) -> int:
    if label == END:
        return unit * unit * 100
    return 0 if label is None or label in unobservable else unit


def _moves(found: list[tuple[str, str | None]], positions: list[int]) -> tuple[Move, ...]:
    moves: list[Move] = []
    remaining = iter(positions)
    for in_log, in_model in found:
        if END in (in_log, in_model) or in_model is None:
            continue
        position = None if in_log == _SKIP else next(remaining)
        moves.append(Move(position, None if in_model == _SKIP else in_model))
    return tuple(moves)
