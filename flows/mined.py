"""What mining a store gives, and the log that it is mined from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows.gate.judge import Judgement
from flows.store import EventStore
from mappings.project import Project
from mining.findings import Findings
from mining.ledger import Ledger
from mining.log import Log


@dataclass(frozen=True)
class Mined:
    """Findings with what stands behind them."""

    findings: Findings
    ledger: Ledger
    log: Log
    judgement: Judgement


def mined_log(
    con: Any, store: EventStore, project: Project, version: dict[str, int], observed_until: dict[str, datetime]
) -> Log:
    """Return the log of the project's sources in one version of the store, in the engine's memory."""
    tables = store.tables(con, version)
    names = [s.name for s in project.sources]
    kept = {}
    for name in ("events", "cases", "attempts"):
        table = getattr(tables, name)
        kept[name] = con.create_table(
            f"zs_{name}", table.filter(table.source.isin(names)).drop("bucket"), temp=True, overwrite=True
        )
    return Log(con, kept["events"], kept["cases"], kept["attempts"], observed_until)
