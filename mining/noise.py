"""A directly-follows graph without its rare edges, still whole: every activity lies between a start and an
end.

Owns the noise rule: from each activity the edges (and the ending there) stay that are taken at least
`noise` times as often as the most frequent one; each activity keeps its most frequent way in and way out.
Activities that then lie on no way from a start to an end are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Edge = tuple[str, str]
_START, _END = "\x00start", "\x00end"


@dataclass(frozen=True)
class FollowsGraph:
    """How often one activity directly follows another, starts a case, ends one."""

    edges: Mapping[Edge, int]
    starts: Mapping[str, int]
    ends: Mapping[str, int]

    def _all(self) -> dict[Edge, int]:
        return {
            **self.edges,
            **{(_START, activity): count for activity, count in self.starts.items()},
            **{(activity, _END): count for activity, count in self.ends.items()},
        }


def without_noise(graph: FollowsGraph, noise: float) -> FollowsGraph:
    """Return the graph without edges rarer than `noise` (0: none, 1: all but the most frequent)."""
    every = graph._all()
    most_out, most_in = _strongest(every, 0), _strongest(every, 1)
    kept = {
        edge: count
        for edge, count in every.items()
        if count >= noise * every[most_out[edge[0]]] or edge in (most_out[edge[0]], most_in[edge[1]])
    }
    whole = _reached(kept, _START, 0) & _reached(kept, _END, 1)
    kept = {edge: count for edge, count in kept.items() if whole.issuperset(edge)}
    return FollowsGraph(
        {edge: n for edge, n in kept.items() if edge[0] != _START and edge[1] != _END},
        {edge[1]: n for edge, n in kept.items() if edge[0] == _START},
        {edge[0]: n for edge, n in kept.items() if edge[1] == _END},
    )


def _strongest(edges: Mapping[Edge, int], side: int) -> dict[str, Edge]:
    """Return per activity its most frequent edge; the alphabet settles ties."""
    best: dict[str, Edge] = {}
    for edge, count in sorted(edges.items()):
        current = best.get(edge[side])
        if current is None or count > edges[current]:
            best[edge[side]] = edge
    return best


def _reached(edges: Mapping[Edge, int], origin: str, side: int) -> set[str]:
    nexts: dict[str, set[str]] = {}
    for edge in edges:
        nexts.setdefault(edge[side], set()).add(edge[1 - side])
    reached, waiting = {origin}, [origin]
    while waiting:
        new = nexts.get(waiting.pop(), set()) - reached
        reached |= new
        waiting += new
    return reached
