"""How well a Petri net stands for a log: fitness, precision, simplicity, from distinct variants with their
cases.

Computed as pm4py does on the whole log, but each distinct variant (and each distinct prefix) is replayed
once and weighs as many cases as it has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from mining.petri_net import Net

Variants = Sequence[tuple[tuple[str, ...], int]]
_BATCH = 20
FITNESS_METHOD = "token replay of each distinct variant, weighted by its cases (Rozinat & van der Aalst 2008)"
PRECISION_METHOD = "ETConformance on token replay of each distinct prefix, weighted by its cases"


class Measured(NamedTuple):
    """A measure and the cases that it rests on."""

    value: float | None
    cases: int


def fitness(net: Net, variants: Variants, is_time_up: Callable[[], bool] = lambda: False) -> Measured:
    """Return the token-based log fitness: half of what was not missing plus half of what did not remain.

    Variants are replayed in their order; where the time is up the rest is left out of value and cases.
    """
    missing = consumed = remaining = produced = covered = 0
    replayed = _replay(net, [labels for labels, _ in variants], is_time_up)
    for result, (_, cases) in zip(replayed, variants, strict=False):
        missing += cases * result["missing_tokens"]
        consumed += cases * result["consumed_tokens"]
        remaining += cases * result["remaining_tokens"]
        produced += cases * result["produced_tokens"]
        covered += cases
    if not consumed or not produced:
        return Measured(None, covered)
    return Measured(0.5 * (1 - missing / consumed) + 0.5 * (1 - remaining / produced), covered)


def precision(net: Net, variants: Variants, is_time_up: Callable[[], bool] = lambda: False) -> float | None:
    """Return 1 - what the model would also have allowed after each prefix (Muñoz-Gama & Carmona 2010).

    The most frequent prefixes go first; where the time is up the rest is left out.
    """
    from pm4py.objects.petri_net.utils.align_utils import (
        get_visible_transitions_eventually_enabled_by_marking as eventually_enabled,
    )

    followers, weights = _prefixes(variants)
    first = {t.label for t in eventually_enabled(net.net, net.initial)}
    cases = sum(n for _, n in variants)
    allowed = cases * len(first)
    escaping = cases * len(first - {labels[0] for labels, _ in variants if labels})
    prefixes = sorted(followers, key=lambda prefix: (-weights[prefix], prefix))
    for result, prefix in zip(_replay(net, prefixes, is_time_up, is_prefix=True), prefixes, strict=False):
        if result["trace_is_fit"]:
            enabled = {t.label for t in result["enabled_transitions_in_marking"] if t.label is not None}
            allowed += len(enabled) * weights[prefix]
            escaping += len(enabled - followers[prefix]) * weights[prefix]
    return 1 - escaping / allowed if allowed else None


def simplicity(net: Net) -> float:
    """Return the arc-degree simplicity: 1 ÷ (1 + mean degree of places and transitions above 2)."""
    from pm4py.algo.evaluation.simplicity.variants import arc_degree

    return float(arc_degree.apply(net.net))


def _prefixes(
    variants: Variants,
) -> tuple[dict[tuple[str, ...], set[str]], Counter[tuple[str, ...]]]:
    followers: dict[tuple[str, ...], set[str]] = {}
    weights: Counter[tuple[str, ...]] = Counter()
    for labels, cases in variants:
        for i in range(1, len(labels)):
            followers.setdefault(labels[:i], set()).add(labels[i])
            weights[labels[:i]] += cases
    return followers, weights


def _replay(
    net: Net, traces: Sequence[tuple[str, ...]], is_time_up: Callable[[], bool], *, is_prefix: bool = False
) -> Iterator[dict[str, Any]]:
    """Replay in small batches, since pm4py's replay of a net with many silent steps knows no limit of its own."""
    from pm4py.algo.conformance.tokenreplay.variants import token_replay
    from pm4py.objects.log.obj import Event, EventLog, Trace

    names = token_replay.Parameters
    parameters: dict[Any, Any] = {names.SHOW_PROGRESS_BAR: False}
    if is_prefix:
        parameters |= {
            names.CONSIDER_REMAINING_IN_FITNESS: False,
            names.TRY_TO_REACH_FINAL_MARKING_THROUGH_HIDDEN: False,
            names.STOP_IMMEDIATELY_UNFIT: True,
            names.WALK_THROUGH_HIDDEN_TRANS: True,
        }
    for start in range(0, len(traces), _BATCH):
        if is_time_up():
            return
        batch = traces[start : start + _BATCH]
        log = EventLog([Trace([Event({"concept:name": label}) for label in labels]) for labels in batch])
        yield from token_replay.apply(log, net.net, net.initial, net.final, parameters)
