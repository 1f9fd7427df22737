"""A page that would be too large to mail is cut, says what it lacks, and stands beside the whole one."""

from __future__ import annotations

from flows.publish.page import page
from flows.publish.page_cut import MOST_BYTES, WHOLE, cut_pages
from mining.findings import Findings
from tests.findings_example import example


def told(findings: Findings) -> str:
    """Return a page without its pictures: as long as what it tells."""
    return findings.model_dump_json()


def test_a_page_that_fits_is_one_file_and_says_nothing_of_a_cut() -> None:
    files = cut_pages(example(), page)
    assert list(files) == ["index.html"]
    assert len(files["index.html"]) < MOST_BYTES
    assert WHOLE not in files["index.html"].decode()


def test_a_page_that_is_too_large_is_cut_with_a_notice_and_the_whole_one_lies_beside_it() -> None:
    whole = len(page(example()).encode())
    files = cut_pages(example(), page, most=whole - 1000)
    assert set(files) == {"index.html", WHOLE}
    short, full = files["index.html"].decode(), files[WHOLE].decode()
    assert len(files["index.html"]) <= whole - 1000
    assert "data-panel=" in full
    assert "data-panel=" not in short
    for said in ("in het bestand whole.html", "in the file whole.html"):
        assert said in short
        assert said not in full


def test_the_first_cut_that_is_enough_is_the_last() -> None:
    sizes = [len(told(example())), len(told(example(step_details=())))]
    cut = Findings.model_validate_json(cut_pages(example(), told, most=sizes[1] + 2000)["index.html"])
    assert cut.step_details == ()
    assert cut.ladder_slow is not None
    most = Findings.model_validate_json(cut_pages(example(), told, most=10)["index.html"])
    assert most.ladder_slow is None
    assert "ladders of typical and slow cases" in most.notices[0]["en"]
