"""When a difference is sure: p-values from bootstrap draws, and Benjamini–Hochberg over the tests of a table."""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, sqrt

import numpy as np
import numpy.typing as npt

FALSE_DISCOVERY_RATE = 0.1


def p_value(difference: float, draws: npt.NDArray[np.float64]) -> float:
    """Return the two-sided p-value of a difference, from its bootstrap draws.

    Twice the share of the draws on the far side of zero. Where none is, the draws cannot tell how small it is: then
    the normal tail at difference ÷ standard deviation of the draws. No spread and no difference give 1.
    Source: Efron & Tibshirani 1993, chapters 13 and 15.
    """
    far = int((draws <= 0).sum() if difference > 0 else (draws >= 0).sum())
    if difference == 0:
        return 1.0
    if far:
        return min(1.0, 2 * (far + 1) / (len(draws) + 1))
    spread = float(draws.std())
    return erfc(abs(difference) / spread / sqrt(2)) if spread > 0 else 0.0


def discoveries(p_values: Sequence[float | None], rate: float = FALSE_DISCOVERY_RATE) -> list[bool]:
    """Return which tests are significant at this false discovery rate; a null was not tested.

    Source: Benjamini & Hochberg 1995: all p up to the greatest p(i) ≤ i ÷ m × rate.
    """
    tested = sorted(p for p in p_values if p is not None)
    passed = [p for i, p in enumerate(tested, 1) if p <= rate * i / len(tested)]
    limit = max(passed, default=-1.0)
    return [p is not None and p <= limit for p in p_values]
