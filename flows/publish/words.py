"""Every text that a publication shows, by one key, from a gettext catalogue a language.

In: `locale/<language>/LC_MESSAGES/*.po`. A text holds its own placeholders in braces; what is filled in is
formatted by `Numbers` in the same language. It owns which languages there are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from babel.messages.pofile import read_po

LANGUAGES = ("nl", "en")
_ONE = re.compile(r"(?<![\d.,])1([ \u00a0])([^\W\d_]+(?:’s)?)")
LOCALE = Path(__file__).parent / "locale"


@cache
def catalogue(language: str, domain: str = "page") -> Mapping[str, str]:
    """Return key → text of one language; `domain` is the name of the catalogue: page or quality."""
    with (LOCALE / language / "LC_MESSAGES" / f"{domain}.po").open("rb") as file:
        read = read_po(file, locale=language)
    return MappingProxyType({str(message.id): str(message.string) for message in read if message.id})


@cache
def singulars(language: str) -> Mapping[str, str]:
    """Return plural → singular of what the texts of one language count."""
    return MappingProxyType(dict(pair.split(":") for pair in catalogue(language)["singular"].split()))


@dataclass(frozen=True)
class Words:
    """The texts of one language."""

    language: str

    def __call__(self, key: str, **filled: object) -> str:
        """Return the text of `key` with its placeholders filled."""
        text = catalogue(self.language)[key]
        return _ONE.sub(self._one, text.format(**filled)) if filled else text

    def _one(self, found: re.Match[str]) -> str:
        """Return what there is one of in the singular, where its plural is among those of the catalogue."""
        return f"1{found[1]}{singulars(self.language).get(found[2], found[2])}"

    def either(self, key: str, otherwise: str) -> str:
        """Return the text of `key`, or `otherwise` where the key is not one of ours."""
        return catalogue(self.language).get(key, otherwise)

    def of(self, text: Mapping[str, str], otherwise: str = "") -> str:
        """Return a text of the findings in this language, else in the first that it has."""
        return text.get(self.language) or next((t for t in text.values() if t), otherwise)
