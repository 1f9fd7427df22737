"""The run registry: runs, batches and verdicts in SQLite or PostgreSQL."""

from flows.registry.database import registry_url
from flows.registry.records import BatchRecord, ForgettingRecord, Judgement, RunRecord, RunState, VerdictRecord
from flows.registry.registry import Registry

__all__ = [
    "BatchRecord",
    "ForgettingRecord",
    "Judgement",
    "Registry",
    "RunRecord",
    "RunState",
    "VerdictRecord",
    "registry_url",
]
