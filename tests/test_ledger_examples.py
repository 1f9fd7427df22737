"""The worked examples of the ledger (all but the legal clock), in their own words."""

from __future__ import annotations

from datetime import date

from mappings.calendar import Calendar, Hours
from mappings.journey import Journey
from mining.ledger import Ledger, book
from tests.logs import AS_OF, days, hours, log, moment, project
from tests.mining_run import handings_by_place


def booked(ledger: Ledger, *, by: str = "booked_step", phase: str = "lead", episode: int = 1) -> dict[str, float]:
    """Return days of elapsed time by step or lane."""
    rows = ledger.segments.filter(
        ledger.segments.on_path, ledger.segments.phase == phase, ledger.segments.episode == episode
    )
    table = rows.group_by(by).agg(total=rows.elapsed_total.sum()).to_pyarrow().to_pylist()
    return {row[by]: days(row["total"]) for row in table}


def amounts(ledger: Ledger, activity: str, clock: str = "elapsed") -> dict[str, float]:
    """Return hours by kind of the one segment that ends with the activity."""
    row = ledger.segments.filter(ledger.segments.activity == activity).to_pyarrow().to_pylist()[0]
    return {kind: hours(row[f"{clock}_{kind}"]) for kind in ("wait", "process", "elsewhere", "unknown")}


def lead(ledger: Ledger, clock: str = "elapsed") -> list[int | None]:
    return ledger.cases.order_by("case_id").to_pyarrow()[f"lead_{clock}"].to_pylist()


def journey(flow, lanes: dict[str, str] | None = None, **more) -> Journey:
    steps = {s: {"lane": (lanes or {}).get(s, "municipality"), "layer": "backstage"} for s in steps_of_raw(flow)}
    return Journey(name="j", steps=steps, flow=flow, **more)


def steps_of_raw(flow) -> list[str]:
    if isinstance(flow, str):
        return [flow]
    (branches,) = flow.values()
    return [s for branch in (branches if isinstance(branches, list) else [branches]) for s in steps_of_raw(branch)]


def test_1_time_without_starts_is_unknown_and_adds_up() -> None:
    ledger = book(log("Z A 2 | Z B 5", received={"Z": "0"}), project(), AS_OF)
    assert booked(ledger) == {"A": 2, "B": 3}
    assert amounts(ledger, "A")["unknown"] == 48
    assert lead(ledger) == [5 * 86_400_000_000]


def test_2_other_work_in_hand_is_elsewhere_never_counted_twice() -> None:
    ledger = book(log("Z A 0T09:00-17:00 | Z B 0T10:00-11:00"), project(), AS_OF)
    assert amounts(ledger, "B") == {"wait": 0, "process": 1, "elsewhere": 1, "unknown": 0}
    assert amounts(ledger, "A") == {"wait": 0, "process": 6, "elsewhere": 0, "unknown": 0}
    assert [hours(x) for x in lead(ledger)] == [8]


def test_3_only_the_last_of_parallel_branches_books_time_and_the_other_keeps_its_slack() -> None:
    tree = journey({"sequence": [{"parallel": ["municipality", "partner"]}, "decide"]}, {"partner": "partner"})
    ledger = book(
        log("Z municipality 20 | Z partner 21 partner | Z decide 22", received={"Z": "0"}), project(tree), AS_OF
    )
    assert booked(ledger) == {"partner": 21, "decide": 1}
    off = ledger.segments.filter(~ledger.segments.on_path).to_pyarrow().to_pylist()
    assert [(r["activity"], days(r["slack"])) for r in off] == [("municipality", 1)]


def test_4_an_opened_turn_belongs_to_the_citizen_and_contacts_never_cut_time() -> None:
    rules = {
        "request": {"opens": ("supplement", "citizen", "done")},
        "call": {"role": "contact"},
        "reminder": {"role": "contact"},
    }
    text = "Z request 0 | Z call 10 | Z reminder 14 | Z supplement 20 citizen | Z decide 30"
    ledger = book(log(text, received={"Z": "0"}, rules=rules), project(), AS_OF)
    assert booked(ledger, by="lane") == {"municipality": 10, "citizen": 20}
    row = ledger.segments.filter(ledger.segments.activity == "supplement").to_pyarrow().to_pylist()[0]
    assert row["booked_by"] == "declared"


def test_5_a_call_of_the_citizen_books_nothing_on_the_citizen() -> None:
    rules = {"call": {"role": "contact"}}
    ledger = book(
        log("Z register 0 | Z call 30 citizen | Z decide 40", received={"Z": "0"}, rules=rules), project(), AS_OF
    )
    assert booked(ledger, by="lane") == {"municipality": 40}


def test_6_archiving_after_delivery_is_no_lead_time() -> None:
    tree = journey({"sequence": ["decide", "archive"]}, delivers=["decide"])
    ledger = book(log("Z decide 30 | Z archive 65", received={"Z": "0"}), project(tree), AS_OF)
    assert [days(x) for x in lead(ledger)] == [30]
    assert booked(ledger, phase="after") == {"archive": 35}


