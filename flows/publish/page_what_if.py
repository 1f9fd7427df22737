"""What if: the numbers with which the page computes a change, and the rows in which it is made.

In: a telling. Out: one data block for the script (no text of a label is ever run) and a row a step and a handoff.
The script computes with these alone: rung = reach × visits × time, gains from the curves that the ledger booked.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from markupsafe import Markup

from flows.publish.page_tables import Telling
from flows.publish.svg.draw import clean

MOST_HANDOFFS = 8
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
    has_visits: bool


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
        most = MOST_PERCENT if gain.may_grow else 100
        may_reach = most if not gain.beside else 100
        steps.append(
            StepRow(
                step=clean(rung.step),
                title=scene.title(rung.step),
                reach=numbers.share(rung.reach),
                visits=numbers.decimal(rung.visits, 2),
                time=numbers.short(rung.elapsed_per_visit_seconds),
                total=numbers.short(rung.elapsed.total_seconds),
                most_reach=min(may_reach, int(100 / rung.reach) // 5 * 5),
                most=most,
                has_visits=not gain.beside,
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
    return WhatIfRows(said, numbers.short(total), tuple(steps), tuple(handoffs), can_save)


def what_if_data(telling: Telling) -> Markup:
    """Return the numbers as JSON that can stand in a page: no character of it can end the block."""
    found, scene = telling.findings.what_if, telling.plain
    if found is None:
        return Markup("null")
    gains = {gain.step: gain for gain in found.steps}
    steps = {
        clean(rung.step): {
            "name": rung.step,
            "reach": rung.reach,
            "visits": rung.visits,
            "time": rung.elapsed_per_visit_seconds,
            "total": rung.elapsed.total_seconds,
            "curve": gains[rung.step].curve_seconds,
            "beside": gains[rung.step].beside,
            "grows": gains[rung.step].may_grow,
        }
        for rung in scene.rungs
        if rung.step in gains and rung.reach
    }
    handoffs = [
        {"step": one.step, "giver": one.giver, "taker": one.taker, "gain": one.gain_seconds}
        for one in found.handoffs[:MOST_HANDOFFS]
    ]
    total = sum(rung.elapsed.total_seconds for rung in scene.rungs)
    design = scene.design.name if scene.design else None
    text = json.dumps({"total": total, "steps": steps, "handoffs": handoffs, "design": design}, ensure_ascii=True)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704 escaped
