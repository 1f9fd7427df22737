"""The overlay a second time: visits, the cost of the nearest way through the journey, and work done elsewhere.

Plain Python over the oracle's cases, from DESIGN §5 and the measures. The cost is found node by node of the flow, which
knows no order of search: a part of a sequence is laid over a part of the journey in every way there is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from mappings.flow import Choice, Parallel, Repeat, Sequence, branches_of, steps_of, ways_through
from mappings.journey import Journey
from mappings.project import Project
from tests.oracle import Case
from tests.oracle_entries import Entry
from tests.oracle_path import beside

Steps = tuple[str, ...]


@dataclass(frozen=True)
class Laid:
    """A case as it is laid over the journey: its visits, and whether what was still due may be left out."""

    visits: Steps
    may_stop: bool


def laid(case: Case, journey: Journey) -> Laid:
    entries = list(_of_the_journey(case.entries, journey))
    visits: list[str] = []
    for step in (str(e.step) for e in entries if not e.is_closing):
        before = next((s for s in reversed(visits) if not beside(journey.flow, s, step)), None)
        if before != step:
            visits.append(step)
    last = next((e for e in reversed(case.entries) if e.ends_episode), None)
    is_over = last is not None and case.entries[-1].phase != "closed" and case.entries[-1].episode == last.episode
    is_delivered = is_over and last is not None and last.activity in journey.delivers
    is_left = is_over and last is not None and _leaves(last, journey)
    may_go_on = is_delivered and case.fields["closed_at"] is None
    return Laid(tuple(visits), not is_over or is_left or may_go_on or _interrupts(visits, journey))


def _of_the_journey(entries: list[Entry], journey: Journey) -> Iterator[Entry]:
    """All but what follows an ending without delivery, up to the event that reopens the case."""
    has_left = False
    for n, e in enumerate(entries):
        is_reopening = e.phase == "closed" and (n + 1 == len(entries) or entries[n + 1].phase == "lead")
        if e.phase == "lead" or is_reopening or not has_left:
            yield e
        if e.ends_episode:
            has_left = _leaves(e, journey)


def _leaves(e: Entry, journey: Journey) -> bool:
    return e.activity in journey.ends_without_delivery and e.activity not in journey.delivers


def _interrupts(visits: list[str], journey: Journey) -> bool:
    """A step that an interruption alone stands for was visited."""
    endings, step_of = {*journey.interruptible_by, *journey.ends_without_delivery}, journey.step_of_activity()
    others = {step for activity, step in step_of.items() if activity not in endings}
    return bool(({step_of.get(name, name) for name in endings} - others) & set(visits))


@dataclass
class Ways:
    """The ways through a flow; a step that no log can show costs nothing where it is left out."""

    flow: Any
    hidden: frozenset[str]
    _known: dict[Any, int] = field(default_factory=dict)

    def cost(self, visits: Steps, may_stop: bool) -> int:
        known = frozenset(steps_of(self.flow))
        return self._cost(self.flow, tuple(step for step in visits if step in known), may_stop)

    def fitness(self, visits: Steps, may_stop: bool) -> float:
        known = frozenset(steps_of(self.flow))
        worst = sum(step in known for step in visits) + (0 if may_stop else self._cost(self.flow, (), False))
        return 1 - self.cost(visits, may_stop) / worst if worst else 1.0

    def _cost(self, node: Any, steps: Steps, may_stop: bool) -> int:
        key = (node if isinstance(node, str) else id(node), steps, may_stop)
        if key not in self._known:
            found = self._through(node, steps, may_stop)
            self._known[key] = min(found, len(steps)) if may_stop else found
        return self._known[key]

    def _through(self, node: Any, steps: Steps, may_stop: bool) -> int:
        if isinstance(node, str):
            return len(steps) - 1 if node in steps else len(steps) + (node not in self.hidden)
        if isinstance(node, Sequence):
            return self._one_after_another([*node.sequence], steps, may_stop)
        if isinstance(node, Choice):
            return min(self._cost(way, steps, may_stop) for way in ways_through(node))
        if isinstance(node, Parallel):
            own = [(branch, frozenset(steps_of(branch))) for branch in node.parallel]
            strange = sum(not any(step in these for _, these in own) for step in steps)
            parts = ((branch, tuple(s for s in steps if s in these)) for branch, these in own)
            return strange + sum(self._cost(branch, part, may_stop) for branch, part in parts)
        if isinstance(node, Repeat):
            rounds = [node.repeat, *(part for _ in steps for part in (node.redo, node.repeat) if part is not None)]
            whole = range(1, len(rounds) + 1, 1 if node.redo is None else 2)
            ways = [self._one_after_another(rounds[:n], steps, may_stop) for n in whole]
            return min(ways + ([self._one_after_another(rounds, steps, True)] if may_stop else []))
        (branch,) = branches_of(node)
        return min(len(steps), self._cost(branch, steps, may_stop))

    def _one_after_another(self, parts: list[Any], steps: Steps, may_stop: bool) -> int:
        """The least cost of the parts over consecutive pieces of the steps; the last of them may be left halfway."""
        best = {0: 0}
        stopped = [len(steps)]
        for part in parts:
            if may_stop:
                stopped += [cost + self._cost(part, steps[low:], True) for low, cost in best.items()]
            costs: dict[int, int] = {}
            for low, cost in best.items():
                for high in range(low, len(steps) + 1):
                    more = cost + self._cost(part, steps[low:high], False)
                    costs[high] = min(more, costs.get(high, more))
            best = costs
        return min([best[len(steps)], *(stopped if may_stop else [])])


def hidden_steps(project: Project, journey: Journey, cases: dict[str, Case]) -> frozenset[str]:
    """Steps without a touchpoint or an activity that any log shows."""
    told = {rule.name for source in project.sources for rule in source.activities.values()}
    told |= {str(e.activity) for case in cases.values() for e in case.entries if not e.is_closing}
    return frozenset(
        name
        for name, step in journey.steps.items()
        if (step.touchpoints and not any(t.observable for t in step.touchpoints))
        or told.isdisjoint(step.activities or (name,))
    )


def done_elsewhere(
    cases: dict[str, Case], channels: dict[str, str | None], journey: Journey
) -> dict[Any, tuple[int, int]]:
    """Cases and events by kind, step and lane, of what another lane did or came through another channel."""
    found: dict[Any, list[str]] = defaultdict(list)
    for name, case in cases.items():
        for e in (e for e in case.entries if e.on_path and e.phase == "lead" and e.episode == 1 and e.step):
            step = journey.steps.get(str(e.step))
            if step and e.lane not in (None, step.lane) and e.role != "automatic":
                found["wrong_lane", e.step, e.lane].append(name)
            through = {t.channel for t in step.touchpoints} if step else set()
            if through and channels[e.event_id] not in (None, *through):
                found["wrong_channel", e.step, None].append(name)
    return {key: (len(set(names)), len(names)) for key, names in found.items()}
