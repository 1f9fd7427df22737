"""The quality page says everything in the reader's language, loads nothing, and shows data as text."""

from __future__ import annotations

import base64
import hashlib
import re
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import html

from flows.gate.guide import GUIDE
from flows.publish.quality_page import QuarantinedRecord, quality_html, write_quality
from mining.quality_catalogue import CATALOGUE
from mining.quality_guide import guide
from mining.results.quality import Measure, Quality, ReconciliationRow, SourceQuality

HOSTILE = "<script>alert(1)</script>\u202etxt\x00"


def quality() -> Quality:
    measures = tuple(
        Measure(
            measure=d.name, title={"nl": d.title[0], "en": d.title[1]}, value=0.25, unit=d.unit, warn=0.1, stop=d.stop,
            verdict="warn" if d.name == "lane_unknown" else "ok",
            detail={"nl": "1.500 van 6.000", "en": "1,500 of 6,000"},
            examples=(HOSTILE,),
        )
        for d in CATALOGUE
    )  # fmt: skip
    return Quality(verdict="warn", sources=(SourceQuality(source="zaken", verdict="warn", measures=measures),))


RECONCILIATION = (
    ReconciliationRow(
        source="zaken", read=6007, stored=6000, replaced=1, already_known=2, ignored=1, quarantined=3, holds=True,
        quarantine_reasons={"completed_at_unreadable": 3},
    ),
)  # fmt: skip
EXAMPLES = [QuarantinedRecord("zaken", "zaken.csv:12", "completed_at_unreadable", HOSTILE, '{"case":"x"}')]


@pytest.fixture(scope="module", params=["nl", "en"])
def page(request: pytest.FixtureRequest) -> str:
    return quality_html(quality(), RECONCILIATION, EXAMPLES, request.param)


def test_it_shows_every_measure_with_what_to_do(page: str):
    at = 0 if 'lang="nl"' in page else 1
    text = html.document_fromstring(page).text_content()
    for d in CATALOGUE:
        assert d.title[at] in text
        assert d.meaning[at] in text
        assert d.remedy[at] in text


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [("freshness", 0.3, "0,3 dagen"), ("freshness", 35.2, "35 dagen"), ("lane_unknown", 0.9997, "> 99,9 %")],
)
def test_little_is_not_none_and_nearly_all_is_not_all(name: str, value: float, told: str) -> None:
    (source,) = quality().sources
    measures = tuple(m.model_copy(update={"value": value}) for m in source.measures if m.measure == name)
    few = Quality(verdict="ok", sources=(source.model_copy(update={"measures": measures}),))
    text = html.document_fromstring(quality_html(few, RECONCILIATION, [], "nl")).text_content()
    assert told in text


def test_it_shows_the_law_as_an_equation(page: str):
    text = re.sub(r"\s+", " ", html.document_fromstring(page).text_content())
    assert (
        "6.007 gelezen = 6.000 opgeslagen + 1 vervangen + 2 al bekend + 1 genegeerd + 3 in quarantaine ✓ klopt" in text
        or "6,007 read = 6,000 stored + 1 replaced + 2 already known + 1 ignored + 3 quarantined ✓ holds" in text
    )


def test_it_has_no_script_and_loads_nothing(page: str):
    assert not re.search(r"(?i)<script|<link\b|<img|\bsrc=|https?://|@import|url\(|\son\w+=|\sstyle=", page)


def test_its_policy_allows_its_own_style_sheet_alone(page: str):
    document = html.document_fromstring(page)
    style = document.findtext(".//style")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = document.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_data_stay_text(page: str):
    assert "&lt;script&gt;alert(1)" in page
    assert "\\u202etxt\\u0000" in page
    assert "\u202e" not in page


def test_headings_do_not_skip_a_level_and_ids_are_unique(page: str):
    document = html.document_fromstring(page)
    levels = [int(e.tag[1]) for e in document.iter("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    ids = document.xpath("//@id")
    assert len(ids) == len(set(ids))


def test_data_docs_are_linked_where_they_are(tmp_path: Path):
    without = write_quality(tmp_path, quality(), RECONCILIATION)
    assert "data-docs" not in without.read_text(encoding="utf-8")
    (tmp_path / "data-docs").mkdir()
    (tmp_path / "data-docs" / "index.html").write_text("x")
    assert "data-docs/index.html" in write_quality(tmp_path, quality(), RECONCILIATION).read_text(encoding="utf-8")


def test_a_law_that_does_not_hold_is_said(page: str):
    broken = RECONCILIATION[0].model_copy(update={"holds": False})
    assert "✗" in quality_html(quality(), (broken,))


def test_every_measure_has_both_languages():
    for d in CATALOGUE:
        assert all(text for pair in (d.title, d.meaning, d.remedy) for text in pair)
    assert len({d.name for d in CATALOGUE}) == len(CATALOGUE)


def test_the_guide_is_what_the_catalogue_says():
    assert GUIDE.read_text(encoding="utf-8") == guide(), "run: python -m flows.gate.guide"
