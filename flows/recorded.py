"""A run as the registry keeps it: that it began, what was said of its sources, and how it ended.

Whatever stops or breaks off a run, its row in the registry says so.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from flows.registry import Registry, RunRecord, VerdictRecord, registry_url
from flows.request import Prepared
from flows.sources.extract import Extract
from mappings.errors import QualityStop
from mining.results.quality import Quality


@contextlib.contextmanager
def recorded(prepared: Prepared) -> Iterator[Registry]:
    """Keep the run in the registry, also where it stops or fails."""
    prepared.store.mkdir(parents=True, exist_ok=True)
    with Registry.open(registry_url(prepared.store)) as registry:
        start(prepared, registry)
        try:
            yield registry
        except BaseException as error:
            state = "stopped" if isinstance(error, QualityStop) else "failed"
            registry.finish(prepared.run_id, state, datetime.now(UTC))
            raise
        finally:
            prepared.closing.close()
            shutil.rmtree(prepared.spill, ignore_errors=True)


def start(prepared: Prepared, registry: Registry) -> None:
    """Record that the run has begun."""
    registry.start(
        RunRecord(
            run_id=prepared.run_id,
            project=prepared.project.file.name,
            mapping_hash=prepared.project.fingerprint,
            program_version=prepared.program_version,
            as_of=prepared.as_of,
            started_at=prepared.started_at,
            interval_from=prepared.request.interval_from,
            interval_to=prepared.request.interval_to,
        )
    )


def record_verdicts(prepared: Prepared, quality: Quality, registry: Registry) -> None:
    """Record what the quality gate said of each measure, with the limit that it was held against."""
    registry.record_verdicts(
        prepared.run_id,
        [
            VerdictRecord(each.source, m.measure, m.value, m.stop if m.verdict == "stop" else m.warn, m.verdict)
            for each in quality.sources
            for m in each.measures
        ],
    )


def observed(prepared: Prepared, extracts: Iterable[Extract], registry: Registry) -> dict[str, datetime]:
    """Return until when each source was observed, over this and all earlier runs."""
    seen = {e.source: e.observed_until for e in extracts if e.observed_until is not None}
    if prepared.interval is None:
        return seen
    for earlier in registry.runs(prepared.project.file.name):
        for batch in registry.batches(earlier.run_id):
            until, name = batch.observed_until, batch.reconciliation.source
            if until is not None and until > seen.get(name, until - timedelta(1)):
                seen[name] = until
    return seen
