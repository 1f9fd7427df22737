"""What several sources know of one case, and what a closing or a date among their events does."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

from mappings.journey import Journey
from mappings.project import Project
from mappings.source import Source
from mining.columns import CASES
from mining.ledger import Ledger, book
from mining.log import Log
from tests.logs import AS_OF, JOURNEY, days, log, moment, project
from tests.mining_run import mined

COLUMNS = {"case": "c", "activity": "a", "completed_at": "t"}


def two_sources() -> Project:
    sources = tuple(Source(name=n, kind="csv", path="x.csv", columns=COLUMNS) for n in ("first", "second"))
    return project().model_copy(update={"sources": sources})


def known_as(made: Log, cases: list[dict[str, Any]], sources: list[str]) -> Log:
    """The same log with its events from the sources named, and these rows for its cases."""
    events = made.events.order_by("seq").to_pyarrow()
    column = events.schema.get_field_index("source")
    events = events.set_column(column, EVENTS_SOURCE, pa.array(sources, pa.string()))
    rows = [dict.fromkeys(CASES.names) | c for c in cases]
    return Log(
        made.con,
        made.con.create_table("given", events),
        made.con.create_table("given_cases", pa.Table.from_pylist(rows, CASES)),
    )


EVENTS_SOURCE = pa.field("source", pa.string(), nullable=False)


def of(ledger: Ledger, activity: str) -> dict[str, Any]:
    rows = ledger.segments.filter(ledger.segments.activity == activity).to_pyarrow().to_pylist()
    assert len(rows) == 1
    return rows[0]


def test_a_target_that_only_the_second_source_knows_is_not_lost() -> None:
    first = {"case_id": "Z", "source": "first", "targets": json.dumps({"deadline": "a"}), "segments": "{}"}
    second = {"targets": json.dumps({"deadline": "b", "hearing": "c"}), "segments": json.dumps({"district": "d"})}
    made = known_as(log("Z A 0"), [{"case_id": "Z", "source": "second"} | second, first], ["first"])
    (case,) = book(made, two_sources(), AS_OF).cases.to_pyarrow().to_pylist()
    assert json.loads(case["targets"]) == {"deadline": "a", "hearing": "c"}
    assert json.loads(case["segments"]) == {"district": "d"}


def test_a_target_and_a_segment_that_one_of_two_sources_knows_are_read_by_norms_and_personas() -> None:
    due: dict[str, Any] = {
        "targets": json.dumps({"deadline": moment("6")[0].isoformat()}),
        "segments": '{"district": "d"}',
    }
    due |= {"received_at": moment("0")[0], "received_precision": "day"}
    rows = [{"case_id": "Z", "source": "second", **due}, {"case_id": "Z", "source": "first", "segments": '{"a": "b"}'}]
    made = known_as(log("Z intake 0 | Z decide 5"), rows, ["first", "second"])
    written = JOURNEY.model_dump(by_alias=True) | {
        "norms": [{"name": "due", "target": "deadline"}],
        "personas": {"settler": {"name": "Settler", "segment": {"district": "d"}}},
    }
    given = two_sources().model_copy(update={"journeys": (Journey.model_validate(written),)})
    findings, _ = mined(made, given, AS_OF)
    assert [(n.met, n.missed, n.not_determinable) for n in findings.norms] == [(1, 0, 0)]
    assert [p.cases for p in findings.journeys[0].personas] == [1]


def test_a_closing_between_two_events_does_not_hide_that_no_source_gives_their_order() -> None:
    made = log("Z A 3 | Z B 3T11:00", received={"Z": "0"}, closed={"Z": "3T10:00"})
    sources = two_sources().sources
    given = two_sources().model_copy(
        update={"sources": (sources[0].model_copy(update={"day_slot": "first"}), sources[1])}
    )
    ledger = book(Log(made.con, known_as(made, [], ["first", "second"]).events, made.cases), given, AS_OF)
    assert [of(ledger, a)["order_known"] for a in "AB"] == [True, False]


def test_the_order_of_events_that_do_not_follow_on_one_another_is_as_unknown() -> None:
    """The letter of one source may have come before both acts of the other, between them, or after both."""
    lanes = "Z letter 3 front | Z scan 3 post | Z assess 3 team | Z decide 4 team"
    made = log(lanes, received={"Z": "0"}, rules={"scan": {"role": "automatic"}})
    given = Log(made.con, known_as(made, [], ["first", "second", "second", "second"]).events, made.cases)
    ledger = book(given, two_sources(), AS_OF)
    assert [of(ledger, a)["order_known"] for a in ("letter", "scan", "assess", "decide")] == [True, False, False, True]
    found, _ = mined(given, two_sources(), AS_OF)
    assert [(h.from_, h.to, h.count, h.order_unknown) for h in found.handoffs if h.level == "team"] == [
        ("front", "team", 0, 1)
    ]


def test_a_way_back_from_a_handoff_of_unknown_order_is_no_ping_pong() -> None:
    """The letter of the front may have come before the team had it; what goes back a day later pairs with nothing."""
    lanes = "Z letter 3 front | Z assess 3T10:00 team | Z answer 4T10:00 front | Z decide 5T10:00 team"
    made = log(lanes + " | Z check 6T10:00 front", received={"Z": "0"})
    given = Log(made.con, known_as(made, [], ["second", *["first"] * 4]).events, made.cases)
    found, _ = mined(given, two_sources(), AS_OF)
    told = {(h.from_, h.to): (h.count, h.ping_pongs, h.order_unknown) for h in found.handoffs if h.level == "team"}
    assert told == {("team", "front"): (1, 1, 1), ("front", "team"): (1, 0, 0)}
    (level,) = (each for each in found.handoff_levels if each.level == "team")
    assert (level.count, level.ping_pongs, level.ping_pong_cases) == (2, 1, 1)


def test_a_date_before_the_day_of_receipt_is_raised_and_a_date_after_the_times_of_its_day_is_not() -> None:
    ledger = book(log("Z A 2 | Z B 5T10:00 | Z C 5", received={"Z": "4T09:00"}), project(), AS_OF)
    assert [of(ledger, a)["is_raised"] for a in "ABC"] == [True, False, False]


def test_a_case_on_which_nothing_was_done_yet_is_open_at_what_its_receipt_opens() -> None:
    made = project(received_opens={"step": "intake", "lane": "front office"})
    ledger = book(log("Y A 1", received={"Y": "0", "Z": "0"}, closed={"Y": "1"}), made, AS_OF)
    (tail,) = ledger.tails.to_pyarrow().to_pylist()
    assert (tail["case_id"], tail["step"], tail["lane"]) == ("Z", "intake", "front office")


def test_a_case_on_which_nothing_was_done_yet_is_open_also_where_the_log_shows_no_end() -> None:
    tree = Journey(name="j", steps={"A": {"lane": "x", "layer": "backstage"}}, flow="A")
    ledger = book(log("Y A 1", received={"Y": "0", "Z": "0"}), project(tree), AS_OF)
    cases = {c["case_id"]: c for c in ledger.cases.to_pyarrow().to_pylist()}
    assert [cases[c]["is_open"] for c in "YZ"] == [False, True]
    (tail,) = ledger.tails.to_pyarrow().to_pylist()
    assert (tail["case_id"], days(tail["elapsed_total"])) == ("Z", 365)
