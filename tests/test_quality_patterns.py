"""The eleven imperfection patterns of Suriadi et al. 2017: seen where they are, not seen where they are not."""

from __future__ import annotations

import pytest

from mining.quality import ExtractFacts
from mining.quality_catalogue_patterns import PATTERN_MEASURES
from tests.quality_logs import measured

DAY = "2026-03-02"


def many(count: int, line: str) -> str:
    """Repeat a line for `count` cases; {n} is the number of the case."""
    return "\n".join(line.replace("{n}", str(n)) for n in range(count))


def test_all_eleven_are_listed():
    assert len(PATTERN_MEASURES) == 11


def test_form_based_capture_is_several_activities_at_one_instant():
    found = measured(
        f"Z1 a {DAY}T09:00:00 | Z1 b {DAY}T09:00:00 | Z1 c {DAY}T09:00:01 | Z1 d {DAY}T10:00:00",
        pseudonym=lambda case: "case …" + case[-1],
    )["pattern_form_based"]
    assert found.value == 0.5
    assert found.examples == (f"{DAY} 10:00:00: a + b (case …1)",)


def test_dates_without_a_time_of_day_are_no_form():
    found = measured(f"Z1 a {DAY}T00:00 precision=day | Z1 b {DAY}T00:00 precision=day | Z1 c {DAY}T10:00")
    assert found["pattern_form_based"].value == 0.0


def test_time_travel_is_a_step_against_an_order_that_nearly_all_cases_keep():
    usual = many(120, f"Z{{n}} a {DAY}T09:00 | Z{{n}} b {DAY}T10:00")
    found = measured(usual + f"\nX b {DAY}T09:00 | X a {DAY}T10:00")["pattern_time_travel"]
    assert found.value == pytest.approx(1 / 121)
    assert found.examples == ("b → a: 1 (120 ←)",)


def test_two_orders_that_both_occur_often_are_no_time_travel():
    both = many(60, f"Z{{n}} a {DAY}T09:00 | Z{{n}} b {DAY}T10:00 | Y{{n}} b {DAY}T09:00 | Y{{n}} a {DAY}T10:00")
    assert measured(both)["pattern_time_travel"].value == 0.0


def test_an_unanchored_event_falls_into_its_case_when_day_and_month_change_places():
    found = measured(
        "Z1 a 2026-04-02T10:00 | Z1 b 2026-09-04T10:00 | Z1 c 2026-10-20T10:00",
        "Z1 2026-04-01T08:00 2026-04-20T08:00",
    )["pattern_unanchored_event"]
    assert found.value == pytest.approx(1 / 3)
    assert found.examples == ("2026-09-04: b",)


def test_a_scattered_event_hides_as_a_date_in_a_kept_column():
    log = f'Z1 a {DAY}T09:00 attributes={{"sent":"2026-02-01"}} | Z1 b {DAY}T10:00 attributes={{"amount":"12"}}'
    assert measured(log)["pattern_scattered_event"].value == 0.5
    assert measured(f"Z1 a {DAY}T09:00")["pattern_scattered_event"].verdict == "not_determinable"


def test_an_elusive_case_is_known_only_where_sources_are_linked():
    log = f"Z1 a {DAY}T09:00 | Z1 b {DAY}T10:00"
    assert measured(log)["pattern_elusive_case"].verdict == "not_determinable"
    assert measured(log, facts=ExtractFacts(source="s", unlinked=1))["pattern_elusive_case"].value == 0.5


def test_a_scattered_case_is_listed_here_and_has_its_events_elsewhere():
    log = f"Z1 a {DAY}T09:00"
    assert measured(log, f"Z1 {DAY}T08:00 - | Z2 {DAY}T08:00 -")["pattern_scattered_case"].value == 0.5
    assert measured(log)["pattern_scattered_case"].verdict == "not_determinable"


def test_collateral_events_nearly_always_come_within_seconds():
    found = measured(many(30, f"Z{{n}} save {DAY}T09:00:00 | Z{{n}} log {DAY}T09:00:02 | Z{{n}} end {DAY}T12:00"))
    assert found["pattern_collateral_events"].value == 0.5
    assert found["pattern_collateral_events"].examples == ("save + log (30)",)


def test_a_polluted_label_carries_a_value_in_its_name():
    found = measured(
        f"Z1 Assess_A1 {DAY}T09:00 | Z2 Assess_A2 {DAY}T09:00 | Z3 Assess_B7 {DAY}T09:00 | Z3 Decide {DAY}T10:00"
    )["pattern_polluted_label"]
    assert found.value == 0.75
    assert found.examples == ("Assess A1 (+ 2)",)


@pytest.mark.parametrize(
    ("label", "other"),
    [
        ("Besluit_verzonden", "besluit_verzonden"),
        ("Besluit_verzonden", "Besluit__verzonden."),
        ("Besluit_verzonden", "Besluit_verzonde"),
    ],
)
def test_a_distorted_label_is_one_slip_away_from_another(label: str, other: str):
    log = f"Z1 {label} {DAY}T09:00 | Z2 {label} {DAY}T09:00 | Z3 {other} {DAY}T09:00"
    assert measured(log)["pattern_distorted_label"].value == pytest.approx(1 / 3)


@pytest.mark.parametrize("other", ["Besluit_ontvangen", "Advies_2", "Advies_3"])
def test_labels_that_mean_something_else_are_not_distorted(other: str):
    log = f"Z1 Besluit_verzonden {DAY}T09:00 | Z1 Advies_1 {DAY}T09:00 | Z3 {other} {DAY}T09:00"
    assert measured(log)["pattern_distorted_label"].value == 0.0


def test_labels_that_the_mapping_joined_are_mended():
    log = (
        f"Z1 send {DAY}T09:00 raw_activity=Besluit_verzonden | Z2 send {DAY}T09:00 raw_activity=besluit_verzonden"
        f" | Z3 send {DAY}T09:00 raw_activity=Besluit_verzonden_1"
        f" | Z4 send {DAY}T09:00 raw_activity=Besluit_verzonden_2"
    )
    found = measured(log)
    assert found["pattern_distorted_label"].value == 0.0
    assert found["pattern_polluted_label"].value == 0.0


def test_synonyms_take_each_others_place_and_never_meet():
    log = many(
        30,
        f"A{{n}} in {DAY}T09:00 | A{{n}} check {DAY}T10:00 | A{{n}} out {DAY}T11:00\n"
        f"B{{n}} in {DAY}T09:00 | B{{n}} controle {DAY}T10:00 | B{{n}} out {DAY}T11:00",
    )
    found = measured(log)["pattern_synonymous_labels"]
    assert found.value == pytest.approx(60 / 180)
    assert found.examples == ("check ~ controle",)
    met = measured(log + f"\nX check {DAY}T09:00 | X controle {DAY}T10:00")["pattern_synonymous_labels"]
    assert met.value == 0.0


def test_a_homonym_stands_in_another_place_when_it_recurs():
    log = many(
        30,
        f"A{{n}} in {DAY}T09:00 | A{{n}} check {DAY}T10:00 | A{{n}} decide {DAY}T11:00"
        f" | A{{n}} pay {DAY}T12:00 | A{{n}} check {DAY}T13:00 | A{{n}} archive {DAY}T14:00",
    )
    found = measured(log)["pattern_homonymous_label"]
    assert found.value == pytest.approx(30 / 180)
    assert found.examples == ("check (30)",)
