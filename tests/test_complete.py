"""A log that begins with the cases that were open then: what it lacks is in no figure of the time before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from math import log as ln

import pytest

from mappings.source import Source
from mining.complete import complete_from, seen_until
from mining.demand import takt, wip
from mining.drift import drift
from mining.followed import Followed, followed
from mining.ledger import Ledger, book
from mining.log import Log, to_micros
from mining.norm_time import norms_over_time
from mining.norms import norms
from mining.open_ends import open_ends
from mining.results.stream import Takt, Wip
from tests.logs import JOURNEY, START, log, project

BEGIN, END = 400, 600
"""The days on which the records begin, and up to which they go; the first case of all comes in on day 0."""
AS_OF = datetime(START.year, START.month, START.day, tzinfo=UTC) + timedelta(days=END + 1)
LENGTHS = [round(-30 * ln(1 - (n + 0.5) / 50)) for n in range(50)]
"""Days that cases take: exponential, with a mean of 30."""
PROJECT = project(JOURNEY)


def told(begin: int) -> Log:
    """Return a case a day at noon, of those that had not ended before the records begin."""
    text, received = [], {}
    for day in range(END):
        ends = day + LENGTHS[day * 7 % len(LENGTHS)]
        if ends >= begin:
            received[f"Z{day}"] = f"{day}T12:00"
            text += [f"Z{day} intake {day}T12:00"] + [f"Z{day} decide {ends}T13:00"] * (ends < END)
    return log(" | ".join(text), received=received, observed_until=f"{END}T00:00")


@cache
def booked(begin: int) -> tuple[Log, Ledger]:
    lines = told(begin)
    return lines, book(lines, PROJECT, AS_OF)


def arriving(begin: int) -> Takt:
    lines, ledger = booked(begin)
    found = takt(ledger, lines, PROJECT, AS_OF)
    assert found is not None
    return found


def in_hand(begin: int, slow: int | None = None) -> Wip:
    lines, ledger = booked(begin)
    return wip(ledger, lines, PROJECT, AS_OF, slow)


def seen(begin: int) -> Followed:
    lines, ledger = booked(begin)
    return followed(ledger, lines, PROJECT, AS_OF)


def day_of(moment: datetime) -> int:
    return (moment.date() - START).days


def test_takt_counts_from_where_no_case_is_missing_on() -> None:
    found = arriving(BEGIN)
    assert BEGIN <= day_of(found.window_from) < BEGIN + 7
    assert found.arrivals_per_week == pytest.approx(7, rel=0.02)
    assert found.takt_seconds == pytest.approx(arriving(0).takt_seconds, rel=0.05)


def test_a_log_that_holds_all_cases_is_counted_from_its_first_on() -> None:
    lines, ledger = booked(0)
    assert complete_from(ledger, seen_until(lines, PROJECT, AS_OF)) is None
    assert (arriving(0).arrivals, day_of(arriving(0).window_from)) == (END, 0)


def test_work_in_hand_is_that_of_the_whole_log_from_there_on() -> None:
    some, every = in_hand(BEGIN), in_hand(0)
    whole = {point.week: point for point in every.by_week}
    assert (some.by_week[0].week - START).days in range(BEGIN - 7, BEGIN + 7)
    assert [point.in_hand for point in some.by_week] == [whole[point.week].in_hand for point in some.by_week]
    assert some.integral_seconds == some.case_seconds
    assert some.mean == pytest.approx(30, rel=0.1)
    assert some.at_as_of == every.at_as_of


def test_one_date_of_long_ago_does_not_begin_the_window() -> None:
    lines = told(BEGIN)
    slip = log("Z0 intake -9000T12:00 | Z0 decide -8999T12:00", received={"Z0": "-9000T12:00"})
    lines = log_of_both(lines, slip)
    found = takt(book(lines, PROJECT, AS_OF), lines, PROJECT, AS_OF)
    assert found is not None
    assert found.arrivals_per_week == pytest.approx(7, rel=0.02)


def came_on(days: list[int]) -> tuple[Log, Ledger]:
    """One case a day, each of ten days but the last, which takes fifty."""
    lasts = dict.fromkeys(days, 10) | {days[-1]: 50}
    text = [f"Z{day} intake {day}T12:00 | Z{day} decide {day + lasts[day]}T12:00" for day in days]
    until = f"{days[-1] + 50}T12:00"
    lines = log(" | ".join(text), received={f"Z{day}": f"{day}T12:00" for day in days}, observed_until=until)
    return lines, book(lines, PROJECT, AS_OF)


def test_a_log_of_all_cases_that_began_in_a_period_is_counted_up_to_the_last_of_them() -> None:
    lines, ledger = came_on(list(range(100)))
    found = takt(ledger, lines, PROJECT, AS_OF)
    assert found is not None
    assert (found.is_run_out, day_of(found.window_to)) == (True, 99)
    assert found.arrivals_per_week == pytest.approx(7, rel=0.02)
    # ten a day in hand all along, and none are left once no more come in
    assert wip(ledger, lines, PROJECT, AS_OF, 10 * 86_400_000_000).is_steady


def test_a_season_without_cases_that_the_log_has_seen_before_is_no_end() -> None:
    lines, ledger = came_on([*range(40), *range(80, 120)])
    found = takt(ledger, lines, PROJECT, AS_OF)
    assert found is not None
    assert (found.is_run_out, day_of(found.window_to)) == (False, 169)


def log_of_both(one: Log, other: Log) -> Log:
    con = one.con
    for name, table in (("events", other.events), ("cases", other.cases)):
        con.insert(name, table.to_pyarrow())
    return Log(con=con, events=con.table("events"), cases=con.table("cases"), observed_until=one.observed_until)


def test_a_case_from_before_is_followed_from_there_on() -> None:
    found = seen(BEGIN)
    assert found.entered_late > 20
    told_of = open_ends(booked(BEGIN)[1], found, PROJECT)
    weeks = next(each for each in told_of.promises if (each.group, each.unit) == ("all", "weeks"))
    # nine of ten exponential times of a mean of 30 days are shorter than 69 days, which is ten weeks
    assert weeks.within in (10, 11)
    median = told_of.survival[0].to_any_end[0].seconds
    assert median == pytest.approx(30 * ln(2) * 86_400, rel=0.15)


def test_a_month_from_before_the_records_tells_of_its_slow_cases_alone_and_is_not_enough() -> None:
    early, late = ([f"{kind}{n}" for n in range(40)] for kind in "EL")
    text = [f"{case} intake 1T12:00 | {case} decide 5T12:00" for case in early + late]
    lines = log(" | ".join(text), received=dict.fromkeys(early, "-45T12:00") | dict.fromkeys(late, "1T12:00"))
    ledger = book(lines, PROJECT, AS_OF)
    cases = followed(ledger, lines, PROJECT, AS_OF)
    _, months = norms_over_time(norms(ledger, lines, PROJECT, AS_OF), ledger, lines, PROJECT, cases)
    told = [(m.by, m.month.month, m.met, m.missed, m.is_enough) for m in months]
    assert told == [("started_in", 4, 0, 40, False), ("started_in", 6, 40, 0, True), ("reached_in", 6, 40, 40, True)]
    assert [(m.month.month, m.is_enough) for m in drift(ledger, cases).months] == [(4, False), (6, True)]


def test_what_slow_cases_did_before_the_records_is_no_change_of_the_process() -> None:
    # whoever takes more than twenty days is asked something; three come in a day
    text = []
    for n in range(3 * END):
        day, length = n // 3, LENGTHS[n * 7 % len(LENGTHS)]
        if day + length >= BEGIN:
            asked = f"Z{n} ask {day + 1}T12:00 | " if length > 20 else ""
            text.append(f"Z{n} intake {day}T12:00 | {asked}Z{n} decide {day + 1 + length}T12:00")
    lines = log(" | ".join(text), observed_until=f"{END}T00:00")
    ledger = book(lines, PROJECT, AS_OF)
    found = drift(ledger, followed(ledger, lines, PROJECT, AS_OF))
    assert found.series_tested > 1
    assert found.changes == ()


def test_while_a_log_of_new_cases_fills_up_its_flow_is_not_called_unsteady() -> None:
    # ten weeks, of which work in hand grows in the first nine: with the age by which nearly all have ended known
    text = [f"Z{n} intake {n // 4}T12:00 | Z{n} decide {n // 4 + 60}T12:00" for n in range(4 * 130)]
    lines = log(" | ".join(text), observed_until="130T00:00")
    ledger = book(lines, PROJECT, AS_OF)
    assert wip(ledger, lines, PROJECT, AS_OF, 60 * 86_400_000_000).is_steady is True
    assert wip(ledger, lines, PROJECT, AS_OF, None).is_steady is None
    assert wip(ledger, lines, PROJECT, AS_OF, 100 * 86_400_000_000).is_steady is None


def test_contacts_that_were_read_later_do_not_prolong_the_window() -> None:
    contacts = Source(
        name="calls",
        kind="csv",
        path="calls.csv",
        columns={"case": "c", "activity": "a", "completed_at": "t"},
        activities={"call": {"name": "call", "role": "contact"}},
    )
    both = PROJECT.model_copy(update={"sources": (*PROJECT.sources, contacts)})
    read = {"test": AS_OF - timedelta(days=9), "calls": AS_OF - timedelta(days=2)}
    lines = replace(booked(0)[0], observed_until=read)
    assert seen_until(lines, both, AS_OF) == to_micros(read["test"])
    assert seen_until(lines, both, AS_OF - timedelta(days=20)) == to_micros(AS_OF - timedelta(days=20))
