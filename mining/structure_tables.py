"""The structures of the distinct sequences as engine tables, so that times can be joined to them.

In: `Structures` and the project. Out: tables with one row a position, sequence, loop or handoff. They hold numbers;
the names (step, lane, phase …) are joined in from tables of a few rows where they are asked for, and each name has
its number beside it in a column `…_code`, which is faster to group and join by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from mappings.project import Project
from mining.read_arrays import BOOKED_BY, END, EVENT_STEP, PHASES
from mining.sequences import Ints
from mining.step_sequence import ragged_rows
from mining.structures import Structures
from mining.tokens import UNKNOWN_STEP

LEVELS = ("team", "department", "organisation")


@dataclass(frozen=True)
class StructureTables:
    """Engine tables.

    coded: sequence, position, step_of_event_code, phase_code, episode, on_path, step_code, lane_code, booked_by_code,
    visit, loop, loop_path, is_self_loop, returns_to, slack_until, step_visit.
    positions: the same with the names of the codes.
    ends: sequence, end, open_at_end, turn_step, turn_lane, last_step.
    loops: sequence, loop, loop_path, path. handoffs: sequence, position, level, giver, taker, is_back.
    """

    coded: Any
    positions: Any
    ends: Any
    loops: Any
    handoffs: Any


def structure_tables(con: Any, structures: Structures, project: Project) -> StructureTables:
    """Make the tables in the engine `con`."""
    steps = _names(con, "zs_step_names", structures.coded.steps)
    lanes = _names(con, "zs_lane_names", structures.coded.lanes)
    coded = _positions(con, structures)
    return StructureTables(
        coded,
        _with_names(coded, steps, lanes),
        _kept(con, "zs_ends", _ends(structures)),
        _loops(con, structures),
        _handoffs(con, structures, project),
    )


def _kept(con: Any, name: str, table: Any) -> Any:
    return con.create_table(name, table, temp=True, overwrite=True)


def _names(con: Any, name: str, names: tuple[str, ...]) -> Any:
    columns = {"number": pa.array(range(len(names)), pa.int32()), "name": pa.array(names, pa.string())}
    return _kept(con, name, pa.table(columns))


def _named(table: Any, column: str, names: Any) -> Any:
    """Add the name of a code; a code without one (−1) has a null name."""
    renamed = names.rename({column: "name"})
    return table.left_join(renamed, table[f"{column}_code"] == renamed.number).drop("number")


def _positions(con: Any, structures: Structures) -> Any:
    """What the sequence alone says of each position, to be joined on (sequence, position)."""
    s, p = structures.sequences, structures.positions
    step_of_event = structures.coded.alphabet.tokens[:, EVENT_STEP][s.codes]
    columns = {
        "sequence": s.owners,
        "position": s.places,
        "step_of_event_code": step_of_event,
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
    }
    return _kept(con, "zs_structure", pa.table(columns))


def _with_names(coded: Any, steps: Any, lanes: Any) -> Any:
    named = _named(_named(_named(coded, "step_of_event", steps), "step", steps), "lane", lanes)
    return named.mutate(
        phase=named.phase_code.cases(*enumerate(PHASES)), booked_by=named.booked_by_code.cases(*enumerate(BOOKED_BY))
    )


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
    coded = _kept(con, "zs_loops", pa.table(found))
    paths = _kept(con, "zs_loop_paths", loop_paths(structures))
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


def _handoffs(con: Any, structures: Structures, project: Project) -> Any:
    """The handoffs of each sequence at team, department and organisation level."""
    lanes = structures.coded.lanes
    named = {
        "team": lanes,
        "department": tuple(project.lane(lane).department or None for lane in lanes),
        "organisation": tuple(project.lane(lane).organisation or None for lane in lanes),
    }
    holders = tuple(sorted({name for names in named.values() for name in names if name is not None}))
    number = {name: n for n, name in enumerate(holders)}
    parts = []
    for level, names in enumerate(named.values()):
        found = structures.handovers([-1 if name is None else number[name] for name in names])
        s = structures.sequences
        columns = {
            "sequence": s.owners[found.place],
            "position": s.places[found.place],
            "level_code": np.full(len(found.place), level, np.int8),
            "giver_code": found.giver,
            "taker_code": found.taker,
            "is_back": found.is_back,
        }
        parts.append(pa.table(columns))
    coded = _kept(con, "zs_handoffs", pa.concat_tables(parts))
    listed = _names(con, "zs_holder_names", holders)
    both = _named(_named(coded, "giver", listed), "taker", listed)
    return both.mutate(level=both.level_code.cases(*enumerate(LEVELS)))
