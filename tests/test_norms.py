"""Norms by hand: from where to where they run."""

from __future__ import annotations

import pytest

from mappings.calendar import Hours
from mappings.journey import Journey, Norm
from mining.ledger import book
from mining.norms import limit_of, norms
from tests.logs import AS_OF, log, project

JOURNEY = Journey(
    name="j",
    steps={s: {"lane": "municipality", "layer": "backstage"} for s in ("intake", "decide", "pay", "reopen")},
    flow={"sequence": ["intake", "decide", "pay", "reopen"]},
    delivers=["decide"],
    reopens=["reopen"],
    norms=[{"name": "paid", "to": "pay", "amount": "9d"}],
)


@pytest.mark.parametrize(
    ("text", "verdicts"),
    [
        ("Z intake 1 | Z decide 3 | Z pay 5", (1, 0, 0)),
        ("Z intake 1 | Z decide 3 | Z pay 5 | Z reopen 80 | Z pay 90", (1, 0, 0)),
        ("Z intake 1 | Z decide 3 | Z pay 20 | Z reopen 80", (0, 1, 0)),
        ("Z intake 1 | Z decide 3 | Z reopen 80 | Z pay 90 | Z decide 91", (0, 0, 1)),
    ],
)
def test_a_norm_from_receipt_is_reached_up_to_a_reopening(text: str, verdicts: tuple[int, int, int]) -> None:
    lines = log(text, received={"Z": "0"})
    (norm,) = norms(book(lines, project(JOURNEY), AS_OF), lines, project(JOURNEY), AS_OF)
    assert (norm.met, norm.missed, norm.ended_otherwise) == verdicts


@pytest.mark.parametrize(("only_with", "is_whole"), [(None, True), ("pay", False)])
def test_a_norm_for_some_of_the_cases_does_not_speak_of_the_whole_lead_time(only_with: str, is_whole: bool) -> None:
    norm = {"name": "whole", "amount": "9d", "only_with": only_with}
    mapped = project(Journey.model_validate(JOURNEY.model_dump(by_alias=True) | {"norms": [norm]}))
    lines = log("Y intake 1 | Y decide 3 | Y pay 4 | Z intake 1 | Z decide 20", received={"Y": "0", "Z": "0"})
    (found,) = norms(book(lines, mapped, AS_OF), lines, mapped, AS_OF)
    assert (found.is_whole, found.met, found.missed) == (is_whole, 1, int(is_whole))


REACHES = "A intake 1 | A reopen 2 | A decide 4 | B intake 1 | B reopen 3 | B decide 3"
COMES_LATER = (
    "C intake 1 | C decide 3 | C reopen 80 | C decide 91 | D intake 1 | D decide 3 | D reopen 80"
    " | E intake 1 | E withdraw 3 | E reopen 80 | F intake 1 | F decide 3 | F reopen 3"
)


@pytest.mark.parametrize("clock", [{}, {"clock": "legal", "kind": "legal"}, {"clock": "working"}])
def test_what_begins_after_the_delivery_does_not_reach_it(clock: dict[str, str]) -> None:
    norm = {"name": "objection", "from": "reopen", "amount": "9d"} | clock
    # where a request for a supplement would be seen, nobody was asked for one
    changed = {"norms": [norm], "ends_without_delivery": ["withdraw"], "supplement_requests": ["ask"]}
    mapped = project(Journey.model_validate(JOURNEY.model_dump(by_alias=True) | changed))
    lines = log(f"{REACHES} | {COMES_LATER} | G intake 1 | G reopen 3", received=dict.fromkeys("ABCDEFG", "0"))
    (found,) = norms(book(lines, mapped, AS_OF), lines, mapped, AS_OF)
    assert (found.met, found.missed, found.open, found.ended_otherwise) == (2, 0, 1, 4)
    assert found.median_seconds is not None
    assert found.median_seconds >= 0


@pytest.mark.parametrize(
    ("amount", "clock", "hours"),
    [
        ("40h", "working", 40),
        ("24h", "working", 24),
        ("23h", "lane_working", 23),
        ("30h", "lane_working", 30),
        ("5d", "working", 40),
        ("1w", "working", 56),
        ("0.5d", "working", 4),
        ("40h", "elapsed", 40),
        ("5d", "elapsed", 120),
    ],
)
def test_hours_of_a_working_clock_are_hours_and_days_working_days(amount: str, clock: str, hours: float) -> None:
    norm = Norm.model_validate({"name": "n", "amount": amount, "clock": clock, "lane": "municipality"})
    # also as it is written back
    for each in (norm, Norm.model_validate_json(norm.model_dump_json(by_alias=True))):
        limit = limit_of(each, Hours(weekly={day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}))
        assert limit == hours * 3_600_000_000
