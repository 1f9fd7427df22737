"""Where pm4py computes the same thing we say what it says; where it is wrong, its figure stands beside ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import pytest

from mappings.calendar import Calendar, Hours
from mappings.source import Source
from mining.ledger import Ledger, book
from mining.variants import directly_follows, variants
from tests.extraction import read_csv
from tests.logs import AS_OF, hours, log, project
from tests.mining_run import stored_log

ZONE = "Europe/Amsterdam"
DAY = 24 * 3600
OFFICE = [(day * DAY + 9 * 3600, day * DAY + 17 * 3600) for day in range(5)]
SUNDAY_NIGHT = [(6 * DAY, 6 * DAY + 8 * 3600)]
Rows = Sequence[tuple[Any, ...]]


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """pm4py warns of its own options, and warnings are errors here."""
    from pm4py.util import constants

    monkeypatch.setattr(constants, "SHOW_INTERNAL_WARNINGS", False)


def pm4py_frame(rows: Rows) -> pd.DataFrame:
    """Rows of case, activity, completion and perhaps start, in local time or with a zone, as pm4py reads them."""
    import pm4py

    columns = ["case:concept:name", "concept:name", "time:timestamp", "start_timestamp"][: len(rows[0])]
    frame = pd.DataFrame(rows, columns=columns, dtype=object)
    for column in columns[2:]:
        moments = pd.to_datetime(frame[column])
        frame[column] = moments.dt.tz_localize(ZONE) if moments.dt.tz is None else moments
    return pm4py.format_dataframe(frame)


def pm4py_working_hours(rows: Rows, slots: list[tuple[int, int]]) -> float:
    """What pm4py says lies between the only two activities, in the business hours of a week."""
    import pm4py

    (edge,) = pm4py.discover_performance_dfg(pm4py_frame(rows), business_hours=True, business_hour_slots=slots)[
        0
    ].values()
    return float(edge["sum"]) / 3600


def test_a_summer_day_at_the_office_has_eight_hours_where_pm4py_reads_six() -> None:
    rows = [("Z", "a", "2026-06-10 09:00"), ("Z", "b", "2026-06-10 17:00")]
    ledger = book(log("Z a 9T09:00 | Z b 9T17:00"), project(), AS_OF)
    assert [hours(w) for w in ledger.cases.to_pyarrow()["lead_working"].to_pylist()] == [8.0]
    assert pm4py_working_hours(rows, OFFICE) == 6.0


@pytest.mark.parametrize(("day", "ours", "theirs"), [("2026-03-29", 7.0, 6.0), ("2026-10-25", 9.0, 7.0)])
def test_work_in_the_night_of_the_switch_has_its_true_length_where_pm4py_has_not(
    day: str, ours: float, theirs: float
) -> None:
    rows = [("Z", "a", f"{day} 00:00"), ("Z", "b", f"{day} 08:00")]
    night = Calendar(reference=Hours(weekly={"sun": ["00:00-08:00"]}, holidays="none"))
    given = project().model_copy(update={"calendar": night})
    ledger = book(log("Z a 0T00:00 | Z b 0T08:00", start=datetime.fromisoformat(day).date()), given, AS_OF)
    (case,) = ledger.cases.to_pyarrow().to_pylist()
    assert (hours(case["lead_elapsed"]), hours(case["lead_working"])) == (ours, ours)
    assert pm4py_working_hours(rows, SUNDAY_NIGHT) == theirs


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_a_day_of_23_or_25_hours_is_one_day_in_a_log_of_dates_where_pm4py_reads_its_hours(day: str) -> None:
    import pm4py

    start = datetime.fromisoformat(day).date()
    after = str(start + timedelta(1))
    (case,) = book(log("Z a 0 | Z b 1", start=start), project(), AS_OF).cases.to_pyarrow().to_pylist()
    assert hours(case["lead_elapsed"]) == 24.0
    frame = pm4py_frame([("Z", "a", day), ("Z", "b", after)])
    (theirs,) = pm4py.get_all_case_durations(frame)
    assert theirs / 3600 == (23.0 if day < "2026-06" else 25.0)


def test_overlapping_work_is_booked_once_where_pm4py_counts_it_twice_and_below_zero() -> None:
    import pm4py

    ledger = book(log("Z A 0T09:00-17:00 | Z B 0T10:00-11:00"), project(), AS_OF)
    booked = ledger.segments.to_pyarrow().to_pylist()
    assert sum(hours(s["elapsed_process"]) for s in booked) == 7.0
    assert sum(hours(s["elapsed_total"]) for s in booked) == 8.0
    assert min(s[f"elapsed_{kind}"] for s in booked for kind in ("wait", "process", "elsewhere", "unknown")) == 0
    frame = pm4py_frame([
        ("Z", "A", "2026-06-01 17:00", "2026-06-01 09:00"),
        ("Z", "B", "2026-06-01 11:00", "2026-06-01 10:00"),
    ])  # fmt: skip
    served = pm4py.get_service_time(frame, aggregation_measure="sum", start_timestamp_key="start_timestamp")
    assert sum(served.values()) / 3600 == 9.0
    assert pm4py.discover_performance_dfg(frame)[0][("A", "B")]["sum"] / 3600 == -7.0


def test_a_row_without_an_activity_is_quarantined_and_counted_where_pm4py_drops_it_unsaid(tmp_path: Path) -> None:
    import pm4py

    kept = read_csv(
        tmp_path,
        """case,what,at
        Z,a,2026-06-10T09:00:00
        Z,,2026-06-11T09:00:00
        Z,b,2026-06-12T09:00:00""",
    )
    assert kept.column("activity") == ["a", "b"]
    assert len(kept.quarantine) == 1
    assert kept.facts.read == kept.facts.accounted == 3
    days = [f"2026-06-{day} 09:00" for day in (10, 11, 12)]
    frame = pm4py_frame([("Z", what, at) for what, at in zip(("a", None, "b"), days, strict=True)])
    assert len(frame) == 2
    assert pm4py.discover_dfg(frame)[0] == {("a", "b"): 1}


def drawn(seed: int) -> Rows:
    """A log of thirty cases of completions over the days around a switch, with ties."""
    random = Random(seed)
    start = datetime(2026, 3, 26, tzinfo=ZoneInfo(ZONE)) if seed % 2 else datetime(2026, 10, 22, tzinfo=ZoneInfo(ZONE))
    first = start.astimezone(ZoneInfo("UTC"))
    rows = []
    for case in range(30):
        for _ in range(random.randrange(1, 12)):
            at = first + timedelta(seconds=random.choice([random.randrange(9 * DAY), 3600 * random.randrange(40)]))
            rows.append((f"Z{case:02}", random.choice("abcdef"), at))
    return rows


def booked(rows: Rows) -> Ledger:
    """The ledger of the same rows, in the same order; each event is worked, completed and tied alike."""
    made = log(" | ".join(f"{case} {activity} 0T00:00" for case, activity, _ in rows))
    moments = pd.Series([at for _, _, at in rows], dtype="datetime64[us, UTC]")
    events = made.events.order_by("seq").to_pyarrow()
    at = events.schema.get_field_index("completed_at")
    events = events.set_column(at, events.schema.field(at), pa.array(moments, events.schema.field(at).type))
    return book(type(made)(made.con, made.con.create_table("given", events), made.cases), project(), AS_OF)


@pytest.mark.parametrize("seed", range(2))
def test_graph_durations_and_variants_of_a_generated_log_are_those_of_pm4py(seed: int) -> None:
    rows = drawn(seed)
    assert_as_pm4py(booked(rows), pm4py_frame(rows))


@pytest.mark.realdata
def test_graph_durations_and_variants_of_the_receipt_log_are_those_of_pm4py(realdata: Path, tmp_path: Path) -> None:
    import pm4py

    path = realdata / "coselog-receipt" / "receipt.xes.gz"
    columns = {"case": "case:concept:name", "activity": "concept:name", "completed_at": "time:timestamp"}
    source = Source(name="receipt", kind="xes", path=path.name, columns=columns)
    given = project().model_copy(update={"sources": (source,), "folder": path.parent})
    frame = pm4py.read_xes(str(path), show_progress_bar=False, return_legacy_log_object=False)
    assert_as_pm4py(book(stored_log(given, tmp_path), given, AS_OF), frame)


def assert_as_pm4py(ledger: Ledger, frame: pd.DataFrame) -> None:
    import pm4py

    counts, starts, ends = pm4py.discover_dfg(frame)
    means = pm4py.discover_performance_dfg(frame)[0]
    own = directly_follows(ledger.timeline.coded, ledger.structures.traces)
    assert {(e.from_, e.to): e.count for e in own} == dict(counts)
    assert {(e.from_, e.to): e.mean_seconds for e in own} == pytest.approx(
        {pair: float(edge["mean"]) for pair, edge in means.items()}, abs=1e-6
    )
    listed = {v.activities: v.cases for v in variants(ledger)[0]}
    assert listed == {tuple(trace): n for trace, n in pm4py.get_variants(frame).items()}
    events = [s for s in ledger.segments.to_pyarrow().to_pylist() if s["event_id"] != s["case_id"]]
    assert sorted(durations(events)) == pytest.approx(sorted(pm4py.get_all_case_durations(frame)), abs=1e-6)
    firsts, lasts = ends_of(listed)
    assert (firsts, lasts) == (Counter(starts), Counter(ends))


def durations(events: list[dict[str, Any]]) -> list[float]:
    """Last completion less the first one, of each case, in seconds."""
    moments: dict[str, list[int]] = {}
    for event in events:
        moments.setdefault(event["case_id"], []).append(event["at"])
    return [(max(m) - min(m)) / 1_000_000 for m in moments.values()]


def ends_of(listed: dict[tuple[str, ...], int]) -> tuple[Counter[str], Counter[str]]:
    firsts: Counter[str] = Counter()
    lasts: Counter[str] = Counter()
    for trace, cases in listed.items():
        firsts[trace[0]] += cases
        lasts[trace[-1]] += cases
    return firsts, lasts
