"""How much is known, as one bar: the lead time by kind, with a scale on top of what the log covers and one beneath of
whose turn it was. What is not known is hatched or dashed, never a colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from flows.publish.svg.bars import FILLS, LIGHT, Part, patterns
from flows.publish.svg.draw import clamp, group, ink, line, picture, tag, text, title, width
from flows.publish.svg.scene import Scene
from flows.publish.svg.spread import spread

WIDE, NAMES = 1180.0, 176.0
BAR_TOP, BAR = 30.0, 44.0
LINE = 17.0
UNKNOWN = ("either",)


def known_bar(
    scene: Scene,
    kinds: Sequence[Part],
    cover: Sequence[Part],
    holder: Sequence[Part],
    facts: str,
    heading: str,
    summary: str,
) -> str:
    """Return the bar of `kinds` between the scales of `cover` and `holder`, each over the whole lead time."""
    words, bottom = scene.words, BAR_TOP + BAR
    inside, outside = _placed(kinds)
    below = bottom + (LINE if outside else 0.0)
    parts = [
        patterns(scene),
        *_name(scene, "cover_title", 14),
        _scale(cover, BAR_TOP - 7, -9.0),
        text(0, BAR_TOP + BAR / 2 + 4, clamp(words("known_short"), NAMES - 12, 11, True), 11, "ink", bold=True),
        *_bar(scene, kinds),
        *inside,
        *outside,
        *_name(scene, "holder_title", below + 16),
        _scale(holder, below + 8, 18.0),
        text(NAMES, below + 52, facts, 10.5, "soft"),
    ]
    high = below + (60 if facts else 36)
    return picture("".join(parts), WIDE, high, scene.name, heading, summary, words.language, data_known=scene.clock)


def _name(scene: Scene, key: str, y: float) -> list[str]:
    """Return what a scale asks; on another clock than the citizen's, that it is still measured on hers."""
    name = text(0, y, clamp(scene.words(key), NAMES - 12, 11, True), 11, "ink", bold=True)
    return [name] if scene.clock == "elapsed" else [name, text(0, y + 13, scene.words("in_calendar"), 10, "soft")]


def _ends(parts: Sequence[Part]) -> list[tuple[Part, float, float]]:
    """Return each part with where it begins and ends; those of nothing are left out."""
    shown = [part for part in parts if part.value > 0]
    whole, at, found = sum(part.value for part in shown) or 1.0, NAMES, []
    for part in shown:
        size = (WIDE - NAMES) * part.value / whole
        found.append((part, at, at + size))
        at += size
    return found


def _bar(scene: Scene, kinds: Sequence[Part]) -> list[str]:
    drawn = []
    for part, start, end in _ends(kinds):
        fill, edge = FILLS[part.fill]
        paint = f"url(#{scene.name}-{fill[1:]})" if fill.startswith("#") else ink(fill)
        size = max(end - start, 0.6)
        looks = {"fill": paint, "stroke": ink(edge), "stroke_width": 1.0, "data_value": repr(part.value)}
        drawn.append(tag("rect", title(part.said), x=start, y=BAR_TOP, width=size, height=BAR, **looks))
    return drawn


def _placed(kinds: Sequence[Part]) -> tuple[list[str], list[str]]:
    """Return the names that fit in their part, and those beneath the bar that do not."""
    inside, narrow = [], []
    for part, start, end in _ends(kinds):
        if width(part.said, 11, True) + 14 > end - start:
            narrow.append((part, (start + end) / 2))
            continue
        is_hatched = FILLS[part.fill][0].startswith("#")
        colour = "ink" if is_hatched or part.fill in LIGHT else "paper"
        y = BAR_TOP + BAR / 2 + 4
        inside.append(text((start + end) / 2, y, part.said, 11, colour, "middle", bold=True, halo=is_hatched))
    places = spread([x for _, x in narrow], [width(p.said, 10.5) + 16 for p, _ in narrow], NAMES - 30, WIDE)
    outside = [
        line(x, BAR_TOP + BAR, place, BAR_TOP + BAR + 6, "soft", stroke_width=0.8)
        + text(place, BAR_TOP + BAR + 16, part.said, 10.5, "ink", "middle")
        for (part, x), place in zip(narrow, places, strict=True)
    ]
    return inside, outside


def _scale(parts: Sequence[Part], y: float, label: float) -> str:
    """Return a measuring line over the bar's whole width, in parts, each with its name."""
    found = _ends(parts)
    drawn = []
    for part, start, end in found:
        is_unknown = part.fill in UNKNOWN
        colour, dashes = ("unknown-edge", "2 4") if is_unknown else (FILLS[part.fill][1], None)
        thick = 3.0 if part.fill == "organisation" else 1.6
        drawn.append(line(start, y, end, y, colour, stroke_width=thick, stroke_dasharray=dashes))
        drawn += [line(x, y - 4, x, y + 4, "soft", stroke_width=1.0) for x in (start, end)]
    places = spread(
        [(start + end) / 2 for _, start, end in found],
        [width(part.said, 10.5) + 16 for part, _, _ in found],
        NAMES - 8,
        WIDE + 8,
    )
    drawn += [
        text(place, y + label, part.said, 10.5, "ink", "middle")
        for (part, _, _), place in zip(found, places, strict=True)
    ]
    return group(*drawn)
