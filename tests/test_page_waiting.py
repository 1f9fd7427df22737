"""What the page and the tables say of the causes of waiting, certain wait, and work that came again."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.publish.csv_tables import write_tables
from flows.publish.disclosure import disclosed
from flows.publish.disclosure_mark import is_withheld
from flows.publish.page_known import opening
from flows.publish.page_sections import sections
from flows.publish.page_tables import Clocked, Section, Telling
from flows.publish.words import LANGUAGES, Words
from mining.certain_wait import ASSUMPTION
from mining.results import rework, waiting
from mining.results.citizen import Contacts, ContactsAt
from tests.findings_example import example

DAY = 86_400.0


def causes(scope: str = "step", **name: str | None) -> waiting.WaitCause:
    amounts = waiting.CauseAmounts(
        batching_seconds=DAY,
        queue_seconds=2 * DAY,
        absent_seconds=3 * DAY,
        unexplained_seconds=DAY,
        wait_seconds=7 * DAY,
    )
    return waiting.WaitCause(
        scope=scope,
        segments=9,
        determined_segments=9,
        cases=8,
        elapsed=amounts,
        working=amounts,
        determined_share=1,
        **name,
    )


def told(why_not: str | None = None) -> waiting.WaitCauses:
    if why_not:
        return waiting.WaitCauses(is_determinable=False, why_not=why_not)
    one = causes(step="decide")
    return waiting.WaitCauses(
        is_determinable=True,
        elapsed=one.elapsed,
        working=one.working,
        determined_share_elapsed=0.9,
        determined_share_working=0.9,
        rows=(one, causes("handoff", from_lane="desk", to_lane="team"), causes("few_people")),
        not_determined=(
            waiting.NotDetermined(reason="dates_only", segments=3, elapsed_seconds=DAY, working_seconds=9.0),
        ),
    )


CERTAIN = waiting.CertainWait(
    assumption=ASSUMPTION,
    elapsed_seconds=3 * DAY,
    working_seconds=DAY,
    of_unknown_elapsed_seconds=DAY,
    of_unknown_working_seconds=0.0,
    share_elapsed=0.4,
    share_working=0.3,
    steps=(
        waiting.CertainWaitStep(
            step="decide",
            elapsed_seconds=DAY,
            working_seconds=DAY,
            of_unknown_elapsed_seconds=0.0,
            of_unknown_working_seconds=0.0,
        ),
    ),
)


def section(key: str, language: str, **more: object) -> Section:
    telling = Telling(example(**more), Words(language))
    return next(s for s in sections(telling) if s.key == key)


def text(section: Section) -> str:
    said = [*section.answer, *(cell for t in section.tables for row in t.rows for cell in row)]
    return " ".join(f"{s.elapsed} {s.working}" if isinstance(s, Clocked) else s for s in said)


@pytest.mark.parametrize(("covered", "is_apart"), [(0.79, False), (0.8, True)])
def test_where_the_log_covers_too_little_no_picture_sets_certain_wait_apart(covered: float, is_apart: bool) -> None:
    known = example().knowledge.model_copy(update={"recorded_share": covered})
    start = opening(Telling(example(certain_wait=CERTAIN, knowledge=known), Words("en")))
    assert ("certainly waiting" in start.figure.svg.elapsed) == is_apart
    assert "and all work is in the sources" in start.figure.summary.elapsed


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_why_it_waited_and_names_the_assumption_of_the_certain_wait(language: str) -> None:
    shown = section("causes", language, wait_causes=told(), certain_wait=CERTAIN)
    assert ASSUMPTION[language] in text(shown)
    assert Words(language)("causes_few") in text(shown)
    assert Words(language)("reason_dates_only") in text(shown)
    assert len(shown.tables) == 3


@pytest.mark.parametrize("why", ["off", "no_starts", "no_resources", "few_people"])
def test_the_page_says_why_causes_cannot_be_told(why: str) -> None:
    assert section("causes", "en", wait_causes=told(why)).answer == (Words("en")(f"causes_{why}"),)


def test_each_of_these_tables_is_exported(tmp_path: Path) -> None:
    found = example(
        wait_causes=told(),
        certain_wait=CERTAIN,
        main_route=("intake", "decide"),
        supplements=rework.Supplements(
            asked=(rework.Asked(activity="=ask", cases=2, times=3, cases_more_than_once=1),),
        ),
        contacts=Contacts(
            contacts=4,
            cases_with_contact=2,
            mean_per_case=1.0,
            at_steps=(ContactsAt(step="decide", contacts=3, cases=2, citizens_turn=1, waiting=1, in_hand=1),),
            not_placed=1,
        ),
    )
    written = {path.stem: path.read_text("utf-8") for path in write_tables(tmp_path, found)}
    assert {
        "wait_causes",
        "wait_causes_not_determined",
        "certain_wait",
        "asked_of_citizen",
        "contacts_at_steps",
    } <= set(written)
    assert "few_people" in written["wait_causes"]
    assert "'=ask" in written["asked_of_citizen"]
    telling = Telling(found, Words("nl"))
    assert "buiten de doorlooptijd" in text(next(s for s in sections(telling) if s.key == "contacts"))


def test_contacts_that_are_not_told_apart_have_a_row_of_their_own() -> None:
    at = tuple(
        ContactsAt(step=step, contacts=n, cases=n, citizens_turn=n, waiting=0, in_hand=0)
        for step, n in (("intake", 90), ("decide", 50), ("advice", 3))
    )
    whole = example(contacts=Contacts(contacts=143, cases_with_contact=120, mean_per_case=1.0, at_steps=at))
    section = next(s for s in sections(Telling(disclosed(whole), Words("nl"))) if s.key == "contacts")
    (row,) = (row for each in section.tables for row in each.rows if "kleine groepen" in str(row[0]))
    assert row[1] == "53"
    told = next(s for s in sections(Telling(whole, Words("nl"))) if s.key == "contacts")
    assert "kleine groepen" not in text(told)


def test_contacts_outside_the_steps_do_not_tell_what_a_small_step_had() -> None:
    at = tuple(
        ContactsAt(step=step, contacts=n, cases=n, citizens_turn=n, waiting=0, in_hand=0)
        for step, n in (("intake", 90), ("advice", 3))
    )
    whole = Contacts(contacts=133, cases_with_contact=120, mean_per_case=1.0, at_steps=at, not_placed=40)
    told = disclosed(example(contacts=whole)).contacts
    assert [each.step for each in told.at_steps] == ["intake"]
    assert is_withheld(told.not_placed)


def test_where_nothing_can_be_told_the_tables_are_their_line_of_names(tmp_path: Path) -> None:
    write_tables(tmp_path, example(wait_causes=None, certain_wait=None, supplements=rework.Supplements()))
    columns = {"wait_causes": "scope", "certain_wait": "elapsed_seconds", "asked_of_citizen": "activity"}
    for name, column in columns.items():
        (line,) = (tmp_path / f"{name}.csv").read_text().splitlines()
        assert column in line.split(",")
