"""Several writers of one event store: none loses what it brings, and none stores what another did."""

from __future__ import annotations

import multiprocessing
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from deltalake import DeltaTable

from flows.store import EventStore
from flows.store import fate as fate_module
from flows.store.delta import DeltaFolder, LostRace, url_of
from flows.store.events import Extract
from flows.store.layout import LAYOUTS
from mappings.errors import StoreError
from tests.extracts import counts, extract, log_of, older_store


@pytest.fixture
def store(tmp_path: Path) -> EventStore:
    return EventStore(tmp_path / "store")


@contextmanager
def looked_up(new: Extract, stored: list[str]) -> Iterator[fate_module.Incoming]:
    """Hold the rows of an extract against files of the store."""
    assert new.events_path is not None
    with fate_module.workspace("100MB") as con:
        incoming = fate_module.Incoming(con, LAYOUTS[0], new.events_path)
        incoming.against(fate_module.stored_sql(LAYOUTS[0], stored))
        yield incoming


def _take_in(folder: Path, name: str, locked: bool) -> None:
    store = EventStore(folder / "store")
    if not locked:
        store.folder = None
    for n in range(2):
        shared = extract(folder / name, f"e{n} Z{n} intake | {name}{n} Z{n} besluit")
        assert sum(counts(store.upsert(shared))) == 2


@pytest.mark.parametrize("locked", [True, False])
def test_two_processes_that_write_at_once_lose_nothing_and_double_nothing(tmp_path: Path, locked: bool) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_take_in, args=(tmp_path, name, locked)) for name in ("a", "b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    events = [f"{name}{n} Z{n} besluit" for name in ("a", "b") for n in range(2)]
    assert log_of(EventStore(tmp_path / "store")) == " | ".join([*events, *(f"e{n} Z{n} intake" for n in range(2))])


def test_a_table_that_came_into_being_during_the_first_load_is_not_loaded_twice(
    store: EventStore, tmp_path: Path
) -> None:
    whole = extract(tmp_path, "e1 Z1 intake")
    assert whole.events_path is not None
    EventStore(tmp_path / "rival").upsert(whole)
    with fate_module.workspace("100MB") as con:
        parts = fate_module.Incoming(con, LAYOUTS[0], whole.events_path).all_rows()

        def beaten():
            shutil.copytree(tmp_path / "rival" / "events", tmp_path / "store" / "events", dirs_exist_ok=True)
            yield from parts

        with pytest.raises(LostRace):
            DeltaFolder(str(tmp_path / "store" / "events"), LAYOUTS[0]).create(beaten())
    assert log_of(store) == "e1 Z1 intake"


def test_a_lost_race_is_looked_at_again(store: EventStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create = DeltaFolder.create
    races = iter([True, True, False])

    def losing(folder: DeltaFolder, stream: object) -> None:
        if next(races):
            raise LostRace
        create(folder, stream)

    monkeypatch.setattr(DeltaFolder, "create", losing)
    assert counts(store.upsert(extract(tmp_path, "e1 Z1 intake"))) == (1, 0, 0)


def test_a_store_in_use_says_so(tmp_path: Path) -> None:
    from flows.store.lock import one_writer

    with one_writer(tmp_path / "store", 0), pytest.raises(StoreError, match="another process"):
        EventStore(tmp_path / "store", patience_seconds=0).upsert(extract(tmp_path, "e1 Z1 intake"))


def overtaken(store: EventStore, tmp_path: Path) -> tuple[DeltaFolder, DeltaTable, Extract]:
    """Return the events, as they were before an extract came in, and that extract."""
    store.upsert(extract(tmp_path, "e1 Z1 intake"))
    table = DeltaFolder(str(tmp_path / "store" / "events"), LAYOUTS[0])
    stale = table.open()
    assert stale is not None
    new = extract(tmp_path, "e2 Z1 besluit")
    store.upsert(new)
    return table, stale, new


def test_a_merge_on_a_table_that_changed_since_the_look_up_loses(store: EventStore, tmp_path: Path) -> None:
    table, stale, new = overtaken(store, tmp_path)
    with looked_up(new, table.files(stale)) as incoming:
        (change,) = incoming.changes()
        with pytest.raises(LostRace):
            table.merge(stale, incoming.read(change.sql), change.buckets)
    assert log_of(store) == "e1 Z1 intake | e2 Z1 besluit"


def test_an_addition_to_a_table_that_changed_since_the_look_up_loses(store: EventStore, tmp_path: Path) -> None:
    table, stale, new = overtaken(store, tmp_path)
    with looked_up(new, table.files(stale)) as incoming:
        assert incoming.only_adds()
        with pytest.raises(LostRace):
            table.append(stale, incoming.new_rows())
    assert log_of(store) == "e1 Z1 intake | e2 Z1 besluit"


def test_an_addition_loses_too_where_a_column_was_added_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at, new = tmp_path / "store", extract(tmp_path, "e2 Z2 besluit")
    older_store(at, extract(tmp_path, "e1 Z1 intake").events_path, ["Z1"])
    table = DeltaFolder(url_of(at, "events"), LAYOUTS[0])
    looked_at = table.open()
    assert looked_at is not None
    newest = table.open

    def after_another_writer(version: int | None = None) -> object:
        EventStore(at).upsert(new)
        return newest(version)

    monkeypatch.setattr(table, "open", after_another_writer)
    widened = table.widen(looked_at)
    EventStore(at).upsert(new)
    with looked_up(new, table.files(looked_at)[:1]) as incoming, pytest.raises(LostRace):
        table.append(widened, incoming.new_rows())
    assert log_of(EventStore(at)) == "e1 Z1 intake | e2 Z2 besluit"


def test_what_does_not_fit_is_put_beside_the_store_and_what_a_killed_process_left_there_goes(tmp_path: Path) -> None:
    left = tmp_path / "store" / "work" / "storing-killed" / "spilled.tmp"
    left.parent.mkdir(parents=True)
    left.write_text("rows of a case")
    with fate_module.workspace("100MB", tmp_path / "store") as con:
        [(aside,)] = con.execute("SELECT current_setting('temp_directory')").fetchall()
        assert Path(aside).parent == tmp_path / "store" / "work"
        assert not left.exists()
    assert not list((tmp_path / "store" / "work").iterdir())
