"""The same work told in another way gives the same findings, from files to findings, field by field.

One generated log is delivered in one file and then otherwise: in parts, wrongly at first, in another order or form,
under other names, beside what has nothing to do with it, or twice.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.mined import mined_log
from flows.sources.extract import extract
from flows.sources.leftover import keep_left
from flows.store import EventStore
from mappings.calendar import Calendar
from mappings.journey import Journey
from mappings.project import Project, ProjectFile
from mappings.source import Source
from tests.mining_run import KEY, mined

Row = dict[str, str]
AS_OF = datetime(2026, 1, 10, tzinfo=UTC)
STEPS = ("intake", "ask", "answer", "assess", "advice", "decide", "archive")
JOURNEY = Journey(
    name="j",
    delivers=["decide"],
    reopens=["reopen"],
    ends_without_delivery=["withdraw"],
    flow={
        "sequence": [
            "intake",
            {"optional": {"sequence": ["ask", "answer"]}},
            {"parallel": ["assess", "advice"]},
            "decide",
            "archive",
        ]
    },
    steps={
        name: {"lane": "citizen" if name == "answer" else "back", "layer": "backstage", "activities": [name]}
        for name in STEPS
    },
    norms=[
        {"name": "service", "amount": "30d"},
        {"name": "target", "kind": "legal", "target": "deadline"},
        {"name": "hours", "amount": "10d", "clock": "working", "to": "assess"},
    ],
)


def _log() -> list[Row]:
    """Cases with ties, dates, missing starts, lanes and people, contacts, reopenings, open and withdrawn ones."""
    random, rows = Random(5), []
    for number in range(60):
        at = datetime(2025, 1, 6, 9) + timedelta(days=random.randrange(200), minutes=random.randrange(400))
        tale = ["intake", *random.choice([[], ["ask", "answer"], ["call"]]), "assess", "advice"]
        tale += random.choice([["decide"], ["decide", "archive"], ["decide", "reopen", "assess", "decide"], [], []])
        tale += ["withdraw"] if random.random() < 0.1 and "decide" not in tale else []
        told = {"case": f"Z{number:03}", "via": random.choice(["web", "phone"]), "kind": random.choice("AB")}
        told["received"] = str(at) if random.random() < 0.7 else ""
        told["deadline"] = str((at + timedelta(days=40)).date())
        told["closed"] = str(at + timedelta(days=90)) if "archive" in tale else ""
        has_days = random.random() < 0.3
        for what in tale:
            at += random.choice([timedelta(0), timedelta(seconds=30), timedelta(days=random.randrange(9), hours=3)])
            start = "" if has_days or random.random() < 0.5 else str(at - timedelta(minutes=random.randrange(300)))
            who, team = random.choice(["ann", "bob", "cees", ""]), random.choice(["F", "B", "B", ""])
            row = {"no": str(len(rows) + 1), "what": what, "at": str(at.date() if has_days else at), "start": start}
            rows.append({**told, **row, "who": who, "team": team, "unread": str(random.random())})
    return sorted(rows, key=lambda row: row["at"])


LOG = _log()


def _project(folder: Path, **parts: Any) -> Project:
    source = {
        "name": "zaken",
        "kind": "csv",
        "path": "zaken-*.csv",
        "zone": "Europe/Amsterdam",
        "deliveries": {"date_in_name": "%Y-%m-%d"},
        "resource_is_pseudonym": True,
        "columns": {
            "case": "case",
            "activity": "what",
            "completed_at": "at",
            "started_at": "start",
            "event_id": "no",
            "seq": "no",
            "resource": "who",
            "lane": "team",
        },
        "case": {
            "received_at": "received",
            "closed_at": "closed",
            "channel": "via",
            "zaaktype": "kind",
            "targets": {"deadline": {"column": "deadline", "precision": "day"}},
            "segments": {"kind": "kind"},
        },
        "lanes": {"F": "front", "B": "back"},
        "channels": {"web": "web", "phone": "phone"},
        "activities": {
            **{name: name for name in (*STEPS, "reopen", "withdraw")},
            "call": {"name": "call", "role": "contact"},
            "ask": {"name": "ask", "opens": {"step": "answer", "lane": "citizen"}},
        },
    }
    lanes = {name: {"title": name, "layer": "backstage"} for name in ("front", "back")}
    lanes["citizen"] = {"title": "citizen", "layer": "citizen"}
    file = ProjectFile(name="t", purpose="t", legal_basis="t", lanes=lanes, resource_measures=True)
    told = Source(**(source | parts))
    return Project(file=file, folder=folder, sources=(told,), journeys=(JOURNEY,), calendar=Calendar())


def _deliver(folder: Path, number: int, rows: Sequence[Row]) -> None:
    """Write the delivery of that day, long before it is read."""
    path = folder / f"zaken-{datetime(2025, 1, 1) + timedelta(number):%Y-%m-%d}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    os.utime(path, (1.7e9, 1.7e9))


def _taken_in(project: Project) -> EventStore:
    (source,), work = project.sources, project.folder / "work"
    store, facts = EventStore(work / "store"), extract(source, project, work / "extracts", KEY)
    store.upsert(facts)
    keep_left(work / "extracts" / "state", source, KEY, facts.left)
    return store


def _mined(store: EventStore, project: Project) -> dict[str, Any]:
    until = {"zaken": AS_OF}
    log = mined_log(ibis.duckdb.connect(), store, project, store.version(), until)
    return mined(log, project, AS_OF)[0].model_dump(mode="json", exclude={"run"})


def _found(folder: Path, *deliveries: Sequence[Row], at_once: bool = False, files_stay: bool = True) -> dict[str, Any]:
    """The findings after these deliveries, taken in one by one, each beside the former ones or in their place."""
    project = _project(folder)
    folder.mkdir(exist_ok=True)
    for number, rows in enumerate(deliveries):
        if not files_stay:
            for path in folder.glob("*.csv"):
                path.unlink()
        _deliver(folder, number, rows)
        if not at_once:
            store = _taken_in(project)
    return _mined(_taken_in(project) if at_once else store, project)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What one clean delivery says."""
    return _found(tmp_path_factory.mktemp("clean"), LOG)


