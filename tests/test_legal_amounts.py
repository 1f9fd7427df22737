"""The law of the third clock: the segments' legal days add up to what the clock shows at the ends of each phase."""

from __future__ import annotations

from datetime import timedelta

import ibis
import pyarrow as pa
import pytest

from mining.columns import CASES, EVENTS
from mining.ledger import KINDS, book
from mining.legal import LegalClock, legal_clock
from mining.legal_amounts import legal_amounts
from mining.legal_days import number_of
from mining.log import Log
from mining.moments import EPOCH
from tests.logs import ZONE
from tests.test_legal_clock import AS_OF, at, event, project

RULES = {
    "ask": {"name": "ask", "suspends": {"ground": "supplement", "term_column": "term"}},
    "answer": {"name": "answer", "resumes": "supplement"},
    "demand": {"name": "demand", "suspends": "supplement"},
}
LOGS = {
    "plain": ("2026-06-01", ("intake 2026-06-03T10:00", "decide 2026-06-20T12:00", "archive 2026-07-20T12:00")),
    "asked": (
        "2026-06-01T23:30",
        (
            "intake 2026-06-03T10:00", 'ask 2026-06-10T15:00 {"term": "P4W"}', "answer 2026-06-20T09:00",
            "check 2026-06-20T16:00", "decide 2026-06-25T12:00", "archive 2026-06-29",
        ),
    ),
    "by date": ("2026-06-05", ('ask 2026-06-10 {"term": "P1W"}', "check 2026-06-16", "decide 2026-06-30")),
    "unknown": ("2026-06-01", ("demand 2026-06-10", "answer 2026-06-20", "decide 2026-09-25")),
    "open": ("2026-06-01", ("intake 2026-06-03T10:00", 'ask 2026-06-10T15:00 {"term": "P40W"}')),
}  # fmt: skip


@pytest.fixture(scope="module")
def booked() -> tuple[LegalClock, dict[str, list[dict]]]:
    cases = [
        {
            "case_id": name, "source": "test", "targets": "{}", "segments": "{}", "received_at": at(received),
            "received_precision": "second" if "T" in received else "day",
        }
        for name, (received, _) in LOGS.items()
    ]  # fmt: skip
    rows = [event(name, n, text) for name, (_, events) in LOGS.items() for n, text in enumerate(events)]
    # recorded starts, so that wait, process and elsewhere are split
    starts = {"asked000": "2026-06-02T08:00", "asked003": "2026-06-20T08:00"}
    rows = [row | ({"started_at": at(starts[row["event_id"]])} if row["event_id"] in starts else {}) for row in rows]
    con = ibis.duckdb.connect()
    log = Log(
        con=con,
        events=con.create_table("events", pa.Table.from_pylist(rows, schema=EVENTS)),
        cases=con.create_table("cases", pa.Table.from_pylist(cases, schema=CASES)),
    )
    made = project(activities=RULES)
    ledger = book(log, made, AS_OF)
    clock = legal_clock(made.journey.legal_norm, ledger, log, made, AS_OF)
    amounts = legal_amounts(con, ledger.booked.filter(ledger.booked.on_path), ledger, clock)
    joined = ledger.segments.join(amounts, ["case", "position"]).order_by("case_id", "position")
    found: dict[str, list[dict]] = {}
    for row in joined.to_pyarrow().to_pylist():
        found.setdefault(row["case_id"], []).append(row)
    return clock, found


def shows(clock: LegalClock, case: str, day: int) -> int:
    """What the clock shows at the end of a day, counted a day at a time."""
    row = next(r for r in clock.cases.to_pyarrow().to_pylist() if r["case_id"] == case)
    still = {
        n
        for span in clock.spans.to_pyarrow().to_pylist()
        if span["case_id"] == case
        for n in range(span["first_day"], span["last_day"] + 1)
    }
    stop = row["stop_day"] if row["stop_day"] is not None else day
    return sum(n not in still for n in range(row["begin_day"] + 1, min(day, stop) + 1))


def local_day(microseconds: int) -> int:
    return number_of((EPOCH + timedelta(microseconds=microseconds)).astimezone(ZONE).date())


@pytest.mark.parametrize("case", ["plain", "asked", "by date", "open"])
def test_the_parts_of_a_phase_add_up_to_what_the_clock_shows_at_its_ends(booked: tuple, case: str) -> None:
    clock, found = booked
    for phase in {row["phase"] for row in found[case]}:
        rows = [row for row in found[case] if row["phase"] == phase]
        parts = sum(row[f"legal_{kind}"] for row in rows for kind in KINDS)
        begin, end = local_day(rows[0]["since"]), local_day(rows[-1]["at"])
        assert parts == sum(row["legal_total"] for row in rows)
        assert parts == shows(clock, case, end) - shows(clock, case, begin)


def test_a_suspended_wait_and_the_time_after_the_decision_use_no_days(booked: tuple) -> None:
    _, found = booked
    days = {row["activity"]: row["legal_total"] for row in found["asked"]}
    assert days == {"intake": 2, "ask": 7, "answer": 1, "check": 0, "decide": 5, "archive": 0}
    assert [row["legal_total"] for row in found["plain"]] == [2, 17, 0]


def test_the_days_of_a_segment_are_split_as_in_the_other_clocks(booked: tuple) -> None:
    _, found = booked
    intake = found["asked"][0]
    assert [intake[f"legal_{kind}"] for kind in KINDS] == [1, 1, 0, 0]


def test_a_case_that_cannot_be_known_has_no_legal_amounts(booked: tuple) -> None:
    _, found = booked
    assert "unknown" not in found
