"""`python -m benchmarks.sql [ROWS]`: events from PostgreSQL, beside COPY and pandas.read_sql of the same query.

A PostgreSQL of its own (from a wheel) on this machine. Reading yields the batches that an extraction takes in, all
values as text; COPY is taken as it comes, and thrown away. Each round runs all of them one after another.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks.cold_run import machine
from mappings.source import EventColumns, Source

QUERY = "SELECT nr, stap, moment, id, team, medewerker FROM stappen"
_TABLE = """
CREATE TABLE stappen AS SELECT g AS id, 'Z' || (g / 6) AS nr, 'stap ' || (g %% 11) AS stap,
    timestamptz '2024-01-01 00:00+01' + g * interval '17.5 second' AS moment,
    'team ' || (g %% 7) AS team, 'medewerker ' || (g %% 91) AS medewerker
FROM generate_series(1, {rows}) g
"""


def source_of(url: str) -> Source:
    """Return the source that reads the query."""
    columns = EventColumns(
        case="nr", activity="stap", completed_at="moment", event_id="id", lane="team", resource="medewerker"
    )
    return Source(name="stappen", kind="sql", url=url, query=QUERY, columns=columns)


def ways(url: str, engine: Any) -> dict[str, Callable[[], int]]:
    """Return each way of getting the rows; each tells how many there were, COPY in bytes."""
    import pandas as pd

    from flows.sources.sql import adbc, read_sql

    def ours() -> int:
        return sum(len(batch.table) for batch in read_sql(source_of(url), Path()))

    def row_by_row() -> int:
        possible, adbc.is_possible = adbc.is_possible, lambda url: False
        try:
            return ours()
        finally:
            adbc.is_possible = possible

    def copied() -> int:
        with (
            engine.connect() as connection,
            connection.connection.cursor() as cursor,
            cursor.copy(f"COPY ({QUERY}) TO STDOUT") as stream,
        ):
            return sum(len(block) for block in stream)

    return {
        "COPY … TO STDOUT": copied,
        "zaakstroom": ours,
        "pandas.read_sql": lambda: len(pd.read_sql(QUERY, engine)),
        "zaakstroom without ADBC": row_by_row,
    }


def main(
    rows: Annotated[int, typer.Argument(help="How many events.")] = 1_000_000,
    times: Annotated[int, typer.Option(help="How many rounds.")] = 3,
) -> None:
    """Measure reading from PostgreSQL."""
    import sqlalchemy as sa

    from tests.postgresql import running

    out = Console()
    out.print(machine(), highlight=False, soft_wrap=True)
    taken: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "pg") as url:
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql(_TABLE.format(rows=rows))
            connection.exec_driver_sql("ANALYZE stappen")
        for _ in range(times):
            for name, way in ways(url, engine).items():
                begun = time.monotonic()
                way()
                taken.setdefault(name, []).append(time.monotonic() - begun)
        engine.dispose()
    out.print(f"\n| {rows:,} events | median (s) | least | most | rate against COPY |\n|---|---:|---:|---:|---:|")
    copies = taken["COPY … TO STDOUT"]
    for name, seconds in taken.items():
        # of one round: what else the machine does weighs on both
        ratio = median(copied / each for copied, each in zip(copies, seconds, strict=True))
        figures = f"{median(seconds):.2f} | {min(seconds):.2f} | {max(seconds):.2f} | {ratio:.2f}"
        out.print(f"| {name} | {figures} |", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    typer.run(main)
