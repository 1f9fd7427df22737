"""An improvement card: what a team tries, what it expects of it, and from when on that is judged."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from mappings.base import Model, Text


class CardMeasure(Model):
    """What tells whether it worked: a mean per case, or the share that met a norm."""

    kind: Literal["lead_time", "step", "loop", "handoff", "norm"]
    of: str | tuple[str, ...] = ""
    """The step; the steps of the loop, such as [intake, supplement, intake]; the level of the handoffs (team,
    department, organisation); the norm. Left out for the lead time."""
    clock: Literal["elapsed", "working"] = "elapsed"
    """Elapsed is the citizen's clock, working the organisation's; handoffs and norms have none here."""
    direction: Literal["lower", "higher"]
    """Which way is better."""

    @property
    def path(self) -> tuple[str, ...]:
        """What `of` names, as a list."""
        if isinstance(self.of, tuple):
            return self.of
        return (self.of,) if self.of else ()

    @model_validator(mode="after")
    def _names_what_it_measures(self) -> CardMeasure:
        count = len(self.path)
        if self.kind == "lead_time" and count:
            raise ValueError("the lead time is of the whole case; take 'of' out")
        if self.kind in ("step", "handoff", "norm") and count != 1:
            raise ValueError(f"a {self.kind} is named by one word; write it in 'of'")
        if self.kind == "loop" and (count < 3 or self.path[0] != self.path[-1]):
            raise ValueError("a loop ends where it began; write its steps in 'of', such as [intake, ask, intake]")
        if self.kind == "handoff" and self.path[0] not in ("team", "department", "organisation"):
            raise ValueError("handoffs are counted by level; write team, department or organisation in 'of'")
        return self


class Card(Model):
    """One improvement that is tried: 'We think that … leads to …', judged by every later run at equal mix."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    title: Text
    we_think: Text
    """What is done differently; it is read as 'We think that …'."""
    leads_to: Text
    """What is expected of it; it is read as '… leads to …'."""
    owner: str = Field(min_length=1)
    """The role that owns it; never the name of a person."""
    measure: CardMeasure
    started_on: date
    """Cases that came in on this day or later are those after the change."""
    judge_from: date
    """Before this day it is too early for a verdict."""
    journey: str | None = None
    """The future or ideal journey that it is a step towards."""

    @model_validator(mode="after")
    def _is_judged_after_it_began(self) -> Card:
        if self.judge_from < self.started_on:
            raise ValueError(f"judge_from {self.judge_from} lies before started_on {self.started_on}; take a later day")
        return self
