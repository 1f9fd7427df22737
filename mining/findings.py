"""The findings of one run: frozen result types that serialise to `findings.json`.

It is the one document that publications are made from.

Amounts are seconds (float), shares 0–1, instants UTC. A null says: not known, or not determinable; never zero.
Elapsed is the citizen's clock, working the organisation's (DESIGN §4). Every figure names its cohort.
"""

from __future__ import annotations

from mining.results.base import LocalText, Result
from mining.results.cards import CardResult
from mining.results.chain import Linking
from mining.results.citizen import Contacts, Conversion, Score
from mining.results.detail import StepDetail
from mining.results.disclosure import Disclosure
from mining.results.dotted import Dotted
from mining.results.drift import Drift
from mining.results.journey import JourneyFacts
from mining.results.lanes import LaneWorking
from mining.results.norms import NormResult
from mining.results.overlay import AboveDesign, Overlay
from mining.results.process import Edge, ModelQuality, Node, Variant
from mining.results.quality import Quality, ReconciliationRow
from mining.results.rework import Handoff, HandoffLevel, Loop, SelfLoops, Supplements
from mining.results.run import Cohort, LaneFacts, LogFacts, ProjectFacts, RunFacts, SourceFacts
from mining.results.stream import Ladder, Rung, StepMeasures, Takt, Wip
from mining.results.survival import NormMonth, OpenEnds
from mining.results.times import Both, Knowledge, LeadTimes, OtherPhases
from mining.results.waiting import CertainWait, WaitCauses
from mining.results.what_if import WhatIf

SCHEMA_VERSION = "1.0"


class Findings(Result):
    """Everything that a publication shows."""

    schema_version: str = SCHEMA_VERSION
    project: ProjectFacts
    run: RunFacts
    log: LogFacts
    cohort: Cohort
    lead_time: LeadTimes
    knowledge: Knowledge
    direct_route: Both
    loops: tuple[Loop, ...]
    other_loops: Both | None = None
    """The rest, where the list of loops is cut; with it the sum still holds."""
    other_loops_count: int = 0
    ladder: tuple[Rung, ...]
    ladder_typical: Ladder | None = None
    ladder_slow: Ladder | None = None
    steps: tuple[StepMeasures, ...]
    activity_ratio: float | None = None
    """On-path process ÷ lead time in the working clock; null below 80 % known starts."""
    process_cycle_efficiency: float | None = None
    rolled_first_time_right: float | None = None
    """The product of the first-time-right shares over the main route alone."""
    main_route: tuple[str, ...] = ()
    """The steps that it is rolled over: nothing optional, nothing that is done only on return."""
    observed_first_time_right: float | None = None
    """Share of the cohort's cases that never returned to a step."""
    self_loops: SelfLoops = SelfLoops()
    supplements: Supplements = Supplements()
    handoffs: tuple[Handoff, ...]
    handoff_levels: tuple[HandoffLevel, ...] = ()
    wait_causes: WaitCauses | None = None
    certain_wait: CertainWait | None = None
    step_details: tuple[StepDetail, ...] = ()
    """What stands behind the amount of each step."""
    what_if: WhatIf | None = None
    """What changes of single steps would take off the lead time."""
    norms: tuple[NormResult, ...]
    norm_months: tuple[NormMonth, ...] = ()
    takt: Takt | None
    wip: Wip
    open_ends: OpenEnds | None = None
    """How soon cases end and are decided, open ones included; the cohort is `started_in`."""
    drift: Drift | None = None
    dotted: Dotted | None = None
    """When things were done on cases, by when these were received, in bins."""
    cards: tuple[CardResult, ...] = ()
    """The improvement cards of the mapping, each with its verdict."""
    conversion: tuple[Conversion, ...]
    contacts: Contacts
    scores: tuple[Score, ...] = ()
    dfg: tuple[Edge, ...]
    activities: tuple[Node, ...]
    variants: tuple[Variant, ...]
    variants_shown_share: float = 1.0
    """Share of the cases that the listed variants cover."""
    discovery: tuple[ModelQuality, ...] = ()
    overlay: Overlay | None = None
    above_design: tuple[AboveDesign, ...] = ()
    other_phases: OtherPhases = OtherPhases()
    journeys: tuple[JourneyFacts, ...] = ()
    lanes: tuple[LaneFacts, ...] = ()
    lane_working: tuple[LaneWorking, ...] = ()
    """Each lane's time in its own calendar; never added up."""
    sources: tuple[SourceFacts, ...] = ()
    quality: Quality
    reconciliation: tuple[ReconciliationRow, ...]
    linking: Linking = Linking()
    """How the cases of the organisations were linked, and what could not be."""
    disclosure: Disclosure | None = None
    """What is not told of small groups; null where everything is, as in `findings.json`."""
    notices: tuple[LocalText, ...] = ()
    """What was cut, sampled or estimated, in words, to stand beside the numbers."""

    @property
    def is_look_back(self) -> bool:
        """Whether cases ended after the moment of looking: the log knows of it, and so do ladder and norms."""
        return self.cohort.to is not None and self.cohort.to > self.run.as_of
