"""A flow as a Petri net whose places and transitions stand in a fixed order.

pm4py's own conversion keeps them in sets that are ordered by memory address, so that equally good alignments
differ from run to run. Here the order is that of the journey: same input, same alignment.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from mappings.flow import Choice, Flow, Optional_, Parallel, Repeat, Sequence, When, unconditional
from mining.process_tree import silence_pm4py

END = "\x00end"
"""The label after the last step of a case that may stop anywhere. No log can hold it."""


class Net(NamedTuple):
    """A Petri net with its initial and final marking (pm4py objects)."""

    net: Any
    initial: Any
    final: Any


class _Builder:
    def __init__(self) -> None:
        silence_pm4py()
        from pm4py.objects.petri_net.obj import PetriNet
        from pm4py.objects.petri_net.utils.petri_utils import add_arc_from_to

        self._kind = PetriNet
        self._add_arc = add_arc_from_to
        self.net = PetriNet("flow", places=[], transitions=[])

    def place(self) -> Any:
        place = self._kind.Place(f"p{len(self.net.places)}")
        self.net.places.append(place)
        return place

    def step(self, label: str | None, sources: list[Any], targets: list[Any]) -> None:
        transition = self._kind.Transition(f"t{len(self.net.transitions)}", label)
        self.net.transitions.append(transition)
        for source in sources:
            self._add_arc(source, transition, self.net)
        for target in targets:
            self._add_arc(transition, target, self.net)

    def part(self, flow: Any, entry: Any, leave: Any) -> None:
        match flow:
            case Sequence(sequence=items):
                self._sequence(items, entry, leave)
            case Choice(choice=items):
                for item in items:
                    self.part(unconditional(item), entry, leave)
            case Parallel(parallel=items):
                self._parallel(items, entry, leave)
            case Optional_(optional=item) | When(then=item):
                self.part(item, entry, leave)
                self.step(None, [entry], [leave])
            case Repeat(repeat=item, redo=redo):
                self._repeat(item, redo, entry, leave)
            case _:
                self.step(flow, [entry], [leave])

    def _sequence(self, items: Any, entry: Any, leave: Any) -> None:
        stops = [entry, *(self.place() for _ in items[1:]), leave]
        for item, before, after in zip(items, stops, stops[1:], strict=False):
            self.part(item, before, after)

    def _parallel(self, items: Any, entry: Any, leave: Any) -> None:
        ends = [(self.place(), self.place()) for _ in items]
        self.step(None, [entry], [before for before, _ in ends])
        for item, (before, after) in zip(items, ends, strict=True):
            self.part(item, before, after)
        self.step(None, [after for _, after in ends], [leave])

    def _repeat(self, item: Any, redo: Any, entry: Any, leave: Any) -> None:
        # places of its own, or a branch beside it could enter the loop half-way
        before, after = self.place(), self.place()
        self.step(None, [entry], [before])
        self.part(item, before, after)
        self.part(redo, after, before)
        self.step(None, [after], [leave])


def petri_net(flow: Flow) -> Net:
    """Return the flow as a workflow net."""
    from pm4py.objects.petri_net.obj import Marking

    builder = _Builder()
    start, end = builder.place(), builder.place()
    builder.part(flow, start, end)
    return Net(builder.net, Marking({start: 1}), Marking({end: 1}))


def prefix_net(flow: Flow) -> Net:
    """Return a net for cases that may stop anywhere: after `END` whatever is still due is dropped, at no
    cost.

    Aligning a trace that ends in `END` with it is a prefix alignment (Adriansyah 2014, §4.4), so that an
    open or withdrawn case is not forced into the shortest way to the end.
    """
    from pm4py.objects.petri_net.obj import Marking

    builder = _Builder()
    start, end = builder.place(), builder.place()
    builder.part(flow, start, end)
    of_flow = list(builder.net.places)
    running, stopped = builder.place(), builder.place()
    builder.step(END, [running], [stopped])
    for place in of_flow:
        builder.step(None, [place, stopped], [stopped])
    return Net(builder.net, Marking({start: 1, running: 1}), Marking({stopped: 1}))
