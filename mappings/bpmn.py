"""A BPMN 2.0 file read as the flow of a journey.

The subset: one process with one start and one or more ends; tasks of any kind, whose names are the steps'
names; exclusive and parallel gateways; sequence flows; block-structured: each split has its join of the
same kind. A loop is an exclusive join followed, at its end, by an exclusive split with a way back. All else
is refused, with the id of the element and what to write instead.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from mappings.bpmn_blocks import Graph, flow_of
from mappings.errors import JourneyError
from mappings.flow import Flow

NAMESPACE = "http://www.omg.org/spec/BPMN/20100524/MODEL"
MAX_BYTES = 5_000_000
_KINDS_OF_TASK = ("user", "manual", "service", "send", "receive", "script", "businessRule")
_NODES = {
    "startEvent": "start",
    "endEvent": "end",
    "exclusiveGateway": "exclusive",
    "parallelGateway": "parallel",
}
_NO_FLOW = {
    "documentation",
    "extensionElements",
    "laneSet",
    "textAnnotation",
    "association",
    "dataObject",
    "dataObjectReference",
    "dataStoreReference",
    "ioSpecification",
    "group",
    "property",
}
"""What a process may hold beside its flow; it is passed over."""
_INSTEAD = {
    "inclusiveGateway": "use an exclusive gateway, or a parallel one with branches that can be skipped",
    "eventBasedGateway": "use an exclusive gateway",
    "complexGateway": "use exclusive and parallel gateways",
    "subProcess": "draw its tasks in the process itself",
    "callActivity": "draw its tasks in the process itself, or use a task",
    "boundaryEvent": "use an exclusive gateway after the task",
    "intermediateCatchEvent": "use a receive task",
    "intermediateThrowEvent": "use a send task",
}


def journey_flow(folder: Path, name: str) -> Flow:
    """Read the flow of the BPMN file `name` in `folder`; a path that leaves the folder is refused."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise JourneyError(name, "lies outside the folder of the journey", "put the BPMN file beside the journey")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise JourneyError(name, f"larger than {MAX_BYTES // 1_000_000} MB", "leave out what is not the process")
        content = path.read_bytes()
    except OSError as error:
        raise JourneyError(name, f"cannot be read ({error.strerror})", "check the name under 'bpmn'") from None
    return read_bpmn(content, name)


def read_bpmn(content: bytes, name: str = "bpmn") -> Flow:
    """Return the flow that a BPMN file draws; raise JourneyError where it is not of the subset."""
    return flow_of(_graph(_process(content, name), name), name)


def _process(content: bytes, name: str) -> Any:
    """Parse without entities, without network, and find the one process."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise JourneyError(
            f"{name}:{error.lineno}", f"is not XML ({error.msg})", "export it again as BPMN 2.0"
        ) from None
    if root.getroottree().docinfo.doctype:
        raise JourneyError(name, "declares a document type", "take out the DOCTYPE line")
    processes = [p for p in root.iter(f"{{{NAMESPACE}}}process") if len(p)]
    if len(processes) != 1:
        raise JourneyError(
            name, f"has {len(processes)} processes with content", "keep one process; lanes stand in the steps"
        )
    return processes[0]


@dataclass
class _Reading:
    name: str
    graph: Graph = field(default_factory=Graph)


def _graph(process: Any, name: str) -> Graph:
    reading = _Reading(name)
    flows = []
    for element in process.iterchildren(tag=etree.Element):
        tag = etree.QName(element).localname
        if tag == "sequenceFlow":
            flows.append(element)
        elif tag not in _NO_FLOW:
            _add_node(reading, element, tag)
    for element in flows:
        _add_flow(reading, element)
    return reading.graph


def _add_node(reading: _Reading, element: Any, tag: str) -> None:
    key, label = str(element.get("id")), " ".join(str(element.get("name") or "").split())
    where = f"{reading.name}:{element.sourceline}"
    if tag.removesuffix("Task") in (*_KINDS_OF_TASK, "task"):
        _refuse_markers(element, where, key)
        if not label:
            raise JourneyError(where, f"the task {key} has no name", "name it as the step is named")
        reading.graph.add(key, "task", label)
    elif tag in _NODES:
        if any(etree.QName(e).localname.endswith("EventDefinition") for e in element.iterchildren(tag=etree.Element)):
            raise JourneyError(where, f"the event {key} has a trigger", "use a plain start or end event")
        reading.graph.add(key, _NODES[tag], label)
    else:
        instead = _INSTEAD.get(tag, "draw it with tasks and exclusive and parallel gateways")
        raise JourneyError(where, f"the {tag} {key} is not of the subset", instead)


def _refuse_markers(element: Any, where: str, key: str) -> None:
    for child in element.iterchildren(tag=etree.Element):
        if etree.QName(child).localname in (
            "standardLoopCharacteristics",
            "multiInstanceLoopCharacteristics",
        ):
            raise JourneyError(where, f"the task {key} has a loop marker", "draw the loop with exclusive gateways")


def _add_flow(reading: _Reading, element: Any) -> None:
    source, target = str(element.get("sourceRef")), str(element.get("targetRef"))
    for end in (source, target):
        if end not in reading.graph.kinds:
            where = f"{reading.name}:{element.sourceline}"
            raise JourneyError(where, f"the flow {element.get('id')} joins the unknown element {end}", "draw it again")
    reading.graph.join(source, target)
