"""The section of the handoffs: the wait that follows each, and all of them as a matrix and a flow picture, by level."""

from __future__ import annotations

from html import escape

from flows.publish.page_numbers import CLOCKS, DAY, Clock
from flows.publish.page_tables import Figure, Said, Section, Telling, table
from flows.publish.page_waiting import levels_table
from flows.publish.svg.bars import MOST_BARS, Bar, Part, bars
from flows.publish.svg.handed import wait_after, wait_per_case
from flows.publish.svg.matrix import flow, matrix
from flows.publish.svg.scene import Scene
from mining.results.rework import Handoff

LEVELS = ("team", "department", "organisation")
MOST_HOLDERS = 14


def handoffs_section(telling: Telling) -> Section:
    """Return the handoffs between teams with the wait that follows them."""
    findings, words = telling.findings, telling.words
    teams = [h for h in findings.handoffs if h.level == "team"]
    if not findings.handoffs:
        none = "no_closed" if telling.plain.lead.mean is None else "handoffs_none"
        return Section("handoffs", words("handoffs_question"), (words(none),))
    largest = sorted(teams or findings.handoffs, key=lambda h: -_whole_wait(h))
    answer = telling.by_clock(lambda s: _most_waited(s, largest), legal=_has_legal(telling))
    figure = Figure(
        words("handoffs_title"),
        answer,
        telling.by_clock(lambda s: _picture(s, largest[:MOST_BARS]), "handoffs", legal=_has_legal(telling)),
    )
    rows = [
        (
            f"{telling.plain.lane(h.from_)} → {telling.plain.lane(h.to)}",
            words(f"level_{h.level}"),
            *_cells(telling, h),
        )
        for h in sorted(findings.handoffs, key=lambda h: (h.level != "team", -_whole_wait(h)))
    ]
    columns = (
        "column_handoff",
        "column_level",
        "column_times",
        "column_cases",
        "column_wait_after",
        "column_ping_pong",
        "column_order_unknown",
    )
    listed = table(words("handoffs_title"), map(words, columns), rows)
    tables = (listed, *levels_table(telling))
    figures = (figure, *_figures(telling))
    untold = () if _has_legal(telling) else telling.untold("legal")
    return Section("handoffs", words("handoffs_question"), (answer,), figures, tables, untold=untold)


def _most_waited(scene: Scene, handoffs: list[Handoff]) -> str:
    """Return after which handoff most time goes by in this clock; where some are not told, of those that are."""
    cases = max(scene.findings.cohort.cases, 1)
    top = max(handoffs, key=lambda one: wait_per_case(scene, one, cases))
    rule, after = scene.findings.disclosure, wait_after(scene, top)
    key = "handoffs_answer_told" if rule and rule.left_out.get("handoffs") else "handoffs_answer"
    return scene.words(
        key if after is not None else f"{key}_known",
        start=scene.lane(top.from_),
        end=scene.lane(top.to),
        count=scene.numbers.count(top.count),
        wait=scene.long(wait_per_case(scene, top, cases) if after is None else after),
    )


def _whole_wait(one: Handoff) -> float:
    return one.elapsed_wait_seconds * one.count


def _cells(telling: Telling, one: Handoff) -> tuple[Said, ...]:
    """Return the figures of a handoff."""
    count = telling.numbers.count
    legal = wait_after(telling.scene("legal", "plain"), one) if _has_legal(telling) else None
    days = None if legal is None else legal / DAY
    wait = telling.amount(one.elapsed_wait_seconds, one.working_wait_seconds, days)
    return (count(one.count), count(one.cases), wait, count(one.ping_pongs), count(one.order_unknown))


def _picture(scene: Scene, handoffs: list[Handoff]) -> str:
    cases = max(scene.findings.cohort.cases, 1)
    fill = "either" if scene.is_work_least else "wait"
    drawn = []
    for one in handoffs:
        per_case = wait_per_case(scene, one, cases)
        said = f"{scene.short(per_case)} · {scene.numbers.count(one.count)}×"
        drawn.append(Bar(f"{scene.lane(one.from_)} → {scene.lane(one.to)}", (Part(per_case, fill, said),), said))
    said = "; ".join(f"{bar.name} {bar.said}" for bar in drawn[:3])
    return bars(scene, drawn, scene.words("handoffs_title"), said, names=330.0)


def _has_legal(telling: Telling) -> bool:
    """Tell whether the law's clock is known of the handoffs."""
    return telling.has_legal and all(one.legal is not None for one in telling.findings.handoffs)


def _figures(telling: Telling) -> tuple[Figure, ...]:
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
    clocks: tuple[Clock, ...] = (*CLOCKS, "legal") if _has_legal(telling) else CLOCKS
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
