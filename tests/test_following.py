"""What docs/following.md says is so: its columns are those of the exports, and its numbers those of the findings."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from flows.request import RunRequest
from flows.run import run
from flows.simulator.simulate import AS_OF, simulate

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "following.md").read_text("utf-8")


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("following")
    simulate(folder / "data", cases=80, seed=11)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZAAKSTROOM_DEMO_DATA", str(folder / "data"))
        run(RunRequest(ROOT / "mappings" / "demo", folder / "out" / "demo", folder / "store", as_of=AS_OF))
    return folder


@pytest.fixture(scope="module")
def by_hand(work: Path) -> dict[str, Any]:
    """Run the code of the page."""
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    known: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(work)
        exec(compile(code, "docs/following.md", "exec"), known)
    return dict(known["by_hand"])


def findings_of(work: Path) -> dict[str, Any]:
    return dict(json.loads((work / "out" / "demo" / "latest" / "findings.json").read_text("utf-8")))


def test_each_number_that_the_page_follows_is_that_of_the_findings(work: Path, by_hand: dict[str, Any]) -> None:
    f = findings_of(work)
    of = {name: next(x for x in f[name] if x["step"] == "investigation") for name in ("ladder", "steps")}
    above = next(x for x in f["above_design"] if x["name"] == ["investigation"])
    certain = f["certain_wait"]
    term = next(norm for norm in f["norms"] if norm["name"] == "legal")
    assert by_hand == pytest.approx(
        {
            "cases": f["cohort"]["cases"],
            "mean lead time": f["lead_time"]["elapsed"]["mean_seconds"],
            "median lead time": f["lead_time"]["elapsed"]["median_seconds"],
            "ninth decile": f["lead_time"]["elapsed"]["p90_seconds"],
            "mean in working hours": f["lead_time"]["working"]["mean_seconds"],
            "direct route": f["direct_route"]["elapsed"]["total_seconds"],
            "a rung": of["ladder"]["elapsed"]["total_seconds"],
            "its reach": of["ladder"]["reach"],
            "its visits per case reached": of["ladder"]["visits"],
            "lead time of a visit, median": of["steps"]["elapsed_median_seconds"],
            "first time right (proxy)": of["steps"]["first_time_right_share"],
            "booked as declared": f["knowledge"]["declared_share"],
            "a loop": f["loops"][0]["elapsed"]["total_seconds"],
            "a handoff, times": f["handoffs"][0]["count"],
            "wait after it": f["handoffs"][0]["elapsed_wait_seconds"],
            "mean of the slow cases": f["ladder_slow"]["mean_seconds"],
            "cases of the first variant": f["variants"][0]["cases"],
            "mean work in hand": f["wip"]["mean"],
            "recorded wait": certain["elapsed_seconds"] - certain["of_unknown_elapsed_seconds"],
            "time above design": above["above_seconds"],
            "days of the term used": term["legal"]["used_mean_days"],
            "terms met": term["met"],
            "terms missed": term["missed"],
            "suspended days": term["legal"]["suspended_days"],
            "overdue": term["legal"]["overdue"],
            "mean in days of the term": f["lead_time"]["legal"]["total_days"],
            "a rung in days of the term": of["ladder"]["legal"]["total_days"],
        },
        rel=1e-9,
    )


@pytest.mark.parametrize("name", ["ledger", "cases", "legal_cases", "legal_changes", "legal_segments"])
def test_every_column_of_the_exports_stands_on_the_page(work: Path, name: str) -> None:
    told = set(re.findall(r"`(\w+)`", PAGE))
    # the other clock has the same kinds, and is told once
    told |= {column.replace("elapsed_", "working_") for column in told}
    told |= {"zaaktype", "persona", "outcome", "segments", "targets"}
    columns = pq.read_schema(work / "out" / "demo" / "latest" / "export" / f"{name}.parquet").names
    assert set(columns) - told == set()


def test_the_end_of_each_term_and_its_verdict_follow_from_the_exported_days(work: Path) -> None:
    export = work / "out" / "demo" / "latest" / "export"
    terms = pq.read_table(export / "legal_cases.parquet").to_pylist()
    assert {term["verdict"] for term in terms} >= {"met", "missed", "open", "ended_otherwise"}
    for term in terms:
        moved = term["suspended"] + term["extended"] + term["rolled"]
        assert term["end_day"] == term["begin_day"] + 56 + moved
        if term["used"] is not None:
            assert term["used"] + term["suspended_until_then"] == term["at_day"] - term["begin_day"]
        if term["verdict"] in ("met", "missed"):
            assert term["verdict"] == ("met" if term["stop_day"] <= term["end_day"] else "missed")
    assert sum(term["is_overdue"] for term in terms) == sum(
        term["verdict"] == "open" and term["at_day"] > term["end_day"] for term in terms
    )
