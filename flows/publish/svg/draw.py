"""The few shapes every picture is built of, as escaped SVG text.

Colours are names (`ink("loop")`), which a page resolves by its style sheet, light or dark, and a picture that
stands alone carries as light values. Text is measured with the widths of a wide face, so that what fits here
fits in the narrower faces that a reader may have.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from html import escape

PALETTE = {
    "paper": "#ffffff",
    "ink": "#17212b",
    "soft": "#55636f",
    "rule": "#d5dce2",
    "panel": "#f4f6f8",
    "citizen": "#0b6a8b",
    "organisation": "#33485c",
    "partner": "#71419d",
    "wait": "#b9c8d4",
    "wait-edge": "#5f7687",
    "work": "#1d7a48",
    "elsewhere": "#cbb6e0",
    "elsewhere-edge": "#71419d",
    "unknown": "#eef1f4",
    "unknown-edge": "#6b7a87",
    "loop": "#b4560f",
    "loop-fill": "#d98a4b",
    "queue": "#fdf1cf",
    "queue-edge": "#7a5a00",
    "alarm": "#b3261e",
}
"""Name → colour in the light scheme; the page's style sheet gives the dark ones."""
FACE = "system-ui, 'Segoe UI', 'DejaVu Sans', Verdana, Arial, sans-serif"
_WIDTHS = {
    **dict.fromkeys("ijl'|", 29),
    **dict.fromkeys(" ,.:;!()[]/\\ft-I\u00a0", 39),
    **dict.fromkeys("rscxyzk", 56),
    **dict.fromkeys("mwMW%@", 98),
    **dict.fromkeys("ABCDEFGHKLNOPQRSTUVXYZ", 74),
}
_BIDI = re.compile("[\u200b\u200e\u200f\u061c\u202a-\u202e\u2060-\u2069\ufeff]")
_SPACES = re.compile(" {2,}")
SOFT = "\u00ad"
_SYLLABLE = re.compile("(?!ch|th|ph|ng)[a-z][b-df-hj-np-tv-z][aeiouyéèëïöü]", re.IGNORECASE)
"""A letter after which a word may be broken: a consonant and a vowel follow."""
_COLOUR = re.compile(r'"var\(--([a-z-]+)\)"')


def clean(text: object) -> str:
    """Return a label on one line without control characters and without what turns the reading direction."""
    said = str(text)
    if said.isascii() and said.isprintable():
        return _SPACES.sub(" ", said).strip(" ")
    flat = _BIDI.sub("", said)
    kept = (c if unicodedata.category(c) not in ("Cc", "Cs", "Cn", "Co", "Zl", "Zp") else " " for c in flat)
    return _SPACES.sub(" ", "".join(kept)).strip(" ")


def ink(name: str) -> str:
    """Return a colour by its name."""
    return f"var(--{name})"


def standing_alone(svg: str) -> str:
    """Return the picture with light colour values instead of the names that only the page knows."""
    return _COLOUR.sub(lambda match: f'"{PALETTE[match[1]]}"', svg)


@functools.lru_cache(maxsize=16384)
def _hundredths(text: str) -> int:
    """Return the width at size 1; a page asks for the same labels in two languages, clocks and pictures."""
    return sum(_width(character) for character in text)


def width(text: str, size: float, bold: bool = False) -> float:
    """Return how wide the text is at most, in pixels."""
    return _hundredths(text) * size / 100 * (1.13 if bold else 1.0)


@functools.lru_cache(maxsize=4096)
def _width(character: str) -> int:
    if unicodedata.east_asian_width(character) in "WF" or ord(character) > 0x1F000:
        return 130
    return _WIDTHS.get(character, 65)


def clamp(text: object, room: float, size: float, bold: bool = False) -> str:
    """Return the cleaned text, cut with an ellipsis where it is wider than `room`."""
    label = clean(text)
    if width(label, size, bold) <= room:
        return label
    while label and width(label + "…", size, bold) > room:
        label = label[:-1]
    return label.rstrip() + "…"


def fitting(text: object, room: float, size: float, bold: bool = False) -> tuple[str, float]:
    """Return the text with the largest size from `size` down at which it fits; cut where none does."""
    chosen = size_within(text, room, size, bold)
    return clamp(text, room, chosen, bold), chosen


def size_within(text: object, room: float, size: float, bold: bool = False, least: float = 7.5) -> float:
    """Return the largest size, from `size` down by halves, at which the text fits; `least` where none does."""
    label, steps = clean(text), int((size - least) * 2) + 1
    return next((size - i / 2 for i in range(steps) if width(label, size - i / 2, bold) <= room), least)


