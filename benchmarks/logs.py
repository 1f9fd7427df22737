"""The two logs that speed is measured on, as Parquet files in the schema of the event table (`mining.columns.EVENTS`).

`simulator`: the built-in chain. `variety`: random walks in which about half of the cases have a sequence of their
own and nine in ten have rework. Both are the same for the same size and seed, and clustered by case as they arrive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from flows.simulator.stream import simulate_events
from mining.columns import EVENTS

EVENTS_A_CASE_OF_THE_CHAIN = 16.5
CHUNK_CASES = 50_000
ACTIVITIES = 18
LANES = ("front_office", "team_a", "team_b", "legal", "administration")
HOUR = 3_600_000_000
START = 1_735_689_600_000_000
"""2025-01-01 in UTC, in microseconds."""


def write_log(name: str, events: int, path: Path) -> int:
    """Write the log of that name with about so many events, and return how many it has."""
    if path.exists():
        return int(pq.ParquetFile(path).metadata.num_rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".writing")
    written = 0
    with pq.ParquetWriter(aside, EVENTS) as file:
        for table in LOGS[name](events):
            table = table.slice(0, events - written)
            file.write_table(table)
            written += len(table)
    aside.rename(path)
    return written


def chain(events: int) -> Iterator[pa.Table]:
    """Yield the simulated chain until there are that many events."""
    yield from simulate_events(int(events / EVENTS_A_CASE_OF_THE_CHAIN) + 1)


def variety(events: int, seed: int = 7) -> Iterator[pa.Table]:
    """Yield random walks over the activities, ten events a case on average, with recorded starts."""
    seq = first = 0
    while seq < events:
        table = _walks(np.random.default_rng((seed, first)), first, CHUNK_CASES, seq, events // 10)
        seq, first = seq + len(table), first + CHUNK_CASES
        yield table


def _walks(random: np.random.Generator, first: int, cases: int, seq: int, of_cases: int) -> pa.Table:
    lengths = np.where(random.random(cases) < 0.5, random.integers(4, 8, cases), random.integers(9, 20, cases))
    case = np.repeat(np.arange(cases), lengths)
    begin = np.repeat(np.cumsum(lengths) - lengths, lengths)
    place = np.arange(len(case)) - begin
    activity = _steps(random, place, np.repeat(lengths, lengths) > 8)
    worked = random.exponential(2 * HOUR, len(case)).astype(np.int64) + 1_000_000
    waited = random.exponential(30 * HOUR, len(case)).astype(np.int64) + 1_000_000
    passed = np.cumsum(worked + waited)
    elapsed = passed - passed[begin] + (worked + waited)[begin]
    arrived = START + ((first + case) * (365 * 24 * HOUR // max(of_cases, 1))).astype(np.int64)
    done = arrived + elapsed
    return _table(random, first, case, activity, done, worked, seq)


def _steps(random: np.random.Generator, place: np.ndarray, wanders: np.ndarray) -> np.ndarray:
    """Return the activities: along the usual route with a step back now and then, or wandering."""
    back = random.random(len(place)) < 0.06
    usual = np.minimum(np.maximum(place - back * 2, 0), ACTIVITIES - 1)
    drift = random.integers(-2, 3, len(place))
    return np.where(wanders, np.clip(place // 2 + drift, 0, ACTIVITIES - 1), usual)


def _table(
    random: np.random.Generator,
    first: int,
    case: np.ndarray,
    activity: np.ndarray,
    done: np.ndarray,
    worked: np.ndarray,
    seq: int,
) -> pa.Table:
    n = len(case)
    names = pa.array([f"step_{a:02d}" for a in range(ACTIVITIES)]).take(pa.array(activity))
    numbers = pa.array(first + case).cast(pa.string())
    cases = pa.compute.binary_join_element_wise(pa.scalar("Z"), numbers, "")
    has_start = random.random(n) < 0.9
    lane = activity * len(LANES) // ACTIVITIES
    person = lane * 40 + (case + activity) % 40
    columns = {
        "event_id": pa.array(np.arange(seq, seq + n)).cast(pa.string()),
        "source": pa.array(["log"]).take(pa.array(np.zeros(n, np.int64))),
        "source_case_id": cases,
        "case_id": cases,
        "activity": names,
        "raw_activity": names,
        "started_at": _moments(done - worked, ~has_start),
        "completed_at": _moments(done),
        "precision": pa.array(["second"]).take(pa.array(np.zeros(n, np.int64))),
        "seq": pa.array(np.arange(seq, seq + n)),
        "resource": pa.array([f"p{i:03d}" for i in range(len(LANES) * 40)]).take(pa.array(person)),
        "lane": pa.array(LANES).take(pa.array(lane)),
        "role": pa.array(["act"]).take(pa.array(np.zeros(n, np.int64))),
        "records": pa.array(np.ones(n, np.int32)),
    }
    empty = pa.nulls(n)
    return pa.table([columns.get(f.name, empty).cast(f.type) for f in EVENTS], schema=EVENTS)


def _moments(micros: np.ndarray, mask: np.ndarray | None = None) -> pa.Array:
    whole = micros - micros % 1_000_000
    return pa.array(whole, mask=mask).cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC"))


LOGS: dict[str, Callable[[int], Iterator[pa.Table]]] = {"simulator": chain, "variety": variety}
