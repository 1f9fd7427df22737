"""What the causes of waiting are told by: the step that the wait is booked to, and the handoff that it followed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mining.ledger import Ledger
from mining.passings import Handing
from mining.reach import named_steps
from mining.sequences import Ints


class WaitKeys(Protocol):
    """Numbers the rows that a wait is added to."""

    @property
    def count(self) -> int:
        """How many rows there are."""

    def of(self, column: dict[str, Ints]) -> tuple[Ints, Ints]:
        """Return two rows for each piece of work of a batch; −1 for none."""


@dataclass(frozen=True)
class StepsAndHandoffs:
    """A row a step, that which is not known among them, then a row for each handoff between teams."""

    steps: tuple[str, ...]
    handoffs: tuple[tuple[str, str], ...]
    offsets: Ints
    step_at: Ints
    """The step that is booked to at each position of the sequences: no row of work has to be joined to it."""
    handoff_of: Ints
    """The handoff of each number of passing; −1, as in the last place, where no team hands over to another."""

    @classmethod
    def of_ledger(cls, ledger: Ledger) -> StepsAndHandoffs:
        """Return the rows of a ledger, with those of each place in its sequences."""
        s = ledger.structures
        steps, step_at = named_steps(s)
        found = [_between_teams(handings) for handings in ledger.passings.handings]
        handoffs = tuple(sorted({pair for pair in found if pair is not None}))
        numbers = [-1 if pair is None else handoffs.index(pair) for pair in found]
        return cls(steps, handoffs, s.sequences.offsets, step_at, np.array([*numbers, -1], np.int64))

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.steps) + len(self.handoffs)

    def of(self, column: dict[str, Ints]) -> tuple[Ints, Ints]:
        """Return the step of each piece of work, and the handoff that it begins with."""
        handoff = self.handoff_of[column["passing"]]
        step = self.step_at[self.offsets[column["sequence"]] + column["position"]]
        return step, np.where(handoff < 0, -1, len(self.steps) + handoff)

    def of_step(self, step: str) -> int:
        """Return the row of a step."""
        return self.steps.index(step)

    def of_handoff(self, handoff: int) -> int:
        """Return the row of a handoff, by its place in `handoffs`."""
        return len(self.steps) + handoff


def _between_teams(handings: tuple[Handing, ...]) -> tuple[str, str] | None:
    return next(((each.giver, each.taker) for each in handings if each.level == "team"), None)
