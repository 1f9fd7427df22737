"""The value stream map: lean's symbols in the lanes of a service blueprint, above a ladder that adds up.

In: findings, a language, a clock. Out: one SVG. Nothing is computed here but places.
"""

from __future__ import annotations

import re
from math import cos, pi, sin
from typing import Literal

from flows.publish.disclosure_ladder import OTHER_STEPS
from flows.publish.page_numbers import Clock
from flows.publish.svg.draw import group, hatch, ink, line, lines, picture, rect, standing_alone, tag, text, width
from flows.publish.svg.scene import LAYERS, Scene, colour_of
from flows.publish.svg.value_stream_boxes import boxes
from flows.publish.svg.value_stream_ladder import ladder, ladder_height, total_seconds
from flows.publish.svg.value_stream_layout import Plan, plan
from flows.publish.svg.value_stream_loops import Arc, arcs, band_height, draw_arcs, drawn_loops
from flows.publish.svg.value_stream_top import HEIGHT as TOP_EDGE
from flows.publish.svg.value_stream_top import top_edge
from flows.publish.words import Words
from mining.findings import Findings
from mining.results.legal import LegalDays
from mining.results.overlay import AboveDesign
from mining.tokens import UNKNOWN_STEP

_HINT = re.compile('<title>[^<]*</title>| data-(?:seconds|kind)="[^"]*"')
BURSTS = 3
BURST_WIDE = 28


def value_stream_svg(
    findings: Findings, language: Literal["nl", "en"] | str, clock: Clock = "elapsed", is_folded: bool = False
) -> str:
    """Return the map as a picture that stands alone: light colours, nothing fetched, labels escaped."""
    scene = Scene(findings, Words(language), clock, "value-stream", is_folded=is_folded)
    return standing_alone(map_picture(scene, alone=True))


def map_picture(scene: Scene, alone: bool = False) -> str:
    """Return the map with colours by name, for a page; `alone` adds a paper to lie on."""
    sketch = arcs(scene, plan(scene, 0))
    ground = plan(scene, TOP_EDGE + band_height(sketch) + 8)
    below = ground.bottom + 26
    notes_at = below + ladder_height(scene) + 18
    notes = _notes(scene, ground, sketch, notes_at)
    height = notes_at + 18 * len(notes) + 4
    body = [
        _patterns(scene),
        rect(0, 0, ground.width, height, "paper") if alone else "",
        top_edge(scene, ground.width),
        _lanes(scene, ground),
        *_stream(scene, ground, arcs(scene, ground)),
        ladder(scene, ground, below),
        *notes,
        _lane_names(scene, ground),
    ]
    heading = scene.words("map_title", project=scene.words.of(scene.findings.project.title))
    return picture("".join(body), ground.width, height, scene.name, heading, summary(scene), scene.words.language)


def phase_picture(scene: Scene, heading: str, said: str, has_hints: bool = True) -> str:
    """Return one phase as it stands on the map: its steps, the loops within it, and its part of the ladder.

    Without hints nothing is said when one points at a part: the map by step says it, and a long page is long.
    """
    sketch = arcs(scene, plan(scene, 0))
    ground = plan(scene, band_height(sketch) + 12)
    below = ground.bottom + 26
    body = [
        _patterns(scene),
        _lanes(scene, ground),
        *_stream(scene, ground, arcs(scene, ground)),
        ladder(scene, ground, below),
        _lane_names(scene, ground),
    ]
    high = below + ladder_height(scene) + 4
    drawn = "".join(body) if has_hints else _HINT.sub("", "".join(body))
    return picture(drawn, ground.width, high, scene.name, heading, said, scene.words.language)


def summary(scene: Scene) -> str:
    """Return the map in one sentence."""
    rungs = scene.rungs
    if not rungs:
        return scene.words("no_closed")
    largest = max(rungs, key=lambda rung: scene.booked(rung).total_seconds)
    every = [rung.step for members in scene.members.values() for rung in members]
    beside = [scene.title(step) for step in every if step in (UNKNOWN_STEP, OTHER_STEPS)]
    return scene.words(
        "map_summary",
        count=len(every) - len(beside),
        beside=scene.words("map_beside", names=", ".join(beside)) if beside else "",
        total=scene.long(total_seconds(scene)),
        clock=scene.words(f"clock_{scene.clock}"),
        largest=scene.title(largest.step),
        amount=scene.long(scene.booked(largest).total_seconds),
    )


def _patterns(scene: Scene) -> str:
    return tag(
        "defs",
        hatch(f"{scene.name}-hatch", "unknown", "unknown-edge")
        + hatch(f"{scene.name}-dots", "elsewhere", "elsewhere-edge", "dots"),
    )


def _lanes(scene: Scene, ground: Plan) -> str:
    """Return the lines between the lanes."""
    last = len(ground.layers) - 1
    return "".join(
        _border(scene, ground, layer, ground.top + (row + 1) * ground.row_height, row == last)
        for row, layer in enumerate(ground.layers)
    )


def _lane_names(scene: Scene, ground: Plan) -> str:
    """Return the names of the lanes, apart: a page keeps them in sight while a broad map is moved."""
    names = [scene.words(f"layer_{layer}") for layer in ground.layers]
    wide = max((width(name, 12, True) for name in names), default=0) + 14
    parts = [rect(0, ground.top + 1, wide, ground.bottom - ground.top - 2, "paper", fill_opacity=0)]
    for row, (name, layer) in enumerate(zip(names, ground.layers, strict=True)):
        y = ground.top + (row + 0.5) * ground.row_height + 4
        parts.append(text(8, y, name, 12, colour_of(layer), bold=True))
    return group(*parts, data_pinned="")


