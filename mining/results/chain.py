"""The chain: how cases of several organisations were linked, how sure that is, and what could not be linked."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mining.results.base import LocalText, Result

Sureness = Literal["stated", "stated_loosely", "inferred"]
"""stated: a record names the other case. stated_loosely: it does, capitals, spaces and punctuation aside.
inferred: the same person within a window of time."""


class NotLinked(Result):
    """One dossier that a link did not tie to a case, by a pseudonym of its number."""

    source: str
    to: str
    key: str
    why: Literal["ambiguous", "orphan", "conflict"]
    dossier: str
    candidates: int


class LinkResult(Result):
    """What one declared link did. Dossiers = matched + ambiguous + orphans + conflicts + alone + without_key."""

    source: str
    to: str
    key: str
    dossiers: int
    """Cases of the source; for attempts, attempts."""
    matched: int
    stated: int
    stated_loosely: int
    inferred: int
    """matched = stated + stated_loosely + inferred."""
    ambiguous: int
    """More than one case fits: not linked."""
    orphans: int
    """They name a case that is not there, or a person without a case within the window."""
    conflicts: int
    """They point to another case than an earlier link did: the earlier one holds."""
    alone: int
    """Among cases of one source: no other case of this person within the window."""
    without_key: int
    """The record names no case and no person."""
    share: float | None
    """matched ÷ those with a key that are not alone; null where there are none."""
    note: LocalText = Field(default_factory=dict)


class LinkCoverage(Result):
    """How much of a source with dossiers of its own belongs to a case of the chain, by whatever link."""

    source: str
    dossiers: int
    linked: int
    events: int
    linked_events: int
    aside_events: int
    """Left out of the log, since the mapping puts aside what finds no case."""
    coverage: float | None
    """linked ÷ dossiers."""


class ChainCases(Result):
    """The chain cases that the links made."""

    cases: int
    """Chain cases in the log, of one dossier or more."""
    joined: int
    """Of those, with more than one dossier or zaak."""
    by_organisations: dict[str, int]
    """Number of organisations in it → chain cases."""
    several_cases: int
    """Chain cases with more than one zaak of one source."""


class Linking(Result):
    """The linking report of a run."""

    links: tuple[LinkResult, ...] = ()
    sources: tuple[LinkCoverage, ...] = ()
    cases: ChainCases | None = None
    not_linked: tuple[NotLinked, ...] = ()
    """At most 20 of each link and reason; the counts above are of all of them."""