def unlike(one: Any, other: Any, where: str = "") -> list[str]:
    """Where two findings differ: each field with both values."""
    if isinstance(one, dict) and isinstance(other, dict):
        names = sorted(one.keys() | other.keys())
        return [told for n in names for told in unlike(one.get(n), other.get(n), f"{where}.{n}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [told for n, (a, b) in pairs for told in unlike(a, b, f"{where}[{n}]")]
    return [] if one == other else [f"{where}: {one} | {other}"]


def test_many_small_deliveries_say_what_one_says(tmp_path: Path, found: dict[str, Any]) -> None:
    rows = Random(1).sample(LOG, len(LOG))
    parts = [rows[n::4] for n in range(4)]
    assert unlike(found, _found(tmp_path, *parts)) == []


def test_a_whole_delivery_in_place_of_a_wrong_one_says_what_it_says(tmp_path: Path, found: dict[str, Any]) -> None:
    wrong = [row | {"at": "2025-03-03", "what": "archive", "received": ""} for row in LOG[::9]]
    assert unlike(found, _found(tmp_path, wrong, LOG, files_stay=False)) == []


def test_what_was_wrong_of_a_case_is_taken_back_by_the_record_that_corrects_it(
    tmp_path: Path, found: dict[str, Any]
) -> None:
    mistakes = {"received": "2025-01-01 10:00:00", "closed": "2025-12-01 10:00:00", "at": "2025-03-03"}
    wrong = [row | mistakes if n % 9 == 0 else row for n, row in enumerate(LOG)]
    assert unlike(found, _found(tmp_path, wrong, LOG[::9])) == []


def test_a_case_number_that_was_corrected_leaves_no_case_without_events(tmp_path: Path, found: dict[str, Any]) -> None:
    wrong = [row | {"case": f"typo {n}"} if n % 9 == 0 else row for n, row in enumerate(LOG)]
    assert unlike(found, _found(tmp_path / "at once", wrong, LOG[::9], at_once=True)) == []
    assert unlike(found, _found(tmp_path / "one by one", wrong, LOG[::9])) == []


def test_names_in_another_order_change_no_number(tmp_path: Path, found: dict[str, Any]) -> None:
    people = {"ann": "zoe", "bob": "yves", "cees": "x", "": ""}
    renamed = [row | {"case": f"Q{999 - int(row['case'][1:])}", "who": people[row["who"]]} for row in LOG]
    assert unlike(found, _found(tmp_path, renamed)) == []


def test_a_column_that_nobody_reads_and_a_record_without_activity_change_nothing(
    tmp_path: Path, found: dict[str, Any]
) -> None:
    beside = [*({**row, "unread": "x"} for row in LOG), LOG[0] | {"no": "9999", "what": ""}]
    assert unlike(found, _found(tmp_path, beside)) == []


def test_a_parquet_file_with_real_times_says_what_the_text_says(tmp_path: Path, found: dict[str, Any]) -> None:
    pq.write_table(pa.Table.from_pylist(_typed(LOG)), tmp_path / "zaken.parquet")
    project = _project(tmp_path, kind="parquet", path="zaken.parquet", deliveries=None)
    assert unlike(found, _mined(_taken_in(project), project)) == [".sources[0].kind: csv | parquet"]


def _typed(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Rows with numbers and moments as such; a column that holds dates beside times stays text."""
    return [
        row
        | {
            "no": int(row["no"]),
            "start": datetime.fromisoformat(row["start"]) if row["start"] else None,
            "received": datetime.fromisoformat(row["received"]) if row["received"] else None,
            "deadline": datetime.fromisoformat(row["deadline"]).date(),
        }
        for row in rows
    ]


def test_of_a_log_told_twice_each_time_adds_up_to_twice_and_no_mean_moves(
    tmp_path: Path, found: dict[str, Any]
) -> None:
    twins = [row | {"case": f"T{row['case']}", "no": f"{int(row['no']) + 5000}", "who": row["who"]} for row in LOG]
    twice = _found(tmp_path, [*LOG, *twins])
    for name in ("cases", "open_cases"):
        assert twice["cohort"][name] == 2 * found["cohort"][name]
    for clock in ("elapsed", "working"):
        assert twice["lead_time"][clock]["mean_seconds"] == pytest.approx(found["lead_time"][clock]["mean_seconds"])
    rungs = [{r["step"]: r["elapsed"]["total_seconds"] for r in each["ladder"]} for each in (found, twice)]
    assert rungs[1] == pytest.approx(rungs[0])
    assert [e["count"] for e in twice["dfg"]] == [2 * e["count"] for e in found["dfg"]]
