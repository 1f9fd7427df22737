"""Sources: where records come from, whatever the kind, and how they become the event table."""

from __future__ import annotations

from flows.sources.extract import Extract, extract
from flows.sources.readers import SOURCES
from flows.sources.records import RawBatch, Reader

__all__ = ["SOURCES", "Extract", "RawBatch", "Reader", "extract"]
