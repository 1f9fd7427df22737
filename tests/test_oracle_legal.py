"""The engine's legal clock against a second one that walks day by day, over generated cases."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from mappings.journey import Norm
from mining.ledger import book
from mining.legal import legal_clock
from mining.legal_days import date_of
from tests.oracle_legal import A_DAY, GROUNDS, Asked, Longer, Told, term_of
from tests.test_legal_clock import ASKS, LEGAL, log_of, project
from tests.test_legal_clock import Told as Written

AS_OF = datetime(2026, 11, 20, 12, tzinfo=UTC)
CASES = 600
LENGTHS = {"8w": (56, True), "2w": (14, True), "3d": (3, True), "5d": (5, True), "13w": (91, False)}
RULES = {
    "ask": ASKS,
    "answer": {"name": "answer", "resumes": "supplement"},
    "advise": {"name": "advise", "suspends": {"ground": "adviser", "term": "4w"}},
}


def drawn(random: Random) -> tuple[Written, Told]:
    """One case twice: as a log has it, and as the oracle is told of it."""
    received = date(2026, random.randrange(1, 11), random.randrange(1, 29))
    now = AS_OF.date()

    def day(low: date, most: int) -> date:
        return min(low + timedelta(random.randrange(most)), now)

    asked, told, events = [], [], []
    at = received
    for _ in range(random.choice([0, 0, 1, 1, 2, 3])):
        at = day(at, 40)
        kind, length = random.choice(["none", "date", "weeks", "days"]), random.randrange(1, 60)
        length -= length % 7 if kind == "weeks" else 0
        term = {"none": None, "date": str(at + length * A_DAY), "weeks": f"P{length // 7}W", "days": str(length)}[kind]
        told.append((at, term and at + length * A_DAY))
        events.append((at, "ask", json.dumps({"term": term}) if term else None))
        if random.random() < 0.7:
            at = day(at, 40)
            events.append((at, "answer", None))
    answers = [(n, on) for n, (on, what, _) in enumerate(events) if what == "answer"]
    for n, (on, term) in zip([n for n, e in enumerate(events) if e[1] == "ask"], told, strict=True):
        answer = next((when for m, when in answers if m > n), None)
        asked.append(Asked("supplement", on, answer, term, has_term=term is not None))
    if random.random() < 0.2:
        events.append((day(at, 10), "advise", None))
    decided = day(received, 150) if random.random() < 0.8 else None
    if decided:
        events.append((decided, "decide", None))
    field = {"suspension_known": "none"}
    if random.random() < 0.4:
        spans = [recorded(random, day(received, 80)) for _ in range(random.choice([1, 1, 2]))]
        asked += spans
        field = {"suspension_known": "dated", "suspensions": json.dumps([as_told(span) for span in spans])}
    made_known = [day(received, 90) for _ in range(random.choice([0, 0, 1, 2]))]
    made_known += made_known[:1] if random.random() < 0.3 else []
    # the same one told twice is one
    longer = [*dict.fromkeys(extension(random, on) for on in sorted(made_known))]
    field["extensions"] = json.dumps(
        [
            {
                "on": str(e.on),
                "days": e.days or None,
                "months": e.months or None,
                "until": e.until and str(e.until),
                "by": e.by,
            }
            for e in longer
        ]
    )
    # only a source of requests shows that there was none
    is_elsewhere = not events and random.random() < 0.7
    field |= {"source": "elsewhere"} if is_elsewhere else {}
    is_known = not is_elsewhere or field["suspension_known"] == "dated"
    return (
        Written(tuple(written(*event) for event in events), clock_time(random, received), field),
        Told(received, decided, now, asked, longer, is_known),
    )


def recorded(random: Random, on: date) -> Asked:
    to = random.choice([None, on + timedelta(random.randrange(30)), on + timedelta(random.randrange(-3, 30))])
    ground = random.choice([*GROUNDS, "omission", "adviser"])
    is_inclusive = random.random() < 0.3
    return Asked(ground, on, to, None, random.choice([True, None, False]), is_inclusive)


def as_told(span: Asked) -> dict[str, Any]:
    bounds = "inclusive" if span.is_inclusive else "law"
    dates = {"from": str(span.on), "to": span.to and str(span.to), "term": None}
    return dates | {"ground": span.ground, "has_term": span.has_term, "bounds": bounds}


def extension(random: Random, on: date) -> Longer:
    by = random.choice(["statutory", "statutory", "notice_of_delay"])
    until = on + timedelta(random.randrange(1, 90))
    months = random.choice([1, 2, 12])
    return random.choice(
        [Longer(on, by, random.randrange(1, 50)), Longer(on, by, until=until), Longer(on, by, months=months)]
    )


def clock_time(random: Random, on: date) -> str:
    """A date, or a moment of that local day close to midnight."""
    return f"{on}{random.choice(['', 'T00:20', 'T23:40', 'T12:00'])}"


def written(on: date, activity: str, attributes: str | None) -> str:
    return f"{activity} {on}" + (f" {attributes}" if attributes else "")


def test_days_used_suspensions_extensions_end_and_verdict_are_those_of_a_walk_day_by_day() -> None:
    random = Random(2026)
    cases = [drawn(random) for _ in range(CASES)]
    cases.append((replace(cases[0][0], received=None), replace(cases[0][1], received=None)))
    made = project(activities=RULES)
    log = log_of(*(each for each, _ in cases))
    ledger = book(log, made, AS_OF)
    seen: Counter[str] = Counter()
    for amount, (length, rolls) in LENGTHS.items():
        norm = Norm(**(LEGAL | {"name": f"n{length}", "amount": amount}))
        rows = legal_clock(norm, ledger, log, made, AS_OF).cases.order_by("case_id").to_pyarrow().to_pylist()
        for row, (as_written, told) in zip(rows, cases, strict=True):
            expected = term_of(told, length, rolls)
            found = {name: row[name] for name in ("reason", "used", "verdict")}
            if expected.end is not None:
                found |= {"end": date_of(row["end_day"]), "suspended": row["suspended"], "extended": row["extended"]}
            wanted = {name: getattr(expected, name) for name in found}
            assert found == wanted, (amount, as_written, told)
            seen.update(features(told, expected, length))
    assert {name: n for name, n in seen.items() if n < 5} == {}
    assert len(seen) == FEATURES


def test_terms_counted_a_few_cases_at_a_time_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(5)
    made, log = project(activities=RULES), log_of(*(drawn(random)[0] for _ in range(100)))
    ledger, norm = book(log, made, AS_OF), Norm(**(LEGAL | {"name": "term", "amount": "8w"}))
    whole, few = [], []
    for rows, at_once in ((whole, 500_000), (few, 7)):
        monkeypatch.setattr("mining.legal.AT_ONCE", at_once)
        rows += legal_clock(norm, ledger, log, made, AS_OF).cases.order_by("case_id").to_pyarrow().to_pylist()
    assert len({row["reason"] for row in whole}) > 1
    assert few == whole


FEATURES = 11


def features(told: Told, term: Any, length: int) -> list[str]:
    """What a case reaches, so that no rule goes without one."""
    named = {
        f"verdict {term.verdict}": True,
        f"reason {term.reason}": term.reason in (None, "suspension_contradicts", "suspensions_not_known"),
        "suspended": term.suspended,
        "extended": term.extended,
        "extended until": term.extended and any(e.until for e in told.longer),
        "rolled over": term.end and (term.end - told.received).days > length + term.suspended + term.extended,
    }
    return [name for name, has in named.items() if has]
