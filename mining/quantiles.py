"""Quantiles of very many whole numbers, without holding or sorting all of them.

In: an engine table and one of its columns. Out: quantiles linear between order statistics (type 7), as everywhere.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import ibis

from mining.engine import whole_part


def quantiles(table: Any, column: str, width: int, shares: Sequence[float]) -> list[float]:
    """Return the quantiles of a column that is nowhere below zero, nor null; of no rows there are none.

    The numbers are counted in bins of `width` first, so that only those of the bin at hand are put in order.
    """
    in_bins = table.select(column, bin=whole_part(table[column], width))
    counted = in_bins.group_by("bin").agg(n=in_bins.count()).to_pyarrow().to_pylist()
    bins = sorted((int(row["bin"]), int(row["n"])) for row in counted)
    until = list(accumulate(n for _, n in bins))

    def nth(rank: int) -> int:
        place = bisect_right(until, rank)
        number, n = bins[place]
        of_bin = in_bins.filter(in_bins.bin == number).select(number=column)
        ranked = of_bin.mutate(rank=ibis.row_number().over(order_by=of_bin.number))
        chosen = ranked.filter(ranked.rank == rank - until[place] + n).select("number")
        return int(chosen.to_pyarrow()["number"][0].as_py())

    found = []
    for place in ((until[-1] - 1) * share for share in shares) if until else ():
        low, high = nth(int(place)), nth(min(int(place) + 1, until[-1] - 1))
        found.append(low + (high - low) * (place - int(place)))
    return found