def _border(scene: Scene, ground: Plan, layer: str, y: float, is_last: bool) -> str:
    following = [] if is_last else ground.layers[ground.layers.index(layer) + 1 :]
    if layer == "citizen":
        said, colour, dashes = "interaction", "citizen", "2 4"
    elif layer == "frontstage":
        said, colour, dashes = "visibility", "ink", "9 4"
    else:
        return line(8, y, ground.width - 8, y, "rule")
    if layer == "citizen" and following and LAYERS.index(following[0]) > 1:
        said = "visibility"
    edge = line(8, y, ground.width - 8, y, colour, stroke_width=1.4, stroke_dasharray=dashes)
    name = text(8, y - 6, scene.words(said), 10, colour, font_style="italic", halo=True)
    return edge + name


def _stream(scene: Scene, ground: Plan, drawn: tuple[Arc, ...]) -> tuple[str, ...]:
    drawn_arcs, labels = draw_arcs(scene, drawn, ground.top)
    return drawn_arcs, boxes(scene, ground), _bursts(scene, ground, drawn), labels


def bursts(scene: Scene) -> tuple[AboveDesign, ...]:
    """Return the largest amounts above design, as the findings rank them."""
    ranked = sorted(scene.findings.above_design, key=lambda one: -one.above_seconds)
    return tuple(one for one in ranked[:BURSTS] if one.above_seconds > 0)


def _bursts(scene: Scene, ground: Plan, drawn: tuple[Arc, ...]) -> str:
    """Return kaizen bursts: at the corner of a step's box, at the label of a loop."""
    if scene.part is not None:
        return ""
    at = {(m.step,): (box.right - 2, box.y) for box in ground.boxes for m in scene.members[box.rung.step]}
    at |= {
        arc.loop.path: (arc.label_x - width(arc.label, 11, True) / 2 - 16, ground.top - 24 - arc.level * 34)
        for arc in drawn
    }
    parts = []
    for rank, one in enumerate(bursts(scene), start=1):
        if one.name in at:
            x, y = at[one.name]
            x -= BURST_WIDE * sum(at.get(other.name) == at[one.name] for other in bursts(scene)[: rank - 1])
            parts.append(_burst(max(14, x), y, rank, _burst_text(scene, one)))
    return "".join(parts)


def _burst(x: float, y: float, rank: int, hint: str) -> str:
    rays = [(12.5 if i % 2 else 8.6, i) for i in range(18)]
    turns = [_turn(i / 18) for i in range(18)]
    points = " ".join(f"{x + r * turns[i][0]:.1f},{y + r * turns[i][1]:.1f}" for r, i in rays)
    return group(
        tag("polygon", points=points, fill=ink("paper"), stroke=ink("alarm"), stroke_width=1.6),
        text(x, y + 3.6, rank, 10, "alarm", "middle", bold=True),
        hint=hint,
        data_burst=rank,
    )


def _turn(share: float) -> tuple[float, float]:
    return cos(2 * pi * share), sin(2 * pi * share)


def _burst_text(scene: Scene, one: AboveDesign) -> str:
    name = scene.route(one.name) if one.kind == "loop" else scene.title(one.name[0])
    prefix = f"{scene.words('loop')} " if one.kind == "loop" else ""
    return f"{prefix}{name} {scene.numbers.short(one.above_seconds)}"


def _notes(scene: Scene, ground: Plan, drawn: tuple[Arc, ...], y: float) -> list[str]:
    """Return what the map says in words: bursts, the loops that are not drawn, the signs."""
    said = []
    if scene.part is not None:
        said.append(scene.words("part_only", cases=scene.numbers.count(scene.part.cases)))
    elif found := bursts(scene):
        heading = scene.above_heading(found)
        heading += f" ({scene.words('norm_clock_elapsed')})" if scene.clock != "elapsed" else ""
        said.append(f"{heading}: " + " · ".join(f"✸{i} {_burst_text(scene, one)}" for i, one in enumerate(found, 1)))
    if scene.part is None:
        said.append(_loops_said(scene, len(drawn)))
    if scene.clock != "elapsed":
        said.append(scene.words("only_elapsed"))
    if scene.clock == "legal" and (days := _legal_days(scene)):
        said.append(
            scene.words("legal_of", cases=scene.numbers.count(days.cases), share=scene.numbers.share(days.share))
        )
    said.append(scene.words("legend"))
    bold = scene.part is None and bool(bursts(scene))
    told = [
        (each, i == 0 and bold)
        for i, whole in enumerate(said)
        for each in lines(whole, ground.width - 16, 10.5, 4, i == 0 and bold)
    ]
    return [
        text(8, y + 18 * i, each, 10.5, "alarm" if is_alarm else "soft", bold=is_alarm)
        for i, (each, is_alarm) in enumerate(told)
    ]


def _loops_said(scene: Scene, drawn: int) -> str:
    findings = scene.findings
    count = len(findings.loops) + findings.other_loops_count
    if count == 0:
        return scene.words("no_closed" if scene.lead.mean is None else "loops_none")
    amounts = [scene.booked(loop).total_seconds for loop in findings.loops]
    total = sum(amounts) + (scene.booked(findings.other_loops).total_seconds if findings.other_loops else 0)
    rest = total - sum(scene.booked(loop).total_seconds for loop in drawn_loops(scene))
    numbers = scene.numbers
    return scene.words(
        "loops_rest",
        total=scene.short(total),
        drawn=drawn,
        count=numbers.count(count),
        rest=scene.short(max(rest, 0.0)),
    )


def _legal_days(scene: Scene) -> LegalDays | None:
    """Return over how many of the cases shown the law's clock is known."""
    if scene.part is None:
        return scene.findings.lead_time.legal
    return next((rung.legal for rung in scene.part.rungs if rung.legal), None)
