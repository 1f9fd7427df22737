"""Rows cut between cases, into parts that each fit in memory.

In: an engine table with the number of the case. Out: tables of the same form, of which no two share a case.
"""

from __future__ import annotations

from typing import Any


def between_cases(rows: Any, at_once: int) -> list[Any]:
    """Cut rows into parts of about `at_once` rows each; what is not more stays whole."""
    [told] = rows.agg(rows=rows.count(), last=rows.case.max()).to_pyarrow().to_pylist()
    parts = -(-told["rows"] // at_once)
    if parts <= 1:
        return [rows]
    size = told["last"] // parts + 1
    return [rows.filter(rows.case >= n * size, rows.case < (n + 1) * size) for n in range(parts)]
