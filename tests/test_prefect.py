"""The flow through Prefect itself: deployed, fired by its schedule, and the same in outcome as the plain functions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.request import RunRequest
from mappings.errors import SourceError
from tests.prefect_server import ROOT, PrefectServer, prefect_server, until

CASES = 40


@dataclass(frozen=True)
class Scheduled:
    """A run that the schedule fired, and what it wrote."""

    server: PrefectServer
    flow_run: dict[str, Any]
    out: Path
    store: Path

    @property
    def folder(self) -> Path:
        """The publication of the first run."""
        return min(path for path in self.out.iterdir() if not path.is_symlink() and path.name[0] != ".")

    @property
    def findings(self) -> dict[str, Any]:
        """Its findings."""
        return json.loads((self.folder / "findings.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def demo_data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    from flows.simulator.simulate import simulate

    folder = tmp_path_factory.mktemp("chain")
    simulate(folder, CASES, 7)
    before = os.environ.get("ZAAKSTROOM_DEMO_DATA")
    os.environ["ZAAKSTROOM_DEMO_DATA"] = str(folder)
    yield folder
    if before is None:
        del os.environ["ZAAKSTROOM_DEMO_DATA"]
    else:
        os.environ["ZAAKSTROOM_DEMO_DATA"] = before


@pytest.fixture(scope="module")
def server(demo_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrefectServer]:
    with prefect_server(tmp_path_factory.mktemp("prefect")) as running:
        yield running


@pytest.fixture(scope="module")
def scheduled(server: PrefectServer, demo_data: Path) -> Scheduled:
    out, store = server.folder / "out", server.folder / "store"
    deployment = _every_twenty_seconds(server.folder / "prefect.yaml", out=out, store=store)
    worker = ("worker", "start", "--pool", "zaakstroom", "--type", "process", "--limit", "1")

    def said() -> str:
        return (server.folder / "worker.log").read_text("utf-8")

    # the worker makes the pool: `prefect work-pool create` would let the server ask the internet for pool types
    with server.running(*worker, log="worker.log"):
        until(lambda: server.asked("/work_pools/filter"), 60, said)
        server.command("--no-prompt", "deploy", "--all", "--prefect-file", str(deployment))
        run = until(lambda: _ended(server), 120, said)
    return Scheduled(server, run, out, store)


def _every_twenty_seconds(path: Path, *, out: Path, store: Path) -> Path:
    """Write the shipped deployment with a schedule that fires soon, and folders of the test's own."""
    from flows.simulator.simulate import AS_OF

    shipped = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))
    deployment = shipped["deployments"][0]
    deployment["schedules"] = [{"interval": 20, "active": True}]
    deployment["parameters"] |= {"out": str(out), "store": str(store), "as_of": AS_OF.isoformat()}
    path.write_text(yaml.safe_dump(shipped), "utf-8")
    return path


def _ended(server: PrefectServer) -> dict[str, Any] | None:
    ends = {"state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED"]}}}
    runs = server.asked("/flow_runs/filter", flow_runs=ends, sort="START_TIME_ASC")
    return runs[0] if runs else None


@pytest.mark.server
def test_the_deployment_fires_on_its_schedule_and_publishes(scheduled: Scheduled) -> None:
    assert scheduled.flow_run["state"]["type"] == "COMPLETED", scheduled.flow_run["state"]["message"]
    assert scheduled.flow_run["auto_scheduled"] is True
    assert scheduled.flow_run["created_by"]["type"] == "SCHEDULE"
    assert (scheduled.folder / "index.html").stat().st_size > 1000
    assert scheduled.findings["log"]["cases"] == CASES
    assert (scheduled.out / "latest" / "findings.json").exists()


@pytest.mark.server
def test_the_flow_finds_what_the_plain_functions_find(scheduled: Scheduled, tmp_path: Path) -> None:
    from flows.run import run
    from flows.simulator.simulate import AS_OF

    request = RunRequest(ROOT / "mappings" / "demo", tmp_path / "out", tmp_path / "store", as_of=AS_OF)
    plain = json.loads((run(request).folder / "findings.json").read_text("utf-8"))
    through_prefect = scheduled.findings
    for findings in (plain, through_prefect):
        del findings["run"]["run_id"]
    assert through_prefect == plain


