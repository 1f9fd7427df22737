"""At risk of missing a legal term: the chance among like cases, in days of the term; against a walk day by day."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from random import Random

from mining.followed import followed
from mining.ledger import book
from mining.legal import legal_clock
from mining.legal_norm import legal_result
from mining.norm_time import norms_over_time
from mining.results.norms import NormResult
from mining.results.survival import NormMonth
from tests.oracle_legal import chance, left_of, months_after, term_of
from tests.test_legal_clock import LEGAL, SPAN, Told, at, log_of, project, terms
from tests.test_oracle_legal import AS_OF, RULES, drawn

UNDATED = {"suspension_known": "open_only", "suspensions": json.dumps([SPAN | {"from": None, "to": None}])}
FIRST = Told(("decide 2025-11-03",), "2025-11-01")
"""A case before all others, so that none of them began before its source."""


def judged(told: list[Told], as_of: str = "2026-12-01", **norm: object) -> tuple[NormResult, tuple[NormMonth, ...]]:
    made = project(norms=[LEGAL | norm], activities=RULES)
    log = log_of(*told)
    ledger = book(log, made, at(as_of))
    return result_of(ledger, log, made, as_of=at(as_of))


def result_of(ledger, log, made, as_of):
    (norm,) = made.journey.norms
    clock = legal_clock(norm, ledger, log, made, as_of)
    cases = followed(ledger, log, made, as_of)
    results, months = norms_over_time((legal_result(norm, clock),), ledger, log, made, cases, {norm.name: clock})
    return results[0], months


def running(since: str, count: int = 20) -> list[Told]:
    """Open cases of which the log would show a request."""
    return [Told((f"look {since}",), since)] * count


def decided(count: int, on: str, asked: str | None = None) -> list[Told]:
    """Cases of 1 June; with `asked` a supplement is asked on 1 June and sent on that day."""
    asks = ('ask 2026-06-01 {"term": "P8W"}', f"answer {asked}") if asked else ()
    return [Told((*asks, f"decide {on}"))] * count


def test_open_cases_are_at_risk_by_what_like_cases_did_and_not_by_half_of_the_term() -> None:
    # forty used 30 days of the term, ten 60; twenty are open after 29 of the 56 days, beyond the half of it
    young = running("2026-07-02")
    told = [FIRST, *decided(40, "2026-07-01"), *decided(10, "2026-07-31"), *young]
    found, months = judged(told, "2026-07-31")
    assert (found.open, found.at_risk, found.at_risk_unknown) == (20, 0, 0)
    slow = [FIRST, *decided(10, "2026-07-01"), *decided(40, "2026-07-31"), *young]
    assert judged(slow, "2026-07-31")[0].at_risk == 20
    assert {(m.by, m.month.month, m.met, m.missed, m.open) for m in months if m.month.year == 2026} == {
        ("started_in", 6, 40, 10, 0), ("started_in", 7, 0, 0, 20), ("reached_in", 7, 40, 10, 0),
    }  # fmt: skip


def test_days_in_which_the_term_stood_still_count_for_no_one() -> None:
    # asked on the day of receipt and sent on 1 July: sixty days for the citizen, thirty-one of the term
    told = [FIRST, *decided(40, "2026-07-31", asked="2026-07-01"), *decided(12, "2026-07-31"), *running("2026-07-02")]
    found, _ = judged(told, "2026-07-31")
    assert (found.open, found.at_risk, found.at_risk_unknown) == (20, 0, 0)


def test_a_case_whose_term_has_ended_has_no_chance_left() -> None:
    told = [FIRST, *decided(40, "2026-07-01"), *running("2026-06-01", 1)]
    assert judged(told, "2026-08-20")[0].at_risk == 1


def test_a_term_that_ended_is_kept_by_no_one_who_was_asked_for_more_afterwards() -> None:
    asked = Told(('ask 2026-07-27 {"term": "P8W"}',))
    found, months = judged([FIRST, *decided(40, "2026-07-01"), asked], "2026-08-20")
    (june,) = (m for m in months if (m.by, m.month.month) == ("started_in", 6))
    assert (found.legal.overdue, found.at_risk, june.met_at_most) == (1, 1, 40 / 41)


def test_where_the_days_used_are_not_known_no_chance_is_told() -> None:
    unknown = Told(("look 2026-07-02",), "2026-07-02", UNDATED)
    found, _ = judged([FIRST, *decided(40, "2026-07-01"), unknown], "2026-07-31")
    assert (found.open, found.at_risk, found.at_risk_unknown) == (1, 0, 1)
    assert found.legal.days_unknown_open == 1


def test_the_chances_are_those_of_a_walk_day_by_day_over_generated_cases() -> None:
    random = Random(11)
    cases = [drawn(random) for _ in range(300)]
    for amount, length in (("8w", 56), ("2w", 14)):
        found, _ = judged([FIRST, *(each for each, _ in cases)], AS_OF.isoformat(), amount=amount)
        told = [(each, term_of(each, length, rolls=True)) for _, each in cases]
        told.append((replace(told[0][0], received=date(2025, 11, 1)), None))
        known = [(each, term) for each, term in told[:-1] if term.used is not None]
        lived = [(term.used, "decided" if each.decided else "open") for each, term in known] + [(2, "decided")]
        at_risk = unsure = 0
        for each, term in told[:-1]:
            if term.verdict != "open":
                continue
            left = left_of(each, term) if term.used is not None else None
            bounds = None if left is None else (0.0, 0.0) if left < 0 else chance(lived, term.used, left)
            at_risk += bounds is not None and bounds[1] < 0.5
            unsure += bounds is None or bounds[0] < 0.5 <= bounds[1]
        assert (found.at_risk, found.at_risk_unknown) == (at_risk, unsure)
        assert at_risk > 5


def in_months(days: list[date], **norm: object) -> list[str]:
    made = project(norms=[{k: v for k, v in LEGAL.items() if k != "amount"} | norm])
    told = (Told((), str(day)) for day in days)
    return [row["end"] for row in terms(*told, of=made, as_of=datetime(2028, 1, 1, tzinfo=UTC))]


def test_a_term_in_months_ends_on_the_same_day_of_a_later_month_or_on_its_last() -> None:
    random = Random(3)
    days = [date(2026, random.randrange(1, 13), random.randrange(1, 29)) for _ in range(40)]
    days += [date(2026, 1, 31), date(2026, 8, 31), date(2026, 11, 30), date(2026, 12, 31), date(2027, 11, 30)]
    for months in (1, 2, 3, 6):
        assert in_months(days, months=months, set_by="own") == [str(months_after(day, months)) for day in days]


def test_terms_of_up_to_three_months_roll_over_and_longer_ones_do_not() -> None:
    # 13 June 2026 is a Saturday, 14 March 2026 too; 5 May is a holiday in every year
    assert in_months([date(2026, 5, 13)], months=1) == ["2026-06-15"]
    assert in_months([date(2026, 2, 5)], months=3) == ["2026-05-06"]
    assert in_months([date(2026, 1, 5)], months=4) == ["2026-05-05"]


def test_days_in_which_a_term_in_months_stood_still_are_added_to_its_end() -> None:
    made = project(norms=[{k: v for k, v in LEGAL.items() if k != "amount"} | {"months": 2}])
    (row,) = terms(Told(('ask 2026-06-10 {"term": "2026-07-01"}', "answer 2026-06-20")), of=made)
    assert (row["end"], row["suspended"]) == ("2026-08-10", 9)  # 1 August and nine days
