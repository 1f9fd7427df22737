"""How a column writes moments: its form, how exact it is, what cannot be told, and what stands for no moment."""

import pytest

from flows.inspect.moments import guess_moment


@pytest.mark.parametrize(
    ("values", "format_", "precision"),
    [
        (["2024-01-31", "2024-02-01"], "iso", "day"),
        (["2024-01-31T10:00:00+01:00"], "iso", "minute"),
        (["2024-01-31 10:00:07.123"], "iso", "second"),
        (["31-01-2024", "01-02-2024"], "%d-%m-%Y", "day"),
        (["31/01/2024 10:15"], "%d/%m/%Y %H:%M", "minute"),
        (["01/31/2024", "02/01/2024"], "%m/%d/%Y", "day"),
        (["20240131"], "%Y%m%d", "day"),
        (["31-01-2024 24:00", "31-01-2024 10:15"], "%d-%m-%Y %H:%M", "minute"),
        (["1706692507"], "epoch_s", "second"),
        (["1706692507000"], "epoch_ms", "second"),
        (["45322.5", "45323.25"], "excel", "minute"),
        (["31-01-2024 10:15:07.120"], "%d-%m-%Y %H:%M:%S.%f", "second"),
        (["31-01-2024T10:15:07"], "%d-%m-%YT%H:%M:%S", "second"),
        (["1/31/2024 1:15 PM"], "%m/%d/%Y %I:%M %p", "minute"),
        (["31.01.2024 13.15"], "%d.%m.%Y %H.%M", "minute"),
    ],
)
def test_formats_of_moments_are_told_apart(values: list[str], format_: str, precision: str):
    moment = guess_moment("datum", values)
    assert moment is not None
    assert (moment.format, moment.precision) == (format_, precision)


def test_numbers_under_another_name_are_no_moments():
    assert guess_moment("zaaknummer", ["1706692507", "1706692508"]) is None


def test_day_and_month_that_could_be_swapped_are_a_question():
    moment = guess_moment("datum", ["01/02/2024", "03/04/2024"])
    assert moment is not None
    assert moment.day_or_month


def test_a_cluster_of_clock_times_is_a_placeholder():
    values = [f"2024-{month:02}-{day:02}T01:06:40.0{day}" for month in range(1, 13) for day in range(1, 28)]
    values += [f"2024-01-01T10:{minute:02}:07" for minute in range(60)]
    moment = guess_moment("start", values)
    assert moment is not None
    assert moment.placeholders == ("01:06:40",)


def test_dates_that_became_moments_in_utc_are_days():
    moment = guess_moment("ontvangen", ["2025-01-05T23:00:00Z", "2025-03-30T22:00:00Z"])
    assert (moment and moment.precision, moment and moment.placeholders) == ("day", ())
    assert (found := guess_moment("ontvangen", ["2025-01-05T00:00:00Z", "2025-07-05T00:00:00Z"])) is not None
    assert found.precision == "day"


def test_clock_times_that_stand_for_none_are_those_of_the_zone_that_is_assumed():
    values = [
        f"2024-{month:02}-{day:02}T{22 if 4 <= month <= 10 else 23}:00:00Z"
        for month in (1, 5, 7, 11)
        for day in range(1, 28)
    ]
    values += [f"2024-01-01T10:{minute:02}:07Z" for minute in range(60)]
    moment = guess_moment("start", values)
    assert moment is not None
    assert moment.placeholders == ("00:00:00",)


def test_years_before_1990_are_placeholders():
    moment = guess_moment("einde", ["1970-01-01T00:00:00", *(f"2024-01-{day:02}T10:00:01" for day in range(1, 29))])
    assert moment is not None
    assert moment.empty_before == 1990


@pytest.mark.parametrize("clock", ["00:00:00", "23:59:59Z"])
def test_years_that_nobody_lives_to_see_are_placeholders(clock: str):
    moment = guess_moment("einde", [f"9999-12-31T{clock}", *(f"2024-01-{day:02}T10:00:01" for day in range(1, 29))])
    assert moment is not None
    assert (moment.empty_before, moment.empty_from) == (None, 2200)


@pytest.mark.parametrize(
    ("texts", "pattern", "is_doubtful"),
    [
        (["06-01-25 09:00", "17-01-25 16:30"], "%d-%m-%y %H:%M", True),
        (["06-01-25 09:00", "07-02-25 16:30"], "%d-%m-%y %H:%M", True),
        (["6/1/25", "7/1/25"], "%d/%m/%y", True),
        (["1/16/25", "1/27/25"], "%m/%d/%y", False),
        (["17.01.25", "18.01.25"], "%d.%m.%y", False),
        (["17-01-99", "18-01-99"], "%d-%m-%y", False),
        (["99-01-17", "99-01-18"], "%y-%m-%d", False),
        (["1.10.3", "1.10.4"], None, None),
        (["25-01-06", "25-01-31", "25-02-03"], "%y-%m-%d", True),
        (["06-01-25", "31-01-25", "03-02-25"], "%d-%m-%y", True),
    ],
)
def test_a_year_of_two_digits_is_recognised(texts: list[str], pattern: str | None, is_doubtful: bool | None):
    moment = guess_moment("Gereed op", texts)
    assert (moment and moment.format, moment and moment.day_or_month) == (pattern, is_doubtful)
