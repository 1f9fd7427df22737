"""The mining run as plain functions: prepare, extract, keep, mine, publish. The Prefect flow calls the same.

Nothing is published before it is whole: a run writes beside its folder and moves it into place at the end.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from flows.another_core import another_core
from flows.engines import check_engine, open_engine, telling_of
from flows.forget import forget_copies, refuse_unfinished
from flows.forgotten import forgotten_cases, refuse_other_key, remember_key
from flows.gate.facts import extract_facts
from flows.gate.judge import Judgement, Measured, refuse_stopped
from flows.gate.personal import refuse_personal
from flows.gate.process import GateProcess
from flows.identity import refuse_other_identity, remember_identity
from flows.mined import Mined, mined_log, quarantine_examples
from flows.pseudonym import project_key, pseudonym
from flows.publication import Published, publish_run
from flows.publish.svg import process_map
from flows.reconciliation import balanced, reconcile
from flows.recorded import observed, record_verdicts, recorded
from flows.registry import BatchRecord, Registry
from flows.request import Prepared, Progress, RunRequest, program_version, run_name
from flows.sources.extract import Extract, extract
from flows.sources.leftover import keep_left
from flows.store import EventStore
from flows.store.held import held_folder
from mappings.errors import SourceError, ZaakstroomError
from mappings.load import load_project
from mining.log import Log
from mining.mine import mine
from mining.quality import measure
from mining.results.quality import ReconciliationRow
from mining.results.run import RunFacts, SourceReading

EMPTIED = "cases taken out of the store: no record tells of them any more"


@dataclass(frozen=True)
class Kept:
    """The extracts are in the store, and every record read is accounted for."""

    extracts: tuple[Extract, ...]
    reconciliation: tuple[ReconciliationRow, ...]
    version: dict[str, int]


def run(request: RunRequest, progress: Progress = lambda what: None, gate: GateProcess | None = None) -> Published:
    """Run a mapping folder from its sources to a publication. Raises ZaakstroomError; then nothing is published.

    `gate` is one that is warming up already.
    """
    prepared = prepare(request)
    with gate or GateProcess() as gate, recorded(prepared) as registry, work_folder(prepared) as work:
        extracts = extract_all(prepared, work, progress)
        kept = keep(prepared, extracts, registry, progress)
        mined = mine_store(prepared, kept, gate, registry, progress)
        return publish(prepared, mined, registry, progress)


def prepare(request: RunRequest) -> Prepared:
    """Check the mapping and settle names, folders, moment and key."""
    check_engine(request)
    project = load_project(request.mapping)
    started_at = datetime.now(UTC)
    store = (request.store or Path("store")) / project.file.name
    refuse_other_identity(store, project)
    refuse_unfinished(store)
    key = project_key(store / "pseudonym.key")
    refuse_other_key(store, key)
    return Prepared(
        request=request,
        project=project,
        run_id=run_name(project, request, started_at),
        as_of=request.as_of or project.file.as_of or started_at,
        started_at=started_at,
        out=request.out or Path("out") / project.file.name,
        store=store,
        key=key,
        program_version=program_version(),
    )


@contextlib.contextmanager
def work_folder(prepared: Prepared) -> Iterator[Path]:
    """Give a folder for what is under way, beside the store; what killed runs left there goes first."""
    above = prepared.store / "work"
    with (
        held_folder(above, prepared.spill.name),
        held_folder(above, f"{prepared.run_id}-{secrets.token_hex(4)}") as work,
    ):
        yield work


def extract_all(prepared: Prepared, work: Path, progress: Progress) -> tuple[Extract, ...]:
    """Extract every source, side by side; all problems of all sources are told at once."""
    names = [source.name for source in prepared.project.sources]
    progress("extract")
    with ThreadPoolExecutor(max_workers=min(4, len(names))) as pool:
        tried = [pool.submit(extract_source, prepared, name, work) for name in names]
    errors = [e for t in tried if isinstance(e := t.exception(), ZaakstroomError)]
    if len(errors) > 1:
        raise SourceError("sources", "\n".join(str(e) for e in errors))
    return tuple(t.result() for t in tried)


def extract_source(prepared: Prepared, name: str, work: Path) -> Extract:
    """Read one source into the tables of the event store's form, under `work`."""
    source = next(s for s in prepared.project.sources if s.name == name)
    state = prepared.store / "readings"
    gone = forgotten_cases(prepared.store, prepared.key)
    try:
        return extract(
            source, prepared.project, work, prepared.key, prepared.interval, state, as_of=prepared.as_of, forgotten=gone
        )
    finally:
        forget_copies(prepared.store, gone, prepared.project, name)


