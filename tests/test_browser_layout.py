"""No text overlaps and no label is cut, at any size, in any view, on paper; the map is drawn as it was."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from tests.browser_pages import LANGUAGES, OPEN_ALL, PAGES, SWITCHES, Built, show, tab_of

pytestmark = pytest.mark.browser
Find = Callable[[str], Built]
WRONG = (Path(__file__).parent / "browser_layout.js").read_text("utf-8")
A3 = 1497
"""The width of a landscape A3 sheet within its margins, in pixels."""


CHANGED = "`${document.querySelector('[data-what-if-step]').dataset.whatIfStep}~100~100~50`"
"""The first step in half of its time, as the address says it."""


@pytest.mark.parametrize("name", PAGES)
def test_no_text_overlaps_or_is_cut_in_any_view_on_a_laptop(built: Find, browser: Any, name: str) -> None:
    with tab_of(browser, built(name).address) as tab:
        tab.evaluate(OPEN_ALL)
        switches = tab.evaluate(SWITCHES)
        first = {switch: values[0] for switch, values in switches if switch != "language"}
        for language in LANGUAGES:
            show(tab, language, **first)
            assert tab.evaluate(WRONG) == [], language
            for switch, values in switches:
                for value in values[1:] if switch != "language" else ():
                    show(tab, language, **first | {switch: value})
                    assert tab.evaluate(WRONG) == [], (language, switch, value)
            show(tab, language, **first, what=tab.evaluate(CHANGED))
            assert tab.evaluate(WRONG) == [], (language, "what if")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("wide", "scale"), [(640, 2), (1920, 1), (3840, 1)], ids=["200 %", "wide", "wall"])
def test_no_text_overlaps_or_is_cut_at_any_size(built: Find, browser: Any, name: str, wide: int, scale: int) -> None:
    with tab_of(browser, built(name).address, wide, device_scale_factor=scale) as tab:
        tab.evaluate(OPEN_ALL)
        for language in LANGUAGES:
            show(tab, language)
            assert tab.evaluate(WRONG) == [], language


LEAST = 3.75 * 96 / 72
"""The smallest letter on paper, 3.75 points, in pixels."""
SMALLEST = """() => Math.min(...[...document.querySelectorAll("figure svg text")]
  .filter((each) => each.checkVisibility())
  .map((each) => parseFloat(getComputedStyle(each).fontSize) * each.getCTM().a))"""


@pytest.mark.parametrize("name", PAGES)
def test_on_a3_no_text_overlaps_or_is_cut_and_each_can_be_read(built: Find, browser: Any, name: str) -> None:
    with tab_of(browser, built(name).address, A3) as tab:
        tab.emulate_media(media="print")
        for language in LANGUAGES:
            show(tab, language)
            # what a browser says before it prints
            tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
            assert tab.evaluate(WRONG) == [], language
            assert tab.evaluate(SMALLEST) > LEAST
            tab.evaluate("window.dispatchEvent(new Event('afterprint'))")
            assert tab.evaluate("document.querySelectorAll('.strips, .cut').length") == 0


def test_the_page_prints_on_landscape_a3_without_an_empty_sheet(built: Find, browser: Any) -> None:
    with tab_of(browser, built("chain").address) as tab:
        printed = tab.pdf(prefer_css_page_size=True)
    sheets = PdfReader(io.BytesIO(printed)).pages
    sizes = {(round(s.mediabox.width / 72 * 25.4), round(s.mediabox.height / 72 * 25.4)) for s in sheets}
    assert sizes == {(420, 297)}
    assert all(len(sheet.extract_text()) > 40 for sheet in sheets)
