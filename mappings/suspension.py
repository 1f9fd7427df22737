"""Suspension and extension of a legal term: where a case field or an activity shows them (DESIGN §3).

The grounds and the ways of extending are names of `law/awb.yaml`; what they do to the term stands there.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from mappings.base import Duration, Model
from mappings.times import Moment

# three noughts behind a point may as well be those of a thousand
_LENGTH = re.compile(
    r"P(?:(?P<years>\d{1,3})Y)?(?:(?P<months>\d{1,3})M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?(?:T(?:0+[HMS])+)?"
    r"|(?P<number>\d{1,4})(?:[.,](?:0{1,2}|0{4,}))?"
)
Unit = Literal["d", "w", "m"]
_ALONE = {"d": "P{}D", "w": "P{}W", "m": "P{}M"}


def read_length(told: str, unit: Unit = "d") -> tuple[int | None, int | None]:
    """Return days or months of P6W, P42D, P2M, P1Y or a number of `unit`; two nulls where it reads as none of them.

    A number of more than four digits is no length that anybody sets; hours, and months with days, are none either.
    """
    found = _LENGTH.fullmatch(told.strip())
    if found is None:
        return None, None
    if found["number"] is not None:
        return read_length(_ALONE[unit].format(found["number"]))
    months = 12 * int(found["years"] or 0) + int(found["months"] or 0)
    if found["weeks"] is None and found["days"] is None:
        return None, months or None
    days = 7 * int(found["weeks"] or 0) + int(found["days"] or 0)
    if months and days:
        return None, None
    return (None, months) if months else (days, None)


class SuspensionColumns(Model):
    """One suspension as the case has it: the day of the request or beginning, and of the answer or end."""

    from_: Moment | None = Field(default=None, alias="from")
    """The day on which it was asked, or began. Empty: no suspension."""
    to: Moment | None = None
    """The day on which the answer came, or on which it ended. Empty: it still runs."""
    term: Moment | None = None
    """The last day of the term that the request set. Where this is mapped and empty, the request set none."""
    ground: str = "supplement"
    bounds: Literal["law", "inclusive"] = "law"
    """'law': the law says from the ground which days those of `from` and `to` are, so that the days of asking and of
    receiving are none of them. 'inclusive': the first and the last suspended day themselves."""
    indicated: str | None = None
    """A column that only says that the term is or was suspended, without dates."""
    indicated_values: tuple[str, ...] = ("true", "True", "1", "ja", "Ja", "J", "yes")

    @model_validator(mode="after")
    def _shows_something(self) -> SuspensionColumns:
        if self.from_ is None and self.indicated is None:
            raise ValueError("a suspension needs 'from', or 'indicated' where the source has no dates")
        return self

    @property
    def moments(self) -> dict[str, Moment]:
        """The columns that hold dates, by what they are."""
        named = {"from": self.from_, "to": self.to, "term": self.term}
        return {name: column for name, column in named.items() if column is not None}

    def column_names(self) -> list[str]:
        """Return the columns that are read."""
        return [*(m.column for m in self.moments.values()), *([self.indicated] if self.indicated else [])]


class ExtensionColumns(Model):
    """One extension as the case has it: how long, or until when."""

    amount: str | None = None
    """The column with its length: ISO 8601 (P6W, P42D, P2M), or a number of `unit`. Empty: no extension."""
    unit: Unit = "d"
    until: Moment | None = None
    """The column with the new last day of the term. Empty: no extension."""
    on: Moment | None = None
    """The day on which it was made known. One made known after the end of the term does not move it."""
    by: str = "statutory"

    @model_validator(mode="after")
    def _says_how_long(self) -> ExtensionColumns:
        if (self.amount is None) == (self.until is None):
            raise ValueError("an extension needs either 'amount' or 'until'")
        return self

    @property
    def moments(self) -> dict[str, Moment]:
        """The columns that hold dates, by what they are."""
        return {name: column for name, column in {"until": self.until, "on": self.on}.items() if column is not None}

    def column_names(self) -> list[str]:
        """Return the columns that are read."""
        return [*(m.column for m in self.moments.values()), *([self.amount] if self.amount else [])]


class Suspends(Model):
    """What an activity that suspends the term shows: the ground, and what is known of the term that it sets.

    With nothing said about the term it is not known whether one was set, and then a ground that needs one makes
    the legal clock of the case not determinable.
    """

    ground: str = "supplement"
    term: Duration | None = None
    """Every such request sets a term of this length."""
    term_column: str | None = None
    """The kept column with the last day of the term (a date), or its length (P2W, P1M, or days). Empty: it set none."""
    sets_term: bool | None = None
    """True: every request sets a term, of which the length is not recorded; an answer is then taken to have come within
    it. False: none does."""

    @model_validator(mode="after")
    def _says_it_once(self) -> Suspends:
        if sum(x is not None for x in (self.term, self.term_column, self.sets_term)) > 1:
            raise ValueError("say of the term one of 'term', 'term_column' and 'sets_term'")
        return self


class Extends(Model):
    """What an activity that extends the term shows."""

    amount: Duration | None = None
    """Every such extension has this length."""
    months: int | None = Field(default=None, ge=1)
    """Instead of an amount: an extension that the law sets in months, counted from the end as it stood."""
    column: str | None = None
    """The kept column with the new last day (a date), or the length (P6W, P2M, or days)."""
    by: str = "statutory"

    @model_validator(mode="after")
    def _says_how_long(self) -> Extends:
        if sum(x is not None for x in (self.amount, self.months, self.column)) != 1:
            raise ValueError("an extension needs one of 'amount', 'months' and 'column'")
        return self


def _as_suspends(value: Any) -> Any:
    return {"ground": value} if isinstance(value, str) else value


def _as_extends(value: Any) -> Any:
    return {"amount": value} if isinstance(value, str) else value


WrittenSuspends = Annotated[Suspends, BeforeValidator(_as_suspends)]
"""A ground alone, or the ground with its term."""
WrittenExtends = Annotated[Extends, BeforeValidator(_as_extends)]
"""An amount alone, or the amount with its way."""
