"""A Petri net of pm4py copied into parts that come in the same order in every run.

pm4py keeps places, transitions and arcs in sets ordered by memory address, and its token replay takes the first silent
path that it meets: the fitness of one net and one log then moves from run to run, by some thousandths. Here each part
is hashed by its number, and numbered by what it connects.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from mining.petri_net import Net


@cache
def _numbered(kind: type) -> type:
    """Return the kind of part with its number for a hash."""
    return type(kind.__name__, (kind,), {"__hash__": lambda part: part.number, "number": 0})


def steady(net: Net) -> Net:
    """Return the same net, numbered by labels and by the names of the places around each transition."""
    from pm4py.objects.petri_net.obj import Marking, PetriNet

    # sets of whole numbers from 0 up are gone through in their order, and pm4py asks them often what they hold
    copied = PetriNet(net.net.name)
    places: dict[str, Any] = {}
    for place in sorted(net.net.places, key=lambda p: p.name):
        places[place.name] = _numbered(PetriNet.Place)(place.name)
        places[place.name].number = len(places)
        copied.places.add(places[place.name])
    for n, transition in enumerate(sorted(net.net.transitions, key=_connects)):
        made = _numbered(PetriNet.Transition)(f"t{n}", transition.label)
        made.number = n
        copied.transitions.add(made)
        _, before, after = _connects(transition)
        for name in before:
            _connect(places[name], made, copied)
        for name in after:
            _connect(made, places[name], copied)
    markings = [Marking({places[p.name]: n for p, n in marking.items()}) for marking in (net.initial, net.final)]
    return Net(copied, *markings)


def _connect(source: Any, target: Any, net: Any) -> None:
    from pm4py.objects.petri_net.obj import PetriNet

    arc = _numbered(PetriNet.Arc)(source, target)
    arc.number = len(net.arcs)
    net.arcs.add(arc)
    source.out_arcs.add(arc)
    target.in_arcs.add(arc)


def _connects(transition: Any) -> tuple[str, list[str], list[str]]:
    """What a transition is, and the places before and after it: the same in every run, other than its name."""
    before = sorted(arc.source.name for arc in transition.in_arcs)
    return transition.label or "", before, sorted(arc.target.name for arc in transition.out_arcs)
