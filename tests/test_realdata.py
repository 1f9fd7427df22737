"""The real logs: counts known from other people's work, and pm4py where it computes the same thing."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from mappings.load import load_project
from mappings.project import Project, ProjectFile
from mappings.source import Source
from mining.findings import Findings
from mining.ledger import CLOCKS, KINDS, Ledger, book
from mining.variants import directly_follows, variants
from tests.mining_run import mined, stored_log

pytestmark = pytest.mark.realdata
AS_OF = datetime(2020, 1, 1, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def receipt(realdata: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Findings, Ledger]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZAAKSTROOM_DATA", str(realdata))
        project = load_project(ROOT / "mappings" / "wabo-receipt")
        return mined(stored_log(project, tmp_path_factory.mktemp("receipt")), project, AS_OF)


@cache
def of_xes(path: Path, work: Path, **more: str) -> Ledger:
    columns = {
        "case": "case:concept:name",
        "activity": "concept:name",
        "completed_at": {"column": "time:timestamp", "precision": more.pop("precision", "second")},
        **more,
    }
    project = Project(
        file=ProjectFile(name="log", purpose="test", legal_basis="test"),
        folder=path.parent,
        sources=(Source(name="log", kind="xes", path=path.name, columns=columns),),
    )
    return book(stored_log(project, work), project, AS_OF)


def frame(path: Path) -> pd.DataFrame:
    import pm4py
    from pm4py.util import constants

    constants.SHOW_INTERNAL_WARNINGS = False
    return pm4py.read_xes(str(path), show_progress_bar=False, return_legacy_log_object=False)


def pm4py_dfg(events: pd.DataFrame) -> dict[tuple[str, str], int]:
    import pm4py

    return {pair: int(n) for pair, n in pm4py.discover_dfg(events)[0].items()}


def test_the_receipt_log_has_the_counts_that_others_found(receipt: tuple[Findings, Ledger]) -> None:
    log = receipt[0].log
    assert (log.cases, log.events, log.activities, log.variants) == (1434, 8577, 27, 116)
    assert receipt[0].variants[0].share == pytest.approx(0.4972, abs=5e-5)
    assert sum(v.cases for v in receipt[0].variants) == 1434
    counts = {(e.from_, e.to): e.count for e in receipt[0].dfg}
    assert counts["Confirmation of receipt", "T02 Check confirmation of receipt"] == 1079
    assert counts["T04 Determine confirmation of receipt", "T05 Print and send confirmation of receipt"] == 1177
    assert counts["T05 Print and send confirmation of receipt", "T06 Determine necessity of stop advice"] == 791


def test_the_law_holds_for_every_receipt_case_in_both_clocks(receipt: tuple[Findings, Ledger]) -> None:
    ledger = receipt[1]
    segments = ledger.segments.to_pandas()
    cases = ledger.cases.to_pandas().set_index("case_id")
    lead = segments[segments.on_path & (segments.phase == "lead") & (segments.episode == 1)]
    for clock in CLOCKS:
        parts = lead.groupby("case_id")[[f"{clock}_{kind}" for kind in KINDS]].sum().sum(axis=1)
        whole = cases.loc[parts.index, f"booked_{clock}"].astype("int64")
        assert (parts == whole).all()
        assert (segments[[f"{clock}_{kind}" for kind in KINDS]] >= 0).all().all()


def test_elapsed_lead_time_is_from_start_date_to_end_date(receipt: tuple[Findings, Ledger], realdata: Path) -> None:
    """The same in pandas: whole local days where a date has no time, else the exact time."""
    table = pd.read_csv(realdata / "coselog-receipt" / "receipt.csv", dtype=str)
    case = table.groupby("case:concept:name")[["case:startdate", "case:enddate"]].first()
    times = case.apply(lambda c: pd.to_datetime(c, utc=True, format="ISO8601").dt.tz_convert("Europe/Amsterdam"))
    times = times[times["case:enddate"].dt.year > 1990]
    is_day = times.apply(lambda c: c.dt.strftime("%H:%M:%S").isin(["00:00:00", "01:06:40"])).any(axis=1)
    whole = times.apply(lambda c: c.dt.tz_localize(None).dt.normalize())
    days = (whole["case:enddate"] - whole["case:startdate"]).dt.total_seconds()
    exact = (times["case:enddate"] - times["case:startdate"]).dt.total_seconds()
    expected = days.where(is_day, exact).clip(lower=0)
    found = receipt[1].cases.to_pandas().set_index("case_id")["lead_elapsed"].dropna() / 1e6
    assert len(found) == len(expected) == 1329
    difference = (found - expected.loc[found.index]).abs()
    assert difference.max() < 1e-6


def test_the_receipt_page_can_say_how_little_the_log_covers(receipt: tuple[Findings, Ledger]) -> None:
    known = receipt[0].knowledge
    shares = (known.before_first_share, known.recorded_share, known.after_last_share)
    assert sum(shares) == pytest.approx(1)
    assert shares == pytest.approx((0.38, 0.09, 0.52), abs=0.006)
    assert known.recorded_span_median_seconds == pytest.approx(48 * 60, rel=0.02)


def test_the_ladder_adds_up_to_the_mean_lead_time(receipt: tuple[Findings, Ledger]) -> None:
    findings = receipt[0]
    mean = findings.lead_time.elapsed.mean_seconds
    assert sum(r.elapsed.total_seconds for r in findings.ladder) == pytest.approx(mean, rel=1e-12)
    looped = sum(loop.elapsed.total_seconds for loop in findings.loops)
    assert findings.direct_route.elapsed.total_seconds + looped == pytest.approx(mean, rel=1e-12)
    for ladder in (findings.ladder_typical, findings.ladder_slow):
        assert sum(r.elapsed.total_seconds for r in ladder.rungs) == pytest.approx(ladder.mean_seconds, rel=1e-12)


def test_receipt_follows_as_pm4py_says(receipt: tuple[Findings, Ledger], realdata: Path) -> None:
    expected = pm4py_dfg(frame(realdata / "coselog-receipt" / "receipt.xes.gz"))
    assert {(e.from_, e.to): e.count for e in receipt[0].dfg} == expected


def spans(ledger: Ledger) -> pd.Series:
    rows = ledger.timeline.rows.to_pandas()
    return rows.groupby("case_id")["done"].agg(lambda s: (s.max() - s.min()) / 1e6).sort_index()


def pm4py_spans(events: pd.DataFrame) -> pd.Series:
    import pm4py

    by_case = events.groupby("case:concept:name")["time:timestamp"].agg(["min", "max"])
    durations = sorted(pm4py.get_all_case_durations(events))
    own = (by_case["max"] - by_case["min"]).dt.total_seconds()
    assert durations == pytest.approx(sorted(own))
    return own.sort_index()


def test_fines_follow_as_pm4py_says(realdata: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = realdata / "road-traffic-fines" / "road-traffic-fines.xes.gz"
    ledger = of_xes(path, tmp_path_factory.mktemp("fines"), precision="day", event_id=None)
    events = frame(path)
    assert {
        (e.from_, e.to): e.count for e in directly_follows(ledger.timeline.coded, ledger.structures.traces)
    } == pm4py_dfg(events)
    assert len(variants(ledger)[0]) == 231
    own, other = spans(ledger), pm4py_spans(events)
    assert (own.index == other.index).all()
    # a day of 23 or 25 hours lies between two local midnights in spring and autumn; pm4py reads the same instants
    assert (own.to_numpy() == other.to_numpy()).all()


def test_bpic_2012_completions_follow_as_pm4py_says(realdata: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = realdata / "bpic2012" / "bpic2012.xes.gz"
    ledger = of_xes(path, tmp_path_factory.mktemp("bpic"), lifecycle="lifecycle:transition")
    events = frame(path)
    events = events[events["lifecycle:transition"] == "COMPLETE"]
    assert {
        (e.from_, e.to): e.count for e in directly_follows(ledger.timeline.coded, ledger.structures.traces)
    } == pm4py_dfg(events)
    started = ledger.segments.filter(ledger.segments.started.notnull())
    assert started.agg(n=started.count()).to_pyarrow()["n"][0].as_py() > 60_000
