"""Columns of moments: how their values are written and what they may be trusted for (DESIGN §3)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator

from mappings.base import Model, Zone

Precision = Literal["second", "minute", "day"]


class TimeColumn(Model):
    """A column that holds moments, and what its values may be trusted for."""

    column: str
    format: str = "iso"
    """'iso' (ISO 8601, with or without offset), 'excel', 'epoch_s', 'epoch_ms', or a strptime pattern such as
    '%d-%m-%Y %H:%M'."""
    precision: Precision = "second"
    zone: Zone | None = None
    """The zone of values without an offset; the source's zone where left out."""
    day_when_time_is: tuple[str, ...] = ()
    """Local clock times ('00:00:00') that stand for 'no time known': such values have day precision."""
    empty_before: int | None = None
    """A year: earlier values are placeholders, such as 1970, and mean empty."""
    empty_from: int | None = None
    """A year: values in it or later are placeholders, such as 9999, and mean empty."""
    empty_values: tuple[str, ...] = ()
    """Texts that mean empty."""


def _as_time_column(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


Moment = Annotated[TimeColumn, BeforeValidator(_as_time_column)]
"""A time column: its name alone, or the name with format, precision and zone."""