def test_7_a_reopening_starts_a_second_episode() -> None:
    tree = journey({"sequence": ["decide", "reopen"]}, delivers=["decide", "decided_again"], reopens=["reopen"])
    text = "Z decide 30 | Z reopen 210 | Z decided_again 220"
    ledger = book(log(text, received={"Z": "0"}), project(tree), AS_OF)
    assert [days(x) for x in lead(ledger)] == [30]
    assert booked(ledger, phase="closed") == {"reopen": 180}
    assert booked(ledger, episode=2) == {"decided_again": 10}


def test_8_the_open_tail_stops_where_the_partners_source_was_last_seen() -> None:
    tree = journey({"sequence": ["ask", "advice"]}, {"advice": "partner"}, delivers=["advice"])
    rules = {"ask": {"opens": ("advice", "partner", "done")}}
    made = log("Z ask 30", received={"Z": "0"}, rules=rules, observed_until="45")
    ledger = book(made, project(tree, lane="partner"), moment("50")[0])
    (tail,) = ledger.tails.to_pyarrow().to_pylist()
    assert (days(tail["elapsed_total"]), tail["lane"], tail["step"]) == (15, "partner", "advice")
    assert lead(ledger) == [None]


STATES = {name: {"opens": (name, "team", "next")} for name in ("Ontvangen", "InBehandeling", "Besluit", "Afgehandeld")}


def test_9_a_status_marks_entering_a_state() -> None:
    text = "Z Ontvangen 0 | Z InBehandeling 2 | Z Besluit 52 | Z Afgehandeld 53"
    ledger = book(log(text, received={"Z": "0"}, rules=STATES), project(), AS_OF)
    spent = {step: time for step, time in booked(ledger).items() if time}
    assert spent == {"Ontvangen": 2, "InBehandeling": 50, "Besluit": 1}


def test_10_each_segment_lies_in_the_direct_route_or_in_one_loop() -> None:
    ledger = book(log("Z A 5 | Z B 8 | Z A 12 | Z C 14", received={"Z": "0"}), project(), AS_OF)
    rows = ledger.segments.group_by(["loop", "booked_step"]).agg(total=ledger.segments.elapsed_total.sum())
    found = {(r["loop"], r["booked_step"]): days(r["total"]) for r in rows.to_pyarrow().to_pylist()}
    assert found == {(-1, "A"): 5, (-1, "C"): 2, (0, "B"): 3, (0, "A"): 4}
    assert ledger.loops.to_pyarrow()["path"].to_pylist() == [["A", "B", "A"]]
    assert [days(x) for x in lead(ledger)] == [14]


def test_12_a_weekend_has_no_working_time_and_a_lane_has_its_own_calendar() -> None:
    friday = date(2026, 6, 12)
    made = log("Z work 3T09:00", received={"Z": "0T09:00"}, start=friday)
    ledger = book(made, project(), AS_OF)
    assert [hours(x) for x in lead(ledger)] == [72]
    assert [hours(x) for x in lead(ledger, "working")] == [8]
    closed = Hours(weekly={day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu")})
    partner = book(made, project().model_copy(update={"calendar": Calendar(reference=closed)}), AS_OF)
    assert lead(partner, "working") == [0]


def test_13_one_event_and_no_receipt_give_no_lead_time() -> None:
    ledger = book(log("Z A 3 | Y A 1 | Y B 2"), project(), AS_OF)
    assert lead(ledger) == [86_400_000_000, None]


def test_14_an_unknown_lane_makes_no_handoff() -> None:
    ledger = book(log("Z a 5 X | Z b 8 - | Z c 9 X | Z d 12 Y", received={"Z": "0"}), project(), AS_OF)
    made = [each for each in handings_by_place(ledger) if each["level"] == "team"]
    assert [(each["giver"], each["taker"]) for each in made] == [("X", "Y")]


def test_15_a_night_in_which_the_clock_changes_has_its_true_length() -> None:
    spring = book(log("Z a 0T08:00", received={"Z": "0T00:00"}, start=date(2026, 3, 29)), project(), AS_OF)
    autumn = book(log("Z a 0T08:00", received={"Z": "0T00:00"}, start=date(2026, 10, 25)), project(), AS_OF)
    assert [hours(x) for x in lead(spring) + lead(autumn)] == [7, 9]


def test_16_a_state_lasts_over_the_work_done_in_it_and_claims_no_time_before_it() -> None:
    rules = {"InBehandeling": {"opens": ("behandeling", "team", "next")}, "Besluit": STATES["Besluit"]}
    text = "Z InBehandeling 2 | Z document 10 team | Z Besluit 52"
    ledger = book(log(text, received={"Z": "0"}, rules=rules), project(), AS_OF)
    assert booked(ledger) == {"unknown": 2, "behandeling": 50}
    assert booked(ledger, by="booked_by") == {"unknown": 2, "declared": 50}


def test_16_what_receipt_opens_is_declared() -> None:
    rules = {"InBehandeling": {"opens": ("behandeling", "team", "next")}}
    opens = {"step": "intake", "lane": "front office"}
    made = project(received_opens=opens)
    ledger = book(log("Z InBehandeling 2", received={"Z": "0"}, rules=rules), made, AS_OF)
    assert booked(ledger, by="lane") == {"front office": 2}