@pytest.mark.server
def test_each_source_is_a_task_and_the_results_are_artifacts_without_secrets(scheduled: Scheduled) -> None:
    of_run = {"id": {"any_": [scheduled.flow_run["id"]]}}
    tasks = scheduled.server.asked("/task_runs/filter", flow_runs=of_run)
    names = [task["name"] for task in tasks]
    assert sum(name.startswith("extract ") for name in names) == len(scheduled.findings["sources"])
    artifacts = scheduled.server.asked("/artifacts/filter", flow_runs=of_run)
    said = {artifact["key"]: str(artifact["data"]) for artifact in artifacts}
    assert float(said["zaakstroom-progress"]) == 100.0
    assert f"cases            {CASES}" in said["zaakstroom-summary"]
    assert "case-tasks" in said["zaakstroom-reconciliation"]
    logs = scheduled.server.asked("/logs/filter", logs={"flow_run_id": {"any_": [scheduled.flow_run["id"]]}})
    key = next(scheduled.store.rglob("pseudonym.key")).read_bytes()
    for text in (*said.values(), *(entry["message"] for entry in logs)):
        assert key.hex() not in text
        assert key.decode("latin-1").strip() not in text


@pytest.mark.server
def test_server_worker_and_flow_reach_loopback_only(scheduled: Scheduled) -> None:
    assert scheduled.server.outside_requests() == ""


@pytest.mark.server
def test_what_a_user_can_mend_ends_the_run_at_once_without_a_traceback(server: PrefectServer, tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "flows.cli", "run", str(ROOT / "mappings" / "demo"), "--out", "out", "--store", "store"],
        cwd=tmp_path,
        env=server.environment | {"ZAAKSTROOM_DEMO_DATA": str(tmp_path / "nowhere")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert said.returncode == SourceError.exit_code, said.stderr
    assert "Traceback" not in said.stderr
    assert "zaaksysteem.sqlite: there is no such database" in said.stderr
    assert "Retry" not in said.stderr


UNSTEADY = """
from pathlib import Path
from prefect import flow
from flows import mine, run
from mappings.errors import SourceError, StoreError

tried = []

def unsteady(prepared, name, work):
    tried.append(name)
    if tried.count(name) == 1:
        raise ConnectionResetError("lost") if name == "far" else SourceError("a.csv:1", "is empty")
    return name

def full(prepared, extracts, registry, progress):
    raise StoreError("store", "the disk is full")

run.extract_source, run.keep = unsteady, full

@flow
def extractions():
    at_once = mine.extract.with_options(retry_delay_seconds=0)
    far, wrong = (at_once.submit(None, name, Path()) for name in ("far", "wrong"))
    try:
        mine.outcome(mine.keep, None, (), None, None)
    except StoreError as error:
        return far.result(), wrong.result(raise_on_failure=False), error

far, wrong, full_store = extractions()
assert far == "far" and tried.count("far") == 2, tried
assert "disk is full" in str(full_store)
assert isinstance(wrong, SourceError) and tried.count("wrong") == 1, tried
"""


@pytest.mark.server
def test_only_what_may_pass_is_tried_again(server: PrefectServer) -> None:
    said = subprocess.run(
        [sys.executable, "-c", UNSTEADY], env=server.environment, capture_output=True, text=True, timeout=120
    )
    assert said.returncode == 0, said.stderr


def test_a_lost_connection_may_pass_and_a_wrong_mapping_does_not() -> None:
    from flows.mine import may_pass

    assert may_pass(OSError("the network is unreachable"))
    assert not may_pass(SourceError("sources/a.yaml:3", "there is no column 'zaak'"))
    assert may_pass(_after(ConnectionResetError()))
    assert not may_pass(_after(FileNotFoundError()))


def _after(cause: Exception) -> SourceError:
    try:
        try:
            raise cause
        except Exception:
            raise SourceError("source 'a'", "cannot be read") from None
    except SourceError as error:
        return error
