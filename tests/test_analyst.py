"""Two builds: the team's page holds no case; the analyst's holds all of them under pseudonyms, and is asked for."""

from __future__ import annotations

import csv
import re
from functools import partial

import pytest
from lxml import html

from flows.pseudonym import pseudonym
from flows.publish.analyst import CaseRow, analyst_page, case_rows, write_all_groups, write_analyst
from flows.publish.page import page
from tests.browser_pages import ARGUMENTS
from tests.findings_example import example
from tests.logs import AS_OF, log, project
from tests.mining_run import mined

hide = partial(pseudonym, key=b"a key for tests of 32 characters")


@pytest.fixture(scope="module")
def run():
    text = "Z1 intake 1 | Z1 decide 5 | Z2 intake 2 | Z2 decide 12 | Z3 intake 3"
    received = dict.fromkeys(("Z1", "Z2", "Z3"), "0")
    return mined(log(text, received=received, closed={"Z1": "5", "Z2": "12"}), project(), AS_OF)


def row(case: str, days: float | None) -> CaseRow:
    state = "open" if days is None else "closed"
    return CaseRow(case, state, "=cmd()", "<b>p</b>", "web", None, None, days, days, 2)


def test_every_case_is_listed_under_a_pseudonym_the_longest_first(run):
    _, ledger = run
    rows = case_rows(ledger, "Europe/Amsterdam", hide)
    assert [r.case for r in rows] == [hide(case) for case in ("Z2", "Z1", "Z3")]
    assert [r.lead_days for r in rows] == [12, 5, None]
    assert [r.state for r in rows] == ["closed", "closed", "open"]


def test_the_files_hold_the_same_cases_and_no_case_id(run, tmp_path):
    findings, ledger = run
    rows = case_rows(ledger, "Europe/Amsterdam", hide)
    written = write_analyst(findings, rows, tmp_path)
    listed = list(csv.DictReader(written[1].read_text("utf-8-sig").splitlines()))
    assert [each["case"] for each in listed] == [each.case for each in rows]
    for file in written:
        # the hashes in the policy may hold anything
        assert "Z1" not in re.sub(r"sha256-[^']+", "", file.read_text("utf-8"))


def test_the_page_with_all_groups_says_first_that_it_is_not_to_be_mailed(tmp_path):
    written = write_all_groups(example(), tmp_path)
    tree = html.fromstring(written.read_text("utf-8"))
    notices = tree.xpath('//ul[@class="notices"]/li[1]')
    assert [each.text_content().split(":")[0] for each in notices] == [
        "Uitgave voor de analist",
        "Analyst's build",
    ]


def test_the_page_for_the_team_holds_no_case_and_no_pseudonym(run):
    findings, ledger = run
    told = page(findings)
    assert not any(case in told for r in case_rows(ledger, "UTC", hide) for case in (r.case,))
    assert "Z2" not in told


def test_hostile_labels_are_text_on_the_page_and_no_formula_in_the_csv(tmp_path):
    _, table = write_analyst(example(), [row("p1", 3.0)], tmp_path)
    assert ",'=cmd()," in table.read_text("utf-8-sig")
    tree = html.fromstring(analyst_page(example(), [row("p1", 3.0)]))
    assert "<b>p</b>" in tree.xpath("//tbody")[0].text_content()


@pytest.mark.browser
def test_columns_sort_by_keyboard_with_what_is_unknown_last_and_nothing_shuts_out(chromium, tmp_path):
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    rows = [row("p2", 12.0), row("p1", 3.5), row("p3", None)]
    file, _ = write_analyst(example(), rows, tmp_path)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=ARGUMENTS)
        tab = browser.new_context(bypass_csp=True).new_page()
        tab.goto(file.as_uri())
        head = tab.locator('th:has-text("Dagen") button >> visible=true')
        head.focus()
        first = 'div[data-in="nl"] tbody th'
        tab.keyboard.press("Enter")
        assert tab.locator(first).all_inner_texts() == ["p1", "p2", "p3"]
        tab.keyboard.press("Enter")
        assert tab.locator(first).all_inner_texts() == ["p2", "p1", "p3"]
        found = Axe().run(tab)
        browser.close()
    assert found.violations_count == 0, found.generate_report()
