"""Token replay of sequences of labels on a Petri net, each step from a marking done once.

In: a net, and labels one after another. Out: markings by number, and counted tokens (Rozinat & van der Aalst 2008).
What a label does to a marking hangs on the marking alone: it is done as pm4py does it and remembered, so that variants
and prefixes which come by the same marking pay for it once.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any, NamedTuple

from mining.petri_net import Net


class Tokens(NamedTuple):
    """Tokens that were missing, consumed, left behind and produced."""

    missing: int = 0
    consumed: int = 0
    remaining: int = 0
    produced: int = 0

    def and_(self, more: Tokens, times: int = 1) -> Tokens:
        """Return these and so many times those."""
        return Tokens(*(mine + times * its for mine, its in zip(self, more, strict=True)))


class Step(NamedTuple):
    """What a label does: the marking that it leads to, by number, and its tokens."""

    marking: int
    tokens: Tokens


class TokenReplay:
    """A net, with the markings that were met and what each label does to them."""

    start = 0
    """The initial marking."""

    def __init__(self, net: Net) -> None:
        from pm4py.algo.conformance.tokenreplay.variants import token_replay
        from pm4py.objects.petri_net.utils.petri_utils import get_places_shortest_path_by_hidden

        self.net = net
        self._of_pm4py = token_replay
        depth = token_replay.TechnicalParameters.MAX_REC_DEPTH.value
        self._silent_paths = get_places_shortest_path_by_hidden(net.net, depth)
        self._of_label = {t.label: t for t in sorted(net.net.transitions, key=lambda t: t.name)}
        self._markings: list[Any] = []
        self._numbers: dict[Any, int] = {}
        self._steps: dict[tuple[int, str], Step] = {}
        self._ends: dict[int, Tokens] = {}
        self._visible: dict[int, frozenset[str]] = {}
        self._number(net.initial)

    def tokens(self, labels: Sequence[str]) -> Tokens:
        """Return the tokens of a whole sequence, from the initial to the final marking."""
        marking, found = self.start, Tokens()
        for label in labels:
            marking, of_step = self.step(marking, label)
            found = found.and_(of_step)
        return found.and_(self.end(marking))

    def step(self, marking: int, label: str) -> Step:
        """Do one label, through silent transitions where need be; a label that the net has not changes nothing."""
        found = self._steps.get((marking, label))
        if found is None:
            found = self._steps[marking, label] = self._stepped(marking, label)
        return found

    def end(self, marking: int) -> Tokens:
        """Return the tokens of going on to the final marking; those of the initial one are counted as produced."""
        found = self._ends.get(marking)
        if found is None:
            found = self._ends[marking] = self._ended(marking)
        return found

    def visible(self, marking: int) -> frozenset[str]:
        """Return the labels that can be done from here, through silent transitions too."""
        from pm4py.objects.petri_net.utils.align_utils import (
            get_visible_transitions_eventually_enabled_by_marking as eventually_enabled,
        )

        found = self._visible.get(marking)
        if found is None:
            enabled = eventually_enabled(self.net.net, self._markings[marking])
            found = self._visible[marking] = frozenset(t.label for t in enabled)
        return found

    def _stepped(self, number: int, label: str) -> Step:
        from pm4py.objects.petri_net import semantics

        if label not in self._of_label:
            return Step(number, Tokens())
        replay, net, marking = self._of_pm4py, self.net.net, copy(self._markings[number])
        enabled = (t for t in semantics.enabled_transitions(net, marking) if t.label == label)
        transition = next(enabled, self._of_label[label])
        fired, missing = [], 0
        if not semantics.is_enabled(transition, net, marking):
            _, marking, fired, _ = replay.apply_hidden_trans(
                transition, net, marking, self._silent_paths, [], 0, set(), [], exhaustive_invisible_exploration=False
            )
        if not semantics.is_enabled(transition, net, marking):
            missing, _ = replay.add_missing_tokens(transition, marking)
        fired.append(transition)
        consumed = sum(replay.get_consumed_tokens(t)[0] for t in fired)
        produced = sum(replay.get_produced_tokens(t)[0] for t in fired)
        after = self._number(semantics.execute(transition, net, marking))
        return Step(after, Tokens(missing, consumed, 0, produced))

    def _ended(self, number: int) -> Tokens:
        """Let pm4py go to the end: without events it begins by what the marking holds."""
        marking, without = self._markings[number], (False, dict[Any, Any](), dict[Any, Any](), dict[Any, Any]())
        found = self._of_pm4py.apply_trace(
            (), self.net.net, marking, self.net.final, self._of_label, *without, self._silent_paths, True
        )
        missing, consumed, remaining, produced = found[6:]
        begun = sum(self.net.initial.values()) - sum(marking.values())
        return Tokens(missing, consumed, remaining, produced + begun)

    def _number(self, marking: Any) -> int:
        """Number a marking. Its order is part of it: pm4py follows it where silent paths are as short."""
        key = tuple(marking.items())
        if key not in self._numbers:
            self._numbers[key] = len(self._markings)
            self._markings.append(marking)
        return self._numbers[key]
