"""A BPMN file of the subset is read as a flow; anything else is refused, with the element and a remedy."""

from functools import reduce
from itertools import chain, product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.bpmn import journey_flow, read_bpmn
from mappings.errors import JourneyError
from mappings.flow import Choice, Flow, Optional_, Parallel, Repeat, Sequence, parallel_pairs, steps_of
from mining.bpmn import bpmn_xml

NAMESPACE = "http://www.omg.org/spec/BPMN/20100524/MODEL"


def bpmn(edges: str) -> bytes:
    """Draw 's>a a>x1 …': s start, e… end, x… exclusive, p… parallel, other letters tasks."""
    pairs = [edge.split(">") for edge in edges.split()]
    tags = {
        "s": "startEvent",
        "e": "endEvent",
        "x": "exclusiveGateway",
        "p": "parallelGateway",
        "i": "inclusiveGateway",
    }
    keys = list(dict.fromkeys(key for pair in pairs for key in pair))
    nodes = "".join(
        f'<{tags[k[0]]} id="{k}"/>' if k[0] in tags else f'<userTask id="{k}" name="{k.upper()}"/>' for k in keys
    )
    flows = "".join(f'<sequenceFlow id="f{i}" sourceRef="{a}" targetRef="{b}"/>' for i, (a, b) in enumerate(pairs))
    return f'<definitions xmlns="{NAMESPACE}"><process>{nodes}{flows}</process></definitions>'.encode()


def test_tasks_one_after_another_are_a_sequence():
    assert read_bpmn(bpmn("s>a a>b b>e")) == Sequence(sequence=("A", "B"))


def test_one_task_is_a_flow():
    assert read_bpmn(bpmn("s>a a>e")) == "A"


def test_exclusive_gateways_are_a_choice():
    assert read_bpmn(bpmn("s>x1 x1>a x1>b a>x2 b>x2 x2>e")) == Choice(choice=("A", "B"))


def test_a_way_past_a_task_makes_it_optional():
    assert read_bpmn(bpmn("s>x1 x1>a x1>x2 a>x2 x2>e")) == Optional_(optional="A")


def test_parallel_gateways_are_parallel():
    flow = read_bpmn(bpmn("s>p1 p1>a p1>b b>c a>p2 c>p2 p2>d d>e"))
    assert flow == Sequence(sequence=(Parallel(parallel=("A", Sequence(sequence=("B", "C")))), "D"))
    assert ("A", "C") in parallel_pairs(flow)


def test_a_way_back_is_a_repeat_with_its_redo():
    assert read_bpmn(bpmn("s>x1 x1>a a>x2 x2>b b>x1 x2>e")) == Repeat(repeat="A", redo="B")


def test_a_way_back_without_a_task_is_a_repeat():
    assert read_bpmn(bpmn("s>x1 x1>a a>x2 x2>x1 x2>e")) == Repeat(repeat="A")


def test_one_gateway_may_join_a_loop_and_leave_it():
    assert read_bpmn(bpmn("s>a a>x1 x1>b b>x1 x1>e")) == Sequence(
        sequence=("A", Optional_(optional=Repeat(repeat="B")))
    )


def test_several_ends_are_a_choice_of_where_it_ends():
    assert read_bpmn(bpmn("s>x1 x1>a x1>b a>e1 b>e2")) == Choice(choice=("A", "B"))


def test_split_gateways_behind_each_other_are_one_choice():
    flow = read_bpmn(bpmn("s>x1 x1>a x1>x2 x2>b x2>c a>x3 b>x3 c>x3 x3>e"))
    assert isinstance(flow, Choice)
    assert sorted(steps_of(flow)) == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("edges", "says"),
    [
        (
            "s>i1 i1>a i1>b a>i2 b>i2 i2>e",
            "inclusiveGateway i1 is not of the subset; use",
        ),
        ("s>a a>e a>b b>e2", "the task 'A' has 2 outgoing flows, not 1; put a gateway"),
        ("s>p1 p1>a p1>b a>x1 b>x1 x1>e", "branches of the parallel gateway p1 do not come together"),
        ("s>p1 p1>a p1>b a>e1 b>e2", "branches of the parallel gateway p1 do not come together"),
        ("s1>a a>x1 s2>b b>x1 x1>e", "has 2 start events; keep one"),
        ("s>a a>e b>e2", "the task 'B' has 0 incoming flows"),
        ("s>e", "has no task between start and end"),
        ("s>a a>x1 x1>b b>x1", "has no end event"),
    ],
)
def test_what_is_not_of_the_subset_is_refused_with_its_element(edges: str, says: str):
    with pytest.raises(JourneyError) as error:
        read_bpmn(bpmn(edges), "x.bpmn")
    assert says in str(error.value)
    assert str(error.value).startswith("x.bpmn")


