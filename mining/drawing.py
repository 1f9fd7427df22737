"""One bootstrap draw of many cases, as plain loops that `mining.compiled` may run compiled.

In: a stream of random 32-bit numbers and the cases laid out by stratum. Out, into given arrays: how often the draw
holds each case, and what each stratum adds up to.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mining.sequences import Ints


def count_drawn(
    raw: npt.NDArray[np.uint32], place: int, missing: int, cases: int, held: npt.NDArray[np.uint16]
) -> tuple[int, int]:
    """Draw `missing` of so many `cases` with replacement, or fewer where `raw` ends; return where, and what is missing.

    The numbers that numpy's `Generator.integers(0, cases)` makes of the same stream.
    Source: Lemire 2019, Fast random integer generation in an interval.
    """
    many, least, low = np.uint64(cases), np.uint64((2**32 - cases) % cases), np.uint64(2**32 - 1)
    while missing > 0 and place < len(raw):
        product = np.uint64(raw[place]) * many
        # some cases would come up once more often than others: such a number is passed over
        if product & low >= least:
            held[product >> np.uint64(32)] += 1
            missing -= 1
        place += 1
    return place, missing


def sum_drawn(
    held: npt.NDArray[np.uint16],
    order: Ints,
    offsets: Ints,
    values: npt.NDArray[np.float64],
    counts: npt.NDArray[np.float64],
    sums: npt.NDArray[np.float64],
) -> int:
    """Fill in how many cases a draw holds of each stratum, and the sum of their values.

    `order` and `values` are stratum by stratum, which begin and end at `offsets`.
    """
    for k in range(len(offsets) - 1):
        count, total = 0, 0.0
        for i in range(offsets[k], offsets[k + 1]):
            times = held[order[i]]
            count += times
            total += times * values[i]
        counts[k], sums[k] = count, total
    return len(counts)
