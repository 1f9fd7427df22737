"""The order of a case, and what an event knows of those around it, against each definition looked up one by one."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining import event_order
from mining.compiled import compiled
from mining.event_order import DAY, PRECISIONS, Walk
from mining.log import MICROSECONDS_A_DAY

HOUR = 3_600_000_000
FIRST = 20_000
WITHIN = 60_000_000
CLOSING, COMES_FIRST = 2, 1
SOURCES = np.array([[1, 0, 1], [False, True, False]], np.int64)
"""Two of the three are not of the mapping, so none of them goes before the other."""
SWITCHES = 20_003
"""The day at whose first hour the clock goes from two hours ahead to one."""
DAYS = np.array(
    [
        [FIRST + n for n in range(10)],
        [2 * HOUR if FIRST + n <= SWITCHES else HOUR for n in range(10)],
        [2 * HOUR if FIRST + n < SWITCHES else HOUR for n in range(10)],
        [(FIRST + n) * MICROSECONDS_A_DAY + (HOUR if FIRST + n == SWITCHES else 24 * HOUR) for n in range(10)],
    ],
    np.int64,
)
SCHEMA = pa.schema(
    {
        "case": pa.int32(), "done": pa.int64(), "started": pa.int64(), "token": pa.int32(),
        "source_code": pa.int32(), "resource_code": pa.int32(), "channel_code": pa.int32(),
        "precision_code": pa.int8(), "seq": pa.int64(), "received": pa.int64(), "is_received_on": pa.bool_(),
        "starts_late": pa.bool_(), "event_id": pa.string(),
    }
)  # fmt: skip

moments = st.integers(2 * 24 * 4, 7 * 24 * 4).map(lambda q: FIRST * MICROSECONDS_A_DAY + q * HOUR // 4) | st.integers(
    SWITCHES * MICROSECONDS_A_DAY - WITHIN, SWITCHES * MICROSECONDS_A_DAY + WITHIN
)
same = st.sampled_from([(FIRST + 4) * MICROSECONDS_A_DAY, (FIRST + 4) * MICROSECONDS_A_DAY + HOUR])
events = st.fixed_dictionaries(
    {
        "done": moments | same,
        "started": st.none() | moments,
        "token": st.integers(0, 2),
        "source_code": st.none() | st.integers(0, 1),
        "resource_code": st.none() | st.integers(0, 1),
        "precision_code": st.none() | st.integers(0, len(PRECISIONS) - 1),
        "seq": st.integers(0, 1),
        "name": st.integers(0, 9),
    }
)
cases = st.fixed_dictionaries(
    {
        "events": st.lists(events, max_size=9),
        "closed": st.none() | moments,
        "closed_precision": st.sampled_from([None, 0, DAY]),
        "received": st.none() | moments,
        "is_received_on": st.booleans(),
    }
)


def local_date(moment: int) -> int:
    ahead = 2 * HOUR if moment < SWITCHES * MICROSECONDS_A_DAY + HOUR else HOUR
    return (moment + ahead) // MICROSECONDS_A_DAY


def rows_of_case(number: int, case: dict[str, Any]) -> list[dict[str, Any]]:
    """Put the events of a case in a list as they come, its closing last."""
    rows = [{**event, "is_event": True} for event in case["events"]]
    if case["closed"] is not None or not rows:
        done = case["closed"] or FIRST * MICROSECONDS_A_DAY + 5 * 24 * HOUR
        closing = {
            "done": done,
            "token": 9,
            "source_code": CLOSING,
            "precision_code": case["closed_precision"],
            "seq": 0,
        }
        rows.append(closing)
    for place, row in enumerate(rows):
        row |= {"case": number, "event_id": f"{row.get('name', 0)}.{place}", "starts_late": False}
        row |= {name: case[name] for name in ("received", "is_received_on")}
    return [{name: row.get(name) for name in SCHEMA.names} for row in rows]


def in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sort a case by local date, slot, instant, place of the source, place in the source, and name."""
    known = []
    for row in rows:
        is_day = row["precision_code"] == DAY
        slot = (0 if row["source_code"] == COMES_FIRST else 2) if is_day else 1
        is_event = row["source_code"] != CLOSING
        date, place = local_date(row["done"]), {None: 2, COMES_FIRST: 0}.get(row["source_code"], 1)
        order = (date, slot, row["done"], place, row["seq"], row["event_id"])
        known.append({**row, "is_day": is_day, "is_event": is_event, "local_date": date, "order": order})
    return sorted(known, key=lambda row: row["order"])


