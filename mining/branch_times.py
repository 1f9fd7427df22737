"""The time of a log as changes see it: what lies one after another, and the passes through branches beside each other.

In: the ledger. Out: `BranchTimes`. A pass is a run of events of parallel steps in which one or more lie off the path.
Each event of it takes the time since the last one that it waits for: on the path that is its segment; off the path it
is what the ledger books nowhere, counted here for the step that the event is of (work that only enters a state is
nobody's). Elapsed microseconds, over the first episodes of the cohort's cases.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from mining.amounts import cohort_booked, rows_of, whole_sums
from mining.branch_order import BEFORE, BranchOrder
from mining.branch_passes import FoundPasses, found_passes, listed_passes, whole_passes
from mining.engine import in_batches
from mining.ledger import UNKNOWN, Ledger
from mining.reach import in_first, reached
from mining.read_arrays import EVENT_STEP, LEAD, OPENS_STATE
from mining.sequences import Ints
from mining.structures import Structures

AT_ONCE = 1 << 18
"""Events that are read at a time."""
_READ = ("kind", "run", "case", "place", "at_elapsed", "elapsed_total", "wait")

Handing = tuple[str, str, str]
"""A handoff between teams: who gave, who took, and the step that the wait after it is booked to."""


@dataclass(frozen=True, eq=False)
class Passes:
    """Some passes of one order of steps; a row of each array is a pass, a column a place in it.

    Which branch is the longest differs from pass to pass and with every change, so each is held, as numbers alone:
    25 bytes an event of it and 4 a pass. What is counted from them is counted for those of one `Passes` at a time.
    """

    order: BranchOrder
    case: Ints
    """The number of the case of each pass."""
    takes: Ints
    wait: Ints
    """The part of `takes` that is recorded wait after a handoff."""
    step: Ints
    """The number of the step in `BranchTimes.steps`."""
    handing: Ints
    """The number of the handoff in `BranchTimes.handoffs`; −1 where there is none."""
    on_path: Ints

    def among(self, first: int, until: int) -> Passes:
        """Return the passes of the cases with numbers in [first, until)."""
        chosen: Ints = (self.case >= first) & (self.case < until)
        columns = (self.case, self.takes, self.wait, self.step, self.handing, self.on_path)
        return self if chosen.all() else Passes(self.order, *(column[chosen] for column in columns))

    @cached_property
    def held_steps(self) -> frozenset[int]:
        """The numbers of the steps in these passes."""
        return frozenset(np.unique(self.step).tolist())

    @cached_property
    def held_handoffs(self) -> frozenset[int]:
        """The numbers of the handoffs in these passes."""
        return frozenset(np.unique(self.handing).tolist()) - {-1}

    @cached_property
    def lasts(self) -> float:
        """How long they last together, in microseconds."""
        return float(self.order.longest(self.takes.astype(np.float64)).sum())


@dataclass(frozen=True, eq=False)
class StepNow:
    """What the log shows of a step, on and off the path."""

    cases: int
    visits: int
    total: int


@dataclass(frozen=True, eq=False)
class BranchTimes:
    """Sums over the cohort's cases, in microseconds."""

    cases: int
    steps: tuple[str, ...]
    handoffs: tuple[Handing, ...]
    straight: dict[str, int]
    """Step → its time outside the passes; such times are simply added."""
    straight_waits: dict[Handing, int]
    """The recorded wait after each handoff outside the passes; a part of `straight`."""
    passes: tuple[Passes, ...]
    """Those of one kind stand next to each other; some of them are in each."""
    now: dict[str, StepNow]

    @cached_property
    def steps_inside(self) -> frozenset[str]:
        """The steps that some pass holds."""
        return frozenset(self.steps[number] for each in self.passes for number in each.held_steps)


def branch_times(ledger: Ledger) -> BranchTimes:
    """Take the times from the ledger."""
    segments = cohort_booked(ledger)
    straight = {r["booked_step"]: int(r["t"] or 0) for r in rows_of(_by_step(segments))}
    weights = ledger.cohort_cases
    reach = reached(ledger.structures, weights)
    now = {step: StepNow(r.cases, r.visits, straight[step]) for step, r in reach.items()}
    waits = _waits(ledger, segments)
    found = found_passes(ledger.structures)
    steps = (*ledger.structures.coded.steps, UNKNOWN)
    handoffs = tuple(waits)
    passes: tuple[Passes, ...] = ()
    if found is not None:
        passes = tuple(_passes(ledger, found, handoffs))
        _take_out(passes, steps, handoffs, straight, waits)
        now |= _with_off_path(ledger.structures, weights, passes, now)
    return BranchTimes(int(weights.sum()), steps, handoffs, straight, waits, passes, now)


