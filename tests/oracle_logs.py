"""Generated logs that reach what the ledger must bear, as rows: many small cases at once, near a switch of the clock.

Hypothesis draws what a log shares (journey, sources, calendar, dates) and a seed; the cases are made from the seed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa
from hypothesis import strategies as st

from mappings.journey import Journey
from mappings.project import Project, ProjectFile
from mappings.source import Opens, Source
from mining.columns import CASES, EVENTS
from mining.log import Log
from tests.oracle_clocks import to_micros
from tests.oracle_journeys import CALENDARS, JOURNEYS, LANES, STEPS

SPRING, AUTUMN, PLAIN = date(2026, 3, 25), date(2026, 10, 21), date(2026, 6, 1)
SPAN_DAYS = 9
OPENS = {
    "request": ("supplement", "citizen", "done"),
    "ask": ("partner", "partner", "done"),
    "state": ("assess", "municipality", "next"),
    "hold": ("wait", "citizen", "next"),
    "outside": ("elsewhere", None, "done"),
}
ROLES = {"call": "contact", "mail": "automatic", "ping": "automatic"}
ACTIVITIES = (*STEPS, *STEPS, *OPENS, *ROLES, "check", "assess", "municipality", "reopen", "withdraw")
TALES = (
    ("intake", "ask", "municipality", "municipality", "partner", "decide"),
    ("ask", "municipality", "supplement", "municipality", "advice", "partner", "assess"),
    ("intake", "decide", "reopen", "assess", "decide", "archive", "reopen", "withdraw", "reopen", "intake"),
    ("advice", "partner", "municipality", "assess", "municipality", "advice", "decide"),
    ("assess", "advice", "archive", "decide", "request", "partner", "intake", "municipality", "withdraw"),
    ("intake", "assess", "supplement", "check", "supplement", "check", "assess", "intake", "decide"),
    ("request", "mail", "call", "supplement", "state", "assess", "hold", "mail", "decide"),
)
"""Courses of a case in order of time, beside the ones without any order."""
LANE_NAMES = ("municipality", "municipality", "front", "partner", "citizen", "stranger", None)


@dataclass(frozen=True)
class Drawn:
    """A log as rows, with the project that it is read under."""

    project: Project = field(repr=False)
    events: list[dict[str, Any]] = field(repr=False)
    cases: list[dict[str, Any]] = field(repr=False)
    as_of: datetime
    observed_until: dict[str, datetime]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.project.file.zone)

    @property
    def received_opens(self) -> Opens | None:
        return self.project.sources[0].received_opens

    def of(self, case: str) -> list[dict[str, Any]]:
        """The rows of one case, to be read beside a disagreement."""
        return [row for row in (*self.cases, *self.events) if row["case_id"] == case]

    def log(self, con: Any = None) -> Log:
        """Return the rows as engine tables."""
        con = con or ibis.duckdb.connect()
        events = con.create_table("events", pa.Table.from_pylist(self.events, schema=EVENTS))
        cases = con.create_table("cases", pa.Table.from_pylist(self.cases, schema=CASES))
        return Log(con, events, cases, observed_until=self.observed_until)


@st.composite
def logs(draw: st.DrawFn, cases: int = 60, journeys: Sequence[Journey | None] = JOURNEYS) -> Drawn:
    """Return a log of that many cases from one to three sources, on one of the journeys."""
    journey = draw(st.sampled_from(journeys))
    zone = draw(st.sampled_from(["Europe/Amsterdam"] * 4 + ["America/New_York"]))
    slots = draw(st.lists(st.sampled_from(["first", "last"]), min_size=1, max_size=3))
    received = draw(st.sampled_from([None, None, Opens(step="intake"), Opens(step="assess", lane="x", until="next")]))
    calendar, start = draw(st.sampled_from(CALENDARS)), draw(st.sampled_from([SPRING, AUTUMN, PLAIN]))
    random = Random(draw(st.integers(0, 2**32)))
    project = project_of(journey, slots, zone, received).model_copy(update={"calendar": calendar})
    makers = [CaseRows(project, random, start, f"Z{n:03}") for n in range(cases)]
    events = [e for maker in makers for e in maker.events()]
    fields = [c for maker in makers for c in maker.fields(draws_ends=journey is None or bool(journey.delivers))]
    random.shuffle(events)
    midnight = datetime.combine(start, time(), ZoneInfo(zone)).astimezone(UTC)
    until = {
        s.name: midnight + timedelta(hours=random.randrange(0, 400)) for s in project.sources if random.random() < 0.7
    }
    return Drawn(project, events, fields, midnight + timedelta(hours=random.randrange(100, 500)), until)


def project_of(journey: Journey | None, slots: list[str], zone: str, received: Opens | None) -> Project:
    columns = {"case": "c", "activity": "a", "completed_at": "t"}
    names = ["zaaksysteem", "partner", "archive"]
    sources = tuple(
        Source(
            name=name,
            kind="csv",
            path="x.csv",
            columns=columns,
            day_slot=slot,
            lane="partner" if name == "partner" else None,
            lanes={"A": "archive"} if name == "archive" else {"M": "municipality"} if n else {},
            received_opens=received if n == 0 else None,
        )
        for n, (name, slot) in enumerate(zip(names, slots, strict=False))
    )
    file = ProjectFile(name="test", purpose="test", legal_basis="test", zone=zone, lanes=LANES)
    return Project(file=file, folder=".", sources=sources, journeys=(journey,) if journey else ())


class CaseRows:
    """Makes the rows of one case; each case has its own share of days, starts, ties and sources."""

    def __init__(self, project: Project, random: Random, start: date, case: str) -> None:
        self.random, self.start, self.case = random, start, case
        self.zone = ZoneInfo(project.file.zone)
        self.sources = [s.name for s in project.sources]
        self.days = random.choice([0.0, 0.0, 0.3, 1.0])
        self.starts = random.choice([0.0, 0.5, 1.0])
        self.few = random.sample(ACTIVITIES, random.choice([3, 5, 20]))
        self.at = self.moment()

    def moment(self) -> datetime:
        """Some instant of the days around a switch: any minute, or one of a few that tie."""
        midnight = datetime.combine(self.start, time(), self.zone).astimezone(UTC)
        if self.random.random() < 0.3:
            return midnight + timedelta(
                hours=24 * self.random.randrange(SPAN_DAYS) + self.random.choice([0, 1, 2, 9, 16])
            )
        return midnight + timedelta(
            seconds=self.random.randrange(SPAN_DAYS * 86_400), microseconds=self.random.choice([0, 1, 999_999])
        )

    def date_of(self, moment: datetime) -> datetime:
        """The local midnight of an instant's date, as a date of day precision is stored."""
        return datetime.combine(moment.astimezone(self.zone).date(), time(), self.zone).astimezone(UTC)

    def events(self) -> list[dict[str, Any]]:
        return [event | {"suspended": self.still(event)} for event in self.made()]

    def still(self, event: dict[str, Any]) -> str | None:
        """When the work lay still: up to three intervals, dates for dates; drawn apart, so the rest stays as it was."""
        low, high = event["started_at"], event["completed_at"]
        random = Random(event["event_id"])
        if low is None or high is None or low >= high or random.random() < 0.5:
            return None
        ends = sorted(low + (high - low) * random.random() for _ in range(2 * random.randint(1, 3)))
        if event["precision"] == "day":
            ends = [max(low, self.date_of(end)) for end in ends]
        told = [to_micros(random.choice([end, end, end, low]) if n == 0 else end) for n, end in enumerate(ends)]
        return json.dumps(list(zip(told[::2], told[1::2], strict=True)), separators=(",", ":"))

    def made(self) -> list[dict[str, Any]]:
        if self.random.random() < 0.35:
            return self.told(self.random.choice(TALES))
        activities = [self.random.choice(self.few) for _ in range(self.random.choice([0, 1, 2, 4, 6, 8, 12]))]
        return [self.event(n, activity) for n, activity in enumerate(activities)]

    def told(self, tale: tuple[str, ...]) -> list[dict[str, Any]]:
        """A tale at rising moments; its own time is the completion that an event was given."""
        made = [self.event(n, activity) for n, activity in enumerate(tale)]
        moments = sorted(self.moment() for _ in tale)
        for event, moment in zip(made, moments, strict=True):
            moment = self.date_of(moment) if event["precision"] == "day" else moment
            if event["completed_at"] is not None and event["started_at"] is not None:
                event["started_at"] += moment - event["completed_at"]
            event["completed_at"] = event["completed_at"] and moment
        return made

    def event(self, n: int, activity: str) -> dict[str, Any]:
        random = self.random
        source = random.choice(self.sources)
        self.at = (
            self.at + timedelta(seconds=random.choice([0, 30, 60, 61])) if random.random() < 0.25 else self.moment()
        )
        done, started, precision = self.at, None, random.choice(["second", "minute"])
        if random.random() < self.days:
            done, precision = self.date_of(done), "day"
        if random.random() < self.starts:
            started = done - timedelta(minutes=random.choice([0, 20, 90, 600, 3000, -45]))
            started = self.date_of(started) if precision == "day" else started
        opens = OPENS.get(activity, (None, None, None))
        return dict.fromkeys(EVENTS.names) | {
            "event_id": f"{self.case}-{n:02}-{random.randrange(100):02}",
            "source": source,
            "source_case_id": self.case,
            "case_id": self.case,
            "activity": activity,
            "raw_activity": activity,
            "started_at": started,
            "completed_at": None if random.random() < 0.04 else done,
            "precision": precision,
            "seq": random.randrange(4),
            "resource": random.choice(["p", "p", "q", None]),
            "lane": random.choice(LANE_NAMES),
            "role": ROLES.get(activity, "act"),
            "opens_step": opens[0],
            "opens_lane": opens[1],
            "opens_until": opens[2],
            "records": 1,
        }

    def fields(self, draws_ends: bool) -> list[dict[str, Any]]:
        """A row for each of some sources; what a source does not know is null."""
        known = self.random.sample(self.sources, self.random.randint(1, len(self.sources)))
        return [self.fields_of(source, draws_ends) for source in known]

    def fields_of(self, source: str, draws_ends: bool) -> dict[str, Any]:
        row: dict[str, Any] = dict.fromkeys(CASES.names) | {"case_id": self.case, "source": source}
        row |= {f: self.maybe(f) for f in ("zaaktype", "persona", "channel", "outcome")}
        row |= {"targets": json.dumps(self.object("deadline")), "segments": json.dumps(self.object("district"))}
        for name, share in (("received", 0.5), ("closed", 0.3 if draws_ends else 0.0)):
            if self.random.random() < share:
                at, precision = self.moment(), "second"
                if name == "received":
                    at -= timedelta(days=self.random.choice([0, 2, 4]))
                if self.random.random() < max(self.days, 0.2):
                    at, precision = self.date_of(at), "day"
                row |= {f"{name}_at": at, f"{name}_precision": precision}
        return row

    def maybe(self, name: str) -> str | None:
        return self.random.choice([None, f"{name}-1", f"{name}-2"])

    def object(self, name: str) -> dict[str, str]:
        value = "2026-06-01T00:00:00+00:00" if name == "deadline" else "centre"
        return {n: value for n in (name, f"second_{name}") if self.random.random() < 0.4}
