"""The structures of the distinct sequences as engine tables, so that times can be joined to them.

In: `Structures` and the project. Out: tables with one row a position, sequence, loop or handoff. They hold numbers;
the names (step, lane, phase …) are joined in from tables of a few rows where they are asked for, and each name has
its number beside it in a column `…_code`, which is faster to group and join by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from mappings.project import Project
from mining.engine import kept, labelled
from mining.passings import LEVELS, Passings, passings
from mining.reach import in_first
from mining.read_arrays import BOOKED_BY, END, EVENT_STEP, PHASES
from mining.sequences import Ints
from mining.step_sequence import ragged_rows
from mining.structures import Structures
from mining.tokens import UNKNOWN_STEP

POSITIONS = "zs_structure"
"""The table that `StructureTables.positions` reads: whoever keeps what it says may drop it."""


@dataclass(frozen=True)
class StructureTables:
    """Engine tables.

    positions: sequence, position, step_of_event, phase, episode, on_path, step, lane, booked_by, booked_step (the step,
    or that it is unknown), visit, loop, loop_path, is_self_loop, returns_to, slack_until, step_visit; has_off_path
    (whether the sequence has events off the path), in_first (on the path of the first episode),
    is_whole_visit (nothing else of its visit is), passing (the number of its handoffs, −1 where the holder does not
    change), end_code (how the sequence ends).
    ends: sequence, end, open_at_end, turn_step, turn_lane, last_step.
    loops: sequence, loop, loop_path, path. handoffs: sequence, position, level, giver, taker, is_back.
    """

    positions: Any
    ends: Any
    loops: Any
    handoffs: Any
    passings: Passings


def structure_tables(con: Any, structures: Structures, project: Project) -> StructureTables:
    """Make the tables in the engine `con`."""
    passed = passings(structures, project)
    return StructureTables(
        _with_names(con, _positions(con, structures, passed), structures),
        kept(con, "zs_ends", _ends(structures)),
        _loops(con, structures),
        _handoffs(con, structures, passed),
        passed,
    )


def _names(con: Any, name: str, names: tuple[str, ...]) -> Any:
    columns = {"number": pa.array(range(len(names)), pa.int32()), "name": pa.array(names, pa.string())}
    return labelled(con, name, pa.table(columns), ("name",))


def _named(table: Any, column: str, names: Any) -> Any:
    """Add the name of a code; a code without one (−1) has a null name."""
    renamed = names.rename({column: "name"})
    return table.left_join(renamed, table[f"{column}_code"] == renamed.number).drop("number")


def _positions(con: Any, structures: Structures, passed: Passings) -> Any:
    """What the sequence alone says of each position, to be joined on (sequence, position)."""
    s, p = structures.sequences, structures.positions
    step_of_event = structures.coded.alphabet.tokens[:, EVENT_STEP][s.codes]
    columns = {
        "sequence": s.owners,
        "position": s.places,
        "step_of_event_code": _narrow(step_of_event),
        "phase_code": p.phase,
        "episode": p.episode,
        "on_path": p.on_path,
        "step_code": p.step,
        "lane_code": p.lane,
        "booked_by_code": p.booked_by,
        "visit": p.visit,
        "loop": p.loop,
        "loop_path": structures.path_of_position,
        "is_self_loop": p.is_self_loop,
        "returns_to": p.returns_to,
        "slack_until": pa.array(p.slack_until, mask=p.slack_until < 0),
        "step_visit": p.step_visit,
        "has_off_path": _has_off_path(structures)[s.owners],
        "in_first": in_first(structures),
        "is_whole_visit": _is_whole_visit(structures),
        "passing": _narrow(passed.numbers),
        "end_code": structures.ends.end[s.owners],
    }
    return kept(con, POSITIONS, pa.table(columns))


def _is_whole_visit(structures: Structures) -> Ints:
    """Tell which segments on the path of the first episode are a visit by themselves: most are, and need no sum."""
    p, owners = structures.positions, structures.sequences.owners
    chosen = np.flatnonzero(in_first(structures))
    goes_on = owners[chosen[1:]] == owners[chosen[:-1]]
    for each in (p.visit, p.step):
        goes_on &= each[chosen[1:]] == each[chosen[:-1]]
    whole: Ints = np.zeros(len(owners), np.bool_)
    whole[chosen] = ~(np.append(goes_on, False) | np.insert(goes_on, 0, False)) if len(chosen) else False
    return whole


def _narrow(numbers: Ints) -> Ints:
    """Hold small numbers in two bytes: they stand in every row that is booked."""
    return numbers.astype(np.int16) if numbers.max(initial=0) < np.iinfo(np.int16).max else numbers


def _has_off_path(structures: Structures) -> Ints:
    s, p = structures.sequences, structures.positions
    has: Ints = np.zeros(len(s), np.bool_)
    has[s.owners[~p.on_path]] = True
    return has


def _with_names(con: Any, coded: Any, structures: Structures) -> Any:
    """Put names in the place of the codes; a step that is not known is booked under a name of its own."""
    steps, count = _names(con, "zs_step_names", structures.coded.steps), len(structures.coded.steps)
    coded = coded.mutate(booked_step_code=ibis.ifelse(coded.step_code < 0, count, coded.step_code))
    listed = {
        "step_of_event": steps,
        "step": steps,
        "booked_step": _names(con, "zs_booked_names", (*structures.coded.steps, UNKNOWN_STEP)),
        "lane": _names(con, "zs_lane_names", structures.coded.lanes),
        "phase": _names(con, "zs_phase_names", PHASES),
        "booked_by": _names(con, "zs_by_names", BOOKED_BY),
    }
    for column, names in listed.items():
        coded = _named(coded, column, names).drop(f"{column}_code")
    return coded


def _ends(structures: Structures) -> pa.Table:
    """How each sequence ends, and whose turn it is then."""
    s, ends, coded = structures.sequences, structures.ends, structures.coded
    last_code = s.codes[s.offsets[1:] - 1]
    return pa.table(
        {
            "sequence": pa.array(np.arange(len(s), dtype=np.int64)),
            "end": _text(ends.end, END),
            "open_at_end": ends.is_open,
            "turn_step": _text(ends.turn_step, coded.steps),
            "turn_lane": _text(ends.turn_lane, coded.lanes),
            "last_step": _text(coded.alphabet.tokens[last_code, EVENT_STEP], coded.steps),
        }
    )


def _text(numbers: Ints, names: tuple[str, ...]) -> pa.DictionaryArray:
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


def loop_paths(structures: Structures) -> pa.Table:
    """Return the distinct paths of loops by number; a step that is not known is called so."""
    firsts = structures.loop_paths.firsts
    places, offsets = ragged_rows(structures.loop_offsets, firsts)
    steps = structures.loop_steps[places]
    names = pa.array((*structures.coded.steps, UNKNOWN_STEP), pa.string())
    listed = names.take(pa.array(np.where(steps < 0, len(names) - 1, steps)))
    numbers = pa.array(np.arange(len(firsts), dtype=np.int64))
    return pa.table({"loop_path": numbers, "path": pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), listed)})


def _handoffs(con: Any, structures: Structures, passed: Passings) -> Any:
    """The handoffs of each sequence at each level."""
    s, parts = structures.sequences, []
    for level, each in enumerate(passed.levels):
        columns = {
            "sequence": s.owners[each.place],
            "position": s.places[each.place],
            "level_code": np.full(len(each.place), level, np.int8),
            "giver_code": each.giver,
            "taker_code": each.taker,
            "is_back": each.is_back,
        }
        parts.append(pa.table(columns))
    coded = kept(con, "zs_handoffs", pa.concat_tables(parts))
    listed = _names(con, "zs_holder_names", passed.holders)
    both = _named(_named(coded, "giver", listed), "taker", listed)
    named = _named(both, "level", _names(con, "zs_level_names", LEVELS))
    return kept(con, "zs_handoffs_named", named.drop("level_code", "giver_code", "taker_code"))
