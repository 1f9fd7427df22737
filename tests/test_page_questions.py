"""What a team asks of the page, answered from it by clicks and keys alone, and checked against the findings."""

from __future__ import annotations

import pytest

from flows.publish.page_numbers import Numbers
from flows.publish.svg.scene import Scene
from flows.publish.words import Words
from tests.findings_parts import DAY
from tests.test_browser import opened  # noqa: F401 its page
from tests.test_page_over_time import found

pytestmark = pytest.mark.browser
ENGLISH = Scene(found(), Words("en"))
WAITS = """all => all.map((each) => [each.dataset.rung,
  [...each.querySelectorAll('[data-kind="wait"]')].reduce((sum, part) => sum + Number(part.dataset.seconds), 0)])"""
CONTROLS = 'a[href], button, input:not([type="radio"]):not([type="hidden"]), select, summary, textarea'
FOCUSABLE = f"""() => [...document.querySelectorAll('{CONTROLS}')]
  .filter((each) => !each.disabled && each.checkVisibility({{ visibilityProperty: true }})).length"""
WALKED = f"""() => {{
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  at.dataset.walked = "yes";
  return at.matches('{CONTROLS}') && getComputedStyle(at).outlineStyle;
}}"""
MISSED = f"""() => [...document.querySelectorAll('{CONTROLS}')]
  .filter((each) => !each.disabled && each.checkVisibility() && !each.dataset.walked)
  .map((each) => each.outerHTML.slice(0, 120))"""


@pytest.fixture
def tab(opened):  # noqa: F811
    shown = opened(found())
    shown.locator('input[name="language-nl"][value="en"]').check(force=True)
    return shown


def follow(tab, key: str) -> str:
    """Go to a section by its link in the contents, and return its answer."""
    tab.locator(f'nav a[href="#en-{key}"] >> visible=true').click()
    return tab.locator(f"#en-{key} p.answer >> visible=true").first.inner_text()


def test_where_is_most_of_the_citizens_wait(tab):
    rungs = tab.locator("#en-map g[data-rung] >> visible=true")
    waits = dict(rungs.evaluate_all(WAITS))
    most = max(found().ladder, key=lambda rung: rung.elapsed.wait_seconds)
    assert max(waits, key=waits.__getitem__) == most.step
    assert waits[most.step] == pytest.approx(most.elapsed.wait_seconds)


def test_which_loop_costs_most(tab):
    costliest = max(found().loops, key=lambda loop: loop.elapsed.total_seconds)
    answer = follow(tab, "loops")
    assert ENGLISH.route(costliest.path) in answer
    assert Numbers(Words("en")).long(costliest.elapsed.total_seconds) in answer


def test_which_handoff_costs_most(tab):
    costliest = max(found().handoffs, key=lambda h: h.count * h.elapsed_wait_seconds)
    assert f"{ENGLISH.lane(costliest.from_)} → {ENGLISH.lane(costliest.to)}" in follow(tab, "handoffs")


def test_does_the_future_state_meet_the_norm(tab):
    future = next(j for j in found().journeys if j.kind == "future")
    norm = next(n for n in found().norms if n.kind == "service")
    drawn = tab.locator('#en-map [data-design="future"] [data-seconds] >> visible=true').first
    limit = tab.locator('#en-map [data-norm="service"][data-seconds] >> visible=true').first
    seconds = [float(each.get_attribute("data-seconds")) for each in (drawn, limit)]
    assert seconds == [pytest.approx(future.total_seconds), pytest.approx(norm.limit_seconds)]
    assert (seconds[0] <= seconds[1]) is (future.total_seconds <= norm.limit_seconds) is True
    said = tab.locator('#en-map [data-design="future"] text >> visible=true').last.text_content()
    within, now = (Numbers(Words("en")).share(s) for s in (future.within_norms["service"], norm.met_share))
    assert said.endswith(f"{within} within the service norm (now {now})")


def test_what_changed_and_is_that_sure(tab):
    assert follow(tab, "drift").startswith("No change is sure")
    table = tab.locator("#en-drift details").first
    table.locator("summary").click()
    told = table.locator("tbody tr").first.locator("td").all_inner_texts()
    first = found().drift.months[0]
    assert told[0] == str(first.cases)
    assert told[2] == Numbers(Words("en")).long(first.median.seconds)
    assert first.median.seconds == 31 * DAY


def test_the_keyboard_reaches_every_control_and_its_focus_is_seen(tab):
    tab.reload()
    unseen = 0
    for _ in range(tab.evaluate(FOCUSABLE) + 400):
        tab.keyboard.press("Tab")
        outline = tab.evaluate(WALKED)
        if outline is None:
            break
        unseen += outline == "none"
    assert tab.evaluate(MISSED) == []
    assert unseen == 0
