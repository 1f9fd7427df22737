"""BPMN 2.0 XML of a journey or a discovered process, with a diagram that a BPMN editor opens as it stands.

In goes a flow, out comes the file as text. A task's name is the step's name, so that the file can be read
back as a journey; title and lane stand in its documentation. Lanes are not drawn as swimlanes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mappings.base import text_in
from mappings.flow import Flow
from mappings.journey import Journey
from mining.bpmn_graph import BpmnGraph, BpmnNode, bpmn_graph
from mining.bpmn_layout import Layout, layout
from mining.xml_text import xml_text

_MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
_DIAGRAM = "http://www.omg.org/spec/BPMN/20100524/DI"
_BOUNDS = "http://www.omg.org/spec/DD/20100524/DC"
_EDGE = "http://www.omg.org/spec/DD/20100524/DI"
_NAMESPACES = {None: _MODEL, "bpmndi": _DIAGRAM, "dc": _BOUNDS, "di": _EDGE}


def bpmn_of_journey(journey: Journey, flow: Flow, language: str = "nl") -> str:
    """Return the journey as BPMN; `flow` is its own, or the one read from its BPMN file."""
    notes = {
        name: " · ".join(part for part in (text_in(step.title, language), step.lane) if part)
        for name, step in journey.steps.items()
    }
    return bpmn_xml(flow, text_in(journey.title, language) or journey.name, notes)


def bpmn_xml(flow: Flow | None, name: str, documentation: Mapping[str, str] | None = None) -> str:
    """Return a flow as BPMN 2.0 XML with its diagram; `documentation` by task name."""
    from lxml import etree

    graph = bpmn_graph(flow)
    root = etree.Element(
        f"{{{_MODEL}}}definitions", nsmap=_NAMESPACES, id="definitions", targetNamespace="urn:zaakstroom"
    )
    _write_process(root, graph, name, documentation or {})
    _write_diagram(root, graph, layout(graph))
    xml = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return xml.decode()  # type: ignore[no-any-return]


def _child(parent: Any, namespace: str, tag: str, **attributes: str) -> Any:
    from lxml import etree

    return etree.SubElement(parent, f"{{{namespace}}}{tag}", attributes)


def _write_process(root: Any, graph: BpmnGraph, name: str, documentation: Mapping[str, str]) -> None:
    process = _child(root, _MODEL, "process", id="process", name=xml_text(name), isExecutable="false")
    for node in graph.nodes:
        _write_node(process, graph, node, documentation.get(node.name, ""))
    for edge in graph.edges:
        _child(process, _MODEL, "sequenceFlow", id=edge.id, sourceRef=edge.source, targetRef=edge.target)


def _write_node(process: Any, graph: BpmnGraph, node: BpmnNode, note: str) -> None:
    element = _child(process, _MODEL, node.kind, id=node.id)
    if node.name:
        element.set("name", xml_text(node.name))
    incoming = [e.id for e in graph.edges if e.target == node.id]
    outgoing = [e.id for e in graph.edges if e.source == node.id]
    if node.kind.endswith("Gateway"):
        element.set("gatewayDirection", "Diverging" if len(outgoing) > 1 else "Converging")
    if note:
        _child(element, _MODEL, "documentation").text = xml_text(note)
    for tag, ids in (("incoming", incoming), ("outgoing", outgoing)):
        for edge_id in ids:
            _child(element, _MODEL, tag).text = edge_id


def _write_diagram(root: Any, graph: BpmnGraph, places: Layout) -> None:
    diagram = _child(root, _DIAGRAM, "BPMNDiagram", id="diagram")
    plane = _child(diagram, _DIAGRAM, "BPMNPlane", id="plane", bpmnElement="process")
    for node in graph.nodes:
        box = places.boxes[node.id]
        shape = _child(plane, _DIAGRAM, "BPMNShape", id=f"{node.id}_shape", bpmnElement=node.id)
        if node.kind == "exclusiveGateway":
            shape.set("isMarkerVisible", "true")
        numbers = {key: f"{getattr(box, key):g}" for key in ("x", "y", "width", "height")}
        _child(shape, _BOUNDS, "Bounds", **numbers)
    for edge in graph.edges:
        line = _child(plane, _DIAGRAM, "BPMNEdge", id=f"{edge.id}_edge", bpmnElement=edge.id)
        for x, y in places.waypoints[edge.id]:
            _child(line, _EDGE, "waypoint", x=f"{x:g}", y=f"{y:g}")
