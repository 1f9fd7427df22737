"""Text that may stand in XML 1.0: labels of a log can hold characters that no XML document may."""

from __future__ import annotations

import re
from functools import lru_cache

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@lru_cache(maxsize=10_000)
def xml_text(text: str) -> str:
    """Return the text without control characters, lone surrogates and overrides of the writing direction."""
    if text.isascii() and text.isprintable():
        return text
    return _DIRECTION.sub("", _FORBIDDEN.sub("", text))
