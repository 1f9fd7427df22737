"""The visits of the cohort to each step, with their time: made once, and read by whatever speaks of visits.

In: the cohort's booked rows. Out: an engine table, one row a visit: booked_step, case, visit, elapsed, working (µs),
returned, self_loops; and of its segments on the direct route direct (µs) and waited (the wait and unknown of them),
null where it has none.
"""

from __future__ import annotations

from typing import Any

from mining.engine import kept


def visits_of(segments: Any) -> Any:
    """Return the visits of on-path segments; a visit is consecutive work of one step (DESIGN §4, loops)."""
    is_direct = segments.loop == -1
    waited = segments.elapsed_wait + segments.elapsed_unknown
    visits = segments.group_by(["booked_step", "case", "visit"]).agg(
        elapsed=segments.elapsed_total.sum(),
        working=segments.working_total.sum(),
        returned=segments.returns_to.any(),
        self_loops=segments.is_self_loop.sum(),
        direct=segments.elapsed_total.sum(where=is_direct),
        waited=waited.sum(where=is_direct),
    )
    return kept(segments.get_backend(), "zs_visits", visits)
