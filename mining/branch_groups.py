"""Passes through branches in groups that may be told: means, and bounds that hold for every pass of the group.

In: `BranchTimes`. Out: `BranchGroup`s of the findings. From these alone a page bounds what any joint change does: a
pass lasts as long as its longest branch, so the mean of a group is at least the longest of the means, and at most what
the bounds leave room for (Edmundson & Madansky). Groups are split where branches differ the most, for as long as both
halves are large enough to be told; bounds are rounded outward, so that they are nobody's own time.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from mining.amounts import SECOND
from mining.branch_times import BranchTimes, Passes
from mining.results.what_if import Branch, BranchGroup, BranchPiece
from mining.sample import Floats
from mining.sequences import Ints

MOST_GROUPS = 96
MOST_CHAINS = 4
UNITS = (1.0, 60.0, 3600.0)
"""Bounds are whole seconds, minutes or hours: the largest of which a branch of the group takes a dozen or more."""

Piece = tuple[str, int | None]
"""A step, and the handoff whose wait it is."""


@dataclass(frozen=True, eq=False)
class _Pool:
    """Passes with the same pieces in the same branches: `seconds` is passes × branches × pieces, the longest first."""

    pieces: tuple[Piece, ...]
    seconds: Floats

    def padded(self, pieces: tuple[Piece, ...], branches: int) -> Floats:
        """Lay the passes out over more pieces and branches; a branch that is not there is the last one again."""
        wide = np.zeros((len(self.seconds), self.seconds.shape[1], len(pieces)))
        wide[:, :, [pieces.index(piece) for piece in self.pieces]] = self.seconds
        again = np.minimum(np.arange(branches), self.seconds.shape[1] - 1)
        filled: Floats = wide[:, again]
        return filled


def branch_groups(
    times: BranchTimes, handoff_places: Mapping[int, int], smallest: int
) -> tuple[tuple[BranchGroup, ...], int]:
    """Return the groups, and how many passes are in none. `handoff_places`: the handoffs that are told apart."""
    parts: dict[tuple[tuple[Piece, ...], tuple[tuple[bool, ...], ...]], list[Floats]] = defaultdict(list)
    untold = 0
    # orders of two kinds may be alike
    for _, held in groupby(times.passes, key=lambda each: id(each.order)):
        same = tuple(held)
        chains = same[0].order.chains()
        if len(chains) > MOST_CHAINS:
            untold += sum(len(each.takes) for each in same)
            continue
        for pool in _pools(same, chains, times, handoff_places):
            is_there: Ints = np.asarray((pool.seconds > 0).any(axis=0))
            shape = tuple(tuple(row) for row in is_there.tolist())
            parts[(pool.pieces, shape)].append(pool.seconds)
    pools = [_Pool(pieces, np.concatenate(found)) for (pieces, _), found in sorted(parts.items(), key=_by_name)]
    large = [pool for pool in pools if len(pool.seconds) >= smallest]
    small = [pool for pool in pools if len(pool.seconds) < smallest]
    if small:
        joined = _joined(small)
        if len(joined.seconds) >= smallest:
            large.append(joined)
        elif large:
            large[-1] = _joined([large[-1], joined])
        else:
            untold += len(joined.seconds)
    return tuple(_group(pool, rows) for pool, rows in _split(large, smallest)), untold


def _by_name(item: tuple[tuple[tuple[Piece, ...], object], object]) -> str:
    return repr(item[0])


def _pools(
    same: tuple[Passes, ...], chains: list[tuple[int, ...]], times: BranchTimes, places: Mapping[int, int]
) -> Iterator[_Pool]:
    """Sum the pieces of each chain, put the longest first, and keep apart the passes of another one."""
    pieces = _pieces(same, times, places)
    found: dict[tuple[int, ...], list[Floats]] = defaultdict(list)
    for each in same:
        seconds = _seconds(each, chains, pieces, times, places)
        order: Ints = np.argsort(-seconds.sum(axis=2), axis=1, kind="stable")
        for which in np.unique(order, axis=0):
            found[tuple(which.tolist())].append(seconds[(order == which).all(axis=1)][:, which])
    for _, parts in sorted(found.items()):
        yield _Pool(pieces, np.concatenate(parts))


def _pieces(same: tuple[Passes, ...], times: BranchTimes, places: Mapping[int, int]) -> tuple[Piece, ...]:
    """Return the pieces of passes of one kind: at each place its steps, each also with the handoffs told there."""
    found: set[Piece] = set()
    for place in range(len(same[0].order.nearest)):
        steps = {number for each in same for number in np.unique(each.step[:, place]).tolist()}
        handings = {number for each in same for number in np.unique(each.handing[:, place]).tolist()}
        told = (None, *(places[handing] for handing in handings if handing in places))
        found |= {(times.steps[number], handing) for number in steps for handing in told}
    return tuple(sorted(found, key=repr))


def _seconds(
    each: Passes,
    chains: list[tuple[int, ...]],
    pieces: tuple[Piece, ...],
    times: BranchTimes,
    places: Mapping[int, int],
) -> Floats:
    """Return passes × chains × pieces."""
    seconds = np.zeros((len(each.takes), len(chains), len(pieces)))
    shown = np.isin(each.handing, list(places))
    for n, chain in enumerate(chains):
        for place in chain:
            waits = np.where(shown[:, place], each.wait[:, place], 0)
            for number in np.unique(each.step[:, place]).tolist():
                of_step = each.step[:, place] == number
                name, own = times.steps[number], each.takes[:, place] - waits
                seconds[:, n, pieces.index((name, None))] += np.where(of_step, own, 0) / SECOND
                for handing in np.unique(each.handing[:, place]).tolist():
                    if handing in places:
                        chosen = of_step & (each.handing[:, place] == handing)
                        amounts = np.where(chosen, waits, 0) / SECOND
                        seconds[:, n, pieces.index((name, places[handing]))] += amounts
    return seconds


def _joined(pools: list[_Pool]) -> _Pool:
    pieces = tuple(sorted({piece for pool in pools for piece in pool.pieces}, key=repr))
    branches = max(pool.seconds.shape[1] for pool in pools)
    return _Pool(pieces, np.concatenate([pool.padded(pieces, branches) for pool in pools]))


def _split(pools: list[_Pool], smallest: int) -> Iterator[tuple[_Pool, Ints]]:
    """Halve the group that differs the most, again and again, at the median of what differs the most in it."""
    waiting: list[tuple[float, int, int, Ints]] = []
    number = 0
    for n, pool in enumerate(pools):
        waiting.append((*_spread(pool, np.arange(len(pool.seconds)), number), n, np.arange(len(pool.seconds))))
        number += 1
    heapq.heapify(waiting)
    done: list[tuple[int, Ints]] = []
    while waiting:
        spread, _, n, rows = heapq.heappop(waiting)
        halves = _halves(pools[n], rows, smallest) if spread and len(done) + len(waiting) + 1 < MOST_GROUPS else ()
        if not halves:
            done.append((n, rows))
        for half in halves:
            number += 1
            heapq.heappush(waiting, (*_spread(pools[n], half, number), n, half))
    for n, rows in done:
        yield pools[n], rows


def _spread(pool: _Pool, rows: Ints, number: int) -> tuple[float, int]:
    """Return minus how much the passes differ, to be taken first; and a number, so that equals keep their order."""
    return -float(np.ptp(pool.seconds[rows], axis=0).max(initial=0.0) * len(rows)), number


def _halves(pool: _Pool, rows: Ints, smallest: int) -> tuple[Ints, ...]:
    seconds = pool.seconds[rows].reshape(len(rows), -1)
    for column in np.argsort(-np.ptp(seconds, axis=0), kind="stable"):
        values = seconds[:, column]
        low = values <= np.median(values)
        if low.all():
            low = values < np.median(values)
        if min(low.sum(), (~low).sum()) >= smallest:
            return rows[low], rows[~low]
    return ()


def _group(pool: _Pool, rows: Ints) -> BranchGroup:
    seconds = pool.seconds[rows]
    whole = seconds.sum(axis=2)
    gaps = whole[:, :1] - whole
    unit = max(each for each in UNITS if each == UNITS[0] or 12 * each <= whole.max())
    branches = []
    for k in range(seconds.shape[1]):
        pieces = [
            BranchPiece(
                step=step,
                handoff=handoff,
                mean_seconds=float(seconds[:, k, p].mean()),
                low_seconds=_floor(seconds[:, k, p].min(), unit),
                high_seconds=_ceil(seconds[:, k, p].max(), unit),
            )
            for p, (step, handoff) in enumerate(pool.pieces)
            if seconds[:, k, p].any()
        ]
        low, high = (_floor(gaps[:, k].min(), unit), _ceil(gaps[:, k].max(), unit)) if k else (0.0, 0.0)
        branches.append(Branch(pieces=tuple(pieces), gap_low_seconds=low, gap_high_seconds=high))
    return BranchGroup(passes=len(rows), branches=tuple(branches))


def _floor(seconds: float, unit: float) -> float:
    return float(np.floor(seconds / unit) * unit)


def _ceil(seconds: float, unit: float) -> float:
    return float(np.ceil(seconds / unit) * unit)
