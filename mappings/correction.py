"""Corrections of records that a source tells wrongly: what is wrong, what it becomes, why, by whom and since when.

In: `corrections.yaml` beside project.yaml. Rule owned here: each correction states the wrong value as well (`was`), so
that it stops the run, and is taken away, once the source is mended.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from mappings.base import Model


def _as_text(value: Any) -> Any:
    """Whole numbers and truth values are text in a record; a number with a point could be written in many ways."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        raise ValueError(f"write '{value}' between quotes, as the source has it")
    return value or None


Value = Annotated[str | None, BeforeValidator(_as_text)]


class Correction(Model):
    """One correction: the records that it is about, the wrong value that they have, and what to do."""

    source: str
    """The source whose records it is about."""
    where: dict[str, Value] = Field(min_length=1)
    """Column → raw value as the source has it; a record must have all of them. Empty means no value."""
    was: dict[str, Value] = Field(min_length=1)
    """Column → the wrong value. Where a record has another one, the source was mended and the run is refused."""
    set: dict[str, Value] = Field(default_factory=dict)
    """Column → the value to read instead."""
    drop: bool = False
    """Instead: leave the record out; it is counted as ignored."""
    reason: str = Field(min_length=1)
    by: str = Field(min_length=1)
    """The role that decided it, such as 'functional administrator'; not the name of a person."""
    since: date

    @model_validator(mode="after")
    def _says_one_thing(self) -> Correction:
        if self.drop == bool(self.set):
            raise ValueError("give either 'set' or 'drop: true'")
        if silent := sorted(set(self.set) - set(self.was)):
            raise ValueError(f"'was' must say what the wrong value is of: {', '.join(silent)}")
        if same := sorted(name for name, value in self.set.items() if self.was[name] == value):
            raise ValueError(f"'set' and 'was' are the same for: {', '.join(same)}")
        if both := sorted(set(self.where) & set(self.was)):
            raise ValueError(f"leave out of 'where' what stands in 'was': {', '.join(both)}")
        return self

    @property
    def columns(self) -> frozenset[str]:
        """Every column that it names."""
        return frozenset({*self.where, *self.was, *self.set})


class Corrections(Model):
    """What corrections.yaml holds."""

    corrections: tuple[Correction, ...] = ()
