"""The promise '9 of 10 within x' in whole weeks or working days, with its interval, beside the service norm.

The number is read from the exact Aalen–Johansen curve and rounded up. The interval comes from drawing cases with
replacement: they are first put into cells of equal (entry, exit, kind) in whole days, so that its cost does not grow
with the number of cases.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import numpy.typing as npt

from mappings.project import Project
from mining.decided import ENOUGH, Group
from mining.followed import DELIVERED, Followed
from mining.lane_working import mean_working_day
from mining.norms import limit_of
from mining.results.survival import Promise
from mining.survival import FROM_START, OPEN, Curve, Spans, curve, from_start

SHARE = 0.9
DRAWS = 1000
_SEED = 20_260_101
_DAY = 86_400_000_000
_ROUNDING = 1e-9
_KINDS = 4
_AT_ONCE = 1 << 18
"""Cases that are put into cells at a time."""

Cells = npt.NDArray[np.int64]


def promises(cases: Followed, chosen: tuple[Group, ...], project: Project) -> tuple[Promise, ...]:
    """Return the promise of each group in weeks (elapsed clock) and in working days (working clock)."""
    working_day = round(mean_working_day(project.calendar.reference) / timedelta(microseconds=1))
    units = (("weeks", "elapsed", 7 * _DAY, _DAY), ("working_days", "working", working_day, working_day))
    return tuple(
        _promise(group, cases.spans[clock].where(group[2]), unit, size, cell, _norm(project, clock, size))
        for group in chosen
        for unit, clock, size, cell in units
        if len(cases)
    )


def _norm(project: Project, clock: str, size: int) -> tuple[str | None, float | None]:
    """Return name and length in units of the service norm over the whole lead time of every case in this clock."""
    for norm in project.journey.norms if project.journey else ():
        is_whole = (norm.from_, norm.to, norm.lane, norm.only_with) == ("received", "delivered", None, None)
        limit = limit_of(norm, project.calendar.reference)
        if is_whole and (norm.kind, norm.clock) == ("service", clock) and limit is not None:
            return norm.name, limit / size
    return None, None


def _promise(
    group: Group, spans: Spans, unit: str, size: int, cell: int, norm: tuple[str | None, float | None]
) -> Promise:
    whole = curve(spans)
    age = whole.age_at(SHARE, DELIVERED)
    said = {"norm": norm[0], "norm_units": norm[1]}
    if from_start(spans) >= ENOUGH:
        drawn = drawn_ages(spans, SHARE, DELIVERED, cell)
        reached = np.isfinite(drawn)
        low, high = (_bound(drawn, q, cell, size) for q in (0.025, 0.975))
        said |= {"low": low, "high": high, "not_reached_share": float(1 - reached.mean())}
        said |= {"within": None if age is None else _up(age, size)}
        said |= {"is_within_norm": None if age is None or norm[1] is None else age <= round(norm[1] * size)}
        said |= {"at_least": None if age is not None else _followed_for(whole, size)}
    return Promise(
        group=group[0],
        value=group[1],
        unit=unit,
        unit_seconds=size / 1_000_000,
        share=SHARE,
        cases=len(spans),
        **({"within": None} | said),
    )


def _followed_for(whole: Curve, size: int) -> int | None:
    """Return the whole units up to which anyone was followed; null where the share would not be reached beyond either.

    So it is where too many ended without delivery, though all that are still open would be delivered.
    """
    if whole.last is None:
        return None
    last = np.array([whole.last], np.int64)
    most = float((whole.ended_at(DELIVERED, last) + whole.open_at(last))[0])
    return whole.last // size if most >= SHARE - _ROUNDING else None


def _up(age: int, size: int) -> int:
    """Round up to whole units, of which there is at least one: within no time at all is no promise."""
    return max(1, -(-age // size))


def _bound(drawn: npt.NDArray[np.float64], share: float, cell: int, size: int) -> int | None:
    """Return a percentile of the draws in whole units; null where it is not reached. Draws are whole cells."""
    bound = np.sort(drawn)[min(int(np.ceil(share * len(drawn))), len(drawn)) - 1]
    return _up(int(bound) * cell, size) if np.isfinite(bound) else None


def drawn_ages(spans: Spans, share: float, kind: int, cell: int, draws: int = DRAWS) -> npt.NDArray[np.float64]:
    """Return for each bootstrap draw the age in cells at which `share` ended as `kind`; infinite where not reached.

    Ends within one cell are taken together, before what is censored in it.
    """
    cells, counts = _cells(spans, cell)
    generator = np.random.default_rng(_SEED)
    weights = generator.multinomial(len(spans), counts / len(spans), size=draws)
    return _ages(weights, cells, share, kind)


def _cells(spans: Spans, cell: int) -> tuple[Cells, npt.NDArray[np.int64]]:
    """Return the distinct (exit, entry, kind) in whole cells, sorted by exit, and how many cases each holds."""
    room = -(-int(spans.exit.max()) // cell) + 2
    keys, counts = np.zeros(0, np.int64), np.zeros(0, np.int64)
    for low in range(0, len(spans), _AT_ONCE):
        more = np.unique(_numbered(spans.part(low, low + _AT_ONCE), cell, room), return_counts=True)
        keys, place = np.unique(np.concatenate([keys, more[0]]), return_inverse=True)
        counts = np.bincount(place, weights=np.concatenate([counts, more[1]])).astype(np.int64)
    pairs, kinds = np.divmod(keys, _KINDS)
    return np.stack([pairs // room, pairs % room - 1, kinds]), counts


def _numbered(spans: Spans, cell: int, room: int) -> Cells:
    """Return one number a cell, since sorting one column is several times faster than sorting three."""
    exits = -(-spans.exit // cell)
    entries = np.where(spans.entry == FROM_START, FROM_START, np.minimum(spans.entry // cell, exits - 1))
    numbers: Cells = (exits * room + entries + 1) * _KINDS + spans.kind
    return numbers


def _ages(weights: Cells, cells: Cells, share: float, kind: int) -> npt.NDArray[np.float64]:
    """Weighted Aalen–Johansen for all draws at once; cells are sorted by exit."""
    exits, entries, kinds = cells
    ages, first = np.unique(exits, return_index=True)

    def by_age(chosen: npt.NDArray[np.bool_]) -> Cells:
        summed: Cells = np.add.reduceat(weights * chosen, first, axis=1)
        return summed

    gone = np.cumsum(by_age(np.ones(len(exits), np.bool_)), axis=1)
    order = np.argsort(entries, kind="stable")
    entered = np.concatenate((np.zeros((len(weights), 1), np.int64), np.cumsum(weights[:, order], axis=1)), axis=1)
    before = np.concatenate((np.zeros((len(weights), 1), np.int64), gone[:, :-1]), axis=1)
    at_risk = np.maximum(entered[:, np.searchsorted(entries[order], ages, "left")] - before, 1)
    open_share = np.cumprod(1.0 - by_age(kinds != OPEN) / at_risk, axis=1)
    open_before = np.concatenate((np.ones((len(weights), 1)), open_share[:, :-1]), axis=1)
    reached = np.cumsum(open_before * by_age(kinds == kind) / at_risk, axis=1) >= share - _ROUNDING
    return np.where(reached.any(axis=1), ages[reached.argmax(axis=1)].astype(np.float64), np.inf)
