"""The structures of the distinct sequences as engine tables, so that times can be joined to them.

In: `Structures` and the project. Out: tables with one row a position, sequence, loop or handoff. Where sequences are
many there are millions of positions: what is said of one is packed into a number or two, and its names (step and lane)
are the number of their combination, of which there are few.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from mappings.project import Project
from mining.engine import kept, labelled
from mining.packed import Packed, bounds_of, fields
from mining.passings import Passings, passings
from mining.position_labels import PositionLabels
from mining.reach import in_first
from mining.read_arrays import END, EVENT_STEP, OPEN
from mining.sequences import Ints, whole_rows
from mining.step_sequence import ragged_rows
from mining.structures import Structures
from mining.tokens import UNKNOWN_STEP

POSITIONS = "zs_structure"
"""The table that `StructureTables.positions` reads: whoever keeps what it says may drop it."""
_AT_ONCE = 1 << 20
"""So many positions are told at once, or one sequence where it has more."""


@dataclass(frozen=True)
class StructureTables:
    """Engine tables, and what is packed into `positions`.

    positions: sequence, position, and the columns of `packed`.
    packed: label (the number of a row of `labels`), phase and booked_by (their places in PHASES and BOOKED_BY),
    is_finish (the last on the path of the first episode), on_path, has_step, in_closed (on the path of a first episode
    that has ended), is_begin (the first on the path of the first episode), is_self_loop, returns_to, is_whole_visit
    (nothing else of its visit is), passing (the number of its handoffs, −1 where the holder does not change), episode,
    visit, step_visit, loop, loop_path, shared_visit (the visit of the event where other events are of it too, else −1).
    labels: label, lane, booked_step (the step, or that it is unknown).
    event_steps: token, step_of_event (null for the closing of a case).
    beside: of the sequences with events off the path alone: sequence, position, on_path, follows (on the path, or on
    the origin), slack_until, is_until (some event could have come until then); null where there are none.
    ends: sequence, end, last_end, open_at_end, turn_step, turn_lane, last_step.
    loops: sequence, loop, loop_path, path. handoffs: passing, level, giver, taker.
    """

    positions: Any
    packed: Packed
    labels: Any
    event_steps: Any
    beside: Any | None
    ends: Any
    loops: Any
    handoffs: Any
    passings: Passings


def structure_tables(con: Any, structures: Structures, project: Project, ends_are_known: bool) -> StructureTables:
    """Make the tables in the engine `con`; `ends_are_known`: whether the log can show that a case has ended."""
    passed = passings(structures, project)
    labels = PositionLabels.of(structures)
    told = Packed(fields("told", _bounds(structures, passed, labels)))
    parts = _positions(structures, passed, labels, told, ends_are_known)
    return StructureTables(
        _kept(con, POSITIONS, parts),
        told,
        _labels(con, structures, labels),
        _event_steps(con, structures),
        _beside(con, structures),
        kept(con, "zs_ends", _ends(structures)),
        _loops(con, structures),
        _handoffs(con, passed),
        passed,
    )


def _kept(con: Any, name: str, parts: Iterator[pa.RecordBatch]) -> Any:
    """Keep what comes in parts; as a rule it is one."""
    first = next(parts)
    second = next(parts, None)
    if second is None:
        return kept(con, name, pa.Table.from_batches([first]))
    return kept(con, name, pa.RecordBatchReader.from_batches(first.schema, chain([first, second], parts)))


def _positions(
    structures: Structures, passed: Passings, labels: PositionLabels, told: Packed, ends_are_known: bool
) -> Iterator[pa.RecordBatch]:
    """Yield sequence, position and what is packed, of some whole sequences at a time; of none where there are none."""
    s = structures.sequences
    for low, high in whole_rows(s.offsets, _AT_ONCE) if len(s) else [(0, 0)]:
        here = slice(int(s.offsets[low]), int(s.offsets[high]))
        owners = s.owners[here]
        numbers = _told(structures, passed, here, ends_are_known)
        numbers |= {"label": labels.numbers(structures, here), "loop_path": structures.paths_at(here)}
        places = np.arange(here.start, here.stop, dtype=np.int64) - s.offsets[owners]
        columns = {"sequence": owners, "position": places.astype(np.int32), **told.put(numbers)}
        yield pa.RecordBatch.from_pydict(columns)


def _bounds(structures: Structures, passed: Passings, labels: PositionLabels) -> dict[str, tuple[int, int, str]]:
    """Return between which numbers lies what is said of a position."""
    p, truth = structures.positions, (0, 1, "bool")
    low, high, _ = bounds_of(passed.numbers)
    return {
        "label": (0, len(labels.keys), "int32"),
        "phase": bounds_of(p.phase),
        "booked_by": bounds_of(p.booked_by),
        "on_path": truth,
        "has_step": truth,
        "in_closed": truth,
        "is_begin": truth,
        "is_finish": truth,
        "is_self_loop": truth,
        "returns_to": truth,
        "is_whole_visit": truth,
        "passing": (low, high, "int16" if high < np.iinfo(np.int16).max else "int32"),
        "episode": bounds_of(p.episode),
        "visit": bounds_of(p.visit),
        "step_visit": bounds_of(p.step_visit),
        "loop": bounds_of(p.loop),
        "loop_path": (-1, len(structures.loop_paths.firsts), "int32"),
        "shared_visit": (-1, *bounds_of(p.event_visit)[1:]),
    }


def _told(structures: Structures, passed: Passings, here: slice, ends_are_known: bool) -> dict[str, Ints]:
    """What the sequence alone says of the positions of some whole sequences, apart from names and loops."""
    p, ends, owners = structures.positions, structures.ends, structures.sequences.owners[here]
    first = in_first(structures, here)
    return {
        "phase": p.phase[here],
        "booked_by": p.booked_by[here],
        "on_path": p.on_path[here],
        "has_step": p.step[here] >= 0,
        "in_closed": first & (ends.end != OPEN)[owners] if ends_are_known else first,
        "is_self_loop": p.is_self_loop[here],
        "returns_to": p.returns_to[here],
        **_along_first(first, owners, p.visit[here], p.step[here]),
        "passing": passed.numbers[here],
        "episode": p.episode[here],
        "visit": p.visit[here],
        "step_visit": p.step_visit[here],
        "loop": p.loop[here],
        "shared_visit": _shared(structures, here),
    }


def _shared(structures: Structures, here: slice) -> Ints:
    """Return of the events of some whole sequences the visit where it has others too; most have one to themselves."""
    visit, owners = structures.positions.event_visit[here], structures.sequences.owners[here]
    firsts = structures.visit_offsets
    number = firsts[owners] - firsts[owners[:1]] + visit
    events = np.bincount(number[visit >= 0])
    alone = visit < 0
    alone[~alone] = events[number[~alone]] == 1
    return np.where(alone, visit.dtype.type(-1), visit)


def _labels(con: Any, structures: Structures, labels: PositionLabels) -> Any:
    """The names of the combinations by number."""
    coded = structures.coded
    booked, holders = labels.names
    table = {
        "label": pa.array(np.arange(len(labels.keys), dtype=np.int64)),
        "lane": _text(holders, (*coded.lanes, None)),
        "booked_step": _text(booked, (*coded.steps, UNKNOWN_STEP)),
    }
    return labelled(con, "zs_labels", pa.table(table), tuple(table)[1:])


def _event_steps(con: Any, structures: Structures) -> Any:
    step = structures.coded.alphabet.tokens[:, EVENT_STEP]
    table = {"token": np.arange(len(step), dtype=np.int32), "step_of_event": _text(step, structures.coded.steps)}
    return labelled(con, "zs_event_steps", pa.table(table), ("step_of_event",))


def _along_first(first: Ints, owners: Ints, visit: Ints, step: Ints) -> dict[str, Ints]:
    """Tell of the path of the first episode where it begins, where it finishes, and what is a visit by itself.

    Most of its segments are one, and need no sum.
    """
    chosen = np.flatnonzero(first)
    goes_on = owners[chosen[1:]] == owners[chosen[:-1]]
    told = {"is_begin": _before(~goes_on), "is_finish": _after(~goes_on)}
    for each in (visit, step):
        goes_on &= each[chosen[1:]] == each[chosen[:-1]]
    told["is_whole_visit"] = _before(~goes_on) & _after(~goes_on)
    found = {name: np.zeros(len(first), np.bool_) for name in told}
    for name, each in told.items():
        found[name][chosen] = each[: len(chosen)]
    return found


def _before(parts: Ints) -> Ints:
    """Tell of each row whether it is parted from the one before; the first one is."""
    return np.insert(parts, 0, True)


def _after(parts: Ints) -> Ints:
    """Tell of each row whether it is parted from the next one; the last one is."""
    return np.append(parts, True)


def _beside(con: Any, structures: Structures) -> Any | None:
    """What the sequences with events off the path say of those; null where no sequence has any."""
    s, p = structures.sequences, structures.positions
    has: Ints = np.zeros(len(s), np.bool_)
    has[s.owners[~p.on_path]] = True
    if not has.any():
        return None
    chosen = np.flatnonzero(has[s.owners])
    until, places = p.slack_until[chosen], s.places[chosen]
    follows = (places == 0) | p.on_path[chosen - 1]
    is_until: Ints = np.zeros(len(p.on_path), np.bool_)
    is_until[(chosen - places + until)[until >= 0]] = True
    columns = {
        "sequence": s.owners[chosen],
        "position": places,
        "on_path": p.on_path[chosen],
        "follows": follows,
        "slack_until": pa.array(until, mask=until < 0),
        "is_until": is_until[chosen],
    }
    return kept(con, "zs_structure_beside", pa.table(columns))


def _ends(structures: Structures) -> pa.Table:
    """How each sequence ends, and whose turn it is then."""
    s, ends, coded = structures.sequences, structures.ends, structures.coded
    last_code = s.codes[s.offsets[1:] - 1]
    return pa.table(
        {
            "sequence": pa.array(np.arange(len(s), dtype=np.int64)),
            "end": _text(ends.end, END),
            "last_end": _text(ends.last_end, END),
            "open_at_end": ends.is_open,
            "turn_step": _text(ends.turn_step, coded.steps),
            "turn_lane": _text(ends.turn_lane, coded.lanes),
            "last_step": _text(coded.alphabet.tokens[last_code, EVENT_STEP], coded.steps),
        }
    )


def _text(numbers: Ints, names: tuple[str | None, ...]) -> pa.DictionaryArray:
    numbered = pa.array(numbers, pa.int32(), mask=numbers < 0)
    return pa.DictionaryArray.from_arrays(numbered, pa.array(names, pa.string()))


def _loops(con: Any, structures: Structures) -> Any:
    """The path of each loop of each sequence."""
    counts = structures.ends.loops.astype(np.int64)
    owners = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    found = {
        "sequence": owners,
        "loop": np.arange(len(owners), dtype=np.int64) - first,
        "loop_path": structures.loop_paths.numbers,
    }
    coded = kept(con, "zs_loops", pa.table(found))
    paths = kept(con, "zs_loop_paths", loop_paths(structures))
    return coded.join(paths, "loop_path")


def loop_paths(structures: Structures, wanted: Ints | None = None) -> pa.Table:
    """Return the distinct paths of loops, or the wanted ones, by number; a step that is not known is called so."""
    firsts = structures.loop_paths.firsts
    numbers = np.arange(len(firsts)) if wanted is None else wanted
    places, offsets = ragged_rows(structures.loop_offsets, firsts[numbers])
    steps = structures.loop_steps[places]
    names = pa.array((*structures.coded.steps, UNKNOWN_STEP), pa.string())
    listed = names.take(pa.array(np.where(steps < 0, len(names) - 1, steps)))
    told = pa.array(numbers, pa.int64())
    return pa.table({"loop_path": told, "path": pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), listed)})


def _handoffs(con: Any, passed: Passings) -> Any:
    """The handoffs of each number at each level."""
    rows = [(number, *each) for number, handings in enumerate(passed.handings) for each in handings]
    kinds = {"passing": pa.int32(), "level": pa.string(), "giver": pa.string(), "taker": pa.string()}
    columns = {name: pa.array([row[n] for row in rows], kind) for n, (name, kind) in enumerate(kinds.items())}
    return labelled(con, "zs_handoffs", pa.table(columns), ("level", "giver", "taker"))
