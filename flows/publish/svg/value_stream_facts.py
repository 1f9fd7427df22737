"""The data box of a step or phase on the map: reach × visits × time, work and wait, what is in it, how much comes back.

In: a scene and a rung. Out: lines of text that fit the box. Nothing is computed but what a visit's part is of a case's.
"""

from __future__ import annotations

from flows.publish.disclosure_mark import is_silent, is_withheld
from flows.publish.svg.draw import width
from flows.publish.svg.scene import Scene
from mining.results.norms import NormResult
from mining.results.stream import Rung

BOX_WIDTH = 158.0
ROOM = BOX_WIDTH - 18
SEPARATOR = " · "
SMALLEST = 8.5


def facts(scene: Scene, rung: Rung) -> list[str]:
    """Return the lines of the data box; a fact that is too wide for one stands in more."""
    told = (_time(scene, rung), *_split(scene, rung), *_rest(scene, rung))
    return [line for fact in told if fact for line in _lines(fact)]


def _rest(scene: Scene, rung: Rung) -> tuple[str, ...]:
    if len(members := scene.members[rung.step]) > 1:
        return scene.words("box_steps", count=len(members)), _inside(scene, rung)
    return _inside(scene, rung), _right(scene, rung)


def _lines(fact: str) -> list[str]:
    return [fact] if width(fact, SMALLEST) <= ROOM else fact.split(SEPARATOR)


def _split(scene: Scene, rung: Rung) -> list[str]:
    """Return the work and the wait of a visit; of a phase, of a case."""
    booked, per = scene.booked(rung), scene.per_visit(rung)
    is_known = per is not None and not is_withheld(per)
    scale = per / booked.total_seconds if is_known and booked.total_seconds else 1.0
    work = booked.process_seconds * scale
    parts = [scene.words("box_work", work=scene.short(work)) if work else scene.words("box_work_unknown")]
    if booked.wait_seconds:
        parts.append(scene.words("box_wait", wait=scene.short(booked.wait_seconds * scale)))
    either = scene.words("box_either", time=scene.short(booked.unknown_seconds * scale))
    return [SEPARATOR.join(parts), *([either] if booked.unknown_seconds else [])]


def _inside(scene: Scene, rung: Rung) -> str:
    """Return who and what stands in the step; not for a part of the cases, of which it is not known."""
    measured = [scene.steps[rung.step] for rung in scene.members[rung.step] if rung.step in scene.steps]
    if not measured or scene.part is not None:
        return ""
    wip = measured[0].wip if len(measured) == 1 else sum(each.wip for each in measured)
    inside = [] if is_silent(wip) else [scene.words("box_wip", wip=scene.numbers.count(wip))]
    if len(measured) == 1 and measured[0].resources:
        inside.append(scene.words("box_people", people=scene.numbers.count(measured[0].resources)))
    return SEPARATOR.join(inside)


def _right(scene: Scene, rung: Rung) -> str:
    measured = scene.steps.get(rung.step)
    if measured is None or scene.part is not None:
        return ""
    facts = []
    if measured.first_time_right_share is not None and not is_silent(measured.first_time_right_share):
        facts.append(scene.words("box_right", share=scene.numbers.share(measured.first_time_right_share)))
    own = (n for n in scene.findings.norms if _is_reached_in(scene, n, rung) and not is_silent(n.met_share))
    facts += [scene.words("box_norm", share=scene.numbers.share(norm.met_share)) for norm in own]
    return SEPARATOR.join(facts[:2])


def _is_reached_in(scene: Scene, norm: NormResult, rung: Rung) -> bool:
    """Say whether a lane's norm stands at this step: the one of its end; without such a step, at all of the lane."""
    if norm.lane is None or norm.lane != rung.lane:
        return False
    designed = (step for journey in scene.findings.journeys if journey.kind == "designed" for step in journey.steps)
    ends_in = {step.step for step in designed if norm.to in step.activities}
    return not ends_in or rung.step in ends_in


def _time(scene: Scene, rung: Rung) -> str:
    per_visit = scene.per_visit(rung)
    if per_visit is None or is_withheld(per_visit):
        return scene.words("box_mean", time=scene.short(scene.booked(rung).total_seconds))
    return scene.words(
        "box_time",
        reach=scene.numbers.share(rung.reach),
        visits=scene.numbers.decimal(rung.visits),
        time=scene.short(per_visit),
    )
