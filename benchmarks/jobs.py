"""One job of the speed measurement, in a process of its own: `python -m benchmarks.jobs JOB LOG PARQUET STORE`.

Prints one line of JSON: wall and CPU seconds of each stage, peak memory of the process, and what it found (number of
directly-follows pairs, their sum, number of variants), so that the jobs can be held against each other.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from mining.results.run import RunFacts

MEMORY = "4GB"
_CLOSING = ExitStack()
atexit.register(_CLOSING.close)
BESIDE = ("judged_cards", "dotted")
"""What `mine` does itself and is told apart: the bootstrap of the cards, and the dots of a picture."""


class Stages:
    """Wall and CPU seconds by stage; imports stand outside of every stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, tuple[float, float]] = {}

    @contextmanager
    def of(self, name: str) -> Any:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.seconds[name] = (time.perf_counter() - wall, time.process_time() - cpu)


def with_pm4py(log: str, parquet: Path, store: Path, stages: Stages) -> dict[str, int]:
    """pm4py: format, DFG, performance DFG, variants."""
    sys._pm4py_welcome_shown = True
    import pandas as pd
    import pm4py

    with stages.of("read"):
        frame = pd.read_parquet(parquet, columns=["case_id", "activity", "completed_at"])
    with stages.of("common"):
        frame = pm4py.format_dataframe(frame, case_id="case_id", activity_key="activity", timestamp_key="completed_at")
        graph, _, _ = pm4py.discover_dfg(frame)
        pm4py.discover_performance_dfg(frame)
        variants = pm4py.get_variants(frame)
    return {"pairs": len(graph), "follows": sum(graph.values()), "variants": len(variants)}


def with_pl4pm(log: str, parquet: Path, store: Path, stages: Stages) -> dict[str, int]:
    """pl4pm: the same four on polars."""
    import pl4pm
    import polars as pl

    with stages.of("read"):
        frame = pl.scan_parquet(parquet).select("case_id", "activity", "completed_at")
    with stages.of("common"):
        frame = pl4pm.format_dataframe(
            frame, case_id_column="case_id", activity_column="activity", timestamp_column="completed_at"
        )
        graph = pl4pm.discover_dfg(frame)[0]
        pl4pm.discover_performance_dfg(frame)
        variants = pl4pm.get_variants(frame)
    return {"pairs": len(graph), "follows": sum(graph.values()), "variants": len(variants)}


def floor(log: str, parquet: Path, store: Path, stages: Stages) -> dict[str, int]:
    """Decode four columns, code, one sort by case and time, one pass: what no tool gets under."""
    import numpy as np
    import pyarrow.parquet as pq

    with stages.of("common"):
        table = pq.read_table(parquet, columns=["case_id", "activity", "completed_at", "seq"])
        case, activity = (_codes(table[name]) for name in ("case_id", "activity"))
        done = table["completed_at"].to_numpy().astype(np.int64)
        known = done != np.iinfo(np.int64).min
        case, activity, done = case[known], activity[known], done[known]
        seconds = done // 1_000_000
        order = np.argsort(case.astype(np.int64) << 36 | (seconds - seconds.min()), kind="stable")
        case, activity, done = case[order], activity[order], done[order]
        same = case[1:] == case[:-1]
        size = int(activity.max()) + 1
        pair = (activity[:-1].astype(np.int64) * size + activity[1:])[same]
        count = np.bincount(pair)
        np.bincount(pair, weights=(done[1:] - done[:-1])[same])
    return {"pairs": int((count > 0).sum()), "follows": int(count.sum())}


def _codes(column: Any) -> Any:
    import numpy as np

    whole = column.combine_chunks().dictionary_encode()
    return (whole.combine_chunks() if hasattr(whole, "combine_chunks") else whole).indices.to_numpy().astype(np.int32)


def common(log: str, parquet: Path, store: Path, stages: Stages) -> dict[str, int]:
    """Ours from the store: the directly-follows graph with frequency and performance, and the variants."""
    _import_ours()
    from benchmarks.projects import project_of
    from mining.timeline import sequences_of
    from mining.traces import Traces
    from mining.variants import directly_follows

    with stages.of("common"):
        coded = _opened(log, store).coded
        traces = Traces(sequences_of(coded, project_of(log)))
        edges = directly_follows(coded, traces)
        variants = traces.cases
    return {"pairs": len(edges), "follows": sum(edge.count for edge in edges), "variants": len(variants)}


