"""A source of kind sql: what is read of a database, as whom, and how the next reading knows what has changed."""

from __future__ import annotations

from typing import Any

from mappings.base import Duration, Model


class Watermark(Model):
    """The column that says when a row was last written: with it, only the cases of later rows are read again.

    A case with one later row is read whole, so that pairs of start and completion and facts of the case stay whole.
    Rows whose watermark is empty are read every time. A row that is removed, or changed without its watermark, is not
    noticed.
    """

    column: str
    """A moment or a growing number, written by the database or the case system whenever a row changes."""
    cases_column: str | None = None
    """The same in `cases_query`; the column of the same name where left out."""
    overlap: Duration | int | None = None
    """How far before the last watermark reading begins again, since changes may become visible later than they are
    stamped: a duration, or a number where the column counts. One day, or 10000, where left out."""


def sql_problem(source: Any) -> str | None:
    """Say what is wrong with the database part of a source, if anything."""
    if source.kind != "sql":
        given = [name for name in ("url", "url_block", "tables", "query", "watermark") if getattr(source, name)]
        return f"only a source of kind 'sql' has {' and '.join(given)}" if given else None
    if bool(source.url) == bool(source.url_block) or bool(source.query) == bool(source.tables):
        return "a source of kind 'sql' needs one of 'url' and 'url_block', and one of 'query' and 'tables'"
    return None
