"""The first load: every row once, in its bucket, cases together, whatever fits in memory; and no two keys alike."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake.exceptions import DeltaError
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from flows.store import EventStore, bucket
from flows.store import clustered as clustered_module
from flows.store import fate as fate_module
from flows.store.clustered import clustered, room_bytes
from flows.store.fate import Counts, Incoming, workspace
from flows.store.layout import LAYOUTS
from flows.store.table_files import Part
from mappings.errors import StoreError
from mining.columns import EVENTS
from tests.extracts import event, extract, log_of

EVENTS_LAYOUT = LAYOUTS[0]
LAW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
LINES = st.tuples(
    st.sampled_from([f"Z{n}" for n in range(9)] + ["Zaak é"]),
    st.sampled_from(["intake", "toets", "besluit"]),
    st.none() | st.sampled_from(["balie", ""]),
)


def written(path: Path, lines: list[tuple[str, str, str | None]], row_group: int) -> Path:
    known = [event(f"e{n}", case, activity) | {"lane": lane} for n, (case, activity, lane) in enumerate(lines)]
    full = [{name: row.get(name) for name in EVENTS.names} for row in known]
    pq.write_table(pa.Table.from_pylist(full, EVENTS), path, row_group_size=row_group)
    return path


def every_row(parts: Iterable[Part]) -> pa.Table:
    batches = [batch for part in parts for stream in part for batch in stream]
    return pa.Table.from_batches(batches) if batches else EVENTS_LAYOUT.schema.empty_table()


def obvious(lines: list[tuple[str, str, str | None]], without: set[int]) -> list[tuple[object, ...]]:
    """By bucket, then cases as they first come among the rows that stay, then as in the file."""
    rows = [(f"e{n}", *line) for n, line in enumerate(lines) if n not in without]
    first = {case: n for n, (_, case, _, _) in reversed(list(enumerate(rows)))}
    return [(*row, bucket(row[1])) for row in sorted(rows, key=lambda row: (bucket(row[1]), first[row[1]]))]


@LAW
@given(
    st.lists(LINES, min_size=1, max_size=60), st.sets(st.integers(0, 59)), st.integers(1, 20), st.integers(1, 1 << 62)
)
@example([("Z2", "intake", None), ("Z6", "intake", None), ("Z2", "intake", None)], {0}, 2, 381)
def test_rows_come_by_bucket_and_case_whether_they_fit_or_not(lines, without, row_group, room) -> None:
    without = {n for n in without if n < len(lines)}
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch, workspace("100MB") as con:
        patch.setattr(clustered_module, "READ_ROWS", 7)
        patch.setattr(clustered_module, "BATCH_ROWS", 5)
        patch.setattr(clustered_module, "room_bytes", lambda con: room % 20_000 + 1)
        path = written(Path(name) / "events.parquet", lines, row_group)
        found = every_row(clustered(con, EVENTS_LAYOUT, path, sorted(without)))
    columns = ("event_id", "case_id", "activity", "lane", "bucket")
    told = [tuple(row[c] for c in columns) for row in found.to_pylist()]
    assert told == obvious(lines, without)
    assert found.schema.names == list(EVENTS_LAYOUT.names)


def test_of_what_was_put_aside_a_part_at_a_time_is_held_and_nothing_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = [f"{random.Random(n).getrandbits(256):x}" for n in range(60_000)]
    full = {name: event("", "", "intake").get(name) for name in EVENTS.names}
    table = pa.Table.from_pylist([full], EVENTS).take(pa.array([0] * len(drawn)))
    for name in ("event_id", "case_id"):
        table = table.set_column(EVENTS.get_field_index(name), name, pa.array(drawn))
    pq.write_table(table, path := tmp_path / "events.parquet", row_group_size=2_000)
    monkeypatch.setattr(clustered_module, "room_bytes", lambda con: path.stat().st_size // 10)
    before, held = pa.total_allocated_bytes(), []
    with workspace("100MB") as con:
        for part in clustered(con, EVENTS_LAYOUT, path, []):
            held.append(pa.total_allocated_bytes() - before)
            for stream in part:
                assert sum(len(batch) for batch in stream)
    assert len(held) > 5
    assert max(held) < path.stat().st_size / 2


def test_what_was_put_aside_goes_when_it_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clustered_module, "room_bytes", lambda con: 1)
    path = written(tmp_path / "events.parquet", [(f"Z{n}", "intake", None) for n in range(50)], 10)
    with workspace("100MB") as con:
        aside = Path(con.sql("SELECT current_setting('temp_directory')").fetchall()[0][0])
        parts = clustered(con, EVENTS_LAYOUT, path, [])
        next(parts)
        assert list(aside.glob("*.arrows"))
        assert every_row(parts).num_rows
        assert not list(aside.glob("*.arrows"))


def test_a_bucket_without_rows_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clustered_module, "room_bytes", lambda con: 1)
    monkeypatch.setattr(clustered_module, "READ_ROWS", 1)
    whole = extract(tmp_path, "e1 Z1 intake | e2 Z2 besluit | e3 Z1 toets")
    store = EventStore(tmp_path / "store")
    assert store.upsert(whole).stored == 3
    assert log_of(store) == "e1 Z1 intake | e2 Z2 besluit | e3 Z1 toets"


@pytest.mark.parametrize(("memory", "bounds"), [("200MB", (70e6, 80e6)), ("2GB", (7e8, 8e8)), ("1TB", (14e8, 16e8))])
def test_part_of_the_memory_is_room_for_sorting_within_bounds(memory: str, bounds: tuple[float, float]) -> None:
    with workspace(memory) as con:
        assert bounds[0] <= room_bytes(con) <= bounds[1]


@pytest.mark.parametrize("room", [1, 16 * 5, 1 << 30])
def test_a_key_that_stands_twice_is_found_in_whichever_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    monkeypatch.setattr(fate_module, "room_bytes", lambda con: room)
    for n in range(12):
        log = " | ".join([f"e{k} Z{k} intake" for k in range(12)] + [f"e{n} Z{n} besluit"])
        with workspace("100MB") as con:
            incoming = Incoming(con, EVENTS_LAYOUT, extract(tmp_path, log).events_path)
            assert (incoming.rows, incoming.keys) == (13, 12)
            assert incoming.first_load() == Counts(stored=12, replaced=1)
            told = every_row(incoming.all_rows()).to_pylist()
        assert sorted((row["event_id"], row["activity"]) for row in told) == sorted(
            (f"e{k}", "besluit" if k == n else "intake") for k in range(12)
        )


def test_two_keys_of_one_hash_are_two_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Incoming, "_has_like_hashes", lambda self, rows: True)
    with workspace("100MB") as con:
        incoming = Incoming(con, EVENTS_LAYOUT, extract(tmp_path, "e1 Z1 intake | e2 Z1 besluit").events_path)
        assert (incoming.rows, incoming.keys) == (2, 2)
        assert incoming.first_load() == Counts(stored=2)
        assert len(every_row(incoming.all_rows())) == 2


def test_what_an_extract_writes_in_other_types_of_text_comes_in_those_of_the_store(tmp_path: Path) -> None:
    path = written(tmp_path / "events.parquet", [("Z1", "intake", "balie"), ("Z2", "toets", None)], 1)
    table = pq.read_table(path)
    loose = pa.schema([pa.field(f.name, pa.large_string() if pa.types.is_string(f.type) else f.type) for f in EVENTS])
    pq.write_table(table.cast(loose), path)
    with workspace("100MB") as con:
        found = every_row(clustered(con, EVENTS_LAYOUT, path, []))
    assert {row["case_id"]: row["lane"] for row in found.to_pylist()} == {"Z1": "balie", "Z2": None}
    assert [f.nullable for f in found.schema] == [f.nullable for f in EVENTS_LAYOUT.schema]


def test_two_halves_are_written_to_files_of_their_own_cut_between_buckets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clustered_module, "BATCH_ROWS", 10)
    log = " | ".join(f"e{n} Z{n % 20} intake" for n in range(100))
    store = EventStore(tmp_path / "store")
    store.upsert(extract(tmp_path, log))
    files = (tmp_path / "store" / "events").glob("*.parquet")
    first, last = sorted(pq.read_table(file)["bucket"].to_pylist() for file in files)
    assert len(first) + len(last) == 100
    assert first == sorted(first)
    assert last == sorted(last)
    assert first[-1] < last[0]
    assert sorted(log_of(store).split(" | ")) == sorted(log.split(" | "))


def test_what_is_left_of_a_writing_that_failed_is_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: object, **named: object) -> None:
        raise OSError("no space left on device")

    store, taken = EventStore(tmp_path / "store"), extract(tmp_path, "e1 Z1 intake")
    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    with pytest.raises(StoreError, match="cannot be written"):
        store.upsert(taken)
    assert not list((tmp_path / "store").rglob("*.parquet"))
    monkeypatch.undo()
    assert store.upsert(taken).stored == 1


def test_no_file_is_taken_away_that_a_commit_was_tried_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from deltalake import DeltaTable

    def told_to_have_failed(*given: object, **named: object) -> None:
        commit(*given, **named)
        raise DeltaError("the answer was lost")

    store = EventStore(tmp_path / "store")
    store.upsert(extract(tmp_path, "e1 Z1 intake"))
    commit = DeltaTable.create_write_transaction
    monkeypatch.setattr(DeltaTable, "create_write_transaction", told_to_have_failed)
    with pytest.raises(StoreError, match="cannot be written"):
        store.upsert(extract(tmp_path, "e2 Z2 intake"))
    monkeypatch.undo()
    assert log_of(store) == "e1 Z1 intake | e2 Z2 intake"
