"""Bootstrap draws of many cases, as plain loops that `mining.compiled` may run compiled.

In: a stream of random 16-bit numbers and the values of a block of cases. Out, into given arrays: what each draw of
cases with replacement adds up to. Nothing is held a case and draw, and the values of a block stay near the processor.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mining.sequences import Ints


def sum_drawn(
    raw: npt.NDArray[np.uint16],
    missing: Ints,
    values: npt.NDArray[np.float64],
    sums: npt.NDArray[np.float64],
) -> None:
    """Draw `missing` of the cases for each draw, with replacement, and add up their values; or fewer where `raw` ends.

    What could not be drawn stays in `missing`. There are at most 65,536 values.
    Source: Lemire 2019, Fast random integer generation in an interval.
    """
    many, place = len(values), 0
    least = 65_536 % many
    for n in range(len(missing)):
        if least == 0:
            place = _sum_whole(raw, place, missing, n, values, sums)
        while missing[n] > 0 and place < len(raw):
            product = int(raw[place]) * many
            # some cases would come up once more often than others: such a number is passed over
            if product & 65_535 >= least:
                sums[n] += values[product >> 16]
                missing[n] -= 1
            place += 1


def _sum_whole(
    raw: npt.NDArray[np.uint16],
    place: int,
    missing: Ints,
    n: int,
    values: npt.NDArray[np.float64],
    sums: npt.NDArray[np.float64],
) -> int:
    """Draw four at a time where no number is passed over: a sum waits for the one before it. Return where `raw` is."""
    many, a, b, c, d = len(values), 0.0, 0.0, 0.0, 0.0
    end = place + int(min(missing[n], len(raw) - place)) // 4 * 4
    missing[n] -= end - place
    for i in range(place, end, 4):
        a += values[int(raw[i]) * many >> 16]
        b += values[int(raw[i + 1]) * many >> 16]
        c += values[int(raw[i + 2]) * many >> 16]
        d += values[int(raw[i + 3]) * many >> 16]
    sums[n] += (a + b) + (c + d)
    return end
