"""What every test may lean on: quiet libraries, real data, a browser.

What cannot run here is skipped with its reason; in CI (`CI=true`) it fails, so that nothing goes untested unseen.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import flows  # noqa: F401  # switches off every library's usage data before a test loads one
from tests import compiled_once
from tests.browser_pages import browser, built  # noqa: F401  # fixtures for the tests that read a page
from tests.chromium import REMEDY, find_chromium

ROOT = Path(__file__).resolve().parents[1]
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")

# a small log costs a second, most of it compiling what was compiled before
compiled_once.SQLBackend.compile = compiled_once.compile_once

# a slow machine is no failing law
settings.register_profile("zaakstroom", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("zaakstroom")

# loopback is never reached through a proxy, and a developer's own Prefect server is none of the tests' business
for name in (*PROXIES, "PREFECT_API_URL", "PREFECT_API_KEY", "PREFECT_PROFILE"):
    os.environ.pop(name, None)
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"


@pytest.fixture(scope="session", autouse=True)
def one_gate() -> None:
    """Let every run of this process be judged by one gate."""
    import flows.mine
    import flows.run
    from tests.gate_once import GateOnce

    for module in (flows.run, flows.mine):
        module.GateProcess = GateOnce  # type: ignore[attr-defined]


def _is_missing(what: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def realdata() -> Path:
    """The folder of real logs: ZAAKSTROOM_DATA, or shared/data beside the repository."""
    folder = Path(os.environ.get("ZAAKSTROOM_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        _is_missing(f"no real logs at {folder}; set ZAAKSTROOM_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def specs(realdata: Path) -> Path:
    """The folder of the standards' documents, which lies beside the real logs."""
    folder = realdata.parent / "specs"
    if not folder.is_dir():
        pytest.skip(f"no documents of the standards at {folder}")
    return folder


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The binary of Chromium or Chrome."""
    binary = find_chromium()
    if binary is None:
        _is_missing(REMEDY)
    assert binary is not None
    return binary
