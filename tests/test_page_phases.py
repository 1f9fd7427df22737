"""Phases of the map fold and unfold one by one: by button, by key, by their box; the address keeps which are open."""

from __future__ import annotations

import pytest
from lxml import html

from flows.publish.page import page
from flows.publish.page_phases import phases
from flows.publish.page_tables import Telling
from flows.publish.svg.scene import Scene
from flows.publish.words import Words
from tests.findings_example import example, many_steps


@pytest.mark.parametrize("clock", ["elapsed", "working", "legal"])
def test_the_phases_hold_every_step_once_and_add_up_to_the_map(clock: str) -> None:
    telling = Telling(many_steps(), Words("nl"))
    found = phases(telling)
    scenes = [Scene(many_steps(), Words("nl"), clock, phase=one.name) for one in found]
    steps = [rung.step for scene in scenes for rung in scene.rungs]
    whole = Scene(many_steps(), Words("nl"), clock)
    assert steps == [rung.step for rung in whole.rungs]
    total = sum(scene.booked(rung).total_seconds for scene in scenes for rung in scene.rungs)
    assert total == pytest.approx(sum(whole.booked(rung).total_seconds for rung in whole.rungs))
    assert [scene.first_number for scene in scenes] == [1 + 5 * n for n in range(8)]


def test_a_journey_without_phases_has_none_to_unfold() -> None:
    assert phases(Telling(example(), Words("en"))) == ()


def test_every_button_names_what_it_opens_and_starts_closed() -> None:
    tree = html.fromstring(page(many_steps()))
    buttons = tree.xpath("//button[@data-phase]")
    assert len(buttons) == 16
    ids = {each.get("id") for each in tree.xpath("//*[@id]")}
    assert {each.get("aria-controls") for each in buttons} <= ids
    assert {each.get("aria-expanded") for each in buttons} == {"false"}


@pytest.mark.browser
def test_a_phase_unfolds_by_key_and_by_its_box_and_the_address_keeps_it(browser, tmp_path) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    file = tmp_path / "index.html"
    file.write_text(page(many_steps()), "utf-8")
    tab.goto(file.as_uri())
    shown = tab.locator("#nl-map [data-phase-steps] >> visible=true")
    assert shown.count() == 0
    second = tab.locator("#nl-map button[data-phase='1']")
    second.focus()
    tab.keyboard.press("Enter")
    assert (shown.count(), second.get_attribute("aria-expanded")) == (1, "true")
    tab.locator("#nl-map g[data-box^='phase:'] >> visible=true").nth(3).click()
    assert shown.count() == 2
    assert "phases=1.3" in tab.url
    again = context.new_page()
    again.goto(tab.url)
    assert again.locator("#nl-map [data-phase-steps] >> visible=true").count() == 2
    assert again.evaluate("document.documentElement.dataset.fold") == "phases"
    second.focus()
    tab.keyboard.press("Space")
    assert (shown.count(), "phases=3" in tab.url) == (1, True)
    tab.locator("#nl-map [data-phases='all']").click()
    assert shown.count() == 8
    context.close()
