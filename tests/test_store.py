"""The event store: what is counted, what is kept, what is gone, and that no crash shows in it."""

from __future__ import annotations

import multiprocessing
import os
import signal
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from flows.store import EventStore, bucket
from flows.store import delta as delta_module
from flows.store import fate as fate_module
from flows.store.delta import DeltaFolder
from flows.store.layout import LAYOUTS, bucket_sql
from mappings.errors import StoreError
from mining.columns import EVENTS
from tests.extracts import AT, counts, extract, log_of, older_store, rows

CASES = [{"case_id": "Z1", "zaaktype": "wmo", "received_at": AT}, {"case_id": "Z2", "zaaktype": "wmo"}]
ATTEMPTS = [{"attempt_id": "v1", "started_at": AT, "case_id": "Z1"}, {"attempt_id": "v2", "started_at": AT}]
QUARANTINE = [
    {"record": "zaken.csv line 4", "reason": "completed_at_unreadable", "content": '{"zaak": "zaken/Z1"}'},
    {"record": "zaken.csv line 9", "reason": "case_missing", "content": '{"zaak": "zaken/Z11"}'},
    {"record": "zaken.csv line 12", "reason": "not_a_record", "content": None},
]


@pytest.fixture
def store(tmp_path: Path) -> EventStore:
    return EventStore(tmp_path / "store")


def test_what_is_new_is_stored(store: EventStore, tmp_path: Path) -> None:
    assert counts(store.upsert(extract(tmp_path, "e1 Z1 intake | e2 Z1 besluit"))) == (2, 0, 0)
    assert log_of(store) == "e1 Z1 intake | e2 Z1 besluit"


def test_the_same_extract_twice_brings_nothing_new_and_no_new_version(store: EventStore, tmp_path: Path) -> None:
    whole = extract(tmp_path, "e1 Z1 intake | e2 Z1 besluit", cases=CASES, attempts=ATTEMPTS, quarantine=QUARANTINE)
    first = store.upsert(whole)
    before = {layout.name: rows(store, layout.name) for layout in LAYOUTS}
    second = store.upsert(whole)
    assert counts(first) == (4, 0, 0)
    assert counts(second) == (0, 0, 4)
    assert second.version == first.version
    assert {layout.name: rows(store, layout.name) for layout in LAYOUTS} == before


def test_a_late_correction_replaces_by_event_id(store: EventStore, tmp_path: Path) -> None:
    store.upsert(extract(tmp_path, "e1 Z1 intake | e2 Z1 besluit"))
    late = extract(tmp_path, "e2 Z1 afwijzing | e3 Z1 archief")
    assert counts(store.upsert(late)) == (1, 1, 0)
    assert log_of(store) == "e1 Z1 intake | e2 Z1 afwijzing | e3 Z1 archief"


def test_events_that_a_source_no_longer_shows_stay(store: EventStore, tmp_path: Path) -> None:
    store.upsert(extract(tmp_path, "e1 Z1 intake | e2 Z1 besluit"))
    store.upsert(extract(tmp_path, "e2 Z1 besluit"))
    assert log_of(store) == "e1 Z1 intake | e2 Z1 besluit"


def test_counts_are_in_records_not_in_events(store: EventStore, tmp_path: Path) -> None:
    assert counts(store.upsert(extract(tmp_path, "e1 Z1 intake 2 | e2 Z1 besluit 1"))) == (3, 0, 0)
    assert counts(store.upsert(extract(tmp_path, "e1 Z1 toets 2 | e2 Z1 besluit 1"))) == (0, 2, 1)


def test_of_one_event_id_in_one_extract_the_last_wins(store: EventStore, tmp_path: Path) -> None:
    doubles = extract(tmp_path, "e1 Z1 intake | e1 Z1 toets | e1 Z1 besluit | e1 Z1 besluit")
    assert counts(store.upsert(doubles)) == (1, 2, 1)
    assert log_of(store) == "e1 Z1 besluit"
    assert counts(store.upsert(doubles)) == (0, 0, 4)


def test_two_sources_may_use_one_event_id(store: EventStore, tmp_path: Path) -> None:
    store.upsert(extract(tmp_path, "e1 Z1 intake"))
    assert counts(store.upsert(extract(tmp_path, "e1 Z1 advies", source="partner"))) == (1, 0, 0)
    assert len(rows(store)) == 2


