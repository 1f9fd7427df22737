"""The page in headless Chromium: no error, no request, what is drawn is true, nobody is shut out."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
import yaml

from flows.publish.page import page
from flows.publish.quality_page import quality_html
from mappings.journey import Journey
from mining.branch_times import BranchTimes, StepNow
from mining.designs import changed_total
from mining.what_if import Gains
from tests.browser_pages import tab_of
from tests.findings_example import example, hostile, many_steps
from tests.findings_parts import CASES, DAY, STEPS
from tests.test_quality_page import EXAMPLES, RECONCILIATION, quality

pytestmark = pytest.mark.browser
VIEWS = [(language, clock) for language in ("nl", "en") for clock in ("elapsed", "working", "legal")]
OVERLAPS = """() => {
  const found = [];
  for (const svg of document.querySelectorAll("svg")) {
    if (!svg.getClientRects().length) continue;
    const seen = [...svg.querySelectorAll("text")].filter((t) => t.getClientRects().length);
    const boxes = seen.map((t) => [t.textContent, t.getBoundingClientRect()])
      .filter(([, box]) => box.width > 0);
    const frame = svg.getBoundingClientRect();
    boxes.forEach(([a, p], i) => {
      if (p.left < frame.left - 1 || p.right > frame.right + 1) found.push("outside: " + a);
      for (const [b, q] of boxes.slice(i + 1)) {
        const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left);
        const high = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
        if (wide > 1.5 && high > Math.min(p.height, q.height) * 0.35) found.push(a + " / " + b);
      }
    });
  }
  return found;
}"""


@pytest.fixture
def opened(browser, tmp_path):
    """Open findings as a file; whatever the page complains of or asks for is kept."""
    with ExitStack() as tabs:

        def open_page(findings, **options):
            file = tmp_path / "index.html"
            file.write_text(page(findings), "utf-8")
            return tabs.enter_context(tab_of(browser, file.as_uri(), **options))

        yield open_page


def show(tab, language, clock):
    tab.evaluate(f"location.hash = 'language={language}&clock={clock}'")
    tab.wait_for_selector(f'div[data-in="{language}"] h1 >> visible=true')


@pytest.mark.parametrize("findings", [example(), hostile(), many_steps()], ids=["chain", "hostile", "40 steps"])
def test_the_page_opens_from_a_file_without_an_error_or_a_request(opened, findings):
    tab = opened(findings)
    assert tab.complaints == []
    assert len(tab.requests) == 1


BROKEN = """() => {
  const within = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return range;
  };
  const found = [];
  for (const cell of document.querySelectorAll("th, td")) {
    const first = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT).nextNode();
    const word = first && /^[A-Za-z]{3,12}(?= )/.exec(first.data);
    if (!word || !cell.checkVisibility()) continue;
    const range = within(first);
    range.setEnd(first, word[0].length);
    if (range.getClientRects().length > 1) found.push(word[0]);
  }
  return found;
}"""


@pytest.mark.parametrize(("wide", "letter"), [(360, 16), (320, 16), (640, 32)])
def test_on_a_telephone_and_in_large_letters_nothing_stands_beside_the_window_and_tables_keep_their_words_whole(
    opened, wide, letter
):
    tab = opened(example())
    tab.context.new_cdp_session(tab).send("Page.setFontSizes", {"fontSizes": {"standard": letter, "fixed": letter}})
    tab.set_viewport_size({"width": wide, "height": 800})
    assert tab.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)") == letter
    tab.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    for language in ("nl", "en"):
        show(tab, language, "elapsed")
        assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert tab.evaluate(BROKEN) == []


def test_the_page_on_quality_fits_a_window_of_320_pixels(browser, tmp_path):
    file = tmp_path / "index.html"
    file.write_text(quality_html(quality(), RECONCILIATION, EXAMPLES), "utf-8")
    with tab_of(browser, file.as_uri(), wide=320) as tab:
        assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


PATTERNS = """() => [...new Set([...document.querySelectorAll(".strips svg *")]
  .map((each) => getComputedStyle(each).fill.match(/^url\\("?#([^")]+)/)?.[1]).filter(Boolean))]
  .map((id) => document.getElementById(id).closest("svg").getClientRects().length)"""


def test_what_is_hatched_on_the_screen_is_hatched_on_paper(opened):
    tab = opened(many_steps())
    tab.evaluate("location.hash = 'fold=steps'")
    tab.wait_for_function("document.documentElement.dataset.fold === 'steps'")
    tab.emulate_media(media="print")
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    drawn = tab.evaluate(PATTERNS)
    assert drawn
    assert all(drawn)


@pytest.mark.parametrize(("language", "clock"), VIEWS)
def test_the_ladder_on_the_screen_adds_up_to_the_mean_of_the_findings(opened, language, clock):
    findings = example()
    tab = opened(findings)
    show(tab, language, clock)
    ladder = tab.locator("g[data-ladder] >> visible=true")
    assert ladder.count() == 1
    times = findings.lead_time
    mean = times.legal.total_days * DAY if clock == "legal" else getattr(times, clock).mean_seconds
    assert float(ladder.get_attribute("data-seconds")) == pytest.approx(mean)
    rungs = ladder.locator("g[data-rung]").evaluate_all("all => all.map(e => Number(e.dataset.seconds))")
    assert sum(rungs) == pytest.approx(mean)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_rule_of_accessibility_is_broken(opened, language, scheme):
    from axe_playwright_python.sync_playwright import Axe

    tab = opened(example(), color_scheme=scheme, bypass_csp=True)
    show(tab, language, "elapsed")
    tab.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    found = Axe().run(tab)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize(("language", "clock"), VIEWS)
@pytest.mark.parametrize(
    "findings", [example(STEPS[:5]), example(), many_steps()], ids=["5 steps", "9 steps", "40 steps"]
)
def test_no_text_of_a_picture_lies_on_another(opened, findings, language, clock):
    tab = opened(findings)
    show(tab, language, clock)
    assert tab.evaluate(OVERLAPS) == []


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("wide", [640, 1920, 3840], ids=["200 % zoom", "wall", "wide wall"])
def test_no_text_lies_on_another_on_a_wall_screen_or_at_double_zoom(opened, wide, language):
    tab = opened(many_steps())
    tab.set_viewport_size({"width": wide, "height": 900})
    for rest in ("fold=steps&cases=slow", "fold=phases&what=stap_0~100~100~50"):
        show(tab, language, f"elapsed&{rest}")
        assert tab.evaluate(OVERLAPS) == []
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_switches_work_by_keyboard_and_the_address_keeps_the_choice(opened):
    tab = opened(example())
    tab.locator('input[name="clock-nl"]').first.focus()
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate("document.documentElement.dataset.shownClock") == "working"
    assert "clock=working" in tab.url
    tab.locator('input[name="language-nl"]').first.focus()
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate("document.documentElement.lang") == "en"
    assert tab.evaluate("document.activeElement.name") == "language-en"
    tab.reload()
    assert tab.locator("h1 >> visible=true").inner_text().endswith("of work")


def test_the_clock_of_the_law_cannot_be_chosen_where_no_legal_term_runs(opened):
    bare = example()
    times = bare.lead_time.model_copy(update={"legal": None})
    tab = opened(bare.model_copy(update={"lead_time": times}))
    show(tab, "nl", "legal")
    assert tab.locator('input[name="clock-nl"][value="legal"]').is_disabled()
    assert tab.evaluate("document.documentElement.dataset.shownClock") == "elapsed"


def test_what_the_law_says_nothing_about_is_marked_as_calendar_time(opened):
    tab = opened(example())
    show(tab, "nl", "legal")
    assert "1.186 van de 1.204 zaken" in tab.locator("p.about >> visible=true").inner_text()
    marked = tab.locator("#nl-handoffs .answer span >> visible=true")
    assert "kalender" in marked.first.evaluate("e => getComputedStyle(e, '::after').content")


PARTS = [(cases, fold) for cases in ("all", "typical", "slow") for fold in ("steps", "phases")]


@pytest.mark.parametrize(("cases", "fold"), PARTS)
def test_each_part_of_the_cases_has_a_ladder_that_adds_up_by_step_and_by_phase(opened, cases, fold):
    findings = many_steps()
    tab = opened(findings)
    show(tab, "nl", f"elapsed&cases={cases}&fold={fold}")
    part = {"typical": findings.ladder_typical, "slow": findings.ladder_slow}.get(cases)
    mean = part.mean_seconds if part else findings.lead_time.elapsed.mean_seconds
    rungs = tab.locator("#nl-map g[data-rung] >> visible=true").evaluate_all(
        "e => e.map(r => Number(r.dataset.seconds))"
    )
    assert len(rungs) == (40 if fold == "steps" else 8)
    assert sum(rungs) == pytest.approx(mean)
    assert tab.evaluate(OVERLAPS) == []


def test_a_map_grows_and_shrinks_by_button_and_by_key(opened):
    tab = opened(many_steps())
    drawn = "[...document.querySelectorAll('#nl-map .map svg')].find(s => s.getClientRects().length)"
    wide = f"{drawn}.getBoundingClientRect().width"
    before = tab.evaluate(wide)
    tab.locator('button[data-scale="in"] >> visible=true').press("Enter")
    assert tab.evaluate(wide) == pytest.approx(1.25 * before, rel=0.01)
    tab.locator("#nl-map .map .scroll").first.focus()
    tab.keyboard.press("0")
    assert tab.evaluate(wide) == pytest.approx(before)


def test_an_amount_on_the_map_opens_what_stands_behind_it_and_the_address_keeps_it(opened):
    tab = opened(example())
    tab.locator('g[data-box="onderzoek"] >> visible=true').click()
    assert tab.locator('#nl-follow [data-panel="onderzoek"]').is_visible()
    assert "step=onderzoek" in tab.url
    tab.reload()
    tab.locator("#nl-follow select").focus()
    assert tab.locator('#nl-follow [data-panel="onderzoek"]').is_visible()
    tab.keyboard.press("ArrowDown")
    assert tab.locator('#nl-follow [data-panel="advies"]').is_visible()
    assert tab.locator("#nl-follow [data-panel] >> visible=true").count() == 1


WHAT_IF = '#nl-what-if tr[data-what-if-step="{}"] input[data-change="{}"]'


def test_a_changed_step_changes_total_map_and_address_at_once(opened):
    findings = example()
    tab = opened(findings)
    tab.locator("#nl-what-if > summary").click()
    slider = tab.locator(WHAT_IF.format("onderzoek", "time"))
    slider.focus()
    for _ in range(10):
        tab.keyboard.press("ArrowLeft")
    (rung,) = (r for r in findings.ladder if r.step == "onderzoek")
    expected = findings.lead_time.elapsed.mean_seconds - rung.elapsed.total_seconds / 2
    assert float(tab.locator("#nl-what-if output").get_attribute("data-seconds")) == pytest.approx(expected)
    assert tab.locator("[data-what-if-mark] >> visible=true").count() == 1
    assert "what=onderzoek%7E100%7E100%7E50" in tab.url
    tab.reload()
    assert float(tab.locator("#nl-what-if output").get_attribute("data-seconds")) == pytest.approx(expected)


def test_a_what_if_answers_within_a_tenth_of_a_second_with_40_steps(opened):
    tab = opened(many_steps())
    took = tab.evaluate(
        """() => {
        document.querySelector('#nl-what-if').open = true;
        const input = document.querySelector('#nl-what-if input[data-change="time"]');
        const times = [50, 55, 60].map((value) => {
          const start = performance.now();
          input.value = value;
          input.dispatchEvent(new Event("input", { bubbles: true }));
          document.querySelector("#nl-what-if output").getBoundingClientRect();
          return performance.now() - start;
        });
        return Math.min(...times);
      }"""
    )
    assert took < 100


def test_a_saved_what_if_is_a_future_journey_that_loads_and_has_the_same_total(opened, tmp_path):
    tab = opened(example())
    tab.locator("#nl-what-if > summary").click()
    tab.locator(WHAT_IF.format("advies", "reach")).fill("50")
    tab.locator(WHAT_IF.format("onderzoek", "time")).fill("75")
    tab.locator('#nl-what-if input[data-skip="0"]').press("Space")
    total = float(tab.locator("#nl-what-if output").get_attribute("data-seconds"))
    with tab.expect_download() as saving:
        tab.locator("#nl-what-if [data-what-if-save]").click()
    file = tmp_path / "future.yaml"
    saving.value.save_as(file)
    future = Journey.model_validate(yaml.safe_load(file.read_text("utf-8")))
    assert future.kind == "future"
    findings = example()
    assert changed_total(future, findings.ladder, gains_of_example()).exact == pytest.approx(total, abs=2)


def gains_of_example() -> Gains:
    """The gains that the example's findings tell of, as the ledger would give them."""
    findings = example()
    whole = CASES * 1_000_000
    straight = {r.step: round(r.elapsed.total_seconds * whole) for r in findings.ladder}
    now = {r.step: StepNow(r.reach * CASES, r.reach * r.visits * CASES, straight[r.step]) for r in findings.ladder}
    waits = {(h.giver, h.taker, h.step): round(h.gain_seconds * whole) for h in findings.what_if.handoffs}
    times = BranchTimes(CASES, tuple(straight), tuple(waits), straight, waits, (), now)
    return Gains(times, frozenset())


def test_only_one_language_and_one_clock_is_shown_at_a_time(opened):
    tab = opened(example())
    assert tab.locator("h1 >> visible=true").count() == 1
    assert tab.locator("main >> visible=true").count() == 1


def test_the_page_does_not_scroll_sideways_at_the_width_of_a_laptop(opened):
    tab = opened(many_steps())
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_click_on_a_step_of_the_map_shows_its_rows_in_the_tables(opened):
    tab = opened(example())
    tab.locator("g[data-box] >> visible=true").nth(3).click()
    shown = tab.locator("tr.shown >> visible=true")
    assert shown.evaluate_all("rows => rows.map(row => row.dataset.key)") == ["onderzoek", "onderzoek"]


def test_the_names_of_the_lanes_stay_in_sight_while_a_broad_map_is_moved(opened):
    tab = opened(many_steps())
    tab.evaluate("document.querySelector('#nl-map .scroll').scrollLeft = 1500")
    tab.wait_for_function("document.querySelector('#nl-map [data-pinned]').hasAttribute('transform')")
    name = tab.locator("#nl-map [data-pinned] text >> visible=true").first
    assert 0 <= name.bounding_box()["x"] < 120
