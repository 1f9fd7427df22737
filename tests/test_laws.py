"""The laws of the ledger over generated logs: ties, missing starts, overlaps, branches, turns, nights of change."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mappings.journey import Journey
from mining.ladder import ladder
from mining.lead_time import cohort, direct_route, lead_times
from mining.ledger import CLOCKS, KINDS, Ledger, book
from mining.log import Log
from mining.loops import loops
from tests.logs import AS_OF, log, project
from tests.mining_run import cohort_segments

STEPS = ("intake", "supplement", "municipality", "partner", "decide", "archive")
JOURNEY = Journey(
    name="j",
    steps={s: {"lane": "partner" if s == "partner" else "municipality", "layer": "backstage"} for s in STEPS},
    flow={
        "sequence": [
            "intake",
            {"optional": "supplement"},
            {"parallel": ["municipality", "partner"]},
            "decide",
            "archive",
        ]
    },
    delivers=["decide"],
    ends_without_delivery=["withdraw"],
    reopens=["reopen"],
)
RULES = {
    "request": {"opens": ("supplement", "citizen", "done")},
    "state": {"opens": ("municipality", "municipality", "next")},
    "call": {"role": "contact"},
    "mail": {"role": "automatic"},
}
ACTIVITIES = (*STEPS, "request", "state", "call", "mail", "withdraw", "reopen")
LANES = ("municipality", "partner", "citizen", "-")


@st.composite
def events(draw: st.DrawFn, case: str) -> str:
    """Return one event as text: a day alone, a time, or a range with a start; within eight days around a switch."""
    activity = draw(st.sampled_from(ACTIVITIES))
    day, lane = draw(st.integers(0, 8)), draw(st.sampled_from(LANES))
    kind = draw(st.sampled_from(["day", "time", "range", "range"]))
    if kind == "day":
        return f"{case} {activity} {day} {lane}"
    begin, length = draw(st.integers(0, 22)), draw(st.integers(0, 5))
    end = min(begin + length, 23)
    clock = f"{begin:02}:30-{end:02}:30" if kind == "range" else f"{begin:02}:30"
    return f"{case} {activity} {day}T{clock} {lane}"


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, dict[str, str], dict[str, str], date]:
    """Return a log of sixty cases as text, with their receipt and closing, near a switch of the clock."""
    parts, received, closed = [], {}, {}
    for n in range(60):
        case = f"Z{n:02}"
        parts += draw(st.lists(events(case), min_size=0 if n else 1, max_size=9))
        if draw(st.booleans()):
            received[case] = draw(st.sampled_from(["0", "0T09:00", "2T13:15"]))
        if draw(st.booleans()):
            closed[case] = draw(st.sampled_from(["9", "6T16:00", "1T00:10"]))
    start = draw(st.sampled_from([date(2026, 3, 26), date(2026, 10, 22), date(2026, 6, 1)]))
    return " | ".join(parts), received, closed, start


def read(drawn: tuple[str, dict[str, str], dict[str, str], date]) -> Log:
    text, received, closed, start = drawn
    return log(text, received, closed, RULES, start=start)


def rows(table: object) -> list[dict]:
    return table.to_pyarrow().to_pylist()


generated = settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    # an example costs a second: a failing one is shown as it was found, not made smaller for minutes
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


@generated
@given(cases())
def test_lead_time_adds_up_to_the_microsecond_in_both_clocks(drawn) -> None:
    made = read(drawn)
    ledger = book(made, project(JOURNEY), AS_OF)
    segments = [s for s in rows(ledger.segments) if s["on_path"]]
    clocks = ends_of_phases(ledger)
    for clock in CLOCKS:
        booked: dict[tuple, int] = {}
        for s in segments:
            parts = [s[f"{clock}_{kind}"] for kind in KINDS]
            assert min(parts) >= 0
            assert sum(parts) == s[f"{clock}_total"]
            key = (s["case_id"], s["phase"], s["episode"])
            booked[key] = booked.get(key, 0) + sum(parts)
        assert booked == clocks[clock]


def ends_of_phases(ledger: Ledger) -> dict[str, dict[tuple, int]]:
    """C(phase end) − C(phase start), read from the clocks at the two ends alone."""
    s = ledger.segments.filter(ledger.segments.on_path)
    ends = s.group_by(["case_id", "phase", "episode"]).agg(
        low=s.since.min(), high=s["at"].max(), whole_days=s.whole_days.any()
    )
    for moment in ("low", "high"):
        ends = ledger.timeline.clocks.with_clocks(ends, moment)
    return {
        clock: {(r["case_id"], r["phase"], r["episode"]): r[f"high_{clock}"] - r[f"low_{clock}"] for r in rows(ends)}
        for clock in CLOCKS
    }


@generated
@given(cases())
def test_direct_route_and_loops_and_the_ladder_each_add_up_to_the_mean(drawn) -> None:
    ledger = book(read(drawn), project(JOURNEY), AS_OF)
    segments = cohort_segments(ledger)
    n = cohort(ledger, AS_OF).cases
    times = lead_times(ledger, segments)
    if not n:
        assert times.elapsed.mean_seconds is None
        return
    listed, rest, _ = loops(ledger, segments, n)
    route = direct_route(segments, n)
    rungs = ladder(ledger, segments, project(JOURNEY))
    assert rest is None
    for clock in CLOCKS:
        mean = getattr(times, clock).mean_seconds
        looped = sum(getattr(loop, clock).total_seconds for loop in listed)
        assert getattr(route, clock).total_seconds + looped == pytest.approx(mean, abs=1e-6)
        assert sum(getattr(rung, clock).total_seconds for rung in rungs) == pytest.approx(mean, abs=1e-6)
    for rung in rungs:
        product = rung.reach * rung.visits * (rung.elapsed_per_visit_seconds or 0)
        assert product == pytest.approx(rung.elapsed.total_seconds, abs=1e-6)


@generated
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_in_which_rows_are_stored_changes_nothing(drawn, random) -> None:
    made = read(drawn)
    table = made.events.to_pyarrow()
    order = list(range(table.num_rows))
    random.shuffle(order)
    other = read(drawn)
    shuffled = other.con.create_table("shuffled", table.take(pa.array(order)))
    again = Log(other.con, shuffled, other.cases, other.attempts, other.observed_until)
    columns = ["case_id", "event_id", "position", "phase", "step", "lane", "loop", "elapsed_total", "working_total"]

    def booked(given_log: Log) -> list[dict]:
        ledger = book(given_log, project(JOURNEY), AS_OF)
        return rows(ledger.segments.select(*columns).order_by("case_id", "position"))

    assert booked(made) == booked(again)
