"""The exported legal clock: begin, end and changes of each term, of every norm in it; what is not known is empty."""

from __future__ import annotations

from datetime import date

import pytest

from mining.legal_days import number_of
from mining.legal_followed import LEGAL_CASES, LEGAL_CHANGES, LEGAL_SEGMENTS, legal_followed
from tests.logs import project as plain
from tests.mining_run import mined
from tests.test_legal_clock import AS_OF, ASKED, LEGAL, Told, log_of, longer, project

OBJECTION = {"name": "objection", "kind": "legal", "clock": "legal", "rule": "objection", "to": "decide"}
CASES = (
    Told((*ASKED, "decide 2026-08-05")),
    Told(("decide 2026-09-07",), case=longer(days=42)),
    Told(("decide 2026-09-07",), None),
    Told(("look 2026-06-02",), case=longer(until="2026-08-30", on="2026-07-02")),
)


@pytest.fixture(scope="module")
def tables() -> dict[str, list[dict]]:
    made, log = project(norms=[LEGAL, OBJECTION]), log_of(*CASES)
    _, ledger = mined(log, made, AS_OF)
    found = legal_followed(log.con, ledger, made)
    keys = {LEGAL_CASES: ("norm", "case"), LEGAL_CHANGES: ("norm", "case"), LEGAL_SEGMENTS: ("case", "position")}
    return {name: table.order_by(*keys[name]).to_pyarrow().to_pylist() for name, table in found.items()}


def day(text: str) -> int:
    return number_of(date.fromisoformat(text))


def test_each_norm_in_the_legal_clock_has_its_terms(tables: dict[str, list[dict]]) -> None:
    rows = {(row["norm"], row["case_id"]): row for row in tables[LEGAL_CASES]}
    assert len(rows) == len(tables[LEGAL_CASES]) == 8
    asked = rows["legal", "C000"]
    assert (asked["begin_day"], asked["end_day"], asked["stop_day"]) == tuple(
        map(day, ("2026-06-01", "2026-08-05", "2026-08-05"))
    )
    assert (asked["suspended"], asked["used"], asked["suspended_until_then"], asked["verdict"]) == (9, 56, 9, "met")
    # filing ends on 13 July, and six weeks later is 24 August
    objection = rows["objection", "C001"]
    assert (objection["since_day"], objection["begin_day"]) == (day("2026-06-01"), day("2026-07-13"))
    assert (objection["end_day"], objection["reason"]) == (day("2026-08-24"), "suspensions_not_known")


def test_what_is_not_known_of_a_term_is_empty(tables: dict[str, list[dict]]) -> None:
    (row,) = (r for r in tables[LEGAL_CASES] if (r["norm"], r["case_id"]) == ("legal", "C002"))
    assert [row[name] for name in ("since_day", "begin_day", "end_day", "used")] == [None] * 4
    assert (row["verdict"], row["reason"]) == ("not_determinable", "begin_not_known")


def test_the_changes_are_those_that_the_rule_of_the_norm_knows(tables: dict[str, list[dict]]) -> None:
    told = {
        (row["norm"], row["case_id"], row["kind"], row["first_day"], row["last_day"], row["days"], row["way"])
        for row in tables[LEGAL_CHANGES]
    }
    # a supplement suspends no decision on an objection, and no special act extends it
    assert told == {
        ("legal", "C000", "suspension", day("2026-06-11"), day("2026-06-19"), 9, None),
        ("legal", "C001", "extension", day("2026-07-01"), None, 42, "statutory"),
        ("legal", "C003", "extension", day("2026-07-02"), day("2026-08-30"), None, "statutory"),
    }


def test_the_segments_of_a_case_add_up_to_the_days_that_it_used(tables: dict[str, list[dict]]) -> None:
    used: dict[int, int] = {}
    for row in tables[LEGAL_SEGMENTS]:
        assert row["legal_total"] == sum(row[f"legal_{k}"] for k in ("wait", "process", "elsewhere", "unknown"))
        used[row["case"]] = used.get(row["case"], 0) + row["legal_total"]
    # of the journey's first such norm; an open case is in no cohort, and of the third nothing is known
    wanted = {row["case"]: row["used"] for row in tables[LEGAL_CASES] if row["norm"] == "legal" and row["used"]}
    open_case = next(row["case"] for row in tables[LEGAL_CASES] if row["case_id"] == "C003")
    assert used == {case: days for case, days in wanted.items() if case != open_case}


def test_a_journey_without_a_term_in_the_legal_clock_exports_none() -> None:
    made, log = project(norms=[LEGAL | {"clock": "elapsed"}]), log_of(*CASES)
    _, ledger = mined(log, made, AS_OF)
    assert legal_followed(log.con, ledger, made) == {} == legal_followed(log.con, ledger, plain())
