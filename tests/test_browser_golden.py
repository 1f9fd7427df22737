"""The map as it was last looked at: its geometry to the tenth of a pixel, its look with a tolerance for other fonts.

When a change is meant, look at the new picture and write it anew:
ZAAKSTROOM_GOLDEN=write pytest tests/test_browser_golden.py
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from flows.publish.page import page
from flows.publish.svg.value_stream import value_stream_svg
from mining.findings import Findings
from tests.browser_pages import show, tab_of
from tests.findings_example import example, many_steps
from tests.findings_parts import STEPS

GOLDEN = Path(__file__).parent / "golden"
MAPS = {"5-steps": (example(STEPS[:5]), False), "9-steps": (example(), False), "40-steps": (many_steps(), True)}
PLACES = ("x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "width", "height", "d", "points")
NUMBER = re.compile(r"-?\d+\.?\d*")
MEAN, WORST = 2.5, 90.0
"""Of 255 grey values: how far the pictures may be apart on average, and in any one spot of an eighth of an inch."""
APART = """async ([one, other]) => {
  const greys = async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const wide = 96, high = Math.round((image.height / image.width) * wide);
    const canvas = new OffscreenCanvas(wide, high), paper = canvas.getContext("2d");
    paper.imageSmoothingQuality = "high";
    paper.drawImage(image, 0, 0, wide, high);
    const pixels = paper.getImageData(0, 0, wide, high).data;
    return Array.from({ length: wide * high }, (_, i) => (pixels[4 * i] + pixels[4 * i + 1] + pixels[4 * i + 2]) / 3);
  };
  const [a, b] = [await greys(one), await greys(other)];
  const apart = a.map((grey, i) => Math.abs(grey - b[i]));
  return [a.length === b.length, apart.reduce((sum, each) => sum + each, 0) / apart.length, Math.max(...apart)];
}"""


def drawn(findings: Findings, is_folded: bool) -> str:
    """Return the map, a line a shape: what it is, where it stands, what it says."""
    tree = etree.fromstring(value_stream_svg(findings, "nl", is_folded=is_folded).encode())
    return "\n".join(line for shape in tree.iter(etree.Element) for line in told(shape)) + "\n"


def told(shape: Any) -> Iterator[str]:
    kind = etree.QName(shape).localname
    places = [
        f"{name}={NUMBER.sub(lambda n: f'{float(n[0]):.1f}', shape.get(name))}" for name in PLACES if shape.get(name)
    ]
    if kind not in ("title", "desc", "defs", "g") and places:
        yield " ".join([kind, *places, (shape.text or "") if kind == "text" else ""]).rstrip()


@pytest.mark.parametrize("name", MAPS)
def test_the_map_is_drawn_as_it_was(name: str) -> None:
    text, golden = drawn(*MAPS[name]), GOLDEN / f"map-{name}.txt"
    if os.environ.get("ZAAKSTROOM_GOLDEN") == "write":
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")


@pytest.mark.browser
@pytest.mark.parametrize("name", MAPS)
def test_the_map_looks_as_it_did(browser: Any, tmp_path: Path, name: str) -> None:
    findings, is_folded = MAPS[name]
    file, golden = tmp_path / "index.html", GOLDEN / f"map-{name}.png"
    file.write_text(page(findings), "utf-8")
    with tab_of(browser, file.as_uri(), device_scale_factor=0.5, color_scheme="light") as tab:
        show(tab, "nl", fold="phases" if is_folded else "steps", zoom="whole")
        taken = tab.locator("#nl-map figure.map svg >> visible=true").first.screenshot()
        if os.environ.get("ZAAKSTROOM_GOLDEN") == "write":
            golden.write_bytes(taken)
        tab.goto("about:blank")
        pictures = [base64.b64encode(each).decode() for each in (taken, golden.read_bytes())]
        is_as_large, mean, worst = tab.evaluate(APART, pictures)
    assert is_as_large
    assert mean < MEAN
    assert worst < WORST
