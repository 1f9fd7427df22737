"""What each quality measure counts, on logs small enough to count by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mappings.source import Limits
from mining.quality import ExtractFacts, unknown_thresholds
from mining.quality_catalogue import CATALOGUE
from tests.quality_logs import measured

DAY = "2026-03-02"


def test_a_clean_log_crosses_no_threshold():
    found = measured(
        f"Z1 intake {DAY}T09:00 started_at={DAY}T08:30 | Z1 assess {DAY}T15:00 started_at={DAY}T14:00",
        f"Z1 {DAY}T08:30 {DAY}T15:00",
    )
    above = [
        m.measure
        for m in found.values()
        for limit in (m.warn, m.stop)
        if m.value is not None and limit is not None and m.value > limit
    ]
    assert above == []


def test_measures_come_in_the_order_of_the_catalogue_even_for_an_empty_log():
    found = measured("")
    assert list(found) == [d.name for d in CATALOGUE]
    assert {m.value for m in found.values()} == {None, 0.0}
    assert found["lane_unknown"].verdict == "not_determinable"


def test_unknown_lanes_resources_and_starts_are_shares_of_the_acting_events():
    found = measured(f"Z1 a {DAY}T09:00 lane=- | Z1 b {DAY}T10:00 resource=- | Z1 call {DAY}T11:00 role=contact lane=-")
    assert found["lane_unknown"].value == 0.5
    assert found["resource_missing"].value == 0.5
    assert found["start_missing"].value == 1.0


def test_a_column_that_the_mapping_does_not_name_is_not_determinable():
    facts = ExtractFacts(source="s", columns=frozenset({"channel"}))
    found = measured(f"Z1 a {DAY}T09:00 resource=-", f"Z1 {DAY}T08:00 -", facts)
    assert found["resource_missing"].verdict == "not_determinable"
    assert "resource" in found["resource_missing"].detail["en"]
    assert found["received_missing"].verdict == "not_determinable"
    assert found["channel_missing"].value == 1.0


def test_rows_of_another_source_are_left_out():
    found = measured(f"Z1 a {DAY}T09:00 lane=- source=other | Z1 b {DAY}T10:00")
    assert found["lane_unknown"].value == 0.0


def test_duplicates_are_told_apart_from_repeated_ids():
    found = measured(f"Z1 a {DAY}T09:00 | Z1 a {DAY}T09:00 | Z1 b {DAY}T10:00 event_id=s:0")
    assert found["duplicate_events"].value == pytest.approx(1 / 3)
    assert found["duplicate_event_ids"].value == pytest.approx(1 / 3)


def test_impossible_times_are_counted_each_under_its_name():
    found = measured(
        f"""Z1 early 2026-03-01T09:00
        Z1 back {DAY}T09:00 started_at={DAY}T10:00
        Z1 late 2026-03-04T09:00
        Z1 planned 2026-07-01T09:00
        Z1 zero 1970-01-01T00:00""",
        f"Z1 {DAY}T08:00 2026-03-03T12:00",
    )
    assert found["before_received"].value == pytest.approx(2 / 5)
    assert found["completed_before_started"].value == 1.0
    assert found["after_closed"].value == pytest.approx(2 / 5)
    assert found["future_times"].value == pytest.approx(1 / 5)
    assert found["pre_epoch_times"].value == pytest.approx(1 / 5)


def test_a_date_on_the_day_of_receipt_or_closing_is_neither_before_nor_after():
    found = measured(
        "Z1 a 2026-03-01T23:00 precision=day | Z1 b 2026-03-03T14:00",
        "Z1 2026-03-02T08:00 2026-03-02T23:00 closed_precision=day",
    )
    assert found["before_received"].value == 0.0
    assert found["after_closed"].value == 0.0


def test_midnight_is_that_of_the_source_in_winter_and_in_summer():
    found = measured(
        """Z1 winter 2026-01-14T23:00 | Z1 summer 2026-05-14T22:00
        Z1 other 2026-05-14T23:00 | Z1 date 2026-01-14T23:00 precision=day"""
    )
    assert found["midnight_cluster"].value == pytest.approx(2 / 3)
    assert found["midnight_cluster"].examples == ("2026-01-15 00:00 (1)", "2026-05-15 00:00 (1)")
    assert found["day_precision"].value == 0.25


def test_batch_entry_is_one_case_and_one_resource_within_a_minute():
    found = measured(
        f"""Z1 a {DAY}T09:00:00 | Z1 b {DAY}T09:00:50 | Z1 c {DAY}T09:05:00
        Z2 a {DAY}T09:00:00 | Z2 b {DAY}T09:00:30 resource=other"""
    )
    assert found["batch_entry"].value == pytest.approx(2 / 5)


def test_the_part_of_the_lead_time_that_the_log_does_not_show_is_before_plus_after():
    found = measured(
        f"Z1 a {DAY}T12:00 | Z1 b {DAY}T18:00 | Z2 a {DAY}T12:00",
        f"Z1 {DAY}T08:00 2026-03-03T08:00 | Z2 {DAY}T12:00 - ",
    )
    assert found["lead_time_before_log"].value == pytest.approx(4 / 24)
    assert found["lead_time_after_log"].value == pytest.approx(14 / 24)
    assert found["lead_time_uncovered"].value == pytest.approx(18 / 24)


def test_events_outside_receipt_and_closing_do_not_make_the_coverage_negative():
    found = measured("Z1 a 2026-02-01T12:00 | Z1 b 2026-04-01T12:00", f"Z1 {DAY}T08:00 2026-03-03T08:00")
    assert found["lead_time_uncovered"].value == 0.0


def test_incomplete_cases_are_counted():
    found = measured(
        f"Z1 a {DAY}T09:00 | Z1 b {DAY}T10:00 | Z2 a {DAY}T09:00",
        f"Z1 - {DAY}T11:00 | Z2 {DAY}T08:00 - | Z3 {DAY}T08:00 2026-03-01T08:00 | Z4 {DAY}T08:00 -",
    )
    assert found["received_missing"].value == 0.25
    assert found["closed_missing"].value == 0.5
    assert found["cases_without_events"].value == 0.5
    assert found["single_event_cases"].value == 0.5
    assert found["closed_before_received"].value == 1.0


def test_freshness_is_days_to_the_given_moment_and_unknown_without_an_observation():
    facts = ExtractFacts(source="s", observed_until=datetime(2026, 5, 22, tzinfo=UTC))
    assert measured("", facts=facts)["freshness"].value == 10
    assert measured("")["freshness"].verdict == "not_determinable"


def test_until_when_a_source_was_observed_is_told_in_its_own_zone():
    midnight = ExtractFacts(source="s", observed_until=datetime(2026, 5, 21, 22, tzinfo=UTC))
    assert "2026-05-22 00:00" in measured("", facts=midnight)["freshness"].detail["nl"]


def test_what_the_extraction_counted_becomes_shares_of_the_records_used():
    facts = ExtractFacts(
        source="s", read=110, ignored=10, quarantined=11, unmapped_activities={"x": 4, "y": 6}, unlinked=5, unpaired=2,
        quarantine_reasons={"completed_at_unreadable": 11},
    )  # fmt: skip
    found = measured("", facts=facts)
    assert found["quarantined"].value == pytest.approx(0.1)
    assert found["activities_unmapped"].value == pytest.approx(0.1)
    assert found["activities_unmapped"].examples == ("y (6)", "x (4)")
    assert found["unlinked"].value == pytest.approx(0.05)
    assert found["unpaired_transitions"].value == pytest.approx(0.02)


def test_a_mapping_sets_one_threshold_and_keeps_the_other():
    found = measured("", thresholds={"time_missing": Limits(warn=0.3), "freshness": Limits(stop=90)})
    assert (found["time_missing"].warn, found["time_missing"].stop) == (0.3, 0.5)
    assert (found["freshness"].warn, found["freshness"].stop) == (35, 90)


def test_a_threshold_on_a_measure_that_does_not_exist_is_named():
    assert unknown_thresholds({"lane_unkown": Limits(warn=0.1), "freshness": Limits(warn=1)}) == ("lane_unkown",)


def test_an_odd_first_activity_is_a_case_that_may_be_cut_off():
    log = "\n".join(f"Z{n} intake {DAY}T09:00 | Z{n} end {DAY}T10:00" for n in range(99)) + f"\nZ99 end {DAY}T10:00"
    assert measured(log)["unusual_start"].value == pytest.approx(0.01)
    assert measured(log)["unusual_start"].examples == ("end (1)",)
