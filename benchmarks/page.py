"""`python -m benchmarks.page`: how soon the page can be used, and how soon its switches and sliders answer.

Two pages are made: the receipt log, and the generated chain of forty steps that the browser tests read. Each is opened
in a fresh context of headless Chromium, from a file, at 1280 pixels. A page is ready when its scripts have run and its
first frame is painted. A switch or slider has answered when the frame after it is painted. Beside the wall clock stands
the processor time of the page's main thread, which a busy machine does not stretch as much.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks.cold_run import ROOT, machine

READY_SECONDS = {"receipt": 1.5, "40 steps": 3.0}
ANSWER_SECONDS = 0.1
PAINTED = "requestAnimationFrame(() => setTimeout(() => {{ {then} }}, 0))"
WATCH = f"""addEventListener("DOMContentLoaded", () => {{
  {PAINTED.format(then="window.readyAfter = performance.now()")};
}});"""
ANSWER = f"""([selector, at, value]) => new Promise((done) => {{
  const input = [...document.querySelectorAll(selector)].filter((each) => each.getClientRects().length)[at];
  const begun = performance.now();
  if (value === null) input.click();
  else {{ input.value = value; input.dispatchEvent(new Event("input", {{ bubbles: true }})); }}
  {PAINTED.format(then="done((performance.now() - begun) / 1000)")};
}})"""
SWITCHES = """() => [...document.querySelectorAll("input[data-switch]:enabled")]
  .filter((each) => each.getClientRects().length).map((each) => `${each.dataset.switch} ${each.value}`)"""
SLIDERS = """() => [...document.querySelectorAll('input[type="range"]:enabled')]
  .filter((each) => each.getClientRects().length).map((each) => [each.min, each.max].map(Number))"""
SWITCH, SLIDER = "input[data-switch]:enabled", 'input[type="range"]:enabled'


def pages(work: Path) -> Iterator[tuple[str, Path]]:
    """Mine both logs and yield the name and file of each page; the receipt log only where it is at hand."""
    from flows.request import RunRequest
    from flows.run import run
    from tests import browser_chain

    receipt = ROOT / "mappings" / "wabo-receipt"
    data = Path(os.environ.get("ZAAKSTROOM_DATA") or ROOT.parent / "shared" / "data")
    if data.is_dir():
        os.environ["ZAAKSTROOM_DATA"] = str(data)
        yield "receipt", run(RunRequest(receipt, work / "receipt", work / "store")).folder / "index.html"
    chain = browser_chain.write_chain(work / "chain")
    asked = RunRequest(chain, work / "out", work / "store", as_of=browser_chain.AS_OF)
    yield "40 steps", run(asked).folder / "index.html"


def opened(browser: Any, file: Path) -> Iterator[tuple[Any, Any]]:
    """Yield a fresh tab with the page, and its session for measures of processor time."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    session = context.new_cdp_session(tab)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    tab.add_init_script(WATCH)
    tab.goto(file.as_uri())
    tab.wait_for_function("window.readyAfter > 0")
    yield tab, session
    context.close()


def busy(session: Any) -> float:
    """Return the processor time that the page's main thread has spent on tasks, in seconds."""
    found = session.send("Performance.getMetrics")["metrics"]
    return next(each["value"] for each in found if each["name"] == "TaskDuration")


def answered(tab: Any, session: Any, selector: str, at: int, value: float | None) -> tuple[float, float]:
    """Return wall and processor time from an input to the frame that shows its answer."""
    before = busy(session)
    return tab.evaluate(ANSWER, [selector, at, value]), busy(session) - before


def measured(browser: Any, file: Path, times: int) -> dict[str, list[tuple[float, float]]]:
    """Return what was measured → wall and processor seconds of each time."""
    found: dict[str, list[tuple[float, float]]] = {}
    for _ in range(times):
        for tab, session in opened(browser, file):
            ready = tab.evaluate("window.readyAfter") / 1000
            found.setdefault("ready", []).append((ready, busy(session)))
            for at, name in enumerate(tab.evaluate(SWITCHES)):
                if not name.startswith("language"):
                    found.setdefault(f"switch: {name}", []).append(answered(tab, session, SWITCH, at, None))
            tab.evaluate("document.querySelectorAll('.what-if').forEach((each) => { each.open = true })")
            for at, (least, most) in enumerate(tab.evaluate(SLIDERS)):
                for share in (0.3, 0.6):
                    value = round(least + (most - least) * share)
                    found.setdefault("sliders", []).append(answered(tab, session, SLIDER, at, value))
    return found


def told(name: str, found: dict[str, list[tuple[float, float]]]) -> Iterator[str]:
    """Yield the rows of a page: median and most, wall clock and processor, beside what they may be."""
    for what, times in found.items():
        wall, cpu = ([each[i] for each in times] for i in (0, 1))
        least = READY_SECONDS[name] if what == "ready" else ANSWER_SECONDS
        figures = (statistics.median(wall), max(wall), statistics.median(cpu), max(cpu))
        said = " | ".join(f"{each * 1000:,.0f}" for each in figures)
        yield f"| {name} | {what} | {least * 1000:,.0f} | {said} |"


def main(times: Annotated[int, typer.Option(min=1, help="How often each page is opened.")] = 5) -> None:
    """Measure both pages and print a Markdown table, in milliseconds."""
    from playwright.sync_api import sync_playwright

    from tests.browser_pages import ARGUMENTS
    from tests.chromium import REMEDY, find_chromium

    out, binary = Console(), find_chromium()
    if binary is None:
        raise SystemExit(REMEDY)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        made = list(pages(Path(scratch)))
        browser = playwright.chromium.launch(executable_path=str(binary), args=ARGUMENTS)
        lines = [machine(), "", "| page | what | may be (ms) | median | most | CPU, median | CPU, most |"]
        lines.append("|---|---|---:|---:|---:|---:|---:|")
        for name, file in made:
            lines += told(name, measured(browser, file, times))
        browser.close()
    for line in lines:
        out.print(line, markup=False, highlight=False, soft_wrap=True)


if __name__ == "__main__":
    typer.run(main)
