"""Which cases of a side have no like on the other side, since there the slow ones may still be open.

In: of two sides the cases that ended, with how long they took, and those that are open. Out: the slowest cases of the
side of which more have ended, as many as the other side may lack. It owns what a claim between sides that were not
followed equally long rests on: it must hold also if what is open were the slowest. Source: trimming bounds, Lee 2009.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from mining.sample import Floats
from mining.sequences import Ints


@dataclass(frozen=True, eq=False)
class Ends:
    """The cases of a side: the part of the mix that each is of, and of those that ended how long they took."""

    lead: Floats
    strata: npt.NDArray[Any]
    open_strata: npt.NDArray[Any]


def without_slowest(own: Ends, other: Ends) -> npt.NDArray[np.bool_]:
    """Return which ended cases of `own` are left where of each stratum no greater share has ended than of `other`.

    A stratum that the other side lacks is held against all of its cases.
    """
    sides = (own.strata, own.open_strata, other.strata, other.open_strata)
    # hashed, not sorted: there may be as many texts as cases
    named = pa.array(np.concatenate(sides)).dictionary_encode()
    parts, codes = len(named.dictionary), named.indices.to_numpy()
    split = np.split(codes, np.cumsum([len(each) for each in sides])[:-1])
    ended, still_open, other_ended, other_open = (np.bincount(each, minlength=parts) for each in split)
    every = other_ended + other_open
    whole = other_ended.sum() / max(every.sum(), 1)
    share = np.divide(other_ended, every, out=np.full(parts, whole), where=every > 0)
    beyond = np.maximum(ended - share * (ended + still_open), 0.0)
    # what is rounded off goes on to the next stratum, or of many small ones none would lose a case
    dropped = np.diff(np.floor(np.cumsum(beyond) + 0.5), prepend=0.0).astype(np.int64)
    return _but_last(split[0], own.lead, ended - np.minimum(dropped, ended))


def _but_last(stratum: Ints, lead: Floats, left: Ints) -> npt.NDArray[np.bool_]:
    """Return the `left` quickest cases of each stratum."""
    order = np.lexsort((lead, stratum))
    begins = np.cumsum(np.bincount(stratum, minlength=len(left))) - np.bincount(stratum, minlength=len(left))
    rank = np.arange(len(order)) - begins[stratum[order]]
    kept = np.empty(len(order), np.bool_)
    kept[order] = rank < left[stratum[order]]
    return kept
