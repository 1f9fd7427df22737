"""At risk among like cases, and norms month by month."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from mappings.journey import Journey
from mappings.source import ActivityRule
from mining.at_risk import chances
from mining.columns import EVENTS
from mining.followed import followed
from mining.ledger import book
from mining.norm_time import norms_over_time
from mining.norms import norms
from mining.results.norms import NormResult
from mining.results.survival import NormMonth
from mining.survival import FROM_START, Spans
from tests.logs import AS_OF, log, moment, project


def journey(**norm: str) -> Journey:
    return Journey(
        name="j",
        steps={name: {"lane": "municipality", "layer": "backstage"} for name in ("intake", "decide")},
        flow={"sequence": ["intake", "decide"]},
        delivers=["decide"],
        ends_without_delivery=["withdraw"],
        norms=[{"name": "service", "amount": "20d", **norm}],
    )


def spans(*cases: tuple[int, int]) -> Spans:
    exits, kinds = zip(*cases, strict=True)
    return Spans(np.full(len(cases), FROM_START, np.int64), np.array(exits, np.int64), np.array(kinds, np.int8))


def chance(ended: list[tuple[int, int]], age: int, remaining: float, groups: list[str] | None = None) -> tuple:
    """Return the bounds of the chance of one open case of that age, the last of the cases."""
    cases = spans(*ended, (age, 0))
    codes = np.array([name == "slow" for name in groups or [""] * len(cases)], np.int64)
    likeness = (codes, np.zeros(len(cases), np.int64))
    found = chances(cases, 1, np.array([np.nan] * len(ended) + [remaining]), likeness, np.ones(len(cases), np.bool_))
    return found.low[-1], found.high[-1]


def test_the_chance_is_what_ends_in_time_of_what_is_still_open_at_that_age() -> None:
    # of forty-one, ten decide at 5, ten at 12, ten at 30, ten withdraw at 10; the last is open at 6
    ended = [(5, 1)] * 10 + [(12, 1)] * 10 + [(30, 1)] * 10 + [(10, 2)] * 10
    low, high = chance(ended, age=6, remaining=10)
    # of the thirty followed beyond 6 ten withdraw, and of the twenty left ten decide by 16
    assert low == pytest.approx(10 / 30)
    assert low == high


def test_who_has_withdrawn_will_not_be_decided() -> None:
    decided, withdrawn = [(10, 1)] * 40, [(10, 1)] * 16 + [(8, 2)] * 24
    assert chance(decided, 5, 10)[0] == pytest.approx(1)
    assert chance(withdrawn, 5, 10)[0] == pytest.approx(0.4)


def test_a_case_whose_time_is_up_has_no_chance_left() -> None:
    assert chance([(10, 1)] * 3, 25, -1) == (0, 0)


def test_beyond_the_last_age_followed_the_chance_has_two_bounds() -> None:
    # twenty of fifty ended by 10, thirty were still open when last seen at 12
    ended = [(10, 1)] * 30 + [(12, 0)] * 30
    low, high = chance(ended, age=5, remaining=100)
    assert low == pytest.approx(0.5)
    assert high == pytest.approx(1)


def test_fewer_than_thirty_like_cases_make_room_for_a_wider_group() -> None:
    quick, slow = [(5, 1)] * 100, [(50, 1)] * 29
    groups = ["quick"] * 100 + ["slow"] * 30
    assert chance(quick + slow, 1, 10, groups)[0] == pytest.approx(100 / 129, abs=0.01)
    slow = [(50, 1)] * 30
    assert chance(quick + slow, 1, 10, ["quick"] * 100 + ["slow"] * 31)[0] == 0


def test_without_thirty_cases_that_ended_nothing_is_known() -> None:
    assert np.isnan(chance([(5, 1)] * 29, 1, 10)).all()


def told(text: str, observed_until: str, **norm: str) -> tuple[NormResult, tuple[NormMonth, ...]]:
    lines, mapping = (
        log(text, observed_until=observed_until, received={f"Z{n}": "0" for n in range(60)}),
        project(journey(**norm)),
    )
    ledger = book(lines, mapping, AS_OF)
    cases = followed(ledger, lines, mapping, AS_OF)
    results, months = norms_over_time(norms(ledger, lines, mapping, AS_OF), ledger, lines, mapping, cases)
    return results[0], months


def closed(first: int, last: int, day: int) -> list[str]:
    return [f"Z{n} intake 0 | Z{n} decide {day}" for n in range(first, last)]


def test_open_cases_are_at_risk_by_what_like_cases_did_and_not_by_half_of_the_limit() -> None:
    # forty were decided at day 18, ten at 25; ten are open at day 12, past half of the limit of twenty days
    text = " | ".join([*closed(0, 40, 18), *closed(40, 50, 25)])
    opened = [f"Z{n} intake 13" for n in range(50, 60)]
    lines = log(
        " | ".join([text, *opened]),
        observed_until="25T12:00",
        received={f"Z{n}": "13" for n in range(50, 60)} | {f"Z{n}": "0" for n in range(50)},
    )
    mapping = project(journey())
    ledger = book(lines, mapping, AS_OF)
    cases = followed(ledger, lines, mapping, AS_OF)
    found = norms_over_time(norms(ledger, lines, mapping, AS_OF), ledger, lines, mapping, cases)[0][0]
    assert (found.met, found.missed, found.open, found.at_risk, found.at_risk_unknown) == (40, 10, 10, 0, 0)


def test_where_like_cases_are_mostly_late_the_open_ones_are_at_risk() -> None:
    text = " | ".join([*closed(0, 10, 18), *closed(10, 50, 25), *(f"Z{n} intake 0" for n in range(50, 60))])
    found, _ = told(text, "25T12:00")
    # all of these are past the limit of twenty days
    assert (found.open, found.at_risk) == (10, 10)


def test_with_too_few_cases_it_is_said_that_risk_is_not_known() -> None:
    text = " | ".join([*closed(0, 20, 5), *(f"Z{n} intake 0" for n in range(50, 60))])
    found, _ = told(text, "10T12:00")
    assert (found.open, found.at_risk, found.at_risk_unknown) == (40, 0, 40)


def test_a_norm_is_told_by_the_month_it_began_in_and_the_month_it_was_reached_in() -> None:
    # day 0 is 1 June, day 30 the first of July
    text = " | ".join([*closed(0, 30, 10), *closed(30, 36, 35), *(f"Z{n} intake 0" for n in range(36, 40))])
    _, months = told(text, "40T12:00")
    began, first, second = (m for m in months)
    assert (began.by, began.month, began.met, began.missed) == ("started_in", date(2026, 6, 1), 30, 6)
    assert began.open == 24
    assert began.met_at_least == pytest.approx(30 / 60)
    # the norm of twenty days is over for all who are open after forty
    assert began.met_at_most == pytest.approx(30 / 60)
    assert [(m.by, m.month, m.met, m.missed, m.is_enough) for m in (first, second)] == [
        ("reached_in", date(2026, 6, 1), 30, 0, True),
        ("reached_in", date(2026, 7, 1), 0, 6, False),
    ]


def test_open_cases_whose_time_is_up_keep_a_norm_no_more() -> None:
    opened = [f"Z{n} intake 10" for n in range(36, 46)] + [f"Z{n} intake 30" for n in range(46, 60)]
    lines = log(
        " | ".join([*closed(0, 36, 10), *opened]),
        observed_until="40T12:00",
        received={f"Z{n}": "0" for n in range(36)} | {f"Z{n}": ("10", "29")[n > 45] for n in range(36, 60)},
    )
    mapping = project(journey())
    ledger = book(lines, mapping, AS_OF)
    cases = followed(ledger, lines, mapping, AS_OF)
    _, (began, *_) = norms_over_time(norms(ledger, lines, mapping, AS_OF), ledger, lines, mapping, cases)
    assert (began.met, began.open, began.cases) == (36, 24, 60)
    # ten are thirty days old, fourteen eleven
    assert (began.met_at_least, began.met_at_most) == (pytest.approx(36 / 60), pytest.approx(50 / 60))


def test_an_answer_is_waited_for_as_far_as_the_partner_was_read() -> None:
    text = " | ".join(f"Z{n} ask {n % 5}T09:00 | Z{n} answer {n % 5 + 3}T09:00 partner" for n in range(40))
    lines = log(text + " | Z99 ask 8T09:00 | Z98 decide 39T09:00")
    told = lines.events.to_pyarrow()
    sources = ["partner" if name == "answer" else "test" for name in told["activity"].to_pylist()]
    told = told.set_column(told.schema.get_field_index("source"), EVENTS.field("source"), pa.array(sources))
    read = {name: moment(f"{day}T12:00")[0] for name, day in (("test", 40), ("partner", 9))}
    lines = replace(lines, events=lines.con.create_table("told", told.cast(EVENTS)), observed_until=read)
    asked = journey(**{"name": "advice", "from": "ask", "to": "answer", "amount": "10d"})
    plain = project(asked)
    partner = project(asked, activities={"answer": ActivityRule(name="answer")}).sources[0]
    partner = partner.model_copy(update={"name": "partner"})
    both = plain.model_copy(update={"sources": (*plain.sources, partner)})
    ledger = book(lines, both, AS_OF)
    cases = followed(ledger, lines, both, AS_OF)
    kept, _ = norms_over_time(norms(ledger, lines, both, AS_OF), ledger, lines, both, cases)
    # asked a day before the partner's last record: of its answer nothing could be known yet
    assert (kept[0].met, kept[0].open, kept[0].at_risk) == (40, 1, 0)


@pytest.mark.parametrize(("answers", "met"), [("Z1 answer 9", 0), ("Z1 answer 2", 1), ("", None)])
def test_an_answer_that_stands_before_its_request_on_the_same_date_is_no_answer_to_it(
    answers: str, met: int | None
) -> None:
    lines = log(f"Z1 answer 1 | Z1 ask 1 | {answers} | Z1 decide 30")
    mapping = project(journey(**{"name": "advice", "from": "ask", "to": "answer", "amount": "5d"}))
    (found,) = norms(book(lines, mapping, AS_OF), lines, mapping, AS_OF)
    assert (found.met, found.missed) == ((0, 0) if met is None else (met, 1 - met))
    assert found.ended_otherwise == (met is None)


def test_of_a_request_and_an_answer_of_one_date_from_two_sources_the_answer_counts() -> None:
    lines = log("Z1 answer 1 | Z1 ask 1 | Z1 decide 30")
    told = lines.events.to_pyarrow()
    told = told.set_column(
        told.schema.get_field_index("source"), EVENTS.field("source"), pa.array(["a", "test", "test"])
    )
    lines = replace(lines, events=lines.con.create_table("told", told.cast(EVENTS)))
    mapping = project(journey(**{"name": "advice", "from": "ask", "to": "answer", "amount": "5d"}))
    (found,) = norms(book(lines, mapping, AS_OF), lines, mapping, AS_OF)
    assert (found.met, found.ended_otherwise) == (1, 0)
