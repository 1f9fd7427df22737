"""The passes through branches beside each other, as the distinct sequences have them.

In: `Structures`. Out: `FoundPasses`: where each pass begins, and which are of one order of steps. A pass is a run of
events of parallel steps of the first episode in which one or more lie off the path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from mining.branch_order import BranchOrder, branch_order
from mining.distinct import distinct_rows
from mining.engine import kept
from mining.read_arrays import DELIVERED, ENDED, EVENT_STEP, LEAD
from mining.sequences import Ints, offsets_of
from mining.structures import Structures


@dataclass(frozen=True, eq=False)
class FoundPasses:
    """The passes of all distinct sequences: where they begin and end, and which are alike."""

    begins: Ints
    lengths: Ints
    kinds: Ints
    orders: tuple[BranchOrder, ...]

    @cached_property
    def events(self) -> tuple[Ints, Ints, Ints]:
        """The positions of all events, one pass after another; the pass of each; and where each pass begins in them."""
        firsts = offsets_of(self.lengths)
        run = np.repeat(np.arange(len(self.begins), dtype=np.int32), self.lengths)
        return np.arange(firsts[-1]) + (self.begins - firsts[:-1])[run], run, firsts[:-1]


def found_passes(structures: Structures) -> FoundPasses | None:
    """Find the runs of parallel steps of first episodes in which something lies off the path; null without any."""
    s, p, alphabet = structures.sequences, structures.positions, structures.coded.alphabet
    in_first = (p.phase == LEAD) & (p.episode == 1)
    if not (in_first & ~p.on_path).any():
        return None
    step = alphabet.tokens[:, EVENT_STEP][s.codes]
    is_parallel: Ints = np.asarray(alphabet.beside.any(axis=1))
    inside = in_first & (step >= 0) & is_parallel[step]
    starts = inside & (~np.roll(inside, 1) | (s.places == 0))
    run = np.cumsum(starts) - 1
    has_off = np.zeros(int(starts.sum()), np.bool_)
    has_off[run[inside & ~p.on_path]] = True
    begins = np.flatnonzero(starts)[has_off]
    lengths = np.bincount(run[inside], minlength=len(has_off))[has_off]
    after = begins + lengths
    goes_on = (after < len(step)) & in_first[np.minimum(after, len(step) - 1)]
    goes_on &= s.owners[np.minimum(after, len(step) - 1)] == s.owners[begins]
    by_last = ~goes_on & np.isin(structures.ends.end[s.owners[begins]], (DELIVERED, ENDED))
    found = FoundPasses(begins, lengths, np.empty(0, np.int64), ())
    at, run, _ = found.events
    # a row a pass: how it ends, then its steps
    offsets = offsets_of(lengths + 1)
    keys = np.empty(offsets[-1], np.int64)
    keys[offsets[:-1]] = by_last
    keys[np.arange(len(at)) + run + 1] = step[at]
    kinds, firsts = distinct_rows(keys, offsets)
    listed = [keys[offsets[n] : offsets[n + 1]] for n in firsts]
    orders = tuple(branch_order(k[1:].tolist(), alphabet.beside, ends_by_last=bool(k[0])) for k in listed)
    return replace(found, kinds=kinds, orders=orders)


def listed_passes(con: Any, structures: Structures, found: FoundPasses) -> Any:
    """Return the events of the passes as sequences have them: sequence, position, kind, run (the pass), place."""
    s = structures.sequences
    at, run, firsts = found.events
    place = (np.arange(len(at)) - firsts[run]).astype(np.int32)
    kind = found.kinds.astype(np.int32)[run]
    columns = {"sequence": s.owners[at], "position": s.places[at], "kind": kind, "run": run, "place": place}
    return kept(con, "zs_passes", pa.table(columns))


def whole_passes(batches: Iterable[pa.RecordBatch], wide: Sequence[int]) -> Iterator[tuple[int, pa.Table]]:
    """Cut events in order of their kind of pass into whole passes: the kind, and some passes of it.

    `wide`: how many events a pass of each kind has. What a batch holds of its last pass waits for the next one.
    """
    held, before = None, -1
    for batch in batches:
        kinds = batch["kind"].to_numpy()
        cuts = [0, *(np.flatnonzero(np.diff(kinds)) + 1).tolist(), len(kinds)] if len(kinds) else []
        for low, high in pairwise(cuts):
            kind, part = int(kinds[low]), pa.Table.from_batches([batch.slice(low, high - low)])
            part = pa.concat_tables([held, part]) if held is not None and kind == before else part
            whole = len(part) - len(part) % wide[kind]
            if whole:
                yield kind, part.slice(0, whole)
            held, before = part.slice(whole), kind
