"""A picture as PNG, for slides and mails that take no SVG.

In: an SVG of ours that stands alone. Out: PNG bytes, drawn with the face that the labels were measured with.
"""

from __future__ import annotations

from flows.publish.a3 import fonts

SCALE = 2.0
"""Sharp on a slide and still small."""


def png(svg: str, scale: float = SCALE) -> bytes:
    """Return the picture as PNG, `scale` pixels for each of its units."""
    import vl_convert

    vl_convert.register_font_directory(str(fonts()))
    drawn: bytes = vl_convert.svg_to_png(svg.replace("system-ui, 'Segoe UI', ", ""), scale=scale)
    return drawn
