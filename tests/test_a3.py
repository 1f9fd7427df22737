"""The A3 and the PNG: one page, tagged, true to the findings, and safe with hostile labels."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from pypdf import PdfReader

from flows.publish.a3 import LARGEST, Told, a3_pdf
from flows.publish.page import write_publication
from flows.publish.page_numbers import Numbers
from flows.publish.png import SCALE, png
from flows.publish.svg.value_stream import value_stream_svg
from flows.publish.words import Words
from mining.findings import Findings
from tests.findings_example import example, hostile, many_steps

CARDS = tuple(Told(f"Kaart {n}", "Wij denken dat vooraf invullen leidt tot minder aanvullen. " * 2) for n in (1, 2, 3))


def opened(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in opened(pdf).pages).split())


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("findings", [example(), hostile(), many_steps()], ids=["chain", "hostile", "40 steps"])
def test_it_is_one_sheet_of_a3_tagged_and_with_a_title(findings: Findings, language: str):
    reader = opened(a3_pdf(findings, language, CARDS))
    assert len(reader.pages) == 1
    assert [round(float(each) / 72 * 25.4) for each in reader.pages[0].mediabox[2:]] == [420, 297]
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith(language)
    assert reader.metadata is not None
    assert reader.metadata.title
    assert "pdfuaid:part" in root["/Metadata"].get_data().decode()


@pytest.mark.parametrize("language", ["nl", "en"])
def test_its_facts_and_amounts_are_those_of_the_findings(language: str):
    findings, numbers = example(), Numbers(Words(language))
    text = text_of(a3_pdf(findings, language))
    elapsed = findings.lead_time.elapsed
    for amount in (elapsed.mean_seconds, elapsed.median_seconds, findings.direct_route.elapsed.total_seconds):
        assert numbers.short(amount).replace("\u00a0", " ") in text.replace("\u00a0", " ")
    for each in findings.above_design[:LARGEST]:
        assert numbers.short(each.above_seconds).replace("\u00a0", " ") in text.replace("\u00a0", " ")


def test_the_map_has_words_for_who_cannot_see_it():
    assert "Value stream" in _alternatives(opened(a3_pdf(example(), "en")))


def _alternatives(reader: PdfReader) -> str:
    said: list[str] = []

    def walk(node: object) -> None:
        resolved = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(resolved, dict):
            if "/Alt" in resolved:
                said.append(str(resolved["/Alt"]))
            walk(resolved.get("/K"))
        elif isinstance(resolved, list):
            for each in resolved:
                walk(each)

    walk(reader.trailer["/Root"]["/StructTreeRoot"])
    return " ".join(said)


def test_chosen_cards_stand_on_it_and_an_empty_place_where_none_is_chosen():
    assert "Kaart 2" in text_of(a3_pdf(example(), "nl", CARDS))
    assert "Nog geen verbeterkaart" in text_of(a3_pdf(example(), "nl"))


def test_markup_in_a_label_stays_text():
    card = Told("#strong[x] $a$ *b* @c", '#read("/etc/passwd")')
    text = text_of(a3_pdf(example(), "nl", (card,)))
    assert "#strong[x] $a$ *b* @c" in text
    assert '#read("/etc/passwd")' in text


def test_the_png_is_the_map_at_twice_its_size():
    drawn = value_stream_svg(example(), "nl")
    wide, high = (int(drawn.split(f' {side}="')[1].split('"')[0]) for side in ("width", "height"))
    content = png(drawn)
    assert content.startswith(b"\x89PNG")
    assert struct.unpack(">II", content[16:24]) == (wide * SCALE, high * SCALE)


def test_the_publication_holds_page_map_and_a3(tmp_path: Path):
    written = write_publication(example(), tmp_path / "run")
    assert [path.name for path in written] == ["index.html", "value-stream.svg", "value-stream.png", "a3.pdf"]
    assert all(path.stat().st_size > 10_000 for path in written)
