"""A page small enough to mail: beyond four megabytes parts are left out, it says which, and a file beside it has all.

In: findings and how a page is told from them. Out: the files, by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flows.publish.words import LANGUAGES, Words
from mining.findings import Findings

MOST_BYTES = 4_000_000
WHOLE = "whole.html"
CUTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("cut_details", {"step_details": ()}),
    ("cut_parts", {"ladder_typical": None, "ladder_slow": None}),
)
"""What is left out first, and what next: none of it is among the first questions of a team."""


def cut_pages(findings: Findings, tell: Callable[[Findings], str], most: int = MOST_BYTES) -> dict[str, bytes]:
    """Return the page, and beside a page that had to be cut the whole one.

    A page that is still larger after every cut is published all the same.
    """
    whole = tell(findings).encode()
    if len(whole) <= most:
        return {"index.html": whole}
    made = whole
    for shorter in _shorter(findings):
        made = tell(shorter).encode()
        if len(made) <= most:
            break
    return {"index.html": made, WHOLE: whole}


def _shorter(findings: Findings) -> Iterator[Findings]:
    """Yield the findings with ever more left out, each with a notice that says what."""
    left: list[str] = []
    without: dict[str, Any] = {}
    for name, parts in CUTS:
        left.append(name)
        without |= parts
        notice = {each: _notice(Words(each), left) for each in LANGUAGES}
        yield findings.model_copy(update=without | {"notices": (notice, *findings.notices)})


def _notice(words: Words, left: list[str]) -> str:
    return words("cut_notice", file=WHOLE, what="; ".join(words(name) for name in left))
