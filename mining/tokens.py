"""What a sequence is made of: tokens, and the turns that they open."""

from __future__ import annotations

from dataclasses import dataclass

UNKNOWN_STEP = "unknown"
"""What a step is called that is not known."""


@dataclass(frozen=True, slots=True)
class Token:
    """What an acting event is, apart from when it was. `step` None stands for the closing of the case."""

    activity: str
    step: str | None
    lane: str | None = None
    is_automatic: bool = False
    opens_step: str | None = None
    opens_lane: str | None = None
    opens_state: bool = False
    delivers: bool = False
    reopens: bool = False
    ends: bool = False

    @property
    def is_closing(self) -> bool:
        """Whether this is `closed_at` and not an event."""
        return self.step is None


@dataclass(frozen=True, slots=True)
class Turn:
    """A step and lane that are due, from the position that opened it."""

    step: str
    lane: str | None
    is_state: bool
    opened_at: int
