"""Dirty records, each with what must become of it. None of them changes the truth of a case.

Damaged records are extra ones beside the good ones; what a gate sets aside is therefore never missed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from flows.simulator.people import Random
from flows.simulator.records import TASK_COLUMNS, Row

Fate = Literal["quarantined", "repeated", "kept", "flagged"]
UNKNOWN_TEAM = "ONBEKEND"
UNLISTED_TASK = "Dossier overgedragen aan archief"


@dataclass(frozen=True)
class Dirty:
    """One dirty record: where it lies, what is wrong, and what must become of it."""

    source: str
    record: str
    """The key of the record, or the line of the file."""
    kind: str
    fate: Fate
    reason: str | None = None
    """The reason in quarantine."""


@dataclass
class Tables:
    """The rows of all files, and the dirt among them."""

    tasks: list[Row]
    advice: list[Row]
    contacts: list[Row]
    closed_on: dict[str, str]
    """Case number → the day on which it was closed, of cases that were not reopened."""


def add_dirt(tables: Tables, random: Random, count: int) -> list[Dirty]:
    """Add `count` records of each kind of dirt to the tables and return them."""
    kinds: tuple[Callable[[Tables, Random, int], list[Dirty]], ...] = (
        _tasks_without_time,
        _unknown_teams,
        _unlisted_tasks,
        _unreadable_dates,
        _repeated_records,
        _missing_case_numbers,
        _future_contacts,
    )
    return [dirty for kind in kinds for dirty in kind(tables, random, count)]


def described(dirt: list[Dirty]) -> list[dict[str, Any]]:
    """Return the dirt as it stands in truth.json."""
    return [asdict(dirty) for dirty in dirt]


def _some(random: Random, rows: list[Row], count: int) -> list[int]:
    return sorted(random.choice(len(rows), min(count, len(rows)), replace=False).tolist()) if rows else []


def _tasks_without_time(tables: Tables, random: Random, count: int) -> list[Dirty]:
    return [
        _new_task(
            tables,
            (*tables.tasks[n][1:3], None, None, *tables.tasks[n][5:]),
            "task_without_time",
            "quarantined",
            "time_missing",
        )
        for n in _some(random, tables.tasks, count)
    ]


def _new_task(tables: Tables, rest: Row, kind: str, fate: Fate, reason: str | None = None) -> Dirty:
    number = tables.tasks[-1][0] + 1
    tables.tasks.append((number, *rest))
    return Dirty("case-tasks", str(number), kind, fate, reason)


def _unknown_teams(tables: Tables, random: Random, count: int) -> list[Dirty]:
    """A team that nobody knows, at intake tasks: whose turn it was is declared there."""
    team, label = TASK_COLUMNS.index("team"), TASK_COLUMNS.index("taak")
    intakes = [n for n, row in enumerate(tables.tasks) if row[label] == "Intake" and row[4] is not None]
    chosen = [intakes[n] for n in _some(random, [(n,) for n in intakes], count)]
    for n in chosen:
        row = list(tables.tasks[n])
        row[team] = UNKNOWN_TEAM
        tables.tasks[n] = tuple(row)
    return [Dirty("case-tasks", str(tables.tasks[n][0]), "unknown_lane", "kept") for n in chosen]


def _unlisted_tasks(tables: Tables, random: Random, count: int) -> list[Dirty]:
    """A task that no mapping lists, after the case was closed: it lengthens no lead time."""
    closed = sorted(tables.closed_on.items())
    chosen = [closed[n] for n in _some(random, [(c,) for c in closed], count)]
    return [
        _new_task(
            tables,
            (case, UNLISTED_TASK, None, f"{day} 23:30:00", "Administratie", "ADM01"),
            "unlisted_activity",
            "kept",
        )
        for case, day in chosen
    ]


def _unreadable_dates(tables: Tables, random: Random, count: int) -> list[Dirty]:
    dirt = []
    for i, n in enumerate(_some(random, tables.advice, count)):
        row = tables.advice[n]
        tables.advice.append((*row[:3], ("31-02-2025", "onbekend", "2025/13/45")[i % 3], *row[4:]))
        dirt.append(_line("advice-partner", tables.advice, "unreadable_date", "quarantined", "completed_at_unreadable"))
    return dirt


def _line(source: str, rows: list[Row], kind: str, fate: Fate, reason: str | None = None) -> Dirty:
    """Name the last row by its line in the file, of which the first is the header."""
    return Dirty(source, f"line {len(rows) + 1}", kind, fate, reason)


def _repeated_records(tables: Tables, random: Random, count: int) -> list[Dirty]:
    good = [n for n, row in enumerate(tables.advice) if _is_date(row[3])]
    dirt = []
    for n in _some(random, [(n,) for n in good], count):
        tables.advice.append(tables.advice[good[n]])
        dirt.append(_line("advice-partner", tables.advice, "exact_duplicate", "repeated"))
    return dirt


def _is_date(text: str) -> bool:
    return text[2:3] == "-" and not text.startswith("31-02")


def _missing_case_numbers(tables: Tables, random: Random, count: int) -> list[Dirty]:
    dirt = []
    for n in _some(random, tables.contacts, count):
        row = tables.contacts[n]
        tables.contacts.append((len(tables.contacts) + 1, "", *row[2:]))
        dirt.append(_line("contacts", tables.contacts, "missing_case_number", "quarantined", "case_missing"))
    return dirt


def _future_contacts(tables: Tables, random: Random, count: int) -> list[Dirty]:
    dirt = []
    good = [row for row in tables.contacts if row[1]]
    for n in _some(random, good, count):
        row = good[n]
        tables.contacts.append((len(tables.contacts) + 1, row[1], "15-03-2052 10:00", *row[3:]))
        dirt.append(_line("contacts", tables.contacts, "future_date", "flagged"))
    return dirt
