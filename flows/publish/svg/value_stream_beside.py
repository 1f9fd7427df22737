"""Branches that run beside each other: which box follows which, the frame around them, and their slack."""

from __future__ import annotations

from flows.publish.svg.draw import clamp, group, rect, text, width
from flows.publish.svg.scene import Scene
from flows.publish.svg.value_stream_layout import MARGIN, QUEUE, Box, Plan

ABOVE = 4.0


def beside(scene: Scene) -> frozenset[tuple[str, str]]:
    """Return the pairs of drawn steps that the design has in branches beside each other, both ways round."""
    design = scene.design
    if design is None or scene.is_folded:
        return frozenset()
    return frozenset((step.step, other) for step in design.steps for other in step.parallel_to)


def before(scene: Scene, ground: Plan) -> list[tuple[Box, ...]]:
    """Return what leads to each box: the box before it, or the last boxes of the branches that join in it."""
    pairs, boxes = beside(scene), ground.boxes

    def apart(a: Box, b: Box) -> bool:
        return (a.rung.step, b.rung.step) not in pairs

    leading = []
    for i, box in enumerate(boxes):
        earlier = [j for j in range(i) if apart(boxes[j], box)]
        last = [j for j in earlier if not any(apart(boxes[j], boxes[k]) for k in earlier if k > j)]
        leading.append(tuple(boxes[j] for j in last))
    return leading


def frames(scene: Scene, ground: Plan) -> str:
    """Return a frame around each set of branches, with the slack of each; drawn before the boxes."""
    return "".join(_frame(scene, ground, one) for one in _sets(scene, ground))


def _sets(scene: Scene, ground: Plan) -> list[list[Box]]:
    pairs, sets = beside(scene), []
    for box in ground.boxes:
        if sets and any((box.rung.step, other.rung.step) in pairs for other in sets[-1]):
            sets[-1].append(box)
        else:
            sets.append([box])
    return [one for one in sets if len(one) > 1]


def _frame(scene: Scene, ground: Plan, boxes: list[Box]) -> str:
    left = min(box.x for box in boxes) - QUEUE - 18
    right = max(box.right for box in boxes) + 8
    top, bottom = min(box.y for box in boxes) - 7, max(box.bottom for box in boxes) + MARGIN - 3
    said = scene.words("beside")
    slack = [_slack(scene, box) for box in boxes]
    whole = f"{said} · {scene.words('slack')}: " + ", ".join(each for each in slack if each)
    label = whole if any(slack) else said
    room = right - left - 12
    label = label if width(label, 9.5) <= room else clamp(label, room, 8.5)
    return group(
        rect(left, top, right - left, bottom - top, "panel", "soft", rx=6, stroke_dasharray="6 4", fill_opacity=0.6),
        text(left + 6, bottom - 5, label, 9.5 if width(label, 9.5) <= room else 8.5, "soft"),
        hint=whole,
    )


def _slack(scene: Scene, box: Box) -> str:
    measured = scene.steps.get(box.rung.step)
    if measured is None or measured.slack_median_seconds is None:
        return ""
    return f"{box.number}: {scene.numbers.short(measured.slack_median_seconds)}"
