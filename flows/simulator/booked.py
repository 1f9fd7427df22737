"""What is booked of a simulated chain: segments, steps, loops and handoffs, as the generator knows them.

Elapsed amounts are seconds; in a case of which anything was written down by the day, they are whole local days.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from flows.simulator.clocks import DAY, LOCAL, MISSING, OFFICE, Mask, Seconds
from flows.simulator.people import case_numbers
from flows.simulator.seen import Seen
from flows.simulator.slots import PLACE, SLOTS

LOOPS = {
    ("intake", "supplement", "intake"): (
        ("supplement_received_1", "intake_2"),
        ("supplement_received_2", "intake_3"),
    ),
    ("investigation", "supplement", "investigation"): (("documents_received", "investigate_2"),),
    ("decision", "quality_check", "decision"): (
        ("check_returned_1", "draft_decision_2"),
        ("check_returned_2", "draft_decision_3"),
    ),
}
"""Each loop that is injected: its path, and per occurrence the event that leaves and the one that returns."""
KINDS = ("wait", "process", "unknown")
UTC = pa.timestamp("us", tz="UTC")


def instants(local: Seconds) -> pa.Array:
    """Return local moments as UTC instants, null where MISSING."""
    return pa.array(LOCAL.utc_microseconds(local), mask=local == MISSING).cast(pa.timestamp("us")).cast(UTC)


def elapsed(begin: Seconds, end: Seconds, whole_days: Mask) -> Seconds:
    """Return the seconds as the citizen lives them: whole local days where the case is known by the day."""
    days: Seconds = (end // DAY - begin // DAY) * DAY
    return np.where(whole_days, days, LOCAL.elapsed(begin, end))


def segments_of(seen: Seen) -> pa.Table:
    """Return the booked segments of the first, ended episodes: on the path, in order, with their amounts."""
    case, place = np.nonzero((seen.on_path() & (seen.ended_at() != MISSING)).T)
    course, whole_days = seen.course, seen.in_whole_days()[case]
    begin, end, start = (m[place, case] for m in (course.available, course.completed, course.started))
    known = start != MISSING
    worked_from = np.where(known, start, end)
    names = np.array([(s.activity, *s.held_by) for s in SLOTS])
    columns: dict[str, Any] = {
        "case_id": pa.array(case_numbers(course.applicants.number)).take(pa.array(case)),
        "activity": names[place, 0],
        "step": names[place, 1],
        "lane": names[place, 2],
        "from_at": instants(begin),
        "started_at": instants(start),
        "to_at": instants(end),
    }
    waited, worked = elapsed(begin, worked_from, whole_days), elapsed(worked_from, end, whole_days)
    columns |= _amounts("elapsed", known, waited, worked)
    before, after, done = (OFFICE.position(moment) for moment in (begin, worked_from, end))
    return pa.table(columns | _amounts("working", known, after - before, done - after))


def _amounts(clock: str, known: Mask, waited: Seconds, worked: Seconds) -> dict[str, Seconds]:
    return {
        f"{clock}_wait_seconds": np.where(known, waited, 0),
        f"{clock}_process_seconds": np.where(known, worked, 0),
        f"{clock}_unknown_seconds": np.where(known, 0, waited),
    }


def steps_of(segments: pa.Table) -> list[dict[str, Any]]:
    """Return the booked amounts per step and lane, summed over the ended cases."""
    amounts = [f"{clock}_{kind}_seconds" for clock in ("elapsed", "working") for kind in KINDS]
    grouped = segments.group_by(["step", "lane"]).aggregate(
        [*((a, "sum") for a in amounts), ("case_id", "count_distinct")]
    )
    rows = grouped.rename_columns(["step", "lane", *amounts, "cases"]).sort_by([("step", "ascending")])
    return list(rows.to_pylist())


def loop_counts(seen: Seen, pairs: tuple[tuple[str, str], ...]) -> npt.NDArray[np.int64]:
    """Return how often each case came back."""
    counts: npt.NDArray[np.int64] = np.sum([seen.has(returns) for _, returns in pairs], axis=0)
    return counts


def loops_of(seen: Seen) -> list[dict[str, Any]]:
    """Return each injected loop with cases, occurrences and its elapsed seconds, over the ended cases."""
    is_ended = seen.ended_at() != MISSING
    return [_loop(seen, path, pairs, is_ended) for path, pairs in LOOPS.items()]


def _loop(seen: Seen, path: tuple[str, ...], pairs: tuple[tuple[str, str], ...], is_ended: Mask) -> dict[str, Any]:
    counts = loop_counts(seen, pairs) * is_ended
    return {
        "path": list(path),
        "cases": int((counts > 0).sum()),
        "occurrences": int(counts.sum()),
        "elapsed_seconds": int(loop_seconds(seen, pairs)[is_ended].sum()),
    }


def loop_seconds(seen: Seen, pairs: tuple[tuple[str, str], ...]) -> Seconds:
    """Return the elapsed seconds of each case in a loop."""
    seconds = np.zeros(len(seen.course.applicants), np.int64)
    for leaves, returns in pairs:
        here = seen.has(returns)
        begin, end = seen.course.available[PLACE[leaves]][here], seen.course.completed[PLACE[returns]][here]
        seconds[here] += elapsed(begin, end, seen.in_whole_days()[here])
    return seconds


@dataclass(frozen=True)
class Handoffs:
    """Changes of holder along the path: per case, and per pair of lanes (of ended cases)."""

    per_case: npt.NDArray[np.int64]
    pairs: Counter[tuple[str, str]]


def handoffs_of(seen: Seen) -> Handoffs:
    """Count where the holder changes between consecutive segments; what the system does changes no holder."""
    lanes = sorted({slot.held_by[1] for slot in SLOTS})
    path, is_ended = seen.on_path(), seen.ended_at() != MISSING
    holder = np.full(path.shape[1], -1)
    per_case = np.zeros(path.shape[1], dtype=np.int64)
    pairs: Counter[tuple[str, str]] = Counter()
    for place, slot in enumerate(SLOTS):
        if slot.is_automatic:
            continue
        lane = lanes.index(slot.held_by[1])
        changes = path[place] & (holder != lane) & (holder >= 0)
        per_case += changes
        for previous, count in zip(*np.unique(holder[changes & is_ended], return_counts=True), strict=True):
            pairs[lanes[previous], lanes[lane]] += int(count)
        holder = np.where(path[place], lane, holder)
    return Handoffs(per_case, pairs)
