"""The mining run as a Prefect flow: thin tasks over the functions of `flows.run`, in the same order.

Each source is extracted by a task of its own, side by side, and tried again where it fails to answer; what a user can
mend is told at once and never tried again. Progress, summary, reconciliation and quality are kept as artifacts.
"""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.states import Failed
from prefect.task_runners import ThreadPoolTaskRunner
from prefect.utilities.annotations import quote
from sqlalchemy.exc import OperationalError

from flows import run as plain
from flows.gate.process import GateProcess
from flows.mined import Mined
from flows.progress import ProgressArtifact
from flows.publication import Published
from flows.recorded import recorded
from flows.registry import Registry
from flows.request import Prepared, Progress, RunRequest
from flows.result_artifacts import keep_results
from flows.sources.extract import Extract
from mappings.base import to_instant
from mappings.errors import SourceError, ZaakstroomError


def _told(work: Callable[..., Any]) -> Callable[..., Any]:
    """Let an error that a user can mend end the task with its message: without a traceback."""

    @functools.wraps(work)
    def telling(*args: Any, **kwargs: Any) -> Any:
        try:
            return work(*args, **kwargs)
        except ZaakstroomError as error:
            return Failed(message=str(error), data=error)

    return telling


def may_pass(error: BaseException) -> bool:
    """Whether what went wrong may be over at the next try: a connection, a lock; never what a user has to mend."""
    if not isinstance(error, ZaakstroomError):
        return True
    behind = error.__cause__ or error.__context__
    if isinstance(behind, OperationalError):
        # SQLite calls a wrong query operational too
        return not isinstance(behind.orig, sqlite3.Error) or "locked" in str(behind.orig)
    return isinstance(behind, ConnectionError | TimeoutError)


def _is_worth_another_try(_task: Any, _task_run: Any, state: Any) -> bool:
    return may_pass(state.result(raise_on_failure=False))


@task(
    task_run_name="extract {name}",
    retries=2,
    retry_delay_seconds=[2, 10],
    retry_condition_fn=_is_worth_another_try,
    cache_policy=NO_CACHE,
)
@_told
def extract(prepared: Prepared, name: str, work: Path) -> Extract:
    """Read one source."""
    return plain.extract_source(prepared, name, work)


@task(cache_policy=NO_CACHE)
@_told
def keep(prepared: Prepared, extracts: tuple[Extract, ...], registry: Registry, progress: Progress) -> plain.Kept:
    """Store the extracts and reconcile them."""
    return plain.keep(prepared, extracts, registry, progress)


@task(cache_policy=NO_CACHE)
@_told
def mine_store(
    prepared: Prepared, kept: plain.Kept, gate: GateProcess, registry: Registry, progress: Progress
) -> Mined:
    """Judge the quality and mine the store."""
    return plain.mine_store(prepared, kept, gate, registry, progress)


@task(cache_policy=NO_CACHE)
@_told
def publish(prepared: Prepared, mined: Mined, registry: Registry, progress: Progress) -> Published:
    """Write the publication and the artifacts."""
    return plain.publish(prepared, mined, registry, progress)


@flow(name="mine", task_runner=ThreadPoolTaskRunner(max_workers=4))
def mine(
    mapping: str,
    out: str | None = None,
    store: str | None = None,
    interval_from: str | None = None,
    interval_to: str | None = None,
    as_of: str | None = None,
    memory: str = "4GB",
    threads: int | None = None,
    engine: str = "duckdb",
    master: str | None = None,
    analyst: bool = False,
    logs: bool = True,
) -> Published:
    """Mine a mapping folder. Moments are ISO dates or times; without a zone they are UTC. `analyst` writes the cases
    and the page with all groups too: never to be mailed. `logs`: whether the event log is exported as XES and OCEL.

    Returns the publication. A run that cannot be made fails with the message that the command line would show.
    """
    try:
        begin, end = moment("interval_from", interval_from), moment("interval_to", interval_to)
        folders = (Path(mapping), Path(out) if out else None, Path(store) if store else None)
        until = moment("as_of", as_of)
        return _mine(RunRequest(*folders, begin, end, until, memory, threads, engine, master, analyst, logs))
    except ZaakstroomError as error:
        return Failed(message=str(error), data=error)


def _mine(request: RunRequest) -> Published:
    prepared = plain.prepare(request)
    progress = ProgressArtifact()
    # quoted: Prefect would otherwise walk through every table in search of futures
    run, told = quote(prepared), quote(progress)
    with GateProcess() as gate, recorded(prepared) as kept_by, plain.work_folder(prepared) as work:
        registry = quote(kept_by)
        extracts = _extracted(prepared, work, progress)
        kept = outcome(keep, run, quote(extracts), registry, told)
        mined = outcome(mine_store, run, quote(kept), quote(gate), registry, told)
        published: Published = outcome(publish, run, quote(mined), registry, told)
    keep_results(published)
    progress.finish()
    return published


def outcome(stage: Any, *arguments: Any) -> Any:
    """Run a task and return what it gives, or raise what it ended with: a plain call would return the error."""
    return stage(*arguments, return_state=True).result()


def _extracted(prepared: Prepared, work: Path, progress: Progress) -> tuple[Extract, ...]:
    """Extract every source, side by side; all problems of all sources are told at once."""
    progress("extract")
    futures = [extract.submit(quote(prepared), source.name, work) for source in prepared.project.sources]
    results = [future.result(raise_on_failure=False) for future in futures]
    errors = [result for result in results if isinstance(result, BaseException)]
    mendable = [error for error in errors if isinstance(error, ZaakstroomError)]
    if len(mendable) > 1:
        raise SourceError("sources", "\n".join(str(error) for error in mendable))
    for error in (*mendable, *errors):
        raise error
    return tuple(results)


def moment(name: str, text: str | None) -> datetime | None:
    """Return the moment that a parameter names; without a zone it is UTC."""
    if not text:
        return None
    try:
        return to_instant(text)
    except ValueError as error:
        raise ZaakstroomError(f"parameter {name}", str(error)) from error


def run_with_prefect(request: RunRequest) -> Published:
    """Run through Prefect's engine: on the server that PREFECT_API_URL names, else on a temporary one (7–10 s)."""
    moments = (request.interval_from, request.interval_to, request.as_of)
    begin, end, as_of = (None if m is None else m.isoformat() for m in moments)
    out, store = (None if p is None else str(p) for p in (request.out, request.store))
    limits = (request.memory, request.threads, request.engine, request.master)
    return mine(str(request.mapping), out, store, begin, end, as_of, *limits, request.is_analyst, request.has_logs)
