"""Comparison, cards and promise in headless Chromium: no error, no request, true to the document, nobody shut out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from flows.publish.compare_page import write_comparison
from flows.publish.page import page
from mining.results.comparison import Comparison
from mining.results.survival import OpenEnds
from tests.browser_pages import show, tab_of
from tests.findings_example import example
from tests.test_browser import OVERLAPS
from tests.test_cards_page import card, promise
from tests.test_compare_page import HOSTILE, STEPS, compared, side, spread_days

pytestmark = pytest.mark.browser


def two() -> Comparison:
    return compared(side("before", spread_days(20, 80, 1)), side("after", spread_days(12, 70, 2)))


def hostile() -> Comparison:
    steps = tuple(HOSTILE + step for step in STEPS)
    sides = (side(HOSTILE + n, spread_days(20, 40, 1), [HOSTILE + n] * 40, steps=steps) for n in "123")
    return compared(*sides, steps=steps)


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """Open a comparison as a file; what the page complains of or asks for is kept."""
    with ExitStack() as tabs:

        def open_page(comparison: Comparison, **options: Any) -> Any:
            _, file = write_comparison(comparison, tmp_path / "comparison.json")
            return tabs.enter_context(tab_of(browser, file.as_uri(), **options))

        yield open_page


@pytest.mark.parametrize("make", [two, hostile])
def test_it_opens_from_a_file_without_an_error_or_a_request(opened: Any, make: Any) -> None:
    tab = opened(make())
    assert tab.complaints == []
    assert len(tab.requests) == 1
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_on_paper_a_long_difference_map_keeps_letters_that_can_be_read(opened: Any) -> None:
    steps = (*STEPS, *(f"step {n}" for n in range(20)))
    before, after = side("before", spread_days(20, 80, 1)), side("after", spread_days(12, 70, 2))
    for each in (before, after):
        each.columns.update(
            {f"{of}:{step}": each.columns[f"{of}:ask"] for step in steps[3:] for of in ("rung", "reach")}
        )
    tab = opened(compared(before, after, steps=steps))
    tab.emulate_media(media="print")
    tab.set_viewport_size({"width": 1496, "height": 1031})
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    smallest = """() => Math.min(...[...document.querySelectorAll("svg text")].filter((t) => t.getClientRects().length)
      .map((t) => t.getScreenCTM().a * parseFloat(getComputedStyle(t).fontSize)))"""
    assert tab.evaluate(smallest) >= 5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_rule_of_accessibility_is_broken(opened: Any, language: str, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    tab = opened(two(), color_scheme=scheme, bypass_csp=True)
    show(tab, language)
    tab.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    found = Axe().run(tab)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("clock", ["elapsed", "working"])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_text_of_a_picture_lies_on_another_and_the_rungs_are_those_of_the_document(
    opened: Any, language: str, clock: str
) -> None:
    comparison = two()
    tab = opened(comparison)
    show(tab, language, clock=clock)
    assert tab.evaluate(OVERLAPS) == []
    drawn = tab.locator("rect[data-step] >> visible=true").evaluate_all(
        "all => all.map(e =>"
        " [e.dataset.step, e.dataset.column, Number(e.dataset.seconds), e.getBoundingClientRect().width])"
    )
    values = {
        (m.measure, name): value
        for m in comparison.measures
        if m.table == "rungs" and m.clock == clock
        for name, value in m.values.items()
    }
    assert {(step, column): seconds for step, column, seconds, _ in drawn} == values
    # one scale: the widths on the screen relate as the seconds do, within a pixel
    longest = max(drawn, key=lambda each: each[2])
    for _, _, seconds, wide in drawn:
        assert wide == pytest.approx(seconds * longest[3] / longest[2], abs=2.6)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_cards_and_promise_stand_on_the_page_of_a_run_and_break_no_rule(
    browser: Any, tmp_path: Path, language: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    findings = example(cards=(card(), card(title=HOSTILE)), open_ends=OpenEnds(cases=120, promises=(promise(),)))
    file = tmp_path / "index.html"
    file.write_text(page(findings), "utf-8")
    with tab_of(browser, file.as_uri(), bypass_csp=True) as tab:
        show(tab, language)
        for key in ("cards", "promise"):
            tab.locator(f"#{language}-{key} details").first.evaluate("d => { d.open = true }")
            found = Axe().run(tab, context=f"#{language}-{key}")
            assert found.violations_count == 0, found.generate_report()
        assert tab.complaints == []
