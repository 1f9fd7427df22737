"""The engine's tables and the oracle's cases in one form, to be held side by side field by field."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from mining.ledger import CLOCKS, KINDS, Ledger
from tests.mining_run import handings_by_place
from tests.oracle import Case
from tests.oracle_clocks import to_micros
from tests.oracle_entries import Entry

AMOUNTS = tuple(f"{clock}_{kind}" for clock in CLOCKS for kind in (*KINDS, "total", "suspended"))
FLAGS = ("starts_late", "order_known", "together")
PLAIN = ("zaaktype", "persona", "channel", "outcome", "received_precision", "closed_precision")


def rows(table: Any) -> list[dict[str, Any]]:
    return table.to_pyarrow().to_pylist()


def said(case: Case) -> dict[str, Any]:
    """What the oracle says of a case."""
    loops = first_alike([(e.episode, e.loop_number) if e.loop else None for e in case.entries])
    tail = case.tail
    return {
        "entries": [_said_of(e) | {"shares_loop_with": n} for e, n in zip(case.entries, loops, strict=True)],
        "fields": {name: case.fields[name] for name in (*PLAIN, "targets", "segments")},
        "origin": case.origin and to_micros(case.origin),
        "ends_at": case.ends_at and to_micros(case.ends_at),
        "end": case.end,
        "lead": case.lead,
        "is_open": case.is_open,
        "start_inferred": case.start_inferred,
        "end_inferred": case.end_inferred,
        "whole_days": case.whole_days,
        "handoffs": case.handoffs,
        "tail": tail and (tail.step, tail.lane, tail.elapsed, tail.working),
    }


def _said_of(e: Entry) -> dict[str, Any]:
    fields = {"id": e.event_id, "activity": e.activity, "at": to_micros(e.at), "is_raised": e.is_raised}
    fields |= {"phase": e.phase, "episode": e.episode} | {name: getattr(e, name) for name in FLAGS}
    lay = sum(to_micros(high) - to_micros(low) for low, high in e.still)
    fields["touch"] = None if e.started is None else to_micros(e.done) - to_micros(e.started) - lay
    if not e.on_path:
        return fields | {"slack": e.slack}
    fields |= {"booked": e.booked, "since": to_micros(e.since), "visit": e.visit, "loop": e.loop}
    return fields | {"is_self_loop": e.is_self_loop, "returns_to": e.returns_to} | e.amounts


def first_alike(keys: list[Any]) -> list[int | None]:
    """Return for each key where it stood first: who shares a loop, however loops are numbered."""
    return [None if key is None else keys.index(key) for key in keys]


def found(ledger: Ledger) -> dict[str, dict[str, Any]]:
    """What the engine's ledger says of each case."""
    loops = {
        (r["sequence"], r["loop"]): tuple(s if s != "unknown" else None for s in r["path"]) for r in rows(ledger.loops)
    }
    segments: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows(ledger.segments.order_by("case_id", "position")):
        segments[row["case_id"]].append(row)
    made: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in handings_by_place(ledger):
        made[row["sequence"]].append(row)
    tails = {t["case_id"]: (t["step"], t["lane"], t["elapsed_total"], t["working_total"]) for t in rows(ledger.tails)}
    cases = rows(ledger.cases)
    assert len({c["case_id"] for c in cases}) == len(cases)
    return {c["case_id"]: _found(c, segments[c["case_id"]], loops, made, tails.get(c["case_id"])) for c in cases}


def _found(case: dict[str, Any], events: list[dict[str, Any]], loops: Any, made: Any, tail: Any) -> dict[str, Any]:
    assert [s["position"] for s in events] == list(range(len(events)))
    shared = first_alike([None if s["loop"] == -1 else (s["episode"], s["loop"]) for s in events])
    given = [
        (_name(events[h["position"]]), h["level"], h["giver"], h["taker"], h["is_back"]) for h in made[case["sequence"]]
    ]
    same = ("origin", "ends_at", "end", "is_open", "start_inferred", "end_inferred", "whole_days")
    return {
        "entries": [_found_of(s, loops) | {"shares_loop_with": n} for s, n in zip(events, shared, strict=True)],
        "fields": {name: case[name] for name in PLAIN}
        | {name: json.loads(case[name] or "{}") for name in ("targets", "segments")},
        "lead": {clock: case[f"lead_{clock}"] for clock in CLOCKS},
        "handoffs": sorted(given),
        "tail": tail,
    } | {name: case[name] for name in same}


def _found_of(s: dict[str, Any], loops: dict[tuple[int, int], tuple[str | None, ...]]) -> dict[str, Any]:
    is_closing = s["event_id"] == s["case_id"]
    fields = {"id": _name(s), "activity": None if is_closing else s["activity"], "at": s["at"]}
    fields |= {name: s[name] for name in ("phase", "episode", "touch", "is_raised", *FLAGS)}
    if not s["on_path"]:
        return fields | {"slack": s["slack"]}
    fields |= {"booked": (s["step"], s["lane"], s["booked_by"]), "visit": s["visit"], "since": s["since"]}
    fields |= {"loop": loops.get((s["sequence"], s["loop"]))}
    return fields | {name: s[name] for name in ("is_self_loop", "returns_to", *AMOUNTS)}


def _name(segment: dict[str, Any]) -> str:
    return "closed" if segment["event_id"] == segment["case_id"] else segment["event_id"]


def differences(case: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Name each field in which two say something else of one case."""
    told = [f"{k}: oracle {v!r}, ledger {other[k]!r}" for k, v in case.items() if k != "entries" and v != other[k]]
    ids = [[e["id"] for e in side["entries"]] for side in (case, other)]
    if ids[0] != ids[1]:
        return [*told, f"order: oracle {ids[0]}, ledger {ids[1]}"]
    for one, two in zip(case["entries"], other["entries"], strict=True):
        told += [
            f"{one['id']} {k}: oracle {one.get(k)!r}, ledger {two.get(k)!r}"
            for k in one | two
            if one.get(k) != two.get(k)
        ]
    return told
