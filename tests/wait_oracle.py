"""Why it waited, by hand: a second, slow reading of docs/measures.md, a quarter of an hour at a time.

For logs in which everything begins and ends on a quarter. In: the booked rows as dicts, and two functions of
(instant, lane) that say when a lane is open and when the reference calendar is. Out: per case and position the causes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

QUARTER = 15 * 60 * 1_000_000
TOGETHER = 60 * 1_000_000
Rows = list[dict[str, Any]]
IsOpen = Callable[[int, str], bool]


def causes_by_hand(booked: Rows, waits: Rows, is_open: IsOpen, reference: str) -> Iterator[tuple[Any, dict[str, int]]]:
    """Yield (case, position) and the causes of each wait of which they can be told."""
    work = [w for w in booked if w["resource"] and w["started"] is not None and w["precision"] != "day"]
    work.sort(key=lambda w: (w["resource"], w["started"], w["done"], w["case"], w["position"]))
    ready = dict(_ready(work))
    for wait in waits:
        key = wait["case"], wait["position"]
        own = [w for w in work if w["resource"] == wait["resource"]]
        complete = ready.get(key, wait["since"])
        gathering = [t for t in range(wait["since"], complete, QUARTER) if is_open(t, wait["event_lane"])]
        is_batched = any(not _is_busy(t, own) for t in gathering)
        found = dict.fromkeys(
            (f"{clock}_{cause}" for clock in ("elapsed", "working") for cause in ("batching", "absent", "queue")), 0
        )
        for t in range(wait["since"], wait["free"], QUARTER):
            cause = "batching" if is_batched and t < complete else _cause(t, wait["event_lane"], own, is_open)
            if cause:
                found[f"elapsed_{cause}"] += QUARTER
                found[f"working_{cause}"] += QUARTER if is_open(t, reference) else 0
        if wait["whole_days"]:
            found |= _in_days(found, wait)
        yield key, found | {"batched": int(is_batched)}


def _cause(t: int, lane: str, own: Rows, is_open: IsOpen) -> str | None:
    if not is_open(t, lane):
        return "absent"
    return "queue" if _is_busy(t, own) else None


def _is_busy(t: int, own: Rows) -> bool:
    return any(w["started"] <= t < w["done"] for w in own)


def _in_days(found: dict[str, int], wait: dict[str, Any]) -> dict[str, int]:
    days: dict[str, int] = {}
    share = wait["elapsed_wait"] / (wait["free"] - wait["since"])
    for cause in ("batching", "absent", "queue"):
        part = int(found[f"elapsed_{cause}"] * share + 0.5)
        days[f"elapsed_{cause}"] = min(part, wait["elapsed_wait"] - sum(days.values()))
    return days


def _ready(work: Rows) -> Iterator[tuple[Any, int]]:
    """Yield for each piece that is in a batch when the last one of it had come in."""
    for _, of_one in groupby(work, key=lambda w: w["resource"]):
        runs: list[Rows] = []
        reached = None
        for w in of_one:
            is_next = bool(runs) and w["activity"] == runs[-1][-1]["activity"] and w["started"] <= reached + TOGETHER
            if is_next:
                runs[-1].append(w)
            else:
                runs.append([w])
            reached = w["done"] if reached is None else max(reached, w["done"])
        begun: dict[str, int] = {}
        for run in runs:
            before = begun.get(run[0]["activity"])
            begun[run[0]["activity"]] = max(w["started"] for w in run)
            members = [w for w in run if w["since"] is not None and w["since"] <= run[0]["started"]]
            members = [w for w in members if before is None or w["since"] >= before]
            if len({w["case"] for w in members}) > 1:
                yield from (((w["case"], w["position"]), max(m["since"] for m in members)) for w in members)
