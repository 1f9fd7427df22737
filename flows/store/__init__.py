"""The event store: Delta tables of events, cases, attempts and quarantined records."""

from flows.store.events import EventStore, Extract, Stored, StoredTables, Version
from flows.store.layout import bucket
from flows.store.retention import Forgotten

__all__ = ["EventStore", "Extract", "Forgotten", "Stored", "StoredTables", "Version", "bucket"]
