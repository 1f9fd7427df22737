"""How long the cases of a norm took, judged and open ones on one axis, in the norm's own clock.

In: a number a case, its verdict, and which open cases are at risk. Out: `NormSpread`: bins with the norm's line on an
edge. An open case stands at the age that it has. Where each case has its own target date, or a term of its own length,
the axis is the time past that date: before it is below zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mining.results.norms import NormBin, NormSpread
from mining.sample import Floats

DAY = 86_400.0
BINS = 24
"""Bins between the ends, about; the norm's line decides how wide they are."""
_MET, _MISSED, _OPEN, _RISK, _UNSURE = range(5)


@dataclass(frozen=True)
class Taken:
    """`seconds` in the norm's clock, or past each case's own end; NaN where that is not known, which is left out."""

    seconds: Floats
    is_met: npt.NDArray[np.bool_]
    is_missed: npt.NDArray[np.bool_]
    is_open: npt.NDArray[np.bool_]
    is_at_risk: npt.NDArray[np.bool_]
    is_unsure: npt.NDArray[np.bool_]
    """Open ones of which it cannot be told whether they are at risk."""


def norm_spread(taken: Taken, limit: float | None, told: int) -> NormSpread | None:
    """Return the bins; `limit` in seconds, null for the time past each case's own end.

    `told` is how many cases the norm judges or calls open, so that those not drawn can be counted. Null where nothing
    can be drawn.
    """
    shown = (taken.is_met | taken.is_missed | taken.is_open) & ~np.isnan(taken.seconds)
    if not shown.any():
        return None
    edges = _edges(taken.seconds[shown], limit)
    at = np.clip(np.searchsorted(edges, taken.seconds[shown], side="left") - 1, 0, len(edges) - 2)
    kinds = (taken.is_met, taken.is_missed, taken.is_open, taken.is_at_risk, taken.is_unsure)
    counts = [np.bincount(at[kind[shown]], minlength=len(edges) - 1).tolist() for kind in kinds]
    return NormSpread(
        axis="age" if limit is not None else "past_own_end",
        left_out=max(0, told - int(shown.sum())),
        bins=tuple(
            NormBin(
                from_seconds=float(edges[n]),
                to_seconds=float(edges[n + 1]),
                met=counts[_MET][n],
                missed=counts[_MISSED][n],
                open=counts[_OPEN][n],
                at_risk=counts[_RISK][n],
                at_risk_unknown=counts[_UNSURE][n],
            )
            for n in range(len(edges) - 1)
        ),
        has_longer=bool((taken.seconds[shown] > edges[-1]).any()),
        has_shorter=bool((taken.seconds[shown] < edges[0]).any()),
    )


def _edges(seconds: Floats, limit: float | None) -> Floats:
    """Return the edges; the norm's line (the limit, or zero) is one. The far ends hold what lies beyond them."""
    low, high = (float(q) for q in np.quantile(seconds, (0.01, 0.98)))
    if limit is not None and limit > 0:
        high = max(high, 1.2 * limit)
        if not limit % DAY and _are_days(seconds, high / BINS):
            return DAY * _days(int(limit / DAY), int(np.ceil(high / DAY)))
        parts = round(BINS * limit / high)
        if not parts:
            # a norm far shorter than the times is one narrow bin before wide ones, not the width of thousands
            return np.concatenate([[0.0], limit + (high - limit) / (BINS - 1) * np.arange(BINS)])
        # so that the limit itself is an edge to the last bit: who took exactly that long met it
        return np.asarray(limit * np.arange(int(np.ceil(parts * high / limit - 1e-9)) + 1) / parts, np.float64)
    low, high = min(low, 0.0), max(high, 0.0)
    width = (high - low) / BINS or DAY
    if _are_days(seconds, width):
        width = DAY * np.ceil(width / DAY)
    first, last = int(np.floor(low / width)), int(np.ceil(high / width))
    return np.asarray(width * np.arange(first, max(last, first + 1) + 1), np.float64)


def _are_days(seconds: Floats, width: float) -> bool:
    """Whether bins have to be of whole days: where times are, one of 3.5 days holds those of three days or of four.

    A time past a date is a microsecond more, since the date counts to the end of its day.
    """
    return width >= DAY or not (np.round(seconds) % DAY).any()


def _days(limit: int, high: int) -> Floats:
    """Return edges in whole days. The limit is one; where no width near the wanted one divides it, the first bin is
    narrower.
    """
    wanted = max(1, round(high / BINS))
    near = [wide for wide in range(-(-wanted // 2), 2 * wanted + 1) if limit % wide == 0]
    wide = min(near, key=lambda each: abs(each - wanted), default=wanted)
    first = limit % wide or wide
    return np.concatenate([[0.0], np.arange(first, high + wide, wide, dtype=np.float64)])
