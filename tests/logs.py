"""Small logs written as text next to the assertion.

`log("Z1 intake 1 | Z1 decide 5", received={"Z1": 0})`: case, activity, day after receipt or a clock range.
Days are local midnights of day precision unless a time is given: `2T09:00-10:30` is a range on day 2.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa

from mappings.calendar import Calendar
from mappings.journey import Journey
from mappings.project import Project, ProjectFile
from mappings.source import Source
from mining.columns import CASES, EVENTS
from mining.log import Log

ZONE = ZoneInfo("Europe/Amsterdam")
START = date(2026, 6, 1)
AS_OF = datetime(2027, 6, 1, tzinfo=UTC)
JOURNEY = Journey(
    name="j",
    steps={name: {"lane": "municipality", "layer": "backstage"} for name in ("intake", "ask", "decide")},
    flow={"sequence": ["intake", "ask", "decide"]},
    delivers=["decide"],
    norms=[{"name": "service", "amount": "9d"}],
)
"""Three steps of one lane, to be done in nine days."""


def moment(text: str, start: date = START) -> tuple[datetime, str]:
    """Return instant and precision of '5' (day 5) or '5T09:30'."""
    day, _, clock = text.partition("T")
    on = start + timedelta(int(day))
    hours, _, minutes = (clock or "00:00").partition(":")
    local = datetime(on.year, on.month, on.day, int(hours), int(minutes), tzinfo=ZONE)
    return local.astimezone(UTC), "second" if clock else "day"


def project(journey: Journey | None = None, **source: object) -> Project:
    """Return a project of one source and, perhaps, a journey."""
    file = ProjectFile(name="test", purpose="test", legal_basis="test")
    columns = {"case": "c", "activity": "a", "completed_at": "t"}
    sources = (Source(name="test", kind="csv", path="x.csv", columns=columns, **source),)
    return Project(file=file, folder=".", sources=sources, journeys=(journey,) if journey else (), calendar=Calendar())


def log(
    text: str,
    received: dict[str, str] | None = None,
    closed: dict[str, str] | None = None,
    rules: dict[str, dict] | None = None,
    observed_until: str | None = None,
    start: date = START,
    suspended: dict[int, list[str]] | None = None,
) -> Log:
    """Return the log. An event is 'case activity moment [lane [resource]]'; a range 'T09:00-10:00' has a start.

    `rules` gives an activity its role and what it opens; a lane of '-' is unknown. `suspended` gives an event, by its
    number, the ranges in which it lay still: '2T11:00-14:00', or '2T11:00-3T14:00'.
    """
    rows = [_event(n, part.split(), rules or {}, start) for n, part in enumerate(text.split("|")) if part.strip()]
    for n, ranges in (suspended or {}).items():
        rows[n]["suspended"] = still(ranges, start)
    con = ibis.duckdb.connect()
    ids = {row["case_id"] for row in rows} | set(received or {}) | set(closed or {})
    cases = [_case(case, (received or {}).get(case), (closed or {}).get(case), start) for case in sorted(ids)]
    until = {"test": moment(observed_until, start)[0]} if observed_until else {}
    return Log(
        con=con,
        events=con.create_table("events", pa.Table.from_pylist(rows, schema=EVENTS)),
        cases=con.create_table("cases", pa.Table.from_pylist(cases, schema=CASES)),
        observed_until=until,
    )


def still(ranges: list[str], start: date = START) -> str:
    """Return ranges as the JSON of an event's `suspended`."""
    found = []
    for part in ranges:
        low, high = part.split("-")
        high = high if "T" in high else f"{low.partition('T')[0]}T{high}"
        found.append([int(moment(text, start)[0].timestamp()) * 1_000_000 for text in (low, high)])
    return json.dumps(found, separators=(",", ":"))


def _event(n: int, words: list[str], rules: dict[str, dict], start: date) -> dict:
    case, activity, when, lane, resource = (*words, *("municipality", "")[len(words) - 3 :])
    rule = rules.get(activity, {})
    day, _, clock = when.partition("T")
    begin, dash, end = clock.partition("-")
    done, precision = moment(f"{day}T{end or begin}" if clock else day, start)
    opens = rule.get("opens", (None, None, None))
    return {
        "event_id": f"e{n:04}",
        "source": "test",
        "source_case_id": case,
        "case_id": case,
        "activity": activity,
        "raw_activity": activity,
        "started_at": moment(f"{day}T{begin}", start)[0] if dash else None,
        "completed_at": done,
        "precision": precision,
        "seq": n,
        "resource": resource or None,
        "lane": None if lane == "-" else lane,
        "role": rule.get("role", "act"),
        "opens_step": opens[0],
        "opens_lane": opens[1],
        "opens_until": opens[2],
        "records": 1,
    }


def _case(case: str, received: str | None, closed: str | None, start: date) -> dict:
    row: dict = {"case_id": case, "source": "test", "targets": json.dumps({}), "segments": json.dumps({})}
    for name, value in (("received", received), ("closed", closed)):
        if value is not None:
            row[f"{name}_at"], row[f"{name}_precision"] = moment(value, start)
    return row


def days(microseconds: int) -> float:
    """Return microseconds as days of 24 hours."""
    return microseconds / 86_400_000_000


def hours(microseconds: int) -> float:
    """Return microseconds as hours."""
    return microseconds / 3_600_000_000
