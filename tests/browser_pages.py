"""The pages that the browser tests read: the demo, the receipt log and the generated chain, each mined once a session.

Workers of one session share what is built: who comes first builds, the others wait for it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flows.request import RunRequest
    from mining.findings import Findings

ROOT = Path(__file__).resolve().parents[1]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LANGUAGES = ("nl", "en")
PAGES = (
    pytest.param("demo", id="demo"),
    pytest.param("receipt", id="receipt", marks=pytest.mark.realdata),
    pytest.param("chain", id="40 steps"),
)
OPEN_ALL = "document.querySelectorAll('details').forEach((each) => { each.open = true })"
SWITCHES = """() => {
  const states = {};
  for (const input of document.querySelectorAll("input[data-switch]:enabled"))
    (states[input.dataset.switch] ||= new Set()).add(input.value);
  return Object.entries(states).map(([name, values]) => [name, [...values]]);
}"""


@dataclass(frozen=True)
class Built:
    """A publication and what it was made from."""

    folder: Path

    @property
    def address(self) -> str:
        """Return where the page is, as a file."""
        return (self.folder / "index.html").as_uri()

    @cached_property
    def findings(self) -> Findings:
        """Return what `findings.json` says."""
        return _read(self.folder / "findings.json")

    @cached_property
    def team(self) -> Findings:
        """Return what the team may see of that: small groups are added up or not told."""
        from flows.publish.disclosure import disclosed

        return disclosed(self.findings)


@cache
def _read(file: Path) -> Findings:
    from mining.findings import Findings

    return Findings.model_validate_json(file.read_text("utf-8"))


def _demo(work: Path, realdata: Callable[[], Path]) -> RunRequest:
    from flows.request import RunRequest
    from flows.simulator.simulate import AS_OF, simulate

    simulate(work / "data", cases=400, seed=2025)
    os.environ["ZAAKSTROOM_DEMO_DATA"] = str(work / "data")
    return RunRequest(ROOT / "mappings" / "demo", work / "out", work / "store", as_of=AS_OF)


def _receipt(work: Path, realdata: Callable[[], Path]) -> RunRequest:
    from flows.request import RunRequest

    os.environ["ZAAKSTROOM_DATA"] = str(realdata())
    return RunRequest(ROOT / "mappings" / "wabo-receipt", work / "out", work / "store")


def _chain(work: Path, realdata: Callable[[], Path]) -> RunRequest:
    from flows.request import RunRequest
    from tests import browser_chain

    mapping = browser_chain.write_chain(work)
    return RunRequest(mapping, work / "out", work / "store", as_of=browser_chain.AS_OF)


_REQUESTS = {"demo": _demo, "receipt": _receipt, "chain": _chain}


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Callable[[str], Built]:
    """Return a page by its name, built when it is first asked for."""
    from flows.run import run

    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "pages"

    def build(name: str) -> Built:
        shared.mkdir(exist_ok=True)
        with (shared / f"{name}.lock").open("w") as lock, pytest.MonkeyPatch.context() as patch:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if (shared / f"{name}.failed").exists():
                pytest.fail(f"the page of {name} could not be built: " + (shared / f"{name}.failed").read_text("utf-8"))
            if not (shared / name / "out" / "latest").exists():
                for variable in ("ZAAKSTROOM_DEMO_DATA", "ZAAKSTROOM_DATA"):
                    patch.setenv(variable, os.environ.get(variable, ""))
                (shared / name).mkdir(exist_ok=True)
                try:
                    run(_REQUESTS[name](shared / name, lambda: request.getfixturevalue("realdata")))
                except Exception as error:
                    (shared / f"{name}.failed").write_text(repr(error), "utf-8")
                    raise
        return Built((shared / name / "out" / "latest").resolve())

    return build


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Any]:
    """A headless browser for all tests of a file."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=str(chromium), args=ARGUMENTS)
        yield launched
        launched.close()


@contextmanager
def tab_of(browser: Any, address: str, wide: int = 1280, **options: Any) -> Iterator[Any]:
    """Open an address; whatever the page complains of or asks for is kept on the tab."""
    context = browser.new_context(viewport={"width": wide, "height": 900}, **options)
    context.set_default_timeout(10_000)
    tab = context.new_page()
    tab.complaints, tab.requests = [], []
    tab.on("console", lambda message: tab.complaints.append(message.text))
    tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
    tab.on("dialog", lambda dialog: (tab.complaints.append(dialog.message), dialog.dismiss()))
    tab.on("request", lambda asked: tab.requests.append(asked.url))
    tab.goto(address)
    yield tab
    context.close()


def show(tab: Any, language: str, **choices: str) -> None:
    """Show the page in a language, every switch not named standing where it stood."""
    state = "&".join(f"{name}={value}" for name, value in {"language": language, **choices}.items())
    tab.evaluate("(state) => { location.hash = state }", state)
    tab.wait_for_selector(f'div[data-in="{language}"] h1 >> visible=true')