def test_an_event_that_is_linked_to_another_case_moves_there(store: EventStore, tmp_path: Path) -> None:
    assert bucket("Z1") != bucket("P77")
    store.upsert(extract(tmp_path, "e1 P77 advies | e2 P77 advies | e3 Z1 intake"))
    assert counts(store.upsert(extract(tmp_path, "e1 Z1 advies | e4 Z1 besluit"))) == (1, 1, 0)
    assert log_of(store) == "e1 Z1 advies | e2 P77 advies | e3 Z1 intake | e4 Z1 besluit"


def test_a_text_na_and_an_unknown_stay_what_they_are(store: EventStore, tmp_path: Path) -> None:
    store.upsert(extract(tmp_path, "e1 NA NULL", cases=[{"case_id": "NA"}]))
    assert log_of(store) == "e1 NA NULL"
    assert rows(store, "cases")[0][:3] == ("NA", "zaken", None)


def test_a_correction_from_known_to_unknown_is_a_correction(store: EventStore, tmp_path: Path) -> None:
    store.upsert(extract(tmp_path, attempts=ATTEMPTS))
    gone = [ATTEMPTS[0] | {"case_id": None}, ATTEMPTS[1]]
    assert counts(store.upsert(extract(tmp_path, attempts=gone))) == (0, 1, 1)


def test_the_same_quarantined_record_is_kept_once_and_another_form_of_it_beside_it(
    store: EventStore, tmp_path: Path
) -> None:
    store.upsert(extract(tmp_path, quarantine=QUARANTINE))
    other = QUARANTINE[0] | {"content": '{"zaak": "zaken/Z2"}'}
    store.upsert(extract(tmp_path, quarantine=[*QUARANTINE, other]))
    assert len(rows(store, "quarantine")) == 4


def test_an_empty_extract_leaves_no_trace(store: EventStore, tmp_path: Path) -> None:
    assert counts(store.upsert(extract(tmp_path))) == (0, 0, 0)
    assert store.version() == {}
    assert rows(store) == []


def test_a_run_can_read_the_version_that_it_mined(store: EventStore, tmp_path: Path) -> None:
    mined = store.upsert(extract(tmp_path, "e1 Z1 intake")).version
    store.upsert(extract(tmp_path, "e1 Z1 toets | e2 Z1 besluit", cases=CASES))
    assert log_of(store, mined) == "e1 Z1 intake"
    assert rows(store, "cases", mined) == []
    assert log_of(store) == "e1 Z1 toets | e2 Z1 besluit"


@pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
def test_the_tables_come_as_ibis_expressions_with_the_types_of_the_mining(store: EventStore, tmp_path: Path) -> None:
    import ibis

    store.upsert(extract(tmp_path, "e1 Z1 intake"))
    con = ibis.duckdb.connect()
    tables = store.tables(con)
    assert tables.events.columns == (*EVENTS.names, "bucket")
    assert str(tables.events.schema()["completed_at"]) == "timestamp('UTC', 6)"
    assert str(tables.events.schema()["seq"]) == "int64"
    assert str(tables.quarantine.schema()["content"]) == "string"
    assert tables.events.count().execute() == 1
    assert tables.attempts.count().execute() == 0
    con.disconnect()


def test_rows_lie_in_the_bucket_of_their_case(store: EventStore, tmp_path: Path) -> None:
    store.upsert(extract(tmp_path, " | ".join(f"e{n} Zaak-é{n} intake" for n in range(200))))
    with duckdb.connect() as con:
        found = con.sql(f"SELECT case_id, bucket FROM ({store.sql('events')})").fetchall()
        null = con.sql(f"SELECT {bucket_sql('NULL::VARCHAR')}").fetchall()
    assert [b for _, b in found] == sorted(b for _, b in found)
    assert dict(found) == {case: bucket(case) for case, _ in found}
    assert null == [(0,)]


