"""One quality gate for all runs of a test process: each run would start its own, which loads for some four seconds.

The process itself, and what goes in and out of it, is what `test_quality_gate` and the runs by command line are for.
"""

from __future__ import annotations

import warnings
from types import TracebackType

from flows.gate.judge import Judgement, Measured
from flows.gate.process import GateProcess


class GateOnce(GateProcess):
    """Judges here, as the gate's own process does there."""

    def __init__(self) -> None:
        pass

    def judge(self, measured: Measured) -> Judgement:
        from flows.gate.judge import judge

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return judge(measured)

    def close(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass
