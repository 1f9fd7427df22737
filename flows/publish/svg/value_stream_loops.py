"""Return arcs of the value stream map: one a loop, as thick as the time that it eats, largest first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby

from flows.publish.disclosure_mark import is_silent
from flows.publish.svg.draw import clamp, group, path, text, width
from flows.publish.svg.scene import Scene
from flows.publish.svg.value_stream_layout import Plan
from mining.results.rework import Loop

MOST = 5
LEVEL = 34.0
WIDEST = 520.0
THICKEST = 12.0
LARGE = 0.1
"""A loop that eats this share of the lead time is drawn as thick as any, a lesser one thinner."""
_STEMS = (44.0, 62.0, 32.0)
"""Where, in its own strip, the stems of a box run."""


@dataclass(frozen=True)
class Arc:
    """A loop, the stems between which it is drawn, and on which level."""

    loop: Loop
    start: float
    end: float
    start_y: float
    end_y: float
    level: int
    label: str
    label_x: float


def drawn_loops(scene: Scene) -> tuple[Loop, ...]:
    """Return the largest loops whose steps all stand on the map."""
    if scene.part is not None:
        return ()  # loops are known over all cases alone
    drawn = {member.step: step for step, members in scene.members.items() for member in members}
    known = [one for one in scene.findings.loops if set(drawn).issuperset(one.path)]
    paths = (tuple(step for step, _ in groupby(drawn[each] for each in one.path)) for one in known)
    fitting = [_along(one, path) for one, path in zip(known, paths, strict=True) if len(path) > 2]
    fitting.sort(key=lambda one: -scene.booked(one).total_seconds)
    return tuple(one for one in fitting[:MOST] if scene.booked(one).total_seconds > 0)


def _along(loop: Loop, path: tuple[str, ...]) -> Loop:
    return loop if path == loop.path else loop.model_copy(update={"path": path})


def arcs(scene: Scene, ground: Plan) -> tuple[Arc, ...]:
    """Return the arcs with their levels, so that neither lines nor labels of one level meet."""
    boxes = {box.rung.step: box for box in ground.boxes}
    used: Counter[str] = Counter()
    loops = sorted(drawn_loops(scene), key=lambda o: abs(boxes[o.path[-2]].x - boxes[o.path[0]].x))
    ends = [(boxes[o.path[-2]].x + _stem(used, o.path[-2]), boxes[o.path[0]].x + _stem(used, o.path[0])) for o in loops]
    taken: list[list[tuple[float, float]]] = []
    out = []
    for loop, (start, end) in zip(loops, ends, strict=True):
        others = [x for pair in ends if pair != (start, end) for x in pair]
        numbers = "→".join(str(boxes[step].number) for step in loop.path)
        said = [f"{scene.words('loop')} {_label(scene, loop, scene.route(loop.path))}"]
        said.append(f"{scene.words('loop')} {_label(scene, loop, numbers)}")
        label, middle = _place(said, (start, end), others, ground.width)
        half = width(label, 11, True) / 2 + 14
        reach = (min(start, end, middle - half), max(start, end, middle + half))
        level = _free_level(taken, reach)
        first, last = boxes[loop.path[0]], boxes[loop.path[-2]]
        out.append(Arc(loop, start, end, last.y, first.y, level, label, middle))
    return tuple(out)


def _place(said: list[str], ends: tuple[float, float], stems: list[float], wide: float) -> tuple[str, float]:
    """Return the label and its middle: by names where no other stem runs through it, else by numbers."""
    low, high = min(ends), max(ends)
    for label in (each for each in said if width(each, 11, True) <= WIDEST):
        half = width(label, 11, True) / 2 + 8
        wished = [(low + high) / 2, low - 6 + half, high + 6 - half, high - half, low + half]
        for middle in (min(max(x, 26 + half), wide - 8 - half) for x in wished):
            if not any(middle - half < x < middle + half for x in stems):
                return label, middle
    label = clamp(said[-1], WIDEST, 11, bold=True)
    half = width(label, 11, True) / 2 + 8
    return label, min(max((low + high) / 2, 26 + half), wide - 8 - half)


def _stem(used: Counter[str], step: str) -> float:
    used[step] += 1
    return _STEMS[(used[step] - 1) % len(_STEMS)]


def _free_level(taken: list[list[tuple[float, float]]], reach: tuple[float, float]) -> int:
    for level, ranges in enumerate(taken):
        if all(reach[1] < start or end < reach[0] for start, end in ranges):
            ranges.append(reach)
            return level
    taken.append([reach])
    return len(taken) - 1


def band_height(arcs_: tuple[Arc, ...]) -> float:
    """Return how much room above the rows the arcs take."""
    return (max(arc.level for arc in arcs_) + 1) * LEVEL + 10 if arcs_ else 0.0


def draw_arcs(scene: Scene, arcs_: tuple[Arc, ...], top: float) -> tuple[str, str]:
    """Return the arcs and their labels; `top` is where the first row begins."""
    whole = sum(scene.booked(rung).total_seconds for rung in scene.rungs)
    most = max([LARGE * whole, *(scene.booked(arc.loop).total_seconds for arc in arcs_)])
    lines = "".join(_arc(scene, arc, top, most) for arc in sorted(arcs_, key=lambda a: -a.level))
    labels = "".join(
        text(arc.label_x, _height(arc, top) - 9, arc.label, 11, "loop", "middle", bold=True, halo=True) for arc in arcs_
    )
    return lines, labels


def _height(arc: Arc, top: float) -> float:
    return top - 12 - arc.level * LEVEL


def _arc(scene: Scene, arc: Arc, top: float, most: float) -> str:
    seconds = scene.booked(arc.loop).total_seconds
    thick = max(0.8, THICKEST * seconds / most)
    head = 6 + thick * 0.7
    y, turn = _height(arc, top), 12 if arc.end < arc.start else -12
    d = (
        f"M{arc.start:.1f} {arc.start_y:.1f}V{y + 12:.1f}Q{arc.start:.1f} {y:.1f} {arc.start - turn:.1f} {y:.1f}"
        f"H{arc.end + turn:.1f}Q{arc.end:.1f} {y:.1f} {arc.end:.1f} {y + 12:.1f}V{arc.end_y - head:.1f}"
    )
    tip = f"M{arc.end:.1f} {arc.end_y - 1:.1f}l{-head * 0.7:.1f} {-head - 1:.1f}h{head * 1.4:.1f}Z"
    return group(
        path(d, "loop-fill", stroke_width=thick),
        path(tip, None, "loop"),
        hint=_label(scene, arc.loop, scene.route(arc.loop.path)),
        data_loop=" > ".join(arc.loop.path),
        data_seconds=seconds,
        data_thickness=thick,
    )


def _label(scene: Scene, loop: Loop, route: str) -> str:
    return scene.words(
        "loop_label_plain" if is_silent(loop.share_of_cases) else "loop_label",
        path=route,
        time=scene.short(scene.booked(loop).total_seconds),
        share=scene.numbers.share(loop.share_of_cases),
    )
