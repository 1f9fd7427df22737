"""Two or more sides beside one another: a document of its own, `comparison.json`.

Amounts are seconds (float), shares 0–1, counts per case. A difference is side − reference. Null: not determinable.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from mining.results.base import LocalText, Result

COMPARISON_SCHEMA_VERSION = "1.0"
BETWEEN, UNSAID = " · ", "?"
"""What stands between the values of a stratum, and for one that is unknown."""

Table = Literal["lead_time", "rungs", "loops", "reach", "handoffs", "norms"]


class SideFacts(Result):
    """Whose cases a side holds."""

    name: str
    run_id: str
    segment: str = ""
    """The segment by which the run is divided; empty where the side is a whole run."""
    value: str = ""
    cases: int
    """Cases whose first episode has ended: those that the values speak of."""
    open_cases: int
    open_share: float
    started_from: date | None = None
    """First of the month in which the first of these cases began."""
    started_to: date | None = None
    as_of: datetime | None = None
    is_cut_short: bool = False
    """A period in which cases ended, so soon after the log begins that the slowest 1 % cannot have ended in it."""


class MissingStratum(Result):
    """A part of the mix that one side of a pair does not have: left out of the equal-mix difference of those two."""

    stratum: str
    side: str
    """The side of the pair that has it."""
    lacking: str
    """The side of the pair that does not; a third one may."""
    share: float
    """Share of that side's cases."""


class Difference(Result):
    """One side against the reference, in one measure."""

    side: str
    reference: str
    cases: int
    reference_cases: int
    """Cases behind the two values: for a norm those that were judged."""
    value: float | None
    reference_value: float | None
    difference: float | None
    low: float | None = None
    high: float | None = None
    """95 % interval by bootstrap over cases."""
    p_value: float | None = None
    claim: Literal["sure", "not_sure", "too_few"]
    """Sure: significant after Benjamini–Hochberg at 10 % within the table. Too few: below 30 cases on a side."""
    equal_mix_difference: float | None = None
    """As if both sides had the same mix of cases; null where they have no stratum in common."""
    equal_mix_low: float | None = None
    equal_mix_high: float | None = None
    equal_mix_p_value: float | None = None
    equal_mix_claim: Literal["sure", "not_sure", "too_few"]
    sign_flips: bool = False
    """The raw difference points the other way than the one at equal mix: it comes from who the cases are."""


class MeasureComparison(Result):
    """One measure over all sides."""

    table: Table
    measure: str
    title: LocalText
    clock: Literal["elapsed", "working"] | None = None
    statistic: Literal["mean", "median"]
    unit: Literal["seconds", "share", "count"]
    values: dict[str, float | None]
    """Side → value."""
    designed: dict[str, float] = Field(default_factory=dict)
    """Journey (designed, ideal or future) → what it says; without cases, so without an interval."""
    differences: tuple[Difference, ...]


class ComparedJourney(Result):
    """A journey of the mapping that the sides are laid beside: designed, ideal or future."""

    name: str
    title: LocalText
    kind: Literal["designed", "ideal", "future"]
    total_seconds: float | None = None
    """What it says of the mean lead time of the first side: a designed one, of the steps that each case reached."""
    main_route_seconds: float | None = None
    """Of a designed one: along its main route, without optional parts and repetitions."""
    within_norms: dict[str, float] = Field(default_factory=dict)
    """For a journey that changes another: norm → share of the reference run's delivered cases that would keep it."""


class AgainstJourney(Result):
    """One side against what a journey says, in the citizen's clock. A journey has no cases, so no interval of its own.

    For a designed step: the time beyond its design in the cases that reach it, as a mean over all cases of the side.
    """

    table: Literal["lead_time", "rungs"]
    measure: str
    side: str
    journey: str
    cases: int
    value: float
    """The mean of the side, in seconds."""
    designed: float
    """What the journey says, in seconds per case; for a designed step at the reach that the side has."""
    difference: float
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    claim: Literal["sure", "not_sure", "too_few"]


class Comparison(Result):
    """Everything that a view of a comparison shows."""

    schema_version: str = COMPARISON_SCHEMA_VERSION
    project: str
    title: LocalText
    mapping_hash: str
    zone: str
    language: Literal["nl", "en"] = "nl"
    sides: tuple[SideFacts, ...]
    """The first is the reference of all differences."""
    mix: tuple[str, ...]
    """The fields whose combinations are the strata of the equal mix."""
    missing_strata: tuple[MissingStratum, ...] = ()
    measures: tuple[MeasureComparison, ...]
    steps: tuple[str, ...] = ()
    """The steps in the order in which a map shows them."""
    personas: dict[str, LocalText] = Field(default_factory=dict)
    """Persona → its name in the designed journey."""
    journeys: tuple[ComparedJourney, ...] = ()
    against: tuple[AgainstJourney, ...] = ()
    """The sides against the journeys of the mapping; sure is decided within each table of each journey."""
    draws: int
    seed: int
    false_discovery_rate: float
    enough_cases: int
    notices: tuple[LocalText, ...] = ()
