"""A flow as the nodes and sequence flows of a BPMN process, before anything is drawn or written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from mappings.flow import Choice, Flow, Optional_, Parallel, Repeat, Sequence, When, unconditional

NodeKind = Literal["startEvent", "endEvent", "task", "exclusiveGateway", "parallelGateway"]


@dataclass(frozen=True)
class BpmnNode:
    """A node; only tasks have a name."""

    id: str
    kind: NodeKind
    name: str = ""


@dataclass(frozen=True)
class BpmnEdge:
    """A sequence flow between two nodes, by their ids."""

    id: str
    source: str
    target: str


@dataclass
class BpmnGraph:
    """Nodes and edges in the order of the flow; ids are counted, so the same flow gives the same file."""

    nodes: list[BpmnNode] = field(default_factory=list)
    edges: list[BpmnEdge] = field(default_factory=list)

    def node(self, kind: NodeKind, name: str = "") -> str:
        """Add a node and return its id."""
        self.nodes.append(BpmnNode(f"{kind}_{len(self.nodes)}", kind, name))
        return self.nodes[-1].id

    def connect(self, source: str, target: str) -> None:
        """Add a sequence flow."""
        self.edges.append(BpmnEdge(f"flow_{len(self.edges)}", source, target))

    def part(self, flow: Any, source: str) -> str:
        """Add a part of the flow after `source` and return the node that it ends with."""
        match flow:
            case Sequence(sequence=items):
                for item in items:
                    source = self.part(item, source)
                return source
            case Choice(choice=items):
                return self._split("exclusiveGateway", [unconditional(i) for i in items], source)
            case Parallel(parallel=items):
                return self._split("parallelGateway", list(items), source)
            case Optional_(optional=item) | When(then=item):
                return self._split("exclusiveGateway", [item, None], source)
            case Repeat(repeat=item, redo=redo):
                return self._repeat(item, redo, source)
            case _:
                task = self.node("task", flow)
                self.connect(source, task)
                return task

    def _split(self, kind: NodeKind, items: list[Any], source: str) -> str:
        split, join = self.node(kind), self.node(kind)
        self.connect(source, split)
        for item in items:
            self.connect(split if item is None else self.part(item, split), join)
        return join

    def _repeat(self, item: Any, redo: Any, source: str) -> str:
        join = self.node("exclusiveGateway")
        self.connect(source, join)
        end = self.part(item, join)
        split = self.node("exclusiveGateway")
        self.connect(end, split)
        self.connect(split if redo is None else self.part(redo, split), join)
        return split


def bpmn_graph(flow: Flow | None) -> BpmnGraph:
    """Return the graph of a flow between one start and one end; no flow is a process that does nothing."""
    graph = BpmnGraph()
    last = graph.node("startEvent")
    if flow is not None:
        last = graph.part(flow, last)
    end = graph.node("endEvent")
    graph.connect(last, end)
    return graph
