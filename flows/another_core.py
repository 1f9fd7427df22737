"""Other processes for what needs no engine: discovery and alignments run there while the findings are taken here.

Each is a program of its own over pipes, not `multiprocessing`: that would run the caller's own script a second time
wherever it has no `if __name__ == "__main__"`. DuckDB's threads do not fork, so the process is fresh.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from mining.submit import Submit

_ROOT = Path(__file__).resolve().parents[1]


class OtherCores:
    """A process a core, each started when the first call for it comes; calls of one core are made one after another."""

    def __init__(self, cores: int) -> None:
        self.cores = cores
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._threads = [ThreadPoolExecutor(max_workers=1) for _ in range(cores)]

    def __call__(self, call: Callable[..., Any], *arguments: Any, core: int = 0, **named: Any) -> Callable[[], Any]:
        """Begin the call, and return what waits for its result; an error in it is raised where it is asked for."""
        child = self.start(core)
        return self._threads[core].submit(_ask, child, call, arguments, named).result

    def start(self, core: int) -> subprocess.Popen[bytes]:
        """Start the process of a core, unless it runs."""
        if core not in self._processes:
            self._processes[core] = _started()
        return self._processes[core]

    def end(self) -> None:
        """End every process, whatever it is at."""
        for child in self._processes.values():
            child.kill()
            child.communicate()
        for thread in self._threads:
            thread.shutdown()


def _started() -> subprocess.Popen[bytes]:
    path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")]))
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "flows.another_core"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        process_group=0,  # ctrl-C is for this process, which ends the other
        env=os.environ | {"PYTHONPATH": path},
    )


@contextlib.contextmanager
def another_core(cores: int | None = None) -> Iterator[Submit]:
    """Yield a submit function for so many cores; without a number as many as this process may run on.

    The first loads pm4py (2 s) right away, so enter where this process is about to wait for something else.
    """
    others = OtherCores(cores or _cores())
    try:
        others.start(0)
        yield others
    finally:
        others.end()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _ask(child: subprocess.Popen[bytes], call: Callable[..., Any], arguments: Any, named: Any) -> Any:
    assert child.stdin is not None
    assert child.stdout is not None
    pickle.dump((call, arguments, named), child.stdin)
    child.stdin.flush()
    try:
        is_right, result = pickle.load(child.stdout)  # noqa: S301 from our own process
    except EOFError:
        raise RuntimeError(f"the second process ended with {child.wait()}; its output stands above") from None
    if not is_right:
        raise result
    return result


def _serve() -> None:
    """Answer calls until the pipe closes. What a library prints goes to stderr, not between the answers."""
    out, sys.stdout = sys.stdout.buffer, sys.stderr
    _warm_up()
    with contextlib.suppress(EOFError):
        while True:
            call, arguments, named = pickle.load(sys.stdin.buffer)  # noqa: S301 from our own process
            try:
                answer: tuple[bool, Any] = True, call(*arguments, **named)
            except Exception as error:
                answer = False, error
            out.write(pickle.dumps(answer))
            out.flush()


def _warm_up() -> None:
    """Load what the calls will need; a failure shows where it matters: in the call itself."""
    from mining.process_tree import silence_pm4py

    silence_pm4py()
    with contextlib.suppress(ImportError):
        import pm4py  # noqa: F401

        import mining.discovery
        import mining.overlay  # noqa: F401


if __name__ == "__main__":
    _serve()
