"""Booked amounts as result types: sums of the ledger's integer microseconds, divided once, by the cohort."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from mining.ledger import CLOCKS, KINDS, Ledger
from mining.results.times import Amounts, Both

SECOND = 1_000_000
WIDE = "decimal(38, 0)"
"""What holds sums over a whole log: a million cases of a hundred days are more microseconds than 64 bits hold."""


def sums(table: Any) -> dict[str, Any]:
    """Return the aggregations of all amounts of `table`, named as its columns."""
    return {f"{c}_{k}": table[f"{c}_{k}"].sum() for c in CLOCKS for k in (*KINDS, "total")}


def mean(row: Mapping[str, Any], clock: str, cases: int) -> Amounts:
    """Return the summed amounts of one clock as seconds per case."""
    return Amounts(**{f"{k}_seconds": per_case(row[f"{clock}_{k}"], cases) for k in (*KINDS, "total")})


def both(rows: Iterable[Mapping[str, Any]], cases: int) -> Both:
    """Return the sum of the rows, in both clocks, as seconds per case."""
    total = {f"{c}_{k}": 0 for c in CLOCKS for k in (*KINDS, "total")}
    for row in rows:
        for name in total:
            total[name] += row[name] or 0
    return Both(elapsed=mean(total, "elapsed", cases), working=mean(total, "working", cases))


def per_case(microseconds: int | None, cases: int) -> float:
    """Return microseconds as seconds per case; 0 where there are no cases."""
    return (microseconds or 0) / cases / SECOND if cases else 0.0


def seconds(microseconds: float | None) -> float | None:
    """Return microseconds as seconds; null stays null."""
    return None if microseconds is None else float(microseconds) / SECOND


def rows_of(table: Any) -> list[dict[str, Any]]:
    """Return a small engine table as rows, its whole numbers however large."""
    wide = table.cast({name: WIDE for name, kind in table.schema().items() if kind.is_int64()})
    rows: list[dict[str, Any]] = wide.to_pyarrow().to_pylist()
    return [{name: int(v) if isinstance(v, Decimal) else v for name, v in row.items()} for row in rows]


def whole_sum(amounts: npt.NDArray[np.int64]) -> int:
    """Add up whole numbers in two halves, since their sum may outgrow 64 bits, where numpy would go on below zero."""
    return (int((amounts >> 32).sum()) << 32) + int((amounts & 0xFFFFFFFF).sum())


def whole_sums(numbers: npt.NDArray[np.integer], amounts: npt.NDArray[np.int64], count: int) -> list[int]:
    """Do so for each of `count` numbers; as floats the microseconds of many cases would be rounded."""
    high, low = np.zeros(count, np.int64), np.zeros(count, np.int64)
    np.add.at(high, numbers, amounts >> 32)
    np.add.at(low, numbers, amounts & 0xFFFFFFFF)
    return [(above << 32) + below for above, below in zip(high.tolist(), low.tolist(), strict=True)]


def cohort_booked(ledger: Ledger) -> Any:
    """Return the on-path segments of the first episode of the cases that have a lead time, as they are booked."""
    return ledger.booked.filter(ledger.booked.in_cohort)
