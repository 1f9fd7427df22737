"""The simulated chain straight as event tables, in chunks: for benchmarks at any size."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import numpy as np
import pyarrow as pa

from flows.simulator.behaviour import run_course
from flows.simulator.clocks import LOCAL, MISSING, Seconds
from flows.simulator.people import arrive, case_numbers
from flows.simulator.records import STAFF
from flows.simulator.seen import Seen
from flows.simulator.simulate import AS_OF
from flows.simulator.slots import SLOTS, SOURCE_OF
from mining.columns import EVENTS

CHUNK_CASES = 25_000
UTC = pa.timestamp("us", tz="UTC")


def simulate_events(
    cases: int, seed: int = 2025, as_of: datetime = AS_OF, chunk_cases: int = CHUNK_CASES
) -> Iterator[pa.Table]:
    """Yield the acting events of `cases` cases as tables in the schema EVENTS, clustered by case, no dirt."""
    seq = 0
    for chunk, first in enumerate(range(0, cases, chunk_cases)):
        random = np.random.default_rng((seed, chunk))
        count = min(chunk_cases, cases - first)
        days = (365 * first / cases, 365 * (first + count) / cases)
        course = run_course(arrive(random, first, count, days), random)
        table = _events(Seen(course, LOCAL.local_seconds(as_of)), seq)
        seq += len(table)
        yield table


def _events(seen: Seen, seq: int) -> pa.Table:
    case, place = np.nonzero(seen.passed.T)
    course = seen.course
    numbers = pa.array(np.arange(seq, seq + len(case)))
    case_ids = pa.array(case_numbers(course.applicants.number)).take(pa.array(case))
    columns = {
        "event_id": numbers.cast(pa.string()),
        "source_case_id": case_ids,
        "case_id": case_ids,
        "started_at": _instants(course.started[place, case]),
        "completed_at": _instants(course.completed[place, case]),
        "seq": numbers,
        "resource": _resources(place, case),
        "records": pa.array(np.ones(len(case), dtype=np.int32)),
        **{name: _by_slot(values, place) for name, values in _SLOT_COLUMNS.items()},
    }
    empty = pa.nulls(len(case))
    arrays = [columns.get(field.name, empty).cast(field.type) for field in EVENTS]
    return pa.Table.from_arrays(arrays, schema=EVENTS)


_SLOT_COLUMNS: dict[str, list[str | None]] = {
    "source": [SOURCE_OF[slot.table] for slot in SLOTS],
    "activity": [slot.activity for slot in SLOTS],
    "raw_activity": [slot.label for slot in SLOTS],
    "precision": ["day" if slot.is_day else "second" for slot in SLOTS],
    "lane": [None if slot.is_automatic else slot.lane for slot in SLOTS],
    "role": ["automatic" if slot.is_automatic else "act" for slot in SLOTS],
    "opens_step": [slot.opens[0] if slot.opens else None for slot in SLOTS],
    "opens_lane": [slot.opens[1] if slot.opens else None for slot in SLOTS],
    "opens_until": [slot.opens[2] if slot.opens else None for slot in SLOTS],
}


def _by_slot(values: list[str | None], place: Seconds) -> pa.Array:
    return pa.array(values, type=pa.string()).take(pa.array(place))


def _resources(place: Seconds, case: Seconds) -> pa.Array:
    """Return a pseudonym per lane and case, out of the staff of the lane."""
    staff = np.array([0 if s.is_automatic else STAFF.get(s.lane, 0) for s in SLOTS])[place]
    first = np.cumsum([0, *(STAFF.get(s.lane, 0) for s in SLOTS)])[:-1][place]
    number = first + case % np.maximum(staff, 1)
    names = pa.array([f"r{n:04d}" for n in range(int(number.max(initial=0)) + 1)])
    return names.take(pa.array(number, mask=staff == 0))


def _instants(local: Seconds) -> pa.Array:
    return pa.array(LOCAL.utc_microseconds(local), mask=local == MISSING).cast(pa.timestamp("us")).cast(UTC)
