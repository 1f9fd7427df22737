"""Drawing cases with replacement, many draws at once, within bounded memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from mining.compiled import compiled
from mining.drawing import count_drawn

DRAWS = 1000
SEED = 20_260_101
_AT_ONCE = 2_000_000
"""Weights held at a time: 16 MB."""

MANY = 20_000
"""From so many cases on draws are made compiled, one at a time. Measured a case and draw: 17 ns, compiled 3 ns."""
_RAW = 65_536
"""Random numbers of 64 bits taken at a time: 512 kB."""

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


def drawn_counts(cases: int, draws: int = DRAWS, seed: int = SEED) -> Iterator[npt.NDArray[np.uint16]]:
    """Yield the rows of `drawn_weights` one by one, compiled: for many cases. The array is the same one every time.

    That one of many cases comes up 65,536 times in a draw is as good as impossible.
    """
    stream, count = np.random.default_rng(seed).bit_generator, compiled(count_drawn)
    held = np.zeros(cases, np.uint16)
    raw, place = np.empty(0, "<u4"), 0
    for _ in range(draws):
        held[:] = 0
        missing = cases
        while missing:
            if place == len(raw):
                # of each number the low half first, as numpy takes them
                raw, place = stream.random_raw(_RAW).astype("<u8", copy=False).view("<u4"), 0
            place, missing = count(raw, place, missing, cases, held)
        yield held
