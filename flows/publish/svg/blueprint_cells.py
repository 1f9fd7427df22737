"""The rows of a blueprint that say something step by step, under the column of the step.

Each row: (drawn, y) → its picture and its height; nothing where there is nothing to say. Steps that share a column
stand below each other, each with its number. No text is cut: a row is as high as its fullest column.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from flows.publish.disclosure_mark import is_withheld
from flows.publish.page_citizen import EMOTION
from flows.publish.svg.draw import ink, line, lines, rect, tag, text
from flows.publish.svg.wall import LEFT

if TYPE_CHECKING:
    from flows.publish.svg.blueprint import Laid

SIZE, HIGH = 10.0, 13.5
MOST_STOPS = 5


def cells(drawn: Laid, y: float, title: str, said: Mapping[str, list[str]], note: str = "") -> tuple[str, float]:
    """Return a row with the lines of each step under its column."""
    if not any(said.values()):
        return "", 0.0
    parts, depth = row_title(drawn, y, title, note)
    below: dict[int, float] = {}
    for step in (each for each in drawn.steps if said.get(each)):
        place = drawn.layout.places[step]
        top = below.get(place.column, y + 18)
        for each in said[step]:
            for at in lines(each, drawn.box_wide + 8, SIZE, 12):
                parts.append(text(drawn.x(place), top, at, SIZE, "ink"))
                top += HIGH
        below[place.column] = top + 4
    return "".join(parts), max(depth, max(below.values()) - y) + 2


def row_title(drawn: Laid, y: float, title: str, note: str = "") -> tuple[list[str], float]:
    """Return the name of a row with the rule above it, and the height that they need."""
    parts = [line(0, y, drawn.wide, y, "rule")]
    named = lines(title, LEFT - 12, 11, 3, bold=True)
    noted = lines(note, LEFT - 12, 9.5, 4) if note else []
    parts += [text(0, y + 18 + 13 * i, each, 11, "ink", bold=True) for i, each in enumerate(named)]
    under = y + 18 + 13 * len(named)
    parts += [text(0, under + 11.5 * i, each, 9.5, "soft") for i, each in enumerate(noted)]
    return parts, under + 11.5 * len(noted) - y


def numbered(drawn: Laid, step: str, said: str) -> str:
    """Return what is said of a step, with its number where several share the column."""
    column = drawn.layout.places[step].column
    is_shared = sum(place.column == column for place in drawn.layout.places.values()) > 1
    return f"{drawn.numbers[step]} · {said}" if is_shared and step not in drawn.extra else said


def times(drawn: Laid, y: float) -> tuple[str, float]:
    """Return designed and actual time per visit, two bars to scale a step."""
    found = {s.step: s for s in drawn.overlay.steps} if drawn.overlay else {}
    shown = {s: f for s, f in found.items() if s in drawn.steps and (f.designed_seconds or f.actual_seconds)}
    longest = max((max(f.designed_seconds or 0, f.actual_seconds or 0) for f in shown.values()), default=0)
    if not longest:
        return "", 0.0
    words = drawn.scene.words
    parts, depth = row_title(drawn, y, words("blueprint_times"), words("per_visit_elapsed"))
    below: dict[int, float] = {}
    for step in (each for each in drawn.steps if each in shown):
        place, each = drawn.layout.places[step], shown[step]
        top = below.get(place.column, y + 8)
        for name, seconds, fill in (
            ("designed", each.designed_seconds, "citizen"),
            ("actual", each.actual_seconds, "wait"),
        ):
            said = "–" if seconds is None else drawn.scene.numbers.short(seconds)
            parts.append(text(drawn.x(place), top + 10, numbered(drawn, step, f"{words(name)} {said}"), SIZE, "ink"))
            if seconds is not None:
                edge = "wait-edge" if fill == "wait" else "citizen"
                wide = max(0.8, drawn.box_wide * seconds / longest)
                parts.append(rect(drawn.x(place), top + 14, wide, 7, fill, edge, stroke_width=0.8))
            top += 27
        below[place.column] = top + 4
    return "".join(parts), max(depth, max(below.values()) - y) + 4


def scores(drawn: Laid, y: float) -> tuple[str, float]:
    """Return what citizens scored at each step, a row a score on its own scale; emotion stands elsewhere (`felt`)."""
    found = [s for s in drawn.scene.findings.scores if s.step in drawn.steps and s.kpi != EMOTION]
    found = [s for s in found if not is_withheld(s.mean)]
    parts, start, words, numbers = [], y, drawn.scene.words, drawn.scene.numbers
    for kpi in dict.fromkeys(s.kpi for s in found):
        mine = [s for s in found if s.kpi == kpi]
        low, high = min(s.mean for s in mine), max(s.mean for s in mine)
        span = f"{numbers.decimal(low)} – {numbers.decimal(high)}"
        titled, _ = row_title(drawn, y, words("measured_score", kpi=kpi), span)
        parts += titled
        spots = []
        for each in mine:
            place = drawn.layout.places[str(each.step)]
            height = y + 46 - (26 * (each.mean - low) / (high - low) if high > low else 13)
            spots.append((drawn.x(place) + drawn.box_wide / 2, height, each))
        spots.sort(key=lambda spot: spot[0])
        for (x1, y1, _), (x2, y2, _) in pairwise(spots):
            parts.append(line(x1, y1, x2, y2, "partner", stroke_width=1.8, stroke_dasharray="2 3"))
        for x, height, each in spots:
            parts.append(tag("rect", x=x - 4, y=height - 4, width=8, height=8, fill=ink("partner")))
            said = f"{numbers.decimal(each.mean)} (n {numbers.count(each.n)})"
            parts.append(text(x, y + 66, said, SIZE, "ink", "middle", bold=True))
        y += 78
    return "".join(parts), y - start


def silences(drawn: Laid, y: float) -> tuple[str, float]:
    """Return how much of each case's longest period without word lay in each step."""
    words, short = drawn.scene.words, drawn.scene.numbers.short
    said = {
        each.step: [numbered(drawn, each.step, words("silence_at", mean=short(each.mean_seconds)))]
        for each in drawn.scene.findings.contacts.silence_steps
        if each.step in drawn.steps
    }
    return cells(drawn, y, words("silence_row"), said, words("silence_note"))


