"""A journey: persona, user story, and a tree of steps with the blueprint behind each (DESIGN §5)."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from mappings.base import Duration, Model, Text
from mappings.flow import Flow, steps_of

Layer = Literal["citizen", "frontstage", "backstage", "partner", "support"]
Aspect = Literal[
    "function",
    "technique",
    "organisation",
    "content",
    "management",
    "measurement",
    "steering",
    "processes",
    "agreements",
]


class Persona(Model):
    """Who makes the journey; `segment` finds the cases of this persona; a case is of the first that it fits."""

    name: Text
    goal: Text = ""
    need: Text = ""
    pain: Text = ""
    skill: Text = ""
    segment: dict[str, str] = Field(default_factory=dict)


class UserStory(Model):
    """'Als … wil ik … zodat …'."""

    as_a: Text = Field(alias="als")
    want: Text = Field(alias="wil_ik")
    so_that: Text = Field(alias="zodat")


class Touchpoint(Model):
    """A moment at which citizen and organisation meet."""

    name: Text = ""
    channel: str
    initiator: Literal["citizen", "organisation"] = "citizen"
    decision_moment: Text = ""
    observable: bool = True
    """False: no log can show it; then it is 'not observed', never 'skipped'."""


class Consequence(Model):
    """What the step asks of the organisation, and who takes it up."""

    aspect: Aspect
    what: Text
    owner: str = ""
    state: Literal["open", "agreed", "in_progress", "done"] = "open"
    due_on: date | None = None


class Norm(Model):
    """A promise or a term, from one event to another in one clock.

    A service norm and a legal term are never one number.
    """

    name: str
    title: Text = ""
    kind: Literal["service", "legal"] = "service"
    from_: str = Field(default="received", alias="from")
    """'received', or the name of an activity (its first occurrence)."""
    to: str = "delivered"
    """'delivered' (the first episode's end), or the name of an activity (its first one after `from`)."""
    clock: Literal["elapsed", "working", "lane_working", "legal"] = "elapsed"
    amount: Duration | None = None
    target: str | None = None
    """Instead of an amount: the name of a target date of the case."""
    lane: str | None = None
    """The lane whose norm it is; needed for clock lane_working."""
    source: Text = ""
    """Where the norm is written: a law with article, a service charter."""
    months: int | None = Field(default=None, ge=1)
    """Instead of an amount, for clock legal: a term that the law sets in months."""
    rule: str = "decision"
    """For clock legal: the rule of law/awb.yaml that it is counted by; without an amount, the rule's own."""
    set_by: Literal["law", "own"] = "law"
    """For clock legal: a term of the organisation's own does not roll over (Algemene termijnenwet, art. 1)."""
    only_with: str | None = None
    """Only for cases in which this activity occurs."""

    @model_validator(mode="after")
    def _has_one_limit(self) -> Norm:
        limits = sum(limit is not None for limit in (self.amount, self.target, self.months))
        if limits > 1 or (not limits and self.clock != "legal"):
            raise ValueError(f"norm '{self.name}' needs either 'amount' or 'target'")
        if self.months is not None and self.clock != "legal":
            raise ValueError(f"norm '{self.name}': only a norm in the legal clock is set in months")
        return self


class Designed(Model):
    """The designed time of a step per visit."""

    process: Duration | None = None
    wait: Duration | None = None


class Step(Model):
    """One step of the journey, with everything that stands behind it."""

    title: Text = ""
    lane: str
    layer: Layer
    activities: tuple[str, ...] = ()
    """The activities (mapped names) that show this step in a log."""
    touchpoints: tuple[Touchpoint, ...] = ()
    designed: Designed = Designed()
    value: Literal["adding", "necessary", "waste"] = "necessary"
    emotion: int | None = Field(default=None, ge=-2, le=2)
    kpi: Text = ""
    phase: str = ""
    frontstage: Text = ""
    backstage: Text = ""
    partner: Text = ""
    support: Text = ""
    consequences: tuple[Consequence, ...] = ()


class HandoffLess(Model):
    """A handoff after which nothing waits any more."""

    from_: str = Field(alias="from")
    to: str


class Change(Model):
    """What an ideal or future journey changes in another one, per step."""

    step: str
    designed: Designed | None = None
    """The time of a visit, on and off the path."""
    reach: float | None = Field(default=None, ge=0, le=1)
    """The share of the cases that reach the step, on or off the path."""
    visits: float | None = Field(default=None, ge=0)
    """Visits per case that reaches it."""
    skip: bool = False
    without_handoffs: tuple[HandoffLess, ...] = ()
    """Handoffs between lanes of which the wait before this step falls away; `designed` is then the time before that."""
    why: Text = ""


def _in_flow(message: str, names: list[str]) -> PydanticCustomError:
    return PydanticCustomError("flow", "flow " + message, {"names": ", ".join(names), "at": ("flow", names[0])})


def _in_steps(message: str, names: list[str]) -> PydanticCustomError:
    return PydanticCustomError("steps", message, {"names": ", ".join(names), "at": ("steps", names[0])})


class Journey(Model):
    """A designed, ideal or future journey."""

    name: str
    title: Text = ""
    kind: Literal["designed", "ideal", "future"] = "designed"
    changes_journey: str | None = None
    """For an ideal or future journey: the name of the one that it changes."""
    changes: tuple[Change, ...] = ()
    personas: dict[str, Persona] = Field(default_factory=dict)
    story: UserStory | None = None
    phases: dict[str, Text] = Field(default_factory=dict)
    """The titles of the phases that the steps name; one without a title is shown as it is written."""
    steps: dict[str, Step] = Field(default_factory=dict)
    flow: Flow | None = None
    bpmn: str | None = None
    """Instead of `flow`: a BPMN 2.0 file beside this one, whose tasks carry the steps' names."""
    interruptible_by: tuple[str, ...] = ()
    delivers: tuple[str, ...] = ()
    """Activities with which the citizen has the answer."""
    reopens: tuple[str, ...] = ()
    ends_without_delivery: tuple[str, ...] = ()
    norms: tuple[Norm, ...] = ()
    supplement_requests: tuple[str, ...] = ()
    """Activities with which the applicant is asked for something, so that a legal term may stand still. Where they
    are named, a case without any of them is known to be without suspension."""
    accepted_deviations: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _is_whole(self) -> Journey:
        if self.kind == "designed" and self.flow is None and self.bpmn is None:
            raise ValueError("a designed journey needs either 'flow' or 'bpmn'")
        if self.kind != "designed" and self.changes_journey is None and self.flow is None and self.bpmn is None:
            raise ValueError(f"a journey of kind '{self.kind}' says in 'changes_journey' what it changes")
        known = set(self.steps)
        used = set(steps_of(self.flow)) if self.flow is not None else set()
        if unknown := sorted(used - known):
            raise _in_flow("names the unknown step {names}; add it under 'steps'", unknown)
        if self.flow is not None and (unused := sorted(known - used)):
            raise _in_steps("step {names} is nowhere in 'flow'; place it or take it out", unused)
        return self

    @property
    def legal_norm(self) -> Norm | None:
        """The norm that the legal clock of the ledger runs by: the first one in that clock."""
        return next((norm for norm in self.norms if norm.clock == "legal"), None)

    def step_of_activity(self) -> dict[str, str]:
        """Return activity → step; a step without activities is shown by the activity of its own name."""
        return {activity: name for name, step in self.steps.items() for activity in (step.activities or (name,))}
