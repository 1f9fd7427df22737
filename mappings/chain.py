"""The chain: its organisations, and how the cases of one are found at another (DESIGN §6)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from mappings.base import Duration, Model, Text

LinkKey = Literal["reference", "related_case", "person"]


class Link(Model):
    """How records of one source find the chain case. Links are tried in the order in which they stand here."""

    source: str
    to: str
    key: LinkKey = "reference"
    """'reference': `chain_case` of the source holds the case number of `to`. 'related_case': `related` of the case
    names other cases. 'person': both keep a keyed hash of the same person's id, within a window of time."""
    on: Literal["case_number", "reference"] = "case_number"
    """For a reference: 'reference' finds the cases of `to` that carry the same reference, instead of that number."""
    loosely: bool = False
    """For a reference: compare without capitals, spaces and punctuation."""
    kinds: tuple[str, ...] = ()
    """For related cases: only links of these kinds (hoofdzaak, deelzaak, vervolg, …); all where left out."""
    within: Duration | None = None
    """For a person: how far apart two cases of one person may have come in, at most."""
    unlinked: Literal["own_case", "aside"] = "own_case"
    """What becomes of records that find no case: a case of their own, or left out of the log and counted."""
    note: Text = ""

    @model_validator(mode="after")
    def _fits_its_key(self) -> Link:
        if (self.key == "person") != (self.within is not None):
            raise ValueError("'within' says how far apart the cases of one person may be; 'key: person' alone needs it")
        if self.kinds and self.key != "related_case":
            raise ValueError("'kinds' belongs to 'key: related_case'")
        if self.key != "reference" and (self.loosely or self.on != "case_number"):
            raise ValueError("'on' and 'loosely' belong to 'key: reference'")
        if self.key == "reference" and self.on == "case_number" and self.source == self.to:
            raise ValueError("a source refers to another one; for links between its own cases use 'related_case'")
        return self

    @property
    def is_apart(self) -> bool:
        """Whether the records of the source belong to a case of another one, under a number of their own."""
        return self.source != self.to


class Chain(Model):
    """The organisations of the chain and how their records are linked."""

    organisations: dict[str, Text] = Field(default_factory=dict)
    links: tuple[Link, ...] = ()

    def is_apart(self, source: str) -> bool:
        """Tell whether a source numbers its dossiers by itself: a link finds the case that they belong to."""
        return any(link.source == source and link.is_apart for link in self.links)