def test_a_large_correction_is_merged_bucket_by_bucket(
    store: EventStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.upsert(extract(tmp_path, " | ".join(f"e{n:03} Z{n} intake" for n in range(100))))
    before = store.version()["events"]
    monkeypatch.setattr(fate_module, "MERGE_ROWS", 40)
    changed = " | ".join(f"e{n:03} Z{n} besluit" for n in range(100))
    assert counts(store.upsert(extract(tmp_path, changed))) == (0, 100, 0)
    assert log_of(store) == changed
    assert store.version()["events"] == before + 3


def test_many_small_files_are_put_together_without_a_change_to_the_rows(
    store: EventStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delta_module, "COMPACT_ABOVE_FILES", 2)
    for n in range(5):
        store.upsert(extract(tmp_path, f"e{n} Z{n} intake"))
    assert log_of(store) == " | ".join(f"e{n} Z{n} intake" for n in range(5))
    files = DeltaFolder(str(tmp_path / "store" / "events"), LAYOUTS[0]).uris()
    assert len(files) <= 3


def test_a_forgotten_case_is_in_no_file_of_the_store(store: EventStore, tmp_path: Path) -> None:
    store.upsert(extract(tmp_path, "e1 Z1 intake", cases=CASES, attempts=ATTEMPTS, quarantine=QUARANTINE))
    mined = store.upsert(extract(tmp_path, "e1 Z1 toets | e2 Z2 intake")).version
    gone = store.forget(["Z1"])
    assert (gone.events, gone.cases, gone.attempts, gone.quarantine) == (1, 1, 1, 1)
    assert log_of(store) == "e2 Z2 intake"
    assert [row[1] for row in rows(store, "quarantine")] == ["zaken.csv line 12", "zaken.csv line 9"]
    for path in (p for p in (tmp_path / "store").rglob("*") if p.is_file()):
        said = str(pq.read_table(path).to_pylist()) if path.suffix == ".parquet" else path.read_text("utf-8")
        assert "'Z1'" not in said, path
        assert '"Z1' not in said, path
        assert "zaken/Z1'" not in said, path
    with pytest.raises((StoreError, duckdb.IOException)):
        rows(store, "events", mined)


@pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
def test_a_version_that_retention_removed_says_so(store: EventStore, tmp_path: Path) -> None:
    import ibis

    mined = store.upsert(extract(tmp_path, "e1 Z1 intake | e2 Z2 intake")).version
    store.forget(["Z1"])
    con = ibis.duckdb.connect()
    with pytest.raises(StoreError, match="removed from history"):
        store.tables(con, mined)
    con.disconnect()


def test_a_store_from_which_all_was_forgotten_takes_in_again(store: EventStore, tmp_path: Path) -> None:
    whole = extract(tmp_path, "e1 Z1 intake")
    store.upsert(whole)
    store.forget(["Z1", "never seen"])
    assert rows(store) == []
    assert counts(store.upsert(whole)) == (1, 0, 0)


def _killed_at(folder: Path, log: str, at: int, moment: str) -> None:
    """Take in an extract and die, as kill -9 dies, just before or just after the n-th write."""
    writes = 0

    def dying(write):
        def wrapped(*args):
            nonlocal writes
            writes += 1
            if writes == at and moment == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            write(*args)
            if writes == at and moment == "after":
                os.kill(os.getpid(), signal.SIGKILL)

        return wrapped

    DeltaFolder.create = dying(DeltaFolder.create)
    DeltaFolder.append = dying(DeltaFolder.append)
    DeltaFolder.merge = dying(DeltaFolder.merge)
    EventStore(folder / "store").upsert(extract(folder / "child", log, cases=CASES, attempts=ATTEMPTS))


@pytest.mark.parametrize(("at", "moment"), [(1, "after"), (2, "before"), (3, "after")])
def test_a_killed_run_done_again_gives_the_store_of_a_run_that_was_not_killed(
    tmp_path: Path, at: int, moment: str
) -> None:
    log = "e1 Z1 toets | e2 Z2 intake"
    context = multiprocessing.get_context("spawn")
    victim = context.Process(target=_killed_at, args=(tmp_path, log, at, moment))
    victim.start()
    victim.join(60)
    assert victim.exitcode == -signal.SIGKILL
    left = list(EventStore(tmp_path / "store").version())
    assert left == ["events", "cases", "attempts"][: at if moment == "after" else at - 1]
    whole = extract(tmp_path, log, cases=CASES, attempts=ATTEMPTS)
    killed, unharmed = EventStore(tmp_path / "store"), EventStore(tmp_path / "other")
    again = killed.upsert(whole)
    unharmed.upsert(whole)
    assert sum(counts(again)) == 4
    for layout in LAYOUTS:
        assert rows(killed, layout.name) == rows(unharmed, layout.name)


def test_an_extract_that_is_no_table_of_events_is_refused(store: EventStore, tmp_path: Path) -> None:
    whole = extract(tmp_path, "e1 Z1 intake")
    assert whole.events_path is not None
    whole.events_path.write_bytes(b"PAR1 cut off")
    with pytest.raises(StoreError, match="not a table of events"):
        store.upsert(whole)
    assert store.version() == {}


def test_a_folder_with_spaces_accents_and_quotes_holds_a_store(tmp_path: Path) -> None:
    store = EventStore(tmp_path / "zaak's stroom é #1 100%")
    whole = extract(tmp_path / "uit[1] *?", "e1 Z1 intake")
    store.upsert(whole)
    assert counts(store.upsert(whole)) == (0, 0, 1)
    assert store.forget(["Z1"]).events == 1


@pytest.mark.parametrize("name", ["st[1]ore", "st%20ore"])
def test_a_folder_that_delta_cannot_take_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError, match="choose a folder"):
        EventStore(tmp_path / name)


