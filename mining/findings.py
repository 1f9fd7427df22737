"""The findings of one run: frozen result types that serialise to `findings.json`.

It is the one document that publications are made from.

Amounts are seconds (float), shares 0–1, instants UTC. A null says: not known, or not determinable; never zero.
Elapsed is the citizen's clock, working the organisation's (DESIGN §4). Every figure names its cohort.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

SCHEMA_VERSION = "1.0"
LocalText = Annotated[dict[str, str], BeforeValidator(lambda v: {"nl": v, "en": v} if isinstance(v, str) else v)]
"""A text by language; a single string stands in every language."""


class Result(BaseModel):
    """A frozen part of the findings."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        use_attribute_docstrings=True,
        serialize_by_alias=True,
    )


class Amounts(Result):
    """Booked time, split as DESIGN §4 says; the four add up to `total_seconds`."""

    wait_seconds: float = 0.0
    process_seconds: float = 0.0
    elsewhere_seconds: float = 0.0
    unknown_seconds: float = 0.0
    total_seconds: float = 0.0


class ProjectFacts(Result):
    """Which mapping this is."""

    name: str
    title: LocalText
    language: Literal["nl", "en"] = "nl"
    zone: str
    purpose: LocalText
    legal_basis: LocalText


class RunFacts(Result):
    """What was mined, so that anyone can mine it again."""

    run_id: str
    as_of: datetime
    interval_from: datetime | None = None
    interval_to: datetime | None = None
    mapping_hash: str = ""
    store_version: dict[str, int] = Field(default_factory=dict)
    program_version: str = ""


class LogFacts(Result):
    """The size of the log."""

    cases: int
    events: int
    activities: int
    variants: int
    first_at: datetime | None = None
    last_at: datetime | None = None
    closed_cases: int = 0
    open_cases: int = 0
    without_lead_time: int = 0
    """Cases with a single event and no received_at, or none: on no ladder."""


class Cohort(Result):
    """The cases that ladder and lead time speak of."""

    kind: Literal["closed_in", "started_in", "open_at"] = "closed_in"
    from_: datetime | None = Field(default=None, alias="from")
    to: datetime | None = None
    cases: int
    open_cases: int
    """Cases of the same log that are still open, in no mean."""
    open_share: float


class LeadTime(Result):
    """The first episode of each case of the cohort, in one clock."""

    cases: int
    mean_seconds: float | None
    median_seconds: float | None
    p10_seconds: float | None = None
    p25_seconds: float | None = None
    p75_seconds: float | None = None
    p90_seconds: float | None = None
    min_seconds: float | None = None
    max_seconds: float | None = None
    amounts: Amounts = Amounts()
    """Mean per case."""
    histogram: tuple[HistogramBin, ...] = ()


class HistogramBin(Result):
    """Cases with from ≤ lead time < to; the last bin includes its end."""

    from_seconds: float
    to_seconds: float
    cases: int


class LeadTimes(Result):
    """Lead time in both clocks, never mixed."""

    elapsed: LeadTime
    working: LeadTime


class Both(Result):
    """One mean amount per case of the cohort, in both clocks."""

    elapsed: Amounts
    working: Amounts


class Knowledge(Result):
    """How much of the lead time is known; shares of the cohort's elapsed lead time unless named otherwise."""

    declared_share: float = 0.0
    inferred_share: float = 0.0
    unknown_holder_share: float = 0.0
    wait_share: float = 0.0
    process_share: float = 0.0
    elsewhere_share: float = 0.0
    unknown_time_share: float = 0.0
    before_first_share: float = 0.0
    """From the origin to the first recorded event."""
    recorded_share: float = 0.0
    """Between the first and the last recorded event."""
    after_last_share: float = 0.0
    """From the last recorded event to the end."""
    day_precision_events: int = 0
    day_precision_cases: int = 0
    recorded_together_events: int = 0
    order_unknown_events: int = 0
    raised_events: int = 0
    """Events whose instant was raised to their predecessor's."""
    start_after_completion_events: int = 0
    start_inferred_cases: int = 0
    end_inferred_cases: int = 0
    starts_known_share: float = 0.0
    """Share of the acting events with a recorded start."""
    recorded_span_median_seconds: float | None = None
    """Median time between the first and the last recorded event: not a lead time."""


