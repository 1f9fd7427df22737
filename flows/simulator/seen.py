"""The course of the cases as far as it had gone when the observation ends."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from flows.simulator.behaviour import Course
from flows.simulator.clocks import MISSING, Mask, Seconds
from flows.simulator.slots import ENDS, PLACE, SLOTS


@dataclass(frozen=True)
class Seen:
    """The course of the cases as far as it had gone at `as_of` (local seconds)."""

    course: Course
    as_of: int

    def has(self, key: str) -> Mask:
        """Return the cases that have passed a slot."""
        passed: Mask = self.passed[PLACE[key]]
        return passed

    @cached_property
    def passed(self) -> npt.NDArray[np.bool_]:
        """Whether a case has passed a slot: slot × case."""
        happened: npt.NDArray[np.bool_] = self.course.completed < self.as_of
        happened &= self.course.completed != MISSING
        return happened

    def at(self, key: str) -> Seconds:
        """Return when the cases passed a slot, MISSING where they have not."""
        return np.where(self.has(key), self.course.completed[PLACE[key]], MISSING)

    def ended_at(self) -> Seconds:
        """Return the end of the first episode, MISSING while it is open."""
        ended: Seconds = np.max([self.at(key) for key in ENDS], axis=0)
        return ended

    def end_kind(self) -> npt.NDArray[np.str_]:
        """Return delivered, withdrawn, not_treated or open."""
        return np.select([self.has(key) for key in ENDS], list(ENDS.values()), "open")

    def on_path(self) -> npt.NDArray[np.bool_]:
        """Return the slots of the first episode that cut time: the check beside an advice does not."""
        path = self.passed.copy()
        path[[place for place, slot in enumerate(SLOTS) if slot.episode != 1]] = False
        path[PLACE["check_contribution"]] &= ~self.course.is_at("advice_sent")
        return path

    def in_whole_days(self) -> Mask:
        """Return the cases of which anything was written down by the day: a partner's event, or the closing."""
        return self.has("advice_registered") | self.has("order_accepted") | self.has("case_closed")
