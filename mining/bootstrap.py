"""Drawing cases with replacement, many draws at once, within bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from mining.compiled import compiled
from mining.drawing import sum_drawn
from mining.sequences import Ints

DRAWS = 1000
SEED = 20_260_101
_AT_ONCE = 2_000_000
"""Weights held at a time: 16 MB."""

MANY = 20_000
"""From so many cases on they are drawn block by block, compiled. Measured a case and draw: 17 ns, compiled 1.2 ns."""
_BLOCK = 4096
"""Cases that are drawn from at a time: 32 kB, near the processor. A power of two passes no random number over."""
_RAW = 16_384
"""Random numbers of 64 bits taken at a time: 128 kB."""

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


def shared_out(drawn: Ints, sizes: Sequence[int], generator: np.random.Generator) -> Iterator[Ints]:
    """Yield for part after part how many of what each draw holds fall into it; the parts have so many cases."""
    left = sum(sizes)
    for size in sizes:
        held = generator.binomial(drawn, size / left) if size else np.zeros_like(drawn)
        drawn, left = drawn - held, left - size
        yield held


def summed_draws(values: npt.NDArray[np.float64], drawn: Ints, seed: Sequence[int]) -> npt.NDArray[np.float64]:
    """Return what the values of each draw add up to: `drawn` of the cases with replacement. Values are in order.

    How many cases a draw has of each block is drawn first, then which they are: draws by case, as those of
    `drawn_weights` are, with nothing held but a block.
    """
    generator, add = np.random.default_rng(seed), compiled(sum_drawn)
    sums = np.zeros(len(drawn))
    blocks = [values[begin : begin + _BLOCK] for begin in range(0, len(values), _BLOCK)]
    for block, held in zip(blocks, shared_out(drawn, [*map(len, blocks)], generator), strict=True):
        if block[0] == block[-1]:
            sums += held * block[0]
            continue
        while held.any():
            # of each number the low part first, on every machine
            raw = generator.bit_generator.random_raw(_RAW).astype("<u8", copy=False).view("<u2")
            add(raw, held, block, sums)
    return sums
