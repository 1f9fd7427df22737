"""The legal clock: worked example 11 sentence by sentence, and suspensions and extensions case by case."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import ibis
import pyarrow as pa
import pytest

from mappings.calendar import Calendar
from mappings.journey import Journey
from mappings.project import Project, ProjectFile
from mappings.source import Source
from mining.columns import CASES, EVENTS
from mining.ledger import book
from mining.legal import LegalClock, legal_clock, legal_clocks
from mining.legal_days import date_of
from mining.legal_events import told_length
from mining.legal_norm import legal_result
from mining.log import Log
from tests.logs import ZONE

AS_OF = datetime(2026, 12, 1, tzinfo=UTC)
LEGAL = {"name": "legal", "kind": "legal", "clock": "legal", "amount": "8w", "to": "decide"}
ASKS = {"name": "ask", "suspends": {"ground": "supplement", "term_column": "term"}}


def at(text: str) -> datetime:
    local = datetime.fromisoformat(text)
    return (local if local.tzinfo else local.replace(tzinfo=ZONE)).astimezone(UTC)


def event(case: str, n: int, text: str) -> dict:
    """'decide 2026-07-27' or 'ask 2026-06-10T14:00 {"term": "2026-07-01"}'."""
    activity, when, *kept = text.split(" ", 2)
    return {
        "event_id": f"{case}{n:03}", "source": "test", "source_case_id": case, "case_id": case, "activity": activity,
        "raw_activity": activity, "completed_at": at(when), "precision": "second" if "T" in when else "day", "seq": n,
        "lane": "team", "role": "act", "attributes": kept[0] if kept else None, "records": 1,
    }  # fmt: skip


def project(norms: list[dict] | None = None, activities: dict | None = None, **journey: object) -> Project:
    steps = {"work": {"lane": "team", "layer": "backstage", "activities": ["decide"]}}
    made = Journey(name="j", steps=steps, flow="work", delivers=["decide"], norms=norms or [LEGAL], **journey)
    rules = {"ask": ASKS, "answer": {"name": "answer", "resumes": "supplement"}} if activities is None else activities
    columns = {"case": "c", "activity": "a", "completed_at": "t"}
    source = Source(name="test", kind="csv", path="x.csv", columns=columns, keep=["term", "length"], activities=rules)
    file = ProjectFile(name="test", purpose="test", legal_basis="test")
    return Project(file=file, folder=".", sources=(source,), journeys=(made,), calendar=Calendar())


@dataclass(frozen=True)
class Told:
    """One case: what happened, and what its fields say."""

    events: tuple[str, ...]
    received: str | None = "2026-06-01"
    case: dict | None = None


def log_of(*told: Told) -> Log:
    """Return the log of cases C000, C001 and so on."""
    cases, rows = [], []
    for n, each in enumerate(told):
        case = {"case_id": f"C{n:03}", "source": "test", "targets": "{}", "segments": "{}"} | (each.case or {})
        if each.received:
            case |= {
                "received_at": at(each.received),
                "received_precision": "second" if "T" in each.received else "day",
            }
        cases.append(case)
        rows += [event(f"C{n:03}", m, text) for m, text in enumerate(each.events)]
    con = ibis.duckdb.connect()
    return Log(
        con=con,
        events=con.create_table("events", pa.Table.from_pylist(rows, schema=EVENTS)),
        cases=con.create_table("cases", pa.Table.from_pylist(cases, schema=CASES)),
    )


def clock(*told: Told, of: Project | None = None, as_of: datetime = AS_OF) -> LegalClock:
    """Return the clock over cases C000, C001 and so on."""
    log = log_of(*told)
    made = of or project()
    norm = made.journey.legal_norm
    return legal_clock(norm, book(log, made, as_of), log, made, as_of)


def terms(*told: Told, **more: object) -> list[dict]:
    rows = clock(*told, **more).cases.order_by("case_id").to_pyarrow().to_pylist()
    return [row | {"end": str(date_of(row["end_day"]))} for row in rows]


ASKED = ('ask 2026-06-10 {"term": "2026-07-01"}', "answer 2026-06-20")
SPAN = {"from": "2026-06-10", "to": "2026-06-20", "ground": "supplement", "bounds": "law"}


def recorded(**changed: object) -> dict:
    return {"suspension_known": "dated", "suspensions": json.dumps([SPAN | changed])}


def longer(**told: object) -> dict:
    return {
        "extensions": json.dumps(
            [{"on": "2026-07-01", "days": None, "months": None, "until": None, "by": "statutory"} | told]
        )
    }


CASES_TOLD = {
    "plain": Told(("decide 2026-07-27",)),
    "answered": Told((*ASKED, "decide 2026-08-05")),
    "unanswered": Told(('ask 2026-06-10 {"term": "2026-06-17"}', "decide 2026-08-03")),
    "answered late": Told(('ask 2026-06-10 {"term": "2026-06-17"}', "answer 2026-06-25", "decide 2026-08-04")),
    "no term": Told(("ask 2026-06-10", "answer 2026-06-20", "decide 2026-07-28")),
    "sunday": Told((*ASKED, "decide 2026-08-10"), "2026-06-05"),
    "after sunday": Told((*ASKED, "decide 2026-08-11"), "2026-06-05"),
    "late evening": Told(("decide 2026-07-27T23:30",)),
    "after midnight": Told(("decide 2026-07-28T00:30",)),
    "received at night": Told(("decide 2026-07-27T12:00",), "2026-05-31T22:30+00:00"),
    "overlapping": Told(('ask 2026-06-10 {"term": "P4W"}', 'ask 2026-06-12 {"term": "P4W"}', "answer 2026-06-20",
                         "decide 2026-08-05")),
    "twice": Told((*ASKED, 'ask 2026-07-01 {"term": "14"}', "answer 2026-07-04", "decide 2026-08-07")),
    "lonely answer": Told(("answer 2026-06-20", "decide 2026-07-27")),
    "recorded and shown": Told((*ASKED, "decide 2026-08-05"), case=recorded()),
    "extended": Told((*ASKED, "extend 2026-07-30", "decide 2026-09-16")),
    "extended by field": Told(("decide 2026-09-07",), case=longer(days=42)),
    "extended unread": Told(("decide 2026-09-07",), case=longer()),
    "notice of delay": Told(("decide 2026-07-28",), case=longer(days=42, by="notice_of_delay")),
    "adviser": Told(("advise 2026-06-10", "advised 2026-06-20", "decide 2026-07-28")),
    "no receipt": Told(("decide 2026-07-28",), None),
    "asked, no word of a term": Told(("demand 2026-06-10", "answer 2026-06-20", "decide 2026-08-05")),
    "always a term": Told(("invite 2026-06-10", "answer 2026-06-20", "decide 2026-08-05")),
    "foreign_information": Told(("decide 2026-07-27",), case=recorded(ground="foreign_information")),
    "consent": Told(("decide 2026-07-27",), case=recorded(ground="consent")),
    "applicant_delay": Told(("decide 2026-07-27",), case=recorded(ground="applicant_delay")),
    "force_majeure": Told(("decide 2026-07-27",), case=recorded(ground="force_majeure")),
    "omission": Told(("decide 2026-07-27",), case=recorded(ground="omission")),
    "inclusive": Told(("decide 2026-08-05",), case=recorded(**{"from": "2026-06-11", "to": "2026-06-19"},
                                                            bounds="inclusive")),
    "backwards": Told(("decide 2026-08-05",), case=recorded(to="2026-06-01")),
}  # fmt: skip


@pytest.fixture(scope="module")
def shown() -> LegalClock:
    rules = {
        "ask": ASKS,
        "answer": {"name": "answer", "resumes": "supplement"},
        "extend": {"name": "extend", "extends": "6w"},
        "advise": {"name": "advise", "suspends": {"ground": "adviser", "term": "4w"}},
        "advised": {"name": "advised", "resumes": "adviser"},
        "demand": {"name": "demand", "suspends": "supplement"},
        "invite": {"name": "invite", "suspends": {"sets_term": True}},
    }
    return clock(*CASES_TOLD.values(), of=project(activities=rules))


@pytest.fixture(scope="module")
def found(shown: LegalClock) -> dict[str, dict]:
    rows = shown.cases.order_by("case_id").to_pyarrow().to_pylist()
    named = zip(CASES_TOLD, rows, strict=True)
    return {name: row | {"end": str(date_of(row["end_day"]))} for name, row in named}


def of(row: dict, *fields: str) -> tuple:
    return tuple(row[field] for field in fields)


def test_11_eight_weeks_from_monday_1_june_end_on_monday_27_july(found: dict[str, dict]) -> None:
    assert of(found["plain"], "end", "used", "suspended", "verdict") == ("2026-07-27", 56, 0, "met")
    assert date.fromisoformat(found["plain"]["end"]).strftime("%A") == "Monday"


def test_11_a_supplement_asked_10_june_with_a_term_and_received_20_june_suspends_nine_days(
    shown: LegalClock, found: dict[str, dict]
) -> None:
    row = found["answered"]
    assert of(row, "suspended", "end", "used", "verdict") == (9, "2026-08-05", 56, "met")
    assert date.fromisoformat(row["end"]).strftime("%A") == "Wednesday"
    (span,) = shown.spans.filter(shown.spans.case_id == row["case_id"]).to_pyarrow().to_pylist()
    assert (str(date_of(span["first_day"])), str(date_of(span["last_day"]))) == ("2026-06-11", "2026-06-19")


def test_11_a_term_set_until_17_june_and_unanswered_suspends_seven_days(found: dict[str, dict]) -> None:
    assert of(found["unanswered"], "suspended", "end", "verdict") == (7, "2026-08-03", "met")
    assert of(found["answered late"], "suspended", "end", "verdict") == (7, "2026-08-03", "missed")


def test_11_without_a_set_term_in_the_request_nothing_is_suspended(found: dict[str, dict]) -> None:
    assert of(found["no term"], "suspended", "end", "verdict") == (0, "2026-07-27", "missed")


def test_11_an_end_on_sunday_9_august_becomes_monday_10_august(found: dict[str, dict]) -> None:
    assert of(found["sunday"], "suspended", "end", "rolled", "verdict") == (9, "2026-08-10", 1, "met")
    assert found["after sunday"]["verdict"] == "missed"


def test_a_decision_sent_on_the_last_day_has_met_the_term_at_any_local_hour(found: dict[str, dict]) -> None:
    # 27 July 23:30 in Amsterdam is 21:30 in UTC; 28 July 00:30 is still 27 July in UTC
    assert (found["late evening"]["verdict"], found["after midnight"]["verdict"]) == ("met", "missed")


def test_a_receipt_late_in_the_evening_in_utc_counts_on_its_local_day(found: dict[str, dict]) -> None:
    # 22:30 in UTC on 31 May is 1 June in Amsterdam
    assert of(found["received at night"], "end", "used") == ("2026-07-27", 56)


def test_two_suspensions_that_overlap_count_once_and_two_apart_add_up(found: dict[str, dict]) -> None:
    assert of(found["overlapping"], "suspended", "end") == (9, "2026-08-05")
    assert of(found["recorded and shown"], "suspended", "end") == (9, "2026-08-05")
    assert of(found["twice"], "suspended", "end", "verdict") == (11, "2026-08-07", "met")


def test_an_extension_after_a_suspension_moves_the_end_and_the_days_go_on(found: dict[str, dict]) -> None:
    assert of(found["extended"], "end", "extended", "used", "verdict") == ("2026-09-16", 42, 98, "met")
    assert of(found["extended by field"], "end", "used") == ("2026-09-07", 98)
    assert of(found["extended unread"], "verdict", "reason") == ("not_determinable", "extension_not_read")
    assert of(found["notice of delay"], "end", "verdict") == ("2026-07-27", "missed")


def test_the_answer_of_a_dutch_adviser_suspends_nothing(found: dict[str, dict]) -> None:
    assert of(found["adviser"], "suspended", "end", "verdict") == (0, "2026-07-27", "missed")


def test_each_ground_counts_its_own_days_and_one_of_another_rule_none(found: dict[str, dict]) -> None:
    days = {"foreign_information": 9, "consent": 11, "applicant_delay": 10, "force_majeure": 10, "omission": 0}
    assert {ground: found[ground]["suspended"] for ground in days} == days
    assert found["inclusive"]["suspended"] == 9


def test_what_the_log_cannot_tell_is_not_determinable(found: dict[str, dict]) -> None:
    unknown = ("not_determinable", None)
    assert of(found["backwards"], "verdict", "used", "reason") == (*unknown, "suspension_contradicts")
    assert of(found["no receipt"], "verdict", "used", "reason") == (*unknown, "begin_not_known")
    assert of(found["asked, no word of a term"], "verdict", "used", "reason") == (*unknown, "term_not_known")
    assert of(found["always a term"], "verdict", "suspended") == ("met", 9)


def test_an_answer_that_no_request_waited_for_is_counted(shown: LegalClock) -> None:
    assert shown.facts.unpaired_resumes == 1


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-06-17", ("2026-06-17", None, None)),
        ("2026-06-17T12:00:00", ("2026-06-17", None, None)),
        ("20260617", ("2026-06-17", None, None)),
        ("P2W", (None, 14, None)),
        ("P1W3D", (None, 10, None)),
        (" 14 ", (None, 14, None)),
        ("P2M", (None, None, 2)),
        ("20269999", (None, None, None)),
        ("99999", (None, None, None)),
        ("P1M3D", (None, None, None)),
        ("17-06-2026", (None, None, None)),
    ],
)
def test_a_term_is_read_as_a_date_or_a_length_and_never_as_another(
    text: str, read: tuple[str | None, int | None, int | None]
) -> None:
    day, *length = told_length(text)
    assert (None if day is None else str(date_of(day)), *length) == read


def test_an_answer_after_the_answer_waited_for_no_request_either() -> None:
    told = Told((*ASKED, "answer 2026-06-22", "decide 2026-08-05"))
    assert clock(told).facts.unpaired_resumes == 1
    assert clock(Told((*ASKED[:1], *ASKED, "decide 2026-08-05"))).facts.unpaired_resumes == 0


def test_of_one_date_the_order_of_the_sources_says_that_the_answer_came_after_the_request() -> None:
    told = ('ask 2026-06-10 {"term": "P4W"}', "answer 2026-06-10", "decide 2026-07-27")
    log, made = log_of(Told(told)), project()
    asks = made.sources[0]
    first = log.events.mutate(source=ibis.ifelse(log.events.activity == "ask", "z", "test"), seq=-log.events.seq)
    made = made.model_copy(update={"sources": (asks.model_copy(update={"name": "z"}), asks)})
    (case,) = (
        legal_clock(made.journey.legal_norm, book(log, made, AS_OF), replace(log, events=first), made, AS_OF)
        .cases.to_pyarrow()
        .to_pylist()
    )
    assert of(case, "suspended", "verdict") == (0, "met")


def test_a_term_that_has_ended_stands_still_no_more() -> None:
    # of a term that ends on Monday 27 July: suspended from that day on, and from the day after
    asks = (f'ask 2026-07-{day} {{"term": "P8W"}}' for day in (26, 27))
    late = [Told((ask, "answer 2026-08-10", "decide 2026-08-12")) for ask in asks]
    waiting = Told(('ask 2026-07-27 {"term": "P8W"}',))
    shown = clock(*late, waiting, as_of=at("2026-08-20T12:00"))
    in_time, after, still = shown.cases.order_by("case_id").to_pyarrow().to_pylist()
    assert of(in_time, "suspended", "suspended_until_then", "used", "verdict") == (14, 14, 58, "missed")
    assert of(after, "suspended", "suspended_until_then", "used", "verdict") == (0, 0, 72, "missed")
    assert of(still, "suspended_until_then", "used", "is_overdue") == (0, 80, True)
    result = legal_result(shown.norm, shown)
    assert (result.legal.suspended_cases, result.legal.suspended_days) == (1, 14)


def test_a_decision_on_an_objection_is_adjourned_for_six_weeks_at_most() -> None:
    objection = project(norms=[LEGAL | {"amount": None, "rule": "objection"}])
    told = [Told((), case={"suspension_known": "dated"} | longer(days=days, by="adjourned")) for days in (42, 70)]
    assert {(row["end"], row["extended"]) for row in terms(*told, of=objection)} == {("2026-10-05", 42)}
    agreed = Told((), case={"suspension_known": "dated"} | longer(days=70, by="consent_to_delay"))
    assert terms(agreed, of=objection)[0]["extended"] == 70


@pytest.mark.parametrize("names", [("term", "Term"), ("term", "case_term"), ("case_term", "term"), ("a", "b")])
def test_terms_are_told_apart_whatever_they_are_called(names: tuple[str, str]) -> None:
    made = project(
        norms=[LEGAL | {"name": name, "amount": amount} for name, amount in zip(names, ("8w", "2w"), strict=True)]
    )
    log = log_of(Told(("decide 2026-07-01",)), Told(("decide 2026-06-10",)))
    clocks = legal_clocks(book(log, made, AS_OF), log, made, AS_OF)
    results = [legal_result(norm, clocks[norm.name]) for norm in made.journey.norms]
    assert [(result.met, result.missed) for result in results] == [(2, 0), (1, 1)]


def test_open_cases_use_days_up_to_the_moment_of_looking() -> None:
    running = Told(('ask 2026-06-10 {"term": "P8W"}',))
    over = Told(('ask 2026-06-10 {"term": "P1W"}',))
    early = terms(running, as_of=at("2026-06-30T12:00"))[0]
    assert of(early, "used", "suspended_until_then", "verdict") == (9, 20, "open")
    late = terms(over, as_of=at("2026-08-04T12:00"))[0]
    assert of(late, "end", "verdict", "is_overdue") == ("2026-08-03", "open", True)


def test_the_clock_of_an_objection_is_zero_until_filing_is_over() -> None:
    norm = LEGAL | {"rule": "objection", "amount": None, "from": "decide", "to": "reply", "only_with": "object"}
    made = project([norm], {}, reopens=["object"], supplement_requests=["ask"])
    soon = Told(("decide 2026-06-05", "object 2026-07-01", "reply 2026-07-10"))
    late = Told(("decide 2026-06-05", "object 2026-07-01", "reply 2026-08-31"))
    found = terms(soon, late, Told(("decide 2026-06-05",)), of=made)
    assert [of(row, "end", "used", "verdict") for row in found] == [
        ("2026-08-28", 0, "met"),
        ("2026-08-28", 45, "missed"),
    ]


def test_a_term_that_no_case_meets_has_no_verdicts_and_no_error() -> None:
    norm = LEGAL | {"rule": "objection", "amount": None, "from": "decide", "to": "reply", "only_with": "object"}
    made = project([norm], {}, reopens=["object"], supplement_requests=["ask"])
    found = legal_result(made.journeys[0].norms[0], clock(Told(("decide 2026-06-05",)), of=made))
    assert (found.met, found.missed, found.open, found.not_determinable) == (0, 0, 0, 0)


def test_a_suspension_that_nobody_ended_ends_with_the_decision() -> None:
    endless = Told(("decide 2026-07-01",), case=recorded(to=None))
    for as_of in ("2026-08-01", "2026-12-01"):
        (row,) = terms(endless, as_of=at(as_of))
        assert of(row, "suspended", "end", "used", "verdict") == (21, "2026-08-17", 9, "met")


def test_two_equal_extensions_without_a_day_are_two_and_the_same_one_of_two_sources_is_one() -> None:
    made = {"on": None, "days": 14, "until": None, "by": "statutory"}
    log = log_of(Told((), case={"extensions": json.dumps([made, made])}), Told((), case=longer(**made)))
    twice = log.cases.to_pyarrow()
    both = pa.concat_tables([twice, pa.Table.from_pylist([row | {"source": "b"} for row in twice.to_pylist()], CASES)])
    for cases in (twice, both):
        of_log = replace(log, cases=log.con.create_table("told", cases, overwrite=True))
        norm = project().journey.legal_norm
        found = legal_clock(norm, book(of_log, project(), AS_OF), of_log, project(), AS_OF).cases.order_by("case_id")
        assert found.to_pyarrow()["extended"].to_pylist() == [28, 14]


def test_an_extension_to_a_date_that_the_term_reaches_anyhow_moves_nothing() -> None:
    # the term ends on Sunday 9 August, and so on Monday 10 August
    sunday = "2026-06-14"
    for until in ("2026-08-01", "2026-08-09", "2026-08-10"):
        (row,) = terms(Told(("decide 2026-08-10",), sunday, longer(until=until)))
        assert of(row, "end", "extended", "rolled", "verdict") == ("2026-08-10", 0, 1, "met")
    (row,) = terms(Told(("decide 2026-08-16",), sunday, longer(until="2026-08-16")))
    assert of(row, "end", "extended", "verdict") == ("2026-08-16", 7, "met")


def test_slips_of_the_pen_in_a_year_leave_other_cases_as_they_are() -> None:
    far, old, plain = terms(
        Told(("decide 2326-07-28",), "2326-06-01"),
        Told(("decide 1850-07-27",), "1850-06-01"),
        Told(("decide 2026-07-27",)),
    )
    assert of(far, "end", "verdict") == ("2326-07-27", "missed")
    assert of(old, "verdict", "reason") == ("not_determinable", "law_before")
    assert of(plain, "end", "verdict", "is_outside_decrees") == ("2026-07-27", "met", False)


def test_a_target_date_neither_rolls_over_nor_is_extended() -> None:
    norm = {k: v for k, v in LEGAL.items() if k != "amount"} | {"target": "due"}
    targets = {"targets": json.dumps({"due": "2026-08-09T00:00:00Z"}), "suspension_known": "dated"}
    told = Told(("decide 2026-08-10",), "2026-06-13", targets | longer(days=14))
    (row,) = terms(told, of=project(norms=[norm]))
    assert of(row, "end", "rolled", "extended", "verdict") == ("2026-08-09", 0, 0, "missed")


def test_a_term_that_begins_after_the_case_had_ended_never_ran() -> None:
    norm = LEGAL | {"from": "object", "to": "delivered"}
    found = clock(
        Told(("object 2026-06-10", "decide 2026-06-30")),
        Told(("decide 2026-06-30", "object 2026-07-10")),
        Told(("object 2026-06-10",)),
        of=project(norms=[norm], supplement_requests=["ask"]),
    )
    rows = found.cases.order_by("case_id").to_pyarrow().to_pylist()
    assert [row["verdict"] for row in rows] == ["met", "ended_otherwise", "open"]
    assert [row["used"] for row in rows] == [20, None, 174]
    term = legal_result(found.norm, found).legal
    assert (term.known_cases, term.counted_cases, term.used_mean_days) == (3, 2, 97)
