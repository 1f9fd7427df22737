"""What a count leaves of a told whole is a group too: not followed, outside of a window, asked or repeated seldom."""

from __future__ import annotations

from typing import Any

import pytest

from flows.publish.disclosure import disclosed
from flows.publish.disclosure_mark import NOT_TOLD, is_withheld, part, share
from flows.publish.page_demand import wip_section
from flows.publish.page_tables import Telling
from flows.publish.page_worlds import worlds
from flows.publish.svg.value_stream import value_stream_svg
from flows.publish.words import Words
from mining.findings import Findings
from mining.results.citizen import ContactReason, Counter, Counters
from mining.results.rework import Asked, Supplements
from mining.results.survival import OpenEnds, Survival
from tests.disclosure_attacker import attack
from tests.findings_example import example


def survival(**counts: int) -> Survival:
    told: dict[str, Any] = {
        "group": "all",
        "value": "",
        "clock": "elapsed",
        "started_from": "2025-01-02",
        "started_to": "2026-02-27",
        "cases": sum(counts.values()),
        "entered_late": 0,
        "is_enough": True,
        "to_any_end": (),
        "to_decision": (),
        "curve": (),
        "curve_steps": 0,
    }
    return Survival(**told, **counts)


def followed(not_followed: int, ended_unobserved: int = 0, closed: int = 34) -> Findings:
    """1,310 cases, 106 of them open."""
    delivered = 1310 - 106 - 70 - closed - not_followed - ended_unobserved
    whole = survival(open=106 + ended_unobserved, delivered=delivered, ended=70, closed=closed)
    ends = OpenEnds(cases=whole.cases, not_followed=not_followed, ended_unobserved=ended_unobserved, survival=(whole,))
    return example().model_copy(update={"open_ends": ends})


@pytest.mark.parametrize("counts", [(4, 0, 34), (0, 4, 34), (4, 6, 34), (4, 0, 0), (0, 3, 4)])
def test_the_few_cases_in_no_curve_do_not_follow_from_those_that_are(counts: tuple[int, int, int]):
    findings = followed(*counts)
    assert attack(findings, disclosed(findings)) == []


def test_where_enough_cases_or_none_are_in_no_curve_all_is_told():
    for not_followed in (0, 60):
        ends = followed(not_followed).open_ends
        told = disclosed(followed(not_followed)).open_ends
        assert (told.cases, told.not_followed) == (ends.cases, ends.not_followed)
        assert [(one.cases, one.delivered) for one in told.survival] == [
            (one.cases, one.delivered) for one in ends.survival
        ]


def test_a_question_that_few_were_asked_does_not_follow_from_all_questions():
    asked = [
        Asked(activity=name, cases=cases, times=times, cases_more_than_once=30 if cases > 30 else 0)
        for name, cases, times in (("a", 57, 90), ("b", 3, 3), ("c", 20, 20))
    ]
    found = Supplements(cases=70, times=113, cases_more_than_once=30, times_more_than_once=43, asked=tuple(asked))
    findings = example().model_copy(update={"supplements": found})
    told = disclosed(findings)
    assert [each for each in attack(findings, told) if each[0] == "asked"] == []
    assert [row.activity for row in told.supplements.asked] == ["a"]


@pytest.mark.parametrize(("second", "is_told"), [(3, False), (13, True)])
def test_few_repeats_for_one_reason_do_not_follow_from_all_repeats(second: int, is_told: bool):
    rows = [("a", 60, 30), ("b", 40, second)]
    reasons = tuple(
        ContactReason(activity=name, contacts=contacts, cases=contacts, repeats=repeats, by_citizen=None)
        for name, contacts, repeats in rows
    )
    contacts = example().contacts.model_copy(update={"contacts": 100, "reasons": reasons, "repeats": 30 + second})
    findings = example().model_copy(update={"contacts": contacts})
    told = disclosed(findings)
    assert [each for each in attack(findings, told) if each[0] == "repeats"] == []
    assert is_withheld(told.contacts.repeats) is not is_told


