"""A norm on the times of its cases: judged cases above the axis, open ones beneath it at their age, the norm as a line.

What is missed or at risk is told by a pattern and a mark, never by colour alone. The two halves have their own scale.
"""

from __future__ import annotations

from collections.abc import Sequence

from flows.publish.page_numbers import Clock
from flows.publish.svg.draw import group, hatch, ink, line, picture, rect, tag, text, width
from flows.publish.svg.scene import Scene
from mining.results.norms import NormBin, NormResult

WIDE, LEFT, RIGHT, TOP = 1000.0, 70.0, 24.0, 30.0
ABOVE, AXIS, BELOW = 130.0, 22.0, 64.0
EDGE = 4.0
"""What a name keeps free of the edge of the picture: a reader's letters may be wider than ours."""
KINDS = {
    "met": ("work", "work"),
    "missed": ("#missed", "alarm"),
    "safe": ("wait", "wait-edge"),
    "unsure": ("#unsure", "unknown-edge"),
    "at_risk": ("#risk", "alarm"),
}
"""What cases are → fill and edge; a fill that begins with # is a pattern."""


def clock_of(norm: NormResult) -> Clock:
    """Return the clock in whose units a norm is told."""
    return {"elapsed": "elapsed", "legal": "legal"}.get(norm.clock, "working")


def stacks(each: NormBin) -> dict[str, float]:
    """Return how many cases of each kind stand in a bin; open ones are safe, at risk, or it cannot be told."""
    safe = max(each.open - each.at_risk - each.at_risk_unknown, 0)
    open_ones = {"safe": safe, "unsure": each.at_risk_unknown, "at_risk": each.at_risk}
    return {"met": each.met, "missed": each.missed} | open_ones


def norm_spread(scene: Scene, norm: NormResult, bins: Sequence[NormBin], label: str, heading: str, summary: str) -> str:
    """Return the picture; `label` names the norm's line."""
    low, high = bins[0].from_seconds, bins[-1].to_seconds
    scale = (WIDE - LEFT - RIGHT) / ((high - low) or 1.0)

    def x(seconds: float) -> float:
        return LEFT + (seconds - low) * scale

    base = TOP + ABOVE
    found = [(each, stacks(each)) for each in bins]
    most = max((s["met"] + s["missed"] for _, s in found), default=0) or 1.0
    most_open = max((s["safe"] + s["unsure"] + s["at_risk"] for _, s in found), default=0)
    parts = [_patterns(scene), *_scales(scene, most, most_open, base)]
    for each, stack in found:
        ends = x(each.from_seconds) + 0.8, x(each.to_seconds) - 0.8
        parts.append(_stack(scene, stack, ("met", "missed"), ends, base, -ABOVE / most))
        if most_open:
            parts.append(_stack(scene, stack, ("safe", "unsure", "at_risk"), ends, base + AXIS, BELOW / most_open))
    end = base + AXIS + (BELOW if most_open else 0.0)
    parts += _axis(scene, norm, bins, x, base)
    parts += _line(x(norm.limit_seconds or 0.0), label, base, end)
    parts.append(_legend(scene, norm, end + 26))
    return picture("".join(parts), WIDE, end + 36, scene.name, heading, summary, scene.words.language)


def _stack(
    scene: Scene, stack: dict[str, float], kinds: Sequence[str], ends: tuple[float, float], base: float, scale: float
) -> str:
    parts, y = [], base
    for kind in kinds:
        high = abs(stack[kind] * scale)
        if not high > 0:
            continue
        y -= high if scale < 0 else 0.0
        fill, edge = KINDS[kind]
        paint = f"url(#{scene.name}-{fill[1:]})" if fill.startswith("#") else ink(fill)
        looks = {"fill": paint, "stroke": ink(edge), "stroke_width": 0.8}
        wide = max(ends[1] - ends[0], 0.6)
        parts.append(tag("rect", x=ends[0], y=y, width=wide, height=high, data_kind=kind, **looks))
        y += 0.0 if scale < 0 else high
    if stack.get("at_risk") and "at_risk" in kinds and ends[1] - ends[0] > 8:
        parts.append(_mark((ends[0] + ends[1]) / 2, y + 9))
    named = [f"{scene.words(f'norm_{kind}')} {scene.numbers.count(stack[kind])}" for kind in kinds if stack[kind]]
    return group(*parts, hint="; ".join(named)) if parts else ""