class Rung(Result):
    """One rung of the ladder: mean per case of the cohort = reach × visits per reached case × time per visit."""

    step: str
    title: LocalText
    lane: str | None
    """The lane that most of the time is booked to; null when unknown."""
    reach: float
    """Share of the cohort's cases that book time on the step."""
    cases: int
    visits: float
    """Visits per case that reaches the step."""
    elapsed: Amounts
    working: Amounts
    elapsed_per_visit_seconds: float | None = None
    working_per_visit_seconds: float | None = None
    in_loops_seconds: float = 0.0
    """The part of `elapsed.total_seconds` that lies in loops."""
    declared_share: float = 0.0
    inferred_share: float = 0.0
    unknown_holder_share: float = 0.0
    is_designed: bool = True
    """False: the journey does not have this step; it comes after the journey's own."""


class Ladder(Result):
    """A ladder over other cases than all: typical (P40–P60) or slow (≥ P90)."""

    cases: int
    mean_seconds: float
    rungs: tuple[Rung, ...]


class StepMeasures(Result):
    """A data box: what is measured at one step over the cohort's cases."""

    step: str
    title: LocalText
    lane: str | None
    layer: str | None
    cases: int
    visits: int
    elapsed_median_seconds: float | None
    """Median time per visit."""
    elapsed_p90_seconds: float | None
    working_median_seconds: float | None
    process_median_seconds: float | None = None
    """From recorded starts only; touch time per visit."""
    starts_known_share: float = 0.0
    self_loops: int = 0
    resources: int | None = None
    """Number of people that worked on it; null below the threshold."""
    wip: int = 0
    """Cases that stand in this step at as_of."""
    first_time_right_share: float | None = None
    """%C&A as a proxy: share of visits to which the case does not return."""
    designed_process_seconds: float | None = None
    designed_wait_seconds: float | None = None
    slack_median_seconds: float | None = None
    """For steps off the path (parallel branches): how much later they could have come."""


class Loop(Result):
    """A loop of steps, with everything that it cost (DESIGN §4, loops)."""

    path: tuple[str, ...]
    """The steps, the first one again at the end: A → B → A."""
    cases: int
    occurrences: int
    elapsed: Amounts
    """Mean per case of the whole cohort, so that direct route + loops = mean lead time."""
    working: Amounts
    elapsed_per_case_seconds: float
    """Mean per case that makes the loop."""
    share_of_cases: float
    crosses_lanes: bool = False
    order_unknown_occurrences: int = 0


class Handoff(Result):
    """The holder changes between consecutive on-path segments, both known."""

    level: Literal["team", "department", "organisation"]
    from_: str = Field(alias="from")
    to: str
    count: int
    cases: int
    elapsed_wait_seconds: float
    """Mean wait + unknown time of the receiving segment, per handoff."""
    working_wait_seconds: float
    ping_pongs: int = 0
    """How many of them go back to the lane that handed over just before (A→B→A)."""
    order_unknown: int = 0


class NormResult(Result):
    """How a norm was kept. A service norm and a legal term are never one number."""

    name: str
    title: LocalText
    kind: Literal["service", "legal"]
    clock: Literal["elapsed", "working", "lane_working", "legal"]
    from_: str = Field(default="received", alias="from")
    to: str = "delivered"
    """'received', 'delivered', or the activity from or to which it runs."""
    lane: str | None = None
    limit_seconds: float | None = None
    """Null where each case has its own target date."""
    target: str | None = None
    source: LocalText
    met: int
    missed: int
    open: int
    at_risk: int
    """Of the open ones, those that have used more than half of the limit, or whose target date has passed:
    a plain rule."""
    ended_otherwise: int = 0
    """Ended without what the norm waits for, such as a withdrawal: neither met nor missed."""
    not_determinable: int
    met_share: float | None
    """met ÷ (met + missed)."""
    median_seconds: float | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it speaks of the whole lead time, so that it may stand beside it."""
        return (self.from_, self.to, self.lane) == ("received", "delivered", None)


class Takt(Result):
    """Demand: working time available ÷ cases arriving, over the log's own window."""

    arrivals: int
    arrivals_per_week: float
    takt_seconds: float | None
    window_from: datetime
    window_to: datetime


