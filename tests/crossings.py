"""Random mappings, each with a log: a seed gives one crossing of the features of a mapping.

The cases have channels, segments, targets, suspensions, extensions, contacts, surveys and attempts beside their events.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa

from mining.columns import ATTEMPTS, CASES, EVENTS
from mining.log import Log
from tests.crossing_mappings import MORE_ROLES, random_project
from tests.oracle_logs import AUTUMN, PLAIN, SPRING, CaseRows, Drawn

CHANNELS = ("web", "phone", "letter", None)


@dataclass(frozen=True)
class Crossing(Drawn):
    """A log and the mapping that it is read under, with attempts beside the cases."""

    attempts: tuple[dict[str, Any], ...] = ()

    def log(self, con: Any = None) -> Log:
        """Return the rows as engine tables."""
        con = con or ibis.duckdb.connect()
        tables = {"events": (self.events, EVENTS), "cases": (self.cases, CASES), "attempts": (self.attempts, ATTEMPTS)}
        made = {
            name: con.create_table(name, pa.Table.from_pylist(list(r), schema=s)) for name, (r, s) in tables.items()
        }
        return Log(con, made["events"], made["cases"], made["attempts"], self.observed_until)


def crossing(seed: int, cases: int = 40) -> Crossing:
    """Return the crossing of that seed."""
    random = Random(seed)
    start = random.choice([SPRING, AUTUMN, PLAIN])
    zone = random.choice(["Europe/Amsterdam"] * 4 + ["America/New_York", "Asia/Tokyo"])
    project = random_project(random, zone, start)
    delivers = bool(project.journey and project.journey.delivers)
    makers = [_Rows(project, random, start, f"Z{n:03}") for n in range(cases)]
    events = [row for maker in makers for row in maker.events()]
    fields = [row for maker in makers for row in maker.fields(draws_ends=not delivers or random.random() < 0.3)]
    midnight = datetime.combine(start, time(), ZoneInfo(zone)).astimezone(UTC)
    read = [s.name for s in project.sources if random.random() < 0.7]
    until = {name: midnight + timedelta(hours=random.randrange(0, 400)) for name in read}
    as_of = midnight + timedelta(hours=random.choice([random.randrange(20, 500), 5000]))
    attempts = [row for maker in makers for row in maker.attempts()] if len(project.sources) > 1 else []
    return Crossing(project, events, fields, as_of, until, tuple(attempts))


class _Rows(CaseRows):
    """The rows of a case, with what this mapping asks beside the ledger: channels, attributes, terms and attempts."""

    def event(self, n: int, activity: str) -> dict[str, Any]:
        random = self.random
        if random.random() < 0.1:
            activity = random.choice(["question", "survey"])
        told = {"term": random.choice(["2026-06-05", "P3D", "4", "soon", ""]), "initiatief": "klant"}
        told |= {score: str(random.randrange(1, 8)) for score in ("ces", "nps") if activity == "survey"}
        made = super().event(n, activity)
        known = {name: value for name, value in told.items() if random.random() < 0.5}
        role = MORE_ROLES.get(activity, "act")
        return made | {
            "role": role,
            "channel": random.choice(CHANNELS),
            "attributes": json.dumps(known) if known else None,
        }

    def fields_of(self, source: str, draws_ends: bool) -> dict[str, Any]:
        random, row = self.random, super().fields_of(source, draws_ends)
        row["channel"] = random.choice(CHANNELS)
        row["targets"] = json.dumps({"deadline": self.moment().isoformat()} if random.random() < 0.6 else {})
        row["suspension_known"] = random.choice(["dated", "dated", "open_only", "none", None])
        if row["suspension_known"] == "dated":
            row["suspensions"] = json.dumps([self.suspension() for _ in range(random.choice([0, 1, 2]))])
        row["extensions"] = json.dumps([self.extension() for _ in range(random.choice([0, 0, 1]))])
        return row

    def day(self) -> str:
        return str(self.moment().astimezone(self.zone).date())

    def suspension(self) -> dict[str, Any]:
        days = sorted(self.day() for _ in range(3))
        to, term = (self.random.choice([None, day]) for day in days[1:])
        told = {"from": days[0], "to": to, "term": term, "has_term": self.random.choice([True, False, None])}
        ground = self.random.choice(["supplement", "consent", "force_majeure", "omission", "adviser"])
        return told | {"ground": ground, "bounds": self.random.choice(["law", "inclusive"])}

    def extension(self) -> dict[str, Any]:
        how_long = self.random.choice([{"days": 3}, {"months": 1}, {"until": self.day()}])
        nothing = dict.fromkeys(("days", "months", "until"))
        return {"on": self.random.choice([None, self.day()]), "by": "statutory"} | nothing | how_long

    def attempts(self) -> list[dict[str, Any]]:
        random = self.random
        return [self.attempt(n) for n in range(random.choice([0, 0, 1, 2]))]

    def attempt(self, n: int) -> dict[str, Any]:
        random = self.random
        return {
            "attempt_id": f"{self.case}-a{n}",
            "source": self.sources[-1],
            "started_at": random.choice([None, self.moment(), self.moment()]),
            "reached": random.choice(["start", "send", None]),
            "stopped": random.choice([None, "start"]),
            "reason": random.choice([None, "unclear"]),
            "channel": random.choice(CHANNELS),
            "case_id": random.choice([None, self.case, "unknown-case"]),
        }
