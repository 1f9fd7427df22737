"""A journey: persona, user story, and a tree of steps with the blueprint behind each (DESIGN §5)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from mappings.base import Duration, Model, Text

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
    """Who makes the journey; `segment` finds the cases of this persona."""

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

    @model_validator(mode="after")
    def _has_one_limit(self) -> Norm:
        if (self.amount is None) == (self.target is None):
            raise ValueError(f"norm '{self.name}' needs either 'amount' or 'target'")
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


class Sequence(Model):
    """One after another."""

    sequence: tuple[Flow, ...] = Field(min_length=1)


class Choice(Model):
    """One of several; `when` names a persona."""

    choice: tuple[Flow, ...] = Field(min_length=2)


class Parallel(Model):
    """All of several, in any order and at the same time."""

    parallel: tuple[Flow, ...] = Field(min_length=2)


class Optional_(Model):  # noqa: N801
    """Once or not at all."""

    optional: Flow


class Repeat(Model):
    """Once, and again each time after `redo`."""

    repeat: Flow
    redo: Flow | None = None


class When(Model):
    """A branch for some personas only."""

    when: str
    then: Flow


_FLOW_WORDS = ("sequence", "choice", "parallel", "optional", "repeat", "when")


def _flow_kind(value: Any) -> str | None:
    """Tell which of the words a branch is, so that an error speaks of that one alone."""
    if isinstance(value, str):
        return "step"
    for word in _FLOW_WORDS:
        if (isinstance(value, dict) and word in value) or hasattr(value, word):
            return word
    return None


Flow = Annotated[
    Annotated[str, Tag("step")]
    | Annotated[Sequence, Tag("sequence")]
    | Annotated[Choice, Tag("choice")]
    | Annotated[Parallel, Tag("parallel")]
    | Annotated[Optional_, Tag("optional")]
    | Annotated[Repeat, Tag("repeat")]
    | Annotated[When, Tag("when")],
    Discriminator(
        _flow_kind,
        custom_error_type="flow",
        custom_error_message=f"write a step's name, or one of {', '.join(_FLOW_WORDS)}",
    ),
]
for _model in (Sequence, Choice, Parallel, Optional_, Repeat, When):
    _model.model_rebuild()


class Change(Model):
    """What an ideal or future journey changes in another one, per step."""

    step: str
    designed: Designed | None = None
    reach: float | None = Field(default=None, ge=0, le=1)
    visits: float | None = Field(default=None, ge=0)
    skip: bool = False
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

    def step_of_activity(self) -> dict[str, str]:
        """Return activity → step; a step without activities is shown by the activity of its own name."""
        return {activity: name for name, step in self.steps.items() for activity in (step.activities or (name,))}


def steps_of(flow: Any) -> list[str]:
    """Return the steps of a flow in the order in which they are written."""
    if isinstance(flow, str):
        return [flow]
    return [step for branch in branches_of(flow) for step in steps_of(branch)]


def branches_of(flow: Any) -> list[Any]:
    """Return the direct branches of a flow node."""
    match flow:
        case Sequence(sequence=items) | Choice(choice=items) | Parallel(parallel=items):
            return list(items)
        case Optional_(optional=item) | When(then=item):
            return [item]
        case Repeat(repeat=item, redo=redo):
            return [item] if redo is None else [item, redo]
        case _:
            return []


def parallel_pairs(flow: Any) -> frozenset[tuple[str, str]]:
    """Return the pairs of steps whose lowest common node in the flow is `parallel`, both ways round."""
    if flow is None or isinstance(flow, str):
        return frozenset()
    branches = branches_of(flow)
    pairs = {pair for branch in branches for pair in parallel_pairs(branch)}
    if isinstance(flow, Parallel):
        leaves = [steps_of(branch) for branch in branches]
        pairs |= {
            (a, b)
            for i, left in enumerate(leaves)
            for j, right in enumerate(leaves)
            if i != j
            for a in left
            for b in right
        }
    return frozenset(pairs)


def followers(flow: Any) -> dict[str, frozenset[str]]:
    """Return step → the steps that may come next in the flow; the end of the journey counts as the step ''."""
    edges: dict[str, set[str]] = {step: set() for step in steps_of(flow)}
    for step in _ends_of(flow, edges)[1]:
        edges[step].add("")
    return {step: frozenset(after) for step, after in edges.items()}


def _ends_of(flow: Any, edges: dict[str, set[str]]) -> tuple[set[str], set[str], bool]:
    """Return the first and last steps of a flow and whether it may be passed over; fill `edges` on the way."""
    if isinstance(flow, str):
        return {flow}, {flow}, False
    parts = [_ends_of(branch, edges) for branch in branches_of(flow)]
    match flow:
        case Sequence():
            return _joined(parts, edges)
        case Repeat(redo=redo):
            again = parts[1][0] if redo is not None else parts[0][0]
            _connect(parts[0][1], again, edges)
            if redo is not None:
                _connect(parts[1][1], parts[0][0], edges)
            return parts[0]
        case Parallel():
            for i, (_, lasts, _) in enumerate(parts):
                for j, (firsts, _, _) in enumerate(parts):
                    if i != j:
                        _connect(lasts, firsts, edges)
        case _:
            pass
    firsts = {step for part in parts for step in part[0]}
    lasts = {step for part in parts for step in part[1]}
    is_skippable = isinstance(flow, Optional_) or any(part[2] for part in parts)
    return firsts, lasts, is_skippable


def _joined(
    parts: list[tuple[set[str], set[str], bool]], edges: dict[str, set[str]]
) -> tuple[set[str], set[str], bool]:
    firsts: set[str] = set()
    lasts: set[str] = set()
    is_skippable = True
    for part_firsts, part_lasts, part_skippable in parts:
        _connect(lasts, part_firsts, edges)
        firsts |= part_firsts if is_skippable else set()
        lasts = part_lasts | (lasts if part_skippable else set())
        is_skippable = is_skippable and part_skippable
    return firsts, lasts, is_skippable


def _connect(lasts: set[str], firsts: set[str], edges: dict[str, set[str]]) -> None:
    for step in lasts:
        edges[step] |= firsts
