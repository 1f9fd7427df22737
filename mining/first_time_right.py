"""First time right: the %C&A proxy, rolled over the main route, and the share observed (DESIGN §5, %C&A)."""

from __future__ import annotations

from typing import Any

from mappings.flow import Choice, Optional_, Repeat, When, branches_of, steps_of, unconditional
from mappings.project import Project
from mining.ledger import Ledger
from mining.reach import cases_where
from mining.results.stream import StepMeasures


def main_route(flow: Any, reached: dict[str, int]) -> list[str]:
    """Return the steps that every case is to pass, in order: nothing optional, nothing that is done only on return.

    What is for some personas alone is optional, unless it is a branch of a choice.

    Of a choice it is the branch whose steps were reached by most cases; of equals the one written first.
    """
    if isinstance(flow, str):
        return [flow]
    match flow:
        case Optional_() | When():
            return []
        case Repeat(repeat=once):
            return main_route(once, reached)
        case Choice(choice=branches):
            taken = max(branches, key=lambda b: max((reached.get(s, 0) for s in steps_of(b)), default=0))
            return main_route(unconditional(taken), reached)
        case _:
            return [step for branch in branches_of(flow) for step in main_route(branch, reached)]


def rolled_first_time_right(boxes: tuple[StepMeasures, ...], project: Project) -> tuple[float | None, tuple[str, ...]]:
    """Return the product of the first-time-right shares of the main route, and the steps that it is taken over.

    A step of the main route that the log does not show has no share and is left out. Null without a journey.
    """
    flow = project.journey.flow if project.journey else None
    if flow is None:
        return None, ()
    shares = {b.step: b.first_time_right_share for b in boxes if b.first_time_right_share is not None}
    route = main_route(flow, {b.step: b.cases for b in boxes})
    taken = tuple(step for step in route if step in shares)
    rolled = 1.0
    for step in taken:
        rolled *= shares[step] or 0.0
    return (rolled, taken) if taken else (None, ())


def observed_first_time_right(ledger: Ledger, cases: int) -> float | None:
    """Return the share of the cohort's cases that never returned to a step in their first episode."""
    again = cases_where(ledger.structures, ledger.structures.positions.returns_to, ledger.cohort_cases)
    return 1 - again / cases if cases else None
