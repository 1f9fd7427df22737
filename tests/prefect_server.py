"""A Prefect server of the tests' own: on a free loopback port, on SQLite in a folder of its own, stopped by its id."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

ROOT = Path(__file__).resolve().parents[1]
POLL_SECONDS = 0.25
Found = TypeVar("Found")


@dataclass(frozen=True)
class PrefectServer:
    """A running server: its API, and the environment in which commands reach it."""

    api: str
    folder: Path
    environment: dict[str, str]

    def command(self, *arguments: str) -> str:
        """Run a Prefect command to its end and return what it says."""
        done = subprocess.run(
            [sys.executable, "-m", "prefect", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def asked(self, path: str, **body: Any) -> Any:
        """Return the API's answer to a filter request."""
        answer = httpx.post(f"{self.api}{path}", json=body, timeout=30, trust_env=False)
        answer.raise_for_status()
        return answer.json()

    def outside_requests(self) -> str:
        """Return what this server and its workers tried to reach outside this machine."""
        log = Path(self.environment["LOOPBACK_ONLY_LOG"])
        return log.read_text("utf-8") if log.exists() else ""

    @contextmanager
    def running(self, *arguments: str, log: str) -> Iterator[subprocess.Popen[bytes]]:
        """Keep a Prefect command running; its output goes to a file in the server's folder."""
        with (self.folder / log).open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "prefect", *arguments],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                yield process
            finally:
                stop(process)


@contextmanager
def prefect_server(folder: Path) -> Iterator[PrefectServer]:
    """Start a server and wait until it answers."""
    port = _free_port()
    server = PrefectServer(f"http://127.0.0.1:{port}/api", folder, _environment(folder, port))
    with server.running("server", "start", "--host", "127.0.0.1", "--port", str(port), log="server.log") as process:
        until(lambda: _answers(server, process), 90, lambda: (folder / "server.log").read_text("utf-8"))
        yield server


def until(look: Callable[[], Found | None], seconds: float, said: Callable[[], str]) -> Found:
    """Return what `look` finds; fail with what was said where it finds nothing in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"nothing after {seconds} s:\n{said()[-5000:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and the processes that it started, by their group."""
    for ending in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, ending)
            process.wait(15)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
    process.wait()


def _answers(server: PrefectServer, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, (server.folder / "server.log").read_text("utf-8")
    try:
        return httpx.get(f"{server.api}/health", timeout=5, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _environment(folder: Path, port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "COV_"))}
    return kept | {
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{folder}/prefect.db",
        "PREFECT_SERVER_UI_ENABLED": "false",
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "PREFECT_CLI_COLORS": "false",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "tests" / "loopback_only"), str(ROOT)]),
        "LOOPBACK_ONLY_LOG": str(folder / "outside.log"),
    }
