"""Process boxes with their data, queues, push arrows and handoffs of the value stream map."""

from __future__ import annotations

from flows.publish.svg.draw import clean, group, ink, path, rect, size_within, tag, text, title
from flows.publish.svg.scene import Scene, colour_of
from flows.publish.svg.value_stream_beside import before, frames
from flows.publish.svg.value_stream_facts import ROOM, SMALLEST, facts
from flows.publish.svg.value_stream_layout import (
    BOX_WIDTH,
    FACT_LINE,
    HOLDER_LINE,
    MARGIN,
    QUEUE,
    TITLE_LINE,
    Box,
    Plan,
    heading,
    holder,
)
from mining.results.rework import Handoff


def boxes(scene: Scene, ground: Plan) -> str:
    """Return all process boxes, each with what leads to it."""
    pairs = zip(before(scene, ground), ground.boxes, strict=True)
    flows = "".join(_flow(scene, ground, leading, box) for leading, box in pairs)
    return frames(scene, ground) + flows + "".join(_box(scene, ground, box) for box in ground.boxes)


def _box(scene: Scene, ground: Plan, box: Box) -> str:
    colour = colour_of(box.layer)
    names, y, facts_at = heading(scene, box.rung), box.y + 15, box.bottom - ground.facts_height
    parts = [
        rect(box.x, box.y, BOX_WIDTH, box.height, "paper", colour, rx=3, stroke_width=1.6),
        rect(box.x, box.y, 19, 19, colour, rx=3),
        text(box.x + 9.5, box.y + 13.5, box.number, 10, "paper", "middle", bold=True),
    ]
    parts += [text(box.x + 25, y + TITLE_LINE * i, each, 12, colour, bold=True) for i, each in enumerate(names)]
    y += TITLE_LINE * len(names) - 1
    parts += [text(box.x + 25, y + HOLDER_LINE * i, each, 10, "soft") for i, each in enumerate(holder(scene, box.rung))]
    parts.append(tag("line", x1=box.x, x2=box.right, y1=facts_at, y2=facts_at, stroke=ink(colour), stroke_width=0.7))
    for i, fact in enumerate(facts(scene, box.rung)):
        y, first = facts_at + 14.5 + FACT_LINE * i, i == 0
        size = size_within(fact, ROOM, 11.0, first, SMALLEST)
        parts.append(text(box.x + 9, y, fact, size, "ink" if first else "soft", bold=first))
    booked = scene.booked(box.rung)
    return group(*parts, hint=_hint(scene, box), data_box=box.rung.step, data_seconds=booked.total_seconds)


def _hint(scene: Scene, box: Box) -> str:
    rung, booked = box.rung, scene.booked(box.rung)
    if len(members := scene.members[rung.step]) > 1:
        parts = (f"{scene.title(m.step)} {scene.short(scene.booked(m).total_seconds)}" for m in members)
        return f"{scene.title(rung.step)}: {scene.long(booked.total_seconds)} = {', '.join(parts)}"
    return scene.words(
        "box_hint",
        title=scene.title(rung.step),
        lane=scene.lane(rung.lane),
        reach=scene.numbers.share(rung.reach),
        visits=scene.numbers.decimal(rung.visits, 2),
        time=scene.long(scene.per_visit(rung)),
        total=scene.long(booked.total_seconds),
        wait=scene.long(booked.wait_seconds),
        work=scene.long(booked.process_seconds),
        elsewhere=scene.long(booked.elsewhere_seconds),
        unknown=scene.long(booked.unknown_seconds),
    )


def _flow(scene: Scene, ground: Plan, leading: tuple[Box, ...], box: Box) -> str:
    """Return the lines from the boxes that lead here, the queue, and the push arrow into the box."""
    booked = scene.booked(box.rung)
    stands = box.x - QUEUE
    waits = booked.wait_seconds > 0 or booked.unknown_seconds > 0
    around = {id(one) for one in leading if _is_between(ground, one, box)}
    from_below = any(one.row > box.row or (one.row == box.row and id(one) in around) for one in leading)
    parts = [
        _around(one, box, stands, waits) if id(one) in around else _line(one, box, stands, waits) for one in leading
    ]
    if waits:
        parts.append(_queue(scene, box, stands, from_below))
    parts.append(_push(stands + 15, box.x - 3, box.middle))
    for one in leading:
        if _is_handed_over(scene, one.rung.lane, box.rung.lane):
            parts.append(_handoff(scene, one, box, stands))
    return "".join(parts)


def _is_between(ground: Plan, start: Box, end: Box) -> bool:
    """Tell whether another box stands in the way of a line from the first box to the queue of the second."""
    return any(start.x < other.x < end.x and other.row == start.row for other in ground.boxes)


