"""The upper edge of the map: the citizen with demand and takt, the systems that record the stream."""

from __future__ import annotations

from flows.publish.svg.draw import clamp, group, lines, path, rect, text
from flows.publish.svg.scene import Scene
from flows.publish.svg.value_stream_layout import LEFT
from mining.results.run import SourceFacts

HEIGHT = 92.0
CITIZEN_WIDTH = 176.0
MOST = 7
WIDEST_SLOT = 300.0


def top_edge(scene: Scene, width: float) -> str:
    """Return citizen and information flow over the whole width."""
    return _citizen(scene, width - CITIZEN_WIDTH - 8) + _systems(scene, width - CITIZEN_WIDTH - 44)


def _citizen(scene: Scene, x: float) -> str:
    takt, numbers, words = scene.findings.takt, scene.numbers, scene.words
    demand = words("demand", rate=numbers.decimal(takt.arrivals_per_week)) if takt else words("unknown")
    pace = (
        words("takt", takt=numbers.short(takt.takt_seconds, "working"))
        if takt and takt.takt_seconds is not None
        else words("takt_unknown")
    )
    middle = x + CITIZEN_WIDTH / 2
    return group(
        rect(x, 12, CITIZEN_WIDTH, 56, "panel", "citizen", rx=3, stroke_width=1.8),
        text(middle, 29, words("layer_citizen"), 13, "citizen", "middle", bold=True),
        text(middle, 45, clamp(demand, CITIZEN_WIDTH - 12, 10), 10, "ink", "middle"),
        text(middle, 60, clamp(pace, CITIZEN_WIDTH - 12, 10), 10, "soft", "middle"),
        data_citizen="",
    )


def _systems(scene: Scene, end: float) -> str:
    sources = scene.findings.sources
    if not sources:
        return ""
    shown = sources[:MOST]
    slot = min(WIDEST_SLOT, (end - LEFT) / len(shown))
    wide = min(190.0, slot - 34)
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
                text(x + wide / 2, 43 + 6 * len(names), clamp(below, wide - 10, 9), 9, "soft", "middle"),
                hint=f"{name}: {below}",
                data_source=source.source,
            ),
            _zigzag(x + wide / 2, 62, 84),
        ]
    parts.append(path(f"M{end + 34:.1f} 39H{last + 8:.1f}", "citizen", stroke_width=1.2))
    parts.append(path(f"M{last + 3:.1f} 39l8 -4v8Z", None, "citizen"))
    return "".join(parts)


def _facts(scene: Scene, source: SourceFacts) -> list[str]:
    channels = [scene.words.either(f"channel_{c}", c) for c in source.channels]
    events = scene.words("source_events", events=scene.numbers.count(source.events))
    return [*channels, events] if source.events else channels


def _zigzag(x: float, start: float, end: float) -> str:
    """Return the sign of an electronic message: what happens below is recorded above."""
    middle = (start + end) / 2
    d = f"M{x:.1f} {end:.1f}V{middle + 2:.1f}l7 -4l-7 0V{start + 6:.1f}"
    return path(d, stroke_width=1.2) + path(f"M{x:.1f} {start:.1f}l-4 7h8Z", None, "soft")
