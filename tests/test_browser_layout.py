"""No text overlaps and no label is cut, at any size, in any view, on paper; the map is drawn as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browser_pages import LANGUAGES, OPEN_ALL, PAGES, SWITCHES, Built, show, tab_of

pytestmark = pytest.mark.browser
Find = Callable[[str], Built]
WRONG = (Path(__file__).parent / "browser_layout.js").read_text("utf-8")
A3 = 1497
"""The width of a landscape A3 sheet within its margins, in pixels."""


@pytest.mark.parametrize("name", PAGES)
def test_no_text_overlaps_or_is_cut_in_any_view_on_a_laptop(built: Find, browser: Any, name: str) -> None:
    with tab_of(browser, built(name).address) as tab:
        tab.evaluate(OPEN_ALL)
        switches = tab.evaluate(SWITCHES)
        first = {switch: values[0] for switch, values in switches if switch != "language"}
        for language in LANGUAGES:
            for switch, values in switches:
                for value in values if switch != "language" else ():
                    show(tab, language, **first | {switch: value})
                    assert tab.evaluate(WRONG) == [], (language, switch, value)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("wide", "scale"), [(640, 2), (1920, 1), (3840, 1)], ids=["200 %", "wide", "wall"])
def test_no_text_overlaps_or_is_cut_at_any_size(built: Find, browser: Any, name: str, wide: int, scale: int) -> None:
    with tab_of(browser, built(name).address, wide, device_scale_factor=scale) as tab:
        tab.evaluate(OPEN_ALL)
        for language in LANGUAGES:
            show(tab, language)
            assert tab.evaluate(WRONG) == [], language


@pytest.mark.parametrize("name", PAGES)
def test_no_text_overlaps_or_is_cut_on_a3(built: Find, browser: Any, name: str) -> None:
    with tab_of(browser, built(name).address, A3) as tab:
        tab.emulate_media(media="print")
        for language in LANGUAGES:
            show(tab, language)
            assert tab.evaluate(WRONG) == [], language