def _around(start: Box, box: Box, stands: float, waits: bool) -> str:
    """Return a line that leaves below its box and runs in the margin of the row, past the boxes in its way."""
    low = start.bottom + 6
    up = start.row >= box.row
    end = box.middle + (10 if up else -12) if waits else box.middle
    on = "" if waits else f"H{stands + 15:.1f}"
    return path(
        f"M{start.x + BOX_WIDTH - 14:.1f} {start.bottom:.1f}V{low:.1f}H{stands:.1f}V{end:.1f}{on}", stroke_width=1.3
    )


def _line(before: Box, box: Box, stands: float, waits: bool) -> str:
    """Return the line to the queue or, where nothing waits, straight on to the push arrow."""
    y, below = box.middle, before.row < box.row
    if before.row == box.row:
        return path(f"M{before.right:.1f} {y:.1f}H{stands + (-12 if waits else 15):.1f}", stroke_width=1.3)
    end = f"V{y - 12 if below else y + 10:.1f}" if waits else f"V{y:.1f}H{stands + 15:.1f}"
    if stands < before.right - 6:
        return path(f"M{stands:.1f} {before.bottom if below else before.y:.1f}{end}", stroke_width=1.3)
    return path(f"M{before.right:.1f} {before.middle:.1f}H{stands:.1f}{end}", stroke_width=1.3)


def _queue(scene: Scene, box: Box, x: float, from_below: bool) -> str:
    booked, y = scene.booked(box.rung), box.middle
    name = scene.title(box.rung.step)
    known = booked.wait_seconds > 0
    label = scene.short(booked.wait_seconds) if known else scene.short(booked.unknown_seconds) + " ?"
    hint = (
        scene.words("queue_hint", title=name, wait=scene.long(booked.wait_seconds))
        if known
        else scene.words("queue_unknown", title=name, time=scene.long(booked.unknown_seconds))
    )
    shape = tag(
        "path",
        d=f"M{x:.1f} {y - 12:.1f}L{x + 13:.1f} {y + 10:.1f}H{x - 13:.1f}Z",
        fill=ink("queue") if known else f"url(#{scene.name}-hatch)",
        stroke=ink("queue-edge" if known else "unknown-edge"),
        stroke_width=1.3,
        stroke_dasharray=None if known else "3 2",
    )
    at = y - 18 if from_below else y + 23
    mark = text(x, at, label, 10, "queue-edge" if known else "soft", "middle", bold=True, halo=True)
    return group(shape, mark, hint=hint, data_queue=box.rung.step, data_seconds=booked.wait_seconds)


def _push(start: float, end: float, y: float) -> str:
    """Return lean's push arrow: striped, since nobody asked for the work yet."""
    body = path(f"M{start:.1f} {y:.1f}H{end - 7:.1f}", stroke="ink", stroke_width=4.5, stroke_dasharray="3 2")
    head = path(f"M{end:.1f} {y:.1f}l-8 -5.5v11Z", stroke=None, fill="ink")
    return body + head


def _is_handed_over(scene: Scene, start: str | None, end: str | None) -> bool:
    """Tell whether cases go from the one lane to the other here, as far as is known.

    Of neighbours in the journey no case may come from the one to the other; a handoff that is not told may be there.
    """
    if not start or not end or start == end:
        return False
    rule, cases = scene.findings.disclosure, scene.findings.cohort.cases
    is_told = cases > 0 and not (rule and rule.left_out.get("handoffs"))
    return not is_told or _found(scene.findings.handoffs, start, end) is not None


def _handoff(scene: Scene, before: Box, box: Box, stands: float) -> str:
    x = before.right + 7 if before.row == box.row else stands
    y = box.middle
    if before.row != box.row:
        y = box.y - MARGIN if before.row < box.row else box.bottom + MARGIN
    dot = tag(
        "circle",
        title(_handoff_hint(scene, before, box)),
        cx=x,
        cy=y,
        r=4.5,
        fill=ink("ink"),
        stroke=ink("paper"),
        stroke_width=1.5,
        data_handoff=f"{clean(before.rung.lane)}>{clean(box.rung.lane)}",
    )
    return dot


def _handoff_hint(scene: Scene, before: Box, box: Box) -> str:
    start, end = scene.lane(before.rung.lane), scene.lane(box.rung.lane)
    found = _found(scene.findings.handoffs, before.rung.lane, box.rung.lane)
    if found is None or scene.clock == "legal" or scene.part is not None:
        return scene.words("handoff_plain", start=start, end=end)
    wait = found.working_wait_seconds if scene.clock == "working" else found.elapsed_wait_seconds
    return scene.words(
        "handoff_hint", start=start, end=end, count=scene.numbers.count(found.count), wait=scene.long(wait)
    )


def _found(handoffs: tuple[Handoff, ...], start: str | None, end: str | None) -> Handoff | None:
    return next((h for h in handoffs if h.level == "team" and (h.from_, h.to) == (start, end)), None)
