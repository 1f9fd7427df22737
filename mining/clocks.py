"""The two clocks as expressions over the table of days: elapsed and working (DESIGN §4, clocks)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis

from mappings.calendar import Hours
from mining.days import days
from mining.engine import kept
from mining.log import MICROSECONDS_A_DAY


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
        whole = self.day(local) * MICROSECONDS_A_DAY
        return joined.mutate(**{f"{column}_elapsed": ibis.ifelse(joined.whole_days, whole, joined[column])}).drop(
            f"{column}_local"
        )

    def day(self, moment: Any) -> Any:
        """Return the number of the day since 1970 of a time in microseconds, also before 1970."""
        # the rest is taken off first, since the engine may divide in floats; below zero it has another sign
        rest = moment % MICROSECONDS_A_DAY
        rest = ibis.ifelse(moment >= 0, rest, (rest + MICROSECONDS_A_DAY) % MICROSECONDS_A_DAY)
        return (moment - rest) // MICROSECONDS_A_DAY

    def _joined(self, table: Any, column: str, *, local: bool, working: bool) -> Any:
        keyed = table.mutate(**{"_day": self.day(table[column])})
        joined = keyed.left_join(self.days.rename("days_{name}"), [("_day", "days_day")])
        moment = joined[column]
        added = {}
        if local:
            offset = ibis.ifelse(moment < joined.days_switch_at, joined.days_offset_before, joined.days_offset_after)
            added[f"{column}_local"] = moment + offset
        if working:
            worked = joined.days_working_before
            for n in range(self.shifts):
                from_, to = joined[f"days_from_{n}"], joined[f"days_to_{n}"]
                worked = worked + ibis.greatest(ibis.least(moment, to) - from_, 0)
            added[f"{column}_working"] = worked
        return joined.mutate(**added).drop("_day", *[f"days_{c}" for c in self.days.columns])


def clocks_of(con: Any, hours: Hours, window: tuple[datetime, datetime], zone: str, name: str) -> Clocks:
    """Return the clocks of one calendar over the window of the log."""
    table = days(hours, *window, zone)
    return Clocks(kept(con, name, table.table), table.shifts)
