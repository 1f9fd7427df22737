"""Personal data in a kept column stops a log; numbers that pass by chance do not. All numbers here are invented."""

from __future__ import annotations

import pytest

from mining.quality_personal import is_bsn, is_iban, personal_data
from mining.quality_reading import Reading
from tests.quality_logs import measured, tables

DAY = "2026-03-02"
BSN = "111222333"


def found_in(log: str) -> Reading:
    with tables(log) as (events, cases, attempts):
        return personal_data(events, cases, attempts)


def personal(**columns: str) -> Reading:
    pairs = " ".join(f"{column}={value}" for column, value in columns.items())
    return found_in(f"Z1 a {DAY}T09:00 {pairs}")


def test_any_of_it_is_a_reason_to_stop():
    found = measured(f"Z1 a {DAY}T09:00 lane={BSN}")["personal_data"]
    assert (found.value, found.stop) == (1.0, 0)


def test_the_eleven_test():
    assert is_bsn(BSN)
    assert is_bsn("123456782")
    assert not is_bsn("123456789")
    assert not is_bsn("000000000")


def test_the_iban_test():
    assert is_iban("NL", "91ABNA0417164300")
    assert not is_iban("NL", "92ABNA0417164300")
    assert not is_iban("XX", "91ABNA0417164300")


@pytest.mark.parametrize(
    ("column", "value", "kind"),
    [
        ("lane", BSN, "BSN"),
        ("attributes", '{"note":"bsn_1112.22.333_of_the_applicant"}', "BSN"),
        ("attributes", '{"number":111222333}', "BSN"),
        ("raw_activity", "Mail_to_j.jansen@example.nl", "e-mail"),
        ("channel", "NL91_ABNA_0417_1643_00", "IBAN"),
        ("resource", "06-12345678", "telephone"),
        ("resource", "+31_6_12345678", "telephone"),
        ("resource", "020-1234567", "telephone"),
    ],
)
def test_each_kind_is_found_in_any_kept_column_and_never_shown(column: str, value: str, kind: str):
    found = personal(**{column: value})
    assert found.value == 1
    assert kind in found.examples[0]
    assert found.examples[0].startswith(column)
    assert "333" not in found.examples[0]
    assert "jansen" not in found.examples[0]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("raw_activity", "T07-1_Draft_intern_advice"),
        ("source_case_id", "2026-000123456789"),
        ("resource", "9f1112223334ab"),
        ("attributes", '{"amount":1234.56,"at":"2026-03-02T10:00:00+01:00"}'),
        ("lane", "NL91ABNA"),
        ("channel", "@work"),
    ],
)
def test_ordinary_values_are_not_taken_for_persons(column: str, value: str):
    assert personal(**{column: value}).value == 0


def test_case_numbers_of_nine_digits_pass_by_chance_and_do_not_stop():
    log = "\n".join(f"{100000000 + n} a {DAY}T09:00" for n in range(100))
    assert found_in(log).value == 0


def test_a_column_of_bsns_stops_however_long_it_is():
    numbers = [n for n in range(111222333, 111223333) if is_bsn(str(n))]
    log = "\n".join(f"{n} a {DAY}T09:00" for n in numbers)
    assert len(numbers) > 20
    assert found_in(log).value == 2


def test_attempts_are_searched_too():
    attempt = {"attempt_id": "1", "source": "s", "reason": "mailed j.jansen@example.nl"}
    with tables("", attempts=[attempt]) as (events, cases, attempts):
        assert personal_data(events, cases, attempts).examples == ("reason: e-mail × 1",)
