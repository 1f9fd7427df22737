"""What the pages draw and say is what `findings.json` says; what a team asks is answered by clicks and keys alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.compare import compare_runs
from flows.publish.compare_page import write_comparison
from flows.publish.page_numbers import Clock, Numbers
from flows.publish.svg.compared import shown
from flows.publish.svg.scene import Scene
from flows.publish.words import Words
from mining.findings import Findings
from mining.results.stream import Rung
from tests.browser_pages import LANGUAGES, OPEN_ALL, PAGES, Built, show, tab_of

pytestmark = pytest.mark.browser
Find = Callable[[str], Built]
DAY = 86_400
SHOWN = "(all) => all.filter((each) => each.checkVisibility())"
RUNGS = f"""(all) => ({SHOWN})(all).map((rung) => {{
  const parts = [...rung.querySelectorAll("[data-kind]")];
  return [rung.dataset.rung, Number(rung.dataset.seconds),
    parts.map((part) => [part.dataset.kind, Number(part.dataset.seconds), part.getBoundingClientRect().width])];
}})"""
TEXTS = f"(all) => ({SHOWN})(all).map((each) => each.textContent)"
CONTROLS = 'a[href], button, input:not([type="hidden"]), select, summary, textarea, [tabindex="0"]'
CAN_BE_REACHED = f"""() => [...document.querySelectorAll('{CONTROLS}')].filter((each) => !each.disabled
  && each.tabIndex >= 0 && (each.checkVisibility({{ visibilityProperty: true }}))
  && (each.type !== "radio" || each.checked))"""
"""A group of radio buttons is one stop, at the button that is chosen."""
WALKED = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const seen = at.matches("label input") ? at.nextElementSibling || at : at;
  const look = [seen, at].map((each) => getComputedStyle(each));
  const isSeen = look.some((each) => each.outlineStyle !== "none" && parseFloat(each.outlineWidth) >= 2);
  const isAgain = at.dataset.walked === "yes";
  at.dataset.walked = "yes";
  return [at.outerHTML.slice(0, 140), isSeen, isAgain];
}"""
MISSED = (
    f"() => ({CAN_BE_REACHED})().filter((each) => !each.dataset.walked).map((each) => each.outerHTML.slice(0, 140))"
)


def booked(rung: Rung, clock: Clock) -> dict[str, float]:
    """Return the seconds of a rung by kind."""
    if clock == "legal":
        return {kind: getattr(rung.legal, f"{kind}_days") * DAY for kind in KINDS}
    return {kind: getattr(getattr(rung, clock), f"{kind}_seconds") for kind in KINDS}


KINDS = ("wait", "process", "elsewhere", "unknown")


def ladders(findings: Findings) -> list[tuple[Clock, str, tuple[Rung, ...]]]:
    """Return each clock and part of the cases with its ladder."""
    parts = {"all": findings.ladder}
    for name in ("typical", "slow"):
        if part := getattr(findings, f"ladder_{name}"):
            parts[name] = part.rungs
    clocks: list[Clock] = ["elapsed", "working"]
    found = [(clock, name, rungs) for clock in clocks for name, rungs in parts.items()]
    return [*found, ("legal", "all", findings.ladder)] if findings.lead_time.legal else found


