"""A discovered process as a BPMN picture, drawn from the diagram that its own document holds.

In: BPMN of ours, with its layout. Out: one picture: tasks, gateways with their sign, events, flows. The document is
parsed without entities, and labels are shown as the page shows activities.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, XMLParser

from flows.publish.svg.draw import ink, lines, path, picture, rect, tag, text
from flows.publish.svg.scene import Scene

_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
_DC = "{http://www.omg.org/spec/DD/20100524/DC}"
_WAY = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
_SIGNS = {"exclusiveGateway": "×", "parallelGateway": "+", "inclusiveGateway": "○"}
SCALE = 0.72
MARGIN = 12.0


def bpmn_picture(scene: Scene, document: str, heading: str, summary: str) -> str:
    """Return the picture; the text of a task is as large as its box allows."""
    parser = XMLParser()  # noqa: S314 a document of ours; expat neither loads nor expands anything from outside
    parser.feed(document)
    root = parser.close()
    named = {
        each.get("id", ""): (each.tag.removeprefix(_BPMN), each.get("name", ""))
        for each in root.iter()
        if each.get("id")
    }
    ways = [_way(edge) for edge in root.iter(f"{_DI}BPMNEdge")]
    shapes, right, low = [], 0.0, 0.0
    for shape in root.iter(f"{_DI}BPMNShape"):
        bounds = shape.find(f"{_DC}Bounds")
        if bounds is None:
            continue
        x, y, wide, high = (float(bounds.get(name, "0")) * SCALE for name in ("x", "y", "width", "height"))
        kind, name = named.get(shape.get("bpmnElement", ""), ("", ""))
        shapes.append(_shape(scene, kind, name, (x, y, wide, high)))
        right, low = max(right, x + wide), max(low, y + high)
    edges = [[float(p.get(a, "0")) * SCALE for a in "xy"] for e in root.iter(f"{_DI}BPMNEdge") for p in e.iter(_WAY)]
    right, low = max([right, *(x for x, _ in edges)]), max([low, *(y for _, y in edges)])
    body = "".join([*ways, *shapes])
    return picture(body, right + MARGIN, low + MARGIN, scene.name, heading, summary, scene.words.language)


def _way(edge: Element) -> str:
    points = [(float(p.get("x", "0")) * SCALE, float(p.get("y", "0")) * SCALE) for p in edge.iter(_WAY)]
    if len(points) < 2:
        return ""
    (x1, y1), (x2, y2) = points[-2:]
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5 or 1.0
    dx, dy = (x2 - x1) / length, (y2 - y1) / length
    tip = f"M{x2:.1f} {y2:.1f}L{x2 - 7 * dx - 4 * dy:.1f} {y2 - 7 * dy + 4 * dx:.1f}"
    tip += f"L{x2 - 7 * dx + 4 * dy:.1f} {y2 - 7 * dy - 4 * dx:.1f}Z"
    return path("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points), stroke_width=1.2) + path(tip, None, "soft")


def _shape(scene: Scene, kind: str, name: str, box: tuple[float, float, float, float]) -> str:
    x, y, wide, high = box
    if kind in _SIGNS:
        d = f"M{x + wide / 2:.1f} {y:.1f}L{x + wide:.1f} {y + high / 2:.1f}L{x + wide / 2:.1f} {y + high:.1f}"
        diamond = path(f"{d}L{x:.1f} {y + high / 2:.1f}Z", "organisation", "paper", stroke_width=1.4)
        return diamond + text(x + wide / 2, y + high / 2 + 6, _SIGNS[kind], 17, "ink", "middle", bold=True)
    if kind.endswith("Event"):
        colour, thick = ("work", 1.8) if kind == "startEvent" else ("alarm", 3.5)
        drawn = {"stroke_width": thick, "fill": ink("paper"), "stroke": ink(colour)}
        return tag("circle", "", cx=x + wide / 2, cy=y + high / 2, r=wide / 2, **drawn)
    title = scene.activity(name)
    most = {size: max(1, int((high - 4) // (size + 2.5))) for size in (10, 9, 8, 7)}
    size = next((s for s, most in most.items() if len(lines(title, wide - 8, s, 9)) <= most), 7)
    said = lines(title, wide - 8, size, most[size])
    step = size + 2.5
    top = y + high / 2 - step / 2 * (len(said) - 1) + size * 0.35
    frame = rect(x, y, wide, high, "paper", "organisation", hint=title, rx=7, stroke_width=1.4)
    return frame + "".join(
        text(x + wide / 2, top + step * i, each, size, "ink", "middle") for i, each in enumerate(said)
    )
