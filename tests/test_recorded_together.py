"""Batch entry: what one person recorded within a minute was recorded, not done, at that moment."""

from __future__ import annotations

import pyarrow as pa

from mining.ledger import book
from mining.log import Log
from tests.logs import AS_OF, log, project


def together(text: str, resources: list[str | None]) -> dict[str, bool]:
    made = log(text, received={"Z": "0T08:00"})
    events = made.events.to_pyarrow()
    column = events.schema.get_field_index("resource")
    events = events.set_column(column, "resource", pa.array(resources, pa.string()))
    given = Log(made.con, made.con.create_table("given", events), made.cases)
    rows = book(given, project(), AS_OF).segments.to_pyarrow().to_pylist()
    return {row["activity"]: row["together"] for row in rows}


def test_both_ends_of_a_minute_count_as_recorded_together() -> None:
    found = together("Z A 0T09:00 | Z B 0T09:01 | Z C 0T09:30", ["p", "p", "p"])
    assert found == {"A": True, "B": True, "C": False}


def test_two_people_within_a_minute_are_two_moments_of_work() -> None:
    assert together("Z A 0T09:00 | Z B 0T09:01", ["p", "q"]) == {"A": False, "B": False}


def test_dates_without_a_time_say_nothing_about_a_minute() -> None:
    assert together("Z A 0 | Z B 0", ["p", "p"]) == {"A": False, "B": False}
