"""The causes of the recorded waits, added up (docs/measures.md, why it waited).

In: the ledger, the project and what to tell the causes by. Out: `Causes`, in int64 microseconds. The causes of a clock
and what nothing explains add up to its wait, exactly.

The split follows Lashkevich, Milani, Chapela-Campa, Suvorau, Dumas, "Why am I waiting? Data-driven analysis of
waiting times in business processes" (CAiSE 2023). It departs in one thing: closing hours come before the queue, since
work that is recorded over a night keeps nobody busy that night.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from mappings.project import Project
from mining import work_arrays as field
from mining.compiled import fitted
from mining.engine import in_batches
from mining.ledger import Ledger
from mining.log import MICROSECONDS_A_DAY, Log
from mining.openings import Openings, openings_of
from mining.sequences import Ints, Sequences
from mining.ties import settled
from mining.wait_keys import WaitKeys
from mining.wait_split import end_run, take_in
from mining.waits import IN_TURN, NOT_ASKED, SORTED_BY, work_of
from mining.work_arrays import Pass, spell_place

BATCH = 10_000
"""Pieces of work that are read at a time."""
_COSTS = 4
"""How many positions of a sequence a piece of work weighs, for the choice to run compiled."""
_NAMES = {
    "elapsed_batching": field.ELAPSED_BATCHING,
    "elapsed_absent": field.ELAPSED_ABSENT,
    "elapsed_queue": field.ELAPSED_QUEUE,
    "working_batching": field.WORKING_BATCHING,
    "working_absent": field.WORKING_ABSENT,
    "working_queue": field.WORKING_QUEUE,
    "batched": field.BATCHED,
}

_COLUMNS = {
    "person": field.RESOURCE,
    "case": field.CASE,
    "started": field.STARTED,
    "done": field.DONE,
    "since": field.SINCE,
}


@dataclass(frozen=True)
class Causes:
    """The causes of the waits of each key, `{clock}_{cause}` and how many waited for a batch; and the batches."""

    by_key: dict[int, dict[str, int]]
    batches: int


def causes_of_waits(log: Log, ledger: Ledger, project: Project, keys: WaitKeys, size: int) -> Causes:
    """Split the waits of the cohort by cause, over the whole of the log's work of the same resource.

    `size` is about how many pieces of work there are.
    """
    openings = openings_of(project, ledger.timeline.window)
    tokens = _Tokens.of(ledger.structures.sequences, openings)
    batches = settled(in_batches(log.con, work_of(ledger), IN_TURN[:SORTED_BY], BATCH), IN_TURN, SORTED_BY)
    within = int(project.file.together_within.total_seconds() * 1_000_000)
    p = begun(openings, within, tokens.count, keys.count)
    return split_in_turn((_pieces(batch, tokens, keys) for batch in batches), p, size)


def split_in_turn(parts: Iterable[Ints], p: Pass, size: int) -> Causes:
    """Split the waits of work that comes in parts, in the order of `IN_TURN`, each piece as `mining.work_arrays` says.

    Holds a part at a time, the spells of one resource and the waits of one batch.
    """
    take, end = fitted(take_in, size * _COSTS), fitted(end_run, size * _COSTS)
    total = np.zeros(p.causes.shape, object)
    for pieces in parts:
        spells, held = (int(p.now[count]) + len(pieces) for count in (field.SPELLS, field.HELD))
        p = p._replace(spells=_with_room(p.spells, spells), held=_with_room(p.held, held))
        take(pieces, p)
        # sums of many years of microseconds: what came in is taken out before 64 bits are full
        total += p.causes
        p.causes[:] = 0
    end(p)
    total += p.causes
    found = {key: row for key, row in enumerate(total.tolist()) if any(row)}
    named = {key: {name: row[n] for name, n in _NAMES.items()} for key, row in found.items()}
    return Causes(named, int(p.now[field.BATCHES]))


@dataclass(frozen=True)
class _Tokens:
    """What the pass has to know of each token: its activity and the calendar of its lane, as numbers."""

    sequences: Sequences
    activity: Ints
    calendar: Ints

    @classmethod
    def of(cls, sequences: Sequences, openings: Openings) -> _Tokens:
        names = sorted({token.activity for token in sequences.tokens})
        activity = [names.index(token.activity) for token in sequences.tokens]
        calendar = [openings.calendar_of(token.lane) for token in sequences.tokens]
        return cls(sequences, np.array(activity, np.int64), np.array(calendar, np.int64))

    def at(self, sequence: Ints, position: Ints) -> Ints:
        """Return the token at each position."""
        token: Ints = self.sequences.codes[self.sequences.offsets[sequence] + position]
        return token

    @property
    def count(self) -> int:
        return len(self.activity)


def begun(openings: Openings, together_within: int, activities: int, keys: int) -> Pass:
    """Return what the pass begins with; there are at most so many activities, and rows to add up to."""
    now = np.zeros(field.NOW_FIELDS, np.int64)
    now[field.FIRST_DAY], now[field.TOGETHER] = openings.first_day, together_within
    now[field.OF] = field.NEVER
    return Pass(
        hours=openings.hours,
        now=now,
        last_begun=np.zeros(activities, np.int64),
        spells=np.empty((0, 1 + spell_place(len(openings.hours), 0)), np.int64),
        held=np.empty((0, field.PIECE_FIELDS), np.int64),
        points=np.zeros((3, field.POINT_FIELDS), np.int64),
        causes=np.zeros((keys, field.CAUSE_FIELDS), np.int64),
    )


def _with_room(rows: Ints, size: int) -> Ints:
    """Return the rows with room for `size` of them, and some more where it has to grow."""
    if len(rows) >= size:
        return rows
    return np.concatenate([rows, np.empty((size + len(rows), rows.shape[1]), np.int64)])


def _pieces(batch: pa.RecordBatch, tokens: _Tokens, keys: WaitKeys) -> Ints:
    column = {name: batch.column(name).to_numpy(zero_copy_only=False) for name in batch.schema.names}
    pieces = np.empty((len(batch), field.PIECE_FIELDS), np.int64)
    for name, place in _COLUMNS.items():
        pieces[:, place] = column[name]
    token = tokens.at(column["sequence"], column["position"])
    pieces[:, field.ACTIVITY], pieces[:, field.CALENDAR] = tokens.activity[token], tokens.calendar[token]
    waited = column["waited"].astype(np.int64)
    pieces[:, field.IS_WAIT] = waited != NOT_ASKED
    pieces[:, field.DAYS] = np.where(waited < 0, -1, waited * MICROSECONDS_A_DAY)
    pieces[:, field.STEP], pieces[:, field.PASSING] = keys.of(column)
    return pieces