def test_a_damaged_store_says_so(store: EventStore, tmp_path: Path) -> None:
    store.upsert(extract(tmp_path, "e1 Z1 intake"))
    for log in (tmp_path / "store" / "events" / "_delta_log").iterdir():
        log.write_text("{cut off")
    with pytest.raises(StoreError, match="back-up"):
        store.version()


def test_new_rows_alone_are_added_and_no_file_is_written_anew(store: EventStore, tmp_path: Path) -> None:
    store.upsert(extract(tmp_path, "e1 Z1 intake | e2 Z2 intake"))
    table = DeltaFolder(str(tmp_path / "store" / "events"), LAYOUTS[0])
    before = set(table.uris())
    twice = "e1 Z1 intake | e3 Z1 toets | e4 Z3 intake | e4 Z3 besluit"
    assert counts(store.upsert(extract(tmp_path, twice))) == (2, 1, 1)
    assert log_of(store) == "e1 Z1 intake | e2 Z2 intake | e3 Z1 toets | e4 Z3 besluit"
    assert before < set(table.uris())
    assert store.version()["events"] == 1


@pytest.mark.parametrize(("second", "told"), [("toets", (1, 1, 1)), ("intake", (1, 0, 2))])
def test_a_store_from_before_a_column_is_read_as_before_and_takes_the_column_in(
    tmp_path: Path, second: str, told: tuple[int, int, int]
) -> None:
    at = tmp_path / "store"
    older_store(at, extract(tmp_path, "e1 Z1 intake | e2 Z2 intake").events_path, ["Z1", "Z2"])
    store = EventStore(at)
    assert log_of(store) == "e1 Z1 intake | e2 Z2 intake"
    log = f"e1 Z1 intake | e2 Z2 {second} | e3 Z3 intake"
    assert counts(store.upsert(extract(tmp_path, log))) == told
    assert log_of(store) == log
    assert {row[EVENTS.names.index("role")] for row in rows(store)} == {"act"}
    with duckdb.connect() as con:
        assert con.sql(f"SELECT count(*), count(suspended) FROM ({store.sql('events')})").fetchall() == [(3, 0)]


def test_a_case_goes_with_its_last_event_where_that_moves_to_another_case(store: EventStore, tmp_path: Path) -> None:
    log = "e1 typo intake | e2 Z2 intake | e3 Z2 besluit | e4 Z3 intake | e5 Z4 intake"
    store.upsert(extract(tmp_path, log, cases=[{"case_id": name} for name in ("typo", "Z2", "Z3", "Z4", "alone")]))
    store.upsert(extract(tmp_path, "e4 Z3 intake", source="partner", cases=[{"case_id": "typo"}]))
    # Z2 keeps an event that this extract does not show, Z3 gets another one, and Z4 is still told of
    moved = "e1 Z1 intake | e2 Z1 intake | e4 Z1 besluit | e6 Z3 besluit | e5 Z1 intake"
    assert store.upsert(extract(tmp_path, moved, cases=[{"case_id": "Z1"}, {"case_id": "Z4"}])).emptied == 1
    left = [row[:2] for row in rows(store, "cases")]
    assert left == [*((name, "zaken") for name in ("Z1", "Z2", "Z3", "Z4", "alone")), ("typo", "partner")]


def test_where_cases_are_told_apart_one_without_events_stays_and_one_with_another_number_goes(
    store: EventStore, tmp_path: Path
) -> None:
    store.upsert(extract(tmp_path, "e1 Z1 intake | e2 Z2 intake", cases=[{"case_id": "Z1"}, {"case_id": "Z2"}]))
    moved = extract(tmp_path, "e1 Z9 intake | e2 chain intake", cases=[{"case_id": "Z9"}, {"case_id": "chain"}])
    table = pq.read_table(moved.events_path)
    at = table.column_names.index("source_case_id")
    table = table.set_column(at, "source_case_id", [["zaken/Z9", "zaken/Z2"]])
    pq.write_table(table.cast(EVENTS), moved.events_path)
    store.upsert(replace(moved, has_cases_apart=True))
    assert [row[0] for row in rows(store, "cases")] == ["Z1", "Z9", "chain"]
