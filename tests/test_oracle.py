"""The engine's ledger against a second one, slow and obvious, field by field over generated logs."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from hypothesis import given

from mining.ledger import CLOCKS, KINDS, Ledger, book
from mining.log import to_micros
from tests.logs import AS_OF, project
from tests.oracle import Case, Entry, book_all
from tests.test_laws import JOURNEY, cases, generated, read, rows

AMOUNTS = tuple(f"{clock}_{kind}" for clock in CLOCKS for kind in KINDS)


@generated
@given(cases())
def test_the_ledger_books_what_the_design_says_event_by_event(drawn: tuple[str, dict, dict, date]) -> None:
    made = read(drawn)
    expected = book_all(made.events.to_pyarrow().to_pylist(), made.cases.to_pyarrow().to_pylist(), JOURNEY, AS_OF)
    found = found_by_case(book(made, project(JOURNEY), AS_OF))
    assert found.keys() == expected.keys()
    for case, oracle in expected.items():
        text = [part.strip() for part in drawn[0].split("|") if part.strip().startswith(case)]
        assert found[case] == of_case(oracle), (text, drawn[1].get(case), drawn[2].get(case), drawn[3])


def of_case(case: Case) -> dict[str, Any]:
    loops = first_alike([(e.episode, e.loop_number) if e.loop else None for e in case.entries])
    return {
        "entries": [of_entry(e) | {"shares_loop_with": n} for e, n in zip(case.entries, loops, strict=True)],
        "lead": case.lead or dict.fromkeys(CLOCKS),
        "is_open": case.is_open,
        "start_inferred": case.start_inferred,
        "handoffs": case.handoffs,
        "tail": case.tail,
    }


def of_entry(e: Entry) -> dict[str, Any]:
    fields = {"id": e.event_id, "at": to_micros(e.at), "phase": e.phase, "episode": e.episode}
    if not e.on_path:
        return fields | {"slack": e.slack}
    return fields | {"booked": e.booked, "visit": e.visit, "loop": e.loop, **e.amounts}


def first_alike(keys: list[Any]) -> list[int | None]:
    """Return for each key where it stood first: who shares a loop, however loops are numbered."""
    return [None if key is None else keys.index(key) for key in keys]


def found_by_case(ledger: Ledger) -> dict[str, dict[str, Any]]:
    """The engine's tables in the oracle's form."""
    loops = {
        (r["sequence"], r["loop"]): tuple(s if s != "unknown" else None for s in r["path"]) for r in rows(ledger.loops)
    }
    segments: dict[str, list[dict]] = defaultdict(list)
    for row in rows(ledger.segments.order_by("case_id", "position")):
        segments[row["case_id"]].append(row)
    handoffs: dict[int, list[dict]] = defaultdict(list)
    for row in rows(ledger.handoffs.filter(ledger.handoffs.level == "team").order_by("sequence", "position")):
        handoffs[row["sequence"]].append(row)
    tails = {t["case_id"]: (t["step"], t["lane"], t["elapsed_total"], t["working_total"]) for t in rows(ledger.tails)}
    found = {}
    for c in rows(ledger.cases):
        events = segments[c["case_id"]]
        found[c["case_id"]] = {
            "entries": found_entries(events, loops),
            "lead": {clock: c[f"lead_{clock}"] for clock in CLOCKS},
            "is_open": c["is_open"],
            "start_inferred": c["start_inferred"],
            "handoffs": [
                (name_of(events[h["position"]]), h["giver"], h["taker"], h["is_back"]) for h in handoffs[c["sequence"]]
            ],
            "tail": tails.get(c["case_id"]),
        }
    return found


def found_entries(events: list[dict], loops: dict[tuple[int, int], tuple]) -> list[dict[str, Any]]:
    assert [s["position"] for s in events] == list(range(len(events)))
    shared = first_alike([None if s["loop"] == -1 else s["loop"] for s in events])
    return [found_entry(s, loops) | {"shares_loop_with": n} for s, n in zip(events, shared, strict=True)]


def found_entry(s: dict, loops: dict[tuple[int, int], tuple]) -> dict[str, Any]:
    fields = {"id": name_of(s), "at": s["at"], "phase": s["phase"], "episode": s["episode"]}
    if not s["on_path"]:
        return fields | {"slack": s["slack"]}
    fields |= {"booked": (s["step"], s["lane"], s["booked_by"]), "visit": s["visit"]}
    fields |= {"loop": loops.get((s["sequence"], s["loop"]))}
    return fields | {amount: s[amount] for amount in AMOUNTS}


def name_of(segment: dict) -> str:
    return "closed" if segment["event_id"] == segment["case_id"] else segment["event_id"]
