"""Curves over open and competing ends: Kaplan–Meier and Aalen–Johansen, computed exactly in one sorted pass.

In: how long each case was followed, from which age on, and how it ended. Out: the share still open and the share that
ended in each way, by age. Ties need no jitter: ends at one age are taken together, before what is censored there.
Of a case one number is held; what a curve is at an age is worked out a block of cases at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Ages = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]

OPEN = 0
"""The kind of a case that had not ended when it was last seen: censored."""
FROM_START = -1
"""The entry of a case that was followed from its origin on; it is at risk at age 0 too."""
_ROUNDING = 1e-9
_BITS = 2
"""Bits that hold how a case ended."""
_BLOCK = 1 << 16
"""Cases whose jumps are worked out at a time."""
_ASKED = 1 << 18
"""Ages that are looked up at a time."""


@dataclass(frozen=True)
class Spans:
    """One entry a case, in microseconds of one clock: followed in (entry, exit], ended as `kind` or open (0)."""

    entry: Ages
    exit: Ages
    kind: npt.NDArray[np.int8]

    def __len__(self) -> int:
        """Return the number of cases."""
        return len(self.exit)

    def where(self, chosen: npt.NDArray[np.bool_]) -> Spans:
        """Return the chosen cases."""
        exits = self.exit[chosen]
        entry = np.broadcast_to(self.entry[:1], len(exits)) if self.is_one_entry else self.entry[chosen]
        return Spans(entry, exits, self.kind[chosen])

    def part(self, first: int, until: int) -> Spans:
        """Return the cases at the places [first, until)."""
        return Spans(self.entry[first:until], self.exit[first:until], self.kind[first:until])

    @property
    def is_one_entry(self) -> bool:
        """Whether one number stands for the entries of all cases: it then takes no room a case."""
        return self.entry.strides == (0,)


def from_start(spans: Spans) -> int:
    """Return how many cases were followed from their origin on.

    Where they are few the curve says nothing of the whole: those that enter late are the ones that had not ended yet,
    and who ended before is not in the log.
    """
    return int((spans.entry == FROM_START).sum())


class Steps(NamedTuple):
    """Jumps of a curve, one after another; what each is holds from its age on."""

    ages: Ages
    """The ages at which a case ended."""
    at_risk: npt.NDArray[np.int64]
    open_share: Shares
    """Kaplan–Meier to any end."""
    expected: Shares
    """Nelson–Aalen: the shares of those at risk that ended, added up; goes on after an age at which all of them did."""
    ended: dict[int, Shares]
    """For each kind the Aalen–Johansen cumulative incidence; with `open_share` they add up to 1 at every age."""


class _Standing(NamedTuple):
    """Where the curves stand between two blocks."""

    open_share: float
    expected: float
    ended: dict[int, float]

    def after(self, steps: Steps) -> _Standing:
        if not len(steps.ages):
            return self
        ended = {kind: float(share[-1]) for kind, share in steps.ended.items()}
        return _Standing(float(steps.open_share[-1]), float(steps.expected[-1]), ended)


class Curve:
    """Step functions that jump at the ages at which a case ended and hold from there on.

    `last` is the greatest age at which anyone was followed: beyond it nothing is known. `jumps`: at how many ages a
    case ended. There may be as many jumps as cases, so they are worked out where they are asked for.
    """

    def __init__(self, spans: Spans) -> None:
        """Draw the curves of the cases; `curve` says of which."""
        self._kinds = [kind for kind in range(1, 1 << _BITS) if (spans.kind == kind).any()]
        self._late = np.sort(spans.entry[spans.entry != FROM_START]) if _has_late(spans) else np.zeros(0, np.int64)
        self._keys = spans.exit << _BITS
        self._keys |= spans.kind
        self._keys.sort()
        marks = self._keys[_BLOCK::_BLOCK] >> _BITS << _BITS
        # the cases of one age are in one block
        self._begins = np.unique([0, *np.searchsorted(self._keys, marks), len(self._keys)])
        self._first_ages = self._keys[self._begins[:-1]] >> _BITS
        self.last = int(self._keys[-1] >> _BITS) if len(spans) else None
        self.jumps = 0
        self._worked_out: tuple[int, Steps] | None = None
        self._before = [_Standing(1.0, 0.0, dict.fromkeys(self._kinds, 0.0))]
        for n in range(len(self._first_ages)):
            steps = self._block(n)
            self.jumps += len(steps.ages)
            self._before.append(self._before[n].after(steps))

    def open_at(self, ages: npt.ArrayLike) -> Shares:
        """Return S at each age: the share that is still open after it."""
        return self._read(ages, lambda told: told.open_share)

    def ended_at(self, kind: int, ages: npt.ArrayLike) -> Shares:
        """Return F at each age: the share that ended as `kind` at or before it; 0 where nobody did."""
        if kind not in self._kinds:
            return np.zeros(np.shape(ages))
        return self._read(ages, lambda told: told.ended[kind])

    def expected_at(self, ages: npt.ArrayLike) -> Shares:
        """Return the hazards up to each age, that age included, added up."""
        return self._read(ages, lambda told: told.expected)

    def at_risk_at(self, ages: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return how many were at risk when next a case ended, at each age or after it; 0 where none did."""
        return np.array([self._at_risk_from(age) for age in np.asarray(ages).tolist()], np.int64)

    def age_at(self, share: float, kind: int | None = None) -> int | None:
        """Return the least age at which `share` has ended (as `kind`); null where the curve stops before that."""
        if kind is not None and kind not in self._kinds:
            return None
        for n, after in enumerate(self._before[1:]):
            if (1.0 - after.open_share if kind is None else after.ended[kind]) >= share - _ROUNDING:
                steps = self._block(n)
                reached = 1.0 - steps.open_share if kind is None else steps.ended[kind]
                return int(steps.ages[np.flatnonzero(reached >= share - _ROUNDING)[0]])
        return None

    def steps(self) -> Steps:
        """Return all jumps: for where they are few."""
        blocks = [self._block(n) for n in range(len(self._first_ages))]
        return Steps(
            ages=np.concatenate([np.zeros(0, np.int64), *(block.ages for block in blocks)]),
            at_risk=np.concatenate([np.zeros(0, np.int64), *(block.at_risk for block in blocks)]),
            open_share=np.concatenate([np.zeros(0), *(block.open_share for block in blocks)]),
            expected=np.concatenate([np.zeros(0), *(block.expected for block in blocks)]),
            ended={kind: np.concatenate([block.ended[kind] for block in blocks]) for kind in self._kinds},
        )

    def _block(self, n: int) -> Steps:
        """Return the jumps of a block of cases; those asked for last are still there."""
        if self._worked_out is None or self._worked_out[0] != n:
            self._worked_out = n, self._steps_of(n)
        return self._worked_out[1]

    def _steps_of(self, n: int) -> Steps:
        begin, before = int(self._begins[n]), self._before[n]
        keys = self._keys[begin : self._begins[n + 1]]
        exits, kinds = keys >> _BITS, keys & ((1 << _BITS) - 1)
        firsts = np.flatnonzero(np.diff(exits, prepend=exits[0] - 1))
        ends = {kind: np.add.reduceat(kinds == kind, firsts, dtype=np.int64) for kind in self._kinds}
        every = sum(ends.values(), np.zeros(len(firsts), np.int64))
        jumps = np.flatnonzero(every)
        ages = exits[firsts[jumps]]
        entered = len(self._keys) - len(self._late) + np.searchsorted(self._late, ages, "left")
        at_risk = entered - begin - firsts[jumps]
        some = np.maximum(at_risk, 1)
        hazard = every[jumps] / some
        # from the first jump of all on one after another, so that no block begins with a rounding of its own
        open_share = np.cumprod(np.append(before.open_share, 1.0 - hazard))
        expected = np.cumsum(np.append(before.expected, hazard))
        ended = {
            kind: np.cumsum(np.append(before.ended[kind], open_share[:-1] * ends[kind][jumps] / some))[1:]
            for kind in self._kinds
        }
        return Steps(ages, at_risk, open_share[1:], expected[1:], ended)

    def _read(self, asked: npt.ArrayLike, value: Callable[[Any], Any]) -> Shares:
        """Read the step function that `value` takes from what holds before a block, and from its jumps."""
        ages = np.asarray(asked)
        found = np.full(len(ages), value(self._before[0]))
        for low in range(0, len(ages), _ASKED):
            part = ages[low : low + _ASKED]
            order = np.argsort(part)
            bounds = np.append(np.searchsorted(part, self._first_ages, sorter=order), len(part))
            for n in np.flatnonzero(np.diff(bounds)).tolist():
                here, steps = order[bounds[n] : bounds[n + 1]], self._block(n)
                values = np.append(value(self._before[n]), value(steps))
                found[low + here] = values[np.searchsorted(steps.ages, part[here], "right")]
        return found

    def _at_risk_from(self, age: int) -> int:
        first = max(int(np.searchsorted(self._first_ages, age, "right")) - 1, 0)
        for n in range(first, len(self._first_ages)):
            steps = self._block(n)
            place = int(np.searchsorted(steps.ages, age, "left"))
            if place < len(steps.ages):
                return int(steps.at_risk[place])
        return 0


def _has_late(spans: Spans) -> bool:
    """Whether any case entered late; where one entry stands for all it is that of most logs."""
    return not (spans.is_one_entry and len(spans) and spans.entry[0] == FROM_START)


def curve(spans: Spans) -> Curve:
    """Return the curves of the cases. An open case is censored at its exit; one that enters late counts from there.

    At an age at which some end and others are censored, the censored ones are still at risk. Cases not followed at
    all (exit ≤ entry) must have been left out. Source: Kaplan & Meier 1958; Aalen & Johansen 1978; delayed entry as
    in Andersen, Borgan, Gill & Keiding 1993.
    """
    return Curve(spans)
