"""Drawing cases with replacement, many draws at once, within bounded memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

DRAWS = 1000
SEED = 20_260_101
_AT_ONCE = 2_000_000
"""Weights held at a time: 16 MB."""

Weights = npt.NDArray[np.float64]


def drawn_weights(cases: int, draws: int = DRAWS, seed: int = SEED) -> Iterator[Weights]:
    """Yield blocks of draws × cases: how often each draw holds each case; each row sums to `cases`.

    The same number of cases and the same seed give the same draws. Source: Efron 1979.
    """
    generator = np.random.default_rng(seed)
    rows = max(1, _AT_ONCE // max(cases, 1))
    for begin in range(0, draws, rows):
        count = min(rows, draws - begin)
        picked = generator.integers(0, cases, size=(count, cases))
        picked += np.arange(count)[:, np.newaxis] * cases
        counted = np.bincount(picked.ravel(), minlength=count * cases)
        yield counted.reshape(count, cases).astype(np.float64)
