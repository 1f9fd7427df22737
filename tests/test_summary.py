"""The few lines at the end of a run: little is not none, nearly all is not all, and one is one."""

from __future__ import annotations

from pathlib import Path

from flows.publish.page_known import about
from flows.publish.site import write_site
from flows.publish.svg.scene import Scene
from flows.publish.words import Words
from flows.summary import summary
from mining.findings import Findings
from mining.results.times import Knowledge
from tests.findings_example import example
from tests.test_page_lists import without_closed


def test_little_is_not_none_and_nearly_all_is_not_all() -> None:
    known = Knowledge(before_first_share=0.0004, recorded_share=0.9956, after_last_share=0.004)
    rare = tuple(each.model_copy(update={"above_seconds": 60.0, "cases": 1}) for each in example().above_design[:1])
    told = summary(example(knowledge=known, above_design=rare), Path("out"))
    assert "< 0.1% of the lead time lies before the first event, 99.6% between events, 0.4% after the last" in told
    assert ": < 0.1 days a case (above design, 1 case)" in told


def routed(direct_days: float, loop_days: float) -> Findings:
    """Return the example with so much time straight on, and so much in its one loop."""
    found = example()
    loop = found.loops[0]
    elapsed = loop.elapsed.model_copy(update={"total_seconds": loop_days * 86_400})
    route = found.direct_route.elapsed.model_copy(update={"total_seconds": direct_days * 86_400})
    direct = found.direct_route.model_copy(update={"elapsed": route})
    loops = (loop.model_copy(update={"elapsed": elapsed}),)
    return example(loops=loops, other_loops=None, other_loops_count=0, direct_route=direct)


def test_route_and_loops_add_up_to_the_mean_as_they_are_told(tmp_path: Path) -> None:
    told = summary(routed(12.9535, 1.6512), Path("out"))
    assert "direct route     13.0 days\nloops            1.6 days in 1 kind\n" in told
    assert "loops            < 0.1 days in 1 kind" in summary(routed(12.9535, 0.004), Path("out"))
    (tmp_path / "run-1").mkdir()
    (tmp_path / "run-1" / "findings.json").write_text(routed(12.9535, 1.6512).model_dump_json(by_alias=True), "utf-8")
    (tmp_path / "run-1" / "index.html").write_text("<p>run-1</p>", "utf-8")
    page = write_site(tmp_path).read_text("utf-8")
    assert "13.0\u00a0d" in page
    assert "1.6\u00a0d" in page


def test_cases_that_are_neither_open_nor_measured_are_named() -> None:
    log = example().log
    unmeasured = log.model_copy(update={"cases": log.cases + 2, "without_lead_time": 2})
    assert "106 open, 2 closed without a lead time)" in summary(example(log=unmeasured), Path("out"))
    assert "106 open)" in summary(example(), Path("out"))


def test_the_page_names_them_too() -> None:
    unmeasured = example(log=example().log.model_copy(update={"without_lead_time": 2}))
    assert about(Scene(unmeasured, Words("nl"), "elapsed", "about")).endswith("niet bekend is: 2.")
    assert "zonder doorlooptijd" not in about(Scene(example(), Words("nl"), "elapsed", "about"))


def test_of_a_log_without_an_ended_case_no_part_of_a_lead_time_is_told() -> None:
    told = summary(without_closed(), Path("out"))
    assert "mean not known" in told
    assert not any(part in told for part in ("direct route", "loops", "recorded"))