def contacts(drawn: Laid, y: float) -> tuple[str, float]:
    """Return the contacts while a case stood at each step, and how many of them while nobody was at it."""
    words, count = drawn.scene.words, drawn.scene.numbers.count
    said = {
        each.step: [
            numbered(
                drawn,
                each.step,
                words(
                    "contacts_at",
                    n=count(each.contacts),
                    cases=count(each.cases),
                    waiting=count(each.waiting),
                ),
            )
        ]
        for each in drawn.scene.findings.contacts.at_steps
        if each.step in drawn.steps
    }
    return cells(drawn, y, words("contacts_row"), said)


def stops(drawn: Laid, y: float) -> tuple[str, float]:
    """Return where attempts stopped and why, at the first step that citizens begin in that channel."""
    words, count = drawn.scene.words, drawn.scene.numbers.count
    said: dict[str, list[str]] = {}
    for one in drawn.scene.findings.conversion:
        step = _begins(drawn, one.channel)
        if step is None or not one.stops:
            continue
        channel = words.either(f"channel_{one.channel}", one.channel)
        ordered = sorted(one.stops, key=lambda stop: -stop.attempts)
        here = said.setdefault(step, [])
        here += [
            f"{channel}: {s.stopped}, {s.reason or words('unknown')}: {count(s.attempts)}" for s in ordered[:MOST_STOPS]
        ]
        rest = sum(s.attempts for s in one.stops) - sum(s.attempts for s in ordered[:MOST_STOPS])
        here += [words("stops_more", attempts=count(rest))] if rest else []
    return cells(drawn, y, words("stops_row"), said, words("stops_note"))


def _begins(drawn: Laid, channel: str) -> str | None:
    return next(
        (
            name
            for name, step in drawn.steps.items()
            if any(t.channel == channel and t.initiator == "citizen" for t in step.touchpoints)
        ),
        None,
    )


def behind(drawn: Laid, y: float) -> tuple[str, float]:
    """Return what the design says happens behind each step."""
    words = drawn.scene.words
    said = {
        name: [
            numbered(drawn, name, f"{words.either(f'layer_{layer}', layer)}: {words.of(told)}")
            for layer, told in step.behind.items()
            if words.of(told)
        ]
        for name, step in drawn.steps.items()
    }
    return cells(drawn, y, words("column_behind"), said)


def consequences(drawn: Laid, y: float) -> tuple[str, float]:
    """Return what follows for the organisation, with owner and state."""
    words, numbers = drawn.scene.words, drawn.scene.numbers
    said = {}
    for name, step in drawn.steps.items():
        said[name] = [
            numbered(
                drawn,
                name,
                f"{words.either(f'aspect_{c.aspect}', c.aspect)}: {words.of(c.what)} · {c.owner or words('unknown')} · "
                + words.either(f"state_{c.state}", c.state)
                + (f" · {numbers.day(c.due_on)}" if c.due_on else ""),
            )
            for c in step.consequences
        ]
    return cells(drawn, y, words("consequence_row"), said, words("consequence_note"))
