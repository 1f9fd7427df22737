"""Moments in order, and what the clocks show at them: to find the last one until an instant, or the next one after it.

In: instants, some a day, and the clocks. Out: a table of days in the engine. One row a UTC day with the moments in it,
the last one until it begins and the first one after it, so that no row has to be held against them all.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Any

import ibis
import pyarrow as pa

from mining.clocks import Clocks
from mining.engine import kept
from mining.log import MICROSECONDS_A_DAY


@dataclass(frozen=True)
class Moments:
    """The table in the engine, and how many moments its rows have room for. All columns are int64 microseconds."""

    days: Any
    room: int
    clocks: Clocks

    def with_latest(self, table: Any, column: str, name: str) -> Any:
        """Add `{name}_elapsed` and `{name}_working`: what the clocks show at the last moment until then."""
        return self._joined(table, column, name, range(self.room), lambda at, moment: at >= moment)

    def with_next(self, table: Any, column: str, name: str) -> Any:
        """Add the same of the first moment after that."""
        return self._joined(table, column, name, range(self.room - 1, -1, -1), lambda at, moment: at < moment)

    def _joined(self, table: Any, column: str, name: str, order: range, holds: Any) -> Any:
        keyed = table.mutate(_day=self.clocks.day(table[column]))
        # every instant has its day among these, which the engine then looks up by its place
        joined = keyed.join(self.days.rename("moments_{name}"), [("_day", "moments_day")])
        found = {clock: self._shown(joined, order[0], clock) for clock in ("elapsed", "working")}
        for n in order[1:]:
            is_it = holds(joined[column], joined[f"moments_moment_{n}"])
            found = {clock: ibis.ifelse(is_it, self._shown(joined, n, clock), c) for clock, c in found.items()}
        named = {f"{name}_{clock}": shown for clock, shown in found.items()}
        return joined.mutate(**named).drop("_day", *(f"moments_{c}" for c in self.days.columns))

    def _shown(self, joined: Any, n: int, clock: str) -> Any:
        if clock == "elapsed" and self.clocks.has_whole_days:
            whole, exact = joined[f"moments_moment_{n}_elapsed"], joined[f"moments_moment_{n}"]
            return ibis.ifelse(joined.whole_days, whole, exact)
        return joined[f"moments_moment_{n}_{clock}"]


def moments_of(con: Any, name: str, moments: list[int], days: range, clocks: Clocks) -> Moments:
    """Return moments, in order and reaching beyond the days on both sides, as a table of these days."""
    shown = _shown_at(con, moments, clocks)
    listed = []
    for day in days:
        low, high = day * MICROSECONDS_A_DAY, (day + 1) * MICROSECONDS_A_DAY
        listed.append(moments[bisect_right(moments, low) - 1 : bisect_left(moments, high) + 1])
    room = max(len(found) for found in listed)
    columns = {"day": pa.array(days, pa.int64())}
    for n in range(room):
        # what has no place of its own stands in the last one, which comes after the day
        at = [found[min(n, len(found) - 1)] for found in listed]
        columns[f"moment_{n}"] = pa.array(at, pa.int64())
        for clock in ("elapsed", "working"):
            columns[f"moment_{n}_{clock}"] = pa.array([shown[moment][f"at_{clock}"] for moment in at], pa.int64())
    return Moments(kept(con, name, pa.table(columns)), room, clocks)


def _shown_at(con: Any, moments: list[int], clocks: Clocks) -> dict[int, dict[str, int]]:
    """Return what the clocks show at each moment, that of elapsed time in whole days."""
    table = kept(con, "zs_moments", pa.table({"at": pa.array(moments, pa.int64())}))
    table = clocks.with_clocks(table.mutate(whole_days=ibis.literal(True)), "at")
    return {row["at"]: row for row in table.select("at", "at_elapsed", "at_working").to_pyarrow().to_pylist()}