@pytest.mark.parametrize("name", PAGES)
def test_each_rung_is_as_long_as_its_time_and_says_it(built: Find, browser: Any, name: str) -> None:
    page = built(name)
    with tab_of(browser, page.address) as tab:
        for clock, cases, rungs in ladders(page.team):
            show(tab, "nl", clock=clock, cases=cases, fold="steps")
            drawn = tab.locator("#nl-map g[data-rung]").evaluate_all(RUNGS)
            expected = {rung.step: booked(rung, clock) for rung in rungs}
            told = [(step, seconds, parts) for step, seconds, parts in drawn if not math.isnan(seconds)]
            assert len(told) > len(drawn) / 2, (clock, cases)
            longest = max((part for _, _, parts in told for part in parts), key=lambda part: part[1])
            for step, seconds, parts in told:
                assert seconds == pytest.approx(sum(expected[step].values()), abs=1e-3)
                for kind, amount, wide in parts:
                    assert amount == pytest.approx(expected[step][kind], abs=1e-3)
                    # the edge of a rung is drawn around it
                    assert wide - 0.8 == pytest.approx(amount * (longest[2] - 0.8) / longest[1], abs=1)
            numbers = Numbers(Words("nl"))
            labels = tab.locator("#nl-map g[data-ladder] > text").evaluate_all(TEXTS)
            said = [f"{at}:\u00a0{numbers.short(seconds, clock)}" for at, (_, seconds, _) in enumerate(drawn, 1)]
            assert [label for label, (_, seconds, _) in zip(labels, drawn, strict=True) if not math.isnan(seconds)] == [
                label for label, (_, seconds, _) in zip(said, drawn, strict=True) if not math.isnan(seconds)
            ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_what_the_page_says_is_what_the_findings_say(built: Find, browser: Any, name: str, language: str) -> None:
    page = built(name)
    findings, numbers = page.team, Numbers(Words(language))
    whole = {rung.step: rung.elapsed for rung in page.findings.ladder}
    assert {r.step for r in findings.ladder if r.step in whole and r.elapsed != whole[r.step]} == set()
    assert sum(r.elapsed.total_seconds for r in findings.ladder) == pytest.approx(
        page.findings.lead_time.elapsed.mean_seconds
    )
    with tab_of(browser, page.address) as tab:
        show(tab, language, fold="steps")
        at = f"#{language}"
        ladder = tab.locator(f"{at}-map table:has(tr[data-key])").first
        rows = dict(ladder.locator("tr[data-key]").evaluate_all(CELLS))
        equal_where_told(
            {rung.step: numbers.short(rung.elapsed.total_seconds) for rung in findings.ladder},
            {step: rows[step][-1] for step in rows if step},
            numbers,
        )
        counts = tab.locator(f"{at}-process [data-activity]").evaluate_all(
            "(all) => all.map((each) => [each.dataset.activity, Number(each.dataset.count)])"
        )
        events = {node.activity: node.events for node in findings.activities}
        assert counts
        assert {activity: events[activity] for activity, _ in counts} == dict(counts)
        paths = tab.locator(f"{at}-process [data-edge]").evaluate_all(
            "(all) => all.map((each) => [each.dataset.edge, Number(each.dataset.count)])"
        )
        followed = {f"{edge.from_} > {edge.to}": edge.count for edge in findings.dfg}
        assert {path: followed[path] for path, _ in paths} == dict(paths)
        cells = tab.locator(f"{at}-handoffs [data-of-level='team'] [data-handoff][data-count]").evaluate_all(
            "(all) => all.map((each) => [each.dataset.handoff, Number(each.dataset.count)])"
        )
        given = {f"{one.from_} > {one.to}": one.count for one in findings.handoffs if one.level == "team"}
        assert {pair: given[pair] for pair, _ in cells} == dict(cells)


CELLS = """(all) => all.map((row) => [row.dataset.key,
  [...row.cells].map((cell) => [...cell.querySelectorAll("bdi")].map((each) => each.textContent)[0] || "")])"""


def equal_where_told(expected: dict[str, str], said: dict[str, str], numbers: Numbers) -> None:
    """Assert that each figure is said as the findings have it, but for small groups, of which no figure is told."""
    told = {key: value for key, value in said.items() if value != numbers.words("not_told")}
    assert len(told) > len(said) / 2
    assert {key: expected[key] for key in told} == told


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_a_what_if_shows_its_total_in_words_and_on_the_ladder(
    built: Find, browser: Any, name: str, language: str
) -> None:
    page = built(name)
    total = page.findings.lead_time.elapsed.mean_seconds
    with tab_of(browser, page.address) as tab:
        show(tab, language, fold="steps")
        tab.locator(f"#{language}-what-if > summary").click()
        slider = tab.locator(f'#{language}-what-if input[data-change="time"]:enabled').first
        slider.focus()
        for _ in range(3):
            tab.keyboard.press("ArrowLeft")
        out = tab.locator(f"#{language}-what-if output[data-then]")
        seconds = float(out.get_attribute("data-seconds"))
        assert seconds < total
        assert Numbers(Words(language)).short(seconds) in out.inner_text()
        ((at, *scale),) = tab.locator(f"#{language}-map g[data-ladder][data-left]").evaluate_all(MARKS)
        left, right, longest = map(float, scale)
        assert at == pytest.approx(min(right, left + (right - left) * seconds / longest), abs=1)
        tab.locator(f"#{language}-what-if [data-what-if-reset]").click()
        assert out.inner_text() == ""
        assert tab.locator("[data-what-if-mark]").count() == 0


MARKS = f"""(all) => ({SHOWN})(all).map((ladder) => {{
  const drawn = ladder.querySelector("[data-what-if-mark] path").getAttribute("d");
  const places = drawn.match(/M[\\d.]+/g).map((at) => Number(at.slice(1)));
  return [Math.max(...places), ladder.dataset.left, ladder.dataset.right, ladder.dataset.longest];
}})"""


def follow(tab: Any, language: str, key: str) -> str:
    """Go to a section by its link in the contents, and return its answer."""
    tab.locator(f'nav a[href="#{language}-{key}"] >> visible=true').click()
    return tab.locator(f"#{language}-{key} p.answer >> visible=true").first.inner_text()


WAITS = f"""(all) => ({SHOWN})(all).map((each) => [each.dataset.rung,
  [...each.querySelectorAll('[data-kind="wait"]')].reduce((sum, part) => sum + Number(part.dataset.seconds), 0)])"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_five_questions_of_a_team_are_answered_by_clicks(built: Find, browser: Any, language: str) -> None:
    page = built("demo")
    findings, words = page.team, Words(language)
    scene, numbers = Scene(findings, words), Numbers(words)
    with tab_of(browser, page.address) as tab:
        tab.locator(f'input[data-switch="language"][value="{language}"] >> visible=true').check(force=True)

        # where is most of the citizen's wait?
        waits = dict(tab.locator(f"#{language}-map g[data-rung]").evaluate_all(WAITS))
        most = max(findings.ladder, key=lambda rung: rung.elapsed.wait_seconds)
        assert max(waits, key=waits.__getitem__) == most.step
        tab.locator(f'#{language}-map g[data-box="{most.step}"] >> visible=true').click()
        behind = tab.locator(f'#{language}-follow [data-panel="{most.step}"]')
        assert behind.is_visible()
        assert scene.title(most.step) in behind.inner_text()

        # which loop costs most?
        loop = max(findings.loops, key=lambda each: each.elapsed.total_seconds)
        answer = follow(tab, language, "loops")
        assert scene.route(loop.path) in answer
        assert numbers.long(loop.elapsed.total_seconds) in answer

        # which handoff?
        handoffs = [each for each in findings.handoffs if each.level == "team"]
        handoff = max(handoffs, key=lambda each: each.count * each.elapsed_wait_seconds)
        assert f"{scene.lane(handoff.from_)} → {scene.lane(handoff.to)}" in follow(tab, language, "handoffs")

        # does the future state meet the norm?
        future = next(each for each in findings.journeys if each.kind == "future")
        norm = next(each for each in findings.norms if each.kind == "service" and each.is_whole)
        drawn = tab.locator(f'#{language}-map [data-design="future"] [data-seconds] >> visible=true').first
        limit = tab.locator(f'#{language}-map [data-norm="{norm.name}"][data-seconds] >> visible=true').first
        seconds = [float(each.get_attribute("data-seconds") or "nan") for each in (drawn, limit)]
        assert seconds == [pytest.approx(future.total_seconds), pytest.approx(norm.limit_seconds)]
        assert (seconds[0] <= seconds[1]) is (future.total_seconds <= norm.limit_seconds)

        # what changed since last quarter, and is that sure?
        drift, answer = findings.drift, follow(tab, language, "drift")
        if drift.changes:
            assert numbers.day(drift.changes[0].week) in answer
        else:
            assert answer == words("drift_none", series=numbers.count(drift.series_tested))
        months = tab.locator(f"#{language}-drift details").first
        months.locator("summary").click()
        cells = [row.locator("td").all_inner_texts() for row in months.locator("tbody tr").all()]
        quarter = [month for month in drift.months if month.is_enough][-3:]
        assert [numbers.long(month.median.seconds) for month in quarter] == [
            row[2] for row, month in zip(cells, drift.months, strict=True) if month in quarter
        ]


SIDES = """(rows) => rows.filter((row) => row.checkVisibility())
  .map((row) => [...row.cells].map((cell) => cell.innerText.trim()))"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_changed_since_the_last_quarter_and_whether_it_is_sure_stands_in_the_comparison(
    built: Find, browser: Any, tmp_path: Path, language: str
) -> None:
    comparison = compare_runs([built("demo").folder], by="ended_quarter", reference="2025Q3")
    words, numbers = Words(language), Numbers(Words(language))
    (lead,) = (m for m in comparison.measures if (m.measure, m.clock, m.statistic) == LEAD)
    with tab_of(browser, write_comparison(comparison, tmp_path / "comparison.json")[1].as_uri()) as tab:
        show(tab, language)
        tab.evaluate(OPEN_ALL)
        rows = tab.locator(f"#{language}-changed table").first.locator("tbody tr").evaluate_all(SIDES)
        told = {cells[1]: cells for cells in rows if cells[0] == lead.title[language]}
        for found in lead.differences:
            cells = told[found.side]
            assert cells[2:4] == [numbers.short(found.reference_value), numbers.short(found.value)]
            assert words(f"cmp_claim_{shown(found).claim}") in cells
        assert {each.side for each in lead.differences} == set(told)
        assert tab.complaints == []