def load(log: str, parquet: Path, store: Path, stages: Stages) -> dict[str, int]:
    """Ours from raw Parquet: into the store, coded and clustered, and the common job from it."""
    _import_ours()
    from benchmarks.written import Written
    from flows.store import EventStore

    with stages.of("store"):
        EventStore(store, memory=MEMORY).upsert(Written(log, parquet))
    with stages.of("code"):
        _opened(log, store)
    return common(log, parquet, store, stages)


def findings(log: str, parquet: Path, store: Path, stages: Stages) -> dict[str, int]:
    """Ours from the store: all findings; models, alignments, bootstrap and dots apart, each with its own time."""
    _import_ours()
    from benchmarks.projects import AS_OF, project_of
    from mining import mine
    from mining.results.quality import Quality

    project = project_of(log)
    apart = _Apart()
    for name in BESIDE:
        setattr(mine, name, apart.timed(getattr(mine, name)))
    with stages.of("all"):
        taken = _opened(log, store)
        found, _ = mine.mine(
            taken,
            project,
            AS_OF,
            run=RunFacts(run_id="benchmark", as_of=AS_OF),
            quality=Quality(verdict="ok"),
            reconciliation=(),
            monotonic=time.monotonic,
            submit=apart,
        )
    for name, (wall, cpu) in apart.seconds.items():
        stages.seconds[name] = (wall, cpu)
        stages.seconds["all"] = (stages.seconds["all"][0] - wall, stages.seconds["all"][1] - cpu)
    return {"pairs": len(found.dfg), "follows": sum(e.count for e in found.dfg), "variants": found.log.variants}


class _Apart:
    """Times some functions by themselves; runs what may go to another core here, when it is waited for."""

    cores = 1

    def __init__(self) -> None:
        self.seconds: dict[str, tuple[float, float]] = {}

    def __call__(self, work: Callable[..., Any], *given: Any, core: int = 0, **named: Any) -> Callable[[], Any]:
        timed = self.timed(work)
        return lambda: timed(*given, **named)

    def timed(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, with a watch on it."""

        def run(*given: Any, **named: Any) -> Any:
            wall, cpu = time.perf_counter(), time.process_time()
            result = work(*given, **named)
            before = self.seconds.get(work.__name__, (0.0, 0.0))
            spent = (time.perf_counter() - wall, time.process_time() - cpu)
            self.seconds[work.__name__] = (before[0] + spent[0], before[1] + spent[1])
            return result

        return run


def _import_ours() -> None:
    """Imports stand outside of the stages, as those of the others do."""
    for name in (
        "deltalake",
        "ibis",
        "numba",
        "pandas",
        "pyarrow.parquet",
        "flows.mined",
        "flows.store",
        "mining.mine",
    ):
        importlib.import_module(name)


def _opened(log: str, store: Path) -> Any:
    import ibis

    from benchmarks.projects import project_of
    from flows.engines import SELDOM
    from flows.mined import mined_log
    from flows.store import EventStore
    from flows.store.held import held_folder
    from mining.engine import limit

    gc.set_threshold(*SELDOM)
    con = ibis.duckdb.connect()
    # what the engine puts there goes with this process, also where that is killed
    work = _CLOSING.enter_context(held_folder(store / "work", f"benchmark-{os.getpid()}"))
    limit(con, MEMORY, None, str(work))
    events = EventStore(store)
    return mined_log(con, events, project_of(log), events.version(), {})


JOBS: dict[str, Callable[[str, Path, Path, Stages], dict[str, int]]] = {
    "pm4py": with_pm4py,
    "pl4pm": with_pl4pm,
    "floor": floor,
    "common": common,
    "load": load,
    "add": load,
    "findings": findings,
}


def main(job: str, log: str, parquet: Path, store: Path) -> None:
    """Do the job and print what it took."""
    stages = Stages()
    found = JOBS[job](log, parquet, store, stages)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
    print(json.dumps({"stages": stages.seconds, "peak_megabytes": peak, "found": found}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
