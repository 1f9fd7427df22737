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

import numpy as np
import pyarrow as pa

from mining.amounts import cohort_booked, rows_of
from mining.branch_order import BEFORE, BranchOrder, branch_order
from mining.distinct import distinct_rows
from mining.engine import kept
from mining.ledger import UNKNOWN, Ledger
from mining.reach import cases_of_sequences, reached
from mining.read_arrays import DELIVERED, ENDED, EVENT_STEP, LEAD, OPENS_STATE
from mining.sequences import Ints
from mining.structures import Structures

Handing = tuple[str, str, str]
"""A handoff between teams: who gave, who took, and the step that the wait after it is booked to."""


@dataclass(frozen=True, eq=False)
class Passes:
    """Passes of one order of steps; a row of each array is a pass, a column a place in it."""

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
    total: int
    straight: dict[str, int]
    """Step → its time outside the passes; such times are simply added."""
    straight_waits: dict[Handing, int]
    """The recorded wait after each handoff outside the passes; a part of `straight`."""
    passes: tuple[Passes, ...]
    now: dict[str, StepNow]

    @cached_property
    def steps_inside(self) -> frozenset[str]:
        """The steps that some pass holds."""
        return frozenset(self.steps[number] for each in self.passes for number in np.unique(each.step).tolist())


def branch_times(ledger: Ledger) -> BranchTimes:
    """Take the times from the ledger."""
    segments = cohort_booked(ledger)
    con = ledger.timeline.clocks.days.get_backend()
    straight = {r["booked_step"]: int(r["t"] or 0) for r in rows_of(_by_step(segments))}
    weights = cases_of_sequences(ledger.cases.filter(ledger.cases.has_lead), ledger.structures)
    reach = reached(ledger.structures, weights)
    now = {step: StepNow(r.cases, r.visits, straight[step]) for step, r in reach.items()}
    after = waits_after(ledger, segments)
    waits = _waits(after)
    found = _found_passes(ledger.structures)
    steps = (*ledger.structures.coded.steps, UNKNOWN)
    handoffs = tuple(waits)
    passes: tuple[Passes, ...] = ()
    total = sum(straight.values())
    if found is not None:
        rows = _rows(con, ledger, after, found)
        passes = tuple(_passes(ledger.structures, found, rows, handoffs))
        _take_out(passes, steps, handoffs, straight, waits)
        now |= _with_off_path(ledger, segments, passes, steps, now)
    return BranchTimes(int(weights.sum()), steps, handoffs, total, straight, waits, passes, now)


def _by_step(segments: Any) -> Any:
    return segments.group_by("booked_step").agg(t=segments.elapsed_total.sum())


def waits_after(ledger: Ledger, segments: Any) -> Any:
    """Return the segments with a recorded wait after a handoff between teams, with its giver, taker and step."""
    ordered = segments.filter(segments.passing >= 0, segments.order_known, segments.elapsed_wait > 0)
    team = ledger.handoffs.filter(ledger.handoffs.level == "team")
    after = ordered.join(team.select("sequence", "position", "giver", "taker"), ["sequence", "position"])
    return after.select("case", "position", "giver", "taker", "elapsed_wait", step=after.booked_step.cast("string"))


def _waits(after: Any) -> dict[Handing, int]:
    """Return the recorded wait after each handoff between teams, largest first."""
    rows = rows_of(after.group_by(["giver", "taker", "step"]).agg(t=after.elapsed_wait.sum()))
    rows.sort(key=lambda r: (-r["t"], r["giver"], r["taker"], r["step"]))
    return {(r["giver"], r["taker"], r["step"]): int(r["t"]) for r in rows}


@dataclass(frozen=True, eq=False)
class _Found:
    """The passes of all distinct sequences: where they begin and end, and which are alike."""

    begins: Ints
    lengths: Ints
    kinds: Ints
    orders: tuple[BranchOrder, ...]


def _found_passes(structures: Structures) -> _Found | None:
    """Find the runs of parallel steps of first episodes in which something lies off the path; null without any."""
    s, p, alphabet = structures.sequences, structures.positions, structures.coded.alphabet
    in_first = (p.phase == LEAD) & (p.episode == 1)
    if not (in_first & ~p.on_path).any():
        return None
    step = alphabet.tokens[:, EVENT_STEP][s.codes]
    is_parallel: Ints = np.asarray(alphabet.beside.any(axis=1))
    inside = in_first & (step >= 0) & is_parallel[step]
    starts = inside & (~np.roll(inside, 1) | (s.places == 0))
    run = np.cumsum(starts) - 1
    has_off = np.zeros(int(starts.sum()), np.bool_)
    has_off[run[inside & ~p.on_path]] = True
    begins = np.flatnonzero(starts)[has_off]
    lengths = np.bincount(run[inside], minlength=len(has_off))[has_off]
    offsets = np.concatenate([[0], np.cumsum(lengths + 1)])
    after = begins + lengths
    goes_on = (after < len(step)) & in_first[np.minimum(after, len(step) - 1)]
    goes_on &= s.owners[np.minimum(after, len(step) - 1)] == s.owners[begins]
    by_last = ~goes_on & np.isin(structures.ends.end[s.owners[begins]], (DELIVERED, ENDED))
    keys = np.empty(offsets[-1], np.int64)
    for n, (begin, length) in enumerate(zip(begins, lengths, strict=True)):
        keys[offsets[n]] = by_last[n]
        keys[offsets[n] + 1 : offsets[n + 1]] = step[begin : begin + length]
    kinds, firsts = distinct_rows(keys, offsets)
    listed = [keys[offsets[n] : offsets[n + 1]] for n in firsts]
    orders = tuple(branch_order(k[1:].tolist(), alphabet.beside, ends_by_last=bool(k[0])) for k in listed)
    return _Found(begins, lengths, kinds, orders)


