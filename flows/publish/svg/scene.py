"""What each part of a picture needs to know: the findings, one language, one clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from flows.publish.disclosure_ladder import OTHER_STEPS
from flows.publish.page_numbers import DAY, Clock, Numbers
from flows.publish.svg.draw import clean
from flows.publish.svg.folded import folded
from flows.publish.words import Words
from mining.findings import Findings
from mining.results.journey import JourneyFacts
from mining.results.legal import LegalDays
from mining.results.overlay import AboveDesign
from mining.results.rework import Loop
from mining.results.stream import Ladder, Rung, StepMeasures
from mining.results.times import Amounts, Both
from mining.tokens import UNKNOWN_STEP

Cases = Literal["all", "typical", "slow"]
"""Over which cases the ladder speaks: all of the cohort, its middle fifth, or its slowest tenth."""
STARTS_ENOUGH = 0.8
"""Below this share of known starts, work is told as a least amount (DESIGN §5, activity ratio)."""
LAYERS = ("citizen", "frontstage", "backstage", "partner", "support", "unknown")


def numbers_of(findings: Findings, words: Words) -> Numbers:
    """Return the formats of a language; where almost nothing is told, what is absent is not therefore unknown."""
    rule = findings.disclosure
    return Numbers(words, "not_told" if rule and rule.is_empty else "unknown")


@dataclass(frozen=True)
class Lead:
    """The lead time in one clock; null is not known."""

    cases: int
    mean: float | None
    median: float | None
    p90: float | None
    amounts: Amounts


@dataclass(frozen=True)
class Scene:
    """One telling of the findings; `name` keeps the ids of several pictures on a page apart."""

    findings: Findings
    words: Words
    clock: Clock = "elapsed"
    name: str = "vs"
    cases: Cases = "all"
    is_folded: bool = False
    """Whether each phase stands as one box."""
    phase: str = ""
    """The one phase that is told, by its rung on the folded ladder; empty for all."""

    @cached_property
    def numbers(self) -> Numbers:
        """Return the formats of the language."""
        return numbers_of(self.findings, self.words)

    @cached_property
    def steps(self) -> Mapping[str, StepMeasures]:
        """Return the data box of each step."""
        return {measures.step: measures for measures in self.findings.steps}

    @cached_property
    def rungs(self) -> tuple[Rung, ...]:
        """Return the rungs that are drawn: all but those outside the design that book no time at all."""
        return tuple(rung for rung, _ in self._folded)

    @cached_property
    def members(self) -> Mapping[str, tuple[Rung, ...]]:
        """Return drawn step or phase → the rungs that it stands for."""
        return {rung.step: members for rung, members in self._folded}

    @cached_property
    def _folded(self) -> tuple[tuple[Rung, tuple[Rung, ...]], ...]:
        ladder = self.findings.ladder if self.part is None else self.part.rungs
        shown = tuple(r for r in ladder if r.is_designed or r.elapsed.total_seconds or r.working.total_seconds)
        if self.phase:
            of_phase = {rung.step: members for rung, members in folded(shown, self.phases)}
            return tuple((rung, (rung,)) for rung in of_phase.get(self.phase, ()))
        return folded(shown, self.phases) if self.is_folded else tuple((rung, (rung,)) for rung in shown)

    @cached_property
    def first_number(self) -> int:
        """Return the number of the first drawn step: that of a phase goes on from the phase before it."""
        if not self.phase:
            return 1
        every = [rung.step for rung in replace(self, phase="").rungs]
        return every.index(self.rungs[0].step) + 1 if self.rungs else 1

    @cached_property
    def part(self) -> Ladder | None:
        """Return the ladder of a part of the cases; null where all are shown."""
        return {"typical": self.findings.ladder_typical, "slow": self.findings.ladder_slow}.get(self.cases)

    @cached_property
    def phases(self) -> Mapping[str, str]:
        """Return step → phase, of the designed journey."""
        return {step.step: step.phase for step in self.design.steps if step.phase} if self.design else {}

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """Return step → title, from wherever the findings name it."""
        named = [*self.findings.ladder, *self.findings.steps]
        named += [step for journey in self.findings.journeys for step in journey.steps]
        titles = {each.step: clean(self.words.of(each.title, each.step)) for each in reversed(named)}
        told = {s.phase: self.words.of(s.phase_title, s.phase) for s in (self.design.steps if self.design else ())}
        groups = ((step, members[0].step) for step, members in self.members.items() if len(members) > 1)
        return titles | {step: clean(told[self.phases[first]]) for step, first in groups}

    @cached_property
    def lanes(self) -> Mapping[str, str]:
        """Return lane → title."""
        return {lane.lane: clean(self.words.of(lane.title, lane.lane)) for lane in self.findings.lanes}

    @cached_property
    def design(self) -> JourneyFacts | None:
        """Return the designed journey, if there is one."""
        return next((j for j in self.findings.journeys if j.kind == "designed"), None)

    def title(self, step: str) -> str:
        """Return the title of a step, or its name."""
        return self.titles.get(step) or (self.words("unknown") if step == UNKNOWN_STEP else clean(step))

    @cached_property
    def activities(self) -> Mapping[str, str]:
        """Return activity → title in this language, of those that have one."""
        told = ((node.activity, node.title.get(self.words.language)) for node in self.findings.activities)
        return {activity: clean(title) for activity, title in told if title}

    def activity(self, activity: str) -> str:
        """Return an activity as people read it: a name of ours gets its title, that of its step, or spaces."""
        if told := self.activities.get(activity) or self.titles.get(activity):
            return told
        said = clean(activity)
        is_name = said.islower() and "_" in said
        return said.replace("_", " ").capitalize() if is_name or said.islower() else said

    @cached_property
    def personas(self) -> Mapping[str, str]:
        """Return persona → name, as the designed journey names them."""
        named = self.design.personas if self.design else ()
        return {each.persona: clean(self.words.of(each.name)) for each in named}

    def persona(self, persona: str) -> str:
        """Return the name of a persona; one that the journey does not name is told by its key, in words."""
        return self.personas.get(persona) or clean(persona).replace("_", " ")

    def lane(self, lane: str | None) -> str:
        """Return the title of a lane, or the word for not known."""
        return self.words("nobody") if lane is None else self.lanes.get(lane) or clean(lane)

    def layer(self, rung: Rung) -> str:
        """Return the blueprint layer of a rung: of its lane, else of its step, else unknown."""
        of_lane = {lane.lane: lane.layer for lane in self.findings.lanes}
        measured = self.steps.get(rung.step)
        layer = of_lane.get(rung.lane or "") or (measured.layer if measured else None)
        return layer if layer in LAYERS else "unknown"

    def booked(self, both: Both | Rung | Loop) -> Amounts:
        """Return the amounts of this clock."""
        if self.clock == "legal":
            return legal_amounts(both.legal)
        return both.working if self.clock == "working" else both.elapsed

    @cached_property
    def lead(self) -> Lead:
        """Return the lead time of this clock; the legal one is over the cases of which it is known."""
        times = self.findings.lead_time
        if self.clock == "legal":
            days = times.legal
            if days is None or not days.cases:
                return Lead(0, None, None, None, Amounts())
            median = None if days.median_days is None else days.median_days * DAY
            return Lead(days.cases, days.total_days * DAY, median, None, legal_amounts(days))
        lead = times.working if self.clock == "working" else times.elapsed
        return Lead(lead.cases, lead.mean_seconds, lead.median_seconds, lead.p90_seconds, lead.amounts)

    @property
    def is_work_least(self) -> bool:
        """Whether there may be more work than is told: of many events the start is not known."""
        return self.findings.knowledge.starts_known_share < STARTS_ENOUGH

    def per_visit(self, rung: Rung) -> float | None:
        """Return the time of a visit in this clock; null for a phase, and in the legal one unless all is known."""
        if len(self.members.get(rung.step, ())) > 1:
            return None
        if self.clock == "legal":
            whole, times = rung.legal, rung.reach * rung.visits
            return whole.total_days * DAY / times if whole and times and whole.share >= 1 else None
        return rung.working_per_visit_seconds if self.clock == "working" else rung.elapsed_per_visit_seconds

    def short(self, seconds: float | None) -> str:
        """Return a duration of this clock, for a label."""
        return self.numbers.short(seconds, self.clock)

    def long(self, seconds: float | None) -> str:
        """Return a duration of this clock, for a sentence."""
        return self.numbers.long(seconds, self.clock)

    def above_kind(self, found: Sequence[AboveDesign]) -> str:
        """Return of which kind the largest amounts are: above a design, waits where there is none, or some of each."""
        kinds = {one.has_design for one in found} or {True}
        return "mixed" if len(kinds) > 1 else "design" if True in kinds else "wait"

    def above_heading(self, found: Sequence[AboveDesign]) -> str:
        """Return what amounts are the largest of; of what stands apart, where one told together may be larger."""
        heading = self.words(f"kaizen_{self.above_kind(found)}")
        pools = [rung for rung in self.findings.ladder if rung.step == OTHER_STEPS]
        together = [pool.elapsed.total_seconds for pool in (*pools, self.findings.other_loops) if pool]
        least = min((one.above_seconds for one in found), default=0.0)
        # written so that what is not told counts as more
        is_sure = all(seconds <= least for seconds in together)
        return heading if is_sure else self.words("kaizen_apart", heading=heading)

    def route(self, steps: tuple[str, ...]) -> str:
        """Return steps as a route: A → B → A."""
        return " → ".join(self.title(step) for step in steps)


def legal_amounts(days: LegalDays | None) -> Amounts:
    """Return days of a legal term as amounts, so that every picture draws them as it draws the other clocks."""
    if days is None:
        return Amounts()
    kinds = ("wait", "process", "elsewhere", "unknown", "total")
    return Amounts(**{f"{kind}_seconds": getattr(days, f"{kind}_days") * DAY for kind in kinds})


def colour_of(layer: str) -> str:
    """Return the colour of a layer: citizen, partner, or the organisation itself."""
    return layer if layer in ("citizen", "partner") else "organisation"
