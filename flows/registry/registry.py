"""The run registry: which runs there were, what each took in, what the gate said (DESIGN §7).

Rules owned here: each call is one transaction: a crash leaves a run `running`, not a half batch. The
same batch or verdict recorded again replaces itself. The clock is the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import PurePosixPath, PureWindowsPath
from types import TracebackType

from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from flows.reconciliation import Reconciliation
from flows.registry.database import BUSY_SECONDS, connect, explained
from flows.registry.models import Batch, Forgetting, Run, Verdict
from flows.registry.records import BatchRecord, ForgettingRecord, Judgement, RunRecord, RunState, VerdictRecord
from mappings.errors import StoreError


class Registry:
    """An open registry; use it in a `with`, or close it."""

    def __init__(self, engine: Engine) -> None:
        """Take an engine on a database with the present schema; `Registry.open` makes one."""
        self._engine = engine

    @classmethod
    def open(cls, url: str, busy_seconds: float = BUSY_SECONDS) -> Registry:
        """Open or make the database, with the present schema; a StoreError says what is in the way."""
        return cls(connect(url, busy_seconds))

    def start(self, run: RunRecord) -> None:
        """Record a run; one with the same `run_id` starts afresh, without its former batches and verdicts."""
        with self._session() as session:
            session.execute(delete(Run).where(Run.run_id == run.run_id))
            session.add(Run(**asdict(run) | {"out": _relative(run.out)}))

    def record_batch(self, run_id: str, batch: BatchRecord) -> None:
        """Record that the store has all of a source's batch."""
        law = batch.reconciliation
        with self._session() as session:
            self._run(session, run_id)
            session.merge(
                Batch(
                    run_id=run_id,
                    law_holds=law.holds,
                    content_hash=batch.content_hash,
                    observed_until=batch.observed_until,
                    **asdict(law),
                )
            )

    def record_verdicts(self, run_id: str, verdicts: Iterable[VerdictRecord]) -> None:
        """Record what the quality gate measured."""
        with self._session() as session:
            self._run(session, run_id)
            for verdict in verdicts:
                session.merge(Verdict(run_id=run_id, **asdict(verdict)))

    def record_forgetting(self, told: ForgettingRecord) -> None:
        """Note that cases were forgotten."""
        with self._session() as session:
            session.add(Forgetting(**asdict(told)))

    def forgettings(self, project: str) -> tuple[ForgettingRecord, ...]:
        """Return when cases of a project were forgotten, oldest first."""
        query = select(Forgetting).where(Forgetting.project == project).order_by(Forgetting.id)
        names = [field.name for field in fields(ForgettingRecord)]
        with self._session() as session:
            return tuple(ForgettingRecord(**{n: getattr(row, n) for n in names}) for row in session.scalars(query))

    def finish(
        self,
        run_id: str,
        state: RunState,
        finished_at: datetime,
        *,
        verdict: Judgement | None = None,
        store_version: dict[str, int] | None = None,
        out: str | None = None,
    ) -> None:
        """Record how a run ended; what is not given stays as it was."""
        with self._session() as session:
            run = self._run(session, run_id)
            run.state = state
            run.finished_at = finished_at
            run.verdict = verdict or run.verdict
            run.store_version = run.store_version if store_version is None else store_version
            run.out = _relative(out) or run.out

    def run(self, run_id: str) -> RunRecord:
        """Return a run; a StoreError where there is none of that name."""
        with self._session() as session:
            return _record(self._run(session, run_id))

    def runs(self, project: str | None = None, state: RunState | None = None) -> tuple[RunRecord, ...]:
        """Return the runs, the newest first; of one project or in one state where asked."""
        query = select(Run).order_by(Run.started_at.desc(), Run.run_id.desc())
        query = query if project is None else query.where(Run.project == project)
        query = query if state is None else query.where(Run.state == state)
        with self._session() as session:
            return tuple(_record(run) for run in session.scalars(query))

    def last_published(self, project: str) -> RunRecord | None:
        """Return the newest run whose publication stands; None where there is none yet."""
        return next(iter(self.runs(project, "published")), None)

    def batches(self, run_id: str) -> tuple[BatchRecord, ...]:
        """Return what a run took in, by source: the batches that finished."""
        query = select(Batch).where(Batch.run_id == run_id).order_by(Batch.source)
        with self._session() as session:
            return tuple(_batch(row) for row in session.scalars(query))

    def verdicts(self, run_id: str) -> tuple[VerdictRecord, ...]:
        """Return the gate's measures of a run, by source and measure."""
        query = select(Verdict).where(Verdict.run_id == run_id).order_by(Verdict.source, Verdict.measure)
        names = [field.name for field in fields(VerdictRecord)]
        with self._session() as session:
            return tuple(VerdictRecord(**{n: getattr(row, n) for n in names}) for row in session.scalars(query))

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def __enter__(self) -> Registry:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _session(self) -> Iterator[Session]:
        with explained(self._engine.url), Session(self._engine) as session, session.begin():
            yield session

    def _run(self, session: Session, run_id: str) -> Run:
        run = session.get(Run, run_id)
        if run is None:
            where = self._engine.url.render_as_string()
            raise StoreError(where, f"there is no run '{run_id}'", "list the runs to see which there are")
        return run


def _record(run: Run) -> RunRecord:
    return RunRecord(**{field.name: getattr(run, field.name) for field in fields(RunRecord)})


def _batch(row: Batch) -> BatchRecord:
    law = Reconciliation(**{field.name: getattr(row, field.name) for field in fields(Reconciliation)})
    return BatchRecord(law, row.content_hash, row.observed_until)


def _relative(out: str | None) -> str | None:
    """Refuse a path that says where this machine keeps things, or that leaves the folder of runs."""
    if out is None:
        return None
    path = PurePosixPath(out.replace("\\", "/"))
    if path.is_absolute() or PureWindowsPath(out).drive or ".." in path.parts:
        raise ValueError(f"the folder of a run is kept relative to the folder of all runs: {out}")
    return str(path)
