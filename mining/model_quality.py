"""How well a Petri net stands for a log: fitness, precision, simplicity, from distinct variants with their
cases.

Computed as pm4py does on the whole log, but each distinct variant (and each distinct prefix) is replayed
once and weighs as many cases as it has; what a step does to a marking is done once (`mining.token_replay`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from mining.petri_net import Net
from mining.token_replay import TokenReplay, Tokens

Variants = Sequence[tuple[tuple[str, ...], int]]
FITNESS_METHOD = "token replay of each distinct variant, weighted by its cases (Rozinat & van der Aalst 2008)"
PRECISION_METHOD = "ETConformance on token replay of each distinct prefix, weighted by its cases"


class Measured(NamedTuple):
    """A measure and the cases that it rests on."""

    value: float | None
    cases: int


def fitness(replay: TokenReplay, variants: Variants, is_time_up: Callable[[], bool] = lambda: False) -> Measured:
    """Return the token-based log fitness: half of what was not missing plus half of what did not remain.

    Variants are replayed in their order; where the time is up the rest is left out of value and cases.
    """
    total, covered = Tokens(), 0
    for labels, cases in variants:
        if is_time_up():
            break
        total = total.and_(replay.tokens(labels), cases)
        covered += cases
    if not total.consumed or not total.produced:
        return Measured(None, covered)
    fits = 0.5 * (1 - total.missing / total.consumed) + 0.5 * (1 - total.remaining / total.produced)
    return Measured(fits, covered)


def precision(replay: TokenReplay, variants: Variants, is_time_up: Callable[[], bool] = lambda: False) -> float | None:
    """Return 1 - what the model would also have allowed after each prefix (Muñoz-Gama & Carmona 2010).

    The most frequent prefixes go first; where the time is up the rest is left out.
    """
    followers, weights = _prefixes(variants)
    reached: dict[tuple[str, ...], int | None] = {(): replay.start}
    allowed = escaping = 0
    # a prefix has no more cases than the one before its last label, so that one comes first
    for prefix in sorted(followers, key=lambda prefix: (-weights[prefix], prefix)):
        if prefix and is_time_up():
            break
        marking = reached[prefix] = _reached(replay, reached[prefix[:-1]], prefix)
        if marking is not None:
            enabled = replay.visible(marking)
            allowed += len(enabled) * weights[prefix]
            escaping += len(enabled - followers[prefix]) * weights[prefix]
    return 1 - escaping / allowed if allowed else None


def _reached(replay: TokenReplay, before: int | None, prefix: tuple[str, ...]) -> int | None:
    """Return the marking after a prefix; null where it does not fit."""
    if before is None or not prefix:
        return before
    marking, tokens = replay.step(before, prefix[-1])
    return None if tokens.missing else marking


def simplicity(net: Net) -> float:
    """Return the arc-degree simplicity: 1 ÷ (1 + mean degree of places and transitions above 2)."""
    from pm4py.algo.evaluation.simplicity.variants import arc_degree

    return float(arc_degree.apply(net.net))


def _prefixes(
    variants: Variants,
) -> tuple[dict[tuple[str, ...], set[str]], Counter[tuple[str, ...]]]:
    """Return of each prefix, the empty one included, what follows it and its cases; whole variants are none."""
    followers: dict[tuple[str, ...], set[str]] = {(): set()}
    weights: Counter[tuple[str, ...]] = Counter({(): sum(cases for _, cases in variants)})
    for labels, cases in variants:
        for i, label in enumerate(labels):
            followers.setdefault(labels[:i], set()).add(label)
            weights[labels[:i]] += cases if i else 0
    return followers, weights