def told_one_by_one(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Look each thing up in the whole case."""
    rows = in_order(rows)
    own = [row for row in rows if row["is_event"]]
    starts = [row["started"] for row in own if row["started"] is not None]
    first = min([row["done"] for row in own] + starts) if own else rows[0]["done"]
    received = rows[0]["received"]
    origin = first if received is None else received
    has_day = any(row["is_day"] for row in rows)
    told = []
    for i, row in enumerate(rows):
        before = next((rows[j] for j in range(i - 1, -1, -1) if rows[j]["is_event"]), None)
        after = next((rows[j] for j in range(i + 1, len(rows)) if rows[j]["is_event"]), None)
        since = max([origin, *(r["done"] for r in rows[:i])])
        at = max(since, row["done"])
        # the closing just before an event is no event before it
        of_events = rows[:i] if i and rows[i - 1]["is_event"] else rows[: max(i - 1, 0)]
        to_come = [r["started"] for r in rows[i:] if r["started"] is not None]
        is_near = row["is_event"] and any(
            other is not None and are_batch_entry(*sorted((other, row), key=rows.index)) for other in (before, after)
        )
        is_disputed = row["is_event"] and any(
            other["is_event"] and other["local_date"] == row["local_date"]
            and None not in (other["source_code"], row["source_code"])
            and other["source_code"] != row["source_code"] and (other["is_day"] or row["is_day"])
            for other in rows[:i]
        )  # fmt: skip
        told.append(
            {
                "event_id": row["event_id"],
                "is_event": row["is_event"],
                "is_day": row["is_day"],
                "position": i,
                "before_token": before["token"] if before else None,
                "to_come": min(to_come, default=None),
                "at": at,
                "since": since,
                "gap": at - max([origin, *(r["done"] for r in of_events)]) if before else None,
                "together": is_near,
                "order_known": not is_disputed,
                "is_raised": row["is_event"]
                and at > row["done"]
                and (not row["is_day"] or row["local_date"] < local_date(origin)),
                "whole_days": has_day or row["is_received_on"],
                "is_single": len(own) <= 1 and received is None,
            }
        )
    of_case = {
        "case": rows[0]["case"], "length": len(rows), "events": len(own), "has_day": has_day,
        "first_done": min((r["done"] for r in own), default=None), "first_start": min(starts, default=None),
        "last_done": max(r["done"] for r in rows), "origin": origin,
        "trace": b"".join(row["token"].to_bytes(1, "big") for row in rows),
    }  # fmt: skip
    return told, of_case


def are_batch_entry(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Tell whether one resource did both within a minute, at known times."""
    if any(row["precision_code"] in (None, DAY) or row["resource_code"] is None for row in (one, other)):
        return False
    return one["resource_code"] == other["resource_code"] and other["done"] - one["done"] <= WITHIN


def walked(rows: list[dict[str, Any]], size: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    parts = list(Walk(DAYS, WITHIN, SOURCES, CLOSING, 10, len(rows)).along(table.to_batches(max_chunksize=size)))
    return tuple([row for part in parts for row in part[n].to_pylist()] for n in (0, 1))


@settings(deadline=None)
@given(st.lists(cases, min_size=1, max_size=5), st.integers(1, 8))
def test_what_is_told_of_events_and_cases_is_what_each_definition_says(found: list[dict], size: int) -> None:
    every = [rows_of_case(3 * n, case) for n, case in enumerate(found)]
    rows, ends = walked([row for rows in every for row in rows], size)
    expected = [told_one_by_one(rows) for rows in every]
    told = [row for case, _ in expected for row in case]
    assert [{name: row[name] for name in told[0]} for row in rows] == told
    assert ends == [of_case for _, of_case in expected]


def test_a_case_longer_than_many_batches_is_walked_whole() -> None:
    case = {"events": [], "closed": None, "received": None, "is_received_on": False}
    one = {"done": (FIRST + 3) * MICROSECONDS_A_DAY, "token": 1, "source_code": 0, "precision_code": 0, "seq": 0}
    case["events"] = [{**one, "done": one["done"] + n % 7 * HOUR} for n in range(50)]
    rows, ends = walked(rows_of_case(1, case) + rows_of_case(2, case), 7)
    assert [row["position"] for row in rows] == [*range(50), *range(50)]
    assert [end["length"] for end in ends] == [50, 50]


def test_compiled_it_tells_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)

    def drawn() -> dict[str, Any]:
        done = FIRST * MICROSECONDS_A_DAY + int(rng.integers(2 * 24 * 60, 7 * 24 * 60)) * 60_000_000
        started = None if rng.integers(2) else done - int(rng.integers(5)) * HOUR
        codes = {n: [None, 0, 1][int(rng.integers(3))] for n in ("source_code", "resource_code")}
        return {"done": done, "started": started, "token": int(rng.integers(3)), **codes,
                "precision_code": [None, 0, 1, 2][int(rng.integers(4))], "seq": int(rng.integers(2))}  # fmt: skip

    rows = []
    for number in range(200):
        events = [drawn() for _ in range(int(rng.integers(5)))]
        received = None if rng.integers(2) else drawn()["done"]
        case = {"events": events, "closed": [None, drawn()["done"]][number % 2], "closed_precision": None}
        case |= {"received": received, "is_received_on": False}
        rows += rows_of_case(number, case)
    plain = walked(rows, 90)
    monkeypatch.setattr(event_order, "fitted", lambda function, size: compiled(function))
    assert walked(rows, 90) == plain
    assert all(one["position"] + 1 == two["position"] or not two["position"] for one, two in pairwise(plain[0]))
