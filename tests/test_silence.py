"""The longest period without word to the citizen, and the steps in which it fell."""

from __future__ import annotations

from datetime import date

import pytest

from tests.logs import AS_OF, START, log, project
from tests.mining_run import mined

DAY = 86400.0
RULES = {"call": {"role": "contact"}}


def found(text: str, start: date = START):
    cases = {line.split()[0] for line in text.split("|")}
    told = log(text, received=dict.fromkeys(cases, "0"), rules=RULES, start=start)
    findings, _ = mined(told, project(), AS_OF)
    return findings.contacts


def test_silence_falls_in_the_steps_that_lay_between_two_words():
    contacts = found("Z1 intake 1 | Z1 call 2 | Z1 assess 5 | Z1 decide 9")
    assert contacts.silence_max_seconds == 7 * DAY
    assert {s.step: s.mean_seconds / DAY for s in contacts.silence_steps} == pytest.approx({"assess": 3, "decide": 4})


def test_the_steps_of_all_cases_add_up_to_their_mean_silence():
    contacts = found("Z1 intake 1 | Z1 call 2 | Z1 decide 9 | Z2 intake 4 | Z2 decide 5")
    assert sum(s.mean_seconds for s in contacts.silence_steps) == pytest.approx(contacts.silence_mean_seconds)
    assert [s.cases for s in contacts.silence_steps] == [2, 1]


def test_the_earliest_of_two_silences_of_one_length_counts():
    contacts = found("Z1 intake 3 | Z1 call 3 | Z1 decide 6")
    assert [s.step for s in contacts.silence_steps] == ["intake"]


def test_dates_on_both_sides_of_the_change_of_the_clocks_are_whole_days_apart():
    contacts = found("Z1 intake 2 | Z1 call 4 | Z1 assess 12 | Z1 decide 20", date(2026, 3, 20))
    assert contacts.silence_max_seconds == 16 * DAY
    assert {s.step: s.mean_seconds / DAY for s in contacts.silence_steps} == {"assess": 8, "decide": 8}
