"""The page in fewer bytes: looks that many shapes share become a class, which says the same once.

In: markup with SVG of our own. Out: the same markup and the style rules that it then needs. Pictures that stand alone
keep their attributes. No script writes these looks as attributes: a class would come before them.
"""

from __future__ import annotations

import re

LOOKS = (
    "fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "paint-order", "font-size", "font-weight",
    "font-style", "text-anchor",
)  # fmt: skip
_SHAPE = re.compile(r"<(text|path|line|rect|circle|polygon)((?: [a-z0-9-]+=\"[^\"<>]*\")+)(/?)>")
_LOOK = re.compile(rf' ({"|".join(LOOKS)})="([^"<>]*)"')
_SAFE = re.compile(r"[-\w #.,()]+")


def compact(markup: str) -> tuple[str, str]:
    """Return the markup with classes, and the rules of those classes."""
    named: dict[tuple[tuple[str, str], ...], str] = {}

    def shorter(match: re.Match[str]) -> str:
        attributes = match[2]
        looks = tuple(_LOOK.findall(attributes))
        if not looks or " class=" in attributes or not _are_safe(looks):
            return match[0]
        name = named.setdefault(looks, f"v{len(named)}")
        return f'<{match[1]} class="{name}"{_LOOK.sub("", attributes)}{match[3]}>'

    body = _SHAPE.sub(shorter, markup)
    return body, "\n".join(f".{name} {{ {_rule(looks)} }}" for looks, name in named.items())


def _are_safe(looks: tuple[tuple[str, str], ...]) -> bool:
    """Tell whether every value is a plain colour, number or word, which means the same in a style sheet."""
    return all(_SAFE.fullmatch(value) for _, value in looks)


def _rule(looks: tuple[tuple[str, str], ...]) -> str:
    return " ".join(f"{name}: {value}{'px' if name == 'font-size' else ''};" for name, value in looks)
