"""The visits of the cohort to each step, with their time: said once, and read by whatever speaks of visits.

In: the cohort's booked rows. Out: an engine table, one row a visit: booked_step, case, elapsed, working (µs); and of
its segments on the direct route direct (µs) and waited (the wait and unknown of them), null where it has none.
"""

from __future__ import annotations

from typing import Any

import ibis

from mining.case_parts import between_cases
from mining.engine import kept_in_parts, viewed

AT_ONCE = 10_000_000
"""Booked rows that are grouped by visit at a time: so many groups fit in a memory of a few gigabytes."""


def visits_of(segments: Any) -> Any:
    """Return the visits of on-path segments; a visit is consecutive work of one step (DESIGN §4, loops)."""
    whole = segments.filter(segments.is_whole_visit)
    is_direct, waited = _direct(whole)
    one = whole.select(
        "booked_step",
        "case",
        elapsed=whole.elapsed_total,
        working=whole.working_total,
        direct=ibis.ifelse(is_direct, whole.elapsed_total, ibis.null("int64")),
        waited=ibis.ifelse(is_direct, waited, ibis.null("int64")),
    )
    con = segments.get_backend()
    # by itself, since the engine adds up in 128 bits, which all of the other visits would have to be brought to
    several = [_added_up(part) for part in between_cases(segments.filter(~segments.is_whole_visit), AT_ONCE)]
    many = kept_in_parts(con, "zs_visits_of_several", several)
    # most visits are one booked row each, which is as soon read as a copy of it
    return viewed(con, "zs_visits", one.union(many.select(*one.columns)))


def _added_up(rows: Any) -> Any:
    is_direct, waited = _direct(rows)
    return rows.group_by(["booked_step", "case", "visit"]).agg(
        elapsed=rows.elapsed_total.sum(),
        working=rows.working_total.sum(),
        direct=rows.elapsed_total.sum(where=is_direct),
        waited=waited.sum(where=is_direct),
    )


def _direct(segments: Any) -> tuple[Any, Any]:
    return segments.loop == -1, segments.elapsed_wait + segments.elapsed_unknown