class Wip(Result):
    """Cases in hand, at as_of and over the log's window."""

    at_as_of: int
    mean: float
    """∫WIP over the window ÷ window."""
    integral_seconds: float
    case_seconds: float
    """Σ case-time inside the window; Little's law says it equals the integral."""
    age_median_seconds: float | None
    is_steady: bool | None
    by_week: tuple[WipPoint, ...] = ()


class WipPoint(Result):
    """Arrivals, closings and work in hand at the end of one week."""

    week: date
    arrived: int
    closed: int
    in_hand: int


class Stop(Result):
    """Where attempts stopped, and why."""

    stopped: str
    reason: str | None
    attempts: int


class Conversion(Result):
    """Attempts by channel: unit is the attempt (DESIGN §5)."""

    channel: str
    attempts: int
    reached: int
    """Went through to a case."""
    switched: int
    """Stopped here, but the case came in through another channel within the mapping's number of days."""
    stopped: int
    stops: tuple[Stop, ...] = ()
    stages: tuple[tuple[str, int], ...] = ()
    """Form step → attempts that came at least so far, in order."""


class Edge(Result):
    """Directly-follows: how often, and how long between the two completions."""

    from_: str = Field(alias="from")
    to: str
    count: int
    cases: int
    mean_seconds: float
    median_seconds: float


class Node(Result):
    """An activity of the process map."""

    activity: str
    step: str | None
    lane: str | None
    events: int
    cases: int
    starts: int
    ends: int


class Variant(Result):
    """A distinct sequence of acting activities."""

    activities: tuple[str, ...]
    cases: int
    share: float
    mean_seconds: float | None
    median_seconds: float | None
    fitness: float | None = None
    """Mean over its cases of their alignment with the journey; null where not all were aligned."""


class ModelQuality(Result):
    """A discovered model and how well it stands for the log."""

    kind: Literal["inductive", "heuristics", "journey"]
    fitness: float | None
    precision: float | None
    simplicity: float | None
    fitness_method: str
    noise_threshold: float | None = None
    process_tree: str | None = None
    bpmn: str | None = None
    """BPMN 2.0 XML with layout."""
    covered_cases: int = 0
    covered_share: float = 0.0


class Deviation(Result):
    """One kind of departure from the journey."""

    kind: Literal["skipped", "inserted", "repeated", "moved", "wrong_lane", "wrong_channel", "late", "not_observed"]
    step: str
    lane: str | None = None
    cases: int
    occurrences: int
    elapsed_seconds: float | None
    """Its own booked time, mean per case of the cohort; null for what books no time."""
    is_accepted: bool = False


class StepAgainstDesign(Result):
    """Designed against actual time of a step; mean per visit."""

    step: str
    title: LocalText
    designed_seconds: float | None
    actual_seconds: float | None
    cases: int


class AboveDesign(Result):
    """An amount above the design, or the largest waits where there is no design. Never a saving."""

    kind: Literal["step", "loop"]
    name: tuple[str, ...]
    """The step, or the loop's path."""
    title: LocalText
    cases: int
    occurrences: int = 0
    """Visits, or rounds of the loop, that took more."""
    above_seconds: float
    """Mean per case of the cohort, elapsed."""
    has_design: bool


class Overlay(Result):
    """The log laid over the designed journey."""

    journey: str
    aligned_variants: int
    step_sequences: int
    aligned_cases: int
    aligned_share: float
    """Share of the cases whose step sequence was aligned within the time budget."""
    fitting_cases: int
    mean_fitness: float | None
    deviations: tuple[Deviation, ...] = ()
    steps: tuple[StepAgainstDesign, ...] = ()
    unmapped_activities: tuple[str, ...] = ()
    models: tuple[ModelQuality, ...] = ()


class TouchpointFacts(Result):
    """A touchpoint of the design, with the contacts that the log shows in its channel."""

    name: LocalText
    channel: str
    initiator: str
    decision_moment: LocalText
    observable: bool = True


class ConsequenceFacts(Result):
    """A consequence of the blueprint with its owner and state."""

    aspect: str
    what: LocalText
    owner: str
    state: str
    due_on: date | None = None


class JourneyStep(Result):
    """A step of the design as the page draws it."""

    step: str
    title: LocalText
    lane: str
    layer: str
    phase: str = ""
    activities: tuple[str, ...]
    touchpoints: tuple[TouchpointFacts, ...] = ()
    designed_process_seconds: float | None = None
    designed_wait_seconds: float | None = None
    value: str = "necessary"
    emotion: int | None = None
    kpi: LocalText = Field(default_factory=dict)
    behind: dict[str, LocalText] = Field(default_factory=dict)
    """Blueprint layer → what happens there."""
    consequences: tuple[ConsequenceFacts, ...] = ()
    parallel_to: tuple[str, ...] = ()


