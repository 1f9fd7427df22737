"""The child that `benchmarks.kills` kills: one run up to the linked log, which says what it is at as it goes.

    python -m benchmarks.killed_run MAPPING STORE

It writes 'begun' once its libraries are loaded, then '+phase' and '-phase' as each part of the work begins and ends.
The parts are those of the program itself, wrapped from outside; nothing in them knows that it is watched.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

PHASES = (
    "ZGW copy",
    "reading and staging",
    "settling the tables",
    "merge into the store",
    "reconciliation and registry",
    "what is left for the next reading",
    "links and coded log",
)


def say(what: str) -> None:
    """Tell the parent, at once: what is buffered dies with the process."""
    os.write(1, f"{what}\n".encode())


def watched(holder: Any, name: str, phase: str) -> None:
    """Let a function say when it begins and ends."""
    plain: Callable[..., Any] = getattr(holder, name)

    def told(*given: Any, **named: Any) -> Any:
        say(f"+{phase}")
        try:
            return plain(*given, **named)
        finally:
            say(f"-{phase}")

    setattr(holder, name, told)


def watch() -> None:
    """Wrap the parts of the run."""
    import flows.recorded as recorded
    import flows.run as run
    from flows.registry import Registry
    from flows.sources.extract import _Extraction
    from flows.sources.zgw import reader
    from flows.store import EventStore

    copy, stage, settle, merge, registry, left, links = PHASES
    for holder, name, phase in (
        (reader, "_brought_up_to_date", copy),
        (_Extraction, "stage", stage),
        (_Extraction, "settle", settle),
        (EventStore, "upsert", merge),
        (run, "reconcile", registry),
        (recorded, "start", registry),
        (Registry, "record_batch", registry),
        (run, "keep_left", left),
        (run, "mined_log", links),
    ):
        watched(holder, name, phase)


def main(mapping: Path, store: Path) -> None:
    """Read, store and link; the law must hold for each source."""
    import deltalake  # noqa: F401  # loaded before it begins, so that work alone is struck
    import ibis

    import flows.run as run
    import flows.store.fate  # noqa: F401
    from flows.pseudonym import pseudonym
    from flows.recorded import recorded
    from flows.request import RunRequest

    watch()
    say("begun")
    as_of = datetime(2027, 1, 1, tzinfo=UTC)
    prepared = run.prepare(RunRequest(mapping, store.parent / "out", store, as_of=as_of))
    with recorded(prepared) as registry, run.work_folder(prepared) as work:
        kept = run.keep(prepared, run.extract_all(prepared, work, lambda what: None), registry)
        con, of_store = ibis.duckdb.connect(), run.EventStore(prepared.store)
        hashed = partial(pseudonym, key=prepared.key)
        run.mined_log(con, of_store, prepared.project, kept.version, {}, hashed)
    if not all(row.holds for row in kept.reconciliation):
        raise AssertionError("the reconciliation law does not hold")
    say("ended")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
