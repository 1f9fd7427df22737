"""Databases as a source: read only, at one moment, streamed; with a watermark only what changed."""

from flows.sources.sql.reader import read_sql

__all__ = ["read_sql"]
