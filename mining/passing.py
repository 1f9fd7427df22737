"""Counting over sequences, as plain loops that `mining.compiled` may run compiled."""

from __future__ import annotations

import numpy as np

from mining.read_arrays import DECLARED
from mining.sequences import Ints


def count_reached(chosen: Ints, step: Ints, visit: Ints, offsets: Ints, weights: Ints, found: Ints) -> int:
    """Add up cases, visits and first positions of each step; the last row is that of a step that is not known."""
    last_case = np.full(len(found), -1, np.int64)
    last_visit = np.full(len(found), -1, np.int64)
    for n in range(len(offsets) - 1):
        weight = weights[n]
        if weight == 0:
            continue
        for i in range(offsets[n], offsets[n + 1]):
            if not chosen[i]:
                continue
            own = step[i] if step[i] >= 0 else len(found) - 1
            if last_case[own] != n:
                found[own, 0] += weight
                found[own, 2] += weight * (i - offsets[n])
            if last_case[own] != n or last_visit[own] != visit[i]:
                found[own, 1] += weight
            last_case[own], last_visit[own] = n, visit[i]
    return len(found)


def count_passed(
    is_automatic: Ints,
    chosen: Ints,
    codes: Ints,
    lane: Ints,
    booked_by: Ints,
    offsets: Ints,
    weights: Ints,
    found: Ints,
) -> int:
    """Add up which lane comes after which; the last row and column are those of a lane that is not known."""
    unknown = len(found) - 1
    for n in range(len(offsets) - 1):
        weight = weights[n]
        if weight == 0:
            continue
        before = -1
        for i in range(offsets[n], offsets[n + 1]):
            if not chosen[i] or (is_automatic[codes[i]] and booked_by[i] != DECLARED):
                continue
            own = lane[i] if lane[i] >= 0 else unknown
            if before >= 0:
                found[before, own] += weight
            before = own
    return unknown


def count_cases(groups: Ints, owners: Ints, weights: Ints, found: Ints) -> int:
    """Add up the cases of each group; the positions of a sequence stand together. A group of −1 is none."""
    last = np.full(len(found), -1, np.int64)
    for i in range(len(groups)):
        group, owner = groups[i], owners[i]
        if group >= 0 and last[group] != owner:
            last[group] = owner
            found[group] += weights[owner]
    return len(found)
