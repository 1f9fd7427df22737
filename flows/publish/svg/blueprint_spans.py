"""The rows of a blueprint that run from one step to another: loops as thick as their time, norms; and the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.publish.disclosure_mark import is_silent
from flows.publish.page_citizen import kpi_title
from flows.publish.svg.blueprint_cells import row_title
from flows.publish.svg.draw import line, lines, path, rect, text, width
from flows.publish.svg.wall import GAP, HEADING
from mining.results.norms import NormResult
from mining.results.rework import Loop

if TYPE_CHECKING:
    from flows.publish.svg.blueprint import Laid

MOST_LOOPS = 6
THICKEST = 12.0
HIGH = 36.0
END = 190.0


def loops(drawn: Laid, y: float) -> tuple[str, float]:
    """Return the loops that cost most between the steps that they run through; the rest is counted in words."""
    found = sorted(drawn.scene.findings.loops, key=lambda loop: -loop.elapsed.total_seconds)
    shown = [loop for loop in found if all(step in drawn.layout.places for step in loop.path)][:MOST_LOOPS]
    if not shown:
        return "", 0.0
    words, count = drawn.scene.words, drawn.scene.numbers.count
    known = len(found) + drawn.scene.findings.other_loops_count
    note = words("loops_row_note", shown=count(len(shown)), known=count(known))
    parts, depth = row_title(drawn, y, words("loops_row"), note)
    most = shown[0].elapsed.total_seconds or 1.0
    for at, loop in enumerate(shown):
        parts.append(_loop(drawn, loop, y + 8 + at * HIGH, max(1.5, THICKEST * loop.elapsed.total_seconds / most)))
    return "".join(parts), max(depth, 14 + HIGH * len(shown)) + 4


def _loop(drawn: Laid, loop: Loop, y: float, thick: float) -> str:
    centres = [drawn.x(drawn.layout.places[step]) + drawn.box_wide / 2 for step in loop.path]
    back, far = centres[-1], max(centres, key=lambda x: abs(x - centres[-1]))
    if back == far:
        back, far = back - drawn.box_wide / 4, far + drawn.box_wide / 4
    low = y + 26
    words, numbers = drawn.scene.words, drawn.scene.numbers
    said = words(
        "loop_on_design_plain" if is_silent(loop.share_of_cases) else "loop_on_design",
        route=drawn.scene.route(loop.path),
        mean=numbers.short(loop.elapsed.total_seconds),
        share=numbers.share(loop.share_of_cases),
    )
    turn = 1 if back < far else -1
    band = line(back + turn * 9, low, far, low, "loop", stroke_width=thick, data_loop=" ".join(loop.path))
    tip = path(f"M{back:.1f} {low:.1f}l{turn * 12} {-thick / 2 - 4:.1f}v{thick + 8:.1f}Z", None, "loop")
    start = max(0.0, min(min(back, far), drawn.wide - width(said, 10.5, True)))
    ends = line(far, low - thick / 2 - 3, far, low + thick / 2 + 3, "loop", stroke_width=2)
    return band + tip + ends + text(start, y + 12, said, 10.5, "loop", bold=True)


def norms(drawn: Laid, y: float) -> tuple[str, float]:
    """Return each norm from the step where it begins to the step where it ends."""
    found = [norm for norm in drawn.scene.findings.norms if _span(drawn, norm)]
    if not found:
        return "", 0.0
    words, numbers = drawn.scene.words, drawn.scene.numbers
    parts, depth = row_title(drawn, y, words("norms_row"))
    for at, norm in enumerate(found):
        span = _span(drawn, norm)
        top, share = y + 8 + at * 30.0, numbers.share(norm.met_share)
        said = (
            f"{words.of(norm.title, norm.name)} ({words(f'{norm.kind}_norm')}): {words('norm_on_design', share=share)}"
        )
        start, end = span or (0.0, 0.0)
        dashes = None if norm.kind == "legal" else "6 3"
        parts.append(line(start, top + 18, end, top + 18, "alarm", stroke_width=1.8, stroke_dasharray=dashes))
        parts += [line(x, top + 13, x, top + 23, "alarm", stroke_width=1.8) for x in (start, end)]
        left = max(0.0, min(start, drawn.wide - width(said, 10.5, True)))
        parts.append(text(left, top + 9, said, 10.5, "alarm", bold=True, data_norm=norm.name))
    return "".join(parts), max(depth, 14 + 30.0 * len(found)) + 4


def _span(drawn: Laid, norm: NormResult) -> tuple[float, float] | None:
    """Return where a norm begins and ends; a norm between events that no step has is in the table alone."""
    steps = [name for name in drawn.steps if name not in drawn.extra]
    if not steps:
        return None
    ends = {"received": drawn.x(drawn.layout.places[steps[0]])}
    last = max(drawn.layout.places[name].column for name in steps)
    ends["delivered"] = max(
        drawn.x(drawn.layout.places[name]) + drawn.box_wide
        for name in steps
        if drawn.layout.places[name].column == last
    )
    spots = [ends.get(each) or _spot(drawn, each) for each in (norm.from_, norm.to)]
    if spots[0] is None or spots[1] is None or spots[0] >= spots[1]:
        return None
    return spots[0], spots[1]


def _spot(drawn: Laid, activity: str) -> float | None:
    for name, step in drawn.steps.items():
        if activity in step.activities or activity == name:
            return drawn.x(drawn.layout.places[name]) + drawn.box_wide
    return None


def ending(drawn: Laid) -> tuple[str, float]:
    """Return the end of the journey, apart: how cases ended, what was scored afterwards; and the width it needs."""
    words, numbers = drawn.scene.words, drawn.scene.numbers
    said = [
        words(
            "end_score",
            kpi=kpi_title(words, s.kpi),
            mean=numbers.decimal(s.mean),
            n=numbers.count(s.n),
            share=numbers.share(s.response_rate, 0),
        )
        for s in drawn.scene.findings.scores
        # a score that contacts carry is about the contact, not about the end
        if s.step is None and s.invited is not None
    ]
    ends = drawn.scene.findings.open_ends
    whole = next((s for s in ends.survival if s.group == "all" and s.clock == "elapsed"), None) if ends else None
    if whole:
        told = (("delivered", whole.delivered), ("ended", whole.ended), ("closed", whole.closed), ("open", whole.open))
        said = [words(f"end_{name}", cases=numbers.count(n)) for name, n in told if n] + said
    if not said:
        return "", 4.0
    x, y = drawn.wide + GAP / 2, HEADING
    parts, top = [], y + 22
    for each, size, colour, bold in [
        (words("end_title"), 12.5, "citizen", True),
        *[(s, 11, "ink", False) for s in said],
    ]:
        for at in lines(each, END - 24, size, 6, bold=bold):
            parts.append(text(x + 12, top, at, size, colour, bold=bold))
            top += size + 5
        top += 6
    frame = rect(x, y, END, top - y - 8, "panel", "citizen", rx=8, stroke_width=1.5)
    return frame + "".join(parts), GAP + END
