"""Files that a partner delivers: which are whole, in which order they correct each other, when they are expected."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, field_validator, model_validator

from mappings.base import Duration, Model

DATES = {"%Y": r"\d{4}", "%m": r"\d{2}", "%d": r"\d{2}", "%y": r"\d{2}"}
"""What a date in a name may be made of, and how each part reads."""


class Expected(Model):
    """When a delivery is expected: one a day, week or month, about the period before."""

    every: Literal["day", "week", "month"] = "month"
    by: int = Field(default=5, ge=1, le=31)
    """The day by whose end it must be there: of the month after the period, or of the week after it (1 is Monday). In
    a shorter month its last day. Of daily deliveries: so many days after the day itself."""
    since: date | None = None
    """The first period that is expected, by any day in it; the first one delivered where left out."""
    until: date | None = None
    """The last period that is expected, by any day in it."""

    @model_validator(mode="after")
    def _is_a_day_of_its_period(self) -> Expected:
        if self.every == "week" and self.by > 7:
            raise ValueError("'by' is a day of the week: 1 (Monday) to 7")
        return self


class Deliveries(Model):
    """How the files of a partner are taken: all that `path` matches, each run, minus what is not whole yet."""

    date_in_name: str | None = None
    """The date or month of a delivery as it stands in the name of its file: '%Y-%m' finds 2024-01 in
    wijk-2024-01-v2.csv. %Y, %y, %m and %d are known."""
    order: Literal["name", "date", "modified"] | None = None
    """Of two records with one key, the one in the later file counts: later by the date in the name (then by when the
    file was modified), by when it was modified, or by its name. By date where `date_in_name` is given, else by name."""
    expected: Expected | None = None
    """Deliveries that are missing or late are a warning in the quality report."""
    partial: tuple[str, ...] = ("*.part", "*.partial", "*.tmp", "*.filepart", "*.crdownload", "~*", ".*")
    """Names of files that are still being uploaded: they are left alone, and counted."""
    marker: str | None = None
    """The name of a file that says that another one is whole, such as '{name}.ok' or '{stem}.klaar': a file without
    it is left alone, and counted."""
    quiet: Duration = Field(default="2m", validate_default=True)
    """A file that was modified less than this ago may still be growing: it is left alone, and counted."""
    optional_columns: tuple[str, ...] = ()
    """Columns that not every file has. Any other difference in columns from earlier files is refused."""

    @field_validator("date_in_name")
    @classmethod
    def _is_a_date(cls, value: str | None) -> str | None:
        if value is None:
            return None
        rest = value
        for part in DATES:
            rest = rest.replace(part, "")
        if "%" in rest or not {"%Y", "%y"} & {value[i : i + 2] for i in range(len(value))} or "%m" not in value:
            raise ValueError(f"'{value}' is no date; write it with %Y (or %y), %m and %d, such as %Y-%m-%d")
        return value

    @field_validator("marker")
    @classmethod
    def _names_the_file(cls, value: str | None) -> str | None:
        if value is not None and "{name}" not in value and "{stem}" not in value:
            raise ValueError("'marker' holds {name} or {stem}, such as '{name}.ok'")
        return value

    @model_validator(mode="after")
    def _has_the_date_that_it_orders_by(self) -> Deliveries:
        if self.order == "date" and self.date_in_name is None:
            raise ValueError("'order: date' needs 'date_in_name'")
        return self
