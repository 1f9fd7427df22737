"""What a case would take if steps took another share of their time: the passes through branches, run through again.

In: `BranchTimes` and a `Changed`. Out: means over the cohort's cases, in seconds. Everything else takes as long as it
took and begins as soon as all that it waits for is done; a pass then lasts as long as its longest chain. This is exact
for each case. Which cases skip a step is not known: they are taken to be like the others, and to skip one step
whether or not they skip another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from mining.amounts import SECOND
from mining.branch_times import BranchTimes, Handing, Passes
from mining.sample import Floats
from mining.sequences import Ints


@dataclass(frozen=True)
class Changed:
    """What changes, as shares of what it is now; what is not named stays."""

    times: Mapping[str, float] = field(default_factory=dict)
    """Step → its time (visits × time a visit), as a share of what it is now."""
    reach: Mapping[str, float] = field(default_factory=dict)
    """Step → the share of the cases that reach it now and still do; below 1."""
    skipped: frozenset[Handing] = frozenset()
    """The handoffs of which the recorded wait falls away."""


@dataclass(frozen=True)
class Run:
    """A mean per case, and what of it is booked to each step, in seconds."""

    total: float
    rungs: Mapping[str, float]


def replayed(times: BranchTimes, changed: Changed) -> Run:
    """Return the mean lead time after the change, with the time on the path of each step."""
    rungs = {step: float(total) for step, total in _straight(times, changed).items()}
    for each in times.passes:
        for share, weights in patterns(changed, _skipping(each, times, changed)):
            booked = _booked(each, costs_of(each, times, changed, share))
            for number in np.flatnonzero(booked):
                step = times.steps[number]
                rungs[step] = rungs.get(step, 0.0) + weights * float(booked[number])
    whole = max(times.cases, 1) * SECOND
    return Run(sum(rungs.values()) / whole, {step: total / whole for step, total in rungs.items()})


def gained(times: BranchTimes, changed: Changed) -> float:
    """Return by how many seconds the mean lead time is shorter after the change; a negative gain is growth.

    The same as the difference of two totals of `replayed`, but only the passes that the change touches are run
    through again, and only for how long they last.
    """
    after = _straight(times, changed)
    gain = sum(total - after[step] for step, total in times.straight.items())
    changing = {n for n, step in enumerate(times.steps) if step in changed.times or step in changed.reach}
    skipped = {n for n, handing in enumerate(times.handoffs) if handing in changed.skipped}
    for each in times.passes:
        if changing.isdisjoint(each.held_steps) and skipped.isdisjoint(each.held_handoffs):
            continue
        gain += each.lasts
        for share, weight in patterns(changed, _skipping(each, times, changed)):
            gain -= weight * float(each.order.longest(costs_of(each, times, changed, share)).sum())
    return gain / (max(times.cases, 1) * SECOND)


def _straight(times: BranchTimes, changed: Changed) -> dict[str, float]:
    """Return what lies outside the passes: each step's time times its shares, less the waits that fall away."""
    left = {step: float(total) for step, total in times.straight.items()}
    for handing in changed.skipped:
        left[handing[2]] -= times.straight_waits.get(handing, 0)
    shares = {step: changed.times.get(step, 1.0) * changed.reach.get(step, 1.0) for step in left}
    return {step: total * shares[step] for step, total in left.items()}


def patterns(changed: Changed, skipping: Iterable[str]) -> Iterator[tuple[dict[str, float], float]]:
    """Yield each way to skip some of the steps: the share of its time that each step keeps, and of how many cases."""
    listed = sorted(skipping)
    for kept in product((True, False), repeat=len(listed)):
        weight = 1.0
        share = dict(changed.times)
        for step, is_kept in zip(listed, kept, strict=True):
            weight *= changed.reach[step] if is_kept else 1 - changed.reach[step]
            share[step] = share.get(step, 1.0) if is_kept else 0.0
        if weight:
            yield share, weight


def _skipping(each: Passes, times: BranchTimes, changed: Changed) -> set[str]:
    """Return the steps of the pass that some cases are to skip."""
    return {times.steps[number] for number in each.held_steps} & set(changed.reach)


def left_of(each: Passes, times: BranchTimes, changed: Changed) -> Ints:
    """Return what every event takes without the waits that fall away, in microseconds."""
    if not changed.skipped:
        return each.takes
    falls_away = np.array([*(handing in changed.skipped for handing in times.handoffs), False])
    left: Ints = each.takes - np.where(falls_away[each.handing], each.wait, 0)
    return left


def costs_of(each: Passes, times: BranchTimes, changed: Changed, share: Mapping[str, float]) -> Floats:
    """Return what every event takes after the change, in microseconds."""
    shares = np.array([share.get(step, 1.0) for step in times.steps])
    costs: Floats = left_of(each, times, changed) * shares[each.step]
    return costs


def _booked(each: Passes, costs: Floats) -> Floats:
    """Return the time on the path by the number of its step: walk back from the end over what was waited for last."""
    done, order = each.order.finished(costs), each.order
    rows = np.arange(len(costs))
    ends = np.array(order.ends)
    at = ends[len(ends) - 1 - np.argmax(done[:, ends[::-1]], axis=1)]
    before = [_latest(done, waits) for waits in order.waits_for]
    booked = np.zeros(int(each.step.max()) + 1)
    is_on = np.ones(len(costs), np.bool_)
    while is_on.any():
        here = rows[is_on]
        booked += np.bincount(each.step[here, at[is_on]], costs[here, at[is_on]], len(booked))
        at[is_on] = np.stack(before, axis=1)[here, at[is_on]]
        is_on = at >= 0
    return booked


def _latest(done: Floats, waits: tuple[int, ...]) -> Ints:
    """Return which of the places is done last, row by row; −1 where there is none. Of equals the last one."""
    if not waits:
        return np.full(len(done), -1, np.int64)
    backwards = np.array(waits[::-1])
    found: Ints = backwards[np.argmax(done[:, backwards], axis=1)]
    return found
