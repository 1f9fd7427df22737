"""The emotion that a design expects and the one that citizens said they felt: beside each other, never one figure.

Both stand on the scale from −2 to +2. Circles are what is expected, along the arrows; squares what was measured, from
step to step as they were answered. Beneath stands of how many the answers are, and how many were asked.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from flows.publish.disclosure_mark import is_withheld
from flows.publish.page_citizen import EMOTION
from flows.publish.svg.blueprint_cells import cells, numbered
from flows.publish.svg.draw import ink, line, rect, tag, text
from flows.publish.svg.wall_rows import HIGH_OF_EMOTIONS, NOTCH, centre, emotions, middle_of, scale
from mining.results.citizen import Score

if TYPE_CHECKING:
    from flows.publish.svg.blueprint import Laid

_ASIDE = 15.0
"""A square stands right of its step's circle, so that both are seen where they are alike."""


def felt(drawn: Laid, y: float) -> tuple[str, float]:
    """Return both curves in one scale, with the answers beneath; only the expected one where nothing was measured."""
    found = {str(s.step): s for s in drawn.scene.findings.scores if s.kpi == EMOTION and s.step in drawn.steps}
    picture, high = emotions(drawn, y)
    if not found:
        return picture, high
    if not picture:
        picture, high = "".join(scale(drawn, y)), HIGH_OF_EMOTIONS
    said = {step: _answers(drawn, step, score) for step, score in found.items()}
    words = drawn.scene.words
    below, deep = cells(drawn, y + high, words("felt_measured"), said, words("felt_note"))
    return picture + _legend(drawn, y) + _curve(drawn, y, found) + below, high + deep


def _curve(drawn: Laid, y: float, found: dict[str, Score]) -> str:
    middle = middle_of(y)
    told = [(centre(drawn, step) + _ASIDE, middle - s.mean * NOTCH) for step, s in found.items()
            if not is_withheld(s.mean)]  # fmt: skip
    spots = sorted(told)
    parts = [
        line(*here, *there, "partner", stroke_width=1.8, stroke_dasharray="2 3") for here, there in pairwise(spots)
    ]
    return "".join(parts + [_square(x, h) for x, h in spots])


def _square(x: float, h: float) -> str:
    return rect(x - 4.5, h - 4.5, 9, 9, "partner", "paper", stroke_width=1)


def _legend(drawn: Laid, y: float) -> str:
    words, top = drawn.scene.words, middle_of(y) + 34
    circle = tag("circle", cx=6, cy=top - 4, r=5, fill=ink("paper"), stroke=ink("citizen"), stroke_width=1.8)
    return "".join(
        (
            circle,
            text(16, top, words("felt_expected_mark"), 9.5, "soft"),
            _square(6, top + 12),
            text(16, top + 16, words("felt_measured_mark"), 9.5, "soft"),
        )
    )


def _answers(drawn: Laid, step: str, score: Score) -> list[str]:
    """Return the mean, of how many, and the response."""
    words, numbers = drawn.scene.words, drawn.scene.numbers
    mean = numbers.decimal(score.mean)
    signed = f"+{mean}" if not is_withheld(score.mean) and score.mean > 0 else mean
    if score.invited is None:
        return [numbered(drawn, step, signed), words("felt_n", n=numbers.count(score.n))]
    told = words("felt_n_of", n=numbers.count(score.n), invited=numbers.count(score.invited))
    return [numbered(drawn, step, signed), told, words("felt_response", share=numbers.share(score.response_rate, 0))]
