"""What mining a store gives, and the log that it is mined from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import ibis

from flows.gate.judge import Judgement
from flows.publish.quality_page import QuarantinedRecord
from flows.sources.extract import Extract
from flows.store import EventStore
from mappings.errors import SourceError
from mappings.project import Project
from mining.chain_cases import with_chain_cases
from mining.coded_log import CodedLog, code_log
from mining.columns import BUCKET_COLUMN
from mining.findings import Findings
from mining.ledger import Ledger
from mining.log import Log

SMALL_ROWS = 500_000
"""Up to here a table of the log is held in memory as it is."""


@dataclass(frozen=True)
class Mined:
    """Findings with what stands behind them."""

    findings: Findings
    ledger: Ledger
    log: Log
    judgement: Judgement
    quarantined: tuple[QuarantinedRecord, ...] = ()
    """A few records of each reason, for the analyst who has to mend the source; pseudonymised at extraction."""


def quarantine_examples(con: Any, extracts: Iterable[Extract], each: int = 5) -> tuple[QuarantinedRecord, ...]:
    """Return the first quarantined records of each source and reason."""
    found = []
    # files of this machine, which the workers of a cluster do not see
    con = con if con.name == "duckdb" else ibis.duckdb.connect()
    for extract in extracts:
        rows = con.read_parquet(str(extract.quarantine_path)).select("source", "record", "reason", "detail", "content")
        ranked = rows.mutate(n=ibis.row_number().over(ibis.window(group_by="reason", order_by="record")))
        first = ranked.filter(ranked.n < each).order_by("reason", "n").drop("n")
        found += [QuarantinedRecord(**row) for row in first.to_pyarrow().to_pylist()]
    return tuple(found)


def _not_ignored(events: Any, project: Project) -> Any:
    """Return the events without labels that the mapping ignores now: the store may hold them from before it did."""
    for source in project.sources:
        if source.ignored:
            is_ignored = (events.source == source.name) & events.raw_activity.isin(source.ignored)
            events = events.filter(~is_ignored.fill_null(False))
    return events


def mined_log(
    con: Any,
    store: EventStore,
    project: Project,
    version: dict[str, int],
    observed_until: dict[str, datetime],
    pseudonym: Callable[[str], str] | None = None,
    quarantined: Mapping[str, int] | None = None,
) -> Log:
    """Return the log of the project's sources in one version of the store, linked, in the engine's memory.

    `pseudonym` is for the list of dossiers that could not be linked; without it they are only counted.
    `quarantined` are the records of this run that could not become events, by reason.

    Raises SourceError where there is nothing at all to mine: an empty map is no publication.
    """
    tables = store.tables(con, version)
    names = [s.name for s in project.sources]
    laid = {}
    for name in ("events", "cases", "attempts"):
        table = getattr(tables, name)
        if name == "events":
            table = _not_ignored(table, project)
        laid[name] = table.filter(table.source.isin(names))
    kept = {name: _in_reach(con, f"zs_{name}", table.drop(BUCKET_COLUMN)) for name, table in laid.items()}
    if not any(_rows(kept[name], 1) for name in ("events", "attempts")):
        raise _nothing_to_mine(names, quarantined or {})
    told = kept["cases"]
    objects = told.filter(told.objects.notnull()).select("source", "objects")
    log = Log(con, kept["events"], told, kept["attempts"], observed_until, objects=objects)
    log = with_chain_cases(log, project, pseudonym)
    # of a log that was linked the buckets are those of other cases, and a small one is sooner read from memory
    is_laid = not project.chain.links and _rows(log.events, SMALL_ROWS + 1) > SMALL_ROWS
    to_code = replace(log, events=laid["events"]) if is_laid else log
    return replace(log, coded=_coded(to_code, store, project, version))


def _nothing_to_mine(sources: list[str], quarantined: Mapping[str, int]) -> SourceError:
    what = "hold no events, and neither does the store"
    remedy = "look at 'path', 'ignored' and the interval asked for, and ask for the export again if it is empty"
    if quarantined:
        told = ", ".join(f"{reason} {count}" for reason, count in quarantined.items())
        what += f": records were read and could not become events ({told})"
        remedy = "look at one of them in the file, beside 'columns' and 'delimiter' of its source"
    return SourceError(f"sources {', '.join(sources)}", what, remedy)


def _in_reach(con: Any, name: str, table: Any) -> Any:
    """Take a small table into memory; a large one is read where it lies, only the columns that are asked for."""
    if _rows(table, SMALL_ROWS + 1) > SMALL_ROWS:
        return con.create_view(name, table, overwrite=True)
    return con.create_table(name, table, temp=True, overwrite=True)


def _rows(table: Any, most: int) -> int:
    """Return how many rows there are, counting no further than so many."""
    found: int = table.select("source").limit(most).count().to_pyarrow().as_py()
    return found


def _coded(log: Log, store: EventStore, project: Project, version: dict[str, int]) -> CodedLog | None:
    """Return the coded log that the store keeps of this version under this mapping; make it where there is none.

    It is DuckDB's: a cluster codes the log anew each run.
    """
    folder = store.coded if log.con.name == "duckdb" else None
    if folder is None or not project.fingerprint:
        return None
    key = folder.key(version, project.fingerprint)
    found = folder.read(log.con, key)
    return found or folder.made(log.con, key, lambda keep: code_log(log, project, keep))
