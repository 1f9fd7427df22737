"""The process map: nothing moves when a slider moves, what is hidden is counted, and both weights are true."""

from __future__ import annotations

import pytest
from lxml import html

from flows.publish.page import page
from flows.publish.svg.process_map import cut
from mining.results.process import Edge, Node
from tests.findings_example import example
from tests.test_browser import opened  # noqa: F401 its page

PLACES = """() => [...document.querySelectorAll("#nl-process [data-node] rect")]
  .map((r) => [r.getAttribute("x"), r.getAttribute("y")].join())"""
SLIDE = """([name, value]) => {
  const input = document.querySelector(`#nl-${name}`);
  const from = performance.now();
  input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  document.querySelector("#nl-process figure").getBoundingClientRect();
  return performance.now() - from;
}"""


def crowded(count: int = 40):
    """Findings with more activities and paths than anyone can see at once."""
    names = [f"Activiteit {i}" for i in range(count)]
    nodes = tuple(
        Node(activity=a, step=None, lane=None, events=1000 - i, cases=900 - i, starts=i == 0, ends=i == count - 1)
        for i, a in enumerate(names)
    )
    pairs = [(i, (i + hop) % count) for hop in (1, 3) for i in range(count)]
    edges = tuple(
        Edge(from_=names[a], to=names[b], count=900 - 4 * at, cases=10, mean_seconds=3600.0 * at, median_seconds=1.0)
        for at, (a, b) in enumerate(pairs)
    )
    return example(activities=nodes, dfg=edges)


@pytest.fixture(scope="module")
def found():
    return crowded()


def test_each_activity_keeps_its_most_frequent_way_in_and_out(found):
    shown = cut(found)
    kept = [shown.edges[at] for at in shown.kept]
    assert {edge.from_ for edge in kept} == {edge.to for edge in kept} == {node.activity for node in shown.nodes}


def test_what_is_shown_and_hidden_at_first_adds_up_to_all(found):
    shown = cut(found)
    said = html.fromstring(page(found, "en")).xpath('//section[@id="en-process"]//*[@data-said]')[0].text_content()
    assert f"{len(shown.shown)} of 80 paths" in said
    assert f"{80 - len(shown.shown)} paths." in said


def test_no_hundred_percent_is_told_while_paths_are_hidden():
    rare = tuple(edge.model_copy(update={"count": 100_000 if edge.count > 880 else 1}) for edge in crowded().dfg)
    little = crowded().model_copy(update={"dfg": rare})
    said = html.fromstring(page(little, "en")).xpath('//section[@id="en-process"]//*[@data-said]')[0].text_content()
    assert "together nearly 100 % of all transitions" in said


@pytest.mark.browser
def test_a_slider_hides_and_counts_and_nothing_moves(opened, found):  # noqa: F811
    tab = opened(found)
    before = tab.evaluate(PLACES)
    taken = tab.evaluate(SLIDE, ["activities", "5"])
    assert taken < 100
    assert tab.evaluate(PLACES) == before
    assert tab.locator("#nl-process [data-node]:not(.off)").count() == 5
    said = tab.locator("#nl-process [data-said]").inner_text()
    shown = tab.locator("#nl-process [data-edge]:not(.off)").count()
    assert f"5 van 40 activiteiten en {shown} van 80 paden" in said
    assert f"Verborgen: 35 activiteiten en {80 - shown} paden." in said


@pytest.mark.browser
def test_fewer_paths_leave_the_ways_that_each_activity_keeps_and_the_address_holds_the_choice(opened, found):  # noqa: F811
    tab = opened(found)
    tab.locator("#nl-paths").focus()
    tab.keyboard.press("Home")
    assert tab.locator("#nl-process [data-edge]:not(.off)").count() == len(cut(found).kept)
    assert "paths=1" in tab.url
    tab.reload()
    assert tab.locator("#nl-process [data-edge]:not(.off)").count() == len(cut(found).kept)


@pytest.mark.browser
def test_a_switch_shows_how_long_instead_of_how_often(opened, found):  # noqa: F811
    tab = opened(found)
    assert tab.locator('#nl-process text[data-weighs="often"] >> visible=true').count() > 0
    tab.locator('#nl-process input[value="long"]').check()
    assert tab.locator('#nl-process text[data-weighs="often"] >> visible=true').count() == 0
    assert tab.locator('#nl-process text[data-weighs="long"] >> visible=true').count() > 0