def _by_step(segments: Any) -> Any:
    return segments.group_by("booked_step").agg(t=segments.elapsed_total.sum())


def team_handoffs(ledger: Ledger) -> dict[int, tuple[str, str]]:
    """Return who gave to whom, between teams, by the number that the booked rows have of it."""
    listed = enumerate(ledger.passings.handings)
    return {n: (each.giver, each.taker) for n, handings in listed for each in handings if each.level == "team"}


def has_waited(segments: Any) -> Any:
    """Whether a segment has a recorded wait after a handoff."""
    return (segments.passing >= 0) & segments.order_known & (waited(segments) > 0)


def waited(segments: Any) -> Any:
    """Return the recorded wait until the work was taken up: what it lay still afterwards no handoff has cost."""
    return segments.elapsed_wait - segments.elapsed_suspended


def _waits(ledger: Ledger, segments: Any) -> dict[Handing, int]:
    """Return the recorded wait after each handoff between teams, largest first."""
    after, team = segments.filter(has_waited(segments)), team_handoffs(ledger)
    found: dict[Handing, int] = {}
    for row in rows_of(after.group_by(["passing", "booked_step"]).agg(t=waited(after).sum())):
        if row["passing"] in team:
            handing = (*team[row["passing"]], row["booked_step"])
            found[handing] = found.get(handing, 0) + int(row["t"])
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))


def _rows(ledger: Ledger, listed: Any) -> pa.RecordBatchReader:
    """Read the times of every event of the passes: kind, run, case, its instant in the clock, its segment, the wait.

    One row a (run, case, place), in that order within each kind, so that every pass is a row of its array.
    """
    rows = ledger.booked.join(listed, ["sequence", "position"]).semi_join(
        ledger.cases.filter(ledger.cases.has_lead), "case"
    )
    wait = ibis.ifelse(rows.in_cohort & has_waited(rows), waited(rows), 0)
    timed = ledger.timeline.clocks.with_clocks(rows.mutate(wait=wait), "at")
    return in_batches(ledger.booked.get_backend(), timed.select(*_READ), _READ[:4], AT_ONCE)


def _passes(ledger: Ledger, found: FoundPasses, handoffs: tuple[Handing, ...]) -> Iterator[Passes]:
    """Set the rows out as arrays, some passes of one kind at a time; of equal kinds in the order that they came in."""
    structures, con = ledger.structures, ledger.booked.get_backend()
    listed = listed_passes(con, structures, found)
    at, _, firsts = found.events
    booked, own = _steps(structures)
    on_path = structures.positions.on_path[at]
    step = np.where(on_path, booked[at], own[at]).astype(np.int32)
    of_event = (step, _handings(ledger, at, step, handoffs), on_path)
    wide = [len(order.nearest) for order in found.orders]
    parts = whole_passes(_rows(ledger, listed), wide)
    told = [(kind, _set_out(found.orders[kind], part, firsts, of_event)) for kind, part in parts]
    # on a cluster the kinds come in any order
    yield from (each for _, each in sorted(told, key=lambda one: one[0]))


def _set_out(order: BranchOrder, part: pa.Table, firsts: Ints, of_event: tuple[Ints, ...]) -> Passes:
    """Lay the events of whole passes of one order out as a row a pass; `of_event`: step, handing and on_path."""
    read = {name: part[name].to_numpy().reshape(-1, len(order.nearest)) for name in _READ[1:]}
    event = firsts[read["run"]] + read["place"]
    step, handing, on_path = (column[event] for column in of_event)
    waits = read["wait"] * (handing >= 0)
    takes = _takes(read["at_elapsed"], read["elapsed_total"], on_path, order)
    return Passes(
        order, read["case"][:, 0].astype(np.int32), takes, waits, step, np.where(waits > 0, handing, -1), on_path
    )