LEAD = ("lead_time", "elapsed", "mean")


@pytest.mark.parametrize(("name", "language"), [("demo", "en"), ("chain", "nl")])
def test_the_keyboard_walks_through_every_control_and_is_never_trapped(
    built: Find, browser: Any, name: str, language: str
) -> None:
    with tab_of(browser, built(name).address) as tab:
        show(tab, language)
        tab.evaluate("document.querySelectorAll('.what-if').forEach((each) => { each.open = true })")
        unseen, seen_twice = [], 0
        for _ in range(len(tab.evaluate(f"({CAN_BE_REACHED})().map(() => 1)")) + 20):
            tab.keyboard.press("Tab")
            found = tab.evaluate(WALKED)
            if found is None:
                break
            control, is_seen, is_again = found
            unseen += [] if is_seen else [control]
            seen_twice += is_again
        assert found is None, "the walk does not end"
        assert unseen == []
        assert seen_twice == 0
        assert tab.evaluate(MISSED) == []


def test_enter_space_and_the_arrows_work_each_kind_of_control(built: Find, browser: Any) -> None:
    with tab_of(browser, built("demo").address) as tab:
        show(tab, "nl")
        for switch, values in tab.evaluate(SWITCHES_OF, "nl"):
            if len(values) < 2 or switch == "language":
                continue
            chosen = tab.locator(f'[data-in="nl"] input[data-switch="{switch}"]:checked').first
            chosen.focus()
            tab.keyboard.press("ArrowRight")
            now = tab.evaluate("[document.activeElement.dataset.switch, document.activeElement.value]")
            assert now == [switch, values[1]]
            assert f"{switch}={values[1]}" in tab.url
            tab.keyboard.press("ArrowLeft")
        details = tab.locator("#nl-map details > summary >> visible=true").first
        for key in ("Enter", "Space"):
            before = details.evaluate("(each) => each.parentElement.open")
            details.focus()
            tab.keyboard.press(key)
            assert details.evaluate("(each) => each.parentElement.open") is not before
        slider = tab.locator('#nl-process input[type="range"]').first
        slider.focus()
        before = slider.input_value()
        tab.keyboard.press("ArrowLeft")
        assert int(slider.input_value()) < int(before)
        assert slider.evaluate("(each) => each.name || each.dataset.slider")


SWITCHES_OF = """(language) => {
  const states = {};
  for (const input of document.querySelectorAll(`[data-in="${language}"] input[data-switch]:enabled`)) {
    if (!input.checkVisibility()) continue;
    (states[input.dataset.switch] ||= []).push(input.value);
  }
  return Object.entries(states);
}"""


def test_escape_closes_what_was_opened_and_gives_the_focus_back(built: Find, browser: Any) -> None:
    with tab_of(browser, built("demo").address) as tab:
        show(tab, "nl")
        tab.locator("#nl-map g[data-box] >> visible=true").first.click()
        assert tab.locator("#nl-follow [data-panel] >> visible=true").count() == 1
        tab.keyboard.press("Escape")
        assert tab.locator("#nl-follow [data-panel] >> visible=true").count() == 0
        assert tab.evaluate("document.activeElement.tagName") == "SELECT"
        assert "step=" not in tab.url
        summary = tab.locator("#nl-map details:not([open]) > summary >> visible=true").last
        summary.focus()
        tab.keyboard.press("Enter")
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.closest('details').open")
        tab.keyboard.press("Escape")
        assert tab.evaluate("[document.activeElement.tagName, document.activeElement.parentElement.open]") == [
            "SUMMARY",
            False,
        ]
