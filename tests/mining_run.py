"""Mine a project in a test, through sources and store but without gate and publication."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Any

import ibis

from flows.mined import mined_log
from flows.sources.extract import extract
from flows.store import EventStore
from mappings.project import Project
from mining.amounts import cohort_booked
from mining.findings import Findings
from mining.ledger import Ledger, with_case_id
from mining.log import Log
from mining.mine import mine
from mining.results.quality import Quality
from mining.results.run import RunFacts
from mining.timeline import with_label

KEY = b"a key for tests of 32 characters"


def stored_log(project: Project, work: Path) -> Log:
    """Extract every source of the project into a store under `work` and open it as a log."""
    store = EventStore(work / "store")
    seen = {}
    for source in project.sources:
        taken = extract(source, project, work / "extracts", KEY)
        store.upsert(taken)
        if taken.observed_until is not None:
            seen[source.name] = taken.observed_until
    return mined_log(ibis.duckdb.connect(), store, project, store.version(), seen)


def mined(log: Log, project: Project, as_of: datetime) -> tuple[Findings, Ledger]:
    """Mine with an unquestioned gate."""
    run = RunFacts(run_id="test", as_of=as_of)
    quality = Quality(verdict="ok")
    return mine(log, project, as_of, run=run, quality=quality, reconciliation=(), monotonic=time.monotonic)


def cohort_segments(ledger: Ledger) -> Any:
    """Return the cohort's segments with case_id, own and the lead times of the case."""
    cases = ledger.cases.select("case", "lead_elapsed", "lead_working")
    return with_case_id(cohort_booked(ledger), ledger).join(cases, "case")


def with_event_texts(booked: Any, ledger: Ledger) -> Any:
    """Add activity, event_lane, role, opens_lane, step_of_event and resource to booked rows."""
    coded = ledger.timeline.coded
    told = coded.tokens.select("token", "activity", "role", "opens_lane", event_lane="lane")
    return with_label(booked.join(told, "token").join(ledger.event_steps, "token"), coded, "resource")


def handings_by_place(ledger: Ledger) -> list[dict[str, Any]]:
    """Return the handoffs of each place in the sequences: sequence, position, level, giver, taker, is_back."""
    s, numbers = ledger.structures.sequences, ledger.passings.numbers.tolist()
    places = zip(s.owners.tolist(), s.places.tolist(), numbers, strict=True)
    return [
        {"sequence": sequence, "position": position, **handing._asdict()}
        for sequence, position, number in places
        if number >= 0
        for handing in ledger.passings.handings[number]
    ]
