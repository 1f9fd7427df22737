"""The gate in a process of its own, so that loading Great Expectations (3–5 s) overlaps with reading and storing.

`GateProcess` is started before the extraction; by the time there is something to judge it is ready. Measures go in
and a judgement comes out as JSON over pipes; the child's own output cannot get between, since it goes to stderr.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType

from flows.gate.judge import Judgement, Measured
from mining.results.quality import Measure, Quality

_ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_SECONDS = 120


class GateProcess:
    """A gate that is warming up; `judge` once, then it is over."""

    def __init__(self) -> None:
        """Start the process; it loads Great Expectations right away."""
        paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
        self._child = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "flows.gate.process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "PYTHONUTF8": "1"},
        )

    def judge(self, measured: Measured) -> Judgement:
        """Judge the measures of every source; as flows.gate.judge.judge, in the other process."""
        given = {source: [m.model_dump(mode="json") for m in measures] for source, measures in measured.items()}
        answer, log = self._child.communicate(json.dumps(given), timeout=TIMEOUT_SECONDS)
        if self._child.returncode != 0:
            raise RuntimeError(f"the quality gate ended with {self._child.returncode}: {log[-2000:]}")
        said = json.loads(answer)
        return Judgement(Quality.model_validate(said["quality"]), said["results"], said["pages"])

    def close(self) -> None:
        """End the process if nothing was asked of it."""
        if self._child.poll() is None:
            self._child.kill()
        self._child.communicate()

    def __enter__(self) -> GateProcess:
        """Return the gate."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process, whatever happened."""
        if not (self._child.stdin and self._child.stdin.closed):
            self.close()


def judge_in_process(measured: Measured) -> Judgement:
    """Judge in a fresh process, where nothing is to be gained from starting it early."""
    with GateProcess() as gate:
        return gate.judge(measured)


def _load_lazily(name: str) -> None:
    """Put off loading a module until it is used: GX imports scipy.stats (1 s) for expectations that we never ask."""
    import importlib.util

    parent, _, child = name.rpartition(".")
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    setattr(sys.modules[parent], child, module)


def _serve() -> None:
    out, sys.stdout = sys.stdout, sys.stderr
    _load_lazily("scipy.stats")
    from flows.gate.expectations import ephemeral_context
    from flows.gate.judge import judge

    ephemeral_context()
    given = json.loads(sys.stdin.read())
    measured = {source: tuple(Measure.model_validate(m) for m in measures) for source, measures in given.items()}
    judged = judge(measured)
    answer = {
        "quality": judged.quality.model_dump(mode="json"),
        "results": dict(judged.results),
        "pages": dict(judged.pages),
    }
    out.write(json.dumps(answer))
    out.flush()


if __name__ == "__main__":
    _serve()
