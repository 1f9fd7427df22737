"""The legal clock against the oracle's, over every rule, length and way, some zones and the feasts of eight years."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa
import pytest

from mappings.calendar import Calendar
from mappings.journey import Journey, Norm
from mappings.project import Project, ProjectFile
from mappings.source import Source
from mining.columns import CASES, EVENTS
from mining.ledger import book
from mining.legal import legal_clock
from mining.legal_days import date_of
from mining.log import Log
from tests.oracle_legal import A_DAY, DECISION, GROUNDS, OBJECTION, Asked, Longer, Told, months_after, term_of

CASES_A_LOG = 250
NOW = date(2028, 11, 20)
NORMS = {
    # rule, what the norm says of its length: days, months, rolls over
    "decision": ({}, DECISION, 56, None, True),
    "decision 1 month": ({"months": 1}, DECISION, 0, 1, True),
    "decision 3 months": ({"months": 3}, DECISION, 0, 3, True),
    "decision 6 months": ({"months": 6}, DECISION, 0, 6, False),
    "decision 12w": ({"amount": "12w"}, DECISION, 84, None, True),
    "decision 85d": ({"amount": "85d"}, DECISION, 85, None, True),
    "decision 90d": ({"amount": "90d"}, DECISION, 90, None, True),
    "decision 91d": ({"amount": "91d"}, DECISION, 91, None, False),
    "decision 2d": ({"amount": "2d"}, DECISION, 2, None, True),
    "decision own": ({"amount": "4w", "set_by": "own"}, DECISION, 28, None, False),
    "objection": ({"rule": "objection"}, OBJECTION, 42, None, True),
    "objection_with_committee": ({"rule": "objection_with_committee"}, OBJECTION, 84, None, True),
}
WAYS = ("statutory", "notice_without_term", "notice_of_delay", "adjourned", "consent_to_delay")
ACTIVITIES = {
    "ask": {"name": "ask", "suspends": {"ground": "supplement", "term_column": "term"}},
    "answer": {"name": "answer", "resumes": "supplement"},
    "omit": {"name": "omit", "suspends": {"ground": "omission", "term_column": "term"}},
    "mend": {"name": "mend", "resumes": "omission"},
    "abroad": {"name": "abroad", "suspends": "foreign_information"},
    "told": {"name": "told", "resumes": "foreign_information"},
    "adjourn": {"name": "adjourn", "extends": {"amount": "4w", "by": "adjourned"}},
    "extend": {"name": "extend", "extends": {"column": "term"}},
    "prolong": {"name": "prolong", "extends": {"months": 2}},
}
PAIRS = {"ask": ("answer", "supplement"), "omit": ("mend", "omission"), "abroad": ("told", "foreign_information")}
HOLY = (date(2025, 4, 19), date(2026, 5, 23), date(2026, 5, 4), date(2024, 5, 9), date(2027, 12, 24), date(2028, 4, 26))


class Drawn:
    """One case twice: as rows of a log, and as the oracle is told of it."""

    def __init__(self, random: Random, case: str, zone: ZoneInfo) -> None:
        self.random, self.case, self.zone = random, case, zone
        self.rows: list[dict[str, Any]] = []
        self.asked: list[Asked] = []
        self.longer: list[Longer] = []
        self.received = self._received()
        for _ in range(random.choice([0, 0, 1, 2, 3])):
            self._request()
        for _ in range(random.choice([0, 0, 1, 2])):
            self._extension()
        self.spans = [self._recorded() for _ in range(random.choice([0, 0, 0, 1, 2]))]
        self.told_longer = [self._told_longer() for _ in range(random.choice([0, 0, 0, 1, 3]))]
        how, last = random.choice(["decide", "decide", "decide", "withdraw", ""]), self.day(self.received, 300)
        if how:
            self.event(how, last)
        self.told = Told(
            self.received,
            last if how == "decide" else None,
            NOW,
            self.asked + self.spans,
            [*dict.fromkeys(self.longer + self.told_longer)],
            ended=last if how == "withdraw" else None,
        )

    def _received(self) -> date:
        """Any day of some years, one that ends around a feast, or the last of a month."""
        some = date(2020, 1, 1) + timedelta(self.random.randrange(365 * 8))
        around = self.random.choice(HOLY) + timedelta(self.random.randrange(4))
        before = self.random.choice([28, 42, 56, 84, 84 + 42, 85, 90, 2])
        month = months_after(date(2023, 12, 31), self.random.randrange(50))
        return self.random.choice([some, some, around - before * A_DAY, month - self.random.randrange(3) * A_DAY])

    def day(self, low: date, most: int) -> date:
        return min(low + timedelta(self.random.randrange(most)), NOW)

    def at(self, on: date) -> tuple[datetime, str]:
        """A date, or a moment of that local day close to midnight."""
        clock = self.random.choice([time(), time(0, 10), time(23, 50), time(12)])
        moment = datetime.combine(on, clock, self.zone).astimezone(UTC)
        return moment, "second" if clock != time() else "day"

    def event(self, activity: str, on: date, attributes: dict[str, str] | None = None) -> None:
        moment, precision = self.at(on)
        self.rows.append(
            {
                "event_id": f"{self.case}{len(self.rows):03}", "source": "test", "source_case_id": self.case,
                "case_id": self.case, "activity": activity, "raw_activity": activity, "completed_at": moment,
                "precision": precision, "seq": len(self.rows), "lane": "team", "role": "act", "records": 1,
                "attributes": json.dumps(attributes) if attributes else None,
            }
        )  # fmt: skip

    def _request(self) -> None:
        what, on = self.random.choice(list(PAIRS)), self.day(self.received, 120)
        resumes, ground = PAIRS[what]
        if any(ground == asked.ground for asked in self.asked):
            return  # how requests and answers pair is the other test's
        length, months = self.random.choice([None, 7, 14, 30]), self.random.choice([0, 0, 1, 2])
        by_days = on + length * A_DAY if length and what != "abroad" else None
        term = months_after(on, months) if by_days and months else by_days
        lengths = [f"P{months}M"] if months else [f"P{length}D", str(length)]
        written = {"term": self.random.choice([str(term), *lengths])} if term else None
        self.event(what, on, written)
        to = self.day(on + A_DAY, 40) if self.random.random() < 0.7 and on < NOW else None
        if to:
            self.event(resumes, to)
        self.asked.append(Asked(ground, on, to, term, has_term=term is not None))

    def _extension(self) -> None:
        on = self.day(self.received, 120)
        until, months = on + self.random.randrange(1, 90) * A_DAY, self.random.choice([1, 3])
        activity, written, longer = self.random.choice(
            [
                ("adjourn", None, Longer(on, "adjourned", 28)),
                ("prolong", None, Longer(on, "statutory", months=2)),
                ("extend", {"term": str(until)}, Longer(on, "statutory", until=until)),
                ("extend", {"term": f"P{months}M"}, Longer(on, "statutory", months=months)),
            ]
        )
        self.event(activity, on, written)
        self.longer.append(longer)

    def _recorded(self) -> Asked:
        on = self.received + self.random.randrange(120) * A_DAY
        to = self.random.choice([None, on + self.random.randrange(50) * A_DAY])
        return Asked(
            self.random.choice([*GROUNDS, "omission", "adviser"]), on, to, is_inclusive=self.random.random() < 0.3
        )

    def _told_longer(self) -> Longer:
        on, by = self.received + self.random.randrange(150) * A_DAY, self.random.choice(WAYS)
        until = on + self.random.randrange(1, 120) * A_DAY
        days, months = self.random.choice([14, 28, 42, 60]), self.random.choice([1, 2, 6, 12])
        return self.random.choice([Longer(on, by, days), Longer(on, by, until=until), Longer(on, by, months=months)])

    def row(self) -> dict[str, Any]:
        moment, precision = self.at(self.received)
        spans = [
            {"from": str(s.on), "to": s.to and str(s.to), "term": None, "ground": s.ground, "has_term": True,
             "bounds": "inclusive" if s.is_inclusive else "law"}
            for s in self.spans
        ]  # fmt: skip
        longer = [
            {
                "on": str(e.on),
                "days": e.days or None,
                "months": e.months or None,
                "until": e.until and str(e.until),
                "by": e.by,
            }
            for e in self.told_longer
        ]
        return {
            "case_id": self.case, "source": "test", "targets": "{}", "segments": "{}", "received_at": moment,
            "received_precision": precision, "suspension_known": "dated", "suspensions": json.dumps(spans),
            "extensions": json.dumps(longer),
        }  # fmt: skip


def project(norm: Norm, zone: str) -> Project:
    steps = {"work": {"lane": "team", "layer": "backstage", "activities": ["decide"]}}
    tags = {"delivers": ["decide"], "ends_without_delivery": ["withdraw"]}
    journey = Journey(name="j", steps=steps, flow="work", norms=[norm], **tags)
    columns = {"case": "c", "activity": "a", "completed_at": "t"}
    source = Source(name="test", kind="csv", path="x.csv", columns=columns, keep=["term"], activities=ACTIVITIES)
    file = ProjectFile(name="test", purpose="test", legal_basis="test", zone=zone)
    return Project(file=file, folder=".", sources=(source,), journeys=(journey,), calendar=Calendar())


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "Asia/Kolkata", "America/St_Johns"])
def test_every_rule_length_and_way_of_the_law_is_counted_as_day_by_day(zone: str) -> None:
    random = Random(f"{zone} 4")
    drawn = [Drawn(random, f"C{n:03}", ZoneInfo(zone)) for n in range(CASES_A_LOG)]
    con = ibis.duckdb.connect()
    rows = [row for each in drawn for row in each.rows]
    log = Log(
        con=con,
        events=con.create_table("events", pa.Table.from_pylist(rows, schema=EVENTS)),
        cases=con.create_table("cases", pa.Table.from_pylist([each.row() for each in drawn], schema=CASES)),
    )
    as_of = datetime.combine(NOW, time(12), ZoneInfo(zone)).astimezone(UTC)
    ledger = book(log, project(Norm(name="n", clock="legal"), zone), as_of)
    seen: Counter[str] = Counter()
    for name, (says, rule, days, months, rolls) in NORMS.items():
        norm = Norm(**({"name": name.replace(" ", "_"), "kind": "legal", "clock": "legal"} | says))
        found = legal_clock(norm, ledger, log, project(norm, zone), as_of).cases.order_by("case_id")
        for row, each in zip(found.to_pyarrow().to_pylist(), drawn, strict=True):
            term = term_of(each.told, days, rolls, rule, months)
            told = {"end": date_of(row["end_day"])} | {
                f: row[f] for f in ("verdict", "reason", "used", "suspended", "extended")
            }
            assert told == {field: getattr(term, field) for field in told}, (name, each.told, each.row(), each.rows)
            seen.update([name, f"{name} {term.verdict}"])
            seen[f"{name} suspended"] += bool(term.suspended)
            seen[f"{name} extended"] += bool(term.extended)
            seen[f"{name} rolled"] += row["rolled"] > 0
    for name, (_, _, _, _, rolls) in NORMS.items():
        reached = {f"{name} {what}" for what in ("met", "missed", "open", "ended_otherwise", "suspended", "extended")}
        assert min(seen[what] for what in reached) > 0, {what: seen[what] for what in reached}
        assert (seen[f"{name} rolled"] > 0) is rolls