def lines(text: object, room: float, size: float, most: int, bold: bool = False) -> list[str]:
    """Return the text broken into at most `most` lines; the last one is cut where words remain.

    A word that is wider than a line is broken with a hyphen, as Dutch compounds are.
    """
    words, out = [part for word in clean(text).split(" ") for part in _broken(word, room, size, bold)], [""]
    for at, word in enumerate(words):
        trial = f"{out[-1]} {word}".strip()
        if width(trial, size, bold) <= room or not out[-1]:
            out[-1] = trial
        elif len(out) < most:
            out.append(word)
        else:
            out[-1] = " ".join([out[-1], *words[at:]]).replace(f"{SOFT} ", "")
            break
    return [clamp(line.replace(SOFT, "-"), room, size, bold) for line in out]


def _broken(word: str, room: float, size: float, bold: bool) -> list[str]:
    """Return the word in parts that each fit a line, broken before a syllable where one can be told."""
    parts = []
    while width(word, size, bold) > room:
        fits = [n for n in range(3, len(word) - 2) if width(word[:n] + "-", size, bold) <= room]
        if not fits:
            break
        at = next((n for n in reversed(fits) if _SYLLABLE.match(word, n - 1)), fits[-1])
        parts.append(word[:at] + SOFT)
        word = word[at:]
    return [*parts, word]


def tag(name: str, body: str = "", **attributes: object) -> str:
    """Return one element; `body` is markup, attributes are escaped, `_` in a name becomes `-`."""
    parts = [f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"' for key, value in attributes.items()]
    opening = f"<{name}{''.join(part for part, v in zip(parts, attributes.values(), strict=True) if v is not None)}"
    return f"{opening}>{body}</{name}>" if body else f"{opening}/>"


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return escape(clean(value), quote=True)


def group(*parts: str, hint: str | None = None, **attributes: object) -> str:
    """Return parts that belong together; `hint` is shown when one points at them."""
    return tag("g", title(hint) + "".join(parts), **attributes) if parts or hint else ""


def title(text: str | None) -> str:
    """Return the title of an element: what a pointer or a screen reader says of it."""
    return tag("title", escape(clean(text), quote=False)) if text else ""


def text(
    x: float,
    y: float,
    content: object,
    size: float = 11,
    colour: str = "ink",
    anchor: str | None = None,
    bold: bool = False,
    halo: bool = False,
    **attributes: object,
) -> str:
    """Return one line of text; with `halo` it stands on a rim of the paper's colour."""
    label = clean(content)
    if not label:
        return ""
    rim = (
        {"stroke": ink("paper"), "stroke_width": 4, "stroke_linejoin": "round", "paint_order": "stroke"} if halo else {}
    )
    return tag(
        "text",
        escape(label, quote=False),
        x=x,
        y=y,
        font_size=size,
        fill=ink(colour),
        text_anchor=anchor,
        font_weight="700" if bold else None,
        **rim,
        **attributes,
    )


def rect(
    x: float,
    y: float,
    w: float,
    h: float,
    fill: str = "paper",
    stroke: str | None = None,
    hint: str | None = None,
    **attributes: object,
) -> str:
    """Return a rectangle."""
    paint = fill if fill.startswith("url(") or fill == "none" else ink(fill)
    edge = ink(stroke) if stroke else None
    return tag("rect", title(hint), x=x, y=y, width=w, height=h, fill=paint, stroke=edge, **attributes)


def path(d: str, stroke: str | None = "soft", fill: str = "none", hint: str | None = None, **attributes: object) -> str:
    """Return a path."""
    paint = fill if fill == "none" or fill.startswith("url(") else ink(fill)
    return tag("path", title(hint), d=d, fill=paint, stroke=ink(stroke) if stroke else None, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, stroke: str = "soft", **attributes: object) -> str:
    """Return a straight line."""
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=ink(stroke), **attributes)


def hatch(name: str, back: str, front: str, kind: str = "lines") -> str:
    """Return a pattern: what is not known is hatched, so that colour is never alone in saying it."""
    body = (
        line(0, 0, 0, 6, front, stroke_width=1.6)
        if kind == "lines"
        else tag("circle", cx=3, cy=3, r=1.1, fill=ink(front))
    )
    return tag(
        "pattern",
        rect(0, 0, 6, 6, back) + body,
        id=name,
        width=6,
        height=6,
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)" if kind == "lines" else None,
    )


def picture(
    body: str, w: float, h: float, name: str, heading: str, summary: str, language: str, **attributes: object
) -> str:
    """Return a whole picture with its title and its summary in words."""
    return tag(
        "svg",
        tag("title", escape(clean(heading), quote=False), id=f"{name}-t")
        + tag("desc", escape(clean(summary), quote=False), id=f"{name}-d")
        + body,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {w:.0f} {h:.0f}",
        width=round(w),
        height=round(h),
        role="img",
        lang=language,
        aria_labelledby=f"{name}-t {name}-d",
        font_family=FACE,
        **attributes,
    )
