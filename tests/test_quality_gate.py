"""The gate's verdicts come from Great Expectations, offline; its Data Docs load nothing."""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.gate.data_docs import clean
from flows.gate.expectations import ephemeral_context
from flows.gate.judge import Judgement, judge, refuse_stopped
from flows.gate.process import GateProcess, judge_in_process
from mappings.errors import QualityStop
from mining.results.quality import Measure, Quality


def a_measure(name: str, value: float | None, warn: float | None = None, stop: float | None = None) -> Measure:
    verdict = "not_determinable" if value is None else "ok"
    return Measure(
        measure=name, title={"nl": name, "en": name}, value=value, warn=warn, stop=stop, verdict=verdict,
        examples=("lane: BSN × 1",) if name == "personal_data" else (),
    )  # fmt: skip


MEASURED = {
    "clean": (
        a_measure("lane_unknown", 0.1, warn=0.1),
        a_measure("day_precision", 1.0),
        a_measure("unlinked", None, 0),
    ),
    "doubtful": (a_measure("lane_unknown", 0.11, warn=0.1, stop=0.5), a_measure("future_times", 0.0, warn=0, stop=0.1)),
    "private": (a_measure("lane_unknown", 0.2, warn=0.1), a_measure("personal_data", 1, stop=0)),
}


@pytest.fixture(scope="module")
def judged() -> Iterator[Judgement]:
    """Everything judged once, on a machine without a network."""

    def refuse(*_: object) -> None:
        raise AssertionError("the gate asked for the network")

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GX_ANALYTICS_ENABLED", "true")
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        yield judge(MEASURED)


def verdicts(quality: Quality) -> dict[str, dict[str, str]]:
    return {s.source: {m.measure: m.verdict for m in s.measures} for s in quality.sources}


def test_a_value_above_a_threshold_gives_its_verdict_and_one_on_it_does_not(judged: Judgement):
    assert verdicts(judged.quality) == {
        "clean": {"lane_unknown": "ok", "day_precision": "ok", "unlinked": "not_determinable"},
        "doubtful": {"lane_unknown": "warn", "future_times": "ok"},
        "private": {"lane_unknown": "warn", "personal_data": "stop"},
    }


def test_the_worst_measure_is_the_verdict_of_its_source_and_the_worst_source_that_of_the_run(judged: Judgement):
    assert {s.source: s.verdict for s in judged.quality.sources} == {
        "clean": "ok",
        "doubtful": "warn",
        "private": "stop",
    }
    assert judged.quality.verdict == "stop"


def test_analytics_stay_off_whatever_the_environment_says(judged: Judgement):
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"
    assert ephemeral_context().config.analytics_enabled is False
    assert "posthog" not in sys.modules


def test_the_validation_results_tell_the_severity_of_each_expectation(judged: Judgement):
    failed = [r["expectation_config"] for r in judged.results["private"]["results"] if not r["success"]]
    assert {(f["kwargs"]["column"], f["severity"]) for f in failed} == {
        ("lane_unknown", "warning"),
        ("personal_data", "critical"),
    }


def test_a_stop_is_an_error_that_says_where_what_and_what_to_do(judged: Judgement):
    with pytest.raises(QualityStop) as error:
        refuse_stopped(judged.quality)
    assert error.value.where == "private"
    assert "lane: BSN × 1" in error.value.what
    assert "pseudonymise" in error.value.remedy


def test_without_a_stop_nothing_is_refused(judged: Judgement):
    refuse_stopped(judged.quality.model_copy(update={"sources": judged.quality.sources[:2]}))


def loads(page: str) -> list[str]:
    """Return what a browser would fetch for a page, and the links that lead out."""
    body = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    return re.findall(
        r"(?i)<script|<link\b|<img|<iframe|<object|<embed|@import|url\(|\bsrc(?:set)?=|https?://[^<]*\"", body
    )


def test_data_docs_load_nothing_from_anywhere(judged: Judgement, tmp_path: Path):
    judged.write(tmp_path)
    written = {path.name for path in (tmp_path / "data-docs").iterdir()}
    assert {"index.html", "clean.html", "doubtful.html", "private.html", "private.json"} <= written
    for page in (tmp_path / "data-docs").glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert loads(text) == []
        assert "default-src 'none'" in text
        assert "script-src" not in text


def test_data_docs_still_say_what_was_expected(judged: Judgement):
    assert "personal_data" in judged.pages["private.html"]
    assert "less than or equal to" in judged.pages["private.html"]


@pytest.mark.parametrize(
    "hostile",
    [
        '<script src="https://x.example/a.js"></script>',
        '<link rel="stylesheet" href="//x.example/a.css">',
        '<img src="https://x.example/a.png" srcset="https://x.example/b.png 2x">',
        '<p style="background:url(https://x.example/a.png)" onclick="go()">t</p>',
        '<svg><image href="https://x.example/a.png"/><use xlink:href="https://x.example/a.svg#b"/></svg>',
        '<a href="https://x.example/" ping="https://x.example/p">t</a>',
        '<meta http-equiv="refresh" content="0;url=https://x.example/">',
        "<style>@import 'https://x.example/a.css';</style>",
        '<table background="https://x.example/a.png"><tr><td>t</td></tr></table>',
        '<a href="javascript:alert(1)">t</a>',
    ],
)
def test_cleaning_takes_out_each_way_to_load(hostile: str):
    cleaned = clean(f"<html><head><title>t</title></head><body>{hostile}</body></html>")
    assert "x.example" not in cleaned
    assert "onclick" not in cleaned
    assert "javascript:" not in cleaned


def test_another_process_gives_the_same_verdicts(judged: Judgement):
    other = judge_in_process(MEASURED)
    assert other.quality == judged.quality
    assert set(other.pages) == set(judged.pages)


def test_a_gate_that_is_not_needed_is_closed_at_once():
    with GateProcess() as gate:
        child = gate._child
    assert child.poll() is not None
