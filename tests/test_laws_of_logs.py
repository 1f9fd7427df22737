"""What must not change a number: the order of rows, a second run, other case numbers, other cases, batches of a load.

One generated log of many features is booked once; each law books or mines a changed copy of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import Phase, given, settings

from flows.mined import mined_log
from flows.store import EventStore
from mining.columns import ATTEMPTS, CASES, EVENTS, QUARANTINE
from mining.demand import wip
from mining.ledger import CLOCKS, Ledger, book
from mining.mine import mine
from mining.results.quality import Quality
from mining.results.run import RunFacts
from tests.oracle_clocks import to_micros
from tests.oracle_found import found, rows
from tests.oracle_journeys import NESTED
from tests.oracle_logs import Drawn, logs


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    """One log of sixty cases from three sources on a journey with nested branches."""
    kept: list[Drawn] = []

    @settings(max_examples=60, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
    @given(logs())
    def look(made: Drawn) -> None:
        if len(made.project.sources) == 3 and made.project.journey == NESTED and made.received_opens is None:
            kept.append(made)

    look()
    return kept[0]


@pytest.fixture(scope="module")
def ledger(drawn: Drawn) -> Ledger:
    return book(drawn.log(), drawn.project, drawn.as_of)


@pytest.fixture(scope="module")
def as_booked(ledger: Ledger) -> dict[str, dict[str, Any]]:
    return found(ledger)


def test_the_same_findings_come_from_a_second_run_and_from_rows_in_another_order(drawn: Drawn) -> None:
    random = Random(7)
    shuffled = replace(drawn, events=random.sample(drawn.events, len(drawn.events)), cases=drawn.cases[::-1])
    first, again, other = (findings_of(d) for d in (drawn, drawn, shuffled))
    assert unlike(first, again) == []
    assert unlike(first, other) == []


def findings_of(drawn: Drawn) -> dict[str, Any]:
    """The findings, with a clock that stands still: a budget of time that runs out is no difference of the log."""
    found, _ = mine(
        drawn.log(),
        drawn.project,
        drawn.as_of,
        run=RunFacts(run_id="test", as_of=drawn.as_of),
        quality=Quality(verdict="ok"),
        reconciliation=(),
        monotonic=lambda: 0.0,
    )
    return found.model_dump(mode="json")


def unlike(one: Any, other: Any, where: str = "") -> list[str]:
    """Name each field in which two findings differ."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return [told for key in one for told in unlike(one[key], other[key], f"{where}.{key}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [told for n, pair in enumerate(zip(one, other, strict=True)) for told in unlike(*pair, f"{where}[{n}]")]
    return [] if one == other else [f"{where}: {one} and {other}"]


def test_other_case_numbers_change_nothing_but_the_numbers(drawn: Drawn, as_booked: dict[str, Any]) -> None:
    names = {case: f"{len(as_booked) - n:04}-of" for n, case in enumerate(as_booked)}
    renamed = replace(drawn, events=named(drawn.events, names), cases=named(drawn.cases, names))
    again = found(book(renamed.log(), drawn.project, drawn.as_of))
    assert again == {names[case]: said for case, said in as_booked.items()}


def test_an_unrelated_case_changes_nothing_of_the_others(drawn: Drawn, as_booked: dict[str, Any]) -> None:
    names = {case: f"new-{case}" for case in list(as_booked)[:7]}
    more = replace(
        drawn,
        events=[*drawn.events, *(e | {"event_id": f"n{e['event_id']}"} for e in named(drawn.events, names))],
        cases=[*drawn.cases, *named(drawn.cases, names)],
    )
    again = found(book(more.log(), drawn.project, drawn.as_of))
    assert {case: again[case] for case in as_booked} == as_booked


def named(some: Iterable[dict[str, Any]], names: dict[str, str]) -> list[dict[str, Any]]:
    """The rows of the cases in `names`, under their new names."""
    own = [row for row in some if row["case_id"] in names]
    return [row | {"case_id": names[row["case_id"]]} for row in own]


@dataclass(frozen=True)
class Batch:
    """A part of a log in the form in which a source hands it to the store."""

    source: str
    folder: Path

    @property
    def events_path(self) -> Path:
        return self.folder / "events.parquet"

    @property
    def cases_path(self) -> Path:
        return self.folder / "cases.parquet"

    @property
    def attempts_path(self) -> Path:
        return self.folder / "attempts.parquet"

    @property
    def quarantine_path(self) -> Path:
        return self.folder / "quarantine.parquet"


def test_a_log_stored_in_two_batches_is_the_log_stored_in_one(drawn: Drawn, as_booked: Any, tmp_path: Path) -> None:
    store = EventStore(tmp_path / "store")
    for part in (0, 1):
        for source in drawn.project.sources:
            events = [e for e in drawn.events if e["source"] == source.name and len(e["event_id"]) and half(e) == part]
            cases = [c for c in drawn.cases if c["source"] == source.name]
            store.upsert(written(tmp_path / f"{source.name}-{part}", source.name, events, cases))
    log = mined_log(ibis.duckdb.connect(), store, drawn.project, store.version(), drawn.observed_until)
    assert found(book(log, drawn.project, drawn.as_of)) == as_booked


def half(event: dict[str, Any]) -> int:
    return sum(event["event_id"].encode()) % 2


def written(folder: Path, source: str, events: list[dict[str, Any]], cases: list[dict[str, Any]]) -> Batch:
    batch = Batch(source, folder)
    folder.mkdir()
    for path, found_rows, schema in (
        (batch.events_path, events, EVENTS),
        (batch.cases_path, cases, CASES),
        (batch.attempts_path, [], ATTEMPTS),
        (batch.quarantine_path, [], QUARANTINE),
    ):
        pq.write_table(pa.Table.from_pylist(found_rows, schema), path)
    return batch


def test_the_integral_of_work_in_hand_is_the_time_of_the_cases_inside_the_window(drawn: Drawn, ledger: Ledger) -> None:
    measured = wip(ledger, drawn.log(), drawn.project, drawn.as_of)
    until = min(drawn.as_of, max(drawn.observed_until.values(), default=drawn.as_of))
    time = sum(
        max(0, min(to_micros(until) if c["is_open"] else c["ends_at"], to_micros(until)) - c["origin"])
        for c in rows(ledger.cases)
        if c["origin"] is not None
    )
    assert measured.integral_seconds == measured.case_seconds == pytest.approx(time / 1_000_000, abs=1e-6)


def test_direct_route_and_loops_of_each_case_are_its_lead_time_in_both_clocks(ledger: Ledger) -> None:
    parts: dict[tuple[str, str], list[int]] = {}
    for s in rows(ledger.segments):
        if s["on_path"] and s["phase"] == "lead" and s["episode"] == 1:
            for clock in CLOCKS:
                parts.setdefault((s["case_id"], clock), [0, 0])[s["loop"] != -1] += s[f"{clock}_total"]
    ended = [c for c in rows(ledger.cases) if c["has_lead"]]
    assert any(parts[c["case_id"], "elapsed"][1] for c in ended)
    for case in ended:
        for clock in CLOCKS:
            assert sum(parts[case["case_id"], clock]) == case[f"lead_{clock}"]
