"""The two clocks as expressions over the table of days: elapsed and working (DESIGN §4, clocks)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis

from mappings.calendar import Hours
from mining.days import days
from mining.engine import kept, whole_part
from mining.log import MICROSECONDS_A_DAY

_LONG_AGO = 40_000_000 * MICROSECONDS_A_DAY
"""A hundred thousand years of whole days, which brings every instant above zero."""


@dataclass(frozen=True)
class Clocks:
    """The table of days in the engine. All columns are int64 microseconds."""

    days: Any
    shifts: int
    has_whole_days: bool = True
    """Whether any case is told by whole local days; most logs know the time of everything."""

    def with_local(self, table: Any, column: str) -> Any:
        """Add `{column}_local`, the wall-clock time as microseconds since 1970."""
        return self._joined(table, column, local=True, working=False)

    def with_clocks(self, table: Any, column: str) -> Any:
        """Add `{column}_elapsed` and `{column}_working`, what the clocks C show at that instant.

        Elapsed is whole local days where the case has an end with day precision (`whole_days`), else the instant.
        """
        if not self.has_whole_days:
            timed = self._joined(table, column, local=False, working=True)
            return timed.mutate(**{f"{column}_elapsed": timed[column]})
        joined = self._joined(table, column, local=True, working=True)
        local = joined[f"{column}_local"]
        elapsed = ibis.ifelse(joined.whole_days, local - self._rest(local), joined[column])
        return joined.mutate(**{f"{column}_elapsed": elapsed}).drop(f"{column}_local")

    def with_known_clocks(self, table: Any, columns: Sequence[str]) -> Any:
        """Do the same for several columns at once, of instants that are all known and within the table of days.

        Every row then finds its days, which the engine looks up by their place instead of by a hash.
        """
        dated, added = self._dated(table, columns), {}
        for column in columns:
            added[f"{column}_working"] = self._worked(dated, column, f"{column}_of_")
            added[f"{column}_elapsed"] = dated[column]
            if self.has_whole_days:
                local = self._local(dated, column, f"{column}_of_")
                added[f"{column}_elapsed"] = ibis.ifelse(dated.whole_days, local - self._rest(local), dated[column])
        return dated.mutate(**added)

    def with_known_days(self, table: Any, columns: Sequence[str]) -> Any:
        """Add `{column}_on`, the local day, of several such columns at once."""
        dated = self._dated(table, columns)
        return dated.mutate(**{f"{c}_on": self.day(self._local(dated, c, f"{c}_of_")).cast("int32") for c in columns})

    def _dated(self, table: Any, columns: Sequence[str]) -> Any:
        """Join the row of its UTC day to each of the columns, as `{column}_of_…`."""
        dated = table.mutate(**{f"{column}_day": self.day(table[column]) for column in columns})
        for column in columns:
            days = self.days.rename({f"{column}_of_{name}": name for name in self.days.columns})
            dated = dated.join(days, dated[f"{column}_day"] == days[f"{column}_of_day"])
        return dated

    def day(self, moment: Any) -> Any:
        """Return the number of the day since 1970 of a time in microseconds, also before 1970."""
        return whole_part(moment + _LONG_AGO, MICROSECONDS_A_DAY) - _LONG_AGO // MICROSECONDS_A_DAY

    def _rest(self, moment: Any) -> Any:
        """Return the time since the midnight before; below zero the rest of a division has another sign."""
        return (moment + _LONG_AGO) % MICROSECONDS_A_DAY

    def _local(self, table: Any, column: str, days: str) -> Any:
        moment = table[column]
        is_before = moment < table[f"{days}switch_at"]
        return moment + ibis.ifelse(is_before, table[f"{days}offset_before"], table[f"{days}offset_after"])

    def _worked(self, table: Any, column: str, days: str) -> Any:
        """Return the working time up to the moment: that before the day, and what has passed of its shifts."""
        moment, worked = table[column], table[f"{days}working_before"]
        for n in range(self.shifts):
            from_, to = table[f"{days}from_{n}"], table[f"{days}to_{n}"]
            worked = worked + ibis.ifelse(moment <= from_, 0, ibis.ifelse(moment >= to, to, moment) - from_)
        return worked

    def _joined(self, table: Any, column: str, *, local: bool, working: bool) -> Any:
        keyed = table.mutate(**{"_day": self.day(table[column])})
        joined = keyed.left_join(self.days.rename("days_{name}"), [("_day", "days_day")])
        added = {}
        if local:
            added[f"{column}_local"] = self._local(joined, column, "days_")
        if working:
            added[f"{column}_working"] = self._worked(joined, column, "days_")
        return joined.mutate(**added).drop("_day", *[f"days_{c}" for c in self.days.columns])


def clocks_of(con: Any, hours: Hours, window: tuple[datetime, datetime], zone: str, name: str) -> Clocks:
    """Return the clocks of one calendar over the window of the log."""
    table = days(hours, *window, zone)
    return Clocks(kept(con, name, table.table), table.shifts)
