"""Certain wait against a second, slow reading of docs/measures.md, a segment at a time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from mappings.journey import Journey
from mining.amounts import rows_of
from mining.certain_wait import certain_wait
from mining.days import working_between
from mining.ledger import book
from mining.summed import summed
from tests.logs import AS_OF, log, project
from tests.mining_run import cohort_segments

ZONE = ZoneInfo("Europe/Amsterdam")
CLOSED = (date(2026, 4, 3), date(2026, 4, 6))
"""Good Friday and Easter Monday, on which the reference calendar has no hours."""
DAY = 24 * 3600
JOURNEY = {
    "name": "test",
    "kind": "designed",
    "steps": {name: {"activities": [name], "lane": "municipality", "layer": "backstage"} for name in "ABC"},
    "flow": {"sequence": ["A", {"parallel": ["B", "C"]}]},
}


@st.composite
def logs_of_dates_and_times(draw: st.DrawFn) -> tuple[str, dict[str, str], date]:
    """Return cases of which some events are known by date, some by time, some with a start, and some receipts too."""
    parts, received = [], {}
    for n in range(6):
        for _ in range(draw(st.integers(1, 5))):
            day, at = draw(st.integers(1, 12)), draw(st.integers(0, 23))
            form = draw(
                st.sampled_from(["{day}", "{day}", "{day}T{at:02}:30", "{day}T{at:02}:30", "{day}T{at:02}:00-23:45"])
            )
            parts.append(f"Z{n} {draw(st.sampled_from('AABC'))} {form.format(day=day, at=at)}")
        told = draw(st.sampled_from([None, "0", "1", "0T11:00"]))
        received |= {f"Z{n}": told} if told else {}
    return " | ".join(parts), received, draw(st.sampled_from([date(2026, 3, 26), date(2026, 10, 22), date(2026, 6, 1)]))


def instant(microseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)


def local_date(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


def at_hour(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), ZONE).astimezone(UTC)


def by_hand(segments: list[dict], hours: Any) -> tuple[float, float]:
    """Return the part of the unknown time that was certainly waiting, in seconds: elapsed and working."""
    elapsed = working = 0.0
    before: dict[Any, str] = {}
    for s in sorted(segments, key=lambda s: (s["case"], s["position"])):
        is_after_a_date = before.get(s["case"], s["received_precision"]) == "day"
        before[s["case"]] = s["precision"]
        since, free, at = (instant(s[name]) for name in ("since", "free", "at"))
        if s["started"] is not None or free <= since:
            continue
        day = local_date(at)
        is_closed = day.weekday() > 4 or day in CLOSED
        opens = at_hour(day, 0) if is_closed or at < at_hour(day, 9) else at_hour(day, 9)
        begun = min(at_hour(local_date(since) + timedelta(1), 0), free) if is_after_a_date else since
        possible = min(max(opens, begun), free)
        if s["whole_days"]:
            elapsed += (local_date(possible) - local_date(begun)).days * DAY
        else:
            elapsed += (possible - begun).total_seconds()
        working += working_between(hours, begun, possible) / 1e6
    return elapsed, working


@settings(
    max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)
@given(logs_of_dates_and_times(), st.booleans())
@example(("Z3 A 8T21:30", {"Z3": "0T11:00"}, date(2026, 3, 26)), True)
def test_the_certain_part_of_unknown_time_is_that_of_a_walk_over_the_segments(
    drawn: tuple[str, dict[str, str], date], has_parallel_steps: bool
) -> None:
    text, received, start = drawn
    made = log(text, received=received, start=start)
    told = project(Journey.model_validate(JOURNEY) if has_parallel_steps else None)
    ledger = book(made, told, AS_OF)
    segments = cohort_segments(ledger)
    rows = rows_of(segments.join(ledger.cases.select("case", "received_precision"), "case"))
    found = certain_wait(made, ledger, segments, summed(ledger, segments).segments, told, 1)
    wanted = by_hand(rows, told.calendar.reference)
    assert (found.of_unknown_elapsed_seconds, found.of_unknown_working_seconds) == wanted
