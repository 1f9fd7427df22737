"""Ends, norms by month, drift and handoffs on the page: the figures are those of the findings, and doubt is shown."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest
from lxml import html

from flows.publish.page import page
from mining.results.drift import Change, Drift, DriftMonth
from mining.results.legal import LegalDays
from mining.results.norms import NormBin, NormSpread
from mining.results.survival import CurvePoint, NormMonth, OpenEnds, Reached, Survival
from mining.results.times import HistogramBin
from tests.findings_example import example
from tests.findings_parts import DAY


def reached(share: float, days: float | None) -> Reached:
    return Reached(share=share, seconds=None if days is None else days * DAY, at_least_seconds=90 * DAY)


def month(number: int, met: int, missed: int, still: int, is_enough: bool = True) -> NormMonth:
    return NormMonth(
        norm="service",
        by="started_in",
        month=date(2025, number, 1),
        cases=met + missed + still,
        met=met,
        missed=missed,
        open=still,
        met_share=met / (met + missed),
        open_share=0.0,
        met_at_least=met / (met + missed + still),
        met_at_most=(met + still) / (met + missed + still),
        is_enough=is_enough,
    )


def found(changes: tuple[Change, ...] = (), is_determinable: bool = True):
    curve = tuple(
        CurvePoint(
            age_seconds=i * 20 * DAY,
            at_risk=100 - i,
            open_share=1 - i / 4,
            delivered_share=i / 5,
            ended_share=i / 20,
            closed_share=0.0,
        )
        for i in range(5)
    )
    whole = Survival(
        group="all",
        value="",
        clock="elapsed",
        started_from=date(2025, 1, 1),
        started_to=date(2025, 12, 31),
        cases=1310,
        open=106,
        delivered=1100,
        ended=104,
        closed=0,
        entered_late=0,
        is_enough=True,
        to_any_end=(reached(0.5, 38), reached(0.9, None)),
        to_decision=(),
        curve=curve,
        curve_steps=5,
    )
    months = tuple(
        DriftMonth(
            month=date(2025, i, 1),
            cases=40 if i < 3 else 12,
            open=0,
            open_share=0.0,
            median=reached(0.5, 30 + i),
            p90=reached(0.9, 60 + i),
            is_enough=i < 3,
        )
        for i in (1, 2, 3)
    )
    return example(
        open_ends=OpenEnds(cases=1310, survival=(whole,)),
        norm_months=(month(1, 60, 40, 0), month(2, 30, 20, 50), month(3, 2, 1, 9, is_enough=False)),
        drift=Drift(months=months, changes=changes, is_determinable=is_determinable, series_tested=7),
    )


def section(findings, key: str):
    return html.fromstring(page(findings, "en")).xpath(f'//section[@id="en-{key}"]')[0]


def test_open_cases_are_counted_and_a_share_that_is_not_reached_is_no_number():
    said = section(found(), "ends").text_content()
    assert "106 are still open" in said
    assert "38.0\u00a0days" in said
    assert "9 out of 10 not within 90.0\u00a0days" in said


def test_cases_that_the_curves_do_not_count_or_not_all_of_are_told():
    findings = found()
    some = {"not_followed": 300, "entered_late": 41, "ended_unobserved": 12}
    told = findings.model_copy(update={"open_ends": findings.open_ends.model_copy(update=some)})
    said = section(told, "ends").text_content()
    assert "ended before their source began: 300 cases" in said
    assert "began before their source did: 41 cases" in said
    assert "still open here: 12 cases" in said
    assert "source" not in section(findings, "ends").text_content()


def test_of_too_few_cases_no_share_is_told_in_a_sentence_either():
    findings = found()
    ends = findings.open_ends
    few = ends.survival[0].model_copy(update={"is_enough": False, "entered_late": 1290})
    months = tuple(one.model_copy(update={"is_enough": False}) for one in findings.norm_months)
    told = findings.model_copy(
        update={"open_ends": ends.model_copy(update={"survival": (few,)}), "norm_months": months}
    )
    for answer in section(told, "ends").xpath('.//p[@class="answer"] | .//desc'):
        assert "106 are still open" in answer.text_content()
        assert "90.0" not in answer.text_content()
    assert "Mar 2025: too few cases" in section(told, "norms").text_content()


def test_of_how_many_cases_a_norm_cannot_be_told_stands_beside_what_is_told():
    norm = (
        example().norms[0].model_copy(update={"open": 40, "at_risk": 0, "at_risk_unknown": 40, "not_determinable": 900})
    )
    told = example(norms=(norm,))
    answer = section(told, "norms").xpath('.//p[@class="answer"]')[0].text_content()
    assert "open cases at risk: 0. Open cases of which the risk cannot be told: 40." in answer
    assert "Not determinable whether they met it: 900." in answer
    row = [cell.text_content() for cell in section(told, "norms").xpath(".//table//tr")[1]]
    assert row[6:11] == ["40", "0", "40", "900", f"{norm.ended_otherwise}"]
    every = norm.model_copy(update={"at_risk_unknown": 0, "not_determinable": 0})
    answer = section(example(norms=(every,)), "norms").xpath('.//p[@class="answer"]')[0].text_content()
    assert answer.strip().endswith("open cases at risk: 0.")


def test_no_change_is_claimed_where_none_is_sure():
    assert "No change is sure: among 7 series" in section(found(), "drift").text_content()
    assert "cannot be told" in section(found(is_determinable=False), "drift").text_content()


def test_a_sure_change_is_told_first_with_before_and_after():
    change = Change(
        series="lead_time",
        week=date(2025, 2, 3),
        month=date(2025, 2, 1),
        before=30 * DAY,
        after=44 * DAY,
        cases_before=80,
        cases_after=60,
        p_value=0.001,
    )
    said = section(found((change,)), "drift").xpath('.//p[@class="answer"]')[0].text_content()
    assert "median 44.0\u00a0days, before that 30.0\u00a0days" in said
    for week in (date(2025, 2, 3), date(2025, 3, 10)):
        # also of the last month, which stands where it begins
        changed = change.model_copy(update={"week": week, "month": week.replace(day=1)})
        drawn = section(found((changed,)), "drift").xpath(".//svg")[0]
        assert f"{week.day} {week:%b} 2025" in drawn.xpath(".//text/text()")


def test_months_with_few_cases_are_hollow_and_their_share_is_not_said():
    norms = section(found(), "norms")
    rules = dict(re.findall(r"\.(v\d+) \{ ([^}]*) \}", norms.getroottree().findtext(".//style")))
    fills = [
        c.get("fill") or re.search(r"fill: ([^;]*)", rules[c.get("class")])[1] for c in norms.xpath(".//svg//circle")
    ]
    assert sum("paper" in str(fill) for fill in fills) == 1
    assert "too few cases" in norms.text_content()
    assert "30\u00a0% – 80\u00a0%" in norms.text_content()


@pytest.mark.parametrize("language", ["nl", "en"])
def test_each_cell_of_the_matrix_holds_the_handoffs_of_the_findings(language: str):
    tree = html.fromstring(page(example(), language))
    cells = tree.xpath(f'//section[@id="{language}-handoffs"]//g[@data-handoff]')
    drawn = {cell.get("data-handoff"): int(cell.get("data-count")) for cell in cells}
    assert drawn == {f"{h.from_} > {h.to}": h.count for h in example().handoffs}


def test_a_share_that_is_not_reached_is_no_unknown_in_the_table_either():
    cells = [cell.text_content().strip() for cell in section(found(), "ends").xpath(".//table//td")]
    assert "not reached, at least 90.0\u00a0d" in cells
    assert "unknown" not in cells


def test_the_shares_at_the_end_of_the_curves_add_up_to_a_hundred():
    whole = found().open_ends.survival[0]
    last = whole.curve[-1].model_copy(
        update={"open_share": 0.016, "delivered_share": 0.906, "ended_share": 0.056, "closed_share": 0.022}
    )
    ends = OpenEnds(cases=1310, survival=(whole.model_copy(update={"curve": (*whole.curve[:-1], last)}),))
    drawn = section(found().model_copy(update={"open_ends": ends}), "ends").xpath(".//svg")[0]
    names = [text for text in drawn.xpath(".//text/text()") if re.match("delivered|ended|closed|still open", text)]
    assert sum(int(re.search(r"(\d+)\u00a0%", name)[1]) for name in names) == 100


def test_a_bar_is_as_high_as_it_has_cases_per_width_of_the_narrowest():
    lead = example().lead_time
    bins = tuple(
        HistogramBin(from_seconds=a * DAY, to_seconds=b * DAY, cases=n)
        for a, b, n in ((0, 14, 42), (14, 21, 28), (21, 28, 56))
    )
    elapsed = lead.elapsed.model_copy(update={"histogram": bins})
    findings = example(lead_time=lead.model_copy(update={"elapsed": elapsed}))
    picture = section(findings, "spread").xpath(".//svg")[0]
    bars = [bar for bar in picture.xpath(".//rect") if bar.xpath("./title")]
    assert [float(bar.get("height")) for bar in bars] == pytest.approx([63.75, 85, 170], abs=0.1)
    assert bars[0].findtext("title") == "from 0\u00a0min, under 14.0\u00a0d: 42"
    assert "cases per 7.0\u00a0d of lead time" in picture.xpath(".//text/text()")


def test_who_took_no_time_at_all_is_in_the_first_row_of_a_norm():
    none = {"missed": 0, "open": 0, "at_risk": 0, "at_risk_unknown": 0}
    bins = [NormBin(from_seconds=low * DAY, to_seconds=(low + 7) * DAY, met=40, **none) for low in (0, 7)]
    spread = NormSpread(axis="age", bins=tuple(bins))
    norm = example().norms[0].model_copy(update={"spread": spread})
    rows = section(example().model_copy(update={"norms": (norm,)}), "norms").xpath(".//table//tr/*[1]")
    said = [row.text_content().strip() for row in rows]
    assert "up to 7.0\u00a0d" in said
    assert "over 7.0\u00a0d, up to 14.0\u00a0d" in said


@pytest.mark.parametrize("left_out", [0, 7])
def test_the_months_of_a_norm_say_that_some_of_its_cases_are_in_none(left_out: int):
    told = found()
    one = NormBin(from_seconds=0, to_seconds=DAY, met=99, missed=0, open=0, at_risk=0, at_risk_unknown=0)
    spread = NormSpread(axis="age", bins=(one,), left_out=left_out)
    norms = tuple(norm.model_copy(update={"spread": spread}) for norm in told.norms)
    said = section(told.model_copy(update={"norms": norms}), "norms").text_content()
    assert ("are in no month" in said) == bool(left_out)


@pytest.mark.parametrize("is_run_out", [True, False])
def test_demand_says_up_to_when_it_is_counted_where_the_log_takes_in_no_more(is_run_out: bool):
    told = example()
    assert told.takt is not None
    told = told.model_copy(update={"takt": told.takt.model_copy(update={"is_run_out": is_run_out})})
    said = section(told, "wip").text_content()
    assert ("Counted up to 27 Feb 2026" in said) == is_run_out


@pytest.mark.parametrize(("to", "is_said"), [("2026-03-01T11:00:00Z", False), ("2026-03-01T11:00:01Z", True)])
def test_a_look_back_says_that_later_ends_are_known_and_count(to: str, is_said: bool):
    told = found()
    told = told.model_copy(update={"cohort": told.cohort.model_copy(update={"to": datetime.fromisoformat(to)})})
    document = html.fromstring(page(told, "en"))
    known = document.xpath('//section[@class="known"]')[1].text_content()
    assert ("This looks back at 1 Mar 2026 12:00" in document.text_content()) == is_said, known
    assert ("what ended after the moment of looking is known" in section(told, "norms").text_content()) == is_said


def test_answers_that_no_request_was_waiting_for_stand_with_the_legal_term():
    norms = tuple(
        norm.model_copy(update={"legal": norm.legal.model_copy(update={"unpaired_answers": 37})})
        if norm.legal
        else norm
        for norm in example().norms
    )
    rows = section(example(norms=norms), "norms").xpath('.//table[caption[starts-with(., "Legal terms")]]//tr')
    names, values = ([cell.text_content() for cell in row] for row in rows)
    assert dict(zip(names, values, strict=True))["Answers without a request"] == "37"


def test_the_times_of_a_persona_and_an_order_are_said_to_be_of_its_closed_cases():
    for key in ("personas", "variants"):
        heads = [cell.text_content() for cell in section(example(), key).xpath(".//table//th")]
        assert "Median of the closed cases (calendar time)" in heads


def test_where_the_laws_clock_is_not_known_of_all_a_handoff_is_told_per_case_and_not_as_unknown():
    days = LegalDays(
        norm="legal",
        cases=1190,
        share=0.99,
        wait_days=3.0,
        process_days=0,
        elsewhere_days=0,
        unknown_days=1.5,
        total_days=4.5,
    )
    handoffs = tuple(each.model_copy(update={"legal": days}) for each in example().handoffs)
    said = section(example(handoffs=handoffs), "handoffs").xpath('.//p[@class="answer"]')[0].text_content()
    assert "unknown of waiting" not in said
    assert "4.5\u00a0days of waiting (or waiting or work, where the source knows no start) per case" in said
