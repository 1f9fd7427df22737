"""A picture as PNG, for slides and mails that take no SVG.

In: an SVG of ours that stands alone. Out: PNG bytes, drawn with the face that the labels were measured with.
"""

from __future__ import annotations

from flows.publish.a3 import fonts

SCALE = 2.0
"""Sharp on a slide and still small."""
_UNITS_AN_INCH = 96
"""Of an SVG (CSS, absolute lengths)."""
_PAGE = b'#set page(width: auto, height: auto, margin: 0pt, fill: white)\n#image("picture.svg")\n'


def png(svg: str, scale: float = SCALE) -> bytes:
    """Return the picture as PNG, `scale` pixels for each of its units."""
    import typst

    files = {"main": _PAGE, "picture.svg": svg.encode()}
    drawn: bytes = typst.compile(files, format="png", ppi=_UNITS_AN_INCH * scale, font_paths=[str(fonts())])
    return drawn
