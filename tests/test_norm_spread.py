"""The times of a norm's cases beside its line: judged and open ones on one axis, and targets beyond the log."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import ibis
import numpy as np
import pyarrow as pa
import pytest
from lxml import html

from flows.publish.disclosure_norms import told_bins
from flows.publish.page_norms import norms_section
from flows.publish.page_tables import Telling
from flows.publish.words import Words
from mappings.journey import Journey
from mining.followed import followed
from mining.ledger import book
from mining.norm_spread import Taken, norm_spread
from mining.norm_time import norms_over_time
from mining.norms import norms, with_target_end
from mining.results.norms import NormBin, NormResult, NormSpread
from tests.findings_example import example
from tests.logs import AS_OF, ZONE, log, project

DAY = 86400.0
COUNTS = ("met", "missed", "open", "at_risk", "at_risk_unknown")


def journey(**norm: object) -> Journey:
    return Journey(
        name="j",
        steps={name: {"lane": "municipality", "layer": "backstage"} for name in ("intake", "decide")},
        flow={"sequence": ["intake", "decide"]},
        delivers=["decide"],
        norms=[{"name": "service", **norm}],
    )


def mined(
    text: str,
    received: dict[str, str],
    norm: dict,
    targets: dict[str, datetime] | None = None,
    observed_until: str | None = None,
) -> NormResult:
    mapping, found = project(journey(**norm)), log(text, received=received, observed_until=observed_until)
    if targets:
        rows = found.cases.to_pyarrow().to_pylist()
        for row in rows:
            if row["case_id"] in targets:
                row["targets"] = json.dumps({"due": targets[row["case_id"]].isoformat()})
        table = pa.Table.from_pylist(rows, schema=found.cases.to_pyarrow().schema)
        found = found.__class__(**{**found.__dict__, "cases": found.con.create_table("again", table)})
    ledger = book(found, mapping, AS_OF)
    stays = followed(ledger, found, mapping, AS_OF)
    return norms_over_time(norms(ledger, found, mapping, AS_OF), ledger, found, mapping, stays)[0][0]


def summed(spread: NormSpread) -> dict[str, int]:
    return {name: sum(getattr(each, name) for each in spread.bins) for name in COUNTS}


def test_judged_and_open_cases_stand_on_one_axis_and_add_up_to_the_norm() -> None:
    decided = " | ".join(f"Z{n} intake {n} | Z{n} decide {n + 1 + n % 30}" for n in range(60))
    received = {f"Z{n}": str(n) for n in range(60)} | {"O1": "350", "O2": "300"}
    result = mined(f"{decided} | O1 intake 351 | O2 intake 301", received, {"amount": "20d"})
    assert result.spread is not None
    assert summed(result.spread) == {name: getattr(result, name) for name in COUNTS}
    assert result.spread.left_out == 0


@pytest.mark.parametrize("names", [("norm", "Norm"), ("lane_0", "target_n")])
def test_norms_are_told_apart_whatever_they_are_called(names: tuple[str, str]) -> None:
    (each,) = journey(amount="3d").norms
    two = [
        each.model_copy(update={"name": name, "amount": timedelta(n)}) for name, n in zip(names, (3, 30), strict=True)
    ]
    made = project(journey(amount="3d").model_copy(update={"norms": tuple(two)}))
    told = log("A decide 1 | B decide 9", received={"A": "0", "B": "0"})
    ledger = book(told, made, AS_OF)
    found = norms(ledger, told, made, AS_OF)
    over_time, _ = norms_over_time(found, ledger, told, made, followed(ledger, told, made, AS_OF))
    assert [(norm.met, norm.missed, summed(norm.spread)["missed"]) for norm in over_time] == [(1, 1, 1), (2, 0, 0)]


def test_who_took_just_as_long_as_the_norm_stands_on_its_near_side() -> None:
    decided = " | ".join(f"Z{n} intake 0 | Z{n} decide {days}" for n, days in enumerate((20, 21) * 15))
    result = mined(decided, {f"Z{n}": "0" for n in range(30)}, {"amount": "20d"})
    assert result.spread is not None
    near = [each for each in result.spread.bins if each.to_seconds <= 20 * DAY]
    assert [sum(e.met for e in near), sum(e.missed for e in near)] == [15, 0]
    assert any(each.to_seconds == 20 * DAY for each in result.spread.bins)


def test_a_target_beyond_all_that_the_log_holds_is_kept_by_who_ended_before_it() -> None:
    # the log and the moment of looking end in June 2027
    zone = ZoneInfo("Europe/Amsterdam")
    due = {"Z1": datetime(2029, 1, 1, tzinfo=zone), "Z2": datetime(2026, 6, 4, tzinfo=zone)}
    due["Z3"] = datetime(1990, 1, 1, tzinfo=zone)
    text = "Z1 intake 0 | Z1 decide 5 | Z2 intake 0 | Z2 decide 5 | Z3 intake 0 | Z3 decide 5"
    result = mined(text, dict.fromkeys(("Z1", "Z2", "Z3"), "0"), {"target": "due"}, due)
    assert (result.met, result.missed, result.not_determinable) == (1, 2, 0)


def test_where_each_case_has_its_own_end_the_axis_counts_from_it() -> None:
    zone = ZoneInfo("Europe/Amsterdam")
    due = {f"Z{n}": datetime(2026, 6, 11, tzinfo=zone) + timedelta(days=n) for n in range(4)}
    text = " | ".join(f"Z{n} intake 0 | Z{n} decide 12" for n in range(4))
    result = mined(text, {f"Z{n}": "0" for n in range(4)}, {"target": "due"}, due)
    assert result.spread is not None
    assert result.spread.axis == "past_own_end"
    early = [each for each in result.spread.bins if each.to_seconds <= 0]
    assert (sum(e.met for e in early), sum(e.missed for e in early)) == (result.met, 0) == (2, 0)


def taken(seconds: list[float], **flags: list[int]) -> Taken:
    none = np.zeros(len(seconds), np.bool_)
    given = {f"is_{name}": np.array(flags[name], np.bool_) if name in flags else none for name in
             ("met", "missed", "open", "at_risk", "unsure")}  # fmt: skip
    return Taken(np.array(seconds), **given)


def test_cases_far_beyond_the_rest_share_the_last_bin_and_unknown_times_are_counted_apart() -> None:
    found = norm_spread(taken([DAY] * 98 + [900 * DAY, np.nan], met=[1] * 100), 2 * DAY, 100)
    assert found is not None
    assert found.has_longer
    assert found.bins[-1].to_seconds < 100 * DAY
    assert (summed(found)["met"], found.left_out) == (99, 1)
    assert norm_spread(taken([np.nan], met=[1]), DAY, 1) is None


@pytest.mark.parametrize(("limit", "longest"), [(14, 15), (14, 60), (13, 150), (84, 90), (3, 400), (31, 200)])
def test_times_in_whole_days_stand_in_bins_of_whole_days(limit: int, longest: int) -> None:
    found = norm_spread(taken([n * DAY for n in range(longest)], met=[1] * longest), limit * DAY, longest)
    assert found is not None
    widths = [(each.to_seconds - each.from_seconds) / DAY for each in found.bins]
    assert all(wide == int(wide) > 0 for wide in widths)
    assert len({*widths[1:]}) == 1
    assert widths[0] <= widths[1]
    assert 10 <= len(widths) <= 49
    assert limit * DAY in {each.to_seconds for each in found.bins}
    assert summed(found)["met"] == longest


def test_some_times_of_the_day_among_dates_do_not_make_bins_of_half_a_day() -> None:
    seconds = [n * DAY for n in range(85)] * 20 + [1.5]
    found = norm_spread(taken(seconds, met=[1] * len(seconds)), 7 * DAY, len(seconds))
    assert found is not None
    # as many cases a day, so as many a bin
    assert {each.met for each in found.bins[1:8]} == {
        20 * (found.bins[1].to_seconds - found.bins[1].from_seconds) / DAY
    }


def test_times_in_whole_days_past_each_cases_own_end_stand_in_bins_of_whole_days() -> None:
    # a date counts to the end of its day
    found = norm_spread(taken([n * DAY + 1e-6 for n in range(-9, 3)], met=[1] * 12), None, 12)
    assert found is not None
    assert {each.to_seconds - each.from_seconds for each in found.bins} == {DAY}
    assert 0.0 in {each.to_seconds for each in found.bins}


def spread(*bins: tuple[int, int, int, int]) -> NormSpread:
    rows = [
        NormBin(from_seconds=n * DAY, to_seconds=(n + 1) * DAY, met=met, missed=missed, open=open_, at_risk=risk,
                at_risk_unknown=0)
        for n, (met, missed, open_, risk) in enumerate(bins)
    ]  # fmt: skip
    return NormSpread(axis="age", bins=tuple(rows))


def test_the_team_is_told_counts_rounded_to_the_smallest_group_and_the_analyst_all() -> None:
    found = spread((23, 0, 4, 4), (6, 51, 17, 12))
    told = told_bins(found, 10)
    assert [(b.met, b.missed, b.open, b.at_risk) for b in told] == [(20, 0, 0, 0), (10, 50, 20, 10)]
    assert told_bins(NormSpread(axis="age", bins=told), 10) == told
    assert told_bins(found, 1) == found.bins


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_picture_names_norm_and_clock_and_marks_who_is_at_risk_by_more_than_colour(language: str) -> None:
    service, *others = example().norms
    drawn = service.model_copy(update={"spread": spread((698, 0, 88, 0), (0, 506, 18, 18))})
    section = norms_section(Telling(example(norms=(drawn, *others)), Words(language)))
    assert section is not None
    figure = section.figures[1]
    picture = html.fromstring(str(figure.svg))
    kinds = [each.get("data-kind") for each in picture.xpath(".//rect[@data-kind]")]
    assert kinds == ["met", "safe", "missed", "at_risk"]
    assert len(picture.xpath(".//*[@data-norm-line]")) == 1
    risk = picture.xpath('.//rect[@data-kind="at_risk"]')[0]
    assert risk.get("fill").startswith("url(#")
    assert "▲" in str(figure.summary)
    assert {"nl": "kalendertijd", "en": "calendar time"}[language] in str(figure.summary)


def test_a_norm_far_shorter_than_the_times_stands_on_an_edge_of_as_few_bins() -> None:
    text = " | ".join(f"Z{n} intake 0T08:00 | Z{n} decide {n}T08:30" for n in range(40))
    result = mined(text, {f"Z{n}": "0T08:00" for n in range(40)}, {"amount": "30m"})
    assert result.spread is not None
    assert len(result.spread.bins) == 24
    assert (result.spread.bins[0].met, result.spread.bins[0].to_seconds) == (1, 1800.0)
    assert summed(result.spread) == {name: getattr(result, name) for name in COUNTS}


@pytest.mark.parametrize("clock", ["00:00", "17:00", "23:59"])
def test_a_target_with_a_time_of_day_counts_to_the_end_of_its_day_and_no_further(clock: str) -> None:
    # forty were decided in the morning of their fifth day; at noon of its fourth one is open, due that day
    text = " | ".join(f"Z{n} intake 0T08:00 | Z{n} decide 5T06:00" for n in range(40)) + " | O intake 10T08:00"
    received = {f"Z{n}": "0T08:00" for n in range(40)} | {"O": "10T08:00"}
    day = datetime.fromisoformat(f"2026-06-15T{clock}").replace(tzinfo=ZONE)
    due = dict.fromkeys(received, day - timedelta(days=1)) | {"O": day}
    result = mined(text, received, {"target": "due"}, due, "14T12:00")
    assert (result.open, result.at_risk, result.at_risk_unknown) == (1, 1, 0)


def test_the_day_of_a_target_ends_at_its_own_midnight_where_the_clock_is_changed_that_day() -> None:
    made = book(log("Z1 intake -90 | Z1 decide 200"), project(journey(amount="9d")), AS_OF).timeline.clocks
    days = [datetime(2026, *day, tzinfo=ZONE) for day in ((3, 29), (6, 1), (10, 25))]
    told = ibis.memtable({"target": [round((day + timedelta(hours=1)).timestamp() * 1_000_000) for day in days]})
    found = with_target_end(made.days.get_backend().create_table("told", told.to_pyarrow()), made)
    ends = [round((day + timedelta(days=1)).timestamp() * 1_000_000) - 1 for day in days]
    assert sorted(found.to_pyarrow()["target_end"].to_pylist()) == ends
