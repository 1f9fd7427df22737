"""What stands behind the amount of one step: its distribution, and who and what it is made of."""

from __future__ import annotations

from mining.results.base import Result
from mining.results.times import HistogramBin


class LaneShare(Result):
    """A part of the step's time by the lane that held it; null is not known."""

    lane: str | None
    share: float
    cases: int | None = None
    """Cases of the cohort in which it did; null where that is not told."""


class SegmentShare(Result):
    """The step over the cases of one segment; segments of too few cases are left out."""

    kind: str
    """'zaaktype', 'persona' or 'channel'."""
    value: str
    cases: int
    """Cases of the cohort in the segment, with or without the step."""
    mean_seconds: float
    """Elapsed time on the step: mean over all those cases."""


class StepDetail(Result):
    """The elapsed time of one step, followed down."""

    step: str
    histogram: tuple[HistogramBin, ...] = ()
    """Visits by their elapsed time; `cases` counts visits here. The last bin holds all that is longer."""
    lanes: tuple[LaneShare, ...] = ()
    segments: tuple[SegmentShare, ...] = ()
    segments_left_out: int = 0
    """Segments that are not told since they hold too few cases."""
