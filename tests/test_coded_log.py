"""The coded log beside the store: derived, found by what it was made from, and the same as coding anew."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from pathlib import Path

import ibis
import pytest

from flows.mined import mined_log
from flows.store import EventStore, bucket
from mappings.project import Project
from mining.coded_log import code_log
from mining.ledger import book
from mining.log import Log
from mining.timeline import sequences_of
from tests.extracts import AT, extract
from tests.logs import AS_OF
from tests.logs import project as plain_project

LOG = "e1 Z1 intake | e2 Z1 besluit | e3 Z2 intake | e4 Z2 aanvulling | e5 Z2 intake | e6 Z3 intake"


@pytest.fixture
def store(tmp_path: Path) -> EventStore:
    store = EventStore(tmp_path / "store")
    store.upsert(extract(tmp_path, LOG, source="test"))
    return store


def mapping(fingerprint: str = "one") -> Project:
    return plain_project().model_copy(update={"fingerprint": fingerprint})


def opened(store: EventStore, project: Project) -> Log:
    return mined_log(ibis.duckdb.connect(), store, project, store.version(), {})


def folders(store: EventStore) -> set[str]:
    assert store.folder is not None
    return {path.name for path in (store.folder / "coded").iterdir()}


def told(log: Log, project: Project) -> list[dict]:
    segments = book(log, project, AS_OF).segments
    return segments.drop("case", "sequence", "token").order_by("case_id", "position").to_pyarrow().to_pylist()


def test_what_the_store_keeps_is_what_coding_anew_gives(store: EventStore) -> None:
    project = mapping()
    first, second = opened(store, project), opened(store, project)
    assert second.coded is not None
    anew = told(replace(second, coded=None), project)
    assert len(anew) == 6
    assert told(first, project) == told(second, project) == anew


def test_sequences_are_read_by_number_in_whatever_order_they_lie(store: EventStore) -> None:
    project = mapping()
    coded = opened(store, project).coded
    assert coded is not None
    turned = replace(coded, sequences=coded.sequences.order_by(ibis.desc("sequence")))
    read, other = (sequences_of(each, project) for each in (coded, turned))
    assert len(read) > 1
    for name in ("codes", "offsets", "cases"):
        assert getattr(read, name).tolist() == getattr(other, name).tolist()


def test_rows_lie_by_case_and_position_as_numbers(store: EventStore) -> None:
    coded = opened(store, mapping()).coded
    assert coded is not None
    rows = coded.rows.to_pyarrow()
    order = list(zip(rows["case"].to_pylist(), rows["position"].to_pylist(), strict=True))
    assert order == sorted(order)
    texts = {name for name, dtype in coded.rows.schema().items() if dtype.is_string()}
    assert texts == {"event_id"}


def test_coded_a_few_buckets_at_a_time_it_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    days = [f"{day}{n} Z{n % 23} {name}" for n in range(60) for day, name in (("a", "intake"), ("b", "besluit"))]
    empty, *_, last = sorted((f"Z{n}" for n in range(23, 400)), key=bucket)
    assert bucket(empty) < min(bucket(f"Z{n}") for n in range(23)), "before all that have events"
    closings = [{"case_id": name, "closed_at": AT} for name in (empty, last, "Z1")]
    store = EventStore(tmp_path / "store")
    for log in (days[::3], days[1::3], days[2::3]):
        store.upsert(extract(tmp_path, " | ".join(log), source="test", cases=closings))
    at_once = opened(store, mapping()).coded
    monkeypatch.setattr("flows.mined.SMALL_ROWS", 1)
    monkeypatch.setattr("mining.coded_log.PART_ROWS", 30)
    in_parts = opened(store, mapping("two")).coded
    assert at_once is not None
    assert in_parts is not None
    for name in ("rows", "cases", "tokens", "sequences", "labels"):
        one, other = (getattr(coded, name).to_pyarrow() for coded in (at_once, in_parts))
        order = [(column, "ascending") for column in one.column_names if column in ("case", "position", "kind", "code")]
        assert other.sort_by(order or one.column_names[0]) == one.sort_by(order or one.column_names[0])
    assert in_parts.bounds == at_once.bounds
    lies = [case for case, _ in groupby(in_parts.rows.to_pyarrow()["case"].to_pylist())]
    assert len(lies) == len(set(lies)), "each case in one piece"
    assert lies != sorted(lies), "and they follow one another as the buckets do"


@pytest.mark.parametrize("activities", [3, 256, 300])
def test_sequences_are_read_back_as_the_tokens_of_their_rows(tmp_path: Path, activities: int) -> None:
    store = EventStore(tmp_path / "store")
    line = " | ".join(f"e{n} Z{n % 2} step_{n * 7 % activities:03}" for n in range(activities))
    store.upsert(extract(tmp_path, line, source="test"))
    coded = opened(store, mapping()).coded
    assert coded is not None
    found = sequences_of(coded, mapping())
    rows = coded.with_sequence.order_by("sequence", "position").to_pyarrow()
    assert found.codes.tolist() == rows["token"].to_pylist()
    assert sorted(found.codes.tolist()) == list(range(activities))
    assert found.offsets.tolist()[-1] == activities


def test_it_is_made_once_for_one_version_and_one_mapping(store: EventStore) -> None:
    opened(store, mapping())
    before = folders(store)
    opened(store, mapping())
    assert folders(store) == before


def test_it_is_never_read_for_another_version_or_mapping(store: EventStore, tmp_path: Path) -> None:
    opened(store, mapping())
    store.upsert(extract(tmp_path, "e7 Z3 besluit", source="test"))
    again = opened(store, mapping())
    assert len(told(again, mapping())) == 7
    opened(store, mapping("two"))
    assert len(folders(store)) == 2, "the newest, and the one before"


def test_without_a_fingerprint_of_the_mapping_nothing_is_kept(store: EventStore) -> None:
    project = plain_project()
    assert opened(store, project).coded is None
    assert len(told(opened(store, project), project)) == 6


def test_a_crash_while_it_is_written_leaves_none(store: EventStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(log: Log, project: Project, keep) -> None:
        code_log(log, project, keep)
        raise OSError("no space left on device")

    monkeypatch.setattr("flows.mined.code_log", broken)
    with pytest.raises(OSError, match="no space"):
        opened(store, mapping())
    assert folders(store) == set()
    monkeypatch.undo()
    assert len(told(opened(store, mapping()), mapping())) == 6


def test_what_was_left_half_written_by_a_killed_run_is_not_read(store: EventStore) -> None:
    opened(store, mapping())
    assert store.folder is not None
    (made,) = (store.folder / "coded").iterdir()
    made.rename(made.with_name(".writing-killed"))
    opened(store, mapping())
    assert made.name in folders(store)


def test_no_coded_log_outlives_a_destroyed_case(store: EventStore) -> None:
    opened(store, mapping())
    store.forget(["Z1"])
    assert store.folder is not None
    assert not (store.folder / "coded").exists()
    assert {row["case_id"] for row in told(opened(store, mapping()), mapping())} == {"Z2", "Z3"}
