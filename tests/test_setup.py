"""Set-up and licence: locked, offline, silent, and what CI does anyone can do."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests import chromium, mariadb

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock")
# the text of the GNU Affero General Public License, version 3, as its authors publish it
AGPL_SHA256 = "0d96a4ff68ad6d4b6f1f30f713b18d5184912ba8dd389f86aa7710db079abcb0"


def locked(name: str) -> dict[str, set[str]]:
    """Return what a lock file pins: package → versions (one for each range of Pythons)."""
    pins: dict[str, set[str]] = {}
    for line in (ROOT / name).read_text("utf-8").splitlines():
        if line and not line.lstrip().startswith("#"):
            package, version = line.split(";")[0].strip().split("==")
            pins.setdefault(canonicalize_name(re.sub(r"\[.*\]", "", package)), set()).add(version)
    return pins


def project() -> dict[str, object]:
    """Return pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_registry_and_no_place(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert not re.search(r"https?:|file:|^\s*(-|/)|\s@\s", text, re.MULTILINE)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_keeps_the_bounds_of_the_project(name: str) -> None:
    pins = locked(name)
    for text in project()["project"]["dependencies"]:
        wanted = Requirement(text)
        versions = pins[canonicalize_name(wanted.name)]
        assert versions, text
        assert all(wanted.specifier.contains(version) for version in versions), text


def test_the_tests_run_on_what_a_run_is_locked_to() -> None:
    for_runs, for_tests = (locked(name) for name in LOCKS)
    assert for_runs.items() <= for_tests.items()


def test_nothing_large_and_unneeded_comes_in() -> None:
    assert {"torch", "tensorflow", "pyspark"}.isdisjoint(locked("requirements.lock"))


def test_the_licence_is_the_affero_licence_unchanged() -> None:
    text = (ROOT / "LICENSE").read_bytes()
    assert hashlib.sha256(text).hexdigest() == AGPL_SHA256
    assert project()["project"]["license"] == "AGPL-3.0-or-later"


def test_ci_does_what_the_readme_says_and_nothing_else() -> None:
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert [line for line in lines if line.startswith("make")] == ["make test"]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_every_make_target_is_explained() -> None:
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("demo", "test", "check", "lock", "schema", "bench", "clean"):
        assert re.search(rf"^{target}\s+\S", said, re.MULTILINE), target


def test_make_refuses_an_old_python_and_says_what_to_do(tmp_path: Path) -> None:
    old = tmp_path / "python2"
    old.write_text("#!/bin/sh\nexit 1\n", "utf-8")
    old.chmod(0o755)
    said = subprocess.run(
        ["make", "venv", f"PYTHON={old}", f"VENV={tmp_path / 'venv'}"], cwd=ROOT, capture_output=True, text=True
    )
    assert said.returncode != 0
    assert "needs Python 3.11" in said.stderr
    assert not (tmp_path / "venv").exists()


def test_a_missing_browser_is_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZAAKSTROOM_CHROMIUM", "/nowhere/chromium")
    monkeypatch.setattr(chromium, "install_chromium", lambda: None)
    assert chromium.main() == 1
    assert "apt-get install chromium" in capsys.readouterr().err


def test_a_missing_database_server_is_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(mariadb, "find_mariadb", lambda: None)
    monkeypatch.setattr(mariadb, "install_mariadb", lambda: None)
    assert mariadb.main() == 1
    assert "apt-get install mariadb-server" in capsys.readouterr().err


def test_a_missing_browser_is_installed_where_that_is_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apt = tmp_path / "apt-get"
    apt.write_text(
        "#!/bin/sh\n"
        f'echo "$@" >> {tmp_path}/said\n'
        f'test "$1" = update || {{ echo > {tmp_path}/chromium; /bin/chmod +x {tmp_path}/chromium; }}\n',
        "utf-8",
    )
    apt.chmod(0o755)
    monkeypatch.delenv("ZAAKSTROOM_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert chromium.main() == 0
    first, second = (tmp_path / "said").read_text("utf-8").splitlines()
    assert first.startswith("update")
    assert "install -y" in second
    assert "chromium" in second


def test_the_hooks_before_a_commit_fetch_nothing() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    assert {repo["repo"] for repo in hooks["repos"]} == {"local"}
    assert {hook["language"] for repo in hooks["repos"] for hook in repo["hooks"]} == {"system"}


def test_the_schemas_in_the_repository_are_those_of_the_models(tmp_path: Path) -> None:
    from flows.cli import schema

    schema(tmp_path)
    made = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}
    kept = {path.name: path.read_text("utf-8") for path in (ROOT / "docs" / "schema").iterdir()}
    assert made == kept, "run: make schema"


CHECKS = (("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",), ("lint-imports",))


@pytest.mark.parametrize("command", CHECKS, ids=" ".join)
def test_all_checks_pass(command: tuple[str, ...]) -> None:
    tool = Path(sys.executable).parent / command[0]
    said = subprocess.run([tool, *command[1:]], cwd=ROOT, capture_output=True, text=True)
    assert said.returncode == 0, said.stdout + said.stderr


LOADS_EVERYTHING = """
import flows
import prefect
from prefect import flow
from flows.gate.expectations import ephemeral_context, validate
from mining.results.quality import Measure
import pm4py, ibis, deltalake
fields = {"measure": "duplicates", "value": 0.0, "warn": 0.1, "stop": 0.5, "verdict": "ok"}
measure = Measure.model_construct(**fields)
assert validate(ephemeral_context(), "source", [measure]).success
"""


def alone(code: str, folder: Path) -> tuple[subprocess.CompletedProcess[str], str]:
    """Run Python code that reaches loopback only; return its outcome, and what it tried to reach."""
    log = folder / "outside.log"
    paths = os.pathsep.join([str(ROOT / "tests" / "loopback_only"), str(ROOT)])
    # as at a user's: not in CI, and with nothing switched off beforehand
    off = {"CI", "GITHUB_ACTIONS", "DO_NOT_TRACK", "GX_ANALYTICS_ENABLED", "PREFECT_SERVER_ANALYTICS_ENABLED"}
    kept = {name: value for name, value in os.environ.items() if name not in off and "PREFECT" not in name}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env=kept | {"PYTHONPATH": paths, "LOOPBACK_ONLY_LOG": str(log), "PREFECT_HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done, log.read_text("utf-8") if log.exists() else ""


def test_no_library_reports_to_its_maker(tmp_path: Path) -> None:
    done, tried = alone(LOADS_EVERYTHING, tmp_path)
    assert done.returncode == 0, done.stderr
    assert tried == ""


def test_the_watch_over_the_network_sees_what_it_should(tmp_path: Path) -> None:
    done, tried = alone("import socket; socket.create_connection(('192.0.2.1', 9), 1)", tmp_path)
    assert done.returncode != 0
    assert "192.0.2.1" in tried


def test_usage_data_is_off_whatever_the_environment_says(tmp_path: Path) -> None:
    code = """
import os
os.environ |= {"DO_NOT_TRACK": "0", "GX_ANALYTICS_ENABLED": "true", "PREFECT_SERVER_ANALYTICS_ENABLED": "true"}
import flows.request
from flows.analytics import SETTINGS
assert {name: os.environ[name] for name in SETTINGS} == SETTINGS
from prefect._internal.analytics.enabled import is_telemetry_enabled
from prefect.settings import get_current_settings
assert not is_telemetry_enabled()
assert not get_current_settings().server.analytics_enabled
"""
    done, _ = alone(code, tmp_path)
    assert done.returncode == 0, done.stderr
