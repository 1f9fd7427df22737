"""The few lines at the end of a run: little is not none, nearly all is not all, and one is one."""

from __future__ import annotations

from pathlib import Path

from flows.summary import summary
from mining.results.times import Knowledge
from tests.findings_example import example


def test_little_is_not_none_and_nearly_all_is_not_all() -> None:
    known = Knowledge(before_first_share=0.0004, recorded_share=0.9956, after_last_share=0.004)
    rare = tuple(each.model_copy(update={"above_seconds": 60.0, "cases": 1}) for each in example().above_design[:1])
    told = summary(example(knowledge=known, above_design=rare), Path("out"))
    assert "< 0.1% of the lead time lies before the first event, 99.6% between events, 0.4% after the last" in told
    assert ": < 0.1 days a case (above design, 1 case)" in told
