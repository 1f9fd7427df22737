"""The upper edge of the map: the citizen with demand and takt, the systems that record the stream."""

from __future__ import annotations

from collections.abc import Callable

from flows.publish.disclosure_mark import is_withheld
from flows.publish.svg.draw import fitting, group, lines, path, rect, text
from flows.publish.svg.scene import Scene
from flows.publish.svg.value_stream_layout import LEFT
from mining.results.run import SourceFacts

HEIGHT = 106.0
CITIZEN_WIDTH = 176.0
MOST = 7
MOST_CHANNELS = 4
BY_HAND = ("phone", "counter", "letter", "visit")
"""Channels in which people speak or write to people; all others are electronic messages."""
WIDEST_SLOT = 300.0
CLOSE = 170.0
"""Where a system has no more room than this, systems stand closer together, so that their names fit."""


def top_edge(scene: Scene, width: float) -> str:
    """Return citizen and information flow over the whole width."""
    return _citizen(scene, width - CITIZEN_WIDTH - 8) + _systems(scene, width - CITIZEN_WIDTH - 44)


def _citizen(scene: Scene, x: float) -> str:
    takt, numbers, words = scene.findings.takt, scene.numbers, scene.words
    demand = _figure(scene, "demand", takt and takt.arrivals_per_week, numbers.rate)
    pace = _figure(scene, "takt", takt and takt.takt_seconds, lambda seconds: numbers.short(seconds, "working"))
    middle = x + CITIZEN_WIDTH / 2
    return group(
        rect(x, 12, CITIZEN_WIDTH, 56, "panel", "citizen", rx=3, stroke_width=1.8),
        text(middle, 29, words("layer_citizen"), 13, "citizen", "middle", bold=True),
        text(middle, 45, *fitting(demand, CITIZEN_WIDTH - 12, 10), "ink", "middle"),
        text(middle, 60, *fitting(pace, CITIZEN_WIDTH - 12, 10), "soft", "middle"),
    )


def _figure(scene: Scene, key: str, value: float | None, told: Callable[[float], str]) -> str:
    """Return a figure of the demand; what is not told is not therefore unknown."""
    if value is None or is_withheld(value):
        why = scene.numbers.absent if value is None else "not_told"
        return scene.words(f"{key}_without", why=scene.words(why))
    return scene.words(key, **{key: told(value)})


def _systems(scene: Scene, end: float) -> str:
    sources = scene.findings.sources
    if not sources:
        return ""
    shown = sources[:MOST]
    slot = min(WIDEST_SLOT, (end - LEFT) / len(shown))
    wide = min(190.0, slot - (34 if slot > CLOSE else 12))
    last = LEFT + slot * (len(shown) - 0.5) + wide / 2
    parts = [text(8, 44, scene.words("information"), 12, "soft", bold=True)]
    for i, source in enumerate(shown):
        x = LEFT + slot * i + (slot - wide) / 2
        more = f" +{len(sources) - MOST}" if i == MOST - 1 and len(sources) > MOST else ""
        name = scene.words.of(source.title, source.source) + more
        below = " · ".join(_facts(scene, source))
        names = lines(name, wide - 10, 10.5, 2, bold=True)
        parts += [
            group(
                rect(x, 12, wide, 48, "panel", "rule", rx=3),
                *(
                    text(x + wide / 2, 29 + 12 * j, each, 10.5, "ink", "middle", bold=True)
                    for j, each in enumerate(names)
                ),
                text(x + wide / 2, 43 + 6 * len(names), *fitting(below, wide - 6, 9), "soft", "middle"),
                hint=f"{name}: {below}",
            ),
            *_messages(scene, source, x + wide / 2, slot - 6),
        ]
    parts.append(path(f"M{end + 34:.1f} 39H{last + 8:.1f}", "citizen", stroke_width=1.2))
    parts.append(path(f"M{last + 3:.1f} 39l8 -4v8Z", None, "citizen"))
    return "".join(parts)


def _facts(scene: Scene, source: SourceFacts) -> list[str]:
    if is_withheld(source.events):
        return [scene.words("source_events_untold", why=scene.words("not_told"))]
    return [scene.words("source_events", events=scene.numbers.count(source.events))]


def _messages(scene: Scene, source: SourceFacts, x: float, room: float) -> list[str]:
    """Return a sign for each channel of a system: a zigzag where the message is electronic, else a straight arrow."""
    channels = source.channels[:MOST_CHANNELS] or ("",)
    wide = room / len(channels)
    parts = []
    for i, channel in enumerate(channels):
        middle = x - room / 2 + wide * (i + 0.5)
        name = scene.words.either(f"channel_{channel}", channel)
        more = "…" if i == MOST_CHANNELS - 1 and len(source.channels) > MOST_CHANNELS else ""
        is_manual = channel in BY_HAND
        kind = scene.words("flow_manual" if is_manual else "flow_electronic")
        parts.append(
            group(
                _message(middle, is_manual),
                text(middle, 98, *fitting(name + more, wide - 4, 9), "soft", "middle"),
                hint=f"{kind}: {name}" if name else kind,
            )
        )
    return parts


def _message(x: float, is_manual: bool) -> str:
    way = "V68" if is_manual else f"L{x - 5:.1f} 76L{x + 5:.1f} 79L{x:.1f} 68"
    return path(f"M{x:.1f} 87{way}", stroke_width=1.3) + path(f"M{x:.1f} 62l-4 7h8Z", None, "soft")
