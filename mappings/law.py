"""The law as data: rules for decision terms (Awb) and the Algemene termijnenwet, each with its article.

In: the YAML files in `mappings/law/`, which ship with the program. Out: a `Law` that a project carries along. How a
term is counted stands in `mining.legal_term`; which days, grounds and lengths there are stands in those files.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from mappings.base import Duration, Model, Text
from mappings.yamlfile import read_yaml

SHIPPED = Path(__file__).parent / "law"
Bound = Literal["day_after", "same_day", "day_before"]


class Rule(Model):
    """How a kind of decision term is counted."""

    title: Text
    source: Text
    amount: Duration
    """The term where the norm names none of its own."""
    begins_after: Duration | None = None
    """The term begins when this other term, counted from the norm's first event, has ended."""
    begins_source: Text = ""
    suspended_by: tuple[str, ...] = ()
    extended_by: tuple[str, ...] = ()


class Ground(Model):
    """A ground on which a term stands still, and which days those are."""

    title: Text
    source: Text
    first: Literal["day_after", "same_day"]
    """The first suspended day, counted from the day of the request or of the beginning."""
    last: Literal["day_before", "same_day"]
    """The last suspended day, counted from the day of the answer or of the end."""
    needs_term: bool = False
    """Without a term set in the request the ground does not suspend; an unanswered request suspends up to and
    including the last day of that term."""
    suspends: bool = True
    """False: written down because many think that it does."""


class Extending(Model):
    """A way in which the end of a term is moved; the days go on being used."""

    title: Text
    source: Text
    at_most: Duration | None = None
    """What it may give a case in all; what goes beyond it moves nothing."""
    extends: bool = True


class Statute(Model):
    """A file of rules, such as law/awb.yaml."""

    name: str
    title: Text
    rules: dict[str, Rule]
    grounds: dict[str, Ground]
    extensions: dict[str, Extending]


class Holiday(Model):
    """A generally recognised holiday: a fixed day (MM-DD) or a number of days after Easter Sunday."""

    name: Text
    source: Text
    day: str | None = Field(default=None, pattern=r"^\d\d-\d\d$")
    easter: int | None = None
    from_year: int | None = None
    to_year: int | None = None
    on_sunday: str | None = Field(default=None, pattern=r"^\d\d-\d\d$")
    """The day instead, in a year in which it falls on a Sunday."""

    def in_year(self, year: int, easter: date) -> date | None:
        """Return the day in that year; null where the list does not have it then."""
        if year < (self.from_year or year) or year > (self.to_year or year):
            return None
        if self.easter is not None:
            return easter + timedelta(self.easter)
        found = date.fromisoformat(f"{year:04}-{self.day}")
        return date.fromisoformat(f"{year:04}-{self.on_sunday}") if self.on_sunday and found.weekday() == 6 else found


class Decree(Model):
    """Days that a royal decree puts on a par with the holidays."""

    source: Text
    days: tuple[date, ...]


class Source(Model):
    """Where a rule is written."""

    source: Text


class ShortTerms(Source):
    """Terms of at least `from_days` hold at least so many working days."""

    from_days: int
    working_days: int


class Scope(Source):
    """The longest terms that roll over, each in its own unit."""

    days: int
    weeks: int
    months: int


class Termijnenwet(Model):
    """The Algemene termijnenwet: law/termijnenwet.yaml."""

    name: str
    title: Text
    rolls_over: Source
    short_terms: ShortTerms
    scope: Scope
    holidays: tuple[Holiday, ...]
    known_from_year: int
    decrees: tuple[Decree, ...] = ()
    decrees_from_year: int
    decrees_to_year: int

    def holidays_in(self, year: int, easter: date) -> set[date]:
        """Return the generally recognised holidays of a year, those put on a par included."""
        listed = {day for holiday in self.holidays if (day := holiday.in_year(year, easter))}
        return listed | {day for decree in self.decrees for day in decree.days if day.year == year}


class Law(Model):
    """All rules of law that a project counts with."""

    awb: Statute
    termijnenwet: Termijnenwet


@cache
def shipped_law() -> Law:
    """Return the law that ships with the program."""
    return Law(
        awb=Statute.model_validate(read_yaml(SHIPPED / "awb.yaml", "law/awb.yaml").data),
        termijnenwet=Termijnenwet.model_validate(
            read_yaml(SHIPPED / "termijnenwet.yaml", "law/termijnenwet.yaml").data
        ),
    )
