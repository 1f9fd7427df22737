"""Cards and promise on the page and on the A3: the verdicts and figures of the findings, in words."""

from __future__ import annotations

from datetime import date

import pytest

from flows.publish.a3 import a3_pdf
from flows.publish.page_cards import cards_section, told_cards
from flows.publish.page_promise import promise_section
from flows.publish.page_tables import Clocked, Said, Telling
from flows.publish.words import Words
from mining.results.cards import CardResult
from mining.results.survival import OpenEnds, Promise
from tests.findings_example import HOSTILE, example

DAY = 86_400.0


def card(**changes: object) -> CardResult:
    values = {
        "card": "slots",
        "title": "Slots",
        "we_think": "fixed slots",
        "leads_to": "less waiting",
        "owner": "team lead",
        "kind": "lead_time",
        "of": (),
        "measure": {"nl": "Doorlooptijd", "en": "Lead time"},
        "unit": "seconds",
        "clock": "elapsed",
        "direction": "lower",
        "started_on": date(2026, 7, 1),
        "judge_from": date(2026, 12, 1),
        "counted_to": date(2026, 11, 1),
        "followed_days": 60,
        "verdict": "worked",
        "reason": "sure",
        "cases_before": 60,
        "cases_after": 50,
        "open_share_before": 0.0,
        "open_share_after": 0.02,
        "value_before": 12 * DAY,
        "value_after": 8 * DAY,
        "difference": -4 * DAY,
        "equal_mix_difference": -3.5 * DAY,
        "equal_mix_low": -4.5 * DAY,
        "equal_mix_high": -2.5 * DAY,
    }
    return CardResult(**(values | changes))


def promise(**changes: object) -> Promise:
    values = {
        "group": "all",
        "value": "",
        "unit": "weeks",
        "unit_seconds": 7 * DAY,
        "share": 0.9,
        "cases": 120,
        "within": 12,
        "low": 11,
        "high": 13,
        "norm": "service",
        "norm_units": 6.0,
        "is_within_norm": False,
    }
    return Promise(**(values | changes))


def telling(language: str = "en", **changes: object) -> Telling:
    return Telling(example().model_copy(update=changes), Words(language))


def elapsed(said: Said) -> str:
    return said.elapsed if isinstance(said, Clocked) else str(said)


def test_a_mapping_without_cards_has_no_section_and_one_without_promises_neither() -> None:
    assert cards_section(telling(cards=())) is None
    assert promise_section(telling(open_ends=None)) is None


def test_a_card_is_told_with_its_verdict_and_the_numbers_behind_it() -> None:
    section = cards_section(telling(cards=(card(),)))
    assert section is not None
    assert section.answer[0] == "Improvement cards · worked: 1; did not work: 0; too early to say: 0."
    said = str(section.answer[1])
    assert said.startswith("✓ Worked: Slots. We think that fixed slots leads to less waiting.")
    assert (
        "from 12.0\u00a0d to 8.0\u00a0d a case; at equal mix −3.5\u00a0d (between −4.5\u00a0d and −2.5\u00a0d)" in said
    )
    assert "60 cases before and 50 after" in said
    assert "✓ Worked" in section.tables[0].rows[0]


def test_the_share_of_a_norm_is_of_the_cases_and_not_a_case() -> None:
    kept = card(kind="norm", unit="share", clock=None, value_before=0.8, value_after=0.27, equal_mix_difference=-0.5)
    section = cards_section(telling(cards=(kept,)))
    assert section is not None
    said = str(section.answer[1])
    assert "from 80\u00a0% to 27\u00a0%; at equal mix" in said


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"verdict": "not", "reason": "other_way"}, "✗ Did not work"),
        ({"verdict": "too_early", "reason": "before_date"}, "It is judged from 1 Dec 2026."),
        ({"verdict": "too_early", "reason": "still_open", "open_share_after": 0.2}, "20\u00a0% are still open"),
        ({"verdict": "too_early", "reason": "few_cases", "equal_mix_difference": None}, "not to be compared yet"),
    ],
)
def test_a_card_that_did_not_work_or_cannot_be_judged_says_why(changes: dict, expected: str) -> None:
    section = cards_section(telling(cards=(card(**changes),)))
    assert section is not None
    assert expected in str(section.answer[1])


def test_the_a3_holds_the_cards_with_their_verdict() -> None:
    told = told_cards(example().model_copy(update={"cards": (card(), card(title=HOSTILE))}), "nl")
    assert told[0].title == "✓ Slots (team lead)"
    assert told[0].said.startswith("Gewerkt. Doorlooptijd: van 12,0")
    assert len(told) == 2
    assert a3_pdf(example(), "nl", told).startswith(b"%PDF")


def test_the_promise_is_a_sentence_for_a_website_beside_the_norm() -> None:
    days = promise(unit="working_days", within=57, low=53, high=63, norm=None, norm_units=None)
    section = promise_section(telling(open_ends=OpenEnds(cases=120, promises=(promise(), days), draws=1000)))
    assert section is not None
    first = section.answer[0]
    assert isinstance(first, Clocked)
    assert first.elapsed == "Of every 10 cases, 9 are settled within 12 weeks."
    assert first.working == "Of every 10 cases, 9 are settled within 57 working days."
    assert "11 weeks to 13 weeks" in elapsed(section.answer[1])
    assert "9 of 10 are not settled within the norm of 6 weeks" in elapsed(section.answer[1])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"within": None, "low": None, "high": None}, "No promise: fewer than 30 cases were followed"),
        ({"within": None, "at_least": 40, "low": 30, "high": None}, "not reached within 40 weeks"),
        ({"within": None, "low": 30, "high": None}, "9 of 10 is not reached"),
        ({"within": None, "low": None, "high": None, "not_reached_share": 1.0}, "9 of 10 is not reached."),
        ({"within": 1, "low": 1, "high": 1}, "within 1 week."),
    ],
)
def test_where_nine_of_ten_is_not_reached_the_page_says_so(changes: dict, expected: str) -> None:
    section = promise_section(telling(open_ends=OpenEnds(cases=9, promises=(promise(**changes),))))
    assert section is not None
    assert expected in elapsed(section.answer[0])


def test_each_persona_has_its_own_promise_and_small_groups_are_counted_not_shown() -> None:
    persona = promise(group="persona", value="mevrouw_de_vries", within=15, high=None, not_reached_share=0.1)
    ends = OpenEnds(cases=120, promises=(promise(), persona), groups_left_out=2, draws=1000)
    section = promise_section(telling("nl", open_ends=ends))
    assert section is not None
    row = [elapsed(cell) for cell in section.tables[0].rows[1]]
    assert row[0] == "persona mevrouw de vries"
    assert row[1].startswith("Van elke 10 zaken zijn er 9 binnen 15 weken geregeld")
    assert row[2] == "vanaf 11 weken; in 10,0\u00a0% van de trekkingen nooit gehaald"
    assert "Te klein om te tonen: 2 groepen" in str(section.notes[1])
