"""What the readers and the mining note in English, in the language of the page.

In: `locale/<language>/LC_MESSAGES/noted.po`, whose keys are the notes themselves, with what varies in braces. What is
filled in is told in the same way where it is a note of its own, else as it stands. A note that the catalogue does not
know, such as a reason that a mapping gives for a correction, is shown as it was written.
"""

from __future__ import annotations

import re
from functools import cache

from flows.publish.words import catalogue

_HOLE = re.compile(r"\\\{(\w+)\\\}")


def noted(note: str, language: str) -> str:
    """Return the note in this language."""
    known = catalogue(language, "noted")
    if note in known:
        return known[note]
    for shape, key in _shapes():
        if found := shape.fullmatch(note):
            return known[key].format(**{name: noted(part, language) for name, part in found.groupdict().items()})
    return note


@cache
def _shapes() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the notes with something to fill in, the most particular first."""
    keys = sorted((key for key in catalogue("en", "noted") if "{" in key), key=len, reverse=True)
    return tuple((re.compile(_HOLE.sub(r"(?P<\1>.+)", re.escape(key))), key) for key in keys)
