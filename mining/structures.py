"""The structures of the distinct sequences as tables, so that the engine can join times to them.

In: the sequences of a `Timeline` and their `Structure`. Out: small Arrow tables, one row a sequence or a position.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import pyarrow as pa

from mappings.project import Project
from mining.sequence import Structure, handovers
from mining.timeline import Timeline

_STRUCTURE = pa.schema(
    [
        ("sequence", pa.int64()),
        ("position", pa.int64()),
        ("step_of_event", pa.string()),
        ("phase", pa.string()),
        ("episode", pa.int64()),
        ("on_path", pa.bool_()),
        ("step", pa.string()),
        ("lane", pa.string()),
        ("booked_by", pa.string()),
        ("visit", pa.int64()),
        ("loop", pa.int64()),
        ("is_self_loop", pa.bool_()),
        ("returns_to", pa.bool_()),
        ("slack_until", pa.int64()),
    ]
)


def structure_table(line: Timeline, structures: Sequence[Structure]) -> pa.Table:
    """Return what the sequence alone says of each position, to be joined on (sequence, position)."""
    rows = [
        {"sequence": n, "position": i, "step_of_event": token.step, **asdict(row)}
        for n, (tokens, structure) in enumerate(zip(line.sequences, structures, strict=True))
        for i, (token, row) in enumerate(zip(tokens, structure.rows, strict=True))
    ]
    return pa.Table.from_pylist(rows, schema=_STRUCTURE)


def ends_table(line: Timeline, structures: Sequence[Structure]) -> pa.Table:
    """Return how each sequence ends, and whose turn it is then."""
    schema = pa.schema(
        [
            ("sequence", pa.int64()),
            ("end", pa.string()),
            ("open_at_end", pa.bool_()),
            ("turn_step", pa.string()),
            ("turn_lane", pa.string()),
            ("last_step", pa.string()),
        ]
    )
    rows = [
        {
            "sequence": n,
            "end": structure.end,
            "open_at_end": structure.is_open_at_end,
            "turn_step": structure.open_turn.step if structure.open_turn else None,
            "turn_lane": structure.open_turn.lane if structure.open_turn else None,
            "last_step": tokens[-1].step if tokens else None,
        }
        for n, (tokens, structure) in enumerate(zip(line.sequences, structures, strict=True))
    ]
    return pa.Table.from_pylist(rows, schema=schema)


def loops_table(structures: Sequence[Structure]) -> pa.Table:
    """Return the path of each loop of each sequence."""
    schema = pa.schema([("sequence", pa.int64()), ("loop", pa.int64()), ("path", pa.list_(pa.string()))])
    rows = [
        {"sequence": n, "loop": i, "path": list(path)}
        for n, structure in enumerate(structures)
        for i, path in enumerate(structure.loops)
    ]
    return pa.Table.from_pylist(rows, schema=schema)


def handoffs_table(line: Timeline, structures: Sequence[Structure], project: Project) -> pa.Table:
    """Return the handoffs of each sequence at team, department and organisation level."""
    schema = pa.schema(
        [
            ("sequence", pa.int64()),
            ("position", pa.int64()),
            ("level", pa.string()),
            ("giver", pa.string()),
            ("taker", pa.string()),
            ("is_back", pa.bool_()),
        ]
    )
    lanes = {row.lane for structure in structures for row in structure.rows if row.lane}
    names: dict[str, dict[str, str | None]] = {
        "team": {lane: lane for lane in lanes},
        "department": {lane: project.lane(lane).department or None for lane in lanes},
        "organisation": {lane: project.lane(lane).organisation or None for lane in lanes},
    }
    rows = [
        {"sequence": n, **asdict(handover)}
        for n, (tokens, structure) in enumerate(zip(line.sequences, structures, strict=True))
        for level, name_of in names.items()
        for handover in handovers(tokens, structure.rows, level, name_of)
    ]
    return pa.Table.from_pylist(rows, schema=schema)
