"""What if steps took less time, cases or visits, or a handoff fell away: what the lead time would be.

In: the ledger's times. Out: a `Total` for any change of any steps at once, and the same in bounded form for the
findings. Totals are those of a run of the ledger on the changed events: exact, but where more cases reach a step that
may run beside others. Elapsed time only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mappings.flow import parallel_pairs
from mappings.project import Project
from mining.amounts import SECOND, per_case, whole_sum
from mining.branch_groups import branch_groups
from mining.branch_times import BranchTimes, Handing, StepNow, branch_times
from mining.ledger import UNKNOWN, Ledger
from mining.replay import Changed, gained, replayed
from mining.results.what_if import HandoffGain, StepGain, WhatIf

GRID = 20
"""The curve has a point for every twentieth."""
MOST_HANDOFFS = 8
"""Handoffs that are told apart within branches; the waits of the others are time of their step there."""
ASSUMPTION = {
    "nl": "Aanname: al het andere duurt even lang en begint zodra het kan; van takken naast elkaar telt de langste. "
    "Zaken die een stap overslaan lijken op de andere, en slaan een tweede stap niet vaker of minder vaak over; minder "
    "bezoeken vallen gelijk over de zaken. Kalendertijd, ook waar die over dichte uren loopt.",
    "en": "Assumption: everything else takes as long and begins as soon as it can; of branches beside each other the "
    "longest counts. Cases that skip a step are like the others, and skip a second one neither more nor less often; "
    "fewer visits are spread evenly over cases. Calendar time, also where it runs over closed hours.",
}


@dataclass(frozen=True)
class StepChange:
    """A change of one step: each a share of what it is now."""

    reach: float = 1.0
    visits: float = 1.0
    time: float = 1.0
    without: frozenset[Handing] = frozenset()
    """Handoffs before the step of which the recorded wait falls away."""


@dataclass(frozen=True)
class Total:
    """The mean lead time after a change, in seconds: both the same where it is known exactly.

    They differ where more cases are to reach a step that may run beside others: how much of it is hidden behind another
    branch the log cannot tell, so it is all of it at best and none at worst.
    """

    low: float
    high: float
    rungs: Mapping[str, float]
    """The time on the path of each step, at best."""

    @property
    def exact(self) -> float | None:
        """The one number, or null where there are two."""
        return self.low if self.low == self.high else None


@dataclass(frozen=True)
class Gains:
    """The times of a log, and what changes do to them."""

    times: BranchTimes
    parallel: frozenset[str]
    """The steps that may run beside others, by the design or by what the log shows."""

    def now(self, step: str) -> StepNow:
        """Return what the log shows of a step, on and off the path."""
        return self.times.now.get(step, StepNow(0, 0, 0))

    def after(self, changes: Mapping[str, StepChange]) -> Total:
        """Return the mean lead time after any number of changes."""
        run = replayed(self.times, as_changed(changes))
        low = high = run.total
        rungs = dict(run.rungs)
        for step, change in changes.items():
            if change.reach > 1:
                more = (change.reach - 1) * self._of_more(step, change)
                high += more
                if step not in self.parallel:
                    low += more
                    rungs[step] = rungs.get(step, 0.0) + more
        return Total(low, high, rungs)

    def _of_more(self, step: str, change: StepChange) -> float:
        """Return the mean time of the step per case after its change, on and off the path, in seconds."""
        left = float(self.now(step).total)
        for handing in change.without:
            number = self.times.handoffs.index(handing)
            inside = sum(whole_sum(p.wait[p.handing == number]) for p in self.times.passes)
            left -= self.times.straight_waits.get(handing, 0) + inside
        return change.visits * change.time * left / max(self.times.cases, 1) / SECOND

    def at(self, step: str, cut: float) -> float:
        """Return the mean gain in seconds where the time of a step is cut by this share; a negative one is growth."""
        return gained(self.times, as_changed({step: StepChange(time=1 - cut)}))


def as_changed(changes: Mapping[str, StepChange]) -> Changed:
    """Return the changes as the replay takes them; more cases in a step are not among them."""
    return Changed(
        times={step: change.visits * change.time for step, change in changes.items()},
        reach={step: change.reach for step, change in changes.items() if change.reach < 1},
        skipped=frozenset(handing for change in changes.values() for handing in change.without),
    )


def gains(ledger: Ledger, project: Project) -> Gains:
    """Return the gains over the cohort's cases."""
    times = branch_times(ledger)
    pairs = parallel_pairs(project.journey.flow) if project.journey else frozenset()
    return Gains(times, frozenset({step for pair in pairs for step in pair} | times.steps_inside) - {UNKNOWN})


def what_if(found: Gains, smallest: int) -> WhatIf:
    """Return the gains as findings. Groups of passes hold no fewer than `smallest`."""
    times = found.times
    order = sorted(((-gain, handing) for handing, gain in _handoff_gains(found)))
    places = {times.handoffs.index(handing): n for n, (_, handing) in enumerate(order[:MOST_HANDOFFS])}
    groups, untold = branch_groups(times, places, max(smallest, 1))
    return WhatIf(
        assumption=ASSUMPTION,
        steps=tuple(_step(found, step, times.steps_inside) for step in sorted(times.now) if step != UNKNOWN),
        handoffs=tuple(
            HandoffGain(
                giver=handing[0],
                taker=handing[1],
                step=handing[2],
                gain_seconds=-gain,
                straight_seconds=per_case(times.straight_waits[handing], times.cases),
            )
            for gain, handing in order
        ),
        cases=times.cases,
        groups=groups,
        untold_passes=untold,
    )


def _step(found: Gains, step: str, inside: Iterable[str]) -> StepGain:
    now, times = found.now(step), found.times
    return StepGain(
        step=step,
        curve_seconds=tuple(_curve(found, step, inside)),
        straight_seconds=per_case(times.straight.get(step, 0), times.cases),
        in_branches=step in found.parallel,
        reach=now.cases / times.cases if times.cases else None,
        visits=now.visits / now.cases if now.cases else None,
        per_visit_seconds=now.total / now.visits / SECOND if now.visits else None,
    )


def _curve(found: Gains, step: str, inside: Iterable[str]) -> list[float]:
    cuts = [n / GRID for n in range(GRID + 1)]
    if step not in inside:
        whole = per_case(found.times.straight.get(step, 0), found.times.cases)
        return [whole * cut for cut in cuts]
    return [found.at(step, cut) for cut in cuts]


def _handoff_gains(found: Gains) -> Iterable[tuple[Handing, float]]:
    """Yield each handoff with what it gives back in seconds, in branches by running them through again."""
    times = found.times
    for handing in times.handoffs:
        if handing[2] != UNKNOWN:
            yield handing, gained(times, Changed(skipped=frozenset({handing})))