class PersonaFacts(Result):
    """A persona, and the cases that its segment rule finds."""

    name: LocalText
    goal: LocalText
    need: LocalText
    pain: LocalText
    skill: LocalText
    cases: int | None = None
    median_seconds: float | None = None


class JourneyFacts(Result):
    """A journey of the mapping (designed, ideal or future)."""

    name: str
    title: LocalText
    kind: Literal["designed", "ideal", "future"]
    story: dict[str, LocalText] = Field(default_factory=dict)
    """als / wil_ik / zodat."""
    personas: tuple[PersonaFacts, ...] = ()
    steps: tuple[JourneyStep, ...] = ()
    total_seconds: float | None = None
    """Designed time along the path: process + wait, elapsed; for a future journey the ladder with its changes."""
    changes: tuple[str, ...] = ()


class LaneFacts(Result):
    """A lane as the page draws it."""

    lane: str
    title: LocalText
    layer: str
    organisation: str = ""
    department: str = ""


class SourceFacts(Result):
    """A source, for the information flow of the map."""

    source: str
    title: LocalText
    system: LocalText
    kind: str
    organisation: str = ""
    events: int = 0
    """Events, or attempts where it is a source of attempts."""
    observed_until: datetime | None = None
    channels: tuple[str, ...] = ()


class Measure(Result):
    """One quality measure with its verdict."""

    measure: str
    title: LocalText
    value: float | None
    unit: Literal["share", "count", "days", "flag"] = "share"
    warn: float | None = None
    stop: float | None = None
    verdict: Literal["ok", "warn", "stop", "not_determinable"] = "ok"
    detail: LocalText = Field(default_factory=dict)
    examples: tuple[str, ...] = ()


class SourceQuality(Result):
    """The gate's verdict on one source."""

    source: str
    verdict: Literal["ok", "warn", "stop"]
    measures: tuple[Measure, ...]


class Quality(Result):
    """The gate's verdict on the run: the worst of its sources."""

    verdict: Literal["ok", "warn", "stop"]
    sources: tuple[SourceQuality, ...] = ()


class ReconciliationRow(Result):
    """Records read = stored + replaced + already known + ignored + quarantined."""

    source: str
    read: int
    stored: int
    replaced: int
    already_known: int
    ignored: int
    quarantined: int
    holds: bool
    quarantine_reasons: dict[str, int] = Field(default_factory=dict)
    ignored_reasons: dict[str, int] = Field(default_factory=dict)
    """Why the mapping left records out: a label, a lifecycle transition, outside the interval."""


class Contacts(Result):
    """The citizen's side: contacts per case and the longest period without word."""

    contacts: int
    cases_with_contact: int
    mean_per_case: float
    by_channel: dict[str, int] = Field(default_factory=dict)
    silence_median_seconds: float | None = None
    """Median over cases of the longest period, origin to end, without any event at a citizen lane or contact."""
    silence_p90_seconds: float | None = None


class Score(Result):
    """A measured score (CES, NPS, CSAT) with its n."""

    kpi: str
    step: str | None
    mean: float
    n: int
    cases: int


class OtherPhases(Result):
    """What lies outside the lead time, per case of the cohort: beside it, never in it."""

    after_mean_seconds: float = 0.0
    closed_mean_seconds: float = 0.0
    later_episodes: int = 0
    later_episodes_cases: int = 0
    later_episodes_mean_seconds: float | None = None
    open_mean_seconds: float | None = None
    """Of the open cases: last event to as_of or to what the source observed."""


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
    handoffs: tuple[Handoff, ...]
    norms: tuple[NormResult, ...]
    takt: Takt | None
    wip: Wip
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
    sources: tuple[SourceFacts, ...] = ()
    quality: Quality
    reconciliation: tuple[ReconciliationRow, ...]
    notices: tuple[LocalText, ...] = ()
    """What was cut, sampled or estimated, in words, to stand beside the numbers."""


for _model in (LeadTime, Wip, LeadTimes, Findings):
    _model.model_rebuild()
