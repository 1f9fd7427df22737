"""The journey on the wall: the blueprint of a design that has no log yet, with branches beside each other.

In: the sizes and places of a `Wall`. Out: one picture. What a log would add (deviations, measured times) is drawn by
`blueprint`.
"""

from __future__ import annotations

from flows.publish.svg.draw import group, path, picture, rect, text
from flows.publish.svg.flow_layout import Fork
from flows.publish.svg.scene import colour_of
from flows.publish.svg.wall import EDGE, GAP, SMALL, TITLE, Wall
from flows.publish.svg.wall_rows import emotions, headings, layers_drawn, legend, times


def wall(drawn: Wall, heading: str, summary: str) -> str:
    """Return the picture."""
    parts = [headings(drawn), layers_drawn(drawn), arrows(drawn), *(_box(drawn, step) for step in drawn.steps)]
    y = drawn.bottom
    for row in (emotions, times, legend):
        part, high = row(drawn, y)
        parts.append(part)
        y += high
    scene = drawn.scene
    return picture("".join(parts), drawn.wide + 4, y + 6, scene.name, heading, summary, scene.words.language)


def _box(drawn: Wall, step: str) -> str:
    x, y = drawn.spot(step)
    colour = colour_of(drawn.steps[step].layer)
    dashes = "5 3" if drawn.layout.places[step].is_optional else None
    frame = rect(x, y, drawn.box_wide, drawn.box_high, "paper", colour, rx=3, stroke_width=1.5, stroke_dasharray=dashes)
    names = drawn.names(step)
    said = [text(x + EDGE, y + 18 + 16 * i, each, TITLE, colour, bold=True) for i, each in enumerate(names)]
    under = y + 16 + 16 * len(names)
    said += [text(x + EDGE, under + 13 * i, each, SMALL, "soft") for i, each in enumerate(drawn.below(step))]
    return group(frame, *said, hint=hint(drawn, step), data_step=step)


def hint(drawn: Wall, step: str) -> str:
    """Return the touchpoints and decision moments in full, for who points at the box."""
    words = drawn.scene.words
    told = [
        words.of(t.name) + (f" ◆ {words.of(t.decision_moment)}" if any(t.decision_moment.values()) else "")
        for t in drawn.steps[step].touchpoints
    ]
    return "; ".join([drawn.title(step), *told])


def arrows(drawn: Wall) -> str:
    """Return the ways between the boxes, with a diamond where branches begin."""
    parts = [_next(drawn, a.before, a.after) for a in drawn.layout.arrows if a.kind == "next"]
    parts += [_again(drawn, a.before, a.after, a.kind == "redo") for a in drawn.layout.arrows if a.kind != "next"]
    return "".join(parts) + "".join(_fork(drawn, fork) for fork in drawn.layout.forks)


def _next(drawn: Wall, before: str, after: str) -> str:
    (x1, y1), (x2, y2) = drawn.spot(before), drawn.spot(after)
    half, bend = drawn.box_high / 2, drawn.bends[before, after]
    d = f"M{x1 + drawn.box_wide:.1f} {y1 + half:.1f}H{bend:.1f}V{y2 + half:.1f}H{x2 - 6:.1f}"
    return path(d, stroke_width=1.3) + path(f"M{x2:.1f} {y2 + half:.1f}l-7 -4v8Z", None, "soft")


def _again(drawn: Wall, before: str, after: str, is_out: bool) -> str:
    """Draw the way out to a redo, or back to what is repeated: upright beside the middle of the box."""
    (x1, y1), (x2, y2) = drawn.spot(before), drawn.spot(after)
    wide, high = drawn.box_wide, drawn.box_high
    if before == after:
        d = f"M{x1 + wide * 0.7:.1f} {y1:.1f}v-9H{x1 + wide * 0.3:.1f}v3"
        return _loop(d, x1 + wide * 0.3, y1, 1) + text(x1 + wide / 2, y1 - 2, "↻", 12, "loop", "middle", bold=True)
    if x1 == x2 and _is_between(drawn, before, after):
        return _around(drawn, before, after, is_out)
    down = y2 > y1
    start = y1 + high if down else y1
    if x1 == x2:
        x = x1 + wide * (0.4 if is_out else 0.6)
        end = y2 if down else y2 + high
        sign = text(x + (-11 if is_out else 11), (start + end) / 2 + 4, "↻", 13, "loop", "middle", bold=True, halo=True)
        return _loop(f"M{x:.1f} {start:.1f}V{end - (6 if down else -6):.1f}", x, end, 1 if down else -1) + sign
    x, half = x2 + wide * 0.6, y1 + high / 2
    side = x1 if x2 < x1 else x1 + wide
    if y1 == y2:
        d = f"M{x1 + wide * 0.5:.1f} {y1:.1f}v-9H{x:.1f}v3"
        return _loop(d, x, y2, 1)
    end = y2 if down else y2 + high
    return _loop(f"M{side:.1f} {half:.1f}H{x:.1f}V{end - (6 if down else -6):.1f}", x, end, 1 if down else -1)


def _is_between(drawn: Wall, before: str, after: str) -> bool:
    """Say whether another box of the column lies between the two."""
    column = drawn.layout.places[before].column
    upper, lower = sorted((drawn.y(before), drawn.y(after)))
    return any(upper < drawn.y(s) < lower for s, place in drawn.layout.places.items() if place.column == column)


def _around(drawn: Wall, before: str, after: str, is_out: bool) -> str:
    """Draw a way of a repeat beside the column: out on the left, back on the right."""
    (x, y1), (_, y2) = drawn.spot(before), drawn.spot(after)
    side, way = (x, -1) if is_out else (x + drawn.box_wide, 1)
    low = drawn.box_high * 0.85
    d = f"M{side:.1f} {y1 + low:.1f}h{8 * way}V{y2 + low:.1f}h{-2 * way}"
    tip = path(f"M{side:.1f} {y2 + low:.1f}l{7 * way} -4v8Z", None, "loop")
    sign = text(side + 8 * way, (y1 + y2) / 2 + low, "↻", 13, "loop", "middle", bold=True, halo=True)
    return path(d, "loop", stroke_width=1.6, stroke_dasharray="6 3") + tip + sign


def _loop(d: str, x: float, y: float, way: int) -> str:
    tip = path(f"M{x:.1f} {y:.1f}l-4 {-7 * way}h8Z", None, "loop")
    return path(d, "loop", stroke_width=1.6, stroke_dasharray="6 3") + tip


def _fork(drawn: Wall, fork: Fork) -> str:
    """Draw a diamond where branches begin: + for all of them, × for one of them; a fork within one nearer its own."""
    firsts = fork.firsts
    befores = [a.before for a in drawn.layout.arrows if a.after == firsts[0] and a.kind == "next"]
    x = drawn.bends[befores[0], firsts[0]] if befores else drawn.x(drawn.layout.places[firsts[0]]) - GAP / 2
    is_within = any(set(firsts) < set(other.firsts) for other in drawn.layout.forks)
    beside = firsts if is_within or not befores else befores[:1]
    y = sum(drawn.y(step) for step in beside) / len(beside) + drawn.box_high / 2
    diamond = path(f"M{x:.1f} {y - 11:.1f}l11 11l-11 11l-11 -11Z", "ink", "paper", stroke_width=1.4)
    return diamond + text(x, y + 5, "+" if fork.kind == "parallel" else "×", 14, "ink", "middle", bold=True)