def keep(
    prepared: Prepared, extracts: Iterable[Extract], registry: Registry, progress: Progress = lambda what: None
) -> Kept:
    """Store the extracts and hold the reconciliation law against each."""
    progress("store")
    # before the first row: a run that breaks off leaves rows of this mapping
    remember_identity(prepared.store, prepared.project)
    remember_key(prepared.store, prepared.key)
    store = EventStore(prepared.store, memory=prepared.request.memory)
    taken = tuple(extracts)
    for each in taken:
        source = next(s for s in prepared.project.sources if s.name == each.source)
        refuse_personal(each, source, prepared.store / "readings")
    with telling_of(prepared.request):
        kept = [_kept(prepared, store, each, registry) for each in taken]
    return Kept(tuple(extract for extract, _ in kept), tuple(row for _, row in kept), store.version())


def _kept(
    prepared: Prepared, store: EventStore, taken: Extract, registry: Registry
) -> tuple[Extract, ReconciliationRow]:
    """Store an extract; return it, with a note where cases lost their last record, and its reconciliation."""
    stored = store.upsert(taken)
    law = balanced(reconcile(taken, stored))
    registry.record_batch(prepared.run_id, BatchRecord(law, taken.content_hash, taken.observed_until))
    # last of all: what breaks off before is read again
    source = next(s for s in prepared.project.sources if s.name == taken.source)
    keep_left(prepared.store / "readings", source, prepared.key, taken.left)
    row = ReconciliationRow(
        **asdict(law), holds=law.holds, quarantine_reasons=taken.quarantined, ignored_reasons=taken.ignored
    )
    return (replace(taken, notes={**taken.notes, EMPTIED: stored.emptied}) if stored.emptied else taken), row


def mine_store(
    prepared: Prepared, kept: Kept, gate: GateProcess, registry: Registry, progress: Progress = lambda what: None
) -> Mined:
    """Judge the quality of each source and mine the store. Raises QualityStop where the gate says stop."""
    with telling_of(prepared.request):
        return _mine_store(prepared, kept, gate, registry, progress)


def _mine_store(prepared: Prepared, kept: Kept, gate: GateProcess, registry: Registry, progress: Progress) -> Mined:
    con = open_engine(prepared)
    log = mined_log(
        con,
        EventStore(prepared.store),
        prepared.project,
        kept.version,
        observed(prepared, kept.extracts, registry),
        partial(pseudonym, key=prepared.key),
        sum((Counter(extract.quarantined) for extract in kept.extracts), Counter()),
    )
    progress("quality")
    measured = _measured(prepared, kept, log)
    facts = RunFacts(
        run_id=prepared.run_id,
        as_of=prepared.as_of,
        interval_from=prepared.request.interval_from,
        interval_to=prepared.request.interval_to,
        mapping_hash=prepared.project.fingerprint,
        store_version=kept.version,
        program_version=prepared.program_version,
        memory=prepared.request.memory,
        threads=prepared.request.threads,
        engine=prepared.request.engine,
        readings=_readings(kept),
    )
    # begun before the verdict is waited for, so that the waiting is used
    threading.Thread(target=process_map.warm_up, name="graphviz").start()
    with another_core() as submit:
        judgement = _judged(prepared, measured, gate, registry)
        refuse_stopped(judgement.quality)
        findings, ledger = mine(
            log,
            prepared.project,
            prepared.as_of,
            run=facts,
            quality=judgement.quality,
            reconciliation=kept.reconciliation,
            monotonic=time.monotonic,
            noted=progress,
            submit=submit,
        )
    return Mined(findings, ledger, log, judgement, quarantine_examples(con, kept.extracts))


def _readings(kept: Kept) -> tuple[SourceReading, ...]:
    """Return what reading the live systems took, and what the readers noted."""
    live = (each for each in kept.extracts if each.requests or each.notes)
    return tuple(SourceReading(source=e.source, requests=e.requests, notes=e.notes) for e in live)


def _measured(prepared: Prepared, kept: Kept, log: Log) -> Measured:
    sources = {s.name: s for s in prepared.project.sources}
    return {
        e.source: measure(
            log.events,
            log.cases,
            extract_facts(e, sources[e.source], prepared.project, log.linking),
            prepared.as_of,
            sources[e.source].thresholds,
        )
        for e in kept.extracts
        if sources[e.source].record == "events"
    }


def _judged(prepared: Prepared, measured: Measured, gate: GateProcess, registry: Registry) -> Judgement:
    judgement = gate.judge(measured)
    record_verdicts(prepared, judgement.quality, registry)
    return judgement


def publish(prepared: Prepared, mined: Mined, registry: Registry, progress: Progress = lambda what: None) -> Published:
    """Write the publication whole, move it into place, and say so in the registry."""
    progress("publish")
    with telling_of(prepared.request):
        published = publish_run(prepared, mined)
    registry.finish(
        prepared.run_id,
        "published",
        datetime.now(UTC),
        verdict=mined.findings.quality.verdict,
        store_version=mined.findings.run.store_version,
        out=prepared.run_id,
    )
    return published
