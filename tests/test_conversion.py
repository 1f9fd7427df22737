"""Conversion: what became of each attempt. Of one that stopped, whether its case came in another way after it."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest

from mining.citizen import conversion
from mining.columns import ATTEMPTS, CASES
from mining.ledger import book
from mining.results.citizen import Conversion
from tests.logs import AS_OF, log, moment, project


def tried(
    begun: str,
    stopped: str | None = "login",
    received: str | None = "10T12:00",
    by: str | None = "phone",
    until: str = "60T12:00",
) -> Conversion:
    """Return what became of one attempt on the web that refers to a case; `by` is how the case came in."""
    lines = log("Z1 intake 10T13:00 | Z1 decide 20T09:00", received={"Z1": received} if received else {})
    row = {"attempt_id": "a", "source": "form", "started_at": moment(begun)[0], "reached": "login", "stopped": stopped}
    attempts = pa.Table.from_pylist([row | {"channel": "web", "case_id": "Z1"}], schema=ATTEMPTS)
    cases = [each | {"channel": by} for each in lines.cases.to_pyarrow().to_pylist()]
    lines = replace(
        lines,
        cases=lines.con.create_table("by", pa.Table.from_pylist(cases, schema=CASES)),
        attempts=lines.con.create_table("attempts", attempts),
        observed_until={"test": moment(until)[0]},
    )
    mapping = project()
    (found,) = conversion(lines, book(lines, mapping, AS_OF), mapping, AS_OF)
    return found


def fate(found: Conversion) -> str:
    return next(name for name in ("reached", "switched", "stopped") if getattr(found, name))


@pytest.mark.parametrize(
    ("begun", "became"),
    [
        ("9T12:00", "switched"),
        ("10T12:00", "switched"),
        ("10T12:01", "stopped"),
        ("-4T12:00", "switched"),
        ("-4T11:59", "stopped"),
        ("30T12:00", "stopped"),
    ],
)
def test_it_switched_where_its_case_came_in_after_it_and_within_two_weeks(begun: str, became: str) -> None:
    assert fate(tried(begun)) == became


def test_a_case_known_by_its_date_came_in_after_an_attempt_of_that_day() -> None:
    assert fate(tried("10T15:00", received="10")) == "switched"
    assert fate(tried("11T00:30", received="10")) == "stopped"


def test_a_case_that_came_in_through_the_same_channel_did_not_switch() -> None:
    assert fate(tried("9T12:00", by="web")) == "stopped"
    unknown = tried("9T12:00", by=None)
    assert (unknown.switched, unknown.switched_to) == (1, {"unknown": 1})


def test_where_no_receipt_is_recorded_the_first_event_tells_when_the_case_came_in() -> None:
    assert fate(tried("9T12:00", received=None)) == "switched"


def test_an_attempt_that_was_sent_reached_a_case_whenever_that_came_in() -> None:
    assert fate(tried("30T12:00", stopped=None)) == "reached"


def test_of_what_stopped_shortly_before_the_end_of_the_records_some_may_still_switch() -> None:
    assert [tried(begun).may_still_switch for begun in ("46T12:00", "46T12:01", "59T12:00")] == [0, 1, 1]
    assert tried("59T12:00", stopped=None).may_still_switch == 0
    assert tried("9T12:00", until="21T12:00").may_still_switch == 0
