"""The journey as designed, in blueprint layers, with what really happened beneath each step."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from flows.publish.svg.draw import clamp, group, ink, line, lines, path, picture, rect, tag, text
from flows.publish.svg.scene import LAYERS, Scene, colour_of
from mining.results.journey import JourneyFacts, JourneyStep
from mining.results.overlay import Deviation, Overlay

LEFT, COLUMN, ROW = 128.0, 150.0, 84.0
BOX = (134.0, 58.0)
KINDS = ("skipped", "inserted", "repeated", "moved", "wrong_lane", "wrong_channel", "late", "not_observed")
SIGNS = {
    "skipped": "⤼",
    "inserted": "+",
    "repeated": "↻",
    "moved": "⇄",
    "wrong_lane": "≠",
    "wrong_channel": "≠",
    "late": "◷",
    "not_observed": "?",
}


@dataclass(frozen=True)
class Column:
    """A step of the design, or one that was inserted."""

    step: str
    title: str
    layer: str
    designed: JourneyStep | None


def columns(scene: Scene, journey: JourneyFacts, overlay: Overlay | None) -> list[Column]:
    """Return the steps of the design, then those that only the log knows."""
    own = [Column(s.step, scene.words.of(s.title, s.step), s.layer, s) for s in journey.steps]
    known = {column.step for column in own}
    layers = {lane.lane: lane.layer for lane in scene.findings.lanes}
    extra: dict[str, Column] = {}
    for each in overlay.deviations if overlay else ():
        if each.step not in known and each.step not in extra:
            layer = layers.get(each.lane or "", "unknown")
            extra[each.step] = Column(each.step, scene.title(each.step), layer, None)
    return own + list(extra.values())


def blueprint(scene: Scene, journey: JourneyFacts, overlay: Overlay | None, heading: str, summary: str) -> str:
    """Return the picture."""
    shown = columns(scene, journey, overlay)
    layers = [layer for layer in LAYERS if any(c.layer == layer for c in shown)]
    wide = LEFT + COLUMN * len(shown) + 8
    y = ROW * len(layers)
    parts = [_layers(scene, layers, wide)]
    parts += [_box(scene, c, i, layers.index(c.layer)) for i, c in enumerate(shown)]
    parts += [_arrow(shown, layers, i) for i in range(1, len(journey.steps))]
    for draw in (_emotions, _times, _deviations):
        drawn, high = draw(scene, shown, overlay, y)
        parts.append(drawn)
        y += high
    return picture("".join(parts), wide, y + 6, scene.name, heading, summary, scene.words.language)


def _layers(scene: Scene, layers: list[str], wide: float) -> str:
    parts = []
    for row, layer in enumerate(layers):
        y = row * ROW
        parts.append(text(0, y + ROW / 2 + 4, scene.words(f"layer_{layer}"), 12, colour_of(layer), bold=True))
        said = {"citizen": "interaction", "frontstage": "visibility", "backstage": "internal"}.get(layer)
        dashes = {"citizen": "2 4", "frontstage": "9 4", "backstage": "1 5"}.get(layer)
        edge = colour_of(layer) if said else "rule"
        parts.append(line(0, y + ROW, wide, y + ROW, edge, stroke_width=1.3, stroke_dasharray=dashes))
        if said:
            parts.append(text(0, y + ROW - 5, scene.words(said), 9.5, edge, font_style="italic", halo=True))
    return "".join(parts)


def _spot(at: int, row: int) -> tuple[float, float]:
    return LEFT + at * COLUMN + (COLUMN - BOX[0]) / 2, row * ROW + (ROW - BOX[1]) / 2


def _box(scene: Scene, column: Column, at: int, row: int) -> str:
    x, y = _spot(at, row)
    colour = colour_of(column.layer)
    names = lines(column.title, BOX[0] - 12, 11, 2, bold=True)
    dashes = None if column.designed else "4 3"
    parts = [rect(x, y, *BOX, "paper", colour, rx=3, stroke_width=1.5, stroke_dasharray=dashes)]
    parts += [text(x + 7, y + 16 + 13 * i, each, 11, colour, bold=True) for i, each in enumerate(names)]
    below = _touchpoints(scene, column) if column.designed else scene.words("not_designed")
    parts.append(text(x + 7, y + BOX[1] - 9, clamp(below, BOX[0] - 12, 9.5), 9.5, "soft"))
    return group(*parts, hint=f"{column.title}: {below}", data_step=column.step)


def _touchpoints(scene: Scene, column: Column) -> str:
    if column.designed is None or not column.designed.touchpoints:
        return scene.lane(column.designed.lane) if column.designed else ""
    signs = {"citizen": "→", "organisation": "←"}
    told = [
        f"{signs.get(t.initiator, '')} {scene.words.either(f'channel_{t.channel}', t.channel)}"
        + (" ◆" if any(t.decision_moment.values()) else "")
        for t in column.designed.touchpoints
    ]
    return ", ".join(told)


def _arrow(shown: list[Column], layers: list[str], at: int) -> str:
    before, after = shown[at - 1], shown[at]
    x1, y1 = _spot(at - 1, layers.index(before.layer))
    x2, y2 = _spot(at, layers.index(after.layer))
    start, end, half = x1 + BOX[0], x2 - 6, BOX[1] / 2
    bend = (start + x2) / 2 - 1
    d = f"M{start:.1f} {y1 + half:.1f}H{bend:.1f}V{y2 + half:.1f}H{end:.1f}"
    return path(d, stroke_width=1.2) + path(f"M{x2:.1f} {y2 + half:.1f}l-6 -3.5v7Z", None, "soft")


def _emotions(scene: Scene, shown: list[Column], _: Overlay | None, y: float) -> tuple[str, float]:
    """Return the expected emotion as a curve; what was measured stands beside it and is never averaged with it."""
    felt = [(i, c.designed.emotion) for i, c in enumerate(shown) if c.designed and c.designed.emotion is not None]
    scores = {s.step: s for s in scene.findings.scores if s.step}
    if not any(value for _, value in felt) and not scores:
        return "", 0.0
    points = [(LEFT + i * COLUMN + COLUMN / 2, y + 48 - value * 15) for i, value in felt]
    parts = [text(0, y + 44, scene.words("emotion"), 11, "ink", bold=True), text(0, y + 58, "−2 … +2", 9.5, "soft")]
    parts.append(line(LEFT, y + 48, LEFT + COLUMN * len(shown), y + 48, "rule"))
    for (i, (x1, y1)), (j, (x2, y2)) in pairwise(zip([i for i, _ in felt], points, strict=True)):
        parts.append(line(x1, y1, x2, y2, "citizen", stroke_width=1.8) if j == i + 1 else "")
    for (x, h), (_, value) in zip(points, felt, strict=True):
        parts.append(tag("circle", cx=x, cy=h, r=4.5, fill=ink("paper"), stroke=ink("citizen"), stroke_width=1.8))
        parts.append(text(x + 9, h - 5, f"{value:+d}" if value else "0", 10, "citizen", bold=True, halo=True))
    for i, column in enumerate(shown):
        if column.step in scores:
            score = scores[column.step]
            said = f"{score.kpi} {scene.numbers.decimal(score.mean)} (n {scene.numbers.count(score.n)})"
            parts.append(
                text(
                    LEFT + i * COLUMN + COLUMN / 2, y + 94, clamp(said, COLUMN - 8, 10), 10, "ink", "middle", bold=True
                )
            )
    return "".join(parts), 104.0


def _times(scene: Scene, shown: list[Column], overlay: Overlay | None, y: float) -> tuple[str, float]:
    found = {s.step: s for s in overlay.steps} if overlay else {}
    longest = max((max(s.designed_seconds or 0, s.actual_seconds or 0) for s in found.values()), default=0)
    if not longest:
        return "", 0.0
    parts = [
        text(0, y + 20, scene.words("designed"), 11, "citizen", bold=True),
        text(0, y + 40, scene.words("actual"), 11, "ink", bold=True),
        text(0, y + 55, scene.words("per_visit_elapsed"), 9.5, "soft"),
    ]
    room = COLUMN - 66
    for i, column in enumerate(shown):
        step = found.get(column.step)
        if step is None:
            continue
        x = LEFT + i * COLUMN + 8
        for seconds, top, fill in ((step.designed_seconds, y + 10, "citizen"), (step.actual_seconds, y + 30, "wait")):
            size = room * (seconds or 0) / longest
            edge = "wait-edge" if fill == "wait" else "citizen"
            parts.append(rect(x, top, max(size, 0.6), 12, fill, edge, stroke_width=0.8) if seconds is not None else "")
            said = scene.numbers.short(seconds) if seconds is not None else "–"
            parts.append(text(x + size + 5, top + 10, said, 10, "ink"))
    return "".join(parts), 66.0


def _deviations(scene: Scene, shown: list[Column], overlay: Overlay | None, y: float) -> tuple[str, float]:
    """Return a row a kind of deviation, with the number of cases at each step."""
    found = overlay.deviations if overlay else ()
    kinds = [kind for kind in KINDS if any(d.kind == kind for d in found)]
    parts = []
    for row, kind in enumerate(kinds):
        top = y + 8 + row * 26
        parts.append(line(0, top - 4, LEFT + COLUMN * len(shown), top - 4, "rule"))
        parts.append(text(0, top + 14, f"{SIGNS[kind]} {scene.words(f'deviation_{kind}')}", 10.5, "ink", bold=True))
        for i, column in enumerate(shown):
            of_step = [d for d in found if d.kind == kind and d.step == column.step]
            if of_step:
                parts.append(_mark(scene, of_step, LEFT + i * COLUMN + COLUMN / 2, top))
    return "".join(parts), 8.0 + 26 * len(kinds)


def _mark(scene: Scene, found: list[Deviation], x: float, y: float) -> str:
    cases = sum(each.cases for each in found)
    accepted = all(each.is_accepted for each in found)
    said = scene.words("deviation_cases", cases=scene.numbers.count(cases))
    said += f" · {scene.words('accepted')}" if accepted else ""
    colour = "soft" if accepted or found[0].kind == "not_observed" else "alarm"
    return group(
        rect(x - 71, y, 142, 19, "paper", colour, rx=9, stroke_width=1.2),
        text(x, y + 13.5, clamp(f"{SIGNS[found[0].kind]} {said}", 134, 10), 10, colour, "middle", bold=True),
        data_deviation=found[0].kind,
        data_cases=cases,
    )
