"""The features of a generated case that a ledger can go wrong on, each as a question to the oracle's booking."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

from tests.oracle import Case
from tests.oracle_clocks import A_DAY
from tests.oracle_entries import Entry
from tests.oracle_logs import Drawn

Rows = list[dict[str, Any]]


def features_of(drawn: Drawn, case: Case, rows: Rows) -> dict[str, Any]:
    """Return feature → whether the case has it."""
    events = [r for r in rows if "activity" in r]
    lead = [e for e in case.entries if e.phase == "lead"]
    path = [e for e in lead if e.on_path]
    groups = (_times(drawn, case, events), _sources(case, rows), _structure(drawn, case, lead, path), _ends(case))
    return {name: has for group in groups for name, has in group.items()}


def _times(drawn: Drawn, case: Case, events: Rows) -> dict[str, Any]:
    entries = [e for e in case.entries if not e.is_closing]
    starts = [e for e in entries if e.started is not None]
    clocks = drawn.project.calendar.reference
    zone_switches = [_switches(drawn, e) for e in entries]
    return {
        "instants that tie": any(a.done == b.done for a, b in pairwise(entries)),
        "some starts missing": starts and len(starts) < len(entries),
        "a start after its completion": any(e.starts_late for e in entries),
        "work that overlaps": any(b.started and b.started < a.at for a, b in pairwise(entries)),
        "work in hand": any(e["completed_at"] is None and e["started_at"] is not None for e in events),
        "contacts": any(e["role"] == "contact" for e in events),
        "automatic events": any(e.role == "automatic" for e in entries),
        "dates among times": len({e.is_day for e in entries}) == 2,
        "dates alone": entries and all(e.is_day for e in entries),
        "dates with starts": any(e.is_day and e.started for e in entries),
        "a raised instant": any(e.is_raised for e in entries),
        "the spring night": "spring" in zone_switches,
        "the autumn night": "autumn" in zone_switches,
        "working hours in a night of the switch": {"spring", "autumn"} & set(zone_switches)
        and clocks.weekly.get("sun"),
        "working and elapsed time apart": any(
            0 < e.amounts.get("working_total", 0) < e.amounts["elapsed_total"] for e in entries if e.amounts
        ),
        "batch entry": any(e.together for e in entries),
        "elsewhere": any(e.amounts.get("elapsed_elsewhere") for e in entries),
        "wait": any(e.amounts.get("elapsed_wait") for e in entries),
        "suspended work": any(e.amounts.get("elapsed_suspended") for e in entries),
        "suspended work in a night of the switch": {"spring", "autumn"} & set(zone_switches)
        and any(e.amounts.get("elapsed_suspended") for e in entries),
        "a suspension that begins in an earlier segment": any(
            e.on_path and low < e.since < high for e in entries for low, high in e.still
        ),
        "suspended work in whole days": case.whole_days and any(e.amounts.get("elapsed_suspended") for e in entries),
        "suspended work off the path": any(e.still and not e.on_path for e in entries),
        "process": any(e.amounts.get("elapsed_process") for e in entries),
        "a sixtieth second exactly": any(
            b.together and b.done - a.done == timedelta(seconds=60) for a, b in pairwise(entries)
        ),
    }


def _switches(drawn: Drawn, e: Entry) -> str | None:
    """Tell which switch of the clock a segment spans."""
    if not e.on_path or e.at == e.since:
        return None
    zone = drawn.zone
    low, high = e.since.astimezone(zone).utcoffset(), e.at.astimezone(zone).utcoffset()
    assert low is not None
    assert high is not None
    return "spring" if high > low else "autumn" if high < low else None


def _sources(case: Case, rows: Rows) -> dict[str, Any]:
    fields = [r for r in rows if "activity" not in r]
    received = [r["received_at"] for r in fields if r["received_at"] is not None]
    return {
        "events of several sources": len({e.source for e in case.entries if not e.is_closing}) > 1,
        "two sources with a receipt each": len(received) > 1,
        "targets of two sources": sum(r["targets"] not in (None, "{}") for r in fields) > 1,
        "an order that no source gives": any(not e.order_known for e in case.entries),
        "dates that come first": any(e.is_day and e.slot == 0 for e in case.entries),
        "no receipt": not received and case.entries,
        "an unknown lane": any(e.lane is None for e in case.entries if not e.is_closing),
    }


def _structure(drawn: Drawn, case: Case, lead: list[Entry], path: list[Entry]) -> dict[str, Any]:
    off = [e for e in lead if not e.on_path]
    journey = drawn.project.journey
    loops = {(e.episode, e.loop_number): e.loop for e in path if e.loop}
    booked = [e.booked for e in path]
    return {
        "an event off the path": off,
        "an event off the path of nested branches": off
        and journey is not None
        and journey.name in ("nested", "within"),
        "slack": any(e.slack for e in off),
        "slack in whole days": any(e.slack and e.is_day and e.slack % A_DAY == 0 for e in off),
        "no journey": journey is None,
        "a turn of a step": any(by == "declared" for _, _, by in booked),
        "a state": any(e.opens[2] == "next" for e in path),
        "a turn that work in a branch beside it does not take": any(
            e.opens[0] == "partner" and f.booked[2] == "inferred" and f.step in ("municipality", "supplement")
            for e, f in pairwise(path)
        ),
        "a turn opened by receipt": drawn.received_opens and booked and booked[0][2] == "declared",
        "a turn without a lane": any(step == "elsewhere" and lane is None for step, lane, _ in booked),
        "an automatic event with the holder before it": any(
            e.role == "automatic" and e.booked[2] == "inferred" and e.booked[1] != e.lane for e in path
        ),
        "an unknown segment": any(by == "unknown" for _, _, by in booked),
        "a loop": loops,
        "a loop within a loop": any(a is not b and set(a) < set(b) for a in loops.values() for b in loops.values()),
        "two loops": len(loops) > 1,
        "a self-loop": any(e.is_self_loop for e in path),
        "a handoff": any(h[1] == "team" for h in case.handoffs),
        "a handoff of departments": any(h[1] == "department" for h in case.handoffs),
        "a handoff of organisations": any(h[1] == "organisation" for h in case.handoffs),
        "ping-pong": any(h[4] for h in case.handoffs if h[1] == "team"),
        "ping-pong of departments": any(h[4] for h in case.handoffs if h[1] == "department"),
    }


def _ends(case: Case) -> dict[str, Any]:
    episodes = max((e.episode for e in case.entries), default=0)
    closings = [e for e in case.entries if e.is_closing]
    return {
        "delivered": case.end == "delivered",
        "ended without delivery": case.end == "ended",
        "ended by the closing": case.end == "closed",
        "a closing that ends nothing": any(not e.ends_episode for e in closings),
        "ended by its last event": case.end_inferred,
        "open": case.is_open,
        "a phase after": any(e.phase == "after" for e in case.entries),
        "a reopening": episodes > 1,
        "a third episode": episodes > 2,
        "a later episode that ended": any(e.ends_episode and e.episode > 1 for e in case.entries),
        "no lead time for one event": not case.is_open and case.lead["elapsed"] is None,
        "no event at all": not case.entries,
        "open time": case.tail and case.tail.elapsed,
        "open time of a lane": case.tail and case.tail.lane,
        "open time at the only next step": case.tail and case.tail.step and not case.has_turn,
        "open after a reopening": case.tail and episodes > 1,
    }
