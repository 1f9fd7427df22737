"""What if: the numbers with which the page computes a change, and the rows in which it is made.

In: a telling. Out: one data block for the script (no text of a label is ever run) and a row a step and a handoff.
The script computes with these alone: rung = reach × visits × time, and in branches the groups of passes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from flows.publish.page_tables import Telling
from flows.publish.svg.draw import clean
from mining.results.stream import Rung
from mining.results.what_if import BranchGroup, StepGain
from mining.what_if import MOST_HANDOFFS

MOST_PERCENT = 150


@dataclass(frozen=True)
class StepRow:
    """A step whose reach, visits and time can be changed, each in percent of what it is now."""

    step: str
    title: str
    reach: str
    visits: str
    time: str
    total: str
    most_reach: int
    most: int


@dataclass(frozen=True)
class HandoffRow:
    """A handoff that can be skipped."""

    number: int
    title: str
    gain: str


@dataclass(frozen=True)
class WhatIfRows:
    """Everything that the what-if of the page shows in one language."""

    assumption: str
    total: str
    steps: tuple[StepRow, ...]
    handoffs: tuple[HandoffRow, ...]
    can_save: bool
    untold: str
    """Passes through branches that are too few to be told."""


def what_if_rows(telling: Telling) -> WhatIfRows | None:
    """Return the rows; none where no gains were booked."""
    found, scene, numbers = telling.findings.what_if, telling.plain, telling.numbers
    if found is None or not found.steps:
        return None
    gains = {gain.step: gain for gain in found.steps}
    steps = []
    for rung in scene.rungs:
        if (gain := gains.get(rung.step)) is None or not rung.reach or not rung.elapsed.total_seconds:
            continue
        now = _now(gain, rung)
        steps.append(
            StepRow(
                step=clean(rung.step),
                title=scene.title(rung.step),
                reach=numbers.share(now.reach),
                visits=numbers.decimal(now.visits, 2),
                time=numbers.short(now.time),
                total=numbers.short(rung.elapsed.total_seconds),
                most_reach=min(MOST_PERCENT, int(100 / now.reach) // 5 * 5),
                most=MOST_PERCENT,
            )
        )
    handoffs = [
        HandoffRow(
            number=i,
            title=f"{scene.lane(one.giver)} → {scene.lane(one.taker)} ({scene.title(one.step)})",
            gain=numbers.short(one.gain_seconds),
        )
        for i, one in enumerate(found.handoffs[:MOST_HANDOFFS])
    ]
    total = sum(rung.elapsed.total_seconds for rung in scene.rungs)
    can_save = scene.design is not None
    said = telling.words.of(found.assumption)
    untold = numbers.count(found.untold_passes) if found.untold_passes else ""
    return WhatIfRows(said, numbers.short(total), tuple(steps), tuple(handoffs), can_save, untold)


@dataclass(frozen=True)
class _Now:
    """A step as it is now, on and off the path."""

    reach: float
    visits: float
    time: float


def _now(gain: StepGain, rung: Rung) -> _Now:
    reach = rung.reach if gain.reach is None else gain.reach
    visits = rung.visits if gain.visits is None else gain.visits
    time = rung.elapsed_per_visit_seconds if gain.per_visit_seconds is None else gain.per_visit_seconds
    return _Now(reach, visits, time)


def what_if_data(telling: Telling) -> Markup:
    """Return the numbers as JSON that can stand in a page: no character of it can end the block."""
    found, scene = telling.findings.what_if, telling.plain
    if found is None:
        return Markup("null")
    gains = {gain.step: gain for gain in found.steps}
    steps = {clean(r.step): _step(gains[r.step], r) for r in scene.rungs if r.step in gains and r.reach}
    handoffs = [
        {
            "step": clean(one.step),
            "giver": one.giver,
            "taker": one.taker,
            "straight": one.gain_seconds if one.straight_seconds is None else one.straight_seconds,
        }
        for one in found.handoffs[:MOST_HANDOFFS]
    ]
    total = sum(rung.elapsed.total_seconds for rung in scene.rungs)
    design = scene.design.name if scene.design else None
    told = {
        "total": total,
        "cases": found.cases,
        "steps": steps,
        "handoffs": handoffs,
        "groups": [_group(group) for group in found.groups],
        # whether there are any, since how many may be too few to be told
        "untold": bool(found.untold_passes),
        "design": design,
    }
    text = json.dumps(told, ensure_ascii=True)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704 escaped


def _step(gain: StepGain, rung: Rung) -> dict[str, Any]:
    now, total = _now(gain, rung), rung.elapsed.total_seconds
    return {
        "name": rung.step,
        "reach": now.reach,
        "visits": now.visits,
        "time": now.time,
        "total": total,
        "whole": now.reach * now.visits * now.time,
        "straight": total if gain.straight_seconds is None else gain.straight_seconds,
        "inBranches": gain.in_branches,
        "curve": gain.curve_seconds,
    }


def _group(group: BranchGroup) -> dict[str, Any]:
    branches = [
        {
            "gapLow": branch.gap_low_seconds,
            "gapHigh": branch.gap_high_seconds,
            "pieces": [
                {
                    "step": clean(piece.step),
                    "handoff": piece.handoff,
                    "mean": piece.mean_seconds,
                    "low": piece.low_seconds,
                    "high": piece.high_seconds,
                }
                for piece in branch.pieces
            ],
        }
        for branch in group.branches
    ]
    return {"passes": group.passes, "branches": branches}