def _handings(ledger: Ledger, at: Ints, step: Ints, handoffs: tuple[Handing, ...]) -> Ints:
    """Return the number of the handoff between teams before the event at each position; −1 where there is none."""
    names = (*ledger.structures.coded.steps, UNKNOWN)
    place = {handing: n for n, handing in enumerate(handoffs)}
    numbers = np.full((len(ledger.passings.handings) + 1, len(names)), -1, np.int32)
    for passing, pair in team_handoffs(ledger).items():
        numbers[passing] = [place.get((*pair, name), -1) for name in names]
    # without any handoff the last row is read, which has none
    found: Ints = numbers[ledger.passings.numbers[at], step]
    return found


def _steps(structures: Structures) -> tuple[Ints, Ints]:
    """Return for each position the number of the booked step, and of the step that the event itself is of."""
    tokens, codes = structures.coded.alphabet.tokens, structures.sequences.codes
    unknown = len(structures.coded.steps)
    booked = np.where(structures.positions.step < 0, unknown, structures.positions.step)
    of_token = np.where((tokens[:, EVENT_STEP] < 0) | (tokens[:, OPENS_STATE] > 0), unknown, tokens[:, EVENT_STEP])
    return booked, of_token[codes]


def _takes(at: Ints, total: Ints, on_path: Ints, order: BranchOrder) -> Ints:
    """Return the time since the last event that each one waits for; the fork is where the path's first one began."""
    first = np.argmax(on_path, axis=1)
    each = np.arange(len(at))
    fork = at[each, first] - total[each, first]
    before = [fork if near == BEFORE else at[:, near] for near in order.nearest]
    takes: Ints = at - np.stack(before, axis=1)
    return takes


def _take_out(
    passes: tuple[Passes, ...],
    steps: tuple[str, ...],
    handoffs: tuple[Handing, ...],
    straight: dict[str, int],
    waits: dict[Handing, int],
) -> None:
    """Leave in `straight` and `waits` only what lies outside the passes."""
    for each in passes:
        for step, inside in zip(
            steps, whole_sums(each.step[each.on_path], each.takes[each.on_path], len(steps)), strict=True
        ):
            if inside:
                straight[step] -= inside
        is_handed = each.handing >= 0
        for handing, waited in zip(
            handoffs, whole_sums(each.handing[is_handed], each.wait[is_handed], len(handoffs)), strict=True
        ):
            waits[handing] -= waited


def _with_off_path(
    structures: Structures, weights: Ints, passes: tuple[Passes, ...], now: dict[str, StepNow]
) -> dict[str, StepNow]:
    """Return the steps that were also done off the path, with that work counted too."""
    names = (*structures.coded.steps, UNKNOWN)
    time = [0] * len(names)
    is_done = np.zeros(len(names), np.bool_)
    for each in passes:
        off = ~each.on_path
        inside = whole_sums(each.step[off], each.takes[off], len(names))
        time = [before + more for before, more in zip(time, inside, strict=True)]
        is_done[each.step[off]] = True
    cases, visits = _beside(structures, weights)
    none = StepNow(0, 0, 0)
    return {
        name: StepNow(
            now.get(name, none).cases + cases[n],
            now.get(name, none).visits + visits[n],
            now.get(name, none).total + time[n],
        )
        for n, name in enumerate(names[:-1])
        if is_done[n]
    }


def _beside(structures: Structures, weights: Ints) -> tuple[list[int], list[int]]:
    """Return by step the cases that did it off the path alone, and the visits off the path."""
    s, p, count = structures.sequences, structures.positions, len(structures.coded.steps)
    off = np.flatnonzero((p.phase == LEAD) & (p.episode == 1) & ~p.on_path)
    step = structures.coded.alphabet.tokens[:, EVENT_STEP][s.codes[off]]
    off, step = off[step >= 0], step[step >= 0].astype(np.int64)
    owner = s.owners[off].astype(np.int64)
    has_off = np.zeros(len(s), np.bool_)
    has_off[owner] = True
    on = np.flatnonzero(in_first(structures) & has_off[s.owners] & (p.step >= 0))
    alone = np.setdiff1d(owner * count + step, s.owners[on].astype(np.int64) * count + p.step[on])
    wide = int(p.step_visit[off].max(initial=0)) + 2
    visit = np.unique((owner * count + step) * wide + p.step_visit[off] + 1) // wide
    cases, visits = (whole_sums(each % count, weights[each // count], count) for each in (alone, visit))
    return cases, visits
