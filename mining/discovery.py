"""Models discovered from aggregates: directly-follows graph and distinct variants, never the event table.

One of the two doors to pm4py (the other is `mining.overlay`). Out come frozen `ModelQuality`, each saying
by which method it was measured and on which share of the cases.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from mappings.flow import Flow
from mining.bpmn import bpmn_xml
from mining.model_quality import FITNESS_METHOD, PRECISION_METHOD, Measured, Variants, fitness, precision, simplicity
from mining.noise import FollowsGraph, without_noise
from mining.petri_net import Net
from mining.process_tree import flow_of, process_tree, silence_pm4py, sorted_branches
from mining.results.process import ModelQuality
from mining.steady_net import steady
from mining.token_replay import TokenReplay

Alarm = Callable[[], bool]
_METHOD = f"fitness: {FITNESS_METHOD}; precision: {PRECISION_METHOD}"
LEAST_COVERED = 0.8
"""Where the looked-at variants cover less of the cases, the directly-follows graph is mined instead."""
MOST_VARIANTS = 2000
"""Replay looks at at most so many variants, the most frequent first; the covered share stands beside."""


class _Whole(NamedTuple):
    """Variants, and the cases of all variants, also of those that are not among them."""

    variants: Variants
    cases: int


def discover(
    dfg: Mapping[tuple[str, str], int],
    starts: Mapping[str, int],
    ends: Mapping[str, int],
    variants: Variants,
    noise: float,
    *,
    all_cases: int | None = None,
    monotonic: Callable[[], float] | None = None,
    budget_seconds: float = 30.0,
) -> tuple[ModelQuality, ...]:
    """Discover a block-structured model (inductive miner) and a heuristics net.

    `all_cases` is the number of cases of the log where `variants` holds the most frequent ones alone.
    `noise` is the threshold of the inductive miner (IMf; on a graph the rule of `mining.noise`). With a
    clock given, the heuristics net is left out where the budget is spent before it. An empty log gives no
    model.
    """
    if not starts:
        return ()
    silence_pm4py()
    graph = FollowsGraph(dfg, starts, ends)
    whole = _Whole(variants, _cases(variants) if all_cases is None else all_cases)
    inductive = _inductive(graph, whole, noise, _alarm(monotonic, budget_seconds / 2))
    return inductive, _heuristics(graph, whole, _alarm(monotonic, budget_seconds / 2))


def _alarm(monotonic: Callable[[], float] | None, seconds: float) -> Alarm:
    """Return what says that so many seconds are over; without a clock, never."""
    if monotonic is None:
        return lambda: False
    until = monotonic() + seconds
    return lambda: monotonic() >= until


def journey_model(
    flow: Flow,
    variants: Variants,
    unobservable: Collection[str] = (),
    *,
    all_cases: int | None = None,
    monotonic: Callable[[], float] | None = None,
    budget_seconds: float = 10.0,
) -> ModelQuality:
    """Return how precise and how simple the designed journey itself is, over step sequences with their cases.

    Its fitness is left null: that is the one of the alignments of the overlay, which the caller has. Steps that no log
    can show are silent for precision. `all_cases` is as for `discover`.
    """
    from pm4py.objects.conversion.process_tree.variants import to_petri_net

    silence_pm4py()
    return _measured(
        "journey",
        Net(*to_petri_net.apply(_silenced(process_tree(flow), unobservable))),
        _Whole(variants, _cases(variants) if all_cases is None else all_cases),
        _alarm(monotonic, budget_seconds),
        fitness=None,
        fitness_method=f"mean fitness of the alignments of the overlay; precision: {PRECISION_METHOD}",
        process_tree=str(process_tree(flow)),
    )


def _silenced(tree: Any, labels: Collection[str]) -> Any:
    for child in tree.children:
        _silenced(child, labels)
    if tree.label in labels:
        tree.label = None
    return tree


def _inductive(graph: FollowsGraph, whole: _Whole, noise: float, is_time_up: Alarm) -> ModelQuality:
    from pm4py.objects.conversion.process_tree.variants import to_petri_net

    shown = _most_frequent(whole.variants)
    is_covered = _cases(shown) >= LEAST_COVERED * whole.cases
    tree = sorted_branches(_tree_of_variants(shown, noise) if is_covered else _tree_of_graph(graph, noise))
    source = "distinct variants (IMf)" if is_covered else "directly-follows graph (IMd)"
    return _measured(
        "inductive",
        Net(*to_petri_net.apply(tree)),
        whole,
        is_time_up,
        fitness_method=f"mined from the {source}; {_METHOD}",
        noise_threshold=noise,
        process_tree=str(tree),
        bpmn=bpmn_xml(flow_of(tree), "discovered"),
    )


def _tree_of_variants(variants: Variants, noise: float) -> Any:
    """Mine with IMf: it filters noise anew in each part of the log, which a bare graph does not allow."""
    from pm4py.algo.discovery.inductive.dtypes.im_ds import IMDataStructureUVCL
    from pm4py.algo.discovery.inductive.variants.imf import IMFUVCL, IMFParameters
    from pm4py.objects.process_tree.utils.generic import fold

    parameters = {IMFParameters.NOISE_THRESHOLD: noise}
    return fold(IMFUVCL(parameters).apply(IMDataStructureUVCL(Counter(dict(variants))), parameters))


def _tree_of_graph(graph: FollowsGraph, noise: float) -> Any:
    from pm4py.algo.discovery.inductive import algorithm as inductive

    return inductive.apply(_as_dfg(without_noise(graph, noise)), variant=inductive.Variants.IMd)


def _as_dfg(graph: FollowsGraph) -> Any:
    from pm4py.objects.dfg.obj import DFG

    # sorted, since the miner's cuts follow the order of the graph where several fit
    return DFG(*(Counter(dict(sorted(part.items()))) for part in (graph.edges, graph.starts, graph.ends)))


def _heuristics(graph: FollowsGraph, whole: _Whole, is_time_up: Alarm) -> ModelQuality:
    from pm4py.algo.discovery.heuristics.variants import classic
    from pm4py.objects.conversion.heuristics_net import converter

    occurrences = Counter(dict(graph.starts))
    for (_, follower), count in graph.edges.items():
        occurrences[follower] += count
    heuristics_net = classic.apply_heu_dfg(
        dict(sorted(graph.edges.items())),
        activities=sorted(occurrences),
        activities_occurrences=occurrences,
        start_activities=dict(graph.starts),
        end_activities=dict(graph.ends),
    )
    return _measured("heuristics", Net(*converter.apply(heuristics_net)), whole, is_time_up)


def _measured(kind: Any, net: Net, whole: _Whole, is_time_up: Alarm, **more: Any) -> ModelQuality:
    looked_at = _most_frequent(whole.variants)
    replay = TokenReplay(steady(net))
    found = Measured(more["fitness"], _cases(looked_at)) if "fitness" in more else None
    found = found or fitness(replay, looked_at, is_time_up)
    facts: dict[str, Any] = {
        "fitness": _rounded(found.value),
        "fitness_method": _METHOD,
        "precision": _rounded(precision(replay, looked_at, is_time_up)),
        "simplicity": _rounded(simplicity(net)),
        "covered_cases": found.cases,
        "covered_share": found.cases / whole.cases if whole.cases else 0.0,
    }
    return ModelQuality(kind=kind, **(facts | more))


def _most_frequent(variants: Variants) -> Variants:
    return sorted(variants, key=lambda variant: (-variant[1], variant[0]))[:MOST_VARIANTS]


def _cases(variants: Variants) -> int:
    return sum(cases for _, cases in variants)


def _rounded(measure: float | None) -> float | None:
    """Keep three decimals."""
    return None if measure is None else round(measure, 3)