def _rows(con: Any, ledger: Ledger, after: Any, found: _Found) -> pa.Table:
    """Return the times of every event of the passes: pass, place, case, its instant in the clock, and its segment."""
    s = ledger.structures.sequences
    number = np.repeat(np.arange(len(found.begins), dtype=np.int32), found.lengths)
    place = np.arange(len(number), dtype=np.int32) - np.repeat(np.cumsum(found.lengths) - found.lengths, found.lengths)
    at = found.begins[number] + place
    columns = {"sequence": s.owners[at], "position": s.places[at], "run": number, "place": place.astype(np.int32)}
    listed = kept(con, "zs_passes", pa.table(columns))
    booked = ledger.booked.filter(ledger.booked.phase == "lead", ledger.booked.episode == 1)
    rows = booked.join(listed, ["sequence", "position"]).semi_join(ledger.cases.filter(ledger.cases.has_lead), "case")
    timed = ledger.timeline.clocks.with_clocks(rows, "at")
    handed = after.select("case", "position", "giver", "taker", "elapsed_wait").rename(after_wait="elapsed_wait")
    timed = timed.left_join(handed, ["case", "position"])
    # one row a (case, pass, place), in that order, so that every pass is a row of its array
    names = ("run", "place", "case", "at_elapsed", "on_path", "elapsed_total", "giver", "taker", "after_wait")
    found_rows: pa.Table = timed.select(*names).order_by("run", "case", "place").to_pyarrow()
    return found_rows


def _passes(structures: Structures, found: _Found, rows: pa.Table, handoffs: tuple[Handing, ...]) -> Iterator[Passes]:
    """Set the rows out as one array a kind of pass."""
    run = rows["run"].to_numpy()
    kind = found.kinds[run]
    steps, own = _steps(structures)
    at = found.begins[run] + rows["place"].to_numpy()
    on_path = rows["on_path"].to_numpy(zero_copy_only=False).astype(np.bool_)
    step = np.where(on_path, steps[at], own[at])
    handing = _handings(rows, step, (*structures.coded.steps, UNKNOWN), handoffs)
    wait = rows["after_wait"].fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    instant, total = (rows[c].to_numpy(zero_copy_only=False).astype(np.int64) for c in ("at_elapsed", "elapsed_total"))
    for n, order in enumerate(found.orders):
        wide = len(order.nearest)
        here = kind == n
        shaped = {
            "at": instant, "total": total, "wait": wait, "step": step, "handing": handing, "on": on_path,
            "case": rows["case"].to_numpy(),
        }  # fmt: skip
        part = {name: column[here].reshape(-1, wide) for name, column in shaped.items()}
        if len(part["at"]):
            takes = _takes(part["at"], part["total"], part["on"], order)
            yield Passes(order, part["case"][:, 0], takes, part["wait"], part["step"], part["handing"], part["on"])


def _handings(rows: pa.Table, step: Ints, names: tuple[str, ...], handoffs: tuple[Handing, ...]) -> Ints:
    """Return the number of the handoff before each event's segment; −1 where there is none."""
    codes, lanes = [], []
    for column in ("giver", "taker"):
        coded = rows[column].combine_chunks().dictionary_encode()
        codes.append(coded.indices.fill_null(-1).to_numpy(zero_copy_only=False))
        lanes.append({name: n for n, name in enumerate(coded.dictionary.to_pylist())})
    numbers = np.full((len(lanes[0]) + 1, len(lanes[1]) + 1, len(names)), -1, np.int64)
    place = {name: n for n, name in enumerate(names)}
    for n, (giver, taker, name) in enumerate(handoffs):
        if giver in lanes[0] and taker in lanes[1]:
            numbers[lanes[0][giver], lanes[1][taker], place[name]] = n
    found: Ints = numbers[codes[0], codes[1], step]
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
        for number in np.unique(each.step[each.on_path]):
            straight[steps[number]] -= int(each.takes[each.on_path & (each.step == number)].sum())
        for number in np.unique(each.handing[each.handing >= 0]):
            waits[handoffs[number]] -= int(each.wait[each.handing == number].sum())


def _with_off_path(
    ledger: Ledger, segments: Any, passes: tuple[Passes, ...], steps: tuple[str, ...], now: dict[str, StepNow]
) -> dict[str, StepNow]:
    """Return the steps that were also done off the path, with that work counted too."""
    off_time: dict[str, int] = {}
    for each in passes:
        off = ~each.on_path
        for number in np.unique(each.step[off]):
            time = int(each.takes[off & (each.step == number)].sum())
            off_time[steps[number]] = off_time.get(steps[number], 0) + time
    booked = ledger.booked.filter(~ledger.booked.on_path, ledger.booked.phase == "lead", ledger.booked.episode == 1)
    beside = booked.semi_join(ledger.cases.filter(ledger.cases.has_lead), "case")
    off_visits = beside.select("case", "step_visit", step=beside.step_of_event.cast("string")).distinct()
    visits = {r["step"]: r["n"] for r in rows_of(off_visits.group_by("step").agg(n=off_visits.count()))}
    on_cases = segments.select("case", step=segments.booked_step.cast("string")).distinct()
    both = on_cases.union(off_visits.select("case", "step")).distinct()
    cases = {r["step"]: r["n"] for r in rows_of(both.group_by("step").agg(n=both.count()))}
    none = StepNow(0, 0, 0)
    return {
        step: StepNow(
            cases.get(step, 0),
            now.get(step, none).visits + visits.get(step, 0),
            now.get(step, none).total + time,
        )
        for step, time in off_time.items()
        if step != UNKNOWN
    }