@pytest.mark.parametrize(("arrivals", "is_told"), [(1310, True), (1303, False), (1290, True)])
def test_few_cases_outside_of_the_window_of_takt_do_not_follow_from_those_inside(arrivals: int, is_told: bool):
    takt = example().takt.model_copy(update={"arrivals": arrivals})
    findings = example().model_copy(update={"takt": takt})
    told = disclosed(findings)
    assert ("left", ("takt",)) not in attack(findings, told)
    assert is_withheld(told.takt.takt_seconds) is not is_told


def test_of_a_small_whole_none_is_not_told_as_some():
    told = part(0, 8, 10)
    assert (told.below, told.above) == (10, None)
    assert share(0.0, 8, 10) is NOT_TOLD
    assert share(1.0, 8, 10) is NOT_TOLD


def test_a_counter_of_few_cases_still_is_one_and_one_of_an_unknown_channel_still_makes_it_at_least():
    points = tuple(
        Counter(holder="desk", channel=channel, contacts=cases, cases=cases)
        for channel, cases in (("phone", 900), ("counter", 300), ("letter", 3), ("unknown", 4))
    )
    met = Counters(points=points, by_number={"0": 100, "1": 900}, mean_per_case=0.9, in_all=4, different=3)
    contacts = example().contacts.model_copy(update={"contacts": 1207, "counters": met})
    team = disclosed(example().model_copy(update={"contacts": contacts}))
    assert len(team.contacts.counters.points) < 4
    facts = dict(worlds(Telling(team, Words("en")))[0].facts)
    assert facts["Different counters"] == "at least 0.9 a case, of 3 in all"


def test_a_takt_that_is_not_shown_is_not_said_to_be_unknown():
    takt = example().takt.model_copy(update={"arrivals": 1303})
    team = disclosed(example().model_copy(update={"takt": takt}))
    drawn = value_stream_svg(team, "en")
    assert "takt not shown" in drawn
    assert "new cases a week: not shown" in drawn
    said = " ".join(map(str, wip_section(Telling(team, Words("en"))).answer))
    assert "how often one has to be done: not shown" in said
    few = example().cohort.model_copy(update={"cases": 4})
    drawn = value_stream_svg(disclosed(example().model_copy(update={"cohort": few})), "en")
    assert "takt not shown" in drawn
    assert "takt unknown" not in drawn


def test_no_sentence_is_made_of_what_is_not_shown_of_the_citizens_world():
    findings = example()
    met = findings.contacts.counters.model_copy(update={"mean_per_case": NOT_TOLD, "in_all": 2, "different": 2})
    contacts = findings.contacts.model_copy(update={"counters": met})
    again = findings.supplements.model_copy(update={"times": 90, "cases_more_than_once": NOT_TOLD})
    team = findings.model_copy(update={"contacts": contacts, "supplements": again})
    facts = dict(worlds(Telling(team, Words("en")))[0].facts)
    assert facts["Different counters"] == "not shown"
    assert facts["With the citizen more than once after the first step"] == "not shown"


def test_a_time_over_few_closed_cases_is_not_told_though_the_row_counts_many():
    findings = example()
    variants = tuple(one.model_copy(update={"cases": 40, "timed_cases": 3}) for one in findings.variants[:2])
    journeys = tuple(
        one.model_copy(update={"personas": tuple(p.model_copy(update={"timed_cases": 3}) for p in one.personas)})
        for one in findings.journeys
    )
    team = disclosed(findings.model_copy(update={"variants": variants, "journeys": journeys}))
    assert team.variants
    assert all(is_withheld(one.mean_seconds) and is_withheld(one.median_seconds) for one in team.variants)
    personas = [persona for journey in team.journeys for persona in journey.personas if persona.cases is not None]
    assert personas
    assert all(is_withheld(one.median_seconds) and is_withheld(one.timed_cases) for one in personas)


def test_a_map_of_too_few_cases_makes_no_sentence_of_what_is_not_shown():
    few = example().cohort.model_copy(update={"cases": 4})
    drawn = value_stream_svg(disclosed(example().model_copy(update={"cohort": few})), "en")
    assert "not shown events" not in drawn
    assert "events: not shown" in drawn
    assert "work unknown" not in drawn
    assert "work not shown" in drawn