def test_two_tasks_of_one_name_are_refused():
    content = bpmn("s>a a>b b>e").replace(b'name="B"', b'name="A"')
    with pytest.raises(JourneyError, match="two tasks are named 'A'"):
        read_bpmn(content)


def test_an_event_with_a_trigger_is_refused():
    content = bpmn("s>a a>e").replace(
        b'<startEvent id="s"/>', b'<startEvent id="s"><timerEventDefinition/></startEvent>'
    )
    with pytest.raises(JourneyError, match="the event s has a trigger"):
        read_bpmn(content)


def test_a_document_type_is_refused(tmp_path: Path):
    (tmp_path / "secret").write_text("secret")
    content = b'<!DOCTYPE d [<!ENTITY x SYSTEM "secret">]>' + bpmn("s>a a>e").replace(b'name="A"', b'name="A &amp; B"')
    with pytest.raises(JourneyError, match="document type"):
        read_bpmn(content)


def test_what_is_no_xml_is_refused_with_its_line():
    with pytest.raises(JourneyError, match=r"x\.bpmn:1: is not XML"):
        read_bpmn(b"<definitions>", "x.bpmn")


def test_a_file_outside_the_folder_is_not_read(tmp_path: Path):
    (tmp_path / "journeys").mkdir()
    (tmp_path / "x.bpmn").write_bytes(bpmn("s>a a>e"))
    with pytest.raises(JourneyError, match="outside the folder"):
        journey_flow(tmp_path / "journeys", "../x.bpmn")


@pytest.mark.realdata
def test_a_discovered_model_of_a_real_log_is_read(realdata: Path):
    flow = read_bpmn((realdata / "coselog-receipt" / "receipt-discovered.bpmn").read_bytes())
    assert len(steps_of(flow)) == len(set(steps_of(flow))) == 27
    assert steps_of(flow)[0] == "Confirmation of receipt"


def flows(names: list[str]) -> st.SearchStrategy[Flow]:
    """Return trees over all of the names, each once, without nodes that say the same twice."""
    if len(names) == 1:
        leaf: st.SearchStrategy[Flow] = st.just(names[0])
        return st.one_of(leaf, leaf.map(lambda f: Optional_(optional=f)), leaf.map(lambda f: Repeat(repeat=f)))
    return st.integers(1, len(names) - 1).flatmap(
        lambda cut: st.tuples(flows(names[:cut]), flows(names[cut:])).flatmap(
            lambda pair: st.sampled_from(
                [
                    Sequence(sequence=pair),
                    Parallel(parallel=pair),
                    Choice(choice=pair),
                    Repeat(repeat=pair[0], redo=pair[1]),
                    Optional_(optional=Sequence(sequence=pair)),
                ]
            )
        )
    )


def words(flow: Flow | None, rounds: int = 1) -> frozenset[tuple[str, ...]]:
    """Return the step sequences that a flow allows, each loop taken at most `rounds` times more."""
    match flow:
        case None:
            return frozenset({()})
        case str():
            return frozenset({(flow,)})
        case Sequence(sequence=parts):
            return joined([words(part, rounds) for part in parts])
        case Choice(choice=parts):
            return frozenset().union(*(words(part, rounds) for part in parts))
        case Parallel(parallel=parts):
            return reduce(shuffled, (words(part, rounds) for part in parts))
        case Optional_(optional=part):
            return words(part, rounds) | {()}
        case Repeat(repeat=part, redo=redo):
            body, back = words(part, rounds), words(redo, rounds)
            return body.union(*(joined([body, *[back, body] * n]) for n in range(1, rounds + 1)))
    raise AssertionError(flow)


def joined(parts: list[frozenset[tuple[str, ...]]]) -> frozenset[tuple[str, ...]]:
    """Return each word of the first part, followed by each of the second, and so on."""
    return frozenset(tuple(chain.from_iterable(choice)) for choice in product(*parts))


def shuffled(left: frozenset[tuple[str, ...]], right: frozenset[tuple[str, ...]]) -> frozenset[tuple[str, ...]]:
    """Return all interleavings of each word of the one with each of the other."""

    def mixed(a: tuple[str, ...], b: tuple[str, ...]) -> set[tuple[str, ...]]:
        if not a or not b:
            return {a + b}
        return {(a[0], *rest) for rest in mixed(a[1:], b)} | {(b[0], *rest) for rest in mixed(a, b[1:])}

    return frozenset(word for a in left for b in right for word in mixed(a, b))


@given(flows(["A", "B", "C", "D"]))
@settings(max_examples=50)
def test_a_flow_that_was_written_as_bpmn_is_read_back_as_the_same_process(flow: Flow):
    assert words(read_bpmn(bpmn_xml(flow, "round trip").encode())) == words(flow)
