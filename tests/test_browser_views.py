"""The pages of the demo, the receipt log and a chain of forty steps: no error, no request, nobody is shut out."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from tests.browser_pages import LANGUAGES, OPEN_ALL, PAGES, SWITCHES, Built, show, tab_of

pytestmark = pytest.mark.browser
Find = Callable[[str], Built]
ALONE = """(language) => {
  document.querySelectorAll(`[data-in]:not([data-in="${language}"])`).forEach((each) => each.remove());
  document.querySelectorAll("svg").forEach((svg) => {
    for (const part of [...svg.children]) if (!["title", "desc"].includes(part.tagName)) part.remove();
  });
}"""
"""Axe says nothing of what is hidden nor of the shapes in a picture, but takes a minute to look at them."""
ALL_VIEWS = "[data-clock], [data-of-cases], [data-by], [data-of-level], [data-weighs] { display: revert !important }"
FEW_ROWS = "document.querySelectorAll('tbody tr:nth-child(n + 4)').forEach((row) => row.remove())"
AXE = """async (rules) => (await axe.run(document, { resultTypes: ["violations"], ...rules })).violations
  .map((each) => `${each.id}: ${each.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`)"""
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
NO_CONTRAST = {"rules": {"color-contrast": {"enabled": False}}}
# the contrast of a text with what is painted beneath its middle, where that is one plain colour
PICTURE_CONTRAST = """() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = numbers(colour).slice(0, 3).map((value) => {
      const share = value / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = getComputedStyle(document.documentElement).backgroundColor;
  const found = new Set();
  for (const svg of document.querySelectorAll("svg")) {
    if (!svg.checkVisibility()) continue;
    const shapes = [...svg.querySelectorAll("rect, text, path, polygon, ellipse, circle")]
      .filter((each) => !each.closest("defs, pattern"));
    const boxes = new Map(shapes.map((each) => [each, each.getBoundingClientRect()]));
    shapes.forEach((text, at) => {
      const box = boxes.get(text);
      if (text.tagName !== "text" || !box.width) return;
      const style = getComputedStyle(text);
      if (style.paintOrder.startsWith("stroke")) return;
      const x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
      let beneath = paper;
      for (let i = at - 1; i >= 0; i -= 1) {
        if (shapes[i].tagName !== "rect") continue;
        const other = boxes.get(shapes[i]), look = getComputedStyle(shapes[i]);
        const isOver = other.left <= x && x <= other.right && other.top <= y && y <= other.bottom;
        if (!isOver || look.fill === "none" || Number(look.fillOpacity) < 1) continue;
        if (look.fill.startsWith("url")) return;
        beneath = look.fill;
        break;
      }
      const [a, b] = [light(style.fill), light(beneath)].sort((one, other) => other - one);
      const ratio = (a + 0.05) / (b + 0.05);
      if (ratio < 4.5) found.add(`${svg.closest("section").id}: ${text.textContent.slice(0, 40)}: ${ratio.toFixed(2)}`);
    });
  }
  return [...found].slice(0, 20);
}"""
CONTROLS = 'a[href], button, input:not([type="hidden"]), select, summary, textarea, [tabindex="0"]'


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port of the loopback, and yield its address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *said: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/index.html"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("name", PAGES)
def test_each_view_opens_without_an_error_and_without_a_request(built: Find, browser: Any, name: str) -> None:
    page = built(name)
    with tab_of(browser, page.address) as tab:
        for switch, values in tab.evaluate(SWITCHES):
            for value in values:
                show(tab, "nl", **{switch: value} if switch != "language" else {})
        tab.evaluate(OPEN_ALL)
        assert tab.complaints == []
        assert tab.requests == [page.address]


def test_a_page_on_an_intranet_asks_for_nothing_but_itself(built: Find, browser: Any) -> None:
    with served(built("chain").folder) as address, tab_of(browser, address) as tab:
        show(tab, "en", clock="working", fold="steps")
        tab.evaluate(OPEN_ALL)
        # the browser, not the page, looks for an icon
        assert [asked for asked in tab.requests if not asked.endswith("/favicon.ico")] == [address]
        assert [said for said in tab.complaints if "favicon" not in said and "404" not in said] == []


@pytest.mark.parametrize("name", PAGES)
def test_the_policy_lets_nothing_run_but_what_is_named_by_its_hash(built: Find, name: str) -> None:
    text = (built(name).folder / "index.html").read_text("utf-8")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy[1].split(";"))
    assert rules["default-src"] == "'none'"
    for source in ("script-src", "style-src"):
        assert re.fullmatch(r"'sha256-[\w+/=]+'( 'sha256-[\w+/=]+')*", rules[source])
    tree = html.document_fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8", huge_tree=True))
    assert tree.xpath("//@*[starts-with(name(), 'on')]") == []
    assert tree.xpath("//@style | //*[@src and not(starts-with(@src, 'data:'))] | //link | //iframe | //base") == []
    assert [each for each in tree.xpath("//@href | //@*[local-name() = 'href']") if not each.startswith("#")] == []


def test_labels_that_try_to_break_out_stay_text(built: Find, browser: Any) -> None:
    with tab_of(browser, built("chain").address) as tab:
        show(tab, "nl", fold="steps")
        tab.evaluate(OPEN_ALL)
        said = tab.evaluate("document.body.textContent")
        assert "</script><script>alert(1)</script><img src=x onerror=alert(1)>" in said
        assert "\u202e" not in tab.content()
        assert tab.evaluate("document.images.length") == 0
        assert tab.evaluate("[...document.scripts].filter((each) => each.textContent.startsWith('alert')).length") == 0
        assert tab.complaints == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_forty_steps_stays_under_four_megabytes(built: Find, name: str) -> None:
    assert (built(name).folder / "index.html").stat().st_size < 4_000_000


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_no_rule_of_accessibility_is_broken_in_any_view(built: Find, browser: Any, name: str, language: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    with tab_of(browser, built(name).address, bypass_csp=True) as tab:
        show(tab, language)
        tab.evaluate(OPEN_ALL)
        for scheme in ("light", "dark"):
            tab.emulate_media(color_scheme=scheme)
            assert tab.evaluate(PICTURE_CONTRAST) == []
        tab.evaluate(ALONE, language)
        tab.evaluate(Axe().axe_script)
        tab.add_style_tag(content=ALL_VIEWS)
        assert tab.evaluate(AXE, NO_CONTRAST) == []
        tab.evaluate(FEW_ROWS)
        for scheme in ("light", "dark"):
            tab.emulate_media(color_scheme=scheme)
            assert tab.evaluate(AXE, CONTRAST) == []
