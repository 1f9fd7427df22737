"""What waits after a handoff, in each clock.

In the law's clock the findings hold the days per case of which they are known; per handoff they say it only where they
are known of all cases, since it is not counted how many handoffs lie in the others.
"""

from __future__ import annotations

from flows.publish.page_numbers import DAY
from flows.publish.svg.scene import Scene
from mining.results.legal import LegalDays
from mining.results.rework import Handoff


def wait_after(scene: Scene, one: Handoff) -> float | None:
    """Return the mean wait after a handoff, in seconds of the scene's clock; null where it is not known."""
    if scene.clock == "legal":
        days = one.legal
        if days is None or days.share < 1 or not one.count:
            return None
        return _waited(days) * days.cases / one.count
    return one.working_wait_seconds if scene.clock == "working" else one.elapsed_wait_seconds


def wait_per_case(scene: Scene, one: Handoff, cases: int) -> float:
    """Return the wait after all handoffs of this kind, per case."""
    if scene.clock == "legal":
        return _waited(one.legal) if one.legal else 0.0
    return (wait_after(scene, one) or 0.0) * one.count / cases


def _waited(days: LegalDays) -> float:
    """Return what was wait, or may have been, as in the other clocks."""
    return (days.wait_days + days.unknown_days) * DAY
