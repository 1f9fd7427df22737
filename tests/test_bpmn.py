"""BPMN files: valid references, a diagram without overlaps, and a round trip through other readers."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from lxml import etree

from mappings.bpmn import read_bpmn
from mappings.flow import Choice, Flow, Optional_, Parallel, Repeat, Sequence
from mappings.journey import Journey
from mining.bpmn import bpmn_of_journey, bpmn_xml

NS = {
    "b": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "di": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "dd": "http://www.omg.org/spec/DD/20100524/DI",
}
FLOWS: dict[str, Flow | None] = {
    "one step": "A",
    "nothing": None,
    "loop of one": Repeat(repeat="A"),
    "every word": Sequence(
        sequence=(
            "A",
            Optional_(optional="B"),
            Parallel(parallel=("C", "D", Optional_(optional="K"))),
            Repeat(repeat=Choice(choice=("E", "L" * 200)), redo="F"),
            Choice(choice=("G", Sequence(sequence=("H", "I", "J")))),
        )
    ),
    "choices within choices": Choice(
        choice=tuple(Optional_(optional=Repeat(repeat=Parallel(parallel=(f"a{i}", f"b{i}")))) for i in range(8))
    ),
}


def parsed(xml: str) -> etree._Element:
    return etree.fromstring(xml.encode())


def boxes(root: etree._Element) -> dict[str, tuple[float, float, float, float]]:
    shapes = root.iterfind(".//di:BPMNShape", NS)
    return {
        s.get("bpmnElement"): tuple(float(s.find("dc:Bounds", NS).get(k)) for k in ("x", "y", "width", "height"))
        for s in shapes
    }


def paths(root: etree._Element) -> dict[str, list[tuple[float, float]]]:
    return {
        e.get("bpmnElement"): [(float(w.get("x")), float(w.get("y"))) for w in e.iterfind("dd:waypoint", NS)]
        for e in root.iterfind(".//di:BPMNEdge", NS)
    }


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS.keys())
def test_every_node_has_a_shape_and_every_flow_a_line(flow: Flow | None) -> None:
    root = parsed(bpmn_xml(flow, "proces"))
    process = root.find("b:process", NS)
    flows = {f.get("id") for f in process.iterfind("b:sequenceFlow", NS)}
    nodes = {n.get("id") for n in process} - flows
    assert set(boxes(root)) == nodes
    assert set(paths(root)) == flows
    for reference in process.xpath("b:sequenceFlow/@sourceRef | b:sequenceFlow/@targetRef", namespaces=NS):
        assert reference in nodes
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS.keys())
def test_shapes_stand_apart_at_positive_places(flow: Flow | None) -> None:
    placed = boxes(parsed(bpmn_xml(flow, "proces")))
    for x, y, _, _ in placed.values():
        assert min(x, y) >= 0
    for (ax, ay, aw, ah), (bx, by, bw, bh) in itertools.combinations(placed.values(), 2):
        assert ax + aw < bx or bx + bw < ax or ay + ah < by or by + bh < ay


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS.keys())
def test_lines_begin_and_end_on_the_shapes_that_they_connect(flow: Flow | None) -> None:
    root = parsed(bpmn_xml(flow, "proces"))
    placed = boxes(root)
    for edge_id, path in paths(root).items():
        edge = root.find(f".//b:sequenceFlow[@id='{edge_id}']", NS)
        for end, (x, y) in ((edge.get("sourceRef"), path[0]), (edge.get("targetRef"), path[-1])):
            left, top, width, height = placed[end]
            assert left - 2 <= x <= left + width + 2
            assert top - 2 <= y <= top + height + 2


def test_pm4py_reads_the_same_process_back(tmp_path: Path) -> None:
    from pm4py.objects.bpmn.importer import importer
    from pm4py.objects.conversion.bpmn import converter

    from mining.petri_net import petri_net

    file = tmp_path / "proces.bpmn"
    file.write_text(bpmn_xml(FLOWS["every word"], "proces"), encoding="utf-8")
    net, initial, final = converter.apply(importer.apply(str(file)))
    labels = {t.label for t in net.transitions if t.label}
    assert labels == {t.label for t in petri_net(FLOWS["every word"]).net.transitions if t.label}
    assert len(initial) == len(final) == 1


def test_labels_are_escaped_and_characters_that_xml_forbids_are_left_out() -> None:
    root = parsed(bpmn_xml('<script>&"\n\x00\x1b\ud800\u202eü🙂', 'a "proces" & meer'))
    name = root.find(".//b:task", NS).get("name")
    assert name == '<script>&"\nü🙂'


def test_the_same_flow_gives_the_same_file() -> None:
    assert bpmn_xml(FLOWS["every word"], "x") == bpmn_xml(FLOWS["every word"], "x")


def test_a_journey_keeps_step_names_for_reading_back_and_shows_title_and_lane_beside() -> None:
    journey = Journey.model_validate(
        {
            "name": "aanvraag",
            "flow": {"sequence": ["intake", "besluit"]},
            "steps": {
                "intake": {"title": {"nl": "Intake", "en": "Intake"}, "lane": "kcc", "layer": "frontstage"},
                "besluit": {"lane": "team", "layer": "backstage"},
            },
        }
    )
    root = parsed(bpmn_of_journey(journey, journey.flow))
    assert [t.get("name") for t in root.iterfind(".//b:task", NS)] == ["intake", "besluit"]
    assert [d.text for d in root.iterfind(".//b:documentation", NS)] == ["Intake · kcc", "team"]


@pytest.mark.parametrize("name", ["one step", "every word"])
def test_a_written_flow_is_read_back_as_the_same_flow(name: str) -> None:
    assert read_bpmn(bpmn_xml(FLOWS[name], "proces").encode()) == FLOWS[name]


def test_lines_touch_the_border_of_diamonds_and_circles() -> None:
    root = parsed(bpmn_xml(FLOWS["every word"], "proces"))
    placed = boxes(root)
    for edge_id, path in paths(root).items():
        edge = root.find(f".//b:sequenceFlow[@id='{edge_id}']", NS)
        for end, (x, y) in ((edge.get("sourceRef"), path[0]), (edge.get("targetRef"), path[-1])):
            left, top, width, height = placed[end]
            across, down = abs(x - left - width / 2) / (width / 2), abs(y - top - height / 2) / (height / 2)
            if "Gateway" in end:
                assert across + down == pytest.approx(1, abs=0.02)
            elif "Event" in end:
                assert across**2 + down**2 == pytest.approx(1, abs=0.02)
