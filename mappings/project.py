"""A mapping folder: project.yaml, sources/*.yaml, journeys/*.yaml, cards/*.yaml, calendar.yaml, chain.yaml."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from mappings.base import Duration, Instant, Model, Text, Zone
from mappings.calendar import Calendar
from mappings.card import Card
from mappings.chain import Chain as Chain
from mappings.chain import Link as Link
from mappings.journey import Journey, Layer
from mappings.law import Law, shipped_law
from mappings.source import Source


class Lane(Model):
    """A silo, a partner, or the citizen."""

    title: Text = ""
    layer: Layer = "backstage"
    organisation: str = ""
    department: str = ""


class ProjectFile(Model):
    """What project.yaml holds."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    title: Text = ""
    language: Literal["nl", "en"] = "nl"
    zone: Zone = "Europe/Amsterdam"
    purpose: Text
    legal_basis: Text
    dpia: str = ""
    lanes: dict[str, Lane] = Field(default_factory=dict)
    together_within: Duration = Field(default="60s", validate_default=True)
    switch_within: Duration = Field(default="14d", validate_default=True)
    repeat_within: Duration = Field(default="7d", validate_default=True)
    """A contact so soon after another one on the same case is a repeat contact."""
    smallest_group: int = Field(default=10, ge=1)
    """Groups of fewer cases are not shown by person or partner."""
    resource_measures: bool = False
    """Whether to measure by resource: redo and repeat, and why it waited. Never shown below team level; agree it
    with the works council first."""
    noise_threshold: float = Field(default=0.2, ge=0, le=1)
    alignment_budget: Duration = Field(default="30s", validate_default=True)
    as_of: Instant | None = None
    """For a closed archive: the moment at which it is looked at; otherwise now."""
    journey: str | None = None
    """The journey that is laid over the log; the only designed one where left out."""

    def lane(self, name: str) -> Lane:
        """Return the lane of that name; one that is not declared is a backstage lane of its own name."""
        return self.lanes.get(name, Lane(title=name))


def _by_language(title: Text) -> dict[str, str]:
    if isinstance(title, str):
        return {"nl": title, "en": title} if title else {}
    return title


class Project(Model):
    """A whole mapping folder, checked across its files."""

    file: ProjectFile
    folder: Path
    sources: tuple[Source, ...] = Field(min_length=1)
    journeys: tuple[Journey, ...] = ()
    cards: tuple[Card, ...] = ()
    calendar: Calendar = Calendar()
    chain: Chain = Chain()
    law: Law = Field(default_factory=shipped_law)
    """The rules of law that ship with the program."""
    fingerprint: str = ""
    """SHA-256 over the folder's YAML and BPMN files without the cards: the mapping hash of a run."""

    @property
    def journey(self) -> Journey | None:
        """The designed journey that is laid over the log."""
        designed = [j for j in self.journeys if j.kind == "designed"]
        if self.file.journey is not None:
            return next((j for j in self.journeys if j.name == self.file.journey), None)
        return designed[0] if designed else None

    def lane(self, name: str) -> Lane:
        """Return the lane of that name; one that is not declared is a backstage lane of its own name."""
        return self.file.lane(name)

    def activity_titles(self) -> dict[str, dict[str, str]]:
        """Return activity → language → what people read for it; where several sources know it, the first has it.

        Without a title it is the source's own label, in the language of the project, where one label alone means it.
        """
        titles: dict[str, dict[str, str]] = {}
        for source in reversed(self.sources):
            means = Counter(rule.name for rule in source.activities.values())
            for label, rule in source.activities.items():
                own = {self.file.language: label} if means[rule.name] == 1 else {}
                if told := own | _by_language(rule.title):
                    titles[rule.name] = told
        return titles

    @model_validator(mode="after")
    def _names_are_unique(self) -> Project:
        for what, names in (
            ("source", [s.name for s in self.sources]),
            ("journey", [j.name for j in self.journeys]),
            ("card", [c.name for c in self.cards]),
        ):
            if doubles := sorted({n for n in names if names.count(n) > 1}):
                raise ValueError(f"two {what}s are named {', '.join(doubles)}")
        return self