def _mark(x: float, y: float) -> str:
    return tag("path", d=f"M{x:.1f} {y - 6:.1f}l4 7h-8z", fill=ink("alarm"))


def _scales(scene: Scene, most: float, most_open: float, base: float) -> list[str]:
    numbers = scene.numbers
    parts = [
        line(LEFT, base - ABOVE, WIDE - RIGHT, base - ABOVE, "rule"),
        text(LEFT - 8, base - ABOVE + 4, numbers.count(round(most)), 10, "soft", "end"),
        text(LEFT - 8, base - 4, "0", 10, "soft", "end"),
        line(LEFT, base, WIDE - RIGHT, base, "soft"),
    ]
    if most_open:
        low = base + AXIS + BELOW
        parts += [
            line(LEFT, base + AXIS, WIDE - RIGHT, base + AXIS, "soft"),
            line(LEFT, low, WIDE - RIGHT, low, "rule"),
            text(LEFT - 8, low + 4, numbers.count(round(most_open)), 10, "soft", "end"),
            text(4, base + AXIS + 14, scene.words("norm_open_now"), 10, "soft", bold=True),
        ]
    parts.append(text(4, base - ABOVE + 22, scene.words("norm_judged"), 10, "soft", bold=True))
    return parts


def _axis(scene: Scene, norm: NormResult, bins: Sequence[NormBin], x, base: float) -> list[str]:
    """Name edges between the halves, as far as there is room; a far end that holds more says so."""
    parts, free, spread = [], LEFT - 40, norm.spread
    edges = [each.from_seconds for each in bins] + [bins[-1].to_seconds]
    for n, edge in enumerate(edges):
        label = scene.numbers.short(edge, clock_of(norm)) if edge else "0"
        label = f"+{label}" if spread and spread.axis == "past_own_end" and edge > 0 else label
        label += "+" if spread and spread.has_longer and n == len(edges) - 1 else ""
        wide = width(label, 10)
        at = min(x(edge), WIDE - EDGE - wide / 2)
        if at - wide / 2 >= free:
            parts.append(text(at, base + 15, label, 10, "soft", "middle"))
            free = at + wide / 2 + 14
    return parts


def _line(x: float, label: str, base: float, end: float) -> list[str]:
    """Return the norm's line; it leaves out the axis, where it would cross a name."""
    looks = {"stroke_width": 2.0, "stroke_dasharray": "6 3"}
    half = width(label, 10.5, True) / 2
    return [
        line(x, TOP - 8, x, base, "ink", **looks, data_norm_line="yes"),
        line(x, base + AXIS, x, end, "ink", **looks) if end > base + AXIS else "",
        text(min(max(x, half), WIDE - half), TOP - 14, label, 10.5, "ink", "middle", bold=True),
    ]


def _legend(scene: Scene, norm: NormResult, y: float) -> str:
    """Return what each fill is, with how many there are in all."""
    whole = {"met": norm.met, "missed": norm.missed, "unsure": norm.at_risk_unknown, "at_risk": norm.at_risk}
    whole["safe"] = norm.open - norm.at_risk - norm.at_risk_unknown
    parts, x = [], LEFT
    for kind, (fill, edge) in KINDS.items():
        if not whole[kind]:
            continue
        said = f"{scene.words(f'norm_{kind}')} {scene.numbers.count(whole[kind])}"
        paint = f"url(#{scene.name}-{fill[1:]})" if fill.startswith("#") else fill
        parts.append(rect(x, y - 10, 14, 12, paint, edge, stroke_width=0.8))
        parts += [_mark(x + 21, y - 2)] if kind == "at_risk" else []
        x += 30 if kind == "at_risk" else 20
        parts.append(text(x, y, said, 10.5, "ink"))
        x += width(said, 10.5) + 22
    return "".join(parts)


def _patterns(scene: Scene) -> str:
    return tag(
        "defs",
        hatch(f"{scene.name}-missed", "paper", "alarm")
        + hatch(f"{scene.name}-risk", "queue", "alarm")
        + hatch(f"{scene.name}-unsure", "unknown", "unknown-edge", "dots"),
    )
