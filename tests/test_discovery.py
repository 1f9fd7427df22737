"""Discovery from aggregates: what is found, how it is measured, and that it is the same each time."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from mappings.flow import Sequence
from mining.discovery import discover, journey_model
from mining.model_quality import Variants, fitness, precision, simplicity
from mining.noise import FollowsGraph, without_noise
from mining.petri_net import Net
from mining.process_tree import flow_of, process_tree
from mining.token_replay import TokenReplay


def variants_of(*lines: str) -> Variants:
    """Read variants such as '3x A B C'."""
    counted = (line.partition("x ") for line in lines)
    return [(tuple(labels.split()), int(cases)) for cases, _, labels in counted]


def graph_of(variants: Variants) -> FollowsGraph:
    edges, starts, ends = Counter(), Counter(), Counter()
    for labels, cases in variants:
        starts[labels[0]] += cases
        ends[labels[-1]] += cases
        for edge in pairwise(labels):
            edges[edge] += cases
    return FollowsGraph(dict(edges), dict(starts), dict(ends))


def discovered(variants: Variants, noise: float = 0.2, **more: object):
    graph = graph_of(variants)
    return discover(graph.edges, graph.starts, graph.ends, variants, noise, **more)


def test_two_steps_in_any_order_are_found_to_be_parallel() -> None:
    inductive, heuristics = discovered(variants_of("5x A B C D", "5x A C B D"))
    assert inductive.process_tree == "->( 'A', +( 'B', 'C' ), 'D' )"
    assert (inductive.kind, inductive.fitness, inductive.noise_threshold) == ("inductive", 1.0, 0.2)
    assert (heuristics.kind, heuristics.fitness, heuristics.bpmn) == ("heuristics", 1.0, None)


def test_what_is_rare_is_noise_and_lowers_fitness() -> None:
    disorderly = variants_of("98x A B C D", "1x D C B A", "1x C A D B")
    inductive = discovered(disorderly)[0]
    assert 0.9 < inductive.fitness < 1.0
    assert discovered(disorderly, noise=0.0)[0].fitness == 1.0


def test_where_the_variants_looked_at_cover_little_the_graph_is_mined(monkeypatch) -> None:
    monkeypatch.setattr("mining.discovery.MOST_VARIANTS", 1)
    inductive = discovered(variants_of("5x A B C", "4x A C"))[0]
    assert "directly-follows graph" in inductive.fitness_method
    assert (inductive.covered_cases, round(inductive.covered_share, 3)) == (5, 0.556)
    assert inductive.process_tree == "->( 'A', X( 'B', tau ), 'C' )"


def test_an_empty_log_gives_no_model() -> None:
    assert discover({}, {}, {}, [], 0.2) == ()


def test_a_log_of_single_events_gives_a_model() -> None:
    assert discovered(variants_of("3x A"))[0].process_tree == "A"


def test_when_the_time_is_up_the_covered_share_says_so() -> None:
    ticks = iter(range(0, 1000, 10))
    models = discovered(variants_of("3x A B"), monotonic=lambda: next(ticks), budget_seconds=5.0)
    assert [(m.fitness, m.covered_cases, m.covered_share) for m in models] == [(None, 0, 0.0)] * 2


def test_each_activity_keeps_its_strongest_way_in_and_out() -> None:
    graph = graph_of(variants_of("90x A B C", "2x A X C", "1x B A X C"))
    assert without_noise(graph, 0.0) == graph
    strict = without_noise(graph, 1.0)
    assert set(strict.edges) == {("A", "B"), ("B", "C"), ("A", "X"), ("X", "C")}
    assert (set(strict.starts), set(strict.ends)) == ({"A"}, {"C"})


def test_activities_on_no_way_from_start_to_end_are_left_out() -> None:
    graph = FollowsGraph({("A", "B"): 9, ("X", "Y"): 5, ("Y", "X"): 5}, {"A": 9}, {"B": 9})
    assert set(without_noise(graph, 0.5).edges) == {("A", "B")}


def test_the_designed_journey_is_measured_beside_the_models_its_fitness_left_to_the_overlay() -> None:
    model = journey_model(Sequence(sequence=("A", "B")), variants_of("3x A B", "1x A"), all_cases=8)
    assert (model.kind, model.fitness, model.precision, model.bpmn) == ("journey", None, 1.0, None)
    assert (model.covered_cases, model.covered_share) == (4, 0.5)


def test_a_step_that_no_log_can_show_does_not_spoil_the_precision_of_the_journey() -> None:
    flow = Sequence(sequence=("apply", "A", "B"))
    model = journey_model(flow, variants_of("3x A B"), {"apply"})
    assert model.precision == 1.0
    assert "'apply'" in model.process_tree
    assert journey_model(flow, variants_of("3x A B")).precision == 0.0


def test_a_loop_with_a_silent_body_becomes_an_optional_repetition() -> None:
    from pm4py.objects.process_tree.utils.generic import parse

    flow = flow_of(parse("->( 'A', *( tau, 'B' ), X( tau, 'C', 'D' ) )"))
    assert str(process_tree(flow)) == "->( 'A', X( *( 'B', tau ), tau ), X( X( 'C', 'D' ), tau ) )"
    assert flow_of(parse("X( tau, tau )")) is None


RECEIPT = Path("coselog-receipt") / "receipt.csv"


@pytest.fixture
def receipt_traces(realdata: Path) -> list[tuple[str, ...]]:
    by_case: dict[str, list[tuple[str, str]]] = {}
    with (realdata / RECEIPT).open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            event = (row["time:timestamp"], row["concept:name"])
            by_case.setdefault(row["case:concept:name"], []).append(event)
    return [tuple(name for _, name in sorted(events, key=lambda e: e[0])) for events in by_case.values()]


@pytest.mark.realdata
def test_fitness_and_precision_are_those_of_pm4py_on_the_whole_log(receipt_traces) -> None:
    from pm4py.algo.evaluation.precision.variants import etconformance_token
    from pm4py.algo.evaluation.replay_fitness.variants import token_replay
    from pm4py.algo.evaluation.simplicity.variants import arc_degree
    from pm4py.objects.conversion.process_tree.variants import to_petri_net
    from pm4py.objects.log.obj import Event, EventLog, Trace
    from pm4py.objects.process_tree.utils.generic import parse

    log = EventLog()
    for i, labels in enumerate(receipt_traces):
        trace = Trace([Event({"concept:name": label}) for label in labels], attributes={"concept:name": str(i)})
        log.append(trace)
    counted = list(Counter(receipt_traces).items())
    model = discovered(counted)[0]
    net = Net(*to_petri_net.apply(parse(model.process_tree)))
    quiet = {"show_progress_bar": False}
    expected = token_replay.apply(log, net.net, net.initial, net.final, parameters=quiet)["log_fitness"]
    assert fitness(TokenReplay(net), counted).value == pytest.approx(expected, abs=1e-3)
    expected = etconformance_token.apply(log, net.net, net.initial, net.final, parameters=quiet)
    assert precision(TokenReplay(net), counted) == pytest.approx(expected, abs=1e-3)
    assert simplicity(net) == arc_degree.apply(net.net)


@pytest.mark.realdata
def test_the_receipt_log_gives_a_readable_model(receipt_traces) -> None:
    inductive, heuristics = discovered(list(Counter(receipt_traces).items()), noise=0.1)
    assert inductive.fitness > 0.9
    assert inductive.precision > 0.3
    assert heuristics.precision > 0.5
    assert inductive.covered_cases == 1434


def test_the_model_does_not_hang_on_the_order_of_sets() -> None:
    code = (
        "from mining.discovery import discover\n"
        "e = {('A','B'):5,('B','C'):5,('A','C'):5,('C','B'):5,('B','D'):5,('C','D'):5,('A','E'):4,('E','D'):4}\n"
        "v = [(tuple('ABCD'),5),(tuple('ACBD'),5),(tuple('AED'),4)]\n"
        "print([m.model_dump_json() for m in discover(e,{'A':14},{'D':14},v,0.0)])"
    )
    root = Path(__file__).parents[1]
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
