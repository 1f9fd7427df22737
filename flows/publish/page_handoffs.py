"""The handoffs as a matrix and a flow picture, at the level of teams, departments or organisations."""

from __future__ import annotations

from html import escape

from flows.publish.page_numbers import CLOCKS, Clock
from flows.publish.page_tables import Figure, Telling
from flows.publish.svg.matrix import flow, matrix
from mining.results.rework import Handoff

LEVELS = ("team", "department", "organisation")
MOST_HOLDERS = 14


def has_legal(telling: Telling) -> bool:
    """Tell whether the law's clock is known of the handoffs."""
    return telling.has_legal and all(one.legal is not None for one in telling.findings.handoffs)


def handoff_figures(telling: Telling) -> tuple[Figure, ...]:
    """Return matrix and flow; a level without handoffs is left out, and so are holders beyond the fourteenth."""
    words = telling.words
    levels = [level for level in LEVELS if any(h.level == level for h in telling.findings.handoffs)]
    if not levels:
        return ()
    drawn = "".join(_level(telling, level) for level in levels)
    titles = {level: escape(words(f"level_{level}")) for level in LEVELS}
    choices = "".join(
        f'<label><input type="radio" name="level-{words.language}" value="{level}" data-switch="level"'
        f"{' checked' if level == levels[0] else ''}><span>{titles[level]}</span></label>"
        for level in levels
    )
    switch = (
        f'<div class="sliders"><fieldset><legend>{escape(words("column_level"))}</legend>{choices}</fieldset></div>'
    )
    return (Figure(words("matrix_title"), words("matrix_note"), drawn, is_wide=True, controls=switch),)


def _level(telling: Telling, level: str) -> str:
    found = [h for h in telling.findings.handoffs if h.level == level]
    shown, left = _largest(found)
    words = telling.words
    title = words(f"level_{level}")
    heading, flowing = (f"{words(key)}: {title}" for key in ("matrix_title", "flow_title"))
    said = words("matrix_left", shown=telling.numbers.count(len(shown)), left=telling.numbers.count(left))
    clocks: tuple[Clock, ...] = (*CLOCKS, "legal") if has_legal(telling) else CLOCKS
    pictures = ""
    for clock in clocks:
        scene = telling.scene(clock, f"matrix-{level}")
        drawn = matrix(scene, shown, heading, said) + flow(scene, shown, flowing, said)
        named = "elapsed legal" if clock == "elapsed" and "legal" not in clocks else clock
        pictures += f'<div data-clock="{named}">{drawn}</div>'
    note = f'<p class="note">{escape(said)}</p>' if left else ""
    return f'<div data-of-level="{level}">{pictures}{note}</div>'


def _largest(found: list[Handoff]) -> tuple[list[Handoff], int]:
    """Return the handoffs among the holders that take most part in them, and how many are not among these."""
    parts: dict[str, float] = {}
    for one in found:
        for name in (one.from_, one.to):
            parts[name] = parts.get(name, 0.0) + one.count
    holders = set(sorted(parts, key=lambda name: (-parts[name], name))[:MOST_HOLDERS])
    shown = [one for one in found if {one.from_, one.to} <= holders and one.count]
    return shown, sum(one.count for one in found) - sum(one.count for one in shown)
