"""A BPMN graph folded into the tree of a journey, block by block.

An edge carries the flow that was folded into it (None: nothing happens on it). Each rule replaces a small
block by one edge; what is left when no rule fits is not block-structured and is refused, with the gateway
where it sticks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from mappings.errors import JourneyError
from mappings.flow import Choice, Flow, Optional_, Parallel, Repeat, Sequence

Content = Flow | None
END = "<end>"


@dataclass
class Edge:
    """One way through the graph, and the flow folded into it."""

    source: str
    target: str
    content: Content = None


@dataclass
class Graph:
    """Nodes by id with kind and label, and the edges between them."""

    kinds: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)

    def add(self, key: str, kind: str, label: str) -> None:
        """Add a node: start, end, task, exclusive or parallel."""
        self.kinds[key], self.labels[key] = kind, label

    def join(self, source: str, target: str, content: Content = None) -> None:
        """Add an edge."""
        self.edges.append(Edge(source, target, content))

    def ins(self, key: str) -> list[Edge]:
        """Return the edges that enter a node."""
        return [edge for edge in self.edges if edge.target == key]

    def outs(self, key: str) -> list[Edge]:
        """Return the edges that leave a node."""
        return [edge for edge in self.edges if edge.source == key]

    def drop(self, *edges: Edge) -> None:
        """Take edges out; two edges between the same nodes are two edges."""
        self.edges = [edge for edge in self.edges if not any(edge is gone for gone in edges)]


def flow_of(graph: Graph, name: str) -> Flow:
    """Return the flow of a whole graph; raise JourneyError with the element where it is no block."""
    _refuse_loose_ends(graph, name)
    start = next(key for key, kind in graph.kinds.items() if kind == "start")
    _gather_ends(graph)
    while any(rule(graph) for rule in _RULES):
        pass
    if len(graph.edges) != 1:
        raise _stuck(graph, name)
    (edge,) = graph.edges
    if (edge.source, edge.target) != (start, END) or edge.content is None:
        raise JourneyError(name, "has no task between start and end", "draw at least one task")
    return edge.content


def _refuse_loose_ends(graph: Graph, name: str) -> None:
    starts = [key for key, kind in graph.kinds.items() if kind == "start"]
    if len(starts) != 1:
        raise JourneyError(name, f"has {len(starts)} start events", "keep one start event")
    if END not in graph.kinds and "end" not in graph.kinds.values():
        raise JourneyError(name, "has no end event", "draw one")
    doubles = [k for k, n in Counter(graph.labels[k] for k in graph.kinds if graph.kinds[k] == "task").items() if n > 1]
    if doubles:
        raise JourneyError(
            name, f"two tasks are named '{doubles[0]}'", "a step stands once; use a loop, or another name"
        )
    for key, kind in graph.kinds.items():
        _refuse_degree(graph, name, key, kind)


def _refuse_degree(graph: Graph, name: str, key: str, kind: str) -> None:
    ins, outs = len(graph.ins(key)), len(graph.outs(key))
    where, called = f"{name}#{key}", f"the {kind} '{graph.labels[key] or key}'"
    allowed = {"start": (0, 1), "end": (None, 0), "task": (1, 1)}.get(kind, (None, None))
    for count, limit, way in ((ins, allowed[0], "incoming"), (outs, allowed[1], "outgoing")):
        if limit is not None and count != limit:
            remedy = "put a gateway before or after it" if kind == "task" and count else "join it to the process"
            raise JourneyError(where, f"{called} has {count} {way} flows, not {limit}", remedy)
    if (kind != "start" and not ins) or (kind != "end" and not outs):
        raise JourneyError(where, f"{called} is not joined to the process", "draw its sequence flows or take it out")


def _gather_ends(graph: Graph) -> None:
    """Let all end events be one, as after an exclusive join."""
    ends = {key for key, kind in graph.kinds.items() if kind == "end"}
    graph.add(END, "exclusive", "")
    for edge in graph.edges:
        if edge.target in ends:
            edge.target = END
    graph.kinds = {key: kind for key, kind in graph.kinds.items() if key not in ends}


def _in_order(parts: Iterable[Content]) -> Content:
    flat: list[Flow] = []
    for part in parts:
        if part is not None:
            flat.extend(part.sequence if isinstance(part, Sequence) else [part])
    return Sequence(sequence=tuple(flat)) if len(flat) > 1 else flat[0] if flat else None


def _fold_through(graph: Graph) -> bool:
    """A task, or a gateway with one way in and one way out, lies on the way."""
    for key, kind in graph.kinds.items():
        ins, outs = graph.ins(key), graph.outs(key)
        if kind != "start" and len(ins) == len(outs) == 1 and ins[0] is not outs[0]:
            own = graph.labels[key] if kind == "task" else None
            graph.drop(ins[0], outs[0])
            graph.join(ins[0].source, outs[0].target, _in_order((ins[0].content, own, outs[0].content)))
            del graph.kinds[key]
            return True
    return False


def _fold_branches(graph: Graph) -> bool:
    """Several ways between a split and a join of one kind are a choice or a parallel."""
    ways: dict[tuple[str, str], list[Edge]] = {}
    for edge in graph.edges:
        ways.setdefault((edge.source, edge.target), []).append(edge)
    for (source, target), edges in ways.items():
        kind = graph.kinds[source]
        if len(edges) > 1 and source != target and kind == graph.kinds[target] and kind in ("exclusive", "parallel"):
            graph.drop(*edges)
            fold = _one_of if kind == "exclusive" else _all_of
            graph.join(source, target, fold([edge.content for edge in edges]))
            return True
    return False


def _one_of(contents: list[Content]) -> Content:
    flat: list[Flow] = []
    can_skip = False
    for content in contents:
        can_skip |= content is None or isinstance(content, Optional_)
        inner = content.optional if isinstance(content, Optional_) else content
        if inner is not None:
            flat.extend(inner.choice if isinstance(inner, Choice) else [inner])
    if not flat:
        return None
    one = Choice(choice=tuple(flat)) if len(flat) > 1 else flat[0]
    return Optional_(optional=one) if can_skip else one


def _all_of(contents: list[Content]) -> Content:
    flat: list[Flow] = []
    for content in contents:
        if content is not None:
            flat.extend(content.parallel if isinstance(content, Parallel) else [content])
    return Parallel(parallel=tuple(flat)) if len(flat) > 1 else flat[0] if flat else None


def _fold_loop(graph: Graph) -> bool:
    """An exclusive join, a body, an exclusive split, and a way back."""
    for body in graph.edges:
        join, split = body.source, body.target
        if join == split or {graph.kinds[join], graph.kinds[split]} != {"exclusive"}:
            continue
        back = [edge for edge in graph.outs(split) if edge.target == join]
        if back and len(graph.outs(join)) == 1 and len(graph.ins(split)) == 1:
            graph.drop(body, *back)
            graph.join(join, split, _again(body.content, _one_of([edge.content for edge in back])))
            return True
    return False


def _again(body: Content, redo: Content) -> Content:
    if body is None:
        return None if redo is None else Optional_(optional=Repeat(repeat=redo))
    return Repeat(repeat=body, redo=redo)


def _fold_self_loop(graph: Graph) -> bool:
    """A way from an exclusive gateway back to itself: any number of times, also none."""
    for loop in graph.edges:
        if loop.source == loop.target and graph.kinds[loop.source] == "exclusive":
            before, after = loop.source, f"{loop.source}'"
            graph.drop(loop)
            graph.add(after, "exclusive", "")
            for edge in graph.outs(before):
                edge.source = after
            graph.join(before, after, _again(None, loop.content))
            return True
    return False


def _merge_gateways(graph: Graph) -> bool:
    """A split that only leads on from a split of its kind is part of it; so is a join before a join."""
    for edge in graph.edges:
        first, second = edge.source, edge.target
        kind = graph.kinds[first]
        if edge.content is not None or first == second or kind not in ("exclusive", "parallel"):
            continue
        splits, joins = len(graph.ins(second)) == 1, len(graph.outs(first)) == 1
        if kind == graph.kinds[second] and (splits or joins):
            graph.drop(edge)
            _rename(graph, *((second, first) if splits else (first, second)))
            return True
    return False


def _rename(graph: Graph, old: str, new: str) -> None:
    for edge in graph.edges:
        edge.source = new if edge.source == old else edge.source
        edge.target = new if edge.target == old else edge.target
    del graph.kinds[old]


_RULES: tuple[Callable[[Graph], bool], ...] = (
    _fold_through, _fold_branches, _fold_loop, _fold_self_loop, _merge_gateways,
)  # fmt: skip


def _stuck(graph: Graph, name: str) -> JourneyError:
    """Name the first split whose branches do not come together."""
    left = [key for key, kind in graph.kinds.items() if kind in ("exclusive", "parallel") and len(graph.outs(key)) > 1]
    key = (left or [edge.source for edge in graph.edges])[0].rstrip("'")
    kind = graph.kinds.get(key, "exclusive")
    return JourneyError(
        f"{name}#{key}",
        f"the branches of the {kind} gateway {graph.labels.get(key) or key} do not come together in one",
        "give each split its own join of the same kind, and each loop its own join before and split after it",
    )
