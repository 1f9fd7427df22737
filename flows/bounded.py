"""A DuckDB of bounded memory, in which sources are settled, tables stored and logs handed over.

In: a limit, and a folder for what does not fit. Out: a connection that tells times in UTC and shows no progress.
"""

from __future__ import annotations

from pathlib import Path

import duckdb


def bounded(memory: str, spill: Path | str) -> duckdb.DuckDBPyConnection:
    """Open a database in memory that spills to a folder beyond the given bound; whoever opens it closes it."""
    connection = duckdb.connect()
    for name, value in {"memory_limit": memory, "temp_directory": str(spill)}.items():
        quoted = value.replace("'", "''")
        connection.execute(f"SET {name} = '{quoted}'")
    connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
    return connection
