"""Legal terms: how they are counted, suspended, extended and rolled over, on whole days."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from mappings.journey import Norm
from mappings.law import shipped_law
from mining.legal_days import closed_days, date_of, easter_days, legal_days, number_of
from mining.legal_term import NEVER, Changes, Terms, length_of, months_later, terms

LAW = shipped_law()
DAYS = legal_days(LAW.termijnenwet, date(2010, 1, 1), date(2030, 1, 1))
D = date.fromisoformat


def counted(
    received: str,
    *,
    suspended: tuple[tuple[str, str], ...] = (),
    extended: tuple[tuple[str | None, int | str], ...] = (),
    extended_months: tuple[tuple[str, int], ...] = (),
    at_most: int = int(NEVER),
    **norm: object,
) -> Terms:
    """`suspended` holds first and last suspended days, `extended` the day made known and days or the end."""
    made = Norm(name="n", kind="legal", clock="legal", **({"amount": "8w"} | norm))
    changes = [(number_of(D(first)), number_of(D(last)), 0, 0, True) for first, last in suspended]
    changes += [(number_of(D(on)), int(NEVER), 0, months, False) for on, months in extended_months]
    for on, by in extended:
        at = -(2**40) if on is None else number_of(D(on))
        changes.append((at, int(NEVER), by, 0, False) if isinstance(by, int) else (at, number_of(D(by)), 0, 0, False))
    at, last, days, months, still = zip(*changes, strict=True) if changes else ((), (), (), (), ())
    found = Changes(
        np.zeros(len(changes), np.int64),
        np.array(at, np.int64),
        np.array(last, np.int64),
        np.array(days, np.int64),
        np.array(months, np.int64),
        np.array(still, bool),
        np.zeros(len(changes), np.int64),
        (at_most,),
    )
    return terms(np.array([number_of(D(received))]), length_of(made, LAW), found, DAYS)


def end(received: str, **more: object) -> str:
    return str(date_of(counted(received, **more).end[0]))


def test_the_day_of_receipt_is_no_day_of_the_term() -> None:
    assert end("2026-06-01") == "2026-07-27"


def test_an_extension_in_months_counts_from_the_end_as_it_stood() -> None:
    # a request under art. 15 AVG: a month, and two more (art. 12 lid 3)
    request: dict[str, object] = {"amount": None, "months": 1}
    assert end("2026-01-15", **request, extended_months=(("2026-02-01", 2),)) == "2026-04-15"
    found = counted("2026-01-15", **request, extended_months=(("2026-02-01", 2),))
    assert found.extended[0] == (D("2026-04-15") - D("2026-02-15")).days
    # 31 August and a month is 30 September; a Sunday, 31 May, is rolled over, but counted from
    assert end("2026-07-31", **request, extended_months=(("2026-08-03", 1),)) == "2026-09-30"
    assert end("2026-04-30", **request, extended_months=(("2026-05-04", 1),)) == "2026-06-30"
    # suspended days first, so that the months are counted from the later end; days before months of the same day
    suspended = (("2026-02-01", "2026-02-10"),)
    assert end("2026-01-15", **request, suspended=suspended, extended_months=(("2026-02-12", 2),)) == "2026-04-28"
    mixed = {"extended": (("2026-02-01", 7),), "extended_months": (("2026-02-01", 1),)}
    assert end("2026-01-23", **request, **mixed) == "2026-04-02"
    assert end("2026-01-15", **request, extended_months=(("2026-03-01", 2),)) == "2026-02-16"
    assert end("2026-01-15", **request, extended_months=(("2026-02-01", 2),), at_most=42) == "2026-03-30"


def test_suspended_days_move_the_end() -> None:
    found = counted("2026-06-01", suspended=(("2026-06-11", "2026-06-19"),))
    assert (found.suspended[0], date_of(found.end[0])) == (9, D("2026-08-05"))


def test_a_term_that_is_suspended_on_a_day_that_it_rolled_over_to_has_that_day_left() -> None:
    # it ended on Saturday 8 August, and so on Monday; asked on that Saturday, two of its days are left on 20 August
    asked = counted("2026-06-13", suspended=(("2026-08-09", "2026-08-19"),))
    assert (date_of(asked.end[0]), asked.suspended[0], asked.rolled[0]) == (D("2026-08-21"), 11, 2)
    # asked on Sunday, one is; on Monday, the term had ended before it was suspended
    assert end("2026-06-13", suspended=(("2026-08-10", "2026-08-19"),)) == "2026-08-20"
    assert end("2026-06-13", suspended=(("2026-08-11", "2026-08-19"),)) == "2026-08-10"


def test_an_end_on_a_sunday_rolls_over_to_monday() -> None:
    assert end("2026-06-05", suspended=(("2026-06-11", "2026-06-19"),)) == "2026-08-10"


def test_a_term_of_more_than_twelve_weeks_does_not_roll_over() -> None:
    assert end("2026-06-06", amount="12w") == "2026-08-31"
    assert end("2026-06-06", amount="13w") == "2026-09-05"
    assert end("2026-06-07", amount="90d") == "2026-09-07"
    assert end("2026-06-07", amount="92d") == "2026-09-07"
    assert end("2026-06-06", amount="92d") == "2026-09-06"


def test_a_term_in_hours_and_one_of_the_organisations_own_do_not_roll_over() -> None:
    assert end("2026-06-06", set_by="own") == "2026-08-01"
    assert end("2026-06-06") == "2026-08-03"
    assert length_of(Norm(name="n", clock="legal", amount="36h"), LAW).rolls_over is False


def test_months_end_on_the_same_day_of_the_month_or_on_its_last() -> None:
    days = np.array([number_of(D(day)) for day in ("2026-01-31", "2026-01-15", "2024-01-31", "2026-11-30")])
    assert [str(date_of(day)) for day in months_later(days, 1)] == [
        "2026-02-28", "2026-02-15", "2024-02-29", "2026-12-30"
    ]  # fmt: skip
    assert end("2026-05-28", amount=None, months=3) == "2026-08-28"
    assert end("2026-05-30", amount=None, months=3) == "2026-08-31"
    assert end("2026-05-29", amount=None, months=4) == "2026-09-29"


@pytest.mark.parametrize(
    ("last_day", "moved_to", "why"),
    [
        ("2026-04-03", "2026-04-07", "Good Friday, and then Easter Monday"),
        ("2025-05-05", "2025-05-06", "5 May in a year of freedom"),
        ("2027-05-05", "2027-05-10", "5 May in an odd year; Ascension and the Friday put on a par follow"),
        ("2021-05-05", "2021-05-06", "5 May in an odd year that is none"),
        ("2025-04-26", "2025-04-28", "King's Day on Saturday 26 April, since 27 April 2025 is a Sunday"),
        ("2026-04-27", "2026-04-28", "King's Day"),
        ("2012-04-30", "2012-05-01", "Queen's Day, until 2013"),
        ("2006-04-29", "2006-05-01", "Queen's Day on the Saturday before a Sunday"),
        ("2014-04-30", "2014-04-30", "no Queen's Day from 2014"),
        ("2026-05-14", "2026-05-18", "Ascension, and the Friday after it by royal decree"),
        ("2026-05-25", "2026-05-26", "Whit Monday"),
        ("2026-12-25", "2026-12-28", "both Christmas days, then a Sunday"),
        ("2026-01-01", "2026-01-05", "New Year's Day, and 2 January by royal decree"),
        ("2026-12-31", "2026-12-31", "New Year's Eve is a day like any other"),
    ],
)
def test_an_end_on_a_generally_recognised_holiday_rolls_over(last_day: str, moved_to: str, why: str) -> None:
    days = legal_days(LAW.termijnenwet, date(2000, 1, 1), date(2030, 1, 1))
    assert str(date_of(days.rolled(np.array([number_of(D(last_day))]))[0])) == moved_to, why


def test_the_library_is_used_for_easter_alone_and_agrees_with_the_written_list() -> None:
    import holidays

    library = holidays.country_holidays("NL", years=range(2014, 2031))
    ours = closed_days(LAW.termijnenwet, 2014, 2030)
    decrees = {day for decree in LAW.termijnenwet.decrees for day in decree.days}
    sundays = {day for day in library if day.weekday() == 6}
    assert set(library) - ours - sundays == set()
    # what the library does not have: 5 May in most years, Good Friday, and the days of the decrees
    missing = ours - set(library) - decrees
    assert missing <= {date(year, 5, 5) for year in range(2014, 2031)} | {
        day + timedelta(-2) for day in easter_days(2014, 2030).values()
    }


def test_short_terms_hold_two_working_days() -> None:
    assert end("2026-04-02", amount="3d") == "2026-04-08"
    assert end("2026-04-02", amount="2d") == "2026-04-07"


def test_an_extension_moves_the_end_and_is_no_suspension() -> None:
    found = counted("2026-06-01", extended=(("2026-07-01", 42),))
    assert (date_of(found.end[0]), found.suspended[0], found.extended[0]) == (D("2026-09-07"), 0, 42)


def test_an_extension_after_a_suspension_adds_up_with_it() -> None:
    both = {"suspended": (("2026-06-11", "2026-06-19"),), "extended": (("2026-07-30", 42),)}
    # 27 July would have been over on 30 July; with nine suspended days the term still ran
    assert end("2026-06-01", **both) == "2026-09-16"


def test_an_extension_made_known_after_the_term_does_not_move_it() -> None:
    assert end("2026-06-01", extended=(("2026-07-28", 42),)) == "2026-07-27"
    assert end("2026-06-01", extended=(("2026-07-27", 42),)) == "2026-09-07"
    assert end("2026-06-01", extended=((None, 42),)) == "2026-09-07"


def test_a_suspension_after_the_term_does_not_move_it() -> None:
    assert end("2026-06-01", suspended=(("2026-08-01", "2026-08-10"),)) == "2026-07-27"


def test_a_term_extended_to_a_date_ends_on_that_date_even_on_a_sunday() -> None:
    assert end("2026-06-01", extended=(("2026-07-01", "2026-08-30"),)) == "2026-08-30"


def test_an_extension_gives_no_more_than_the_law_allows_in_all() -> None:
    six_weeks = {"at_most": 42}
    assert end("2026-06-01", extended=(("2026-07-01", 70),), **six_weeks) == "2026-09-07"
    assert end("2026-06-01", extended=(("2026-07-01", 28), ("2026-07-08", 28)), **six_weeks) == "2026-09-07"
    # to a date within the six weeks it ends on that date; beyond them on the law's, which rolls over
    assert end("2026-06-01", extended=(("2026-07-01", "2026-08-30"),), **six_weeks) == "2026-08-30"
    assert end("2026-06-05", extended=(("2026-07-01", "2026-12-06"),), at_most=41) == "2026-09-10"
    assert end("2026-06-05", extended=(("2026-07-01", "2026-12-06"),), at_most=44) == "2026-09-14"
    assert counted("2026-06-01", extended=(("2026-07-01", 70),), **six_weeks).extended[0] == 42


def test_a_day_beyond_the_table_of_days_stays_as_it_is() -> None:
    assert end("1850-06-02") == "1850-07-28"
    assert end("2026-06-01", extended=(("2026-07-01", "2099-12-31"),)) == "2099-12-31"
    assert end("2150-06-05", amount="5d") == "2150-06-10"


def test_the_term_of_an_objection_begins_when_it_can_no_longer_be_filed() -> None:
    # decided Friday 5 June: filing until Friday 17 July, then six weeks: Friday 28 August
    assert end("2026-06-05", amount=None, rule="objection") == "2026-08-28"
    # decided Saturday 6 June: filing rolls over from Saturday 18 July to Monday 20 July
    assert end("2026-06-06", amount=None, rule="objection") == "2026-08-31"
    assert end("2026-06-05", amount=None, rule="objection_with_committee") == "2026-10-09"


def test_each_rule_ground_and_day_of_the_law_names_its_source() -> None:
    parts = [*LAW.awb.rules.values(), *LAW.awb.grounds.values(), *LAW.awb.extensions.values()]
    parts += [*LAW.termijnenwet.holidays, *LAW.termijnenwet.decrees, LAW.termijnenwet.scope]
    assert all(part.source for part in parts)
    for rule in LAW.awb.rules.values():
        assert set(rule.suspended_by) <= set(LAW.awb.grounds)
        assert set(rule.extended_by) <= set(LAW.awb.extensions)
    assert not LAW.awb.grounds["adviser"].suspends
