"""Labels along a line: each as near to its place as the others allow, none on top of another."""

from __future__ import annotations

from collections.abc import Sequence


def spread(places: Sequence[float], widths: Sequence[float], low: float, high: float) -> list[float]:
    """Return the middles of labels of these widths within low–high, in the order given (places ascending).

    Labels that touch are moved together, as one block around the mean of their places (pool adjacent violators).
    Where they do not fit at all, they keep their order from `low` on.
    """
    blocks: list[list[float]] = []  # sum of wished lefts, count, width
    for place, wide in zip(places, widths, strict=True):
        blocks.append([place - wide / 2, 1, wide])
        while len(blocks) > 1 and _left(blocks[-2], low, high) + blocks[-2][2] > _left(blocks[-1], low, high):
            wished, count, size = blocks.pop()
            blocks[-1][0] += wished - count * blocks[-1][2]
            blocks[-1][1] += count
            blocks[-1][2] += size
    return _middles(blocks, widths, low, high)


def _left(block: list[float], low: float, high: float) -> float:
    return max(low, min(block[0] / block[1], high - block[2]))


def _middles(blocks: list[list[float]], widths: Sequence[float], low: float, high: float) -> list[float]:
    out: list[float] = []
    for block in blocks:
        x = _left(block, low, high)
        for wide in widths[len(out) : len(out) + int(block[1])]:
            out.append(x + wide / 2)
            x += wide
    return out
