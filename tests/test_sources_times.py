"""Moments: formats, zones, daylight saving, precision, and what a value may be trusted for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mappings.errors import SourceError
from tests.extraction import Extraction, read_csv, utc


def at(folder: Path, *values: str, **column: Any) -> Extraction:
    lines = "\n".join(f'Z{n},intake,"{value}"' for n, value in enumerate(values))
    return read_csv(folder, f"case,what,at\n{lines}", columns={"completed_at": {"column": "at", **column}})


def instants(extraction: Extraction) -> list[Any]:
    return extraction.column("completed_at")


def test_a_local_time_is_read_in_the_zone_of_its_source(tmp_path: Path) -> None:
    assert instants(at(tmp_path, "2024-01-05 09:00", "2024-07-05T09:00:00")) == [
        utc("2024-01-05 08:00"),
        utc("2024-07-05 07:00"),
    ]


def test_an_offset_counts_more_than_the_zone(tmp_path: Path) -> None:
    read = at(tmp_path, "2024-01-05T09:00:00Z", "2024-01-05T09:00:00.5+0500", "2024-01-05T09:00:00-01:00")
    assert instants(read) == [utc("2024-01-05 09:00"), utc("2024-01-05 04:00:00.5"), utc("2024-01-05 10:00")]


def test_a_column_may_have_a_zone_of_its_own(tmp_path: Path) -> None:
    assert instants(at(tmp_path, "2024-01-05 09:00", zone="UTC")) == [utc("2024-01-05 09:00")]


def test_a_time_that_the_clocks_skipped_is_quarantined(tmp_path: Path) -> None:
    read = at(tmp_path, "2024-03-31 02:30", "2024-03-31 03:00")
    assert instants(read) == [utc("2024-03-31 01:00")]
    assert [(row["record"], row["reason"]) for row in read.quarantine] == [
        ("zaken.csv line 2", "completed_at_nonexistent")
    ]


def test_a_time_that_came_twice_counts_as_the_earlier_and_is_counted(tmp_path: Path) -> None:
    read = at(tmp_path, "2024-10-27 02:30", "2024-10-27 03:30")
    assert instants(read) == [utc("2024-10-27 00:30"), utc("2024-10-27 02:30")]
    assert read.facts.ambiguous_times == {"at": 1}


def test_a_date_alone_has_day_precision_and_stands_at_local_midnight(tmp_path: Path) -> None:
    read = at(tmp_path, "2024-07-05", "2024-07-05 10:00")
    assert read.column("precision") == ["day", "second"]
    assert instants(read) == [utc("2024-07-04 22:00"), utc("2024-07-05 08:00")]
    assert read.facts.day_precision == 1


def test_a_column_declared_to_hold_days_loses_its_times(tmp_path: Path) -> None:
    read = at(tmp_path, "2024-07-05T13:45:00+02:00", precision="day")
    assert (instants(read), read.column("precision")) == ([utc("2024-07-04 22:00")], ["day"])


def test_a_clock_time_that_stands_for_none_gives_day_precision_whatever_its_milliseconds(tmp_path: Path) -> None:
    told = ("00:00:00", "01:06:40")
    read = at(tmp_path, "2024-07-05 00:00", "2024-07-05 01:06:40.010", "2024-07-05 01:06:41", day_when_time_is=told)
    assert read.column("precision") == ["day", "day", "second"]
    assert instants(read)[1] == utc("2024-07-04 22:00")


def test_a_far_year_that_stands_for_no_end_means_empty(tmp_path: Path) -> None:
    read = at(tmp_path, "9999-12-31", "2199-12-31T23:59:59Z", "2024-01-01", "2198-06-01", empty_from=2199)
    assert [moment.year for moment in instants(read)] == [2023, 2198]
    assert read.facts.quarantined == {"time_missing": 2}


@pytest.mark.parametrize("beyond", ["9999-12-31", "9999-01-01T12:00:00Z", "0001-01-01", "0001-06-30T08:00:00+02:00"])
def test_a_year_without_days_around_it_is_no_time_unless_it_is_said_to_mean_empty(tmp_path: Path, beyond: str) -> None:
    read = at(tmp_path, beyond, "2024-01-01T10:00:00Z")
    assert len(read.events) == 1
    (row,) = read.quarantine
    assert (row["reason"], beyond in row["content"]) == ("completed_at_unreadable", True)


def test_placeholders_mean_empty(tmp_path: Path) -> None:
    read = at(
        tmp_path, "1970-01-01 10:00", "onbekend", "2024-01-01 10:00", empty_before=1980, empty_values=("onbekend",)
    )
    assert len(read.events) == 1
    assert read.facts.quarantined == {"time_missing": 2}


@pytest.mark.parametrize(
    ("form", "value", "expected"),
    [
        ("%d-%m-%Y %H:%M", "5-1-2024 09:00", "2024-01-05 08:00"),
        ("%d-%m-%Y %H:%M:%S.%f", "05-01-2024 09:00:01.250", "2024-01-05 08:00:01.250"),
        ("%d/%m/%y %H:%M %z", "05/01/24 09:00 +0500", "2024-01-05 04:00"),
        ("excel", "45296.375", "2024-01-05 08:00"),
        ("excel", "2024-01-05T09:00:00", "2024-01-05 08:00"),
        ("epoch_s", "1704441600", "2024-01-05 08:00"),
        ("epoch_ms", "1704441600000", "2024-01-05 08:00"),
        ("iso", "2024-01-05T08:00:00.1234567Z", "2024-01-05 08:00:00.123456"),
    ],
)
def test_each_format_gives_the_instant(tmp_path: Path, form: str, value: str, expected: str) -> None:
    read = at(tmp_path, value, format=form)
    assert instants(read) == [utc(expected)]
    assert read.column("precision") == ["second"]


def test_a_pattern_without_hours_gives_days(tmp_path: Path) -> None:
    assert at(tmp_path, "05-01-2024", format="%d-%m-%Y").column("precision") == ["day"]


def test_the_thirty_first_of_february_is_quarantined_with_the_record_as_it_was(tmp_path: Path) -> None:
    for form, wrong, right in (("%d-%m-%Y", "31-02-2024", "01-02-2024"), ("iso", "2024-02-31", "2024-02-01")):
        read = at(tmp_path, wrong, right, format=form)
        (row,) = read.quarantine
        assert (row["reason"], row["record"]) == ("completed_at_unreadable", "zaken.csv line 2")
        assert wrong in row["content"]


def test_a_wrong_format_names_three_values_and_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="'05-01-2024', '06-01-2024', '07-01-2024'") as raised:
        at(tmp_path, "05-01-2024", "06-01-2024", "07-01-2024", "08-01-2024")
    assert "format" in raised.value.remedy
    assert not (tmp_path / "work" / "zaken").exists()


def test_times_with_and_without_offset_in_one_column_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="mixes times with an offset"):
        at(tmp_path, "2024-01-05T09:00:00+01:00", "2024-01-05T09:00:00")


def test_a_text_that_is_no_time_is_quarantined_and_not_taken_for_a_time_without_offset(tmp_path: Path) -> None:
    read = at(tmp_path, "2024-01-05T09:00:00Z", "31-31-2024", "soon")
    assert instants(read) == [utc("2024-01-05 09:00")]
    assert read.facts.quarantined == {"completed_at_unreadable": 2}


def test_unless_the_column_states_the_zone_of_those_without(tmp_path: Path) -> None:
    read = at(tmp_path, "2024-01-05T09:00:00+01:00", "2024-01-05T09:00:00", zone="Europe/Amsterdam")
    assert instants(read) == [utc("2024-01-05 08:00")] * 2


def test_a_start_of_which_only_the_day_is_known_is_not_taken_for_midnight(tmp_path: Path) -> None:
    read = read_csv(
        tmp_path, "case,what,from,at\nZ1,intake,2024-01-05,2024-01-05 10:00", columns={"started_at": "from"}
    )
    assert read.column("started_at") == [None]
    assert read.facts.day_only_starts == 1


def test_a_start_without_completion_is_work_in_hand(tmp_path: Path) -> None:
    read = read_csv(tmp_path, "case,what,from,at\nZ1,intake,2024-01-05 10:00,", columns={"started_at": "from"})
    assert (read.column("completed_at"), read.facts.unpaired_starts) == ([None], 1)


def test_an_unreadable_value_of_the_case_is_counted_and_does_not_cost_the_event(tmp_path: Path) -> None:
    text = "case,what,at,in\nZ1,a,2024-01-05,2024-01-01\nZ2,a,2024-01-05,gisteren"
    read = read_csv(tmp_path, text, case={"received_at": "in"})
    assert read.facts.unreadable == {"in": 1}
    assert len(read.events) == 2
    assert read.cases["Z1"]["received_at"] == utc("2023-12-31 23:00")
    assert (read.cases["Z1"]["received_precision"], read.cases["Z2"]["received_at"]) == ("day", None)


def test_a_week_date_is_a_date_and_a_week_alone_is_none(tmp_path: Path) -> None:
    read = at(tmp_path, "2024-W27-5", "2024-07-05 10:00", "2024-W27")
    assert read.column("precision") == ["day", "second"]
    assert instants(read) == [utc("2024-07-04 22:00"), utc("2024-07-05 08:00")]
    assert read.facts.quarantined == {"completed_at_unreadable": 1}


@pytest.mark.parametrize(
    ("form", "value"), [("%-d-%-m-%Y %-H:%M", "5-1-2024 9:05"), ("%Y-%m-%d %T", "2024-01-05 09:05:00")]
)
def test_a_pattern_whose_hours_have_no_zero_in_front_keeps_the_time_of_day(
    tmp_path: Path, form: str, value: str
) -> None:
    read = at(tmp_path, value, format=form)
    assert (instants(read), read.column("precision")) == ([utc("2024-01-05 08:05")], ["second"])


def test_twenty_four_hours_is_the_end_of_the_day_as_written(tmp_path: Path) -> None:
    read = at(
        tmp_path,
        "2024-03-30T24:00:00",
        "2024-03-31 24:00",
        "2024-03-31T24:00:00+01:00",
        "2024-03-31 24:01",
        zone="Europe/Amsterdam",
    )
    assert instants(read) == [utc("2024-03-30 23:00"), utc("2024-03-31 22:00"), utc("2024-03-31 23:00")]
    assert instants(at(tmp_path, "31-12-2024 24:00", format="%d-%m-%Y %H:%M")) == [utc("2024-12-31 23:00")]


def test_where_only_the_day_counts_twenty_four_hours_is_the_day_as_written(tmp_path: Path) -> None:
    for column in ({"precision": "day"}, {"day_when_time_is": ("00:00:00",)}):
        read = at(tmp_path, "2024-07-05 24:00", **column)
        assert (instants(read), read.column("precision")) == ([utc("2024-07-04 22:00")], ["day"])


def test_a_year_in_two_digits_is_not_taken_for_one_in_four(tmp_path: Path) -> None:
    read = at(tmp_path, "05-01-24", "05-01-2024", format="%d-%m-%Y")
    assert instants(read) == [utc("2024-01-04 23:00")]
    assert read.facts.quarantined == {"completed_at_unreadable": 1}


def test_a_pattern_that_is_none_is_refused_with_a_word_of_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="'%Y-%m-%d %R' is no pattern for times"):
        at(tmp_path, "2024-01-05 09:00", format="%Y-%m-%d %R")


def test_an_order_written_with_decimals_is_the_order(tmp_path: Path) -> None:
    text = "case,what,at,nr\nZ1,a,2024-01-05,2.0\nZ1,b,2024-01-05,1.0\nZ1,c,2024-01-05,3"
    assert read_csv(tmp_path, text, columns={"seq": "nr"}).column("seq") == [2, 1, 3]


def test_an_event_without_a_number_goes_after_those_that_have_one_and_before_later_ones_without(tmp_path: Path) -> None:
    text = "case,what,at,nr\nZ1,a,2024-01-05,9\nZ1,b,2024-01-05,\nZ1,c,2024-01-05,7\nZ1,d,2024-01-05,"
    events = read_csv(tmp_path, text, columns={"seq": "nr"}).events
    assert "".join(e["activity"] for e in sorted(events, key=lambda e: e["seq"])) == "cabd"


def test_a_thousand_written_with_a_point_is_not_read_as_one(tmp_path: Path) -> None:
    text = "case,what,at,nr\nZ1,a,2024-01-05,7.00\nZ1,b,2024-01-05,999\nZ1,c,2024-01-05,1.000"
    *told, thousand = read_csv(tmp_path, text, columns={"seq": "nr"}).column("seq")
    assert told == [7, 999]
    assert thousand != 1
