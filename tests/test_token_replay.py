"""Token replay that remembers its steps counts what pm4py's counts, which does every sequence from its beginning."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.model_quality import precision
from mining.petri_net import Net
from mining.process_tree import silence_pm4py
from mining.steady_net import steady
from mining.token_replay import TokenReplay

logs = st.lists(st.text("abcde", min_size=1, max_size=8), min_size=1, max_size=6, unique=True)
others = st.lists(st.text("abcdex", max_size=8), min_size=1, max_size=12, unique=True)


def heuristics_net(words: list[str]) -> Net:
    from pm4py.algo.discovery.heuristics.variants import classic
    from pm4py.objects.conversion.heuristics_net import converter

    edges = Counter(pair for word in words for pair in pairwise(word))
    occurrences = Counter("".join(words))
    found = classic.apply_heu_dfg(
        dict(edges),
        activities=sorted(occurrences),
        activities_occurrences=occurrences,
        start_activities=Counter(word[0] for word in words),
        end_activities=Counter(word[-1] for word in words),
    )
    return steady(Net(*converter.apply(found)))


def inductive_net(words: list[str]) -> Net:
    from pm4py.algo.discovery.inductive.dtypes.im_ds import IMDataStructureUVCL
    from pm4py.algo.discovery.inductive.variants.imf import IMFUVCL, IMFParameters
    from pm4py.objects.conversion.process_tree.variants import to_petri_net

    parameters = {IMFParameters.NOISE_THRESHOLD: 0.2}
    log = IMDataStructureUVCL(Counter({tuple(word): 1 for word in words}))
    return Net(*to_petri_net.apply(IMFUVCL(parameters).apply(log, parameters)))


def replayed_by_pm4py(net: Net, words: list[str], **more: bool) -> list[dict[str, Any]]:
    from pm4py.algo.conformance.tokenreplay.variants import token_replay
    from pm4py.objects.log.obj import Event, EventLog, Trace

    names = token_replay.Parameters
    parameters = {names.SHOW_PROGRESS_BAR: False} | {names[name]: value for name, value in more.items()}
    log = EventLog([Trace([Event({"concept:name": label}) for label in word]) for word in words])
    return token_replay.apply(log, net.net, net.initial, net.final, parameters)


@pytest.mark.parametrize("net_of", [heuristics_net, inductive_net])
def test_each_sequence_has_the_tokens_that_pm4py_counts(net_of: Any) -> None:
    silence_pm4py()

    @settings(deadline=None, max_examples=60)
    @given(logs, others)
    def agree(words: list[str], replayed: list[str]) -> None:
        net = net_of(words)
        replay = TokenReplay(net)
        for word, theirs in zip(replayed, replayed_by_pm4py(net, replayed), strict=True):
            assert replay.tokens(word)._asdict() == {
                name: theirs[f"{name}_tokens"] for name in ("missing", "consumed", "remaining", "produced")
            }

    agree()


@pytest.mark.parametrize("net_of", [heuristics_net, inductive_net])
def test_precision_weighs_what_pm4py_finds_allowed_after_each_prefix(net_of: Any) -> None:
    silence_pm4py()

    @settings(deadline=None, max_examples=40)
    @given(logs, st.data())
    def agree(words: list[str], data: st.DataObject) -> None:
        net = net_of(words)
        variants = [(tuple(word), data.draw(st.integers(1, 3))) for word in words]
        assert precision(TokenReplay(net), variants) == slowly_measured(net, variants)

    agree()


def slowly_measured(net: Net, variants: list[tuple[tuple[str, ...], int]]) -> float | None:
    """ETConformance as it is written down: each prefix with its cases, all that it allows, and what follows it."""
    allowed = escaping = 0
    prefixes = sorted({labels[:i] for labels, _ in variants for i in range(len(labels))})
    found = replayed_by_pm4py(
        net,
        ["".join(prefix) for prefix in prefixes],
        CONSIDER_REMAINING_IN_FITNESS=False,
        TRY_TO_REACH_FINAL_MARKING_THROUGH_HIDDEN=False,
        STOP_IMMEDIATELY_UNFIT=True,
        WALK_THROUGH_HIDDEN_TRANS=True,
    )
    for prefix, theirs in zip(prefixes, found, strict=True):
        on = [(labels, cases) for labels, cases in variants if labels[: len(prefix)] == prefix and labels != prefix]
        weight, next_ = sum(cases for _, cases in on), {labels[len(prefix)] for labels, _ in on}
        if theirs["trace_is_fit"]:
            enabled = {t.label for t in theirs["enabled_transitions_in_marking"]}
            allowed += len(enabled) * weight
            escaping += len(enabled - next_) * weight
    return 1 - escaping / allowed if allowed else None
